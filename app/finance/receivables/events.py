"""What is announced about open items, to both sides."""

from datetime import date
from uuid import UUID

from app.kit.outbox import Event


class OpenItemSettled(Event, name="finance.open_item_settled.v1", subject=("open_item", "open_item_id")):
    """Nothing is open of an invoice any more: it was paid, credited, set off or written off."""

    open_item_id: UUID
    invoice_id: UUID
    issuer_id: UUID
    recipient_id: UUID
    number: str
    currency: str
    amount_minor: int
    settled_on: date


class OpenItemReopened(Event, name="finance.open_item_reopened.v1", subject=("open_item", "open_item_id")):
    """A payment of an invoice that was settled has been undone."""

    open_item_id: UUID
    invoice_id: UUID
    issuer_id: UUID
    recipient_id: UUID
    number: str
    currency: str
    open_minor: int
