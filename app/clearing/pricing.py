"""What each member pays and each supplier is paid: one price a lot for all at an item and a place, conserved to the minor unit.

A place bears what its own lots cost: goods at the tier that their supplier's whole quantity reaches, and freight to it. Set-up is
borne by all lots of the item evenly, as far as each place's members accept: a place whose members' lowest limit is reached bears
no more, and the others bear the rest. Members pay their share rounded up to the minor unit; what that comes to beyond what
suppliers are paid, less than one minor unit a member, is the remainder.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.clearing.outcome import Outcome, bought, offers_by_key
from app.clearing.problem import Problem


@dataclass(frozen=True, slots=True)
class PlacePrice:
    """What a lot of an item costs at a place: `exact` minor units, of which so much is set-up."""

    item_id: str
    place: str
    lots: int
    exact: Fraction
    setup: Fraction


@dataclass(frozen=True, slots=True)
class Settlement:
    """Who pays and who is paid. `remainder_minor` goes to the account that was named for it."""

    prices: tuple[PlacePrice, ...]
    payments_minor: Mapping[str, int]
    paid_minor: Mapping[tuple[str, str], int]
    remainder_minor: int


def settle(problem: Problem, outcome: Outcome) -> Settlement:
    """Price an outcome that keeps all rules. Raises ValueError when somebody would pay more than he accepts."""
    offers, quantities = offers_by_key(problem), bought(outcome)
    own: dict[tuple[str, str], int] = defaultdict(int)
    paid: dict[tuple[str, str], int] = {}
    for key, lots in quantities.items():
        price = offers[key].price_minor(lots)
        if price is None:
            raise ValueError(f"{key} is not offered in this quantity")
        paid[key] = lots * price + offers[key].setup_minor
    for flow in outcome.flows:
        key = (flow.supplier_id, flow.item_id)
        price = offers[key].price_minor(quantities[key]) or 0
        freight = flow.lots * offers[key].freight_minor[flow.place]
        own[flow.item_id, flow.place] += flow.lots * price + freight
        paid[key] += freight
    lots_at: dict[tuple[str, str], int] = defaultdict(int)
    lowest: dict[tuple[str, str], int] = {}
    for _, bid in outcome.bids(problem):
        at = (bid.item_id, bid.place)
        lots_at[at] += bid.lots
        lowest[at] = min(lowest.get(at, bid.limit_minor), bid.limit_minor)
    prices: dict[tuple[str, str], PlacePrice] = {}
    for item in problem.items:
        setup = sum(offers[key].setup_minor for key in quantities if key[1] == item.id)
        at_item = sorted(at for at in lots_at if at[0] == item.id)
        spare = {at: Fraction(lowest[at]) - Fraction(own[at], lots_at[at]) for at in at_item}
        shares = even_shares(setup, {at: lots_at[at] for at in at_item}, spare)
        for at in at_item:
            exact = Fraction(own[at], lots_at[at]) + shares[at]
            prices[at] = PlacePrice(item.id, at[1], lots_at[at], exact, shares[at])
    payments = {
        member.id: _up(bid.lots * prices[bid.item_id, bid.place].exact) for member, bid in outcome.bids(problem)
    }
    remainder = sum(payments.values()) - sum(paid.values())
    return Settlement(tuple(prices.values()), payments, paid, remainder)


def even_shares(
    total: int, lots: Mapping[tuple[str, str], int], spare: Mapping[tuple[str, str], Fraction]
) -> dict[tuple[str, str], Fraction]:
    """What of a sum a lot at each place bears: the same everywhere, but no more than a place has to spare.

    Raises ValueError when all places together have too little, or one has less than nothing.
    """
    if any(one < 0 for one in spare.values()):
        raise ValueError("a place bears less than its own lots cost")
    left, open_lots = Fraction(total), sum(lots.values())
    shares: dict[tuple[str, str], Fraction] = {}
    for at in sorted(lots, key=lambda one: (spare[one], one)):
        level = left / open_lots
        shares[at] = min(spare[at], level)
        left -= shares[at] * lots[at]
        open_lots -= lots[at]
    if left > 0:
        raise ValueError("the members accept less than all costs")
    return shares


def _up(amount: Fraction) -> int:
    return -(-amount.numerator // amount.denominator)
