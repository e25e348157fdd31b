"""Payouts by the local provider and by bank: calendars, debts that are set off, what the operator does by hand."""

import asyncio
import csv
import io
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.finance import facade as finance
from app.finance.facade import CauseKind, FactKind, Posting, TakenBack, credit, debit
from app.finance.payouts.jobs import make, payout_day, send_payout
from app.finance.payouts.usecases.record import RecordedMeanwhile
from app.gateways.payments import LocalPayments
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.settings import Settings
from tests.market import Market
from tests.rooms.finance.books import operator
from tests.rooms.finance.invoices import paid_somewhere
from tests.rooms.finance.payouts import (
    CASH,
    balance,
    broken,
    calendar,
    day_of_payouts,
    items,
    opened,
    owed,
    paid,
    payable,
    payouts,
    refunded,
    runtime,
    swept,
    today,
    told,
)

Owner = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Whoever signed in stays so while weeks pass."""
    return settings.model_copy(update={"access_token_minutes": 400_000})


async def test_what_is_owed_is_sent_on_the_days_of_the_calendar(market: Market, owner: Owner) -> None:
    supplier = await market.people("supplier")
    clerk = await market.member(supplier.firm, "finance")
    first, second = await owed(market, supplier, 90_000), await owed(market, supplier, 10_000)
    # Without an account at the provider it waits; he is told once.
    await day_of_payouts(market, later=15)
    await payout_day(runtime(market))
    await market.work()
    assert await items(clerk) == [("waiting", 0)] * 2
    assert await told(market, clerk) == ["finance.payout_waits"]
    await opened(market, supplier)
    account = (await clerk.get("/v1/payout-account")).json()
    assert (account["state"]["code"], account["due"], account["country"]) == ("ready", [], "DE")
    # What was missed is made up for at the next opportunity, and not a week later.
    await payout_day(runtime(market))
    await market.work()
    assert await payouts(clerk) == [("sent", 100_000, 0)]
    assert await balance(market, payable(supplier)) == 0 and await balance(market, CASH) == 0
    assert await told(market, clerk) == ["finance.payout_waits", "finance.payout_sent"]
    [row] = (await clerk.get("/v1/payouts")).json()["items"]
    detail = (await clerk.get(f"/v1/payouts/{row['id']}")).json()
    assert [(one["cause"]["id"], one["sent"]["minor"]) for one in detail["items"]] == [
        (str(first.cause), 90_000),
        (str(second.cause), 10_000),
    ]
    # Too little waits for more.
    await calendar(clerk, least=5_000)
    await owed(market, supplier, 4_000)
    await day_of_payouts(market)
    assert (await items(clerk))[2:] == [("waiting", 0)]
    await owed(market, supplier, 1_000)
    await day_of_payouts(market)
    assert await payouts(clerk) == [("sent", 100_000, 0), ("sent", 5_000, 0)]
    # Running again sends nothing again.
    await day_of_payouts(market)
    assert len(await payouts(clerk)) == 2 and await broken(market) == []
    statement = await clerk.get("/v1/payout-statement?first_day=2026-01-01", headers={"Accept-Language": "en"})
    rows = list(csv.reader(io.StringIO(statement.content.decode("utf-8-sig"))))
    assert len(rows) == 5 and [line[7] for line in rows[1:]] == ["900.00", "100.00", "40.00", "10.00"]
    # What was sent stays so; nothing is sent twice.
    for change in (
        "UPDATE payout_items SET sent_minor = sent_minor - 1, taken_back_minor = taken_back_minor + 1",
        "UPDATE payout_items SET state = 'waiting', sent_minor = 0, sent_on = NULL, transfer = NULL, payout_id = NULL",
        "UPDATE payout_items SET amount_minor = 1",
        "UPDATE payouts SET state = 'sending', ended_at = NULL",
        "UPDATE payouts SET sent_minor = 0",
        "DELETE FROM payout_items",
        "DELETE FROM payouts",
    ):
        with pytest.raises(psycopg.Error):
            owner.execute(change)


async def test_a_negative_balance_recovers(market: Market) -> None:
    supplier = await market.people("supplier")
    await paid_somewhere(supplier)
    await opened(market, supplier)
    await calendar(supplier)
    sent_by_bank = await owed(market, supplier, 50_000, by_bank=True)
    await day_of_payouts(market)
    chief = await operator(market)
    [listed] = (await chief.get("/v1/operator/bank-payouts")).json()["items"]
    done = await chief.post(f"/v1/operator/payouts/{listed['id']}/sent", json={"bank_reference": "UMSATZ 4711"})
    assert done.status_code == 204, done.text
    # There is no transfer to be reversed: he owes it, and the next items make up for it, the first of them whole.
    back = await refunded(market, supplier, sent_by_bank, 30_000)
    assert (back.kept_minor, back.to_reverse_minor, back.owed_minor) == (0, 0, 30_000)
    assert await balance(market, payable(supplier)) == -30_000
    await owed(market, supplier, 20_000)
    await day_of_payouts(market)
    assert await payouts(supplier) == [("sent", 50_000, 0), ("set_off", 0, 20_000)]
    assert await balance(market, payable(supplier)) == -10_000
    await owed(market, supplier, 25_000)
    await day_of_payouts(market)
    assert (await payouts(supplier))[2:] == [("sent", 15_000, 10_000)]
    assert await balance(market, payable(supplier)) == 0
    assert await items(supplier) == [("sent", 50_000), ("set_off", 0), ("sent", 15_000)]
    assert await told(market, supplier) == [
        "finance.payout_sent",
        "finance.payout_owed",
        "finance.payout_set_off",
        "finance.payout_sent_less",
    ]
    assert await broken(market) == []


async def test_what_is_refunded_is_kept_or_reversed(market: Market) -> None:
    supplier = await market.people("supplier")
    await opened(market, supplier)
    await calendar(supplier)
    unsent = await owed(market, supplier, 40_000)
    kept = await refunded(market, supplier, unsent, 15_000)
    assert (kept.kept_minor, kept.to_reverse_minor) == (15_000, 0)
    dropped = await owed(market, supplier, 7_000)
    await refunded(market, supplier, dropped, 7_000)
    await day_of_payouts(market)
    assert await items(supplier) == [("sent", 25_000), ("dropped", 0)]
    # Reversed twice, in two parts; what is asked for is not set off meanwhile.
    for part in (10_000, 15_000):
        back = await refunded(market, supplier, unsent, part)
        assert (back.kept_minor, back.to_reverse_minor, back.owed_minor) == (0, part, 0)
    await owed(market, supplier, 3_000)
    market.move_clock(days=8)
    await payout_day(runtime(market))
    await market.work()
    assert (await payouts(supplier))[1:] == [("sent", 3_000, 0)]
    assert await balance(market, payable(supplier)) == 0
    gateway = market.app.state.gateways["payments"]
    assert isinstance(gateway, LocalPayments)
    reversals = [one for one in await gateway.journal() if one.operation == "reverse"]
    assert [one.amount.minor for one in reversals if one.amount] == [10_000, 15_000]
    [first, *_] = (await supplier.get("/v1/payout-items?state=sent")).json()["items"][::-1]
    assert (first["sent"]["minor"], first["came_back"]["minor"], first["taken_back"]["minor"]) == (
        25_000,
        25_000,
        15_000,
    )
    assert (await told(market, supplier)).count("finance.payout_taken_back") == 2
    rows = (await supplier.get("/v1/payout-statement?first_day=2026-01-01")).text.splitlines()
    assert len(rows) == 5 and sum("-100.00" in row or "-150.00" in row for row in rows) == 2
    with pytest.raises(ValueError, match="0 is left"):
        await refunded(market, supplier, unsent, 1)
    async with market.db.transaction(Role.WORKER) as session:
        with pytest.raises(LookupError):
            never = (CauseKind.MILESTONE, new_id())
            await finance.take_back(session, cause=never, occasion=1, amount_minor=1, day=today(market))
    assert await broken(market) == []


async def test_what_is_due_when_it_is_released_is_sent_at_once(market: Market) -> None:
    """Nobody waits for the next hour; of the days of a calendar nothing changes."""
    chief, supplier = await operator(market), await market.people("supplier")
    await opened(market, supplier)
    await calendar(supplier)
    path = f"/v1/operator/payout-calendars/{supplier.firm.id}"
    said = await chief.put(path, json={"way": "provider", "hold_days": 0}, headers={"If-Match": "*"})
    assert said.status_code == 200, said.text
    await owed(market, supplier, 90_000)
    await market.work()
    assert await payouts(supplier) == [("sent", 90_000, 0)]
    tomorrow = today(market).isoweekday() % 7 + 1
    await calendar(supplier, "weekly", weekday=tomorrow)
    await owed(market, supplier, 10_000)
    await market.work()
    assert await items(supplier) == [("sent", 90_000), ("waiting", 0)]
    assert await broken(market) == []


async def test_what_the_provider_refuses_is_decided_by_the_operator(market: Market) -> None:
    chief, supplier = await operator(market), await market.people("supplier")
    await opened(market, supplier)
    await paid_somewhere(supplier)
    await calendar(supplier)
    payment = await paid(market, 6_000)
    await owed(market, supplier, 6_000, payment=payment)
    more = await owed(market, supplier, 6_000, payment=payment)
    await day_of_payouts(market)
    # Of two shares of one payment, which together are more than it, one is sent.
    assert await items(supplier) == [("sent", 6_000), ("refused", 0)]
    assert await payouts(supplier) == [("sent", 6_000, 0)]
    [refused] = (await chief.get("/v1/operator/payout-items")).json()["items"]
    assert (refused["id"], refused["problem"]) == (str(more.item_id), "payment_amount_exceeded")
    await day_of_payouts(market)
    assert len(await payouts(supplier)) == 1
    release = f"/v1/operator/payout-items/{refused['id']}/release"
    assert (await supplier.post(release, json={"by_bank": True})).status_code == 403
    assert (await chief.post(release, json={"by_bank": True})).status_code == 204
    twice = await chief.post(release, json={"by_bank": True})
    assert (twice.status_code, twice.json()["code"]) == (409, "payout-item-not-refused")
    await day_of_payouts(market)
    assert len((await chief.get("/v1/operator/bank-payouts")).json()["items"]) == 1
    assert await broken(market) == []


async def test_whoever_sends_and_refunds_at_once_sends_once(market: Market) -> None:
    supplier = await market.people("supplier")
    await opened(market, supplier)
    await calendar(supplier)
    several = [await owed(market, supplier, 1_000 + number) for number in range(4)]
    market.move_clock(days=8)
    await asyncio.gather(
        *(make(runtime(market), supplier_id=str(supplier.firm.id)) for _ in range(2)), return_exceptions=True
    )
    [row] = (await supplier.get("/v1/payouts")).json()["items"]
    job = {"supplier_id": str(supplier.firm.id), "payout_id": row["id"]}
    outcomes = await asyncio.gather(
        *(send_payout(runtime(market), **job) for _ in range(3)),
        *(refunded(market, supplier, one, 400) for one in several),
        return_exceptions=True,
    )
    assert {type(one) for one in outcomes} <= {type(None), TakenBack, RecordedMeanwhile}, outcomes
    await market.work()
    await swept(market)
    assert await payouts(supplier) == [("sent", 4_006, 0)]
    gateway = market.app.state.gateways["payments"]
    done = [one.operation for one in await gateway.journal()]
    assert (done.count("transfer"), done.count("reverse")) == (4, 4)
    assert await balance(market, payable(supplier)) == 0 and await broken(market) == []


async def test_who_may_come_near_payouts(market: Market) -> None:
    supplier, stranger = await market.people("supplier"), await market.people("supplier")
    sales, chief = await market.member(supplier.firm, "sales"), await operator(market)
    reader = await market.machine(supplier, "ledger:read")
    await opened(market, supplier)
    await calendar(supplier)
    await owed(market, supplier, 1_000)
    await day_of_payouts(market)
    [row] = (await reader.get("/v1/payouts")).json()["items"]
    one = f"/v1/payouts/{row['id']}"
    assert (await reader.get(one)).status_code == 200
    for caller, status in ((market.nobody, 401), (stranger, 404), (sales, 403), (chief, 404)):
        assert (await caller.get(one)).status_code == status
    form = {"rhythm": "weekly", "weekday": 5, "least": {"minor": 0, "currency": "EUR"}}
    star = {"headers": {"If-Match": "*"}}
    for caller, status in ((market.nobody, 401), (sales, 403), (reader, 403)):
        assert (await caller.put("/v1/payout-calendar", json=form, **star)).status_code == status
        assert (await caller.post("/v1/payout-account")).status_code == status
        assert (await caller.post("/v1/payout-account/onboarding")).status_code in (status, 403)
    assert (await stranger.get("/v1/payout-account")).status_code == 404
    assert (await stranger.post("/v1/payout-account/onboarding")).status_code == 404
    wrong = await supplier.put("/v1/payout-calendar", json=form | {"month_day": 3}, **star)
    assert wrong.json()["errors"][0]["code"] == "day-of-rhythm"
    stale = await supplier.put("/v1/payout-calendar", json=form, headers={"If-Match": '"1-en"'})
    assert stale.status_code == 412
    defaults = "/v1/operator/payout-defaults"
    assert (await supplier.get(defaults)).status_code == 403
    said = form | {"hold_days": 3}
    assert (await supplier.put(defaults, json=said, **star)).status_code == 403
    changed = await chief.put(defaults, json=said, **star)
    assert (changed.status_code, changed.json()["hold_days"], changed.json()["version"]) == (200, 3, 2)
    assert (await stranger.get("/v1/payout-calendar")).json()["weekday"] == 5
    terms = f"/v1/operator/payout-calendars/{supplier.firm.id}"
    assert (await supplier.put(terms, json={"way": "bank"}, **star)).status_code == 403
    assert (await chief.put(f"{terms[:-36]}{new_id()}", json={"way": "bank"}, **star)).status_code == 404
    async with market.db.transaction() as session:
        await act_for(session, supplier.firm.id)
        with pytest.raises(DBAPIError, match="says the operator"):
            await session.execute(text("UPDATE payout_calendars SET way = 'bank'"))
        await session.rollback()


async def test_verification_finds_what_triggers_keep_out(market: Market, owner: Owner) -> None:
    supplier = await market.people("supplier")
    await opened(market, supplier)
    await calendar(supplier)
    await owed(market, supplier, 2_000)
    await day_of_payouts(market)
    assert await broken(market) == []
    for table in ("payout_items", "payouts"):
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    owner.execute("UPDATE payout_items SET sent_minor = 1999, taken_back_minor = 1")
    found = await broken(market)
    assert len(found) == 3 and "1999 sent, 2000 posted" in found[0], found
    owner.execute("UPDATE payout_items SET sent_minor = 2000, taken_back_minor = 0")
    assert await broken(market) == []
    owner.execute(
        "UPDATE payout_items SET state = 'waiting', sent_minor = 0, sent_on = NULL, transfer = NULL, payout_id = NULL"
    )
    assert len(await broken(market)) == 2


async def test_verification_finds_who_is_owed_nothing_of_what_was_left_with_him(market: Market) -> None:
    await owed(market, await market.people("supplier"), 2_000)
    forgotten = payable(await market.people("supplier"))
    released = (debit(CASH, 3_000), credit(forgotten, 3_000))
    cause = (CauseKind.MILESTONE, new_id())
    async with market.db.transaction(Role.WORKER) as session:
        await finance.post(session, Posting(FactKind.MILESTONE_RELEASED, cause, today(market), released, 1))
    assert await broken(market) == [f"supplier {forgotten.organization_id}: 0 EUR owed, 3000 in the ledger"]
