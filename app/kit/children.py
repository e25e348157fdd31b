"""Work that keeps a processor busy, in a process of its own: asked on standard input, answered on standard output.

What it needs of memory goes back when it ends, and it can be stopped at any time. It is told neither the database's address nor
a key.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

ASK_AGAIN_SECONDS = 2.0
"""How often it is asked whether the answer is still wanted."""

_KEPT = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "HOME", "TMPDIR", "LANG", "LC_ALL", "NUMBA_CACHE_DIR")


class Ended(StrEnum):
    """How it ended."""

    ANSWERED = "answered"
    FAILED = "failed"
    OUT_OF_TIME = "out-of-time"
    NOT_WANTED = "not-wanted"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, or why there is none; `code` and `complaint` of a process that failed."""

    ended: Ended
    out: bytes = b""
    code: int | None = None
    complaint: str = ""


async def ask_child(
    module: str, asked: bytes, *, seconds: float, still_wanted: Callable[[], Awaitable[bool]]
) -> Answer:
    """Run `python -m module` for so many seconds at most, for as long as somebody wants its answer."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
    )
    answer = asyncio.create_task(child.communicate(asked))
    ends = asyncio.get_running_loop().time() + seconds
    try:
        while not (await asyncio.wait({answer}, timeout=ASK_AGAIN_SECONDS))[0]:
            if asyncio.get_running_loop().time() > ends:
                return Answer(Ended.OUT_OF_TIME)
            if not await still_wanted():
                return Answer(Ended.NOT_WANTED)
        out, complaint = answer.result()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        answer.cancel()
    if child.returncode != 0:
        return Answer(Ended.FAILED, code=child.returncode, complaint=complaint[-300:].decode(errors="replace"))
    return Answer(Ended.ANSWERED, out)
