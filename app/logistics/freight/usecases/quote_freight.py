"""Answer at once what freight costs: price all cards of the lane and keep what came out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.errors import Invalid
from app.kit.ids import new_id
from app.logistics.freight.goods import asked_errors, facts_of, kept, keys_of, name_of
from app.logistics.freight.models import FreightOption, FreightQuoteAsked
from app.logistics.freight.queries import cards as card_queries
from app.logistics.freight.queries import quotes as queries
from app.logistics.freight.schemas.quotes import FreightQuoteIn
from app.logistics.freight.tariffs import card_of
from app.logistics.rates.cards import ShipmentFacts
from app.logistics.rates.fitting import Reason, shipping_day
from app.logistics.rates.pricing import Line, Priced
from app.logistics.rates.quoting import FreightQuote, FreightQuotes, ReaderMoney, Unfit, freight_quotes
from app.logistics.states import Mode
from app.reference import facade as reference

VALID_FOR = timedelta(days=7)
MOST_CARDS = 500
"""Cards of one lane that a quote looks at, those that are valid on the day first."""
MOST_MINOR = 10**15
"""Prices beyond are taken for mistakes: a billion billions would not fit into the database's numbers."""


async def quote_freight(
    session: AsyncSession, actor: Actor, form: FreightQuoteIn, *, now: datetime
) -> tuple[FreightQuoteAsked, list[FreightOption]]:
    """Raises `Invalid`. The options stand until they end, whatever becomes of the cards."""
    errors = asked_errors(form)
    if errors:
        raise Invalid(errors=errors)
    facts, today, currency = facts_of(form), now.date(), form.currency or actor.currency
    cards = await card_queries.candidates(
        session,
        from_places=keys_of(facts.origin),
        to_places=keys_of(facts.destination),
        modes=sorted(facts.modes),
        day=shipping_day(facts, today),
        most=MOST_CARDS,
    )
    dated = await reference.rates_on(session, {one.currency for one in cards}, currency, today)
    money = ReaderMoney(currency, {name: one.value for name, one in dated.items()})
    found = _within_reason(freight_quotes(map(card_of, cards), facts, on=today, fx=money))
    row = FreightQuoteAsked(
        id=new_id(),
        shipper_id=actor.organization_id,
        asked=kept(form),
        currency=currency,
        unfit=_told(found.unfit),
        valid_until=now + VALID_FOR,
        created_by=actor.person_id,
    )
    session.add(row)
    await session.flush()
    rows = [_option(one, row, facts, dated, now=now) for one in found.quotes]
    await queries.insert_options(session, rows)
    await session.refresh(row)
    return row, await queries.options(session, row.id)


def _within_reason(found: FreightQuotes) -> FreightQuotes:
    """Without prices that cannot be meant."""
    good: list[FreightQuote] = []
    odd: list[FreightQuote] = []
    for one in found.quotes:
        meant = max(one.total_minor, one.reader_total_minor) <= MOST_MINOR
        (good if meant else odd).append(one)
    unfit = (Unfit(one.card, (Reason("rate-too-high"),)) for one in odd)
    return replace(found, quotes=tuple(good), unfit=(*found.unfit, *unfit))


def _told(unfit: Sequence[Unfit]) -> list[dict[str, Any]]:
    """How many cards of which mode do not fit for what reason; neither whose they are nor what they say."""
    counted: Counter[tuple[Mode, str, str]] = Counter()
    for one in unfit:
        # The shipper's own containers may be named again; what else a reason says is the card's.
        told = {(one.card.mode, reason.code, str(reason.params.get("container", ""))) for reason in one.reasons}
        counted.update(told)
    return [
        {"mode": mode, "code": code, "container": container, "cards": cards}
        for (mode, code, container), cards in sorted(counted.items())
    ]


def _option(
    quote: FreightQuote,
    row: FreightQuoteAsked,
    facts: ShipmentFacts,
    dated: Mapping[str, reference.Rate],
    *,
    now: datetime,
) -> dict[str, Any]:
    card = quote.card
    last_moment = datetime.combine(card.valid_until + timedelta(days=1), time(), UTC)
    return {
        "id": new_id(),
        "shipper_id": row.shipper_id,
        "partner_id": UUID(card.partner_id),
        "quote_id": row.id,
        "card_id": UUID(card.card_id),
        "mode": card.mode,
        "service": card.service,
        "from_place": name_of(facts.origin),
        "to_place": name_of(facts.destination),
        "transit_days_min": card.transit_days_min,
        "transit_days_max": card.transit_days_max,
        "currency": card.currency,
        "total_minor": quote.total_minor,
        "lines": [line_of(line) for line in quote.priced.lines],
        "chargeable": _chargeable(quote.priced, card.weight_rule or card.mode),
        "reader_currency": quote.reader_currency,
        "reader_total_minor": quote.reader_total_minor,
        "fx_rate": quote.fx_rate,
        "fx_on": dated[card.currency].day,
        "valid_until": min(row.valid_until, max(last_moment, now)),
    }


def line_of(line: Line) -> dict[str, Any]:
    """A line as it is stored."""
    return _plain(asdict(line))


def _chargeable(priced: Priced, rule: str) -> dict[str, Any]:
    return _plain(asdict(priced.chargeable)) | {"weight_rule": str(rule)}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: format(one, "f") if isinstance(one, Decimal) else one for name, one in values.items()}
