"""Payments whose process dies: `python -m tests.rooms.gateways.killed_payments FOLDER KILLS` prints what was found, as JSON.

Children are forked, so that one start of Python is enough for many deaths. Each child makes the whole list of calls from its
beginning, as jobs do that are run again, and tells each answer that it got.
"""

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from app.gateways.payments import Amount, LocalPayments, PaymentError

PAYER, CAUSE = "kunststofftechnik", "test/1"
KILLED = 137


async def pay(folder: Path, number: int, told: Callable[[str, str], None]) -> None:
    """Save a method, and make so many payments: each is held, captured by half, and a quarter is given back."""
    payments = LocalPayments(folder)
    method = await payments.save_method(payer=PAYER, token="tok_visa", key="save")
    told("save", repr(method))
    for index in range(number):
        amount = Amount(1000 + index, "EUR")
        held = await payments.hold(amount, payer=PAYER, method=method.reference, cause=CAUSE, key=f"hold-{index}")
        told(f"hold-{index}", repr(held))
        taken = await payments.capture(held.reference, Amount(amount.minor // 2, "EUR"), key=f"capture-{index}")
        told(f"capture-{index}", repr(taken))
        given = await payments.refund(held.reference, Amount(250, "EUR"), key=f"refund-{index}")
        told(f"refund-{index}", repr(given))
        try:
            await payments.release(held.reference, key=f"release-{index}")
        except PaymentError as refusal:
            told(f"release-{index}", str(refusal))


class _Mortal(sqlite3.Connection):
    """A connection that dies with its process before the n-th statement, counted over all connections. It syncs nothing to disk:
    a kill is no power cut."""

    left = 0

    def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
        _Mortal.left -= 1
        if _Mortal.left == 0:
            os._exit(KILLED)
        return super().execute(statement.replace("synchronous = FULL", "synchronous = OFF"), *arguments)


def child(folder: Path, number: int, *, dies_before: int = 0) -> tuple[int, IO[bytes]]:
    """Fork one that pays: (its number, the file of its answers)."""
    told = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
    pid = os.fork()
    if pid:
        return pid, told
    _Mortal.left = dies_before
    connect = sqlite3.connect
    sqlite3.connect = lambda *given, **options: connect(*given, **options, factory=_Mortal)  # type: ignore[assignment]
    code = 1
    try:
        asyncio.run(pay(folder, number, lambda key, answer: _write(told, key, answer)))
        code = 0
    finally:
        os._exit(code)


def _write(told: IO[bytes], key: str, answer: str) -> None:
    os.write(told.fileno(), f"{json.dumps([key, answer])}\n".encode())


def answers(told: IO[bytes]) -> list[tuple[str, str]]:
    """What a child was answered before it ended; a line that death cut off does not count."""
    with told:
        told.seek(0)
        lines = told.read().split(b"\n")[:-1]
    return [(key, answer) for key, answer in map(json.loads, lines)]


def wrong(folder: Path, number: int, told: dict[str, set[str]]) -> list[str]:
    """What should not be, once somebody has lived to the end."""
    found = [f"{key} was answered {len(ways)} ways" for key, ways in told.items() if len(ways) != 1]
    journal = asyncio.run(LocalPayments(folder).journal())
    verbs = ("hold", "capture", "refund", "release")
    keys = ["save", *(f"{verb}-{index}" for index in range(number) for verb in verbs)]
    if sorted(str(entry.key) for entry in journal) != sorted(keys) or set(told) != set(keys):
        found.append(f"{len(journal)} operations, {len(told)} answers, instead of {len(keys)}")
    left: dict[str | None, tuple[int, int]] = {}
    for entry in journal:
        held, captured = left.get(entry.payment, (0, 0))
        left[entry.payment] = (held + entry.held_change, captured + entry.captured_change)
    expected = sorted([(0, 0), *((0, (1000 + index) // 2 - 250) for index in range(number))])
    if sorted(left.values()) != expected:
        found.append("the sums of the changes are not what is left")
    return found


def killed(folder: Path, kills: int, number: int) -> dict[str, Any]:
    """Children killed at any moment, and one that goes on to the end."""
    chance = random.Random(5)
    told: dict[str, set[str]] = {}
    hits, latest = 0, 0.12
    while True:
        pid, reading = child(folder, number)
        if hits < kills:
            time.sleep(chance.uniform(0.0, latest))
            os.kill(pid, signal.SIGKILL)
        hit = os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        for key, answer in answers(reading):
            told.setdefault(key, set()).add(answer)
        if hits == kills:
            return {"kills": hits, "answers": len(told), "wrong": wrong(folder, number, told)}
        hits += hit
        # Who was done before is killed sooner the next time.
        latest *= 1.0 if hit else 0.8


def together(folder: Path, processes: int, number: int) -> list[str]:
    """Several who make the same calls at the same time, the file included."""
    told: dict[str, set[str]] = {}
    crowd = [child(folder, number) for _ in range(processes)]
    ended = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid, _ in crowd]
    for _, reading in crowd:
        for key, answer in answers(reading):
            told.setdefault(key, set()).add(answer)
    return [*wrong(folder, number, told), *(f"ended with {code}" for code in ended if code)]


def died(folder: Path) -> dict[str, Any]:
    """One payment by a child that dies before its first, its second … statement, and then by one that lives to the end."""
    found: list[str] = []
    for statement in range(1, 500):
        here = folder / str(statement)
        told: dict[str, set[str]] = {}
        endings = []
        for dies_before in (statement, 0):
            pid, reading = child(here, 1, dies_before=dies_before)
            endings.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            for key, answer in answers(reading):
                told.setdefault(key, set()).add(answer)
        found += [f"before statement {statement}: {one}" for one in wrong(here, 1, told)]
        if endings[0] == 0:
            return {"statements": statement - 1, "wrong": found}
        if endings != [KILLED, 0]:
            found.append(f"before statement {statement}: ended with {endings}")
    return {"statements": 0, "wrong": found}


if __name__ == "__main__":
    home, kills, payments = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    outcome = {
        "killed": killed(home / "killed", kills, payments),
        "together": together(home / "together", 4, payments // 4),
        "died": died(home / "died"),
    }
    print(json.dumps(outcome))
