"""What comes in and goes out about counts and transfers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output, PlainDecimal
from app.warehousing.keeping.states import Loss
from app.warehousing.schemas import LotCode, LotIn, LotOut, Quantity
from app.warehousing.states import StockStatus

MOST_BINS = 500
MOST_LINES = 200

Note = Annotated[str, StringConstraints(max_length=400)]
Counted = Annotated[PlainDecimal, Field(ge=0, le=10**9, max_digits=13, decimal_places=3)]


class CountIn(Input):
    """What is to be counted in a warehouse: name one of a zone, some bins, an item, or how long bins were not counted."""

    zone_id: UUID | None = None
    bin_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_BINS)] | None = None
    item_id: UUID | None = Field(default=None, description="Only this item, in all bins that it lies in.")
    not_counted_for_days: int | None = Field(
        default=None, ge=0, le=3650, description="Bins not counted for so long; those never counted come first."
    )
    most: int = Field(default=100, ge=1, le=MOST_BINS, description="At most so many bins.")
    blind: bool = Field(default=True, description="Whether the counter does not see what the books say.")
    note: Note = ""


class CountOut(Output):
    """A count and how far it is."""

    id: UUID
    warehouse_id: UUID
    item_id: UUID | None
    blind: bool
    note: str
    state: Labelled
    bins: int
    bins_counted: int
    differences: int | None = Field(description="Lines that differ; of a blind count once everything is counted.")
    created_at: datetime
    counted_at: datetime | None
    ended_at: datetime | None


class CountedBinOut(Output):
    """A bin of a count, in the order of the walk."""

    bin_id: UUID
    bin: str
    position: int
    round: int = Field(description="How often it was counted.")
    counted_at: datetime | None


class CountLineOut(Output):
    """What is, or should be, in a bin. Without `counted` the bin has not been counted; without `expected` the count is blind."""

    bin_id: UUID
    bin: str
    item_id: UUID
    sku: str
    name: str
    unit: str
    lot: LotOut | None
    owner_id: UUID
    status: Labelled
    expected: PlainDecimal | None
    counted: PlainDecimal | None
    difference: PlainDecimal | None


class CountSheetOut(CountedBinOut):
    """The sheet of a bin: what to look for, or what was found."""

    lines: list[CountLineOut]


class CountEntryIn(Input):
    """So much of an item was found. What is named twice is added up."""

    item_id: UUID
    lot: LotIn | None = None
    owner_id: UUID | None = Field(default=None, description="Whose goods they are; yours when absent.")
    status: StockStatus = StockStatus.AVAILABLE
    quantity: Counted


class CountEntriesIn(Input):
    """All that was found in the bin. What the books have and is not named here was not there."""

    lines: Annotated[list[CountEntryIn], Field(max_length=MOST_LINES)]


class CountApprovalIn(Input):
    """How differences are posted."""

    backorder_reserved: bool = Field(
        default=False,
        description="Where less was found than is reserved: let what was reserved last wait for stock. Else nothing is posted.",
    )


class TransferLineIn(Input):
    """So much from a bin."""

    bin_id: UUID
    item_id: UUID
    lot: LotCode | None = Field(default=None, description="Code of the lot, or the serial number.")
    owner_id: UUID | None = Field(default=None, description="Whose goods they are; yours when absent.")
    status: StockStatus = StockStatus.AVAILABLE
    quantity: Quantity


class TransferIn(Input):
    """A transfer out of a warehouse into another of yours."""

    to_warehouse_id: UUID
    lines: Annotated[list[TransferLineIn], Field(min_length=1, max_length=MOST_LINES)]
    note: Note = ""


class TransferDispatchIn(Input):
    """Where the goods stand in the books while they are on their way."""

    transit_bin_id: UUID | None = Field(
        default=None, description="A bin of a transit zone of the other warehouse; its first one when absent."
    )


class TransferReceiptLineIn(Input):
    """So much of a line has arrived and is put into a bin."""

    line_id: UUID
    quantity: Quantity
    bin_id: UUID
    status: StockStatus | None = Field(default=None, description="The one that it was sent in when absent.")


class TransferReceiptIn(Input):
    """What has arrived. A line may be put into several bins, and arrive in parts."""

    lines: Annotated[list[TransferReceiptLineIn], Field(min_length=1, max_length=MOST_LINES)]


class TransferLossIn(Input):
    """What has not arrived is given up, with the reason."""

    outside: Loss = Field(default=Loss.COUNT, description="`count`: nobody finds it; `scrap`: not worth having.")
    reason: Annotated[str, StringConstraints(min_length=1, max_length=400)]


class TransferLineOut(Output):
    """A line of a transfer: sent, arrived, lost, and still on its way (`open`)."""

    id: UUID
    position: int
    bin_id: UUID
    bin: str
    item_id: UUID
    sku: str
    name: str
    unit: str
    lot: LotOut | None
    owner_id: UUID
    status: Labelled
    quantity: PlainDecimal
    received: PlainDecimal
    lost: PlainDecimal
    open: PlainDecimal


class TransferOut(Output):
    """A transfer with its lines."""

    id: UUID
    from_warehouse_id: UUID
    to_warehouse_id: UUID
    transit_bin_id: UUID | None
    note: str
    state: Labelled
    created_at: datetime
    dispatched_at: datetime | None
    ended_at: datetime | None
    lines: list[TransferLineOut]
    version: int
