"""`make prove POINT=load-plans`: how full one container is planned, on the 700 published instances BR1 to BR7.

Each instance is solved for two seconds on one core, every box supported in full, and the plan is judged by the checker,
which shares nothing with the search. Holds when on average 88 % of the volume are used and no plan breaks a rule.
"""

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

from app.logistics.loading.checking import check
from app.logistics.loading.solving import Effort, plan_load
from tests.proofs.br_instances import TYPES, instance
from tests.proofs.record import record

LEAST_MEAN = 0.88
SPACE = instance(1, 1).space()


@dataclass
class Measured:
    """What one class gave."""

    shares: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    boxes: int = 0
    violations: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, Any]:
        """As they are recorded."""
        return {
            "instances": len(self.shares),
            "boxes_placed": self.boxes,
            "volume_use_mean_pct": round(100 * mean(self.shares), 2),
            "volume_use_min_pct": round(100 * min(self.shares), 2),
            "volume_use_max_pct": round(100 * max(self.shares), 2),
            "seconds_mean": round(mean(self.seconds), 2),
            "seconds_max": round(max(self.seconds), 2),
            "violations": dict(self.violations),
        }


def measure(br_class: int, instances: int, effort: Effort) -> Measured:
    """Solve and judge the first instances of a class."""
    found = Measured()
    for number in range(1, instances + 1):
        boxes = instance(br_class, number).box_types()
        began = time.perf_counter()
        plan = plan_load(boxes, [SPACE], effort)
        found.seconds.append(time.perf_counter() - began)
        found.shares.append(sum(load.volume_share for load in plan.loads))
        found.boxes += sum(len(load.placed) for load in plan.loads)
        found.violations.update(violation.fault for violation in check(plan, boxes, [SPACE]))
    return found


def _classes(text: str) -> list[int]:
    first, _, last = text.partition("-")
    wanted = list(range(int(first), int(last or first) + 1))
    if not wanted or not set(wanted) <= set(TYPES):
        raise argparse.ArgumentTypeError("classes are 1 to 7, such as 3 or 1-7")
    return wanted


def main() -> int:
    """Measure every class asked for; what is not the full size is recorded as such and does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=_classes, default=_classes("1-7"))
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=2.0)
    asked = parser.parse_args()
    plan_load(instance(1, 1).box_types(), [SPACE], Effort(rounds=1))  # compiles
    by_class = {}
    for br_class in asked.classes:
        by_class[br_class] = measure(br_class, asked.instances, Effort(seconds=asked.seconds))
        sys.stderr.write(f"BR{br_class}: {by_class[br_class].figures()}\n")
    shares = [share for found in by_class.values() for share in found.shares]
    violations = sum((found.violations for found in by_class.values()), Counter())
    full = asked.classes == list(TYPES) and asked.instances == 100 and asked.seconds <= 2
    figures = {
        "seconds_per_instance": asked.seconds,
        "cores_used": 1,
        "support": "100 % of each base",
        "instances": len(shares),
        "volume_use_mean_pct": round(100 * mean(shares), 2),
        "least_volume_use_mean_pct": 100 * LEAST_MEAN,
        "violations": dict(violations),
        "full_size": full,
        "classes": {f"BR{br_class}": found.figures() for br_class, found in by_class.items()},
    }
    holds = full and mean(shares) >= LEAST_MEAN and not violations
    return record("load-plans", figures, holds=holds)


if __name__ == "__main__":
    sys.exit(main())
