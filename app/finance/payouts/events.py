"""What is announced about payouts, to the supplier alone."""

from datetime import date
from uuid import UUID

from app.kit.outbox import Event


class PayoutSent(Event, name="finance.payout_sent.v1", subject=("payout", "payout_id")):
    """Money is on its way to a supplier. `set_off_minor` made up for what he owed; all of it did when `sent_minor` is nothing."""

    payout_id: UUID
    supplier_id: UUID
    way: str
    currency: str
    sent_minor: int
    set_off_minor: int
    sent_on: date


class PayoutFailed(Event, name="finance.payout_failed.v1", subject=("payout", "payout_id")):
    """Nothing of a payout could be sent, or all of it came back: what is owed waits for another one."""

    payout_id: UUID
    supplier_id: UUID
    way: str
    currency: str
    amount_minor: int


class PayoutWaits(Event, name="finance.payout_waits.v1", subject=("organization", "supplier_id")):
    """Something is due to a supplier that cannot be sent, because of something that he has to do."""

    supplier_id: UUID
    currency: str
    amount_minor: int
    reason: str


class PayoutAccountChanged(Event, name="finance.payout_account_changed.v1", subject=("organization", "supplier_id")):
    """A supplier's account at the payment provider stands otherwise than before."""

    supplier_id: UUID
    state: str
    was: str


class PayoutTakenBack(Event, name="finance.payout_taken_back.v1", subject=("payout_item", "item_id")):
    """What was sent to a supplier was refunded since: it came back from his account (`done`), or he owes it (`owed`)."""

    item_id: UUID
    supplier_id: UUID
    cause_kind: str
    cause_id: UUID
    currency: str
    amount_minor: int
    outcome: str
