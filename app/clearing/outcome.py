"""What a clearing comes to, and what it is worth: exact, in integers."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from app.clearing.problem import Bid, Member, Offer, Problem


@dataclass(frozen=True, slots=True)
class Flow:
    """A supplier sends so many lots of an item to a place."""

    supplier_id: str
    item_id: str
    place: str
    lots: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which of his bids each member is served, by their place among them; and who sends what."""

    served: Mapping[str, int]
    flows: tuple[Flow, ...]

    def bids(self, problem: Problem) -> list[tuple[Member, Bid]]:
        """The bids that are served, with whose they are, in the problem's order."""
        return [(member, member.bids[self.served[member.id]]) for member in problem.members if member.id in self.served]


@dataclass(frozen=True, slots=True, order=True)
class Worth:
    """What is compared, one after the other: lots served (more is better), what they cost landed (less is better), and the lots
    drawn by those served (more is better)."""

    lots: int
    cost_minor: int
    drawn: int


def weight(member: Member, bid: int) -> int:
    """What serving a bid counts when all else is equal: who was drawn first before others, a wish before its substitute."""
    return 2 * member.priority - bid


def offers_by_key(problem: Problem) -> dict[tuple[str, str], Offer]:
    """Offers by supplier and item."""
    return {(offer.supplier_id, offer.item_id): offer for offer in problem.offers}


def bought(outcome: Outcome) -> dict[tuple[str, str], int]:
    """Lots by supplier and item."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for flow in outcome.flows:
        found[flow.supplier_id, flow.item_id] += flow.lots
    return dict(found)


def worth(problem: Problem, outcome: Outcome) -> Worth:
    """What an outcome of a problem in canonical order is worth. Raises ValueError for flows that nobody offers."""
    offers = offers_by_key(problem)
    lots = bought(outcome)
    cost = 0
    for key, quantity in lots.items():
        price = offers[key].price_minor(quantity) if key in offers else None
        if price is None:
            raise ValueError(f"{key} is not offered in this quantity")
        cost += quantity * price + offers[key].setup_minor
    for flow in outcome.flows:
        cost += flow.lots * offers[flow.supplier_id, flow.item_id].freight_minor[flow.place]
    drawn = sum(weight(member, outcome.served[member.id]) for member in problem.members if member.id in outcome.served)
    return Worth(sum(bid.lots for _, bid in outcome.bids(problem)), cost, drawn)
