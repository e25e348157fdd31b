"""What is announced about counts and transfers."""

from decimal import Decimal
from uuid import UUID

from app.kit.outbox import Event


class CountApproved(Event, name="warehousing.count_approved.v1", subject=("stock_count", "count_id")):
    """The differences of a count stand in the ledger: so many lines differed."""

    count_id: UUID
    warehouse_id: UUID
    keeper_id: UUID
    lines: int
    differences: int


class ReservationShortened(
    Event, name="warehousing.reservation_shortened.v1", subject=("reservation", "reservation_id")
):
    """A count found less than was reserved: so much of a reservation waits for stock again."""

    reservation_id: UUID
    organization_id: UUID
    item_id: UUID
    quantity: Decimal


class TransferDispatched(Event, name="warehousing.transfer_dispatched.v1", subject=("stock_transfer", "transfer_id")):
    """Goods are on their way between two warehouses of one keeper."""

    transfer_id: UUID
    keeper_id: UUID
    from_warehouse_id: UUID
    to_warehouse_id: UUID


class TransferReceived(Event, name="warehousing.transfer_received.v1", subject=("stock_transfer", "transfer_id")):
    """Nothing of a transfer is on its way any longer. `lost` says whether some of it never arrived."""

    transfer_id: UUID
    keeper_id: UUID
    from_warehouse_id: UUID
    to_warehouse_id: UUID
    lost: bool
