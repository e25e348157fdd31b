"""`make prove POINT=ledger-contention`: 64 workers post to the same two accounts at once, each posting a transaction of its own.

Half of them take a deposit of one member, half give it back, so that balances go both ways. Holds when no posting is lost or made
twice, both balances are what was posted, nobody waited for somebody who waited for him, what `partingline verify` recomputes of
the books holds, and there are at least a fifth as many postings a second as a psycopg loop makes of two bare UPDATEs on as many
connections to the same server.

    python -m tests.proofs.ledger_contention [--seconds 10]
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg

from app import wiring
from app.finance import facade as ledger
from app.finance.ledger.checks import ledger_balances, ledger_postings
from app.kit.clock import Clock
from app.kit.db.engine import Database, Role
from app.kit.ids import new_id
from app.settings import Settings
from tests.proofs.oversell import deadlocks
from tests.proofs.record import record
from tests.proofs.stand import own_database, own_settings
from tests.rooms.finance.books import posted, returned, taken

WORKERS, FLOOR, ROUNDS_EACH = 64, 0.2, 2
PLENTY = 10**12
FIRM = (
    "INSERT INTO organizations (id, code, legal_name_local, legal_name_latin, country, city, roles, locale) "
    "VALUES (%s, 'firm', 'Firm', 'Firm', 'DE', 'Iserlohn', '{buyer}', 'en')"
)
BARE_TABLES = """
CREATE TABLE IF NOT EXISTS bare_balances (id integer PRIMARY KEY, balance bigint NOT NULL) WITH (fillfactor = 50);
INSERT INTO bare_balances VALUES (1, 0), (2, 0) ON CONFLICT DO NOTHING;
"""
BARE = "UPDATE bare_balances SET balance = balance + %s WHERE id = %s"

Once = Callable[[int], Awaitable[None]]


async def at_once(once: Once, seconds: float, workers: int) -> tuple[list[int], float]:
    """How often each worker did it, and how often a second all did, once everybody is connected."""
    await asyncio.gather(*(once(number) for number in range(workers)))
    done = [1] * workers
    began = time.perf_counter()

    async def work(number: int) -> None:
        while time.perf_counter() < began + seconds:
            await once(number)
            done[number] += 1

    await asyncio.gather(*(work(number) for number in range(workers)))
    return done, (sum(done) - workers) / (time.perf_counter() - began)


async def post(database: Database, firm: UUID, seconds: float, workers: int) -> tuple[list[int], float]:
    """Through the facade, as another room calls it."""
    day = Clock().now().date()

    async def once(number: int) -> None:
        fact = taken(firm, 1, day) if number % 2 else returned(firm, 1, day)
        async with database.transaction(Role.WORKER) as session:
            await ledger.post(session, fact)

    return await at_once(once, seconds, workers)


async def bare(url: str, seconds: float, workers: int) -> tuple[list[int], float]:
    """Two UPDATEs and a commit, in the same order by everybody."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(BARE_TABLES)
    connections = [await psycopg.AsyncConnection.connect(url, autocommit=True) for _ in range(workers)]

    async def once(number: int) -> None:
        amount = 1 if number % 2 else -1
        async with connections[number].transaction():
            await connections[number].execute(BARE, (-amount, 1))
            await connections[number].execute(BARE, (amount, 2))

    try:
        return await at_once(once, seconds, workers)
    finally:
        for connection in connections:
            await connection.close()


def wrong(url: str, firm: UUID, done: list[list[int]]) -> list[str]:
    """What of the books is not what was posted."""
    net = sum(count if number % 2 else -count for row in done for number, count in enumerate(row)) + PLENTY
    with closing(psycopg.connect(url)) as owner:
        balances: dict[object, object] = dict(
            owner.execute(
                "SELECT a.purpose, b.balance_minor FROM ledger_accounts a JOIN ledger_balances b ON b.account_id = a.id "
                "WHERE a.organization_id IS NULL OR a.organization_id = %s",
                (firm,),
            ).fetchall()
        )
        counted = owner.execute(
            "SELECT (SELECT count(*) FROM ledger_postings), count(*) FROM ledger_entries"
        ).fetchone()
    postings = sum(map(sum, done)) + 1
    found = [] if counted == (postings, 2 * postings) else [f"{postings} postings were answered, {counted} stand"]
    expected = {"cash_at_provider": net, "deposit_held": -net}
    return found + ([] if balances == expected else [f"{balances} is not {expected}"])


async def contend(settings: Settings, seconds: float, workers: int, rounds: int) -> tuple[dict[str, Any], list[str]]:
    """In turn with bare SQL, and then what stands."""
    url = settings.database_url.get_secret_value()
    firm = new_id()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(FIRM, (firm,))
    database = Database(settings.model_copy(update={"pool_size": workers}))
    try:
        await posted(database, taken(firm, PLENTY, Clock().now().date()))
        done, ours, theirs = [], [], []
        for _ in range(rounds):
            counts, rate = await post(database, firm, seconds, workers)
            # The server has not connections enough for both.
            await database.close()
            done.append(counts)
            ours.append(rate)
            theirs.append((await bare(url, seconds, workers))[1])
        async with database.transaction(Role.AUDITOR, readonly=True) as session:
            broken = [*(await ledger_postings(session))[1], *(await ledger_balances(session))[1]]
    finally:
        await database.close()
    found = wrong(url, firm, done) + broken
    waited = deadlocks(url)
    figures = {
        "workers": workers,
        "postings": sum(map(sum, done)),
        "fewest_by_a_worker": min(map(min, done)),
        "postings_a_second": round(max(ours), 1),
        "two_bare_updates_a_second": round(max(theirs), 1),
        "of_bare": round(max(ours) / max(theirs), 2),
        "deadlocks": waited,
        "wrong": found,
    }
    return figures, found + ([f"{waited} deadlocks"] if waited else [])


def main() -> int:
    """Run on a PostgreSQL of its own, which is as careful as a kept one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    with own_database("ledger_contention") as (url, data_dir), own_settings(url, data_dir) as settings:
        wiring.bring_up(settings)
        figures, found = asyncio.run(contend(settings, arguments.seconds, WORKERS, ROUNDS_EACH))
    return record("ledger-contention", figures, holds=not found and figures["of_bare"] >= FLOOR)


if __name__ == "__main__":
    sys.exit(main())
