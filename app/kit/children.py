"""Work that keeps a processor busy, in a process of its own: asked on standard input, answered on standard output.

What it needs of memory goes back when it ends, and it can be stopped at any time. It is told neither the database's address nor
a key. `ask_child` starts one for one question; a `KeptChild` stays for the next one, where getting ready is most of the work.
"""

import asyncio
import os
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any

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


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


async def ask_child(
    module: str, asked: bytes, *, seconds: float, still_wanted: Callable[[], Awaitable[bool]]
) -> Answer:
    """Run `python -m module` for so many seconds at most, for as long as somebody wants its answer."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(),
    )
    answer = asyncio.create_task(child.communicate(asked))
    try:
        given_up = await _waited(answer, seconds, still_wanted)
        if given_up is not None:
            return Answer(given_up)
        out, complaint = answer.result()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        answer.cancel()
    if child.returncode != 0:
        return Answer(Ended.FAILED, code=child.returncode, complaint=complaint[-300:].decode(errors="replace"))
    return Answer(Ended.ANSWERED, out)


async def _waited(
    work: asyncio.Future[Any], seconds: float, still_wanted: Callable[[], Awaitable[bool]]
) -> Ended | None:
    """Wait for the work; why it is given up, None if it is done."""
    ends = asyncio.get_running_loop().time() + seconds
    while not (await asyncio.wait({work}, timeout=ASK_AGAIN_SECONDS))[0]:
        if asyncio.get_running_loop().time() > ends:
            return Ended.OUT_OF_TIME
        if not await still_wanted():
            return Ended.NOT_WANTED
    return None


class _Question:
    """What a kept child is asked, and whether somebody still waits for the answer."""

    def __init__(self, asked: bytes) -> None:
        self.asked = asked
        self.given_up = False


class KeptChild:
    """`python -m module`, which calls `answer_questions`: started when first asked, one question after the other.

    It ends when nobody has asked it for a while, after some hundred answers, and with this process; the next question starts
    another. A question that is given up or not answered ends it too. It belongs to the process that asks: do not fork after that.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._turns = ThreadPoolExecutor(1, thread_name_prefix=module)
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None
        self._asking: _Question | None = None

    async def ask(self, asked: bytes, *, seconds: float, still_wanted: Callable[[], Awaitable[bool]]) -> Answer:
        """The answer, within so many seconds (the questions before it included), while somebody wants it."""
        question = _Question(asked)
        job = self._turns.submit(self._answered, question)
        work = asyncio.wrap_future(job)
        try:
            given_up = await _waited(work, seconds, still_wanted)
            return Answer(given_up) if given_up is not None else work.result()
        finally:
            if not job.cancel():
                self._give_up(question)

    def _give_up(self, question: _Question) -> None:
        with self._lock:
            question.given_up = True
            if self._asking is question and self._child is not None:
                self._child.kill()

    def _answered(self, question: _Question) -> Answer:
        with self._lock:
            self._asking = question
        try:
            out, code = self._exchange(question)
            if out is None and code == 0:
                # It had answered enough, or had not been asked for long, just before the question came.
                out, code = self._exchange(question)
        finally:
            with self._lock:
                self._asking = None
        if out is not None:
            return Answer(Ended.ANSWERED, out)
        return Answer(Ended.FAILED, code=code, complaint=self._last_words())

    def _exchange(self, question: _Question) -> tuple[bytes | None, int | None]:
        """The answer, or none and the code with which the child ended."""
        child = self._living()
        assert child.stdin is not None and child.stdout is not None
        with self._lock:
            if question.given_up:
                child.kill()
        try:
            child.stdin.write(_framed(question.asked))
            child.stdin.flush()
            out = _unframed(child.stdout.read)
        except OSError:
            out = None
        if out is not None:
            return out, None
        with self._lock:
            self._child = None
        child.stdout.close()
        with suppress(OSError):
            child.stdin.close()
        return None, child.wait()

    def _living(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            complaints = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the child
            child = subprocess.Popen(
                [sys.executable, "-m", self._module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=_environment(),
            )
            with self._lock:
                self._child, self._complaints = child, complaints
        return self._child

    def _last_words(self) -> str:
        if self._complaints is None:
            return ""
        self._complaints.seek(0)
        return self._complaints.read()[-300:].decode(errors="replace")


def answer_questions(answer: Callable[[bytes], bytes], *, idle_seconds: float = 60.0, most: int = 300) -> None:
    """What a kept child does: answer what is asked on standard input, one after the other.

    It ends when it has answered so many, when it was not asked for so long, and when nobody is left to ask it.
    """
    source, sink = os.fdopen(0, "rb", closefd=False), os.fdopen(1, "wb", closefd=False)
    for _ in range(most):
        # Between two questions nothing is left in the reader's hands: whoever asks waits for the answer.
        if not select.select([source], [], [], idle_seconds)[0]:
            return
        asked = _unframed(source.read)
        if asked is None:
            return
        sink.write(_framed(answer(asked)))
        sink.flush()


_LENGTH_BYTES = 8


def _framed(message: bytes) -> bytes:
    return len(message).to_bytes(_LENGTH_BYTES, "big") + message


def _unframed(read: Callable[[int], bytes]) -> bytes | None:
    """The next message; None where there is none, or not all of it."""
    head = read(_LENGTH_BYTES)
    if len(head) < _LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    message = read(length)
    return message if len(message) == length else None
