"""What is announced about invoices. Both sides know the amounts; nobody else hears of them."""

from datetime import date
from uuid import UUID

from app.kit.outbox import Event


class InvoiceIssued(Event, name="finance.invoice_issued.v1", subject=("invoice", "invoice_id")):
    """An invoice or credit note was issued. `subject_kind` and `subject_id` name the deal; `preceding_id` the invoice that a
    credit note takes back."""

    invoice_id: UUID
    issuer_id: UUID
    recipient_id: UUID
    kind: str
    number: str
    currency: str
    gross_minor: int
    payable_minor: int
    issued_on: date
    due_on: date | None
    subject_kind: str
    subject_id: UUID
    preceding_id: UUID | None


class InvoiceFilesMade(Event, name="finance.invoice_files_made.v1", subject=("invoice", "invoice_id")):
    """The electronic forms of an invoice were made and judged, and can be fetched. `peppol`: whether the UBL keeps Peppol's own
    rules too."""

    invoice_id: UUID
    issuer_id: UUID
    recipient_id: UUID
    number: str
    peppol: bool
