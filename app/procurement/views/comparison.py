"""The comparison as a document, and as a table for a spreadsheet."""

import csv
import io
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.locales import NP_, current_locale, translate
from app.kit.tables import harmless
from app.parties import facade as parties
from app.parties.facade import OrganizationRef
from app.procurement.comparison import Standing
from app.procurement.models import InquiryLine, InquiryTarget
from app.procurement.queries import inquiries as queries
from app.procurement.rules import line_total_minor
from app.procurement.schemas.inquiries import IncotermOut
from app.procurement.schemas.quotes import ComparedLineOut, ComparedQuoteOut, ComparisonOut, OfferOut, RateOut
from app.procurement.usecases.compare_quotes import ComparedQuotes
from app.procurement.usecases.inquiry_texts import line_field
from app.procurement.views import common
from app.procurement.views.inquiries import Shown, texts_of
from app.procurement.views.quotes import notes_of, notes_out, total_minor
from app.reference import facade as reference

_HEADERS = {
    "rank": NP_("comparison column", "Rank"),
    "supplier": NP_("comparison column", "Supplier"),
    "country": NP_("comparison column", "Country"),
    "position": NP_("comparison column", "Line"),
    "description": NP_("comparison column", "Description"),
    "quantity": NP_("comparison column", "Quantity"),
    "unit": NP_("comparison column", "Unit"),
    "price": NP_("comparison column", "Price in the quote's currency"),
    "per": NP_("comparison column", "Price is for"),
    "quoted": NP_("comparison column", "Currency of the quote"),
    "amount": NP_("comparison column", "Amount in {currency}"),
    "best": NP_("comparison column", "Best price"),
    "lead_time": NP_("comparison column", "Lead time (days)"),
    "valid_until": NP_("comparison column", "Valid until"),
    "incoterm": NP_("comparison column", "Delivery term"),
    "differs": NP_("comparison column", "Term differs"),
}
_TOTAL = NP_("comparison row", "Total")
_EXTRAS = NP_("comparison row", "Extras")
_YES = NP_("comparison cell", "yes")


async def comparison_out(session: AsyncSession, actor: Actor, found: ComparedQuotes) -> ComparisonOut:
    """The comparison in the reader's language."""
    firms = await parties.organizations(session, [quote.supplier_id for quote in found.quotes.values()])
    shown = await texts_of(session, found.inquiry.id)
    notes = await notes_of(session, list(found.quotes))
    targets = await queries.targets(session, found.inquiry.id)
    positions = {line.id: line.position for line in found.lines}
    on = found.opened_at.date()
    quotes = []
    for standing in found.compared.standings:
        out = _quote(found, standing, firms, positions)
        out.notes = notes_out(found.terms[standing.quote_id], notes.get(standing.quote_id))
        quotes.append(out)
    return ComparisonOut(
        inquiry_id=found.inquiry.id,
        number=found.inquiry.number,
        currency=found.currency,
        opened_at=found.opened_at,
        rates=[
            RateOut(from_currency=source, to_currency=found.currency, rate=common.plain_decimal(rate), on=on)
            for source, rate in found.rates.items()
            if source != found.currency
        ],
        quotes=quotes,
        lines=[_line(found, line, actor, shown, targets) for line in found.lines],
    )


def _quote(
    found: ComparedQuotes, standing: Standing, firms: Mapping[UUID, OrganizationRef], positions: Mapping[UUID, int]
) -> ComparedQuoteOut:
    quote, terms = found.quotes[standing.quote_id], found.terms[standing.quote_id]
    quantities = {line.id: line.quantity for line in found.lines}
    assert quote.digest is not None and quote.submitted_at is not None
    return ComparedQuoteOut(
        quote_id=quote.id,
        supplier=common.firm(firms, quote.supplier_id),
        rank=standing.rank,
        total=common.money(total_minor(found.prices[quote.id], quantities), terms.currency),
        converted=common.money(standing.total_minor, found.currency),
        extras=common.money(found.offers[quote.id].extras_minor, found.currency),
        complete=standing.complete,
        missing_positions=[positions[line] for line in standing.missing],
        lead_time_days=terms.lead_time_days,
        fastest=standing.fastest,
        valid_until=terms.valid_until,
        expired=standing.expired,
        incoterm=IncotermOut(code=terms.incoterm, place=terms.incoterm_place),
        incoterm_differs=standing.incoterm_differs,
        notes=None,
        digest=quote.digest.hex(),
        submitted_at=quote.submitted_at,
    )


def _line(
    found: ComparedQuotes, line: InquiryLine, actor: Actor, shown: Shown, targets: Mapping[UUID, InquiryTarget]
) -> ComparedLineOut:
    offers = []
    for standing in found.compared.standings:
        terms = found.terms[standing.quote_id]
        row = next((row for row in found.prices[standing.quote_id] if row.line_id == line.id), None)
        if row is None:
            continue
        total = line_total_minor(row.price_minor, row.per_quantity, line.quantity)
        offers.append(
            OfferOut(
                quote_id=standing.quote_id,
                unit_price=common.money(row.price_minor, terms.currency),
                per_quantity=common.plain_decimal(row.per_quantity),
                total=common.money(total, terms.currency),
                converted=common.money(found.offers[standing.quote_id].line_minor[line.id], found.currency),
                best=standing.quote_id in found.compared.best[line.id],
            )
        )
    target = targets.get(line.id)
    return ComparedLineOut(
        line_id=line.id,
        position=line.position,
        description=common.written(line.description, found.inquiry.locale, shown.get(line_field(line.position))),
        quantity=common.quantity(line.quantity, line.unit, actor),
        target_price=common.money(target.price_minor, found.inquiry.currency) if target else None,
        offers=offers,
    )


def comparison_csv(out: ComparisonOut) -> bytes:
    """One row per line and quote, then extras and totals: UTF-8 with a byte order mark, so that spreadsheets read it.

    Numbers are written plainly with a point, whatever the language, so that they stay numbers.
    """
    locale = current_locale()
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(translate(header, locale, currency=out.currency) for header in _HEADERS.values())
    by_id = {quote.quote_id: quote for quote in out.quotes}
    for line in out.lines:
        text = line.description.translation.text if line.description.translation else line.description.text
        for offer in line.offers:
            middle = [
                line.position,
                text,
                format(line.quantity.value, "f"),
                reference.unit_name(line.quantity.unit, locale),
                _amount(offer.unit_price.minor, offer.unit_price.currency),
                format(offer.per_quantity, "f"),
                offer.unit_price.currency,
                _amount(offer.converted.minor, out.currency),
                translate(_YES, locale) if offer.best else "",
            ]
            writer.writerow(_cells(by_id[offer.quote_id], middle, locale))
    for quote in out.quotes:
        for label, shown in ((_EXTRAS, quote.extras), (_TOTAL, quote.converted)):
            own = _amount(quote.total.minor, quote.total.currency) if label is _TOTAL else ""
            middle = ["", translate(label, locale), "", "", own, "", quote.total.currency]
            middle += [_amount(shown.minor, out.currency), ""]
            writer.writerow(_cells(quote, middle, locale))
    return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8", "replace")


def _cells(quote: ComparedQuoteOut, middle: list[object], locale: str) -> list[object]:
    cells = [quote.rank or "", quote.supplier.name, quote.supplier.country, *middle, quote.lead_time_days]
    cells += [quote.valid_until.isoformat(), f"{quote.incoterm.code} {quote.incoterm.place}"]
    cells.append(translate(_YES, locale) if quote.incoterm_differs else "")
    return [harmless(cell) for cell in cells]


def _amount(minor: int, currency: str) -> str:
    return format(Decimal(minor).scaleb(-reference.currency(currency).exponent), "f")
