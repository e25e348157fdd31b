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
