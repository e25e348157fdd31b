"""Runs the search in a process of its own, for as long as somebody wants its result."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from app.kit.children import Ended, ask_child
from app.logistics.planning.limits import GRACE_SECONDS
from app.logistics.planning.states import Failure

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan as JSON values, or why there is none; `violations` are the rules that a plan breaks which was found."""

    plan: Mapping[str, Any] | None = None
    failure: Failure | None = None
    violations: tuple[str, ...] = ()


async def search(
    task: Mapping[str, Any], seconds: int, *, still_wanted: Callable[[], Awaitable[bool]]
) -> Outcome | None:
    """What comes of a task after so many seconds; None when it was no longer wanted."""
    asked = json.dumps({"task": task, "seconds": seconds}).encode()
    most = seconds + GRACE_SECONDS
    answer = await ask_child("app.logistics.planning.child", asked, seconds=most, still_wanted=still_wanted)
    if answer.ended is Ended.NOT_WANTED:
        return None
    if answer.ended is Ended.OUT_OF_TIME:
        return Outcome(failure=Failure.OUT_OF_TIME)
    if answer.ended is Ended.FAILED:
        log.warning("load_plan_search_failed", code=answer.code, complaint=answer.complaint)
        return Outcome(failure=Failure.SOLVER_FAILED)
    found = json.loads(answer.out)
    if found["violations"]:
        return Outcome(failure=Failure.RULES_BROKEN, violations=tuple(found["violations"]))
    return Outcome(plan=found["plan"])
