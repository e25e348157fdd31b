"""Instant freight quotes: every rate card that fits a shipment, priced line by line, cheapest first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.logistics.rates.cards import RateCard, ShipmentFacts
from app.logistics.rates.fitting import Reason, reasons_against
from app.logistics.rates.pricing import Priced, price
from app.reference.facade import convert_minor


@dataclass(frozen=True, slots=True)
class ReaderMoney:
    """The reader's currency, and how many of it one of each other currency buys."""

    currency: str
    rates: Mapping[str, Decimal]

    def rate(self, currency: str) -> Decimal | None:
        """The rate of a currency, 1 for the reader's own."""
        return Decimal(1) if currency == self.currency else self.rates.get(currency)


@dataclass(frozen=True, slots=True)
class FreightQuote:
    """A card's price for a shipment. `reader_total_minor` is the whole total converted once, at `fx_rate`."""

    card: RateCard
    priced: Priced
    reader_currency: str
    reader_total_minor: int
    fx_rate: Decimal

    @property
    def total_minor(self) -> int:
        """The total in the card's currency."""
        return self.priced.total_minor


@dataclass(frozen=True, slots=True)
class Unfit:
    """A card that cannot carry the shipment, and why."""

    card: RateCard
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class FreightQuotes:
    """The answer: quotes by total in the reader's currency, then by transit time; and the cards that do not fit."""

    quotes: tuple[FreightQuote, ...]
    unfit: tuple[Unfit, ...]


def freight_quotes(cards: Iterable[RateCard], facts: ShipmentFacts, *, on: date, fx: ReaderMoney) -> FreightQuotes:
    """Price a shipment under every card that fits it.

    Equal totals are ordered by the longest, then the shortest transit time, then by the card's number, so that the order is the
    same for the same cards in any order.
    """
    quotes, unfit = [], []
    for card in cards:
        reasons = reasons_against(card, facts, on=on)
        rate = fx.rate(card.currency)
        if rate is None:
            reasons = (*reasons, Reason("rate-not-convertible", {"currency": card.currency}))
        if reasons or rate is None:
            unfit.append(Unfit(card, reasons))
            continue
        priced = price(card, facts, on=on)
        total_minor = convert_minor(priced.total_minor, card.currency, fx.currency, rate)
        quotes.append(FreightQuote(card, priced, fx.currency, total_minor, rate))
    quotes.sort(key=_order)
    unfit.sort(key=lambda one: one.card.card_id)
    return FreightQuotes(tuple(quotes), tuple(unfit))


def _order(quote: FreightQuote) -> tuple[int, int, int, str]:
    card = quote.card
    return quote.reader_total_minor, card.transit_days_max, card.transit_days_min, card.card_id
