"""The lots drawn, when it stands how many lots of what go where: who is served of those who would all do.

For clearings that need not be the best there are: flows, prices and costs stay, and at each item and place those are chosen who
come first by the draw. To choose everywhere at once is as hard as the whole; this is not.
"""

from collections.abc import Mapping
from fractions import Fraction

from app.clearing.choosing import choose, exchange
from app.clearing.outcome import Outcome, weight
from app.clearing.pricing import settle
from app.clearing.problem import Problem


def redrawn(problem: Problem, outcome: Outcome) -> Outcome:
    """An outcome with the same flows in which no place could serve others of the same lots that come before by the draw.

    A place may serve whoever accepts its price and is not served otherwise. The problem is in canonical order.
    """
    while True:
        prices = {(one.item_id, one.place): one.exact for one in settle(problem, outcome).prices}
        served = dict(outcome.served)
        for item in problem.items:
            for at in sorted(at for at in prices if at[0] == item.id):
                served = _at_place(problem, served, at, prices)
        if served == outcome.served:
            return outcome
        outcome = Outcome(served, outcome.flows)


def _at_place(
    problem: Problem,
    served: dict[str, int],
    at: tuple[str, str],
    prices: Mapping[tuple[str, str], Fraction],
) -> dict[str, int]:
    suiting: list[tuple[str, int]] = []
    lots: list[int] = []
    weights: list[int] = []
    for member in problem.members:
        which = served.get(member.id)
        for number, bid in enumerate(member.bids) if which is None else ((which, member.bids[which]),):
            if (bid.item_id, bid.place) == at and bid.limit_minor >= prices[at]:
                suiting.append((member.id, number))
                lots.append(bid.lots)
                weights.append(weight(member, number))
                break
    now = [member in served for member, _ in suiting]
    wanted = sum(size for size, one in zip(lots, now, strict=True) if one)
    chosen = choose(lots, weights, wanted)
    if chosen is None:
        chosen = exchange(lots, weights, now)
    if sum(weights[one] for one in chosen) <= sum(
        one for one, is_served in zip(weights, now, strict=True) if is_served
    ):
        return served
    here = set(suiting)
    rest = {member: number for member, number in served.items() if (member, number) not in here}
    return rest | dict(suiting[one] for one in chosen)
