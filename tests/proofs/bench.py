"""`make bench`: requests a second of the public reads, next to a bare ASGI application with the same SQL.

Markets of several sizes are made once and kept under `PARTINGLINE_DATA_DIR` (10,000 listings take a minute or two, a million some
dozens of minutes and 15 GB). wrk asks for listings at random, for category pages, and for searches in English and Chinese
(`bench_queries.tsv`), those whose matches grow with the market apart from those that have as many in each. `partingline serve`
and the bare application (`bench_bare.py`) answer in turns, with the same server, as many processes and connections, and the same
settings of the database; the load comes from the same machine and takes its share.

Holds when nothing failed; listings and pages reach half of the bare application, searches four fifths; and, from 100,000 to
1,000,000 listings where both were measured, what finds as many becomes at most 1.5 times slower and 99 of 100 searches whose
matches grow are answered within 300 ms.

    python -m tests.proofs.bench [--sizes 10000,100000] [--seconds 10] [--connections 32] [--processes 1]
"""

import argparse
import asyncio
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from app import wiring
from app.catalog.definitions import categories
from app.catalog.reading import Reader
from app.catalog.search.searching import Asked, question_of, search
from app.demo import seed
from app.kit.db.engine import Database
from app.kit.embedded import EmbeddedPostgres
from app.settings import Settings, get_settings
from tests.proofs import bench_bare, bench_market
from tests.proofs.query_list import queries
from tests.proofs.record import record
from tests.proofs.stand import api_processes, free_port, own_settings, until_ready

HERE = Path(__file__).parent
WARM_UP_S = 3
ROUNDS = 2
MOST_IDS = 20_000
LISTED_FLOOR, SEARCH_FLOOR = 0.5, 0.8
"""What part of the bare application's requests a second must be reached."""
GROWN = ("100000 listings", "1000000 listings")
SLOWER = 1.5
GROWING_P99_MS = 300.0
SERVER = {"shared_buffers": "1GB", "max_wal_size": "8GB", "max_connections": "200", "checkpoint_timeout": "30min"}


@contextmanager
def kept_market(size: int) -> Iterator[tuple[str, Path, Settings]]:
    """The market of a size, made when it is not there yet or is of another edition; its URL, folder and settings."""
    data_dir = get_settings().data_dir.absolute() / "bench"
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir.chmod(0o755)
    with EmbeddedPostgres(data_dir / "postgres", settings=SERVER) as server:
        name = f"market_{size}"
        with (
            psycopg.connect(server.url(), autocommit=True) as admin,
            own_settings(server.url(name), data_dir, PARTINGLINE_SECRET_KEY="k" * 64) as settings,
        ):
            edition = f"{bench_market.EDITION} {_schema()}"
            if _made(admin, name) != edition:
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
                admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
                started = time.perf_counter()
                wiring.bring_up(settings)
                seed.run(settings)
                bench_market.fill(server.url(name), size)
                admin.execute(
                    sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(edition))
                )
                sys.stdout.write(f"    {size} listings were made in {time.perf_counter() - started:.0f} s\n")
            yield server.url(name), data_dir, settings


def _schema() -> str:
    """Which migrations there are: they may come between those that a kept market has."""
    versions = Path(__file__).resolve().parents[2] / "migrations" / "versions"
    return sha256("\n".join(sorted(path.name for path in versions.glob("2*.py"))).encode()).hexdigest()[:16]


def _made(admin: psycopg.Connection[Any], name: str) -> str | None:
    row = admin.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (name,)
    ).fetchone()
    return None if row is None else row[0]


def paths_of(url: str, seed_number: int) -> dict[str, list[str]]:
    """What is asked for, by kind: listings at random, category pages, searches."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT product_id FROM public_products TABLESAMPLE SYSTEM (20) REPEATABLE (%s) LIMIT %s",
            (seed_number, MOST_IDS),
        ).fetchall()
        listed = connection.execute("SELECT DISTINCT unnest(category_path) FROM public_products").fetchall()
    ids = [str(row[0]) for row in rows]
    random.Random(seed_number).shuffle(ids)
    kinds = {
        "detail": [f"/v1/catalog/products/{one}" for one in ids],
        "category page": [
            f"/v1/catalog/products?category={code}&limit=20" for (code,) in sorted(listed) if code in categories()
        ],
    }
    for query in queries():
        kinds.setdefault(query.kind, []).append(query.path)
    return kinds


async def matches(settings: Settings, kind: str) -> dict[str, int]:
    """How many listings have something of every part of a question: at the least, in all, at the most."""
    found = []
    # To count all of them takes longer than any request may.
    database = Database(settings.model_copy(update={"statement_timeout_ms": 600_000}))
    try:
        for query in queries():
            if query.kind == kind:
                question = await question_of(database.reading, query.words, query.locale)
                assert question is not None
                row = await database.reading.row(
                    "SELECT count(*) FROM public_products WHERE search_words @@ $1::text::tsquery", question.strict
                )
                assert row is not None
                found.append(row[0])
    finally:
        await database.close()
    return {"fewest": min(found), "together": sum(found), "most": max(found)}


async def recorded(settings: Settings) -> bench_bare.Recorded:
    """What the application sends to the database for each search of the file."""
    found: bench_bare.Recorded = {}
    database = Database(settings)
    reading, ask = database.reading, database.reading.row
    sent: list[tuple[str, tuple[Any, ...]]] = []

    async def noted(statement: str, *arguments: Any, **options: Any) -> Any:
        sent.append((statement, arguments))
        return await ask(statement, *arguments, **options)

    reading.row = noted  # type: ignore[assignment, method-assign]
    try:
        for query in queries():
            # Twice: what the application keeps between two questions is asked for once.
            for _ in range(2):
                sent.clear()
                await search(reading, Asked(query.words), Reader(query.locale))
            found[query.path] = list(sent)
    finally:
        await database.close()
    return found


@contextmanager
def bare_processes(number: int, data_dir: Path, answers: bench_bare.Recorded) -> Iterator[list[str]]:
    """The bare application in processes of its own."""
    file = data_dir / "recorded.pickle"
    file.write_bytes(pickle.dumps(answers))
    with ExitStack() as stack:
        addresses = []
        for _ in range(number):
            port = free_port()
            process = stack.enter_context(
                subprocess.Popen([sys.executable, "-m", "tests.proofs.bench", "--bare", str(file), "--port", str(port)])
            )
            stack.callback(process.terminate)
            addresses.append(f"http://127.0.0.1:{port}")
        for address in addresses:
            until_ready(address, "/")
        yield addresses


def load(addresses: list[str], paths: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Keep the connections busy for a while; with several processes each has its wrk."""
    for seconds in (WARM_UP_S, arguments.seconds):
        running = [
            subprocess.Popen(
                ["wrk", "-t", "2", "-c", str(max(2, arguments.connections // len(addresses))), "-d", f"{seconds}s",
                 "--timeout", "10s", "-s", str(HERE / "bench_load.lua"), address, "--", str(paths)],
                stdout=subprocess.PIPE, text=True,
            )
            for address in addresses
        ]  # fmt: skip
        told = [process.communicate()[0] for process in running]
    figures = [json.loads(text.strip().splitlines()[-1]) for text in told]
    return {
        "requests_a_second": round(sum(one["requests"] / one["microseconds"] * 1e6 for one in figures), 1),
        "p50_ms": round(max(one["p50_us"] for one in figures) / 1000, 2),
        "p99_ms": round(max(one["p99_us"] for one in figures) / 1000, 2),
        "bytes_each": round(sum(one["bytes"] for one in figures) / max(1, sum(one["requests"] for one in figures))),
        "failed": sum(one["failed"] for one in figures),
    }


def measure(size: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """The figures of a market: each kind of request at both applications in turns, the better round of each."""
    with kept_market(size) as (url, data_dir, settings):
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT pg_database_size(current_database()), pg_total_relation_size('public_products'), "
                "(SELECT reltuples::bigint FROM pg_class WHERE oid = 'public_products'::regclass)"
            ).fetchone()
        assert row is not None
        figures: dict[str, Any] = {"listings": row[2], "database_mb": row[0] >> 20, "documents_mb": row[1] >> 20}
        answers = asyncio.run(recorded(settings))
        with (
            api_processes(arguments.processes, data_dir) as ours,
            bare_processes(arguments.processes, data_dir, answers) as bare,
        ):
            for kind, paths in paths_of(url, size).items():
                if arguments.only and arguments.only not in kind:
                    continue
                file = data_dir / "paths.txt"
                file.write_text("\n".join(paths) + "\n", encoding="utf-8")
                rounds = [(load(ours, file, arguments), load(bare, file, arguments)) for _ in range(ROUNDS)]
                # Whatever else the machine does only takes away.
                mine, other = (
                    max(found, key=lambda one: float(one["requests_a_second"])) for found in zip(*rounds, strict=True)
                )
                share = round(mine["requests_a_second"] / other["requests_a_second"], 2)
                figures[kind] = {"partingline": mine, "same_sql_bare": other, "share_of_bare": share}
                if kind.startswith("search"):
                    figures[kind]["matches"] = asyncio.run(matches(settings, kind))
                sys.stdout.write(
                    f"    {size} {kind}: {mine['requests_a_second']}/s, bare {other['requests_a_second']}/s\n"
                )
                sys.stdout.flush()
    return figures


def bench(arguments: argparse.Namespace) -> int:
    """Measure each size, and write."""
    if shutil.which("wrk") is None:
        sys.stderr.write("The bench needs wrk: install it (Debian and Ubuntu: apt install wrk), and try again.\n")
        return 2
    figures: dict[str, Any] = {
        "server": "uvicorn",
        "processes": arguments.processes,
        "pool_size": get_settings().pool_size,
        "connections": arguments.connections,
        "seconds_each": arguments.seconds,
        "rounds": ROUNDS,
        "others_load_average": round(os.getloadavg()[0], 1),
    }
    sizes = [int(size) for size in arguments.sizes.split(",")]
    for size in sizes:
        figures[f"{size} listings"] = measure(size, arguments)
    figures["others_load_average_at_the_end"] = round(os.getloadavg()[2], 1)
    if set(GROWN) <= set(figures):
        figures["slower_from_100000_to_1000000"] = growth(*(figures[name] for name in GROWN))
    return record("bench", figures, holds=holds(figures))


def growth(small: dict[str, Any], large: dict[str, Any]) -> dict[str, float]:
    """How many times fewer requests a second the larger market answers, by kind."""
    return {
        kind: round(found["partingline"]["requests_a_second"] / large[kind]["partingline"]["requests_a_second"], 2)
        for kind, found in small.items()
        if isinstance(found, dict)
    }


def holds(figures: dict[str, Any]) -> bool:
    """Whether the promises were kept."""
    markets = [market for market in figures.values() if isinstance(market, dict) and "listings" in market]
    measured = [(kind, found) for market in markets for kind, found in market.items() if isinstance(found, dict)]
    fast = all(
        found["partingline"]["failed"] + found["same_sql_bare"]["failed"] == 0
        and found["share_of_bare"] >= (SEARCH_FLOOR if kind.startswith("search") else LISTED_FLOOR)
        for kind, found in measured
    )
    slower = figures.get("slower_from_100000_to_1000000", {})
    equal = all(
        figures[GROWN[0]][kind]["matches"] == figures[GROWN[1]][kind]["matches"]
        for kind in slower
        if kind.endswith("equal matches")
    )
    growing = {kind for kind in slower if kind.startswith("search") and not kind.endswith("equal matches")}
    return (
        fast
        and equal
        and all(times <= SLOWER for kind, times in slower.items() if kind not in growing)
        and all(figures[GROWN[1]][kind]["partingline"]["p99_ms"] <= GROWING_P99_MS for kind in growing)
    )


def main() -> int:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000", help="numbers of listings, with commas")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", default="", help="kinds of request whose name has this in it")
    parser.add_argument("--bare", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    return bench_bare.serve(arguments.bare, arguments.port) if arguments.bare else bench(arguments)


if __name__ == "__main__":
    sys.exit(main())
