"""What is announced about payment schedules, to the two sides of the deal alone. `deal_kind`, `deal_id` and `part_id` name the
deal and its own milestone; amounts are minor units."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from app.kit.outbox import Event

_OF = ("payment_milestone", "milestone_id")


class _Part(BaseModel):
    """What names a milestone of a schedule, the deal's own milestone, and the two sides."""

    milestone_id: UUID
    schedule_id: UUID
    deal_kind: str
    deal_id: UUID
    part_id: UUID
    buyer_id: UUID
    supplier_id: UUID


class _PartAmount(_Part):
    """The same with an amount."""

    currency: str
    amount_minor: int


class _Payment(BaseModel):
    """What names a buyer's payment of a milestone, and its amount."""

    milestone_id: UUID
    schedule_id: UUID
    payment_id: UUID
    buyer_id: UUID
    currency: str
    amount_minor: int


class ScheduleOpened(Event, name="finance.schedule_opened.v1", subject=("payment_schedule", "schedule_id")):
    """How a deal is paid stands."""

    schedule_id: UUID
    deal_kind: str
    deal_id: UUID
    deal_number: str
    buyer_id: UUID
    supplier_id: UUID
    currency: str
    total_minor: int


class MilestoneDue(_PartAmount, Event, name="finance.milestone_due.v1", subject=_OF):
    """So much is to be paid until a day; again when the payer's bank took it back."""

    pay_by: date


class SilenceAccepted(_Part, Event, name="finance.silence_accepted.v1", subject=_OF):
    """The buyer said nothing on the evidence for the agreed days, so the milestone counts as accepted."""

    silence_days: int


class TransferAwaited(_Payment, Event, name="finance.transfer_awaited.v1", subject=_OF):
    """The buyer was told where to send money, and with which remittance. For him alone."""


class MilestonePaymentDeclined(_Payment, Event, name="finance.milestone_payment_declined.v1", subject=_OF):
    """A payment came to nothing, for this reason. For the buyer alone."""

    reason: str


class MilestoneFunded(_PartAmount, Event, name="finance.milestone_funded.v1", subject=_OF):
    """Money of the buyer is held for the milestone."""


class MilestonePaymentUndone(_PartAmount, Event, name="finance.milestone_payment_undone.v1", subject=_OF):
    """A bank transfer that counted as a payment was not meant for the milestone: so much is open again. `from_supplier_minor` of
    it had been released, so that the supplier owes it."""

    payment_id: UUID
    from_supplier_minor: int


class MilestoneReleased(_PartAmount, Event, name="finance.milestone_released.v1", subject=_OF):
    """Held money is the supplier's. `reason`: accepted, retention, dispute."""

    reason: str


class MilestoneRefunded(Event, name="finance.milestone_refunded.v1", subject=_OF):
    """Money was given back to the buyer. `kind`: decision, dispute, surplus, foreign."""

    milestone_id: UUID
    schedule_id: UUID
    refund_id: UUID
    deal_kind: str
    deal_id: UUID
    part_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    currency: str
    amount_minor: int
    kind: str


class MilestoneRefundFailed(Event, name="finance.milestone_refund_failed.v1", subject=_OF):
    """The provider could not give money back; it is where it was."""

    milestone_id: UUID
    schedule_id: UUID
    refund_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    currency: str
    amount_minor: int


class MilestoneChargedBack(Event, name="finance.milestone_charged_back.v1", subject=_OF):
    """The payer's bank took money back. `from_supplier_minor` of it had been released, so that the supplier owes it."""

    milestone_id: UUID
    schedule_id: UUID
    chargeback_id: UUID
    deal_kind: str
    deal_id: UUID
    part_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    currency: str
    amount_minor: int
    from_supplier_minor: int


class ChargebackEnded(Event, name="finance.chargeback_ended.v1", subject=_OF):
    """The payer's bank has decided. `won`: the money is where it was."""

    milestone_id: UUID
    schedule_id: UUID
    chargeback_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    currency: str
    amount_minor: int
    won: bool


class MilestoneThawed(Event, name="finance.milestone_thawed.v1", subject=_OF):
    """The dispute over a milestone was settled: so much was released, so much is given back. `accepted`: nothing is left to be
    shown or paid."""

    milestone_id: UUID
    schedule_id: UUID
    dispute_id: UUID
    deal_kind: str
    deal_id: UUID
    part_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    currency: str
    released_minor: int
    refunded_minor: int
    accepted: bool
