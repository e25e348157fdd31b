"""`make prove POINT=clearing-market`: 10,000 members, 20 suppliers and 50 items, cleared within 30 s on two cores with a gap of
at most 0.5 % that is proven; and how the time grows from 1,000 members on.

Members' limits lie around what the tiers cost: a third of them could be served at a supplier's first tier, most at deeper ones
only. Every tenth member would take the next size instead, so that items hang together in pairs.

    python -m tests.proofs.clearing_market [--members 1000,2500,5000,10000] [--gap 0.005]
"""

import argparse
import sys
import time
from random import Random
from typing import Any

from app.clearing.certificate import Effort
from app.clearing.checking import violations
from app.clearing.pricing import settle
from app.clearing.problem import Bid, Item, Member, Offer, Problem, Tier
from app.clearing.solving import clear
from tests.proofs.record import record

SUPPLIERS, ITEMS = 20, 50
PLACES = ("DEHAM", "ITGOA", "ESBCN", "PTLEI", "PLGDN", "CZPRG")
SECONDS, GAP, WORKERS = 30.0, 0.005, 2


def market(members: int, *, suppliers: int = SUPPLIERS, items: int = ITEMS, seed: int = 1) -> Problem:
    """A market of mould steel and components: the same for the same numbers."""
    chance = Random(seed)
    bases = [chance.randint(4_000, 60_000) for _ in range(items)]
    offers = [
        offer
        for supplier in range(suppliers)
        for item in chance.sample(range(items), max(1, items * 6 // suppliers))
        for offer in [_offer(chance, supplier, item, bases[item], members // items)]
    ]
    kinds = tuple(Item(f"item-{at}", 10, 1_000, 3) for at in range(items))
    people = tuple(_member(chance, at, bases) for at in range(members))
    return Problem(f"market-{seed}", kinds, tuple(offers), people)


def _offer(chance: Random, supplier: int, item: int, base: int, usual: int) -> Offer:
    price = round(base * chance.uniform(0.95, 1.12))
    starts = [1, max(2, usual // 2), max(4, usual * 2), max(8, usual * 4)]
    tiers = tuple(Tier(start, round(price * (1 - 0.05 * step))) for step, start in enumerate(starts))
    freight = {place: round(base * chance.uniform(0.01, 0.05)) for place in PLACES if chance.random() < 0.8}
    capacity = max(10, round(usual * chance.uniform(2, 7)))
    setup = round(base * chance.uniform(0, 3))
    return Offer(f"supplier-{supplier}", f"item-{item}", tiers, capacity, freight or {PLACES[0]: base // 50}, setup)


def _member(chance: Random, at: int, bases: list[int]) -> Member:
    item, place, lots = chance.randrange(len(bases)), chance.choice(PLACES), chance.choice((1, 1, 2, 2, 3, 5, 8))
    # Limits are told in steps of half a percent: nobody names a price to the cent.
    willing = 0.84 + 0.005 * chance.randint(0, 52)
    bids = [Bid(f"item-{item}", place, lots, round(bases[item] * willing))]
    other = item + 1 if item % 2 == 0 else item - 1
    if chance.random() < 0.1 and other < len(bases):
        bids.append(Bid(f"item-{other}", place, lots, round(bases[other] * willing)))
    return Member(f"member-{at}", tuple(bids))


def cleared(problem: Problem, gap: float) -> dict[str, Any]:
    """Clear a market: the figures."""
    began = time.perf_counter()
    found = clear(problem, Effort(gap=gap, workers=WORKERS))
    seconds = time.perf_counter() - began
    problem = problem.canonical()
    settled = settle(problem, found.outcome)
    proofs = [proof for part in found.parts for proof in part.proofs]
    whole: dict[str, float] = {}
    for aim in ("lots", "cost_minor"):
        value = sum(one.value for one in proofs if one.aim == aim)
        bound = sum(one.bound for one in proofs if one.aim == aim and one.bound is not None)
        whole[aim] = abs(bound - value) / max(1, abs(value))
    return {
        "members": len(problem.members),
        "seconds": round(seconds, 1),
        "parts": len(found.parts),
        "lots_asked": sum(member.bids[0].lots for member in problem.members),
        "lots_served": found.worth.lots,
        "members_served": len(found.outcome.served),
        "landed_cost_minor": found.worth.cost_minor,
        "remainder_minor": settled.remainder_minor,
        "gap_of_lots_pct": round(100 * whole["lots"], 4),
        "gap_of_cost_pct": round(100 * whole["cost_minor"], 4),
        "greatest_gap_of_a_part_pct": round(
            100 * max(one.gap for one in proofs if one.aim != "drawn" and one.gap is not None), 4
        ),
        "violations": len(violations(problem, found.outcome)),
    }


def main() -> int:
    """Clear markets of growing size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", default="1000,2500,5000,10000")
    parser.add_argument("--gap", type=float, default=GAP)
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.members.split(",")]
    curve = []
    for size in sizes:
        curve.append(cleared(market(size), arguments.gap))
        print(curve[-1], flush=True)
    last = curve[-1]
    holds = (
        last["members"] >= 10_000
        and last["seconds"] <= SECONDS
        and not any(one["violations"] for one in curve)
        and max(last["gap_of_lots_pct"], last["gap_of_cost_pct"]) <= 100 * GAP
    )
    figures = {"suppliers": SUPPLIERS, "items": ITEMS, "processes": WORKERS, "asked_gap": arguments.gap, "curve": curve}
    return record("clearing-market", figures, holds=holds)


if __name__ == "__main__":
    sys.exit(main())
