"""A clearing as a mixed-integer linear program whose every coefficient is an integer.

What members of a place accept is the lowest limit among those served there. It is one of finitely many: `level` variables choose
it, and what is served counts at the level chosen, so that "this place's costs are no more than its lots times what it accepts" is
linear. That the shares of set-up exist then says no more than that all places of an item together accept all its costs.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from app.clearing.outcome import Flow, Outcome, weight
from app.clearing.problem import BASIS_POINTS, Bid, Item, Offer, Problem, cheapest

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


@dataclass(slots=True)
class Formulation:
    """The program of a part, what its columns stand for, and what is looked for one after the other."""

    problem: Problem
    program: Program
    bids: dict[tuple[int, int], int]
    flows: dict[tuple[int, int, str], int]
    tiers: dict[tuple[int, int], int]
    lots: Row
    cost: Row
    drawn: Row

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


def formulate(problem: Problem) -> Formulation:
    """The program of a part in canonical order. Bids that no offer could ever meet are left out."""
    form = Formulation(problem, Program(), {}, {}, {}, {}, {}, {})
    least_at = cheapest(problem)
    at_item: dict[str, list[tuple[int, int, Bid]]] = defaultdict(list)
    for number, member in enumerate(problem.members):
        own: Row = {}
        for place_of_bid, bid in enumerate(member.bids):
            least = least_at.get((bid.item_id, bid.place))
            if least is None or bid.limit_minor < least:
                continue
            column = form.program.column(1)
            form.bids[number, place_of_bid] = column
            form.lots[column] = bid.lots
            form.drawn[column] = weight(member, place_of_bid)
            own[column] = 1
            at_item[bid.item_id].append((number, place_of_bid, bid))
        if len(own) > 1:
            form.program.row(own, most=1)
    for item in problem.items:
        _item(form, item, at_item[item.id])
    return form


def _item(form: Formulation, item: Item, bids: list[tuple[int, int, Bid]]) -> None:
    program = form.program
    demand: dict[str, int] = defaultdict(int)
    for _, _, bid in bids:
        demand[bid.place] += bid.lots
    whole = sum(demand.values())
    offers = [(at, offer) for at, offer in enumerate(form.problem.offers) if offer.item_id == item.id]
    winners: Row = {}
    budget: Row = {}
    costs: dict[str, Row] = {place: {} for place in demand}
    arriving: dict[str, Row] = {place: {} for place in demand}
    for at, offer in offers:
        _offer(form, item, at, offer, demand, winners, budget, costs, arriving)
    if item.max_suppliers is not None:
        program.row(winners, most=item.max_suppliers)
    for place in sorted(demand):
        here = [(form.bids[number, which], bid) for number, which, bid in bids if bid.place == place]
        accepted = _levels(program, here, arriving[place])
        program.row({**accepted, **{column: -cost for column, cost in costs[place].items()}}, least=0)
        for column, value in accepted.items():
            budget[column] = budget.get(column, 0) + value
        for column, cost in costs[place].items():
            budget[column] = budget.get(column, 0) - cost
    program.row(budget, least=0)
    if item.min_lots > 0 and bids:
        bought = program.column(1)
        total: Row = {form.bids[number, which]: bid.lots for number, which, bid in bids}
        program.row({**total, bought: -item.min_lots}, least=0)
        program.row({**total, bought: -whole}, most=0)
    if item.min_share_bp > 0:
        _shares(form, item, bids, offers, whole)


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


def _levels(program: Program, here: list[tuple[int, Bid]], arriving: Row) -> Row:
    """Choose what a place accepts; what all its lots accept then, by column."""
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
        chosen[level] = program.column(1)
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


def _shares(
    form: Formulation,
    item: Item,
    bids: list[tuple[int, int, Bid]],
    offers: list[tuple[int, Offer]],
    whole: int,
) -> None:
    """Whoever wins has his share of all that is bought."""
    program = form.program
    total = {form.bids[number, which]: -item.min_share_bp * bid.lots for number, which, bid in bids}
    slack = item.min_share_bp * whole
    for at, _ in offers:
        sent = {column: BASIS_POINTS for (which, _, _), column in form.flows.items() if which == at}
        wins = {column: -slack for (which, _), column in form.tiers.items() if which == at}
        if sent:
            program.row({**sent, **total, **wins}, least=-slack)
