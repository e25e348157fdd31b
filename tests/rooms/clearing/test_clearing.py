"""Who is served at what price: the best there is, the same in any order, conserved to the minor unit."""

import dataclasses
import json
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from app.clearing import facade
from app.clearing.certificate import Effort
from app.clearing.checking import violations
from app.clearing.documents import digest
from app.clearing.outcome import Flow, Outcome
from app.clearing.pricing import even_shares, settle
from app.clearing.problem import Bid, Item, Member, Offer, Problem, Tier
from app.clearing.solving import clear
from app.clearing.telling import reasons
from app.kit.errors import Invalid
from tests.rooms.clearing.brute import best
from tests.rooms.clearing.campaigns import shuffled, small

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "clearing.json"


def test_nothing_better_is_found_by_trying_everything() -> None:
    served = 0
    for number in range(300):
        problem = small(number)
        found = clear(problem)
        assert dataclasses.astuple(found.worth) == best(problem), number
        assert all(
            proof.bound is not None and abs(proof.bound - proof.value) < 1
            for part in found.parts
            for proof in part.proofs
        )
        served += found.worth.lots > 0
    assert served > 100


@given(st.integers(0, 10_000), st.integers())
@profile(max_examples=30)
def test_the_order_of_what_comes_in_changes_nothing(number: int, order: int) -> None:
    problem = small(number)
    other = shuffled(problem, Random(order))
    assert digest(problem) == digest(other)
    first, second = clear(problem), clear(other)
    assert (first.outcome, first.worth) == (second.outcome, second.worth)
    assert settle(problem.canonical(), first.outcome) == settle(other.canonical(), second.outcome)


@given(st.integers(0, 10_000))
@profile(max_examples=30)
def test_members_pay_what_suppliers_are_paid_and_the_remainder(number: int) -> None:
    problem = small(number).canonical()
    outcome = clear(problem).outcome
    settled = settle(problem, outcome)
    assert sum(settled.payments_minor.values()) == sum(settled.paid_minor.values()) + settled.remainder_minor
    assert 0 <= settled.remainder_minor < max(1, len(outcome.served))
    prices = {(one.item_id, one.place): one.exact for one in settled.prices}
    for member, bid in outcome.bids(problem):
        paid = settled.payments_minor[member.id]
        assert paid <= bid.lots * bid.limit_minor
        assert 0 <= paid - bid.lots * prices[bid.item_id, bid.place] < 1
    assert set(reasons(problem, outcome, settled)) == {member.id for member in problem.members}


def test_parts_may_be_worked_at_side_by_side() -> None:
    problem = next(
        one for one in map(small, range(100)) if len(one.items) == 2 and all(len(m.bids) == 1 for m in one.members)
    )
    assert clear(problem, Effort(workers=2)) == clear(problem)


BOLT = Item("bolt", min_lots=2, min_share_bp=2000, max_suppliers=2)
SELLER = Offer("north", "bolt", (Tier(1, 30), Tier(4, 20)), 6, {"DEHAM": 2, "ESBCN": 5}, setup_minor=8)
OTHER = Offer("south", "bolt", (Tier(2, 24),), 4, {"ESBCN": 0})


def bolts(*bids: Bid, offers: tuple[Offer, ...] = (SELLER, OTHER)) -> Problem:
    members = tuple(Member(f"m{at}", (bid,)) for at, bid in enumerate(bids))
    return Problem("s", (BOLT,), offers, members)


def test_set_up_is_borne_evenly_as_far_as_limits_allow() -> None:
    # 20 + 2 each for four lots, 8 for set-up: 2 a lot, of which the first accepts 1 only.
    problem = bolts(Bid("bolt", "DEHAM", 2, 23), Bid("bolt", "ESBCN", 2, 40), offers=(SELLER,))
    outcome = clear(problem).outcome
    settled = settle(problem, outcome)
    assert {one.place: (one.exact, one.setup) for one in settled.prices} == {
        "DEHAM": (Fraction(23), Fraction(1)),
        "ESBCN": (Fraction(28), Fraction(3)),
    }
    assert (settled.payments_minor, settled.remainder_minor) == ({"m0": 46, "m1": 56}, 0)
    shares = even_shares(10, {("a", "x"): 3, ("a", "y"): 1}, {("a", "x"): Fraction(9), ("a", "y"): Fraction(9)})
    assert set(shares.values()) == {Fraction(5, 2)}
    for spare in (Fraction(-1), Fraction(2)):
        with pytest.raises(ValueError, match="less than"):
            even_shares(10, {("a", "x"): 3}, {("a", "x"): spare})


def test_the_checker_sees_each_broken_rule() -> None:
    problem = bolts(Bid("bolt", "ESBCN", 4, 30), Bid("bolt", "ESBCN", 1, 26), Bid("bolt", "DEHAM", 1, 50))

    def found(served: dict[str, int], *flows: Flow) -> str:
        return "; ".join(violations(problem, Outcome(served, flows)))

    north, south = Flow("north", "bolt", "ESBCN", 4), Flow("south", "bolt", "ESBCN", 4)
    assert found({"m0": 0}, north) == ""
    for said, broken in (
        ("has no bid", found({"m9": 0})),
        ("are wanted", found({"m0": 0, "m1": 0}, north)),
        ("nothing is sent", found({"m0": 0})),
        ("is not offered", found({"m1": 0}, Flow("south", "bolt", "ESBCN", 1))),
        ("is not offered", found({"m2": 0}, Flow("south", "bolt", "DEHAM", 1))),
        ("are too few", found({"m2": 0}, Flow("north", "bolt", "DEHAM", 1))),
        ("too small a share", found({"m0": 0, "m1": 0, "m2": 0}, south, Flow("north", "bolt", "ESBCN", 1))),
        ("more than it accepts", found({"m1": 0}, Flow("north", "bolt", "ESBCN", 1))),
        ("sends nothing", found({}, Flow("north", "bolt", "ESBCN", 0))),
    ):
        assert said in broken, (said, broken)
    dear = dataclasses.replace(problem, offers=(dataclasses.replace(SELLER, setup_minor=21),))
    assert "less than all costs" in "; ".join(violations(dear, Outcome({"m0": 0}, (north,))))


def test_everybody_is_told_why() -> None:
    data = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    data["members"].append(
        {"id": "far", "bids": [{"item": data["items"][0]["id"], "place": "JPNGO", "lots": 1, "limit_minor": 99999}]}
    )
    problem = facade.read(json.dumps(data).encode())
    told = facade.told(problem, facade.clear(problem), "de")
    assert (told.lots, told.payments_minor - told.cost_minor) == (24, told.remainder_minor)
    why = {member.id: (member.reason, member.explanation) for member in told.members}
    assert why["Formas do Lis"][0] == "below-cheapest" and "17" in why["Formas do Lis"][1]
    assert why["far"][0] == "not-offered" and "JPNGO" in why["far"][1]
    assert why["Formenbau Sieg"][0] == "served"
    assert "Ihr Limit" in why["Formenbau Sieg"][1]


def changed(path: tuple[str | int, ...], value: Any) -> bytes:
    data = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    at = data
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    ("path", "value", "pointer", "code"),
    [
        (("items", 1, "id"), "1.2738 blank 200x300x96", "/items/1/id", "id-repeated"),
        (("offers", 0, "item"), "brass", "/offers/0/item", "unknown-item"),
        (("offers", 1, "supplier"), "Stahlkontor Hagen", "/offers/1/supplier", "offer-repeated"),
        (("offers", 0, "tiers", 1, "from_lots"), 1, "/offers/0/tiers", "tiers-out-of-order"),
        (("offers", 1, "capacity_lots"), 3, "/offers/1/capacity_lots", "below-first-tier"),
        (("members", 1, "id"), "Formenbau Sieg", "/members/1/id", "id-repeated"),
        (("members", 0, "bids", 0, "item"), "brass", "/members/0/bids/0/item", "unknown-item"),
        (("members", 2, "bids", 1, "item"), "1.2738 blank 200x300x96", "/members/2/bids/1/item", "same-item"),
        (("members", 0, "bids", 0, "lots"), 0, "/members/0/bids/0/lots", "greater_than_equal"),
        (("members", 0, "bids", 0, "lots"), 1.5, "/members/0/bids/0/lots", "int_type"),
        (("offers", 0, "tiers", 0, "price_minor"), -1, "/offers/0/tiers/0/price_minor", "greater_than_equal"),
        (("members", 0, "bids", 0), {"item": "1.2311 blank 200x300x96", "place": "DEHAG", "lots": 10**6,
         "limit_minor": 10**9}, "/members", "too-much"),
    ],
)  # fmt: skip
def test_wrong_files_are_named(path: tuple[str | int, ...], value: Any, pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        facade.read(changed(path, value))
    assert pointer in [error.pointer for error in refused.value.errors]
