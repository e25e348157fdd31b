"""A clearing as a mixed-integer linear program whose every coefficient is an integer.

What members of a place accept is the lowest limit among those served there. It is one of finitely many: `level` variables choose
it, and what is served counts at the level chosen, so that "this place's costs are no more than its lots times what it accepts" is
linear. That the shares of set-up exist then says no more than that all places of an item together accept all its costs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from app.clearing.outcome import Flow, Outcome, weight
from app.clearing.problem import BASIS_POINTS, Bid, Item, Member, Offer, Problem, cheapest

Row = dict[int, int]


@dataclass(slots=True)
class Program:
    """Columns from zero to a bound, all but `continuous` ones whole; rows as (coefficients, least, most)."""

    upper: list[int] = field(default_factory=list)
    continuous: set[int] = field(default_factory=set)
    rows: list[tuple[Row, float, float]] = field(default_factory=list)

    def column(self, upper: int, *, whole: bool = True) -> int:
        """A new column; its number."""
        self.upper.append(upper)
        if not whole:
            self.continuous.add(len(self.upper) - 1)
        return len(self.upper) - 1

    def row(self, coefficients: Row, *, least: float = float("-inf"), most: float = float("inf")) -> None:
        """Bound a sum of columns."""
        self.rows.append((coefficients, least, most))

    def keeping(self, coefficients: Row, *, most: int) -> "Program":
        """The same with one row more."""
        return Program(self.upper, self.continuous, [*self.rows, (coefficients, float("-inf"), most)])

    def without(self, columns: Iterable[int]) -> "Program":
        """The same with columns that are zero."""
        upper = list(self.upper)
        for column in columns:
            upper[column] = 0
        return Program(upper, self.continuous, self.rows)


def negated(row: Row) -> Row:
    """The greatest of a sum is the least of this one."""
    return {column: -value for column, value in row.items()}


@dataclass(slots=True)
class Formulation:
    """The program of a part, what its columns stand for, and what is looked for one after the other."""

    problem: Problem
    program: Program
    bids: dict[tuple[int, int], int] = field(default_factory=dict)
    flows: dict[tuple[int, int, str], int] = field(default_factory=dict)
    tiers: dict[tuple[int, int], int] = field(default_factory=dict)
    levels: dict[tuple[str, str, int], int] = field(default_factory=dict)
    lots: Row = field(default_factory=dict)
    cost: Row = field(default_factory=dict)
    drawn: Row = field(default_factory=dict)

    def outcome(self, values: list[int]) -> Outcome:
        """What values of the columns stand for."""
        served = {self.problem.members[member].id: bid for (member, bid), column in self.bids.items() if values[column]}
        sent: dict[tuple[int, str], int] = defaultdict(int)
        for (offer, _, place), column in self.flows.items():
            sent[offer, place] += values[column]
        flows = [
            Flow(self.problem.offers[offer].supplier_id, self.problem.offers[offer].item_id, place, lots)
            for (offer, place), lots in sent.items()
            if lots
        ]
        return Outcome(served, tuple(flows))


Asked = tuple[int, int, Bid]
"""A member's number, which of his bids, and the bid."""
AtPlace = Callable[[str, Row], tuple[Row, Row]]
"""Adds a place's columns and rows, given what arrives there: its lots, and what all of them accept."""


def formulate(problem: Problem) -> Formulation:
    """The program of a part in canonical order. Bids that no offer could ever meet are left out."""
    form = Formulation(problem, Program())
    at_item: dict[str, list[Asked]] = defaultdict(list)
    for number, member, asked in askers(problem, cheapest(problem)):
        own: Row = {}
        for which, bid in asked:
            column = form.program.column(1)
            form.bids[number, which] = column
            form.lots[column] = bid.lots
            form.drawn[column] = weight(member, which)
            own[column] = 1
            at_item[bid.item_id].append((number, which, bid))
        if len(own) > 1:
            form.program.row(own, most=1)
    for item in problem.items:
        bids = at_item[item.id]

        def at_place(place: str, arriving: Row, item: Item = item, bids: list[Asked] = bids) -> tuple[Row, Row]:
            here = [(form.bids[number, which], bid) for number, which, bid in bids if bid.place == place]
            return {column: bid.lots for column, bid in here}, _levels(form, (item.id, place), here, arriving)

        item_rows(form, item, bids, at_place)
    return form


def askers(
    problem: Problem, least_at: Mapping[tuple[str, str], int]
) -> Iterator[tuple[int, Member, list[tuple[int, Bid]]]]:
    """Members by number, with those of their bids that reach the least that a lot could cost there."""
    for number, member in enumerate(problem.members):
        asked = [
            (which, bid)
            for which, bid in enumerate(member.bids)
            if bid.limit_minor >= least_at.get((bid.item_id, bid.place), bid.limit_minor + 1)
        ]
        yield number, member, asked


def item_rows(form: Formulation, item: Item, bids: list[Asked], at_place: AtPlace) -> None:
    """Everything about an item; who is served at a place is left to `at_place`."""
    program = form.program
    demand: dict[str, int] = defaultdict(int)
    for _, _, bid in bids:
        demand[bid.place] += bid.lots
    whole = sum(demand.values())
    offers = [(at, offer) for at, offer in enumerate(form.problem.offers) if offer.item_id == item.id]
    winners: Row = {}
    budget: Row = {}
    total: Row = {}
    costs: dict[str, Row] = {place: {} for place in demand}
    arriving: dict[str, Row] = {place: {} for place in demand}
    for at, offer in offers:
        _offer(form, item, at, offer, demand, winners, budget, costs, arriving)
    if item.max_suppliers is not None:
        program.row(winners, most=item.max_suppliers)
    for place in sorted(demand):
        lots, accepted = at_place(place, arriving[place])
        total.update(lots)
        program.row({**accepted, **{column: -cost for column, cost in costs[place].items()}}, least=0)
        for column, value in accepted.items():
            budget[column] = budget.get(column, 0) + value
        for column, cost in costs[place].items():
            budget[column] = budget.get(column, 0) - cost
    program.row(budget, least=0)
    total = dict(sorted(total.items()))
    if item.min_lots > 0 and bids:
        bought = program.column(1)
        program.row({**total, bought: -item.min_lots}, least=0)
        program.row({**total, bought: -whole}, most=0)
    if item.min_share_bp > 0:
        _shares(form, item, total, offers, whole)


def _offer(
    form: Formulation,
    item: Item,
    at: int,
    offer: Offer,
    demand: dict[str, int],
    winners: Row,
    budget: Row,
    costs: dict[str, Row],
    arriving: dict[str, Row],
) -> None:
    """Columns of an offer: which tier is reached, and what goes where at it."""
    program = form.program
    places = [place for place in sorted(demand) if place in offer.freight_minor]
    most = min(offer.capacity_lots, sum(demand[place] for place in places))
    reached: Row = {}
    for number, tier in enumerate(offer.tiers):
        if tier.from_lots > most:
            continue
        chosen = program.column(1)
        reached[chosen] = winners[chosen] = 1
        form.tiers[at, number] = chosen
        if offer.setup_minor:
            form.cost[chosen] = offer.setup_minor
            budget[chosen] = -offer.setup_minor
        sent: Row = {}
        for place in places:
            bound = min(most, demand[place])
            column = program.column(bound)
            form.flows[at, number, place] = column
            sent[column] = 1
            form.cost[column] = costs[place][column] = tier.price_minor + offer.freight_minor[place]
            arriving[place][column] = 1
            program.row({column: 1, chosen: -bound}, most=0)
        program.row({**sent, chosen: -most}, most=0)
        program.row({**sent, chosen: -max(tier.from_lots, 1)}, least=0)
    if len(reached) > 1:
        program.row(reached, most=1)


def _levels(form: Formulation, at: tuple[str, str], here: list[tuple[int, Bid]], arriving: Row) -> Row:
    """Choose what a place accepts; what all its lots accept then, by column."""
    program = form.program
    levels = sorted({bid.limit_minor for _, bid in here})
    served = {column: bid.lots for column, bid in here}
    program.row({**arriving, **{column: -lots for column, lots in served.items()}}, least=0, most=0)
    if len(levels) == 1:
        return {column: bid.lots * bid.limit_minor for column, bid in here}
    chosen: dict[int, int] = {}
    accepted: Row = {}
    counted: Row = {column: -lots for column, lots in served.items()}
    for level in levels:
        bound = sum(bid.lots for _, bid in here if bid.limit_minor >= level)
        chosen[level] = form.levels[*at, level] = program.column(1)
        lots = program.column(bound, whole=False)
        program.row({lots: 1, chosen[level]: -bound}, most=0)
        accepted[lots] = level
        counted[lots] = 1
    program.row(counted, least=0, most=0)
    program.row(dict.fromkeys(chosen.values(), 1), most=1)
    for column, bid in here:
        allowed = {chosen[level]: -1 for level in levels if level <= bid.limit_minor}
        program.row({column: 1, **allowed}, most=0)
    return accepted


def _shares(form: Formulation, item: Item, total: Row, offers: list[tuple[int, Offer]], whole: int) -> None:
    """Whoever wins has his share of all that is bought."""
    program = form.program
    of_all = {column: -item.min_share_bp * lots for column, lots in total.items()}
    slack = item.min_share_bp * whole
    for at, _ in offers:
        sent = {column: BASIS_POINTS for (which, _, _), column in form.flows.items() if which == at}
        wins = {column: -slack for (which, _), column in form.tiers.items() if which == at}
        if sent:
            program.row({**sent, **of_all, **wins}, least=-slack)
