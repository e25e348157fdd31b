"""The local payment provider's file: no card number gets in, nothing is changed afterwards, and no kill does harm."""

import json
import logging
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gateways.payments import Amount, CardDataRefused, LocalPayments, book
from app.gateways.payments.checking import looks_like_card_number
from tests.rooms.gateways.paying import PAYER, SUM, Stand


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path / "payments")


CARD_NUMBERS = (
    "4242424242424242",
    "4242-4242-4242-4242",
    "378282246310005",
    "tok_5555555555554444",
    "a.6011.1111.1111.1117.b",
)


async def test_card_numbers_are_refused_and_repeated_nowhere(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    method = await stand.method()
    for number in CARD_NUMBERS:
        digits = "".join(sign for sign in number if sign.isdigit())
        for call in (
            stand.payments.save_method(payer=PAYER, token=number, key="save"),
            stand.payments.save_method(payer=number, token="tok_visa", key="save"),
            stand.payments.hold(SUM, payer=PAYER, method=method, cause=number, key="hold"),
            stand.payments.release(f"pay_{number}", key="release"),
            stand.payments.outcome_of(number, payer=PAYER),
        ):
            with pytest.raises(CardDataRefused) as no:
                await call
            told = (
                f"{no.value!s} {no.value!r} {no.value.params} {no.value.__cause__} {no.value.__context__} {caplog.text}"
            )
            assert digits not in told and number not in told
        for file in stand.folder.iterdir():
            assert digits.encode() not in file.read_bytes()
    assert looks_like_card_number("4242 4242 4242 4242 12/29") and looks_like_card_number("no 4000 0566 5566 5556!")
    for harmless in ("4242424242424241", "4242-4242", "1764194989127", "0" * 16, "4" * 24):
        assert not looks_like_card_number(harmless)


@given(st.uuids())
def test_an_id_is_never_taken_for_a_card_number(one: Any) -> None:
    assert not looks_like_card_number(f"hold-{one}") and not looks_like_card_number(f"pay_{one.hex}")


def test_an_id_of_digits_alone_is_an_id_too() -> None:
    assert not looks_like_card_number("42424242-4242-4242-8242-424242424242")


async def test_the_file_keeps_itself_honest(stand: Stand) -> None:
    await stand.payments.capture((await stand.hold()).reference, Amount(1, "EUR"), key="capture")
    file = stand.folder / "payments.sqlite3"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(stand.folder.stat().st_mode) == 0o700
    wrongs = (
        "UPDATE operations SET held_change = 0",
        "DELETE FROM operations",
        "DELETE FROM payments",
        "DELETE FROM methods",
        "UPDATE payments SET state = 'held'",
        "UPDATE payments SET captured_minor = 2, released_minor = amount_minor - 2",
        "UPDATE payments SET refunded_minor = 2",
        "UPDATE payments SET refunded_minor = 1",
        "UPDATE payments SET amount_minor = 1, released_minor = 0",
        "INSERT INTO operations (key, fingerprint, operation, payer, held_change, captured_change, answer, at) "
        "SELECT key, fingerprint, operation, payer, 0, 0, answer, at FROM operations LIMIT 1",
    )
    connection = sqlite3.connect(file)
    for wrong in wrongs:
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(wrong)
        connection.rollback()
    connection.execute("UPDATE payments SET refunded_minor = 1, state = 'refunded'")
    connection.rollback()
    connection.close()


def test_payments_survive_kills(tmp_path: Path) -> None:
    """Killed at any moment, crowded, dead before each statement: every operation is there wholly or not at all, once."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.rooms.gateways.killed_payments", str(tmp_path), "15", "40"],
        capture_output=True,
        check=True,
        timeout=120,
    )
    found = json.loads(told.stdout)
    assert found["killed"]["wrong"] == found["together"] == found["died"]["wrong"] == []
    assert found["killed"]["kills"] == 15 and found["killed"]["answers"] == 161
    assert found["died"]["statements"] > 40


async def test_an_older_file_learns_what_is_new(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(book, "_EDITIONS", book._EDITIONS[:1])
        held = await stand.hold()
        with sqlite3.connect(stand.folder / "payments.sqlite3") as file:
            assert file.execute("PRAGMA user_version").fetchone() == (1,)
    payments = LocalPayments(stand.folder, clock=stand.clock)
    await payments.capture(held.reference, key="capture")
    account = await payments.open_account(supplier="supplier", country="DE", key="open")
    sent = await payments.transfer(SUM, account=account.reference, payment=held.reference, key="transfer")
    assert (await payments.find_transfer(sent.reference)).amount == SUM
    assert await stand.adds_up() == 1
