"""Issue invoices: described, reckoned, checked, and then numbered, all in the deal's own transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.einvoicing.document import Document
from app.finance.einvoicing.totals import Totals, totals
from app.finance.invoicing import queries, rules, stored
from app.finance.invoicing.describing import Known, Sides, described, exchanged, require_sound
from app.finance.invoicing.drafts import InvoiceDraft
from app.finance.invoicing.errors import AlreadyInvoiced, InvoicingDetailsMissing, NothingToInvoice
from app.finance.invoicing.events import InvoiceIssued
from app.finance.invoicing.models import InvoiceIssuer
from app.finance.invoicing.parties import legal_parties, party, selling
from app.finance.invoicing.parts import Earlier, left_of
from app.finance.invoicing.registry import JustIssued, tell_followers
from app.finance.invoicing.states import ASKS_FOR_PAYMENT, WITH_FORMS, InvoiceKind
from app.kit import audit
from app.kit.actor import Actor
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.kit.outbox import announce
from app.reference import facade as reference

ENTITY = "invoice"
SWEPT_AFTER = timedelta(hours=1)
"""A job of forms that has not come by then is lost."""
MAKE_FILES = "finance.make_invoice_files"
OWN_SERIES = {InvoiceKind.PRO_FORMA: "-PF", InvoiceKind.COMMERCIAL: "-CI"}
"""Kinds that charge for nothing are numbered apart."""


async def issue_all(
    session: AsyncSession, actor: Actor | None, drafts: Sequence[InvoiceDraft], *, now: datetime
) -> list[UUID]:
    """The ids of the invoices, in the drafts' order; all are of one issuer, for whom the transaction acts.

    Numbers are drawn when everything else is known and no rule is broken, so that nobody waits long for the series, and a failure
    leaves no gap. Raises `InvoicingDetailsMissing`, `TaxUndecided`, `NothingToInvoice`, `InvoiceTooLarge`, `InvoiceUnsound`,
    `AlreadyInvoiced`.
    """
    [issuer_id] = {draft.issuer_id for draft in drafts}
    told = await legal_parties(session, [issuer_id, *(draft.recipient_id for draft in drafts)])
    details = told[issuer_id].details
    if details is None:
        raise InvoicingDetailsMissing()
    await _require_not_charged(session, issuer_id, drafts)
    seller = selling(told[issuer_id], details)
    known = await _known(session, seller.address.country, drafts, now.date())
    documents = []
    for draft in drafts:
        other = told[draft.recipient_id]
        wants = other.details.buyer_reference if other.details else None
        sides = Sides(seller, party(other), details, wants)
        document = described(draft, sides, known, draft.locale or other.legal.locale, now.date())
        require_sound(document)
        documents.append(document)
    series = [series_of(details, draft.kind) for draft in drafts]
    following = {
        code: await queries.draw_numbers(session, issuer_id, code, series.count(code)) for code in sorted(set(series))
    }
    rows = []
    for draft, document, code in zip(drafts, documents, series, strict=True):
        rows.append(row_of(draft, document, code, following[code]))
        following[code] += 1
    await _insert(session, issuer_id, drafts, rows, known)
    await want_files(session, rows, now=now)
    for row in rows:
        await tell(session, actor, row)
    issued = [
        JustIssued.of(row, draft.charged if _charges(draft) else (), document.discounts)
        for draft, document, row in zip(drafts, documents, rows, strict=True)
    ]
    await tell_followers(session, issued)
    return [row["id"] for row in rows]


def series_of(details: InvoiceIssuer, kind: InvoiceKind) -> str:
    """The series that a kind of invoice is numbered in."""
    if kind is InvoiceKind.CREDIT_NOTE:
        return details.credit_series_code
    return details.series_code + OWN_SERIES.get(kind, "")


async def _require_not_charged(session: AsyncSession, issuer_id: UUID, drafts: Sequence[InvoiceDraft]) -> None:
    charged = [one for draft in drafts if _charges(draft) for one in draft.charged]
    if charged:
        standing = await queries.standing(session, issuer_id, charged)
        for row in standing.values():
            raise AlreadyInvoiced(number=row.number, invoice_id=row.id)


def _charges(draft: InvoiceDraft) -> bool:
    return draft.kind in ASKS_FOR_PAYMENT


async def _known(session: AsyncSession, country: str, drafts: Sequence[InvoiceDraft], today: date) -> Known:
    """What the seller's country charges on each day on which something was supplied, rates of exchange, and earlier invoices."""
    rates = {}
    for day in {draft.delivery.on or today for draft in drafts}:
        row = (await queries.rates_on(session, [country], day)).get(country)
        if row is not None:
            rates[day] = rules.DatedTax(None if row.rate_percent is None else rules.plain(row.rate_percent))
    own = reference.currency_of(country)
    foreign = exchanged(drafts, own)
    exchange = await reference.rates_on(session, foreign, own, today) if own and foreign else {}
    return Known(rates, exchange, await _earlier(session, {one for draft in drafts for one in draft.earlier}))


async def _earlier(session: AsyncSession, invoice_ids: set[UUID]) -> dict[UUID, Earlier]:
    if not invoice_ids:
        return {}
    rows = await queries.invoices(session, invoice_ids)
    notes = await queries.credit_notes_by_invoice(session, invoice_ids)
    return {
        row.id: Earlier(
            row.id,
            row.number,
            row.issued_on,
            left_of(stored.read(row.document), [stored.read(note.document) for note in notes.get(row.id, ())]),
        )
        for row in rows.values()
    }


def row_of(
    draft: InvoiceDraft, document: Document, code: str, number: int, preceding_id: UUID | None = None
) -> dict[str, Any]:
    """The row of an invoice, numbered."""
    named = rules.number_of(code, number)
    invoice_id = new_id()
    reference = rules.invoice_reference(invoice_id)
    transfer = replace(document.transfer, reference=reference) if document.transfer else None
    numbered = replace(document, number=named, transfer=transfer)
    written = stored.written(numbered)
    sums: Totals = totals(numbered)
    return {
        "id": invoice_id,
        "issuer_id": draft.issuer_id,
        "recipient_id": draft.recipient_id,
        "kind": draft.kind.value,
        "series_code": code,
        "series_number": number,
        "number": named,
        "issued_on": numbered.issued_on,
        "due_on": numbered.due_on,
        "currency": numbered.currency,
        "net_minor": sums.net_minor,
        "tax_minor": sums.tax_minor,
        "gross_minor": sums.gross_minor,
        "prepaid_minor": sums.prepaid_minor,
        "payable_minor": sums.payable_minor,
        "locale": numbered.locale,
        "subject_kind": draft.subject_kind,
        "subject_id": draft.subject_id,
        "preceding_id": preceding_id,
        "document": written,
        "sha256": stored.digest(written),
        "created_by": draft.created_by,
    }


async def _insert(
    session: AsyncSession,
    issuer_id: UUID,
    drafts: Sequence[InvoiceDraft],
    rows: Sequence[Mapping[str, Any]],
    known: Known,
) -> None:
    """Insert what was numbered; of racing issues of the same each waits here for the one before it."""
    subjects = [
        {
            "invoice_id": row["id"],
            "issuer_id": issuer_id,
            "recipient_id": draft.recipient_id,
            "kind": one.kind,
            "subject_id": one.id,
            "part": one.part,
        }
        for draft, row in zip(drafts, rows, strict=True)
        if _charges(draft)
        for one in draft.charged
    ]
    if len(await queries.insert_invoices(session, rows, subjects)) < len(subjects):
        await _require_not_charged(session, issuer_id, drafts)
        raise NothingToInvoice()
    deductions = [
        {
            "invoice_id": row["id"],
            "deducted_id": invoice_id,
            "issuer_id": issuer_id,
            "recipient_id": draft.recipient_id,
            "net_minor": known.earlier[invoice_id].net_minor,
            "tax_minor": known.earlier[invoice_id].tax_minor,
        }
        for draft, row in zip(drafts, rows, strict=True)
        if draft.deducts
        for invoice_id in sorted(draft.earlier)
    ]
    await queries.insert_deductions(session, deductions)


async def want_files(session: AsyncSession, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Have the electronic forms made of invoices that have some: the job exists if and only if they are issued."""
    wanted = [
        {
            "invoice_id": row["id"],
            "issuer_id": row["issuer_id"],
            "recipient_id": row["recipient_id"],
            "next_attempt_at": now + SWEPT_AFTER,
        }
        for row in rows
        if row["kind"] in WITH_FORMS
    ]
    if wanted:
        await queries.insert_filings(session, wanted)
        await defer(session, MAKE_FILES, invoice_ids=[str(one["invoice_id"]) for one in wanted])


async def tell(session: AsyncSession, actor: Actor | None, row: Mapping[str, Any]) -> None:
    """Announce an invoice to both sides, and write down who issued it."""
    event = InvoiceIssued(
        invoice_id=row["id"],
        **{name: row[name] for name in InvoiceIssued.model_fields if name != "invoice_id"},
    )
    await announce(session, event, organizations=[row["issuer_id"], row["recipient_id"]])
    names = ("number", "kind", "recipient_id", "currency", "gross_minor", "payable_minor", "subject_kind", "subject_id")
    after = {name: row[name] for name in names} | {"sha256": row["sha256"].hex()}
    await audit.record(
        session, actor, "invoice.issue", ENTITY, row["id"], after=after, organization_id=row["issuer_id"]
    )
