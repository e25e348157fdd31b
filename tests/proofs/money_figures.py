"""`make prove POINT=money-figures`: how long figures of money take over 100,000 open items.

One firm has issued all of them, to 1,000 others in three currencies, beside twice as many that are settled; a fifth are of deals
that are paid by milestones, and what it is owed of those is partly under way. Each read model is read under the application's own
role, as the firm and as the operator, and beside it the bare SQL that counts the same open items for a superuser. Holds when
what is open and how old it is takes at most a second in its slowest hundredth and a forecast two, and ages say to the minor unit
what plain SQL adds up.

    python -m tests.proofs.money_figures [--items 100000] [--rounds 100]
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from app import wiring
from app.finance.figures import forecast_queries, queries, rules
from app.finance.figures.queries import LineFilter, Whose
from app.finance.figures.states import Every, FigureSide, LineKind
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.settings import Settings
from tests.proofs.record import record
from tests.proofs.stand import own_database, own_settings

FIRMS, PAGE, PERIODS = 1_000, 21, 12
WITHIN_MS, FORECAST_WITHIN_MS = 1_000.0, 2_000.0
SIZES = "(SELECT %(items)s::integer AS items, %(firms)s::integer AS firms, %(today)s::date AS today)"
# Rows as years of business leave them; triggers and foreign keys are for who writes them one by one.
FILL = f"""
SET session_replication_role = replica;
INSERT INTO organizations (id, code, legal_name_local, legal_name_latin, country, city, roles, locale)
SELECT uuidv7(), 'figure-' || n, 'Firm ' || n, 'Firm ' || n, 'DE', 'Iserlohn', '{{buyer,supplier}}', 'en'
FROM {SIZES} s, generate_series(0, s.firms) n;
CREATE TEMPORARY TABLE firms AS
SELECT id, substr(code, 8)::integer AS n FROM organizations WHERE code LIKE 'figure-%%';
CREATE TEMPORARY TABLE deals AS
SELECT d.n, uuidv7() AS id, uuidv7() AS deal_id, f.id AS buyer_id, (SELECT id FROM firms WHERE n = 0) AS supplier_id,
    (ARRAY['EUR', 'CNY', 'USD'])[1 + d.n %% 3] AS currency, 10000 + d.n %% 9973 AS total
FROM {SIZES} s, generate_series(1, s.items / 5) d (n), firms f WHERE f.n = 1 + d.n %% s.firms;
INSERT INTO payment_schedules (id, deal_kind, deal_id, deal_number, buyer_id, supplier_id, currency, total_minor, retention_bp,
    retention_days, silence_days, payment_days)
SELECT id, 'deal', deal_id, 'D-' || n, buyer_id, supplier_id, currency, 2 * total, 500, 90, 14, 30 FROM deals;
INSERT INTO payment_milestones (id, schedule_id, buyer_id, supplier_id, currency, position, part_id, key, share_bp, amount_minor,
    retention_minor, evidence, expected_on, state, accepted_at, accepted_by, free_on, funded_minor, released_minor)
SELECT uuidv7(), d.id, d.buyer_id, d.supplier_id, d.currency, p, uuidv7(), 'm' || p, 5000, d.total, d.total / 20,
    'bill_of_lading', s.today + d.n %% 300, CASE p WHEN 1 THEN 'accepted' ELSE 'planned' END,
    CASE p WHEN 1 THEN s.today::timestamptz END, CASE p WHEN 1 THEN 'buyer' END, CASE p WHEN 1 THEN s.today + 90 END,
    CASE p WHEN 1 THEN d.total ELSE 0 END, CASE p WHEN 1 THEN d.total - d.total / 20 ELSE 0 END
FROM {SIZES} s, deals d, generate_series(1, 2) p;
INSERT INTO commission_agreements (id, deal_kind, deal_id, supplier_id, currency, rate_bp, least_minor, rule_id, agreed_on)
SELECT uuidv7(), 'deal', deal_id, supplier_id, currency, 450, 0, uuidv7(), s.today FROM {SIZES} s, deals;
INSERT INTO payout_items (id, supplier_id, cause_kind, cause_id, occasion, payment, by_bank, currency, amount_minor,
    released_on, due_on)
SELECT uuidv7(), supplier_id, 'milestone', id, 1, 'pi', false, currency, total / 2, s.today, s.today + n %% 7
FROM {SIZES} s, deals WHERE n %% 4 = 0;
INSERT INTO open_items (id, issuer_id, recipient_id, kind, invoice_id, number, currency, issued_on, due_on, amount_minor,
    settled_minor, entries, closed_on, subject_kind, subject_id)
SELECT uuidv7(), o.id, f.id, CASE i.n %% 40 WHEN 0 THEN 'credit' ELSE 'invoice' END, uuidv7(), 'RE-' || i.n,
    (ARRAY['EUR', 'CNY', 'USD'])[1 + i.n %% 3], s.today - 200, s.today - 200 + i.n %% 300, 20000 + i.n %% 9973,
    CASE WHEN i.n > s.items THEN 20000 + i.n %% 9973 ELSE i.n %% 101 END, 1, CASE WHEN i.n > s.items THEN s.today END,
    'deal', coalesce(d.deal_id, uuidv7())
FROM {SIZES} s CROSS JOIN generate_series(1, 3 * s.items) i (n) JOIN firms f ON f.n = 1 + i.n %% s.firms
JOIN firms o ON o.n = 0 LEFT JOIN deals d ON d.n = i.n;
SET session_replication_role = origin;
"""
COUNT = "SELECT count(*) FROM open_items WHERE issuer_id = %s AND closed_on IS NULL"
ADDED = """
SELECT currency, sum(amount_minor - settled_minor) FILTER (WHERE kind = 'invoice')::bigint,
    sum(amount_minor - settled_minor) FILTER (WHERE kind = 'credit')::bigint
FROM open_items WHERE closed_on IS NULL GROUP BY 1 ORDER BY 1
"""

Reading = Callable[[AsyncSession, Whose], Awaitable[Any]]


def fill(connection: psycopg.Connection[Any], items: int, firms: int, today: date) -> UUID:
    """Write so many open items of one firm, and all that is beside them; the firm."""
    values = {"items": items, "firms": firms, "today": today}
    # Bound by the client: the server takes values for one statement at a time.
    psycopg.ClientCursor(connection).execute(FILL, values)  # type: ignore[arg-type]
    [found] = connection.execute("SELECT id FROM firms WHERE n = 0").fetchone() or [None]
    assert isinstance(found, UUID)
    return found


def read_models(today: date) -> dict[str, Reading]:
    """What is read, by name."""
    *_, horizon = rules.first_days(today, Every.WEEK, PERIODS)

    async def by_firm(session: AsyncSession, whose: Whose) -> Any:
        return await queries.open_figures(session, whose, today=today, after=None, most=PAGE)

    async def ageing(session: AsyncSession, whose: Whose) -> Any:
        return await queries.age_figures(session, whose, today=today)

    async def lines(session: AsyncSession, whose: Whose) -> Any:
        return await queries.open_lines(session, whose, LineFilter(kinds=("invoice",)), after=None, most=PAGE)

    async def forecast(session: AsyncSession, whose: Whose) -> Any:
        return await forecast_queries.forecast_sums(session, whose, today=today, every=Every.WEEK, horizon=horizon)

    async def forecast_lines(session: AsyncSession, whose: Whose) -> Any:
        kinds = tuple(LineKind)
        return await forecast_queries.forecast_lines(
            session, whose, kinds=kinds, currency=None, days=rules.EVER, after=None, most=PAGE
        )

    return {
        "open items by firm, a page": by_firm,
        "ageing": ageing,
        "open items, a page": lines,
        "forecast": forecast,
        "lines of the forecast, a page": forecast_lines,
    }


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """The middle and the slowest hundredth, in milliseconds."""
    ordered = sorted(seconds)
    slowest = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return {"p50_ms": round(ordered[len(ordered) // 2] * 1000, 2), "p99_ms": round(slowest * 1000, 2)}


async def measured(database: Database, firm: UUID, today: date, rounds: int) -> tuple[dict[str, Any], list[Any]]:
    """How long each read model takes, and the ages that everybody's comes to."""
    found: dict[str, Any] = {}
    ages: list[Any] = []
    for who, organization in (("a firm", firm), ("everybody", None)):
        whose = Whose(FigureSide.PAYEE, organization)
        for name, reading in read_models(today).items():
            took = []
            for _ in range(rounds):
                async with database.transaction(Role.APP, readonly=True) as session:
                    await act_for(session, firm, operator=organization is None)
                    began = time.perf_counter()
                    told = await reading(session, whose)
                    took.append(time.perf_counter() - began)
            assert told, name
            ages = told if name == "ageing" else ages
            found[f"{name}: {who}"] = spread(took)
    return found, ages


def bare(connection: psycopg.Connection[Any], firm: UUID, rounds: int) -> dict[str, float]:
    """The count of the firm's open items."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        connection.execute(COUNT, (firm,)).fetchone()
        took.append(time.perf_counter() - began)
    return spread(took)


def prove(settings: Settings, items: int, firms: int, rounds: int) -> tuple[dict[str, Any], bool]:
    """Fill, measure, compare."""
    today, url = datetime.now(UTC).date(), settings.database_url.get_secret_value()
    with closing(psycopg.connect(url)) as owner:
        firm = fill(owner, items, firms, today)
        owner.commit()
    with closing(psycopg.connect(url, autocommit=True)) as owner:
        owner.execute("VACUUM ANALYZE")
        counted = bare(owner, firm, rounds)
        added = [tuple(row) for row in owner.execute(ADDED)]

    async def timed() -> tuple[dict[str, Any], list[Any]]:
        database = Database(settings)
        try:
            return await measured(database, firm, today, rounds)
        finally:
            await database.close()

    times, ages = asyncio.run(timed())
    told = [
        (currency, *(sum(row.minor for row in ages if (row.currency, row.kind) == (currency, kind)) for kind in kinds))
        for kinds in [("invoice", "credit")]
        for currency in sorted({row.currency for row in ages})
    ]
    figures = {"open_items": items, "firms": firms, "rounds": rounds, "bare_count": counted, "within_ms": WITHIN_MS}
    figures["forecast_within_ms"] = FORECAST_WITHIN_MS
    figures |= {"read_models": times, "agree_with_plain_sql": told == added}
    quick = all(
        one["p99_ms"] <= (FORECAST_WITHIN_MS if "forecast" in name else WITHIN_MS) for name, one in times.items()
    )
    return figures, told == added and quick


def main() -> int:
    """Run on a PostgreSQL of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--firms", type=int, default=FIRMS)
    parser.add_argument("--rounds", type=int, default=100)
    arguments = parser.parse_args()
    with own_database("money_figures") as (url, data_dir), own_settings(url, data_dir) as settings:
        wiring.bring_up(settings)
        figures, holds = prove(settings, arguments.items, arguments.firms, arguments.rounds)
    return record("money-figures", figures, holds=holds)


if __name__ == "__main__":
    sys.exit(main())
