"""The process that searches: a task on standard input, the plan and what the checker says of it on standard output.

Run as a program (`python -m app.logistics.planning.child`). That is how the worker uses it: the search keeps a processor busy
for a minute, what it needs of memory goes back when it ends, and it can be stopped at any time.
"""

import json
import os
import resource
import sys
from typing import Any

from app.logistics.loading.cargo import BoxType, LoadSpace
from app.logistics.loading.checking import Violation, check
from app.logistics.loading.solving import Effort, plan_load
from app.logistics.planning.limits import CHILD_MEMORY_BYTES, GRACE_SECONDS, MOST_VIOLATIONS
from app.logistics.planning.packing import Task, plan_values, read_task

_NICE = 5


def solved(task: Task, *, seconds: float, rounds: int | None = None) -> dict[str, Any]:
    """The plan of a task and the rules that it breaks, as JSON values."""
    plan = plan_load(task.boxes, task.spaces, Effort(seconds=seconds, rounds=rounds))
    broken = check(plan, task.boxes, task.spaces)
    return {"plan": plan_values(plan, task), "violations": [_told(one) for one in broken[:MOST_VIOLATIONS]]}


def _told(one: Violation) -> str:
    return f"{one.fault} in load {one.load + 1}: {', '.join(one.boxes[:4])} {one.figures}".strip()


def _compile() -> None:
    """Both searches once on next to nothing: what is compiled at the first run ever is not taken from the time for the plan."""
    space = LoadSpace("warm-up", "warm-up", 1000, 1000, 1000)
    for top_load_g in (None, 0):
        plan_load([BoxType("A", "A", 500, 500, 500, 2, top_load_g=top_load_g)], [space], Effort(rounds=1))


def main() -> None:
    """Search within bounds of memory and processor time."""
    asked = json.loads(sys.stdin.buffer.read())
    seconds = float(asked["seconds"])
    most = int(seconds) + GRACE_SECONDS
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY_BYTES, CHILD_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICE)
    task = read_task(asked["task"])
    _compile()
    sys.stdout.write(json.dumps(solved(task, seconds=seconds)))


if __name__ == "__main__":
    main()
