"""Gather the opened quotes of an inquiry and compare them in one currency."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.procurement.comparison import Compared, Offer, compare
from app.procurement.errors import RateMissing
from app.procurement.models import Inquiry, InquiryLine, Quote, QuotePrice, QuoteTerms
from app.procurement.queries import inquiries as queries
from app.procurement.queries import quotes as quote_queries
from app.procurement.rules import line_total_minor
from app.reference import facade as reference


@dataclass(frozen=True, slots=True)
class ComparedQuotes:
    """The comparison with what it was made from. `rates` holds, by currency, how many of `currency` one unit buys."""

    inquiry: Inquiry
    currency: str
    opened_at: datetime
    rates: dict[str, Decimal]
    lines: list[InquiryLine]
    quotes: dict[UUID, Quote]
    terms: dict[UUID, QuoteTerms]
    prices: dict[UUID, list[QuotePrice]]
    offers: dict[UUID, Offer]
    compared: Compared

    def converted(self, minor: int, currency: str) -> int:
        """An amount of a quote in the currency of the comparison."""
        return reference.convert_minor(minor, currency, self.currency, self.rates[currency])


async def compare_quotes(
    session: AsyncSession, inquiry: Inquiry, *, currency: str | None, today: date
) -> ComparedQuotes | None:
    """Compare the submitted quotes, or None when they have not been opened.

    Rates are those of the day of the opening, so that a comparison reads the same whenever it is looked at.
    Raises `RateMissing` with the pair that has no rate.
    """
    opening = await queries.opening(session, inquiry.id)
    if opening is None:
        return None
    wanted = currency or inquiry.currency
    quotes = {quote.id: quote for quote in await quote_queries.submitted_quotes(session, inquiry.id)}
    terms = await quote_queries.terms(session, list(quotes))
    prices = await quote_queries.prices(session, list(quotes))
    lines = list(await queries.lines(session, inquiry.id))
    rates = await _rates(session, sorted({row.currency for row in terms.values()}), wanted, opening.opened_at.date())
    quantities = {line.id: line.quantity for line in lines}
    offers = {
        quote_id: _offer(terms[quote_id], prices[quote_id], quantities, wanted, rates[terms[quote_id].currency])
        for quote_id in quotes
    }
    compared = compare(
        [line.id for line in lines],
        list(offers.values()),
        incoterm=inquiry.incoterm,
        incoterm_place=inquiry.incoterm_place,
        today=today,
    )
    return ComparedQuotes(inquiry, wanted, opening.opened_at, rates, lines, quotes, terms, prices, offers, compared)


async def _rates(session: AsyncSession, currencies: list[str], wanted: str, on: date) -> dict[str, Decimal]:
    rates = {}
    for currency in currencies:
        rate = await reference.fx_rate(session, currency, wanted, on)
        if rate is None:
            raise RateMissing(from_currency=currency, to_currency=wanted, on=on, most_days_old=reference.MOST_DAYS_OLD)
        rates[currency] = rate
    return rates


def _offer(
    terms: QuoteTerms, prices: list[QuotePrice], quantities: dict[UUID, Decimal], wanted: str, rate: Decimal
) -> Offer:
    def converted(minor: int) -> int:
        return reference.convert_minor(minor, terms.currency, wanted, rate)

    return Offer(
        quote_id=terms.quote_id,
        line_minor={
            row.line_id: converted(line_total_minor(row.price_minor, row.per_quantity, quantities[row.line_id]))
            for row in prices
            if row.line_id is not None
        },
        extras_minor=sum(converted(row.price_minor) for row in prices if row.line_id is None),
        lead_time_days=terms.lead_time_days,
        valid_until=terms.valid_until,
        incoterm=terms.incoterm,
        incoterm_place=terms.incoterm_place,
    )
