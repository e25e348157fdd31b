"""The best clearing, found by trying everything: for small problems, and sharing nothing with the program that is solved."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product

from app.clearing.problem import Bid, Item, Problem

Best = tuple[int, int, int]


def best(problem: Problem) -> Best:
    """(lots, cost, drawn) of the best clearing: most lots, then least cost, then most drawn."""
    problem = problem.canonical()
    count = len(problem.members)
    known: dict[object, int | None] = {}
    found: tuple[int, int, int] | None = None
    choices = [(None, *range(len(member.bids))) for member in problem.members]
    for chosen in sorted(product(*choices), key=lambda one: -_lots(problem, one)):
        lots = _lots(problem, chosen)
        if found is not None and lots < found[0]:
            break
        cost = _cost(problem, chosen, known)
        if cost is None:
            continue
        drawn = sum(2 * (count - at) - bid for at, bid in enumerate(chosen) if bid is not None)
        if found is None or (-cost, drawn) > (-found[1], found[2]):
            found = (lots, cost, drawn)
    assert found is not None
    return found


def cheapest_of(problem: Problem, least: int) -> int:
    """The least cost of serving at least so many lots of a problem in canonical order."""
    known: dict[object, int | None] = {}
    choices = [(None, *range(len(member.bids))) for member in problem.members]
    costs = (_cost(problem, one, known) for one in product(*choices) if _lots(problem, one) >= least)
    return min(cost for cost in costs if cost is not None)


def _lots(problem: Problem, chosen: tuple[int | None, ...]) -> int:
    return sum(member.bids[bid].lots for member, bid in zip(problem.members, chosen, strict=True) if bid is not None)


def _cost(problem: Problem, chosen: tuple[int | None, ...], known: dict[object, int | None]) -> int | None:
    """The least cost of serving just these bids; None when it cannot be."""
    by_item: dict[str, list[Bid]] = defaultdict(list)
    for member, bid in zip(problem.members, chosen, strict=True):
        if bid is not None:
            by_item[member.bids[bid].item_id].append(member.bids[bid])
    total = 0
    for item in problem.items:
        wanted: dict[str, int] = defaultdict(int)
        accepted: dict[str, int] = {}
        for bid in by_item[item.id]:
            wanted[bid.place] += bid.lots
            accepted[bid.place] = min(accepted.get(bid.place, bid.limit_minor), bid.limit_minor)
        places = tuple(sorted(wanted))
        key = (item.id, tuple((place, wanted[place], accepted[place]) for place in places))
        if key not in known:
            known[key] = _item_cost(problem, item, dict(wanted), accepted)
        cost = known[key]
        if cost is None:
            return None
        total += cost
    return total


def _item_cost(problem: Problem, item: Item, wanted: dict[str, int], accepted: dict[str, int]) -> int | None:
    """The least that so many lots at each place cost, when no place costs more than it accepts."""
    if not wanted:
        return 0
    places = sorted(wanted)
    whole = sum(wanted.values())
    if whole < item.min_lots:
        return None
    # (lots still wanted by place, what each place's own lots cost, set-up, suppliers)
    states = {(tuple(wanted[place] for place in places), (0,) * len(places), 0, 0)}
    for offer in [offer for offer in problem.offers if offer.item_id == item.id]:
        after = set(states)
        for left, costs, setup, suppliers in states:
            if item.max_suppliers is not None and suppliers >= item.max_suppliers:
                continue
            for sent in _splits(left, [place in offer.freight_minor for place in places]):
                lots = sum(sent)
                price = offer.price_minor(lots) if lots else None
                if price is None or 10_000 * lots < item.min_share_bp * whole:
                    continue
                added = tuple(
                    cost + number * (price + offer.freight_minor.get(place, 0))
                    for cost, number, place in zip(costs, sent, places, strict=True)
                )
                rest = tuple(one - number for one, number in zip(left, sent, strict=True))
                after.add((rest, added, setup + offer.setup_minor, suppliers + 1))
        states = after
    limits = [accepted[place] * wanted[place] for place in places]
    return min(
        (
            sum(costs) + setup
            for left, costs, setup, _ in states
            if not any(left)
            and all(cost <= limit for cost, limit in zip(costs, limits, strict=True))
            and sum(costs) + setup <= sum(limits)
        ),
        default=None,
    )


def _splits(left: tuple[int, ...], delivers: list[bool]) -> Iterator[tuple[int, ...]]:
    yield from product(*(range(one + 1) if there else (0,) for one, there in zip(left, delivers, strict=True)))
