"""The clearing of campaigns in the crashing process itself: a process of its own would take longer to start than all the rest."""

import json
from collections.abc import Awaitable, Callable

from app.clearing.facade import ClearingIn, Effort, clear, understood, worked_out
from app.kit.children import Answer, Ended
from app.pooling import jobs


async def work_out(module: str, asked: bytes, *, seconds: float, still_wanted: Callable[[], Awaitable[bool]]) -> Answer:
    """What the process would answer; asked once whether it is still wanted, as for a long search."""
    assert module == "app.pooling.child" and seconds > 1
    if not await still_wanted():
        return Answer(Ended.NOT_WANTED)
    told = json.loads(asked)
    problem = understood(ClearingIn.model_validate(told["problem"]))
    found = worked_out(clear(problem, Effort(gap=told["gap"], nodes=told["nodes"])))
    return Answer(Ended.ANSWERED, json.dumps(found).encode())


def setup() -> None:
    """Put it in the place of the process."""
    jobs.ask_child = work_out  # type: ignore[attr-defined]
