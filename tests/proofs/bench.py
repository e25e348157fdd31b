"""`make bench`: requests a second of the catalogue's hot paths, next to the same SQL without an application around it.

The baseline is a bare ASGI application under the same server. It sends each request's SQL, recorded beforehand from our
own, through the same driver, under the same role and in one transaction, and answers with the same bytes. What lies
between the two is what the application does: routing, locales, the mapping of rows, the building of answers, logs and
metrics. One process each, one after the other; the load comes from the same machine and takes its share of it.

    python -m tests.proofs.bench [--seconds 10] [--connections 16]
"""

import argparse
import asyncio
import os
import pickle
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from subprocess import Popen
from typing import Any

import httpx
import psycopg
from sqlalchemy import event

from app import wiring
from app.demo import seed
from app.kit.db.engine import Database, Role, role_url
from app.main import create_app
from app.settings import Settings, get_settings
from tests.proofs.record import record
from tests.proofs.stand import api_processes, free_port, own_database, own_settings, until_ready

WARM_UP_S = 2.0
PAGE = "/v1/catalog/products?limit=20"
ROUNDS = 2


@dataclass
class Recorded:
    """What one request sends to the database, and what it answers."""

    statements: list[tuple[str, Any]]
    body: bytes


async def recorded(settings: Settings) -> dict[str, Recorded]:
    """Both requests with their SQL, taken from the application itself."""
    app = create_app(settings)
    database: Database = app.state.database
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        seen.append((statement, parameters))

    event.listen(database.engine(Role.APP).sync_engine, "before_cursor_execute", note)
    found = {}
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
            page = await http.get(PAGE)
            one = f"/v1/catalog/products/{page.json()['items'][0]['id']}"
            for path in (PAGE, one):
                await http.get(path)
                seen.clear()
                answer = await http.get(path)
                answer.raise_for_status()
                found[path] = Recorded(list(seen), answer.content)
    finally:
        await database.close()
    return found


Send = Callable[[dict[str, Any]], Awaitable[None]]


def bare_application(settings: Settings, answers: dict[str, Recorded]) -> Callable[[dict[str, Any], Any, Send], Any]:
    """Nothing but the SQL and the bytes, with as many connections as the application keeps."""
    url = role_url(settings, Role.APP).set(drivername="postgresql").render_as_string(hide_password=False)
    idle: asyncio.Queue[psycopg.AsyncConnection[Any]] = asyncio.Queue()
    opened = 0

    async def connection() -> psycopg.AsyncConnection[Any]:
        nonlocal opened
        if idle.empty() and opened < settings.pool_size:
            opened += 1
            return await psycopg.AsyncConnection.connect(url)
        return await idle.get()

    async def app(scope: dict[str, Any], _receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            return
        query = scope["query_string"].decode()
        found = answers.get(scope["path"] + (f"?{query}" if query else ""))
        if found is not None:
            held = await connection()
            for statement, parameters in found.statements:
                cursor = await held.execute(statement, parameters)
                if cursor.description:
                    await cursor.fetchall()
            await held.commit()
            idle.put_nowait(held)
        body = found.body if found else b"{}"
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


@contextmanager
def bare_process(data_dir: Path, answers: dict[str, Recorded]) -> Iterator[str]:
    """The bare application in a process of its own."""
    file = data_dir / "recorded.pickle"
    file.write_bytes(pickle.dumps(answers))
    port = free_port()
    with Popen([sys.executable, "-m", "tests.proofs.bench", "--bare", str(file), "--port", str(port)]) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            until_ready(address)
            yield address
        finally:
            process.terminate()


def serve_bare(file: Path, port: int) -> int:
    """What the bare process runs, with the server's settings of `partingline serve`."""
    import uvicorn

    # Written by this program's own parent a moment ago.
    app = bare_application(get_settings(), pickle.loads(file.read_bytes()))
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, server_header=False, log_level="warning")
    return 0


async def load(address: str, path: str, *, connections: int, seconds: float) -> dict[str, Any]:
    """Keep so many connections busy for a while; every answer must be 200."""
    port = int(address.rsplit(":", 1)[1])
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n\r\n".encode()
    counted_from = time.perf_counter() + WARM_UP_S
    until = counted_from + seconds
    taken: list[float] = []
    failed = 0

    async def keep_busy() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        while (began := time.perf_counter()) < until:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
            if began >= counted_from:
                taken.append(time.perf_counter() - began)
                failed += b" 200 " not in head[:14]
        writer.close()

    await asyncio.gather(*(keep_busy() for _ in range(connections)))
    cuts = quantiles(taken, n=100)
    return {
        "requests_a_second": round(len(taken) / seconds, 1),
        "p50_ms": round(cuts[49] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
        "requests": len(taken),
        "failed": failed,
    }


def measure(address: str, paths: list[str], arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Load each path in turn."""
    return [
        asyncio.run(load(address, path, connections=arguments.connections, seconds=arguments.seconds)) for path in paths
    ]


def better(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Of two rounds the one with more requests: whatever else the machine does only takes away."""
    return max(one, other, key=lambda figures: figures["requests"])


def bench(arguments: argparse.Namespace) -> int:
    """Seed, record, measure both in turns, write."""
    others = round(os.getloadavg()[0], 1)
    with (
        own_database("bench") as (url, data_dir),
        own_settings(url, data_dir, PARTINGLINE_LOG_LEVEL="warning") as settings,
    ):
        wiring.bring_up(settings)
        seed.run(settings)
        answers = asyncio.run(recorded(settings))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        paths = list(answers)
        rounds = []
        with api_processes(1, data_dir) as [ours], bare_process(data_dir, answers) as bare:
            for _ in range(ROUNDS):
                rounds.append((measure(ours, paths, arguments), measure(bare, paths, arguments)))
    figures: dict[str, Any] = {
        "processes": 1,
        "connections": arguments.connections,
        "seconds_each": arguments.seconds,
        "rounds": ROUNDS,
        "others_load_average": others,
    }
    names = ("GET /v1/catalog/products?limit=20", "GET /v1/catalog/products/{product_id}")
    failed = 0
    for index, (name, path) in enumerate(zip(names, paths, strict=True)):
        ours_best = better(*(ours_round[index] for ours_round, _ in rounds))
        bare_best = better(*(bare_round[index] for _, bare_round in rounds))
        failed += ours_best["failed"] + bare_best["failed"]
        figures[name] = {
            "statements": len(answers[path].statements),
            "body_bytes": len(answers[path].body),
            "partingline": ours_best,
            "same_sql_bare": bare_best,
            "share_of_bare": round(ours_best["requests_a_second"] / bare_best["requests_a_second"], 2),
        }
    return record("bench", figures, holds=failed == 0)


def main() -> int:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--bare", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    return serve_bare(arguments.bare, arguments.port) if arguments.bare else bench(arguments)


if __name__ == "__main__":
    sys.exit(main())
