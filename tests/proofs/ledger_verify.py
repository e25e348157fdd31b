"""`make prove POINT=ledger-verify`: what `partingline verify` takes for a ledger of 1,000,000 entries.

The entries are those of 250,000 postings over a year in three currencies, for 1,000 organizations and the house, written through
the tables with all their triggers; half of the months are closed. Holds when the command says within 30 seconds that the books
are right, and says that they are wrong when a single entry was changed past the walls.

    python -m tests.proofs.ledger_verify [--entries 1000000]
"""

import argparse
import asyncio
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import psycopg

from app import wiring
from app.finance.ledger import checks
from app.finance.ledger.rules import month_after
from app.kit.db.engine import Database, Role
from app.settings import Settings
from tests.proofs.record import record
from tests.proofs.stand import own_database, own_settings

WITHIN_S = 30.0
LEGS, BATCH, FIRMS, MONTHS = 4, 25_000, 1_000, 12
CHECKS = {"ledger postings": checks.ledger_postings, "ledger balances": checks.ledger_balances}

FIRMS_AND_ACCOUNTS = """
INSERT INTO organizations (id, code, legal_name_local, legal_name_latin, country, city, roles, locale)
SELECT uuidv7(), 'firm-' || n, 'Firm ' || n, 'Firm ' || n, 'DE', 'Iserlohn', '{buyer}', 'en' FROM generate_series(1, %(firms)s) n;
INSERT INTO ledger_accounts (organization_id, purpose, currency, floor_minor)
SELECT o.id, 'deposit_held', c.currency, 0 FROM organizations o CROSS JOIN unnest(ARRAY['EUR', 'CNY', 'USD']) c (currency);
INSERT INTO ledger_accounts (purpose, currency)
SELECT p.purpose, c.currency FROM unnest(ARRAY['cash_at_provider', 'provider_fees', 'commission_income']) p (purpose)
CROSS JOIN unnest(ARRAY['EUR', 'CNY', 'USD']) c (currency);
CREATE TABLE told (number integer, id uuid, day date, currency text, firm uuid, amount bigint);
"""
# Of each payment a fee is kept by the provider and a commission by the house; the rest is held.
TOLD = """
TRUNCATE told;
INSERT INTO told
SELECT n, uuidv7(), %(first)s::date + (n %% %(days)s), (ARRAY['EUR', 'CNY', 'USD'])[1 + n %% 3],
    f.ids[1 + n %% %(firms)s], 1000 + n %% 99991
FROM generate_series(%(begin)s::integer, %(begin)s::integer + %(batch)s - 1) n,
    (SELECT array_agg(id ORDER BY id) AS ids FROM organizations) f;
INSERT INTO ledger_postings (id, cause_kind, cause_id, kind, occurred_on)
SELECT id, 'payment', id, 'payment_received', day FROM told;
INSERT INTO ledger_entries (posting_id, account_id, holder_id, currency, amount_minor, occurred_on)
SELECT t.id, a.id, a.holder_id, t.currency, l.amount, t.day
FROM told t
CROSS JOIN LATERAL (VALUES
    ('cash_at_provider', NULL::uuid, t.amount - 30), ('provider_fees', NULL, 30),
    ('commission_income', NULL, -(t.amount / 50)), ('deposit_held', t.firm, t.amount / 50 - t.amount)
) l (purpose, firm, amount)
JOIN ledger_accounts a ON a.purpose = l.purpose AND a.currency = t.currency
    AND a.holder_id = coalesce(l.firm, '00000000-0000-0000-0000-000000000000');
"""
COOKED = (
    "UPDATE ledger_entries SET amount_minor = amount_minor - 1 "
    "WHERE id = (SELECT id FROM ledger_entries WHERE amount_minor < -1 ORDER BY id LIMIT 1)"
)


def _filled(statement: str, values: dict[str, object]) -> str:
    return statement % {name: f"'{value}'" if isinstance(value, date) else value for name, value in values.items()}


def load(url: str, entries: int) -> float:
    """Write so many entries, and close half of the months; seconds."""
    this_month = datetime.now(UTC).date().replace(day=1)
    first = date(this_month.year - 1, this_month.month, 1)
    began = time.perf_counter()
    with closing(psycopg.connect(url)) as owner:
        owner.execute(FIRMS_AND_ACCOUNTS % {"firms": FIRMS})  # type: ignore[arg-type]
        owner.commit()
        left = entries // LEGS
        while left > 0:
            values = {"first": first, "days": 365, "firms": FIRMS, "begin": left, "batch": min(BATCH, left)}
            owner.execute(_filled(TOLD, values))  # type: ignore[arg-type]
            owner.commit()
            left -= BATCH
        owner.execute("DROP TABLE told")
        period = first
        for _ in range(MONTHS // 2):
            owner.execute("SELECT set_config('app.operator', 'on', true), ledger_close(%s, NULL)", (period,))
            owner.commit()
            period = month_after(period)
    with closing(psycopg.connect(url, autocommit=True)) as owner:
        owner.execute("VACUUM ANALYZE")
    return round(time.perf_counter() - began, 1)


def verified() -> tuple[bool, float, str]:
    """Whether the command says that all holds, in how many seconds, and what it says."""
    began = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-m", "app.cli", "verify", "--empty-ok"], capture_output=True, text=True, check=False
    )
    return told.returncode == 0, round(time.perf_counter() - began, 1), told.stdout + told.stderr


async def each_check(settings: Settings) -> dict[str, Any]:
    """What each check looked at, found, and took."""
    database, found = Database(settings), {}
    try:
        for name, function in CHECKS.items():
            began = time.perf_counter()
            async with database.transaction(Role.AUDITOR, readonly=True) as session:
                looked, broken = await function(session)
            seconds = round(time.perf_counter() - began, 2)
            found[name] = {"looked_at": looked, "broken": broken, "seconds": seconds}
    finally:
        await database.close()
    return found


def cook(url: str) -> None:
    """Change one entry as only a superuser can who takes the walls down."""
    with closing(psycopg.connect(url)) as owner:
        owner.execute("ALTER TABLE ledger_entries DISABLE TRIGGER USER")
        owner.execute(COOKED)
        owner.execute("ALTER TABLE ledger_entries ENABLE TRIGGER USER")
        owner.commit()


def prove(settings: Settings, entries: int) -> tuple[dict[str, Any], bool]:
    """Load, verify, cook, verify."""
    url = settings.database_url.get_secret_value()
    loading = load(url, entries)
    with closing(psycopg.connect(url)) as owner:
        counts = {
            table: owner.execute(f"SELECT count(*) FROM ledger_{table}").fetchone()[0]  # type: ignore[arg-type, index]
            for table in ("accounts", "postings", "entries", "periods", "closings")
        }
    holds, seconds, said = verified()
    checked = asyncio.run(each_check(settings))
    cook(url)
    still_holds, _, cooked = verified()
    figures = {
        **counts,
        "loading_s": loading,
        "entries_loaded_a_second": round(counts["entries"] / loading),
        "verify_s": seconds,
        "within_s": WITHIN_S,
        "checks": checked,
        "one_entry_changed_is_seen": not still_holds and "posting" in cooked,
    }
    whole = counts["entries"] == entries and counts["periods"] == MONTHS // 2
    right = holds and not any(one["broken"] for one in checked.values())
    if not right:
        sys.stdout.write(said)
    return figures, whole and right and seconds <= WITHIN_S and bool(figures["one_entry_changed_is_seen"])


def main() -> int:
    """Run on a PostgreSQL of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    arguments = parser.parse_args()
    with own_database("ledger_verify") as (url, data_dir), own_settings(url, data_dir) as settings:
        wiring.bring_up(settings)
        figures, holds = prove(settings, arguments.entries)
    return record("ledger-verify", figures, holds=holds)


if __name__ == "__main__":
    sys.exit(main())
