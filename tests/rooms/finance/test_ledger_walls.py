"""What the database holds of the ledger, whoever writes."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app.finance import facade as ledger
from app.finance.facade import AccountOf, BelowFloor, DayAhead, PeriodClosed, Purpose, credit, debit
from app.finance.ledger.checks import ledger_balances, ledger_postings
from app.finance.ledger.queries import close
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from tests.market import Market
from tests.rooms.finance.books import CASH, Owner, held_for, posted, returned, taken, verified

NEW_POSTING = (
    "INSERT INTO ledger_postings (id, cause_kind, cause_id, kind, occurred_on) VALUES (%s, 'payment', %s, 'refund', %s)"
)
NEW_ENTRY = (
    "INSERT INTO ledger_entries (posting_id, account_id, holder_id, currency, amount_minor, occurred_on) "
    "SELECT %s, id, holder_id, %s, %s, %s FROM ledger_accounts WHERE purpose = %s"
)


def by_hand(owner: Owner, day: date, *amounts: tuple[str, str, int]) -> UUID:
    """A posting written past the facade: (purpose, currency, amount) each."""
    posting_id = new_id()
    # Triggers act as `owner`, behind the walls.
    owner.execute("SET row_security = on")
    with owner.transaction():
        owner.execute(NEW_POSTING, (posting_id, new_id(), day))
        for purpose, currency, amount in amounts:
            owner.execute(NEW_ENTRY, (posting_id, currency, amount, day, purpose))
    return posting_id


def refused(guard: str) -> Any:
    """The database refuses by this guard."""
    return pytest.raises((psycopg.Error, DBAPIError), match=guard)


async def test_the_books_cannot_be_cooked(market: Market, owner: Owner) -> None:
    firm = await market.firm("buyer")
    day = market.clock.now().date()
    fact = taken(firm.id, 5000, day)
    [first] = await posted(market.db, fact)
    # Told again it stands as it is; told otherwise it is refused.
    assert await posted(market.db, fact) == [first]
    with refused("otherwise"):
        await posted(market.db, taken(firm.id, 5001, day, cause=fact.cause[1]))
    assert by_hand(owner, day, ("cash_at_provider", "EUR", 7), ("deposit_held", "EUR", -7))

    with refused("does not balance"):
        by_hand(owner, day, ("cash_at_provider", "EUR", 7), ("deposit_held", "EUR", -6))
    with refused("does not balance"):
        by_hand(owner, day, ("cash_at_provider", "EUR", 7))
    with refused("does not balance"):
        by_hand(owner, day)
    with refused("fk_ledger_entries_account_id_holder_id_currency"):
        by_hand(owner, day, ("cash_at_provider", "USD", 7), ("deposit_held", "EUR", -7))
    with refused("amount_in_range"):
        by_hand(owner, day, ("cash_at_provider", "EUR", 0), ("deposit_held", "EUR", 0))
    with refused("floor_kept"):
        by_hand(owner, day, ("deposit_held", "EUR", 5008), ("cash_at_provider", "EUR", -5008))
    with refused("still to come"):
        by_hand(owner, day + timedelta(days=2), ("cash_at_provider", "EUR", 7), ("deposit_held", "EUR", -7))
    with refused("made with their posting"):
        owner.execute(NEW_ENTRY, (first, "EUR", 7, day, "cash_at_provider"))
    for table in ("ledger_postings", "ledger_entries", "ledger_accounts", "ledger_periods", "ledger_closings"):
        with refused("append-only|permission"):
            owner.execute(f"TRUNCATE {table} CASCADE")  # type: ignore[arg-type]
    for statement in (
        "UPDATE ledger_entries SET amount_minor = 1",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_postings SET occurred_on = occurred_on - 1",
        "DELETE FROM ledger_postings",
        "UPDATE ledger_accounts SET floor_minor = NULL",
        "DELETE FROM ledger_balances",
    ):
        with refused("append-only"):
            owner.execute(statement)  # type: ignore[arg-type]
    for statement in ("balance_minor = balance_minor + 1", "floor_minor = NULL, entries = entries + 1"):
        with refused("stays with its account"):
            owner.execute(f"UPDATE ledger_balances SET {statement}")  # type: ignore[arg-type]
    assert sorted(verified(owner).values()) == [(-5007, -5007), (5007, 5007)]


async def test_nobody_but_the_functions_writes(db: Database) -> None:
    for role in (Role.APP, Role.WORKER):
        for statement in (
            "INSERT INTO ledger_periods (period) VALUES ('2020-01-01')",
            "UPDATE ledger_entries SET amount_minor = 1",
            "DELETE FROM ledger_entries",
            "UPDATE ledger_balances SET balance_minor = 0, entries = entries + 1",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"):
                async with db.transaction(role) as session:
                    await session.execute(text(statement))
        with pytest.raises(ProgrammingError, match="the operator closes months"):
            async with db.transaction(role) as session:
                await close(session, date(2020, 1, 1), None)


async def test_other_peoples_money_and_closed_months(market: Market, owner: Owner) -> None:
    firm, other = await market.firm("buyer"), await market.firm("buyer")
    now = market.clock.now()
    last = now.date().replace(day=1) - timedelta(days=1)
    earlier = last.replace(day=1) - timedelta(days=1)
    fact = taken(firm.id, 3000, earlier)
    await posted(market.db, fact, taken(other.id, 500, last))
    with pytest.raises(BelowFloor):
        # What another's account holds does not help; nor is the first of the two facts posted.
        await posted(market.db, taken(other.id, 9000, last), returned(firm.id, 3001, last))
    with pytest.raises(DayAhead):
        await posted(market.db, taken(firm.id, 1, now.date() + timedelta(days=2)))

    async def closed(period: date) -> None:
        async with market.db.transaction() as session:
            await act_for(session, None, operator=True)
            await close(session, period, None)

    for wrong in (last.replace(day=1), now.date().replace(day=1), last):
        with refused("cannot be closed now|first_of_month"):
            await closed(wrong)
    await closed(earlier.replace(day=1))
    for day in (earlier, earlier - timedelta(days=400)):
        with pytest.raises(PeriodClosed):
            await posted(market.db, taken(firm.id, 1, day))
    # What was posted before the month was closed may be told again.
    assert len(await posted(market.db, fact)) == 1
    await posted(market.db, returned(firm.id, 1000, last))
    await closed(last.replace(day=1))
    with refused("cannot be closed now"):
        await closed(last.replace(day=1))
    carried = owner.execute(
        "SELECT c.period, a.purpose, c.balance_minor FROM ledger_closings c JOIN ledger_accounts a ON a.id = c.account_id "
        "ORDER BY 1, 2, 3"
    ).fetchall()
    first, second = earlier.replace(day=1), last.replace(day=1)
    assert [row[2] for row in carried if row[0] == first] == [3000, -3000, 0]
    assert [row[2] for row in carried if row[0] == second] == [2500, -2000, -500]

    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert (await ledger_postings(session))[1] == []
        looked, broken = await ledger_balances(session)
        assert (looked, broken) == (3 + 6, [])
    # And they see what is wrong, should anybody get past the walls.
    with owner.transaction():
        owner.execute("ALTER TABLE ledger_entries DISABLE TRIGGER USER")
        owner.execute("UPDATE ledger_entries SET amount_minor = amount_minor - 1 WHERE occurred_on = %s", (earlier,))
        owner.execute("ALTER TABLE ledger_entries ENABLE TRIGGER USER")
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        told = [*(await ledger_postings(session))[1], *(await ledger_balances(session))[1]]
    assert {line.split(" ")[0] for line in told} == {"all", "posting", "balance", "account"}


async def test_a_month_is_closed_when_those_who_post_into_it_are_done(market: Market, owner: Owner) -> None:
    firm = await market.firm("buyer")
    last = market.clock.now().date().replace(day=1) - timedelta(days=1)

    async def close_it() -> None:
        async with market.db.transaction() as session:
            await act_for(session, None, operator=True)
            await close(session, last.replace(day=1), None)

    async with market.db.transaction(Role.WORKER) as session:
        await ledger.post(session, taken(firm.id, 4200, last))
        closing = asyncio.create_task(close_it())
        await asyncio.wait([closing], timeout=0.3)
        assert not closing.done()
    await closing
    carried = owner.execute("SELECT balance_minor FROM ledger_closings ORDER BY 1").fetchall()
    assert carried == [(-4200,), (4200,)]


async def test_everybody_sees_his_own_and_nothing_else(market: Market) -> None:
    mine, other = await market.firm("buyer"), await market.firm("buyer")
    day = market.clock.now().date()
    await posted(market.db, taken(mine.id, 700, day), taken(other.id, 900, day))
    seen: dict[UUID | None, tuple[int, ...]] = {}
    tables = ("accounts", "balances", "entries", "postings")
    for who in (mine.id, new_id(), None):
        async with market.db.transaction() as session:
            await act_for(session, who)
            counts = [await session.scalar(text(f"SELECT count(*) FROM ledger_{table}")) for table in tables]
            seen[who] = tuple(int(count or 0) for count in counts)
            assert await ledger.balance(session, CASH) == 0
            assert await ledger.balance(session, held_for(other.id)) == 0
            if who == mine.id:
                assert await ledger.balance(session, held_for(mine.id)) == 700
                opening, [line] = await ledger.statement(session, held_for(mine.id), day)
                assert (opening, line.amount_minor, line.balance_minor) == (0, 700, 700)
    assert list(seen.values()) == [(1, 1, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0)]
    async with market.db.transaction() as session:
        await act_for(session, None, operator=True)
        assert await ledger.balance(session, CASH) == 1600


async def test_two_currencies_meet_in_the_houses_position(market: Market, owner: Owner) -> None:
    firm = await market.firm("supplier")
    day = market.clock.now().date()
    owed = AccountOf(firm.id, Purpose.PAYABLE_TO_SUPPLIER, "CNY")
    legs = ledger.exchanged([debit(owed, 78_000), credit(AccountOf(None, Purpose.BANK, "EUR"), 10_000)])
    cause = (ledger.CauseKind.PAYOUT, new_id())
    await posted(market.db, ledger.Posting(ledger.FactKind.PAYOUT, cause, day, legs))
    rows = owner.execute(
        "SELECT a.purpose, a.currency, b.balance_minor FROM ledger_balances b JOIN ledger_accounts a ON a.id = b.account_id "
        "ORDER BY 1, 2"
    ).fetchall()
    assert rows == [
        ("bank", "EUR", -10_000),
        ("fx_position", "CNY", -78_000),
        ("fx_position", "EUR", 10_000),
        ("payable_to_supplier", "CNY", 78_000),
    ]
    with pytest.raises(errors.CheckViolation, match="held_by_purpose"):
        owner.execute("INSERT INTO ledger_accounts (purpose, currency) VALUES ('receivable', 'EUR')")
