"""A child that is kept answers one question after the other, and its end, however it comes, costs no other its answer."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from app.kit import children
from app.kit.children import Ended, KeptChild

ANSWERS = """
import os, sys, time
from app.kit.children import answer_questions


def answer(asked: bytes) -> bytes:
    match asked:
        case b"die":
            sys.stderr.write("dies as it was asked")
            sys.exit(3)
        case b"sleep":
            time.sleep(60)
    return f"{os.getpid()} {len(asked)}".encode()


answer_questions(answer, idle_seconds=%(idle)s, most=%(most)s)
"""


async def wanted() -> bool:
    return True


async def not_wanted() -> bool:
    return False


async def asked(child: KeptChild, question: bytes) -> children.Answer:
    return await child.ask(question, seconds=30, still_wanted=wanted)


def kept(folder: Path, monkeypatch: pytest.MonkeyPatch, *, idle: float = 30, most: int = 100) -> KeptChild:
    """A child of a module that is written for the test."""
    (folder / "answering.py").write_text(ANSWERS % {"idle": idle, "most": most})
    repository = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(folder), str(repository))))
    monkeypatch.setattr(children, "ASK_AGAIN_SECONDS", 0.1)
    return KeptChild("answering")


async def test_one_child_answers_all_until_it_fails_or_nobody_wants_to_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = kept(tmp_path, monkeypatch)
    large = b"x" * 3_000_000
    told = await asyncio.gather(*(asked(child, question) for question in (b"", b"abc", large)))
    first, lengths = told[0].out.split()[0], [one.out.split()[1] for one in told]
    assert ({one.out.split()[0] for one in told}, lengths) == ({first}, [b"0", b"3", b"3000000"])

    failed = await asked(child, b"die")
    assert (failed.ended, failed.code, failed.complaint) == (Ended.FAILED, 3, "dies as it was asked")
    second = (await asked(child, b"")).out.split()[0]

    given_up, waited = await asyncio.gather(
        child.ask(b"sleep", seconds=30, still_wanted=not_wanted), asked(child, b"abc")
    )
    assert (given_up.ended, waited.ended) == (Ended.NOT_WANTED, Ended.ANSWERED)
    late = await child.ask(b"sleep", seconds=0.05, still_wanted=wanted)
    assert late.ended is Ended.OUT_OF_TIME
    third = (await asked(child, b"")).out.split()[0]
    assert len({first, second, third, waited.out.split()[0]}) == 4

    # Killed between two questions, it is found dead before the next one, or fails that one and no other.
    os.kill(int(third), signal.SIGKILL)
    await asked(child, b"abc")
    assert (await asked(child, b"abc")).ended is Ended.ANSWERED


async def test_one_that_went_by_itself_is_replaced_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = kept(tmp_path, monkeypatch, most=2)
    told = [(await asked(child, b"abc")).out.split() for _ in range(5)]
    assert [one[1] for one in told] == [b"3"] * 5
    assert len({one[0] for one in told}) == 3
