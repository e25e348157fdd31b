"""The database displays values as the program does: identical texts for whatever value, unit, currency, locale and system."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

import psycopg
import pytest

from app.kit.clock import Clock
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.kit.locales import LOCALES
from app.reference import facade
from app.reference.dated import fx_rate
from app.reference.exchange import load_rates
from app.reference.facade import System
from app.reference.formats import sync_formats

Owner = psycopg.Connection[tuple[object, ...]]
SYSTEMS: tuple[System, ...] = get_args(System)


def some_number(random_: random.Random) -> Decimal:
    """A number as listings have them: whole, round, tiny, huge, half-way, negative, with zeros at its end."""
    digits = random_.choice([1, 1, 2, 3, 4, 6, 9, 13])
    decimals = random_.choice([0, 0, 0, 1, 2, 3, 4, 6, 7, 9])
    number = Decimal(random_.randrange(0, 10**digits)).scaleb(-decimals)
    number = random_.choice([number, number, Decimal(random_.choice([0, 1, 2, 3, 5, 10, 11, 99, 100, 103, 10**6]))])
    if random_.random() < 0.1:
        number = number.quantize(Decimal("0.01")) if number < 10**12 else number
    negative = random_.random() < 0.1 and round(number, 6) != 0
    return -number if negative else number


def many(count: int) -> Iterator[tuple[Decimal, Decimal, str, str, System]]:
    """Two numbers in order, a unit, a locale and a system; every unit, locale and system at least once."""
    random_ = random.Random(count)
    wanted = [(unit, locale, system) for unit in facade.units() for locale in LOCALES for system in SYSTEMS]
    for index in range(count):
        unit, locale, system = wanted[index % len(wanted)]
        low, high = sorted((some_number(random_), some_number(random_)))
        yield low, high, unit, locale, system


def test_numbers_and_quantities_are_the_same(owner: Owner) -> None:
    cases = list(many(8000))
    assert {(unit, locale, system) for _, _, unit, locale, system in cases} == {
        (unit, locale, system) for unit in facade.units() for locale in LOCALES for system in SYSTEMS
    }
    rows = owner.execute(
        "SELECT display_number(v, l), display_quantity(v, u, l, s) "
        "FROM unnest(%s::numeric[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS c (v, u, l, s, n) ORDER BY n",
        ([low for low, *_ in cases], *([case[index] for case in cases] for index in (2, 3, 4))),
    ).fetchall()
    differing = [
        (low, unit, locale, system, shown)
        for (low, _, unit, locale, system), shown in zip(cases, rows, strict=True)
        if shown != (facade.display_number(low, locale), facade.display_quantity(low, unit, locale, system).text)
    ]
    assert differing == []


def test_ranges_are_the_same(owner: Owner) -> None:
    cases = list(many(4000))
    rows = owner.execute(
        "SELECT display_range(a, b, u, l, s) FROM unnest(%s::numeric[], %s::numeric[], %s::text[], %s::text[], %s::text[]) "
        "WITH ORDINALITY AS c (a, b, u, l, s, n) ORDER BY n",
        tuple([case[index] for case in cases] for index in range(5)),
    ).fetchall()
    differing = [
        (case, shown, facade.display_range(*case))
        for case, (shown,) in zip(cases, rows, strict=True)
        if shown != facade.display_range(*case)
    ]
    assert differing == []


def test_money_is_the_same(owner: Owner) -> None:
    random_ = random.Random(7)
    cases = [
        (random_.choice([0, 1, 99, 100, 123456, 10**9, 10**15, random_.randrange(10**8)]) * random_.choice([1, 1, -1]),
         currency, locale)
        for currency in facade.currencies() for locale in LOCALES for _ in range(8)
    ]  # fmt: skip
    rows = owner.execute(
        "SELECT display_money(a, c, l) FROM unnest(%s::bigint[], %s::text[], %s::text[]) WITH ORDINALITY AS t (a, c, l, n) "
        "ORDER BY n",
        tuple([case[index] for case in cases] for index in range(3)),
    ).fetchall()
    assert len(rows) > 2000
    assert [
        (case, shown) for case, (shown,) in zip(cases, rows, strict=True) if shown != facade.display_money(*case)
    ] == []


async def test_rates_are_the_same(db: Database, owner: Owner) -> None:
    today = Clock().now().date()
    rates: list[dict[str, Any]] = [
        {"base": base, "quote": quote, "on_date": on, "rate": Decimal(rate), "source": "test"}
        for base, quote, on, rate in [
            ("EUR", "USD", today, "1.0837"),
            ("EUR", "USD", today - timedelta(days=2), "1.2"),
            ("USD", "EUR", today - timedelta(days=1), "0.7"),
            ("EUR", "CNY", today - timedelta(days=1), "7.9117"),
            ("JPY", "EUR", today, "0.0061"),
            # Older than the way across the euro.
            ("USD", "CNY", today - timedelta(days=5), "7.01"),
            ("EUR", "GBP", date(9000, 1, 1), "0.8"),
        ]
    ]
    async with db.transaction() as session:
        await act_for(session, None, operator=True)
        await load_rates(session, rates)
        for source in ("EUR", "USD", "CNY", "JPY", "GBP"):
            for target in ("EUR", "USD", "CNY", "JPY", "GBP"):
                if source == target:
                    continue
                expected = await fx_rate(session, source, target, today)
                await session.flush()
                connection = await session.connection()
                row = (
                    await connection.exec_driver_sql("SELECT rate FROM latest_rate(%s, %s)", (source, target))
                ).one_or_none()
                assert (row is None) == (expected is None), (source, target)
                assert row is None or abs(row[0] / expected - 1) < Decimal("1e-9"), (source, target)


async def test_the_formats_are_written_again_without_a_change(db: Database, owner: Owner) -> None:
    def contents() -> list[object]:
        return [owner.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3").fetchall()
                for name in ("unit_formats", "currency_formats", "locale_formats")]  # fmt: skip

    before = contents()
    assert sum(len(rows) for rows in before if isinstance(rows, list)) > 1000
    async with db.transaction(Role.OWNER) as session:
        assert await sync_formats(session) == await sync_formats(session)
    assert contents() == before


@pytest.mark.parametrize("locale", LOCALES)
def test_a_range_names_both_its_ends(owner: Owner, locale: str) -> None:
    for high in (2, 1):
        row = owner.execute("SELECT display_range(0, %s, 'DAY', %s, 'metric')", (high, locale)).fetchone()
        assert row is not None and f"0–{high}" in str(row[0])
