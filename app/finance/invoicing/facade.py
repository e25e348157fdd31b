"""All that other rooms may call: issue invoices for a deal, see which stand; what the pages show and do. Calls run in the
caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.einvoicing.document import EarlyPayment
from app.finance.invoicing import queries
from app.finance.invoicing.drafts import (
    Charged,
    DiscountStep,
    DraftDelivery,
    DraftLine,
    DraftPart,
    FiledInvoice,
    InvoiceDraft,
    IssuedInvoice,
)
from app.finance.invoicing.errors import (
    AlreadyInvoiced,
    InvoiceTooLarge,
    InvoiceUnsound,
    InvoicingDetailsMissing,
    NothingToInvoice,
    PartUnknown,
    TaxUndecided,
)
from app.finance.invoicing.filed import filed
from app.finance.invoicing.models import Invoice
from app.finance.invoicing.portal import document_of, file_of, issue_credit_note, own_invoice, own_invoices, page_of
from app.finance.invoicing.registry import JustIssued, follows_invoices
from app.finance.invoicing.rules import EUROPEAN_UNION, falling, invoice_reference
from app.finance.invoicing.sentences import percent_text
from app.finance.invoicing.states import (
    EXPORT_REASON_LABELS,
    INVOICE_KIND_LABELS,
    ExportReason,
    InvoiceForm,
    InvoiceKind,
    InvoiceRole,
    Supply,
)
from app.finance.invoicing.usecases.credit import credit_amounts
from app.finance.invoicing.usecases.issue import issue_all as _issue_all
from app.finance.invoicing.usecases.issue_part import issue_part as _issue_part
from app.finance.invoicing.usecases.issue_part import over_part
from app.kit.actor import Actor

__all__ = [
    "EUROPEAN_UNION",
    "EXPORT_REASON_LABELS",
    "INVOICE_KIND_LABELS",
    "REFUSALS",
    "AlreadyInvoiced",
    "Charged",
    "DiscountStep",
    "DraftDelivery",
    "DraftLine",
    "DraftPart",
    "EarlyPayment",
    "ExportReason",
    "FiledInvoice",
    "InvoiceDraft",
    "InvoiceForm",
    "InvoiceKind",
    "InvoiceRole",
    "InvoiceTooLarge",
    "InvoiceUnsound",
    "InvoicingDetailsMissing",
    "IssuedInvoice",
    "JustIssued",
    "NothingToInvoice",
    "PaidAt",
    "PartUnknown",
    "Supply",
    "TaxUndecided",
    "charged_by",
    "credit_given_back",
    "credit_notes_of",
    "document_of",
    "falling",
    "file_of",
    "filed",
    "follows_invoices",
    "invoice",
    "invoice_reference",
    "issue",
    "issue_all",
    "issue_credit_note",
    "issue_part",
    "over_part",
    "own_invoice",
    "own_invoices",
    "page_of",
    "paid_at",
    "percent_text",
]

REFUSALS = (AlreadyInvoiced, InvoiceTooLarge, InvoiceUnsound, InvoicingDetailsMissing, NothingToInvoice, TaxUndecided)
"""What an issue may be refused with."""


@dataclass(frozen=True, slots=True)
class PaidAt:
    """Where an issuer is paid, and what his law wants said on his letters. `account` is an IBAN, or an account number where his
    bank has none."""

    account: str
    account_name: str | None
    bic: str | None
    legal_note: str | None


async def paid_at(session: AsyncSession, issuer_id: UUID) -> PaidAt | None:
    """What an issuer has said; None before he has. Call it while acting for him."""
    row = await queries.issuer(session, issuer_id)
    account = (row.iban or row.account_number) if row else None
    return PaidAt(account, row.account_name, row.bic, row.legal_note) if row and account else None


async def issue(session: AsyncSession, actor: Actor | None, draft: InvoiceDraft, *, now: datetime) -> IssuedInvoice:
    """Issue one invoice; see `issue_all`."""
    return (await issue_all(session, actor, [draft], now=now))[0]


async def issue_all(
    session: AsyncSession, actor: Actor | None, drafts: Sequence[InvoiceDraft], *, now: datetime
) -> list[IssuedInvoice]:
    """Issue invoices of one issuer, all or none, numbered in the drafts' order. Call it while acting for the issuer, late in the
    transaction: from the drawing of the numbers on, whoever else issues for him waits.

    The caller answers for it that issuer and recipients have a deal: addresses and VAT numbers of both stand on the invoice.
    Raises one of `REFUSALS`; then no number is used up.
    """
    if not drafts:
        return []
    ids = await _issue_all(session, actor, drafts, now=now)
    rows = await queries.invoices(session, ids)
    return [_issued(rows[invoice_id]) for invoice_id in ids]


async def issue_part(
    session: AsyncSession,
    actor: Actor | None,
    draft: InvoiceDraft,
    parts: Sequence[DraftPart],
    part: str | None,
    *,
    now: datetime,
) -> IssuedInvoice:
    """Charge one of the `parts` of a deal, such as an order's milestones, or with None all that is left of it; `draft` is about
    the whole. Parts are charged by prepayment invoices, in any order; whatever is left last by a final invoice that deducts them.
    All of them come to the whole to the minor unit, tax included.

    Hold the deal's lock, and act for the issuer. What is charged for is named by the draft's subject and the part's code, and the
    whole by no code. Raises `PartUnknown` and one of `REFUSALS`; then no number is used up.
    """
    invoice_id = await _issue_part(session, actor, draft, parts, part, now=now)
    found = await queries.invoice(session, invoice_id)
    assert found is not None
    return _issued(found)


async def credit_given_back(
    session: AsyncSession, issuer_id: UUID, invoice_id: UUID, minor: Mapping[str, int], reason: str, *, now: datetime
) -> IssuedInvoice:
    """A credit note over amounts of an invoice's lines, without tax, by their numbers: they were given back already, so that only
    the tax on them is set off or paid back. Call it while acting for the issuer. `reason` is in the invoice's language."""
    return _issued(await credit_amounts(session, issuer_id, invoice_id, minor, reason, now=now))


async def charged_by(
    session: AsyncSession, issuer_id: UUID, charged: Iterable[Charged]
) -> dict[Charged, IssuedInvoice]:
    """The invoices by which an issuer charges for something now. Call it while acting for the issuer or the recipient."""
    wanted = list(charged)
    found = await queries.standing(session, issuer_id, wanted) if wanted else {}
    return {Charged(*key): _issued(row) for key, row in found.items()}


async def invoice(session: AsyncSession, invoice_id: UUID) -> IssuedInvoice | None:
    """One that the organization acted for issued or received."""
    row = await queries.invoice(session, invoice_id)
    return _issued(row) if row else None


async def credit_notes_of(session: AsyncSession, invoice_id: UUID) -> list[UUID]:
    """The credit notes that took an invoice back, or a part of it. Call it while acting for either side."""
    found = await queries.credit_notes_by_invoice(session, [invoice_id])
    return [note.id for note in found.get(invoice_id, ())]


def _issued(row: Invoice) -> IssuedInvoice:
    return IssuedInvoice(
        id=row.id,
        number=row.number,
        issuer_id=row.issuer_id,
        recipient_id=row.recipient_id,
        kind=row.kind,
        state=row.state,
        currency=row.currency,
        net_minor=row.net_minor,
        tax_minor=row.tax_minor,
        gross_minor=row.gross_minor,
        prepaid_minor=row.prepaid_minor,
        payable_minor=row.payable_minor,
        issued_on=row.issued_on,
        due_on=row.due_on,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
    )
