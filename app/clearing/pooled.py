"""The same program with members of a place poured together: a relaxation, whose bound is a bound of the clearing too.

At a place that accepts so much, all whose limit reaches that are the same but for their lots. So only lots are counted, as if
they could be divided, and only who would take another item instead is a column of his own, as he must not be counted twice.
What this program cannot reach, no choice of members can.
"""

from collections import defaultdict
from collections.abc import Mapping

from app.clearing.model import Asked, Formulation, Program, Row, askers, item_rows
from app.clearing.problem import Item, Problem, cheapest


def pooled(problem: Problem) -> Formulation:
    """The relaxation of a part in canonical order. Its `bids` are only those of members who are served one of two."""
    form = Formulation(problem, Program())
    at_item: dict[str, list[Asked]] = defaultdict(list)
    for number, _, asked in askers(problem, reachable(problem)):
        own: Row = {}
        for which, bid in asked:
            at_item[bid.item_id].append((number, which, bid))
            if len(asked) > 1:
                own[form.program.column(1)] = 1
                form.bids[number, which] = max(own)
        if own:
            form.program.row(own, most=1)
    for item in problem.items:
        bids = at_item[item.id]

        def at_place(place: str, arriving: Row, item: Item = item, bids: list[Asked] = bids) -> tuple[Row, Row]:
            return _at_place(form, item, place, [one for one in bids if one[2].place == place], arriving)

        item_rows(form, item, bids, at_place)
        _starts(form, item, sum(bid.lots for _, _, bid in bids))
    return form


def reachable(problem: Problem) -> dict[tuple[str, str], int]:
    """The least that a lot could cost, by item and place, at tiers that all who accept as much could reach together."""
    least = cheapest(problem)
    while True:
        demand: dict[tuple[str, str], int] = defaultdict(int)
        for _, _, asked in askers(problem, least):
            for _, bid in asked:
                demand[bid.item_id, bid.place] += bid.lots
        found: dict[tuple[str, str], int] = {}
        for offer in problem.offers:
            wanted = sum(demand.get((offer.item_id, place), 0) for place in offer.freight_minor)
            price = offer.price_minor(min(offer.capacity_lots, wanted))
            if price is None:
                continue
            for place, freight in offer.freight_minor.items():
                at = (offer.item_id, place)
                found[at] = min(found.get(at, price + freight), price + freight)
        if found == least:
            return found
        least = found


def _at_place(form: Formulation, item: Item, place: str, here: list[Asked], arriving: Row) -> tuple[Row, Row]:
    """Choose what the place accepts, and how many lots of those who accept as much it gets."""
    program = form.program
    chosen: dict[int, int] = {}
    total: Row = {}
    accepted: Row = {}
    # Whoever has a column of his own counts as far as he is served here, all others whenever they accept.
    shared = {column: bid for number, which, bid in here if (column := form.bids.get((number, which))) is not None}
    alone: Row = {column: bid.lots for column, bid in shared.items()}
    for level in sorted({bid.limit_minor for _, _, bid in here}):
        at_most = sum(bid.lots for _, _, bid in here if bid.limit_minor >= level)
        chosen[level] = form.levels[item.id, place, level] = program.column(1)
        lots = program.column(at_most, whole=False)
        program.row({lots: 1, chosen[level]: -at_most}, most=0)
        total[lots], accepted[lots], form.lots[lots] = 1, level, 1
        alone[lots] = -1
        alone[chosen[level]] = at_most - sum(bid.lots for bid in shared.values() if bid.limit_minor >= level)
    program.row(dict.fromkeys(chosen.values(), 1), most=1)
    program.row({**arriving, **dict.fromkeys(total, -1)}, least=0, most=0)
    if shared:
        program.row(alone, least=0)
    for column, bid in shared.items():
        program.row({column: 1} | {one: -1 for level, one in chosen.items() if level <= bid.limit_minor}, most=0)
    _sources(form, item, place, chosen)
    return total, accepted


def _sources(form: Formulation, item: Item, place: str, chosen: Mapping[int, int]) -> None:
    """A place accepts so little only if a tier is reached at which a lot costs no more: implied, but not by fractions."""
    costs = sorted(
        (form.cost[column], form.tiers[at, number])
        for (at, number, where), column in form.flows.items()
        if where == place and form.problem.offers[at].item_id == item.id
    )
    levels = sorted(chosen)
    for at, level in enumerate(levels):
        after = levels[at + 1] if at + 1 < len(levels) else None
        tiers = [column for cost, column in costs if cost <= level]
        if after is not None and len(tiers) == len([1 for cost, _ in costs if cost <= after]):
            continue
        form.program.row({chosen[one]: 1 for one in levels[: at + 1]} | dict.fromkeys(tiers, -1), most=0)


def _starts(form: Formulation, item: Item, whole: int) -> None:
    """Together no more tiers are reached than there is demand for: implied, but not by fractions."""
    starts = {
        column: max(form.problem.offers[at].tiers[number].from_lots, 1)
        for (at, number), column in form.tiers.items()
        if form.problem.offers[at].item_id == item.id
    }
    if starts:
        form.program.row(starts, most=whole)
