"""Clearings that may fall short of the best: by no more than is allowed, and by no more than is said."""

import json
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from app.clearing.approaching import approach
from app.clearing.certificate import Effort, Proof
from app.clearing.checking import violations
from app.clearing.choosing import choose, exchange
from app.clearing.documents import explained, proven, told, worked_out
from app.clearing.highs import Estimate, Highs
from app.clearing.model import Program, Row, formulate
from app.clearing.outcome import worth
from app.clearing.pricing import settle
from app.clearing.problem import Bid, Item, Member, Offer, Problem, Tier, parts
from app.clearing.solving import clear
from app.clearing.telling import Reason, reasons
from tests.proofs.clearing_market import market
from tests.rooms.clearing.brute import best, cheapest_of
from tests.rooms.clearing.campaigns import shuffled, small

A_LITTLE = 1e-6


class Doubting(Highs):
    """Proves a tenth less than it could."""

    def estimate(self, program: Program, objective: Row, *, gap: float, nodes: int | None) -> Estimate:
        found = super().estimate(program, objective, gap=gap, nodes=nodes)
        return replace(found, bound=found.bound - abs(found.bound) / 10 - 1)


def test_no_bound_is_surpassed_by_trying_everything() -> None:
    near = 0
    for number in range(150):
        gap = (0.02, 0.1, 0.3)[number % 3]
        for part in parts(small(number)):
            found = approach(part, effort=Effort(gap=gap), solver=Highs()) if formulate(part).bids else None
            if found is None:
                continue
            lots, cost = found.bounds
            at_best, reached = best(part)[0], worth(part, found.outcome)
            assert not violations(part, found.outcome), number
            assert reached.lots <= at_best <= lots <= (1 + gap) * reached.lots + A_LITTLE, number
            least = cheapest_of(part, reached.lots)
            assert (1 - gap) * reached.cost_minor - A_LITTLE <= cost <= least <= reached.cost_minor, number
            near += reached.lots > 0
    assert near > 70


def test_a_market_is_cleared_alike_in_any_order_and_by_any_number_of_workers() -> None:
    problem = market(240, suppliers=6, items=4)
    effort = Effort(gap=0.01)
    found = clear(problem, effort)
    assert found == clear(shuffled(problem, Random(3)), Effort(gap=0.01, workers=2))
    assert found.worth.lots > 300 and len(found.parts) == 2
    for part in found.parts:
        lots, cost, drawn = part.proofs
        assert lots.gap is not None and cost.gap is not None
        assert lots.gap <= 0.01 and cost.gap <= 0.01 and drawn.gap is None


def test_what_is_not_proven_is_looked_for_in_another_way() -> None:
    bought = 0
    for number in range(40):
        problem, effort = small(number), Effort(gap=0.05)
        found = clear(problem, effort, Doubting())
        for part in found.parts:
            for one in part.proofs[:2]:
                assert one.gap is not None and (one.gap <= 0.05 or abs((one.bound or 0) - one.value) < 1), number
        bought += found.worth.lots > 0
    assert bought > 10


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(-3, 30)), max_size=9), st.data())
@profile(max_examples=80)
def test_the_heaviest_choice_of_so_many_lots_is_found(asked: list[tuple[int, int]], data: st.DataObject) -> None:
    lots, weights = [one for one, _ in asked], [one for _, one in asked]
    wanted = data.draw(st.integers(0, sum(lots) + 1))
    every = [some for size in range(len(lots) + 1) for some in combinations(range(len(lots)), size)]
    fitting = [sum(weights[at] for at in some) for some in every if sum(lots[at] for at in some) == wanted]
    found = choose(lots, weights, wanted)
    assert (found is None) == (not fitting)
    if found is not None:
        assert sum(lots[at] for at in found) == wanted and len(set(found)) == len(found)
        assert sum(weights[at] for at in found) == max(fitting)
    served = [data.draw(st.booleans()) for _ in lots]
    other = exchange(lots, weights, served)
    assert sorted(lots[at] for at in other) == sorted(one for one, here in zip(lots, served, strict=True) if here)
    assert sum(weights[at] for at in other) >= sum(one for one, here in zip(weights, served, strict=True) if here)


@given(st.integers(0, 3_000))
@profile(max_examples=30)
def test_no_place_could_serve_others_who_come_before_by_the_draw(number: int) -> None:
    problem = small(number).canonical()
    found = clear(problem, Effort(gap=0.3)).outcome
    prices = {(one.item_id, one.place): one.exact for one in settle(problem, found).prices}
    for at, price in prices.items():
        asked = [
            (bid.lots, 2 * member.priority - which, member.id in found.served)
            for member in problem.members
            for which, bid in enumerate(member.bids)
            if (bid.item_id, bid.place) == at
            and bid.limit_minor >= price
            and found.served.get(member.id, which) == which
        ]
        lots = sum(one[0] for one in asked if one[2])
        drawn = sum(one[1] for one in asked if one[2])
        for size in range(len(asked) + 1):
            for some in combinations(asked, size):
                assert sum(one[0] for one in some) != lots or sum(one[1] for one in some) <= drawn


def test_nobody_is_told_that_no_more_could_be_bought_unless_that_is_proven() -> None:
    item, offer = Item("bolt"), Offer("north", "bolt", (Tier(1, 20),), 2, {"DEHAM": 1})
    members = tuple(Member(f"m{at}", (Bid("bolt", "DEHAM", 2, 30),)) for at in range(2))
    pins = Member("pins", (Bid("pin", "DEHAM", 3, 30),))
    problem = Problem("s", (item, Item("pin")), (offer, replace(offer, item_id="pin")), (*members, pins)).canonical()
    found = clear(problem, Effort(gap=0.1))
    settled = settle(problem, found.outcome)
    left_out = next(one.id for one in members if one.id not in found.outcome.served)
    assert [part.short_pct for part in found.parts] == [None, None]
    short = [replace(part, proofs=(Proof("lots", 600, 603.0), *part.proofs[1:])) for part in found.parts]
    assert {part.short_pct for part in short} == {Decimal("0.5")}
    tenth = [replace(part, proofs=(Proof("lots", 100, 110.0),)) for part in found.parts]
    assert {str(part.short_pct) for part in tenth} == {"10"}
    for parts_told, reasons_told in (
        (found.parts, (Reason.NOT_ENOUGH, Reason.NOT_BOUGHT)),
        (short, (Reason.NOT_CHOSEN, Reason.NONE_FOUND)),
    ):
        why = reasons(problem, found.outcome, settled, parts_told)
        assert (why[left_out].reason, why["pins"].reason) == reasons_told
    assert "up to 0.5 %" in explained(why[left_out], "en") and "up to 0.5 %" in explained(why["pins"], "en")
    assert proven(json.loads(json.dumps(worked_out(found)))["parts"]) == found.parts
    aims = [aim for part in told(problem, found, "en").certificate for aim in part.aims]
    assert [(aim.aim, aim.gap_pct) for aim in aims] == [("lots", 0), ("cost_minor", 0), ("drawn", None)] * 2
