"""What an invoice says, from a draft and what both sides tell of themselves: everything but its number. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from app.finance.einvoicing.checking import check
from app.finance.einvoicing.document import (
    NEVER_SENT,
    Address,
    CreditTransfer,
    Delivery,
    Document,
    EarlyPayment,
    Line,
    Party,
    Reference,
    Tax,
)
from app.finance.einvoicing.totals import totals
from app.finance.invoicing import parts, rules
from app.finance.invoicing.drafts import DiscountStep, DraftLine, InvoiceDraft
from app.finance.invoicing.errors import (
    InvoiceTooLarge,
    InvoiceUnsound,
    InvoicingDetailsMissing,
    NothingToInvoice,
    TaxUndecided,
)
from app.finance.invoicing.models import InvoiceIssuer
from app.finance.invoicing.parts import Earlier
from app.finance.invoicing.sentences import payment_terms, reasoned, settled_terms
from app.finance.invoicing.states import ASKS_FOR_PAYMENT, UNTDID_1001
from app.kit.errors import FieldError
from app.kit.locales import N_
from app.reference import facade as reference

LARGEST_MINOR = 10**15

DOUBTS = {
    rules.Doubt.NO_RATE: N_("No rate of tax of {country} is known for {day}. The operator can load it."),
    rules.Doubt.NO_SELLER_VAT_ID: N_("Your organization states no VAT number. Add it to your organization."),
    rules.Doubt.NO_BUYER_VAT_ID: N_(
        "The recipient states no VAT number of {country}. Ask him to add it to his organization."
    ),
    rules.Doubt.NO_EXCHANGE: N_(
        "Tax of {country} is stated in its own currency too, and no rate of exchange is known for {day}. The operator can load "
        "one of the seven days before, between both currencies or of both against the euro: PUT /v1/operator/fx-rates/table."
    ),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What was looked up for an issue: the seller's rates of tax by day, rates of exchange into his currency by the other, and
    earlier invoices by id."""

    rates: Mapping[date, rules.DatedTax]
    exchange: Mapping[str, reference.Rate] = field(default_factory=dict)
    earlier: Mapping[UUID, Earlier] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides, the seller's details, and what the buyer wants invoices to name."""

    seller: Party
    buyer: Party
    details: InvoiceIssuer
    buyer_reference: str | None = None


def described(draft: InvoiceDraft, sides: Sides, known: Known, locale: str, today: date) -> Document:
    """Everything but the number. Raises what an issue may be refused with."""
    seller, buyer = sides.seller, sides.buyer
    on = draft.delivery.on or today
    earlier = [known.earlier[invoice_id] for invoice_id in draft.earlier]
    lines = tuple(
        _line(number, line, _taxed(line, draft, sides, known, on, locale))
        for number, line in enumerate(draft.lines, start=1)
    )
    deducted = earlier if draft.deducts else []
    lines += parts.deducting_lines(deducted, len(lines) + 1, [line.tax for line in lines], locale)
    asks = draft.kind in ASKS_FOR_PAYMENT
    due_on = today + timedelta(days=draft.terms_days) if asks else None
    discounts = _discounts(draft, sides.details, today) if asks else ()
    address = (
        buyer.address if draft.delivery.country is None else Address(draft.delivery.country, city=draft.delivery.city)
    )
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
        transfer=_transfer(sides.details, seller, draft.currency) if asks else None,
        delivery=Delivery(on=on, name=draft.delivery.name or buyer.name, address=address),
        allowances=tuple(one if one.tax else replace(one, tax=lines[0].tax) for one in draft.allowances),
        buyer_reference=draft.buyer_reference or sides.buyer_reference,
        order_reference=draft.order_reference,
        contract_reference=draft.contract_reference,
        project_reference=draft.project_reference,
        preceding=tuple(Reference(one.number, one.issued_on) for one in deducted),
        notes=draft.notes,
        incoterm=draft.incoterm,
        before=parts.charged_before(earlier),
        discounts=discounts,
        export_reason=draft.export_reason.value if draft.export_reason else None,
    )
    return _summed(document, draft, known, locale)


def require_sound(document: Document) -> None:
    """Refuse what breaks a rule of electronic invoices, before a number is drawn: Peppol's own rules stand in the way of Peppol
    alone. Raises `InvoiceUnsound`."""
    if document.kind in NEVER_SENT:
        return
    problems = [one for one in check(replace(document, number="1")) if not one.only_peppol]
    if problems:
        raise InvoiceUnsound(errors=[FieldError(one.place, one.rule, one.sentence) for one in problems])


def _summed(document: Document, draft: InvoiceDraft, known: Known, locale: str) -> Document:
    sums = totals(document)
    if sums.net_minor <= 0:
        raise NothingToInvoice()
    if sums.gross_minor > LARGEST_MINOR:
        raise InvoiceTooLarge(limit_minor=LARGEST_MINOR)
    prepaid = replace(document, prepaid_minor=min(draft.prepaid_minor, sums.gross_minor))
    if draft.kept_back and draft.prepaid_minor >= sums.gross_minor:
        prepaid = replace(prepaid, due_on=None, payment_terms=settled_terms(locale), transfer=None, discounts=())
    country = document.seller.address.country
    if document.kind in NEVER_SENT:
        return prepaid
    stated = parts.foreign_tax(prepaid, reference.currency_of(country), known.exchange)
    if stated is None:
        raise _undecided(rules.Undecided(rules.Doubt.NO_EXCHANGE, country), document.issued_on, locale)
    return stated


def _taxed(line: DraftLine, draft: InvoiceDraft, sides: Sides, known: Known, on: date, locale: str) -> Tax:
    supplied = rules.Supplied(
        supply=line.supply,
        seller_country=sides.seller.address.country,
        buyer_country=sides.buyer.address.country,
        to_country=draft.delivery.country or sides.buyer.address.country,
        on=on,
        seller_vat_id=sides.seller.vat_id,
        buyer_vat_id=sides.buyer.vat_id,
    )
    try:
        found = rules.tax_of(supplied, lambda _, day: known.rates.get(day))
    except rules.Undecided as undecided:
        raise _undecided(undecided, on, locale) from None
    return reasoned(found, locale)


def _undecided(undecided: rules.Undecided, day: date, locale: str) -> TaxUndecided:
    params = {
        "country": reference.country_name(undecided.country, locale),
        "day": reference.display_date(day, locale),
    }
    return TaxUndecided(errors=[FieldError("", undecided.doubt.value, DOUBTS[undecided.doubt], params)])


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


def _line(number: int, line: DraftLine, tax: Tax) -> Line:
    return Line(
        id=str(number),
        name=line.name,
        quantity=rules.plain(line.quantity),
        unit=line.unit,
        price_minor=line.price_minor,
        tax=tax,
        price_base=rules.plain(line.price_base),
        description=line.description,
        seller_item_id=line.seller_item_id,
        buyer_item_id=line.buyer_item_id,
        origin_country=line.origin_country,
        hs_code=line.hs_code,
        order_line=line.order_line,
        allowances=line.allowances,
        net_mass_kg=rules.plain(line.net_mass_kg) if line.net_mass_kg is not None else None,
    )


def _transfer(details: InvoiceIssuer, seller: Party, currency: str) -> CreditTransfer:
    account = details.iban or details.account_number
    if account is None:
        raise InvoicingDetailsMissing()
    return CreditTransfer(
        account=account,
        account_name=details.account_name or seller.name,
        bic=details.bic,
        sepa=details.iban is not None and currency == "EUR",
    )


def exchanged(drafts: Sequence[InvoiceDraft], own: str | None) -> set[str]:
    """The currencies whose rates into the seller's own may be needed."""
    return {draft.currency for draft in drafts} - {own} if own else set()
