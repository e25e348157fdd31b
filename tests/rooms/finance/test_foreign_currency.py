"""Money in two currencies: rates locked for deals, what is gained and lost by them, and what open positions are worth."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from app.finance import facade as ledger
from app.finance.facade import AccountOf, CauseKind, FactKind, Leg, Posting, Purpose, credit, debit
from app.finance.fx import facade as fx
from app.finance.fx.checks import foreign_currency
from app.finance.fx.facade import LockedRate, facts_of_difference
from app.finance.fx.rules import facts_of_revaluation, gain_of
from app.finance.ledger.facade import house_balances
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for, acting_for
from app.kit.ids import new_id
from app.reference.exchange import load_rates
from app.reference.facade import Rate, RateMissing, RateTooOld
from tests.market import Market, Member
from tests.rooms.finance.books import posted
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

Owner = psycopg.Connection[Any]
SUPPLIER = new_id()
TODAY = date(2026, 11, 27)
MINOR = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}
AMOUNT = st.integers(1, 10**8)
RATE = st.decimals(Decimal("0.0001"), Decimal(1000), places=6)
BANK = {code: AccountOf(None, Purpose.BANK, code) for code in MINOR}
OWED = {code: AccountOf(SUPPLIER, Purpose.PAYABLE_TO_SUPPLIER, code) for code in MINOR}


def half_away(exact: Fraction) -> int:
    doubled = abs(exact) * 2
    whole = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return whole if exact >= 0 else -whole


def sums(legs: Sequence[Leg]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for account, amount in legs:
        found[account.currency] += amount
    return dict(found)


def on(legs: Sequence[Leg], purpose: Purpose, currency: str) -> int:
    return sum(amount for account, amount in legs if (account.purpose, account.currency) == (purpose, currency))


def settling(paid: int, owed: int, pair: tuple[str, str], rates: dict[str, Decimal], into: str) -> Posting:
    """`paid` comes in, and the house owes `owed` for it."""
    legs = (debit(BANK[pair[0]], paid), credit(OWED[pair[1]], owed))
    cause = (CauseKind.MILESTONE, new_id())
    return facts_of_difference(FactKind.MILESTONE_FUNDED, cause, TODAY, legs, rates=rates, into=into)


PAIRS = st.permutations(sorted(MINOR))


@given(AMOUNT, AMOUNT, PAIRS, RATE, RATE)
def test_the_gain_is_the_difference_at_the_rates(
    paid: int, owed: int, codes: list[str], one: Decimal, two: Decimal
) -> None:
    """Reckoned in either currency or in a third one; every currency comes to nothing, and nothing is open at the day's rates."""
    there, here, third, _ = codes
    for into, rates in ((there, {here: one}), (here, {there: one}), (third, {there: one, here: two})):
        legs = settling(paid, owed, (there, here), rates, into).legs
        assert set(sums(legs).values()) == {0}
        exact = Fraction(0)
        for amount, code in ((paid, there), (-owed, here)):
            scale = Fraction(10) ** (MINOR[into] - MINOR[code])
            exact += amount if code == into else amount * Fraction(rates[code]) * scale
        gain = -on(legs, Purpose.FX_GAIN_LOSS, into)
        assert gain == half_away(exact)
        assert sum(amount for account, amount in legs if account.purpose is Purpose.FX_GAIN_LOSS) == -gain
        positions = {code: on(legs, Purpose.FX_POSITION, code) for code in (there, here, into)}
        assert abs(gain_of(positions, rates, into)) <= 1


@given(st.lists(st.tuples(AMOUNT, AMOUNT, RATE), min_size=1, max_size=6), RATE)
def test_revaluation_leaves_positions_worth_nothing(deals: list[tuple[int, int, Decimal]], later: Decimal) -> None:
    positions: dict[str, int] = defaultdict(int)
    gained = 0
    for paid, owed, rate in deals:
        legs = settling(paid, owed, ("EUR", "USD"), {"USD": rate}, "EUR").legs
        gained -= on(legs, Purpose.FX_GAIN_LOSS, "EUR")
        for code in ("EUR", "USD"):
            positions[code] += on(legs, Purpose.FX_POSITION, code)
    gain = gain_of(positions, {"USD": later}, "EUR")
    fact = facts_of_revaluation(new_id(), TODAY, gain, "EUR")
    if fact is None:
        assert gain == 0
    else:
        gained -= on(fact.legs, Purpose.FX_GAIN_LOSS, "EUR")
        positions["EUR"] += on(fact.legs, Purpose.FX_POSITION, "EUR")
    assert gain_of(positions, {"USD": later}, "EUR") == 0
    # All in all the house has gained what was paid less what its debt is worth in the end.
    owed_all = Fraction(sum(owed for _, owed, _ in deals)) * Fraction(later)
    assert gained == half_away(sum(paid for paid, _, _ in deals) - owed_all)


def test_a_locked_rate_goes_both_ways() -> None:
    rate = LockedRate("EUR", "JPY", Decimal("181.03"), TODAY, "ECB")
    assert (rate.exchange_minor(10_000, "EUR"), rate.exchange_minor(18_103, "JPY")) == (18_103, 10_000)
    assert rate.exchange_minor(1, "JPY") == 1  # 0.55 cents
    for wrong in ("USD", "KWD"):
        with pytest.raises(ValueError, match=wrong):
            rate.exchange_minor(1, wrong)
    with pytest.raises(ValueError, match="does not lead to USD"):
        rate.into("USD")


async def rates(market: Market, *told: tuple[str, str, date]) -> None:
    """The bank tells how many of a currency one euro buys."""
    rows = [
        {"base": "EUR", "quote": code, "on_date": day, "rate": Decimal(rate), "source": "ECB"}
        for code, rate, day in told
    ]
    async with market.db.transaction(Role.WORKER) as session:
        await load_rates(session, rows)


async def locked(market: Market, acting: UUID | None, deal: UUID, **options: Any) -> LockedRate:
    options = {"base": "USD", "quote": "EUR", "day": market.clock.now().date(), **options}
    async with market.db.transaction() as session:
        await act_for(session, acting)
        return await fx.lock(session, deal=("order", deal), **options)


async def test_a_deal_keeps_its_rate(market: Market, owner: Owner) -> None:
    buyer, supplier = await market.firm("buyer"), await market.firm("supplier")
    today, deal = market.clock.now().date(), new_id()
    with pytest.raises(RateMissing):
        await locked(market, buyer.id, deal)
    await rates(market, ("USD", "1.25", today - timedelta(days=8)))
    with pytest.raises(RateTooOld):
        await locked(market, buyer.id, deal)
    await rates(market, ("USD", "1.25", today - timedelta(days=1)))
    found = await asyncio.gather(*(locked(market, firm.id, deal) for firm in (buyer, supplier, buyer)))
    assert set(found) == {LockedRate("USD", "EUR", Decimal("0.8"), today - timedelta(days=1), "ECB")}
    await rates(market, ("USD", "2", today))
    assert await locked(market, supplier.id, deal) == found[0]
    # Asked for the other way round, it is the same rate.
    assert await locked(market, supplier.id, deal, base="EUR", quote="USD") == found[0]
    for given_ in (Decimal("0.81"), Rate(Decimal("0.5"), today, "ECB")):
        with pytest.raises(ValueError, match="another rate"):
            await locked(market, buyer.id, deal, rate=given_)
    agreed = await locked(market, buyer.id, new_id(), rate=Decimal("0.85"))
    assert (agreed.value, agreed.day, agreed.source) == (Decimal("0.85"), today, "agreed")
    exact = await locked(market, buyer.id, new_id(), base="CNY", quote="USD", rate=Decimal(1) / Decimal(7))
    assert exact.value == Decimal(1) / Decimal(7)
    async with market.db.transaction(Role.WORKER) as session, acting_for(session, supplier.id):
        assert await fx.locked(session, ("order", deal), "EUR", "USD") == found[0]
        assert await fx.locked(session, ("order", deal), "EUR", "JPY") is None
        kept = await (await session.connection()).exec_driver_sql("SELECT count(*) FROM fx_locked_rates")
        assert kept.scalar() == 0
    for statement, guard in (
        ("UPDATE fx_locked_rates SET rate = 1", "append-only"),
        ("DELETE FROM fx_locked_rates", "append-only"),
        (
            "INSERT INTO fx_locked_rates (id, deal_kind, deal_id, base, quote, rate, rate_on, source, locked_on) "
            "SELECT uuidv7(), deal_kind, deal_id, quote, base, 1, rate_on, source, locked_on FROM fx_locked_rates",
            "uq_fx_locked_rates_pair",
        ),
    ):
        with pytest.raises(psycopg.Error, match=guard):
            owner.execute(statement)  # type: ignore[arg-type]
    with pytest.raises(DBAPIError, match="row-level security"):
        await locked(market, None, new_id())


async def test_months_are_revalued_in_order_once(market: Market, owner: Owner) -> None:
    operator, buyer = await market.people("operator"), await market.people("buyer")
    supplier = await market.firm("supplier")
    this = market.clock.now().date().replace(day=1)
    last = this - timedelta(days=1)
    before = last.replace(day=1) - timedelta(days=1)
    path = "/v1/operator/ledger/periods/{:%Y-%m}/revaluation"
    await rates(market, ("USD", "1.25", before - timedelta(days=9)), ("CNY", "8", before))
    legs = (debit(AccountOf(None, Purpose.BANK, "EUR"), 900_000), credit(owed(supplier.id, "USD"), 1_000_000))
    async with market.db.transaction(Role.WORKER) as session:
        cause = (CauseKind.MILESTONE, new_id())
        day = before - timedelta(days=9)
        fact = await fx.settled(session, FactKind.MILESTONE_FUNDED, cause, day, legs, into="EUR")
        await ledger.post(session, fact)
    # 9,000 EUR came in for what is worth 8,000.
    assert await of_house(market, Purpose.FX_GAIN_LOSS, last) == {"EUR": -100_000}
    assert await of_house(market, Purpose.FX_POSITION, last) == {"EUR": -800_000, "USD": 1_000_000}
    for caller, status in ((market.nobody, 401), (buyer, 403)):
        assert (await caller.post(path.format(before))).status_code == status
        assert (await caller.get("/v1/operator/fx-revaluations")).status_code == status
    assert (await revalued(operator, path.format(this), 409))["code"] == "fx-revaluation-not-ready"
    assert (await revalued(operator, path.format(before), 409))["code"] == "fx-rate-too-old"
    await rates(market, ("USD", "1.6", before), ("USD", "1.15", last))
    # The dollars that are owed cost 6,250 now.
    first, again = await revalued(operator, path.format(before)), await revalued(operator, path.format(before))
    assert (first["gain"]["minor"], first["gain"]["currency"], again["id"]) == (175_000, "EUR", first["id"])
    assert [one["position"]["minor"] for one in first["positions"]] == [-800_000, 1_000_000]
    assert [one["rate"] for one in first["positions"]] == ["1", "0.625"]
    assert await of_house(market, Purpose.FX_GAIN_LOSS, before) == {"EUR": -275_000}
    second = await revalued(operator, path.format(last))
    assert second["gain"]["minor"] == 625_000 - 869_565
    assert (await revalued(operator, path.format(before - timedelta(days=60)), 409))[
        "code"
    ] == "fx-revaluation-not-ready"
    assert await of_house(market, Purpose.FX_POSITION, last) == {"EUR": -869_565, "USD": 1_000_000}
    page = (await operator.get("/v1/operator/fx-revaluations?limit=1")).json()
    rest = (await operator.get("/v1/operator/fx-revaluations", params={"cursor": page["next_cursor"]})).json()
    assert [one["id"] for one in (*page["items"], *rest["items"])] == [second["id"], first["id"]]
    counts = []
    for limit in (1, 20):
        with count_statements(market.db) as seen:
            await operator.get(f"/v1/operator/fx-revaluations?limit={limit}")
        counts.append(len(seen))
    assert counts[0] == counts[1]

    async def proved() -> list[str]:
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            looked, broken = await foreign_currency(session)
            # Four or five rates, two revaluations, and four postings of gains and losses.
            assert looked == told + 2 + 4
            return broken

    # Of half a cent that is rounded up nothing is left for a position in euros.
    least = (debit(AccountOf(None, Purpose.BANK, "EUR"), 1), credit(owed(supplier.id, "USD"), 1))
    half = {"USD": Decimal("0.5")}
    fact = facts_of_difference(FactKind.PAYOUT, (CauseKind.PAYOUT, new_id()), last, least, rates=half, into="EUR")
    assert {account.currency for account, _ in fact.legs if account.purpose == Purpose.FX_POSITION} == {"USD"}
    async with market.db.transaction(Role.WORKER) as session:
        await ledger.post(session, fact)
    [told] = owner.execute("SELECT count(*) FROM fx_rates").fetchone() or [0]
    assert told == 4 and await proved() == []
    with pytest.raises(psycopg.Error, match="append-only"):
        owner.execute("UPDATE fx_revaluations SET gain_minor = 1")
    with owner.transaction():
        owner.execute("ALTER TABLE fx_revaluations DISABLE TRIGGER USER")
        owner.execute("UPDATE fx_revaluations SET gain_minor = 1 WHERE id = %s", (first["id"],))
        owner.execute("INSERT INTO fx_rates VALUES ('USD', 'EUR', %s, 1.2, 'ECB')", (last,))
        owner.execute("INSERT INTO fx_rates VALUES ('EUR', 'USD', %s, 11.4, 'ECB')", (last - timedelta(days=2),))
    told += 2
    assert await proved() == [
        f"ECB tells EUR and USD of {last} otherwise than turned round",
        f"ECB tells EUR and USD of {last} more than 5 times otherwise than before",
        f"revaluation of {before:%Y-%m}",
    ]
    # A gain that no revaluation made, and one that has come of no exchange.
    [gained] = [row[0] for row in owner.execute("SELECT id FROM ledger_postings WHERE kind = 'milestone_funded'")]
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("UPDATE fx_revaluations SET posting_id = NULL, gain_minor = 0 WHERE id = %s", (second["id"],))
        owner.execute(
            "DELETE FROM ledger_entries e USING ledger_accounts a "
            "WHERE a.id = e.account_id AND a.currency = 'USD' AND e.posting_id = %s",
            (gained,),
        )
    found = await proved()
    assert {f"gain or loss of posting {one}" for one in (second["posting_id"], gained)} <= set(found)


async def test_a_month_with_nothing_open_and_one_that_is_closed(market: Market) -> None:
    operator = await market.people("operator")
    last = market.clock.now().date().replace(day=1) - timedelta(days=1)
    before = last.replace(day=1) - timedelta(days=1)
    path = "/v1/operator/ledger/periods/{:%Y-%m}/revaluation"
    told = await revalued(operator, path.format(before))
    assert (told["gain"]["minor"], told["positions"], told["posting_id"]) == (0, [], None)
    firm = await market.firm("supplier")
    await rates(market, ("USD", "1.25", last))
    legs = ledger.exchanged([debit(owed(firm.id, "USD"), 500), credit(AccountOf(None, Purpose.BANK, "EUR"), 500)])
    await posted(market.db, Posting(FactKind.PAYOUT, (CauseKind.PAYOUT, new_id()), last, legs))
    await made(operator, f"/v1/operator/ledger/periods/{last:%Y-%m}/closing", {}, 200)
    assert (await revalued(operator, path.format(last), 409))["code"] == "ledger-period-closed"
    listed = (await operator.get("/v1/operator/fx-revaluations")).json()["items"]
    assert [one["id"] for one in listed] == [told["id"]]


def owed(supplier_id: UUID, currency: str) -> AccountOf:
    return AccountOf(supplier_id, Purpose.PAYABLE_TO_SUPPLIER, currency)


async def of_house(market: Market, purpose: Purpose, day: date) -> dict[str, int]:
    """What the house's accounts came to, but for those that came to nothing."""
    async with market.db.transaction() as session:
        await act_for(session, None, operator=True)
        return {code: amount for code, amount in (await house_balances(session, purpose, day)).items() if amount}


async def revalued(operator: Member, path: str, status: int = 200) -> dict[str, Any]:
    answer = await operator.post(path)
    assert answer.status_code == status, answer.text
    return dict(answer.json())
