"""Runs the search in a process of its own, for as long as somebody wants its result."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from app.logistics.planning.limits import GRACE_SECONDS
from app.logistics.planning.states import Failure

log = structlog.get_logger(__name__)

ASK_AGAIN_SECONDS = 2.0
"""How often it is asked whether the result is still wanted."""


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
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.logistics.planning.child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(),
    )
    asked = json.dumps({"task": task, "seconds": seconds}).encode()
    answer = asyncio.create_task(child.communicate(asked))
    ends = asyncio.get_running_loop().time() + seconds + GRACE_SECONDS
    try:
        while not (await asyncio.wait({answer}, timeout=ASK_AGAIN_SECONDS))[0]:
            if asyncio.get_running_loop().time() > ends:
                return Outcome(failure=Failure.OUT_OF_TIME)
            if not await still_wanted():
                return None
        out, complaint = answer.result()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        answer.cancel()
    if child.returncode != 0:
        told = complaint[-300:].decode(errors="replace")
        log.warning("load_plan_search_failed", code=child.returncode, complaint=told)
        return Outcome(failure=Failure.SOLVER_FAILED)
    found = json.loads(out)
    if found["violations"]:
        return Outcome(failure=Failure.RULES_BROKEN, violations=tuple(found["violations"]))
    return Outcome(plan=found["plan"])


def _environment() -> dict[str, str]:
    """What Python and its libraries need; neither the database's address nor a key."""
    kept = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "HOME", "TMPDIR", "LANG", "LC_ALL", "NUMBA_CACHE_DIR")
    return {name: os.environ[name] for name in kept if name in os.environ}
