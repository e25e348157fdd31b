"""`make prove POINT=clearing`: 5,000 random campaigns with up to 12 members and 4 suppliers, cleared and tried out.

Holds when the clearing of each is as good as the best that trying everything finds (lots, landed cost, lots drawn), when the same
campaign in another order is cleared in the same way, when no rule is broken, and when members pay what suppliers are paid and a
remainder of less than one minor unit each.

    python -m tests.proofs.clearing [--campaigns 5000]
"""

import argparse
import dataclasses
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from random import Random
from typing import Any

from app.clearing.checking import violations
from app.clearing.pricing import settle
from app.clearing.solving import clear
from tests.proofs.record import record
from tests.rooms.clearing.brute import best
from tests.rooms.clearing.campaigns import shuffled, small

PROCESSES = 2
FULL = 5000


@dataclasses.dataclass(frozen=True, slots=True)
class Tried:
    """What came of one campaign."""

    number: int
    members: int
    lots: int
    as_good: bool
    same_in_any_order: bool
    broken: int
    conserved: bool
    solver_s: float
    trying_s: float


def tried(number: int) -> Tried:
    """Clear one campaign, try everything, and compare."""
    problem = small(number).canonical()
    began = time.perf_counter()
    found = clear(problem)
    solved = time.perf_counter()
    at_best = best(problem)
    ended = time.perf_counter()
    again = clear(shuffled(problem, Random(number)))
    settled = settle(problem, found.outcome)
    paid, remainder = sum(settled.paid_minor.values()), settled.remainder_minor
    return Tried(
        number,
        len(problem.members),
        found.worth.lots,
        dataclasses.astuple(found.worth) == at_best,
        (again.outcome, again.worth) == (found.outcome, found.worth),
        len(violations(problem, found.outcome)),
        sum(settled.payments_minor.values()) == paid + remainder and 0 <= remainder < max(1, len(found.outcome.served)),
        solved - began,
        ended - solved,
    )


def main() -> int:
    """Run it and write down what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--campaigns", type=int, default=FULL)
    campaigns = parser.parse_args().campaigns
    with ProcessPoolExecutor(PROCESSES) as pool:
        results = list(pool.map(tried, range(campaigns), chunksize=50))
    wrong = {
        "not_as_good": [one.number for one in results if not one.as_good],
        "other_in_another_order": [one.number for one in results if not one.same_in_any_order],
        "rules_broken": [one.number for one in results if one.broken],
        "not_conserved": [one.number for one in results if not one.conserved],
    }
    figures: dict[str, Any] = {
        "campaigns": campaigns,
        "with_something_bought": sum(one.lots > 0 for one in results),
        "members_at_most": max(one.members for one in results),
        **wrong,
        "solver_s": round(sum(one.solver_s for one in results), 1),
        "trying_everything_s": round(sum(one.trying_s for one in results), 1),
        "slowest_clearing_s": round(max(one.solver_s for one in results), 3),
    }
    return record("clearing", figures, holds=campaigns >= FULL and not any(wrong.values()))


if __name__ == "__main__":
    sys.exit(main())
