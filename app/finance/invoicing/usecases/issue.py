"""Issue invoices: described, reckoned, and then numbered, all in the deal's own transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.einvoicing.document import Address, CreditTransfer, Delivery, Document, EarlyPayment, Line, Party, Tax
from app.finance.einvoicing.totals import Totals, totals
from app.finance.invoicing import queries, rules, stored
from app.finance.invoicing.drafts import DiscountStep, DraftLine, InvoiceDraft
from app.finance.invoicing.errors import (
    AlreadyInvoiced,
    InvoiceTooLarge,
    InvoicingDetailsMissing,
    NothingToInvoice,
    TaxUndecided,
)
from app.finance.invoicing.events import InvoiceIssued
from app.finance.invoicing.models import InvoiceIssuer
from app.finance.invoicing.parties import legal_parties, party, selling
from app.finance.invoicing.registry import JustIssued, tell_followers
from app.finance.invoicing.sentences import payment_terms, reasoned
from app.finance.invoicing.states import UNTDID_1001, InvoiceKind
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.reference import facade as reference

ENTITY = "invoice"
LARGEST_MINOR = 10**15
PRO_FORMA_SERIES = "-PF"

DOUBTS = {
    rules.Doubt.NO_RATE: N_("No rate of tax of {country} is known for {day}. The operator can load it."),
    rules.Doubt.NO_SELLER_VAT_ID: N_("Your organization states no VAT number. Add it to your organization."),
    rules.Doubt.NO_BUYER_VAT_ID: N_(
        "The recipient states no VAT number of {country}. Ask him to add it to his organization."
    ),
}


async def issue_all(
    session: AsyncSession, actor: Actor | None, drafts: Sequence[InvoiceDraft], *, now: datetime
) -> list[UUID]:
    """The ids of the invoices, in the drafts' order; all are of one issuer, for whom the transaction acts.

    Numbers are drawn when everything else is known, so that nobody waits long for the series, and a failure leaves no gap.
    Raises `InvoicingDetailsMissing`, `TaxUndecided`, `NothingToInvoice`, `InvoiceTooLarge`, `AlreadyInvoiced`.
    """
    [issuer_id] = {draft.issuer_id for draft in drafts}
    told = await legal_parties(session, [issuer_id, *(draft.recipient_id for draft in drafts)])
    details = told[issuer_id][1]
    if details is None:
        raise InvoicingDetailsMissing()
    await _require_not_charged(session, issuer_id, drafts)
    seller = selling(told[issuer_id][0], details)
    rates = await _rates(session, seller.address.country, drafts, now.date())
    documents = []
    for draft in drafts:
        legal, own = told[draft.recipient_id]
        locale = draft.locale or legal.locale
        documents.append(_document(draft, seller, party(legal, own), details, rates, locale, now.date()))
    series = [series_of(details, draft.kind) for draft in drafts]
    following = {
        code: await queries.draw_numbers(session, issuer_id, code, series.count(code)) for code in sorted(set(series))
    }
    rows = []
    for draft, document, code in zip(drafts, documents, series, strict=True):
        rows.append(row_of(draft, document, code, following[code]))
        following[code] += 1
    await _insert(session, issuer_id, drafts, rows)
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
    return details.series_code + (PRO_FORMA_SERIES if kind is InvoiceKind.PRO_FORMA else "")


async def _require_not_charged(session: AsyncSession, issuer_id: UUID, drafts: Sequence[InvoiceDraft]) -> None:
    charged = [one for draft in drafts if _charges(draft) for one in draft.charged]
    if charged:
        standing = await queries.standing(session, issuer_id, charged)
        for row in standing.values():
            raise AlreadyInvoiced(number=row.number, invoice_id=row.id)


def _charges(draft: InvoiceDraft) -> bool:
    return draft.kind in (InvoiceKind.INVOICE, InvoiceKind.PREPAYMENT)


async def _rates(
    session: AsyncSession, country: str, drafts: Sequence[InvoiceDraft], today: date
) -> Mapping[date, rules.DatedTax]:
    """What the seller's country charges, on each day on which something was supplied."""
    found = {}
    for day in {draft.delivery.on or today for draft in drafts}:
        row = (await queries.rates_on(session, [country], day)).get(country)
        if row is not None:
            found[day] = rules.DatedTax(None if row.rate_percent is None else _plain(row.rate_percent))
    return found


def _document(
    draft: InvoiceDraft,
    seller: Party,
    buyer: Party,
    details: InvoiceIssuer,
    rates: Mapping[date, rules.DatedTax],
    locale: str,
    today: date,
) -> Document:
    """Everything but the number."""
    on = draft.delivery.on or today
    country = draft.delivery.country or buyer.address.country

    def taxed(line: DraftLine) -> Tax:
        supplied = rules.Supplied(
            supply=line.supply,
            seller_country=seller.address.country,
            buyer_country=buyer.address.country,
            to_country=country,
            on=on,
            seller_vat_id=seller.vat_id,
            buyer_vat_id=buyer.vat_id,
        )
        try:
            found = rules.tax_of(supplied, lambda _, day: rates.get(day))
        except rules.Undecided as undecided:
            raise _undecided(undecided, on, locale) from None
        return reasoned(found, locale)

    lines = tuple(_line(number, line, taxed(line)) for number, line in enumerate(draft.lines, start=1))
    asks = draft.kind is not InvoiceKind.PRO_FORMA
    due_on = today + timedelta(days=draft.terms_days) if asks else None
    discounts = _discounts(draft, details, today) if asks else ()
    address = buyer.address if draft.delivery.country is None else Address(country, city=draft.delivery.city)
    document = Document(
        kind=UNTDID_1001[draft.kind],
        number="",
        issued_on=today,
        currency=draft.currency,
        seller=seller,
        buyer=buyer,
        lines=lines,
        locale=locale,
        due_on=due_on,
        payment_terms=payment_terms(due_on, locale, discounts) if due_on else None,
        transfer=_transfer(details, seller, draft.currency) if asks else None,
        delivery=Delivery(on=on, name=draft.delivery.name or buyer.name, address=address),
        allowances=tuple(one if one.tax else replace(one, tax=lines[0].tax) for one in draft.allowances),
        buyer_reference=draft.buyer_reference,
        order_reference=draft.order_reference,
        contract_reference=draft.contract_reference,
        project_reference=draft.project_reference,
        notes=draft.notes,
        incoterm=draft.incoterm,
        discounts=discounts,
    )
    sums = totals(document)
    if sums.net_minor <= 0:
        raise NothingToInvoice()
    if sums.gross_minor > LARGEST_MINOR:
        raise InvoiceTooLarge(limit_minor=LARGEST_MINOR)
    return replace(document, prepaid_minor=min(draft.prepaid_minor, sums.gross_minor))


def _discounts(draft: InvoiceDraft, details: InvoiceIssuer, today: date) -> tuple[EarlyPayment, ...]:
    """Until when what may be deducted. A step that ends with the term or after it gives nothing for being early."""
    steps = draft.discounts
    if steps is None:
        steps = tuple(DiscountStep(**one) for one in details.discounts)
    return tuple(
        EarlyPayment(today + timedelta(days=one.within_days), one.rate_bp)
        for one in steps
        if one.within_days < draft.terms_days
    )


def _undecided(undecided: rules.Undecided, day: date, locale: str) -> TaxUndecided:
    params = {
        "country": reference.country_name(undecided.country, locale),
        "day": reference.display_date(day, locale),
    }
    return TaxUndecided(errors=[FieldError("", undecided.doubt.value, DOUBTS[undecided.doubt], params)])


def _line(number: int, line: DraftLine, tax: Tax) -> Line:
    return Line(
        id=str(number),
        name=line.name,
        quantity=_plain(line.quantity),
        unit=line.unit,
        price_minor=line.price_minor,
        tax=tax,
        price_base=_plain(line.price_base),
        description=line.description,
        seller_item_id=line.seller_item_id,
        buyer_item_id=line.buyer_item_id,
        origin_country=line.origin_country,
        hs_code=line.hs_code,
        order_line=line.order_line,
        allowances=line.allowances,
    )


def _plain(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    return Decimal(format(value.normalize(), "f"))


def _transfer(details: InvoiceIssuer, seller: Party, currency: str) -> CreditTransfer:
    account = details.iban or details.account_number
    assert account is not None
    return CreditTransfer(
        account=account,
        account_name=details.account_name or seller.name,
        bic=details.bic,
        sepa=details.iban is not None and currency == "EUR",
    )


def row_of(
    draft: InvoiceDraft, document: Document, code: str, number: int, preceding_id: UUID | None = None
) -> dict[str, Any]:
    """The row of an invoice, numbered."""
    named = rules.number_of(code, number)
    transfer = replace(document.transfer, reference=named) if document.transfer else None
    numbered = replace(document, number=named, transfer=transfer)
    written = stored.written(numbered)
    sums: Totals = totals(numbered)
    return {
        "id": new_id(),
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
    session: AsyncSession, issuer_id: UUID, drafts: Sequence[InvoiceDraft], rows: Sequence[Mapping[str, Any]]
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
