"""`make prove POINT=imports`: a supplier's list of 100,000 rows is taken over while the catalogue is being searched.

A real worker process imports a generated CSV file into the demo market while an open loop asks a real API process the searches
of `bench_queries.tsv`, a fixed number each second, whether or not earlier answers have come: an answer's time counts from when it
was due. The same load alone comes before it, and once more behind it, when the market has grown. Holds when the import takes at
most 300 seconds and its worker at most 300 MiB, no request fails, the slowest hundredth takes less than twice what it takes
without the import, every row is accounted for, and the same file again changes nothing.

    python -m tests.proofs.imports [--rows 100000] [--rate 50] [--quiet-seconds 60]
"""

import argparse
import asyncio
import csv
import io
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import UUID

import httpx
import psycopg

from app import wiring
from app.demo import seed
from app.demo.processes import Child
from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.settings import Settings
from tests.market import Market, Member
from tests.proofs.query_list import queries
from tests.proofs.record import record
from tests.proofs.stand import api_processes, own_database, own_settings
from tests.rooms.catalog.files import row

LIMIT_S = 300.0
LIMIT_MIB = 300.0
LIMIT_TIMES = 2.0
VARIANTS = 5
WARM_UP_S = 10.0


def listings(rows: int) -> bytes:
    """So many rows, five variants a listing, every listing complete and published."""
    base = row()
    keys = list(base)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(keys)
    of_product = {
        key for key in keys if key not in ("code", "sku", "label", "lead_time_days", "origin_country", "prices:EUR")
    }
    of_variant = {"unit", "minimum_order_quantity", "made_to_order", "mass_kg", "length_mm", "hs_code"}
    for number in range(rows):
        product, variant = divmod(number, VARIANTS)
        cells = dict(base) if variant == 0 else {**base, **dict.fromkeys(of_product - of_variant, "")}
        cells |= {
            "code": f"ejector-pin-{product}",
            "sku": f"EP-{product}-{variant}",
            "label": f"Ø6 × {100 + variant * 25}",
            "prices:EUR": f"10: {4 + variant}.20; 100: {3 + variant}.50",
        }
        if variant == 0:
            cells["title:en"] = f"Ejector pin DIN 1530 A, hardened, no. {product}"
        writer.writerow([cells[key] for key in keys])
    return text.getvalue().encode()


async def load(address: str, paths: list[str], rate: float, ended: threading.Event) -> dict[str, Any]:
    """Ask `rate` times a second until told to end; times in milliseconds from when each request was due."""
    taken: list[float] = []
    failed = 0

    async def ask(client: httpx.AsyncClient, path: str, due: float) -> None:
        nonlocal failed
        try:
            answer = await client.get(path)
            failed += answer.status_code != 200
        except httpx.HTTPError:
            failed += 1
        taken.append((time.perf_counter() - due) * 1000)

    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client, asyncio.TaskGroup() as group:
        began = time.perf_counter()
        number = 0
        while not ended.is_set():
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(ask(client, paths[number % len(paths)], due))
            number += 1
    cuts = quantiles(taken, n=100)
    return {
        "requests": len(taken),
        "failed": failed,
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "longest_ms": round(max(taken), 1),
    }


@contextmanager
def loading(address: str, paths: list[str], rate: float) -> Iterator[dict[str, Any]]:
    """The load in a thread of its own; its figures when the block has ended."""
    figures: dict[str, Any] = {}
    ended = threading.Event()
    thread = threading.Thread(target=lambda: figures.update(asyncio.run(load(address, paths, rate, ended))))
    thread.start()
    try:
        yield figures
    finally:
        ended.set()
        thread.join()


def peak_mib(pid: int) -> float:
    """The highest resident memory of a process so far."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024, 1)


async def uploaded(seller: Member, content: bytes) -> str:
    """The id of the document."""
    answer = await seller.post("/v1/documents", files={"file": ("list.csv", content, "text/csv")})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def run_import(seller: Member, connection: psycopg.Connection[Any], document_id: str) -> dict[str, Any]:
    """Ask for the import and wait for its end; what it says, with the seconds between its beginning and its end."""
    answer = await seller.post("/v1/listing-imports", json={"document_id": document_id})
    assert answer.status_code == 202, answer.text
    one = UUID(answer.json()["id"])
    while True:
        await asyncio.sleep(0.25)
        ended = connection.execute(
            "SELECT extract(epoch FROM ended_at - started_at)::float FROM listing_imports "
            "WHERE id = %s AND state IN ('done', 'failed', 'cancelled')",
            (one,),
        ).fetchone()
        if ended:
            said = (await seller.get(f"/v1/listing-imports/{one}")).json()
            return {**said, "seconds": round(ended[0], 1)}


async def prove(settings: Settings, url: str, data_dir: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Quiet load, import under load, the same file again; the figures."""
    database = Database(settings)
    content = listings(arguments.rows)
    figures: dict[str, Any] = {
        "rows": arguments.rows,
        "file_mib": round(len(content) / 2**20, 1),
        "rate": arguments.rate,
    }
    try:
        async with Market.open(settings, database, Clock()) as market:
            seller = await market.people("supplier")
            with psycopg.connect(url, autocommit=True) as connection, api_processes(1, data_dir) as [address]:
                worker = Child("worker", ["worker"], data_dir / "worker.log")
                worker.start()
                try:
                    paths = [query.path for query in queries()]
                    with loading(address, paths, arguments.rate):
                        await asyncio.sleep(min(WARM_UP_S, arguments.quiet_seconds))
                    with loading(address, paths, arguments.rate) as quiet:
                        await asyncio.sleep(arguments.quiet_seconds)
                    document_id = await uploaded(seller, content)
                    with loading(address, paths, arguments.rate) as busy:
                        first = await run_import(seller, connection, document_id)
                    with loading(address, paths, arguments.rate) as afterwards:
                        await asyncio.sleep(arguments.quiet_seconds)
                    again = await run_import(seller, connection, document_id)
                    assert worker.pid is not None
                    figures["worker_peak_mib"] = peak_mib(worker.pid)
                finally:
                    worker.stop()
    finally:
        await database.close()
    names = ("state", "rows_accepted", "rows_refused", "products_created", "products_changed", "rows_unchanged")
    told = [{name: one[name] for name in names} | {"seconds": one["seconds"]} for one in (first, again)]
    for one in told:
        one["state"] = one["state"]["code"]
    return {
        **figures,
        "before_the_import": quiet,
        "during_the_import": busy,
        "after_the_import": afterwards,
        "import": told[0],
        "same_file_again": told[1],
    }


def holds(figures: dict[str, Any]) -> bool:
    """Whether the promise was kept."""
    first, again, rows = figures["import"], figures["same_file_again"], figures["rows"]
    loads = [figures[f"{when}_the_import"] for when in ("before", "during", "after")]
    return bool(
        first["seconds"] <= LIMIT_S
        and figures["worker_peak_mib"] <= LIMIT_MIB
        and (first["state"], first["rows_accepted"], first["rows_refused"]) == ("done", rows, 0)
        and (again["rows_unchanged"], again["products_created"], again["products_changed"]) == (rows, 0, 0)
        and not any(one["failed"] for one in loads)
        and loads[1]["p99_ms"] < LIMIT_TIMES * loads[0]["p99_ms"]
    )


def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """All of it on a server of its own."""
    with (
        own_database("imports") as (url, data_dir),
        own_settings(url, data_dir, PARTINGLINE_LOG_LEVEL="warning") as settings,
    ):
        wiring.bring_up(settings)
        seed.run(settings)
        return asyncio.run(prove(settings, url, data_dir, arguments))


def options(given: list[str] | None = None) -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--quiet-seconds", type=float, default=60.0)
    return parser.parse_args(given)


def main() -> int:
    """Measure, write, say."""
    others = round(os.getloadavg()[0], 1)
    figures = measured(options()) | {"others_load_average": others}
    return record("imports", figures, holds=holds(figures))


if __name__ == "__main__":
    sys.exit(main())
