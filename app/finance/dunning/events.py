"""What is announced about reminders, to both sides."""

from datetime import date
from uuid import UUID

from app.kit.outbox import Event


class DunningNoticeIssued(
    Event, name="finance.dunning_notice_issued.v1", subject=("dunning_notice", "dunning_notice_id")
):
    """A debtor is reminded of all that he has let become overdue with one issuer."""

    dunning_notice_id: UUID
    issuer_id: UUID
    recipient_id: UUID
    tone: str
    invoices: int
    oldest_due_on: date


class LatePaymentClaimed(
    Event, name="finance.late_payment_claimed.v1", subject=("late_payment_claim", "late_payment_claim_id")
):
    """An issuer claims what it costs that an invoice was paid late."""

    late_payment_claim_id: UUID
    invoice_id: UUID
    issuer_id: UUID
    recipient_id: UUID
    number: str
    currency: str
    interest_minor: int
    fixed_sum_minor: int
    claimed_on: date


class LatePaymentClaimWithdrawn(
    Event, name="finance.late_payment_claim_withdrawn.v1", subject=("late_payment_claim", "late_payment_claim_id")
):
    """He does not hold on to it. `amount_minor` is what was open of it still."""

    late_payment_claim_id: UUID
    invoice_id: UUID
    issuer_id: UUID
    recipient_id: UUID
    number: str
    currency: str
    amount_minor: int
