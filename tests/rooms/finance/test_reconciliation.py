"""The books against the payment provider: a clean run finds nothing, and every kind of difference is found and told once."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from typer.testing import CliRunner

from app.cli import cli
from app.commands import reconciling
from app.finance.facade import (
    ExpectedLine,
    LineKind,
    reconciles,
)
from app.finance.reconciliation import registry
from app.finance.reconciliation.checks import reconciliation
from app.finance.reconciliation.errors import RunUnderWay
from app.finance.reconciliation.rules import CauseSums, Compared, ledger_differences, line_differences
from app.finance.reconciliation.states import DifferenceKind
from app.finance.reconciliation.usecases.reconcile import reconcile, usual
from app.gateways.payments import Amount
from app.kit.clock import Clock
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.settings import Settings, get_settings
from tests.market import Market
from tests.rooms.finance.books import Owner, operator
from tests.rooms.finance.reconciliations import (
    DIFFERENCES,
    Desk,
    booked,
    charged,
    closed,
    compared,
    one,
    proved,
    runtime,
    told,
)
from tests.statements import count_statements


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    reconciles("test.desk", lines=made.lines)
    yield made
    del registry.OWNERS["test.desk"]


async def test_every_kind_of_difference_is_found_and_a_clean_run_finds_none(
    market: Market, db: Database, desk: Desk, owner: Owner
) -> None:
    chief, payments = await operator(market), market.app.state.gateways["payments"]
    good, gone, lacking, less, state, dollars = [
        await charged(market, desk, 10_000 + number, books=number != 2) for number in range(6)
    ]
    await booked(market, lacking.cause[1], 10_002)  # type: ignore[index]
    account = await payments.open_account(supplier="s-1", country="DE", key="open")
    sent = await payments.transfer(Amount(4_000, "EUR"), account=account.reference, payment=good.reference, key="send")
    back = await payments.reverse(sent.reference, Amount(1_000, "EUR"), key="reverse")
    refund = await payments.refund(good.reference, Amount(500, "EUR"), key="refund")
    of_good: list[tuple[LineKind, str, int, str, str | None]] = [
        (LineKind.REFUND, refund.reference, 500, "done", good.reference),
        (LineKind.TRANSFER, sent.reference, 4_000, "made", None),
        (LineKind.REVERSAL, back.reference, 1_000, "made", sent.reference),
    ]
    for kind, reference, minor, how, of in of_good:
        line = ExpectedLine(new_id(), kind, reference, minor, "EUR", frozenset({how}), good.cause, of)
        desk.keep(line, market.clock.now())
    assert good.cause is not None
    await booked(market, good.cause[1], -3_500, occasion=2)
    run = await compared(market, chief)
    assert (run["looked_at"], run["differing"]) == (9, 0)
    assert await told(chief, "") == [] and await proved(db) == []

    # The provider does not know it; nobody here does; another amount, state, currency; the ledger was not told, or of less.
    desk.keep(
        ExpectedLine(new_id(), LineKind.PAYMENT, "pay_nowhere", 5, "EUR", frozenset({"held"}), None), market.clock.now()
    )
    del desk.rows[gone.reference]
    desk.changed(less.reference, amount_minor=9_999)
    desk.changed(dollars.reference, currency="USD")
    await payments.refund(state.reference, key="all-of-it")
    silent = await charged(market, desk, books=False)
    part = await charged(market, desk)
    await payments.refund(part.reference, Amount(100, "EUR"), key="a-part")
    desk.changed(back.reference, of="tr_of_somebody")
    wanted = {
        ("missing_at_provider", "payment", "pay_nowhere"),
        ("missing_in_ledger", "payment", gone.reference),
        ("amount", "payment", less.reference),
        ("currency", "payment", dollars.reference),
        ("state", "payment", state.reference),
        ("missing_in_ledger", "payment", silent.reference),
        ("ledger", "payment", part.reference),
    }
    run = await compared(market, chief)
    assert set(await told(chief)) == wanted and run["differing"] == len(wanted)
    assert await proved(db) == []
    row = await one(chief, part.reference)
    assert (row["here"], row["there"]) == ("ledger 10000 EUR, 0 authorized", "9900 EUR, 0 authorized")
    assert (await one(chief, gone.reference))["here"] == "-"
    assert (await one(chief, less.reference))["there"] == "10003 EUR captured"
    # Nothing was put right.
    assert (await payments.find_payment(less.reference)).amount.minor == 10_003


async def test_differences_are_closed_confirmed_opened_again_and_vanish(
    market: Market, db: Database, desk: Desk
) -> None:
    chief, payments = await operator(market), market.app.state.gateways["payments"]
    explained, changing, passing = [await charged(market, desk, 1_000 + n, books=False) for n in range(3)]
    old = await charged(market, desk, books=False)
    assert (await compared(market, chief))["differing"] == 4
    posting = await booked(market, new_id(), 1_000)
    row = await one(chief, explained.reference)
    assert (await closed(chief, row, 409, posting_id=str(new_id())))["code"] == "difference-posting-unknown"
    shut = await closed(chief, row, posting_id=str(posting))
    assert (shut["state"]["code"], shut["posting_id"], shut["reason"]) == ("closed", str(posting), "Looked into.")
    assert (await closed(chief, row, 409))["code"] == "difference-not-open"
    await closed(chief, await one(chief, changing.reference))
    await payments.refund(changing.reference, Amount(1, "EUR"), key="one-cent")
    assert passing.cause is not None and old.cause is not None
    await booked(market, passing.cause[1], 1_002)
    run = await compared(market, chief)
    # Closed and unchanged it is confirmed; changed it is open again; the third one has vanished.
    states = {ref: await one(chief, ref) for ref in (explained.reference, changing.reference, passing.reference)}
    assert [(row["state"]["code"], row["times_found"]) for row in states.values()] == [
        ("closed", 2),
        ("open", 2),
        ("vanished", 1),
    ]
    assert states[changing.reference]["reason"] is None and states[passing.reference]["ended_at"]
    assert run["differing"] == 2 and await proved(db) == []
    # However old, what is open is looked at until it is settled.
    market.move_clock(days=80)
    assert (await compared(market, chief))["looked_at"] == 2
    await booked(market, old.cause[1], 10_000)
    await compared(market, chief)
    assert (await one(chief, old.reference))["state"]["code"] == "vanished"
    assert await told(chief) == [("missing_in_ledger", "payment", changing.reference)]


async def test_what_was_closed_hides_nothing_that_differs_later(market: Market, db: Database, desk: Desk) -> None:
    chief, payments = await operator(market), market.app.state.gateways["payments"]
    line, two = await charged(market, desk), await charged(market, desk, 2_000)
    assert line.cause is not None and two.cause is not None
    # The part knows another state, and the operator has looked into it.
    desk.changed(line.reference, states=frozenset({"held"}))
    await compared(market, chief)
    await closed(chief, await one(chief, line.reference))
    # Later the ledger is told of less, of the same payment; of another one it has a sum in euros that was looked into as well.
    await booked(market, line.cause[1], -700, occasion=2)
    await booked(market, two.cause[1], -50, occasion=2)
    await compared(market, chief)
    assert set(await told(chief)) == {("ledger", "payment", line.reference), ("ledger", "payment", two.reference)}
    assert await proved(db) == []
    await closed(chief, await one(chief, two.reference))
    await booked(market, two.cause[1], 3, occasion=3, currency="USD")
    await compared(market, chief)
    again = await one(chief, two.reference)
    assert (again["state"]["code"], again["here"], again["there"]) == (
        "open",
        "ledger 1950 EUR, 0 authorized; 3 USD, 0 authorized",
        "2000 EUR, 0 authorized; 0 USD, 0 authorized",
    )
    assert await proved(db) == []
    # What was closed and is not found any more is told anew when it comes back, though both sides say the same as then.
    desk.changed(line.reference, states=frozenset({"captured"}))
    await booked(market, line.cause[1], 700, occasion=3)
    await compared(market, chief)
    assert [row[2] for row in await told(chief, "?state=vanished")] == [line.reference] * 2
    desk.changed(line.reference, states=frozenset({"held"}))
    await compared(market, chief)
    assert ("state", "payment", line.reference) in await told(chief)
    # While a call is under way nothing vanishes.
    desk.changed(line.reference, states=frozenset())
    await compared(market, chief)
    assert ("state", "payment", line.reference) in await told(chief)
    assert (await payments.find_payment(line.reference)).amount.minor == 10_000


async def test_two_runs_at_once_are_one(market: Market, db: Database, desk: Desk, owner: Owner) -> None:
    payments = market.app.state.gateways["payments"]
    line = await charged(market, desk, books=False)
    market.move_clock(hours=1)
    day = usual(market.clock.now())
    both = await asyncio.gather(*(reconcile(runtime(market), *day) for _ in range(4)), return_exceptions=True)
    assert [type(one) for one in both if not isinstance(one, UUID)] == [RunUnderWay] * 3
    # Somebody takes so long that another one takes the run over, and ends it: he stops, and changes nothing.
    lists, others = payments.payments_between, []

    async def slow(*given: Any, **options: Any) -> Any:
        payments.payments_between = lists
        market.move_clock(minutes=11)
        others.append(await reconcile(runtime(market), *day))
        return await lists(*given, **options)

    payments.payments_between = slow
    with pytest.raises(RunUnderWay):
        await reconcile(runtime(market), *day)
    runs = owner.execute("SELECT id, phase, differing, looked_at, held_by FROM reconciliations ORDER BY id").fetchall()
    assert [row[1:] for row in runs] == [("done", 1, 1, None)] * 2 and [row[0] for row in runs][1:] == others
    assert await told_by_owner(owner) == [("missing_in_ledger", line.reference, 2)]
    assert await proved(db) == []


async def told_by_owner(owner: Owner) -> list[tuple[Any, ...]]:
    """(kind, reference, how often it was found) of all differences."""
    return owner.execute("SELECT kind, reference, times_found FROM reconciliation_differences").fetchall()


async def test_only_the_operator_reads_and_closes(market: Market, desk: Desk) -> None:
    chief = await operator(market)

    async def lists() -> dict[str, tuple[int, int]]:
        found = {}
        for path in ("/v1/operator/reconciliations", DIFFERENCES):
            with count_statements(market.db) as seen:
                answer = await chief.get(f"{path}?limit=100")
            found[path] = (len(seen), len(answer.json()["items"]))
        return found

    line = await charged(market, desk, books=False)
    await compared(market, chief)
    few = await lists()
    for number in range(19):
        await charged(market, desk, 700 + number, books=False)
    await compared(market, chief)
    many = await lists()
    assert (few[DIFFERENCES][1], many[DIFFERENCES][1]) == (1, 20)
    assert [count for count, _ in few.values()] == [count for count, _ in many.values()]
    other, viewer = await market.people("buyer", "supplier"), await market.member(chief.firm, "viewer")
    row = await one(chief, line.reference)
    for caller, status in ((market.nobody, 401), (other, 403), (viewer, 403)):
        for path in ("/v1/operator/reconciliations", DIFFERENCES, f"{DIFFERENCES}.csv", f"{DIFFERENCES}/{row['id']}"):
            assert (await caller.get(path)).status_code == status, path
        for verb, form in (("closing", {"reason": "Mine."}), ("following", None)):
            answer = await caller.post(f"{DIFFERENCES}/{row['id']}/{verb}", json=form)
            assert answer.status_code == status
    assert await one(chief, line.reference) == row
    assert (await chief.get(f"{DIFFERENCES}/{new_id()}")).status_code == 404
    # Of this part nobody follows payments at the provider.
    refused = await chief.post(f"{DIFFERENCES}/{row['id']}/following")
    assert (refused.status_code, refused.json()["code"]) == (409, "difference-not-followed")
    await closed(chief, row, reason="=1+1")
    refused = await chief.post(f"{DIFFERENCES}/{row['id']}/following")
    assert (refused.status_code, refused.json()["code"]) == (409, "difference-not-open")
    table = await chief.get(f"{DIFFERENCES}.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    lines = table.text.splitlines()
    assert len(lines) == 21 and "'=1+1" in lines[-1] and line.reference in lines[-1]
    async with market.db.transaction(Role.APP) as session:
        await act_for(session, None, operator=True)
        with pytest.raises(ProgrammingError, match=r"permission denied|row-level security"):
            await session.execute(text("UPDATE reconciliation_differences SET state = 'vanished', ended_at = now()"))


async def test_verify_sees_what_a_run_kept_to_itself(market: Market, db: Database, desk: Desk, owner: Owner) -> None:
    chief = await operator(market)
    line = await charged(market, desk)
    desk.keep(
        ExpectedLine(new_id(), LineKind.REFUND, "re_nowhere", 5, "EUR", frozenset({"done"}), None), market.clock.now()
    )
    # A run that found nothing to look at proves nothing.
    async with db.transaction(Role.AUDITOR, readonly=True) as session:
        assert await reconciliation(session) == (0, [])
    await compared(market, chief)
    assert await proved(db, looked_at=3) == []
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE reconciliation_lines SET there_minor = there_minor + 1 WHERE kind = 'payment'")
    assert await proved(db) == [f"payment {line.reference} differs (amount), and is not told so"]
    owner.execute("UPDATE reconciliation_lines SET there_minor = there_minor - 1 WHERE kind = 'payment'")
    owner.execute("UPDATE reconciliation_differences SET kind = 'state'")
    assert len(await proved(db)) == 2
    # A difference of the ledger is held against what the lines of its cause come to.
    assert line.cause is not None
    untrue = f"kind = 'ledger', cause_kind = 'payment', cause_id = '{line.cause[1]}', there = '{{}}'"
    for there, said in (("10000 EUR, 0 authorized", 1), ("9000 EUR, 0 authorized", 2), ("10000 USD, 0 authorized", 2)):
        owner.execute(f"UPDATE reconciliation_differences SET {untrue.format(there)}")
        assert len(await proved(db)) == said, there
    owner.execute("UPDATE reconciliation_differences SET kind = 'missing_at_provider'")
    owner.execute("DELETE FROM reconciliation_lines WHERE kind = 'payment'")
    assert "says 2" in (await proved(db))[-1]


def test_the_command_says_whether_anything_differs(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, desk: Desk
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("PARTINGLINE_SECRET_KEY", settings.secret_key.get_secret_value())
    monkeypatch.setenv("PARTINGLINE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("PARTINGLINE_ENVIRONMENT", "development")
    get_settings.cache_clear()
    today = Clock().now()
    try:
        clean = CliRunner().invoke(cli, ["reconcile", "--day", f"{today - timedelta(days=1):%Y-%m-%d}"])
        assert (clean.exit_code, clean.output) == (0, "0 compared, 0 differing.\n")
        line = ExpectedLine(new_id(), LineKind.PAYMENT, "pay_x", 5, "EUR", frozenset({"held"}), None)
        desk.keep(line, today - timedelta(days=2))
        wrong = CliRunner().invoke(cli, ["reconcile", "--json"])
        assert wrong.exit_code == 1, wrong.output
        told_ = json.loads(wrong.output)
        assert told_["run"]["differing"] == 1 and told_["differences"][0]["reference"] == "pay_x"
        assert "pay_x" in CliRunner().invoke(cli, ["reconcile"]).output
        assert CliRunner().invoke(cli, ["reconcile", "--day", "2026-01-01", "--since", "2026-01-01"]).exit_code == 2
    finally:
        get_settings.cache_clear()
    start, end = reconciling.scope(today, today, None)
    assert start.date() == today.date() and end > start


def test_what_differs_is_said_once_for_each_thing() -> None:
    cause = ("payment", new_id())

    def line(**values: Any) -> list[tuple[str, str, str]]:
        usual: dict[str, Any] = {
            "kind": LineKind.PAYMENT,
            "reference": "p",
            "owner": "x",
            "cause": cause,
            "amount_minor": 5,
            "currency": "EUR",
            "states": frozenset({"held"}),
            "there_minor": 5,
            "there_currency": "EUR",
            "there_state": "held",
        }
        return [(found.kind.value, found.here, found.there) for found in line_differences(Compared(**usual | values))]

    assert line() == [] == line(states=frozenset()) == line(owner=None, there_state="declined")
    assert line(there_minor=6, there_state="captured") == [
        ("amount", "5 EUR held", "6 EUR captured"),
        ("state", "5 EUR held", "6 EUR captured"),
    ]
    assert [one[0] for one in line(there_minor=6, there_currency="USD")] == ["currency"]
    assert line(owner=None) == [("missing_in_ledger", "-", "5 EUR held")]
    assert line(there_minor=None, there_currency=None, there_state=None)[0][2] == "-"
    sums = CauseSums(LineKind.PAYMENT, "p", "x", cause, "EUR", 1, 5, 0, 5, 0)
    nothing = CauseSums(LineKind.PAYMENT, "q", "x", cause, "EUR", 0, 0, 0, 0, 5)
    assert [found.kind for found in ledger_differences([sums, nothing])] == [DifferenceKind.MISSING_IN_LEDGER]
