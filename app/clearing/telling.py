"""Why a member was served, or was not: codes with figures, and the sentences for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from app.clearing.certificate import Part
from app.clearing.outcome import Outcome
from app.clearing.pricing import Settlement
from app.clearing.problem import Member, Problem, cheapest
from app.kit.locales import N_


class Reason(StrEnum):
    """Why."""

    SERVED = "served"
    SUBSTITUTE = "substitute"
    NOT_OFFERED = "not-offered"
    BELOW_CHEAPEST = "below-cheapest"
    NOT_BOUGHT = "not-bought"
    BELOW_PRICE = "below-price"
    NOT_ENOUGH = "not-enough"
    NONE_FOUND = "none-found"
    NOT_CHOSEN = "not-chosen"


SENTENCES: dict[Reason, str] = {
    Reason.SERVED: N_("{lots} lots of {item} to {place} at {price} a lot; your limit was {limit}."),
    Reason.SUBSTITUTE: N_(
        "Instead of what you wished: {lots} lots of {item} to {place} at {price} a lot; your limit was {limit}."
    ),
    Reason.NOT_OFFERED: N_("Nobody delivers {item} to {place}."),
    Reason.BELOW_CHEAPEST: N_(
        "No offer for {item} comes to less than {price} a lot at {place}; your limit was {limit}."
    ),
    Reason.NOT_BOUGHT: N_("No quantity of {item} could be bought within the limits of those who asked for it."),
    Reason.BELOW_PRICE: N_("A lot of {item} came to {price} at {place}; your limit was {limit}."),
    Reason.NOT_ENOUGH: N_(
        "Your limit would have done, but no more than {lots} lots of {item} could be bought within all limits and "
        "capacities. Among equal solutions a draw decided."
    ),
    Reason.NONE_FOUND: N_(
        "Nothing was bought of {item}. What was bought in all may fall short of the best by up to {gap} %."
    ),
    Reason.NOT_CHOSEN: N_(
        "Your limit would have done, but only {lots} lots of {item} were bought. What was bought in all may fall short of "
        "the best by up to {gap} %. Within a place a draw decided."
    ),
}

_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Told:
    """A reason with its figures: prices and limits in minor units."""

    reason: Reason
    params: dict[str, Any] = field(default_factory=dict)


def reasons(problem: Problem, outcome: Outcome, settlement: Settlement, parts: Sequence[Part] = ()) -> dict[str, Told]:
    """Why each member was served, or was not; of those who were not, about their wish.

    Of parts that may fall short of the best nobody is told that no more could be bought.
    """
    short = {item: part.short_pct for part in parts for item in part.items if part.short_pct is not None}
    prices = {(price.item_id, price.place): price.exact for price in settlement.prices}
    lots: dict[str, int] = {}
    for price in settlement.prices:
        lots[price.item_id] = lots.get(price.item_id, 0) + price.lots
    least = cheapest(problem)
    return {member.id: _reason(member, outcome, prices, lots, least, short) for member in problem.members}


def _reason(
    member: Member,
    outcome: Outcome,
    prices: dict[tuple[str, str], Fraction],
    lots: dict[str, int],
    least: dict[tuple[str, str], int],
    short: dict[str, Decimal],
) -> Told:
    which = outcome.served.get(member.id)
    bid = member.bids[which or 0]
    at = (bid.item_id, bid.place)
    params: dict[str, Any] = {"item": bid.item_id, "place": bid.place, "limit": bid.limit_minor, "lots": bid.lots}
    if which is not None:
        return Told(Reason.SUBSTITUTE if which else Reason.SERVED, params | {"price": rounded(prices[at])})
    if at not in least:
        return Told(Reason.NOT_OFFERED, params)
    if bid.limit_minor < least[at]:
        return Told(Reason.BELOW_CHEAPEST, params | {"price": least[at]})
    gap = short.get(bid.item_id)
    if bid.item_id not in lots:
        return Told(Reason.NOT_BOUGHT, params) if gap is None else Told(Reason.NONE_FOUND, params | {"gap": gap})
    if at in prices and bid.limit_minor < prices[at]:
        return Told(Reason.BELOW_PRICE, params | {"price": rounded(prices[at])})
    params |= {"lots": lots[bid.item_id]}
    return Told(Reason.NOT_ENOUGH, params) if gap is None else Told(Reason.NOT_CHOSEN, params | {"gap": gap})


def rounded(exact: Fraction) -> Decimal:
    """To a millionth of a minor unit."""
    value = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_MILLIONTH, rounding=ROUND_HALF_EVEN)
    return value.normalize() if value != value.to_integral_value() else value.quantize(Decimal(1))
