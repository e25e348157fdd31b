"""Rates of exchange for money that is booked: by day and source, exact, not too old; how they are loaded and fetched."""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import ProgrammingError
from typer.testing import CliRunner

from app.cli import cli
from app.gateways.exchange_rates import HttpRateFeed
from app.gateways.web_files import HttpWebFiles, WebFileUnavailable
from app.kit.db.engine import Database, Role
from app.kit.jobs import Runtime
from app.reference.dated import MOST_DAYS_OLD, Rate, best_rate, fx_rate, rate_on, rates_on
from app.reference.errors import RateMissing, RateTooOld, UnknownCode
from app.reference.exchange import load_rates
from app.reference.jobs import fetch_rates
from app.reference.rules import exchange_minor
from app.settings import Settings
from tests.market import Market
from tests.rooms.documents.web_site import Site, serving
from tests.rooms.reference.rate_files import ecb_file, table

Owner = psycopg.Connection[Any]
DAY = date(2026, 11, 26)
FILES = "/v1/operator/fx-rates"


def row(base: str, quote: str, rate: str, days_ago: int = 0, source: str = "ECB") -> dict[str, object]:
    on = DAY - timedelta(days=days_ago)
    return {"base": base, "quote": quote, "on_date": on, "rate": Decimal(rate), "source": source}


async def loaded(db: Database, *rows: dict[str, object]) -> int:
    """How many of these rates are news."""
    async with db.transaction(Role.WORKER) as session:
        return await load_rates(session, rows)


async def rate(db: Database, base: str, quote: str, day: date = DAY, **options: Any) -> Rate:
    async with db.transaction(Role.WORKER, readonly=True) as session:
        return await rate_on(session, base, quote, day, **options)


def test_amounts_are_rounded_once_half_away_from_nought() -> None:
    for amount, source, target, value, expected in (
        (10_000, "EUR", "JPY", "181.03", 18_103),
        (18_103, "JPY", "EUR", "0.00552", 9993),  # 9992.856
        (1, "JPY", "KWD", "0.0020", 2),
        (1_000, "KWD", "JPY", "480.5", 481),
        (1_000, "KWD", "EUR", "2.8155", 282),  # 281.55
        (5, "EUR", "USD", "0.5", 3),
        (-5, "EUR", "USD", "0.5", -3),
        (3, "EUR", "USD", "0.5", 2),
        (-1, "EUR", "KWD", "0.00005", 0),
        (7, "EUR", "EUR", "1", 7),
    ):
        assert exchange_minor(amount, source, target, Decimal(value)) == expected, (amount, source, target)
    for wrong in ("0", "-1", "NaN", "Infinity"):
        with pytest.raises(ValueError, match="positive"):
            exchange_minor(1, "EUR", "USD", Decimal(wrong))


NUMBER = st.decimals(Decimal("0.0001"), Decimal(100_000), places=6)


@given(NUMBER, NUMBER, st.integers(-(10**13), 10**13))
def test_a_crossed_rate_is_as_good_as_both(usd: Decimal, cny: Decimal, amount: int) -> None:
    told = {("EUR", "USD"): Rate(usd, DAY, "ECB"), ("EUR", "CNY"): Rate(cny, DAY, "ECB")}
    there, back = best_rate(told, "USD", "CNY"), best_rate(told, "CNY", "USD")
    assert there is not None and back is not None and (there.day, there.source) == (DAY, "ECB")
    exact = Fraction(cny) / Fraction(usd)
    assert abs(Fraction(there.value) - exact) <= exact / 10**48
    # Fifty digits are enough: an amount comes to the minor unit that exact fractions come to.
    doubled = abs(amount * exact) * 2
    whole = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    if doubled.denominator != 1 or doubled.numerator % 2 == 0:
        assert exchange_minor(amount, "USD", "CNY", there.value) == (whole if amount >= 0 else -whole)


def test_the_newest_way_is_taken() -> None:
    before = DAY - timedelta(days=1)
    told = {
        ("EUR", "USD"): Rate(Decimal("1.10"), DAY, "ECB"),
        ("EUR", "CNY"): Rate(Decimal("7.70"), before, "ECB"),
        ("USD", "CNY"): Rate(Decimal("7.05"), before, "PBoC"),
        ("AUD", "USD"): Rate(Decimal("0.50"), DAY, "RBA"),
        ("AUD", "CNY"): Rate(Decimal("3.60"), DAY, "RBA"),
        ("CNY", "JPY"): Rate(Decimal("22"), DAY, "PBoC"),
    }
    assert best_rate(told, "USD", "CNY") == Rate(Decimal("7.20"), DAY, "RBA")
    del told["AUD", "CNY"]
    assert best_rate(told, "USD", "CNY") == Rate(Decimal("7.05"), before, "PBoC")
    del told["USD", "CNY"]
    assert best_rate(told, "USD", "CNY") == Rate(Decimal(7), before, "ECB")
    assert best_rate(told, "EUR", "JPY") == Rate(Decimal("169.4"), before, "ECB, PBoC")
    assert best_rate(told, "JPY", "USD") is None
    with localcontext(prec=50):
        assert best_rate(told, "JPY", "CNY") == Rate(1 / Decimal(22), DAY, "PBoC")


async def test_rates_by_day_and_source(db: Database) -> None:
    assert (
        await loaded(db, row("EUR", "USD", "1.15", 3), row("EUR", "CNY", "8.20", 3), row("EUR", "USD", "1.10", 30)) == 3
    )
    assert await rate(db, "EUR", "USD") == Rate(Decimal("1.15"), DAY - timedelta(days=3), "ECB")
    assert (await rate(db, "USD", "CNY")).value == Decimal("7.1304347826086956521739130434782608695652173913043")
    assert await rate(db, "EUR", "USD", DAY - timedelta(days=25)) == Rate(
        Decimal("1.1"), DAY - timedelta(days=30), "ECB"
    )
    assert (await rate(db, "JPY", "JPY")).value == 1
    for day, most, found in ((DAY - timedelta(days=4), 7, 30), (DAY, 2, 3)):
        with pytest.raises(RateTooOld) as old:
            await rate(db, "USD", "EUR", day, most_days_old=most)
        assert old.value.params["found"] == DAY - timedelta(days=found)
    for base, quote, day in (("EUR", "JPY", DAY), ("EUR", "USD", DAY - timedelta(days=31))):
        with pytest.raises(RateMissing):
            await rate(db, base, quote, day)
    with pytest.raises(UnknownCode):
        await rate(db, "EUR", "XAU")
    # Of several sources of one day, the one that told last; each stays what it is.
    assert await loaded(db, row("EUR", "USD", "1.16", 3, "Bank")) == 1
    assert (await rate(db, "EUR", "USD")).source == "Bank"
    assert (await rate(db, "EUR", "USD", source="ECB")).value == Decimal("1.15")
    assert (await rate(db, "USD", "CNY")).source == "Bank, ECB"
    with pytest.raises(RateMissing):
        await rate(db, "USD", "CNY", source="Bank")
    # Told again it is no news; corrected it is.
    assert await loaded(db, row("EUR", "USD", "1.15", 3)) == 0
    assert (await rate(db, "EUR", "USD")).source == "Bank"
    assert await loaded(db, row("EUR", "USD", "1.14", 3), row("EUR", "USD", "1.13", 3)) == 1
    assert await rate(db, "EUR", "USD") == Rate(Decimal("1.13"), DAY - timedelta(days=3), "ECB")
    async with db.transaction() as session:
        assert await fx_rate(session, "EUR", "USD", DAY) == Decimal("1.13")
        told = await (await session.connection()).exec_driver_sql("SELECT rate FROM latest_rate('EUR', 'USD')")
        assert told.scalar() == Decimal("1.13")


async def test_indications_go_by_the_same_rule(db: Database) -> None:
    # A fresh rate across the euro goes before an old one that is told straight, and before one turned round.
    await loaded(db, row("USD", "CNY", "6.00", 6), row("EUR", "USD", "1.25", 1), row("EUR", "CNY", "9", 2))
    await loaded(db, row("CNY", "JPY", "20", MOST_DAYS_OLD + 1), row("EUR", "GBP", "0.8", MOST_DAYS_OLD))
    async with db.transaction(Role.WORKER, readonly=True) as session:
        assert await fx_rate(session, "USD", "CNY", DAY) == Decimal("7.2")
        found = await rates_on(session, ["USD", "CNY", "EUR", "JPY", "GBP"], "CNY", DAY)
        booked = await rate_on(session, "USD", "CNY", DAY)
        # Neither knows what the other one does not: a rate that is older than a week is none.
        assert await fx_rate(session, "CNY", "JPY", DAY) is None and await fx_rate(session, "EUR", "JPY", DAY) is None
        with pytest.raises(RateTooOld) as old:
            await rate_on(session, "CNY", "JPY", DAY)
        assert await fx_rate(session, "CNY", "JPY", DAY - timedelta(days=1)) == 20
        assert await fx_rate(session, "GBP", "EUR", DAY + timedelta(days=1)) is None
    day = DAY - timedelta(days=2)
    assert {base: (one.value, one.day) for base, one in found.items()} == {
        "USD": (Decimal("7.200000000000"), day),
        "EUR": (Decimal(9), day),
        "CNY": (Decimal(1), DAY),
        "GBP": (Decimal("11.25"), DAY - timedelta(days=MOST_DAYS_OLD)),
    }
    assert (booked.value, booked.day) == (Decimal("7.2"), day)
    # Who is refused learns what to load.
    assert old.value.params["first"] == DAY - timedelta(days=MOST_DAYS_OLD)
    assert "/v1/operator/fx-rates/" in str(RateTooOld.detail) and "{first}" in str(RateMissing.detail)


async def test_the_operator_loads_files(market: Market, owner: Owner) -> None:
    operator, buyer = await market.people("operator"), await market.people("buyer")
    day = market.clock.now().date().isoformat()
    good = {"ecb": ecb_file({day: {"USD": "1.15", "ISK": "147"}}), "table": table(f"EUR,USD,{day},1.16,Bank")}
    for kind, content in good.items():
        header = {"Content-Type": "application/xml" if kind == "ecb" else "text/csv"}
        for caller, status in ((market.nobody, 401), (buyer, 403)):
            answer = await caller.put(f"{FILES}/{kind}", content=content, headers=header)
            assert answer.status_code == status
        assert owner.execute(
            "SELECT count(*) FROM fx_rates WHERE source = %s", ("ECB" if kind == "ecb" else "Bank",)
        ).fetchone() == (0,)
        refused = await operator.put(f"{FILES}/{kind}", content=content[:40], headers=header)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid"), refused.text
        assert refused.json()["errors"][0]["detail"]
        for changed in (1, 0):
            answer = await operator.put(f"{FILES}/{kind}", content=content, headers=header)
            left_out = ["ISK"] if kind == "ecb" else []
            assert answer.json() == {"told": 1, "changed": changed, "left_out": left_out}, answer.text
    found = (await market.nobody.get("/v1/reference/fx-rates?limit=1")).json()
    rest = (await market.nobody.get("/v1/reference/fx-rates", params={"cursor": found["next_cursor"]})).json()
    assert [one["source"] for one in (*found["items"], *rest["items"])] == ["ECB", "Bank"]
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with market.db.transaction() as session:
            await load_rates(session, [row("EUR", "USD", "9")])


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        yield found


async def test_a_bank_is_asked_on_working_days(market: Market, site: Site, owner: Owner) -> None:
    def kept() -> list[tuple[Any, ...]]:
        return owner.execute("SELECT quote, rate, source FROM fx_rates ORDER BY 1").fetchall()

    web_files = HttpWebFiles(max_bytes=5000, allow_http=True, allowed_networks=["127.0.0.0/8"])
    feed = HttpRateFeed(site.url + "/daily.xml", web_files)
    runtime = Runtime(market.settings, market.db, market.clock, {"rate_feed": feed})
    day = market.clock.now().date().isoformat()
    await fetch_rates(Runtime(market.settings, market.db, market.clock, market.app.state.gateways))
    assert (site.asked, market.app.state.gateways["rate_feed"]) == ([], None)
    with pytest.raises(WebFileUnavailable):
        site.put("/daily.xml", status=503)
        await fetch_rates(runtime)
    for content in (b"<html/>", b"x" * 6000, ecb_file({"2000-01-03": {"USD": "0"}})):
        site.put("/daily.xml", content, "text/xml")
        await fetch_rates(runtime)
        assert kept() == []
    site.put("/daily.xml", ecb_file({day: {"USD": "1.1572", "ISK": "147"}}), "text/xml")
    for _ in range(2):
        await fetch_rates(runtime)
        assert kept() == [("USD", Decimal("1.157200000000"), "ECB")]
    # Not from inside, whatever the address.
    inside = HttpRateFeed(site.url + "/daily.xml", HttpWebFiles(max_bytes=5000, allow_http=True))
    asked = len(site.asked)
    with pytest.raises(Exception, match="address_forbidden"):
        await fetch_rates(Runtime(market.settings, market.db, market.clock, {"rate_feed": inside}))
    assert len(site.asked) == asked


def test_the_command_loads_a_history(
    settings: Settings, owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("PARTINGLINE_SECRET_KEY", settings.secret_key.get_secret_value())
    days = {
        (date(2020, 1, 1) + timedelta(days=at)).isoformat(): {"USD": f"1.{at:04}", "JPY": "120"} for at in range(900)
    }
    history, own = tmp_path / "eurofxref-hist.xml", tmp_path / "own.csv"
    history.write_bytes(ecb_file(days))
    own.write_bytes(table("USD,KWD,2020-01-02,0.305,Bank", "USD,KWD,2020-01-03,0,Bank"))
    for expected in ("1800 rates, 1800 of them new", "1800 rates, 0 of them new"):
        done = CliRunner().invoke(cli, ["rates", "ecb", str(history)])
        assert done.exit_code == 0 and expected in done.output, done.output
    assert owner.execute("SELECT count(*), min(on_date) FROM fx_rates").fetchone() == (1800, date(2020, 1, 1))
    refused = CliRunner().invoke(cli, ["rates", "table", str(own)])
    assert refused.exit_code == 1 and "Row 3: rate is not right" in refused.stderr
    assert CliRunner().invoke(cli, ["rates", "table", os.devnull]).exit_code == 1
    assert CliRunner().invoke(cli, ["rates", "ecb", str(tmp_path / "none.xml")]).exit_code == 1
    assert owner.execute("SELECT count(*) FROM fx_rates").fetchone() == (1800,)
