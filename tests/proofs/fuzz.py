"""`make prove POINT=fuzz`: generated requests at every operation of the API, as nobody, as a buyer, as a supplier and as a
program of the buyer.

Half-good bodies, wrong types, missing and unknown members, hostile texts, real and invented ids; fixed seed. Holds when
no answer is a fault of ours, and every status, media type and body is as the description says.

    python -m tests.proofs.fuzz [--examples 500] [--actors nobody,buyer,supplier,machine] [--only "POST /v1/quotes"]

Two actors at a time, each with a database server, an API process and a world of his own.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.settings import Settings
from tests.market import Market
from tests.proofs.record import record
from tests.security.fuzzing import SEED, Fuzzer, Tally, serving
from tests.server import TestServer
from tests.world import build


async def as_actor(server: TestServer, folder: Path, actor: str, arguments: argparse.Namespace) -> Tally:
    """One actor in a world of his own."""
    name = server.clone()
    settings = Settings(
        DATABASE_URL=SecretStr(server.url(name)),
        secret_key=SecretStr(TestServer.SECRET_KEY),
        environment="development",
        public_url="http://testserver",
        data_dir=folder / actor / "data",
        access_token_minutes=120,
        log_format="console",
        log_level="error",
    )
    database = Database(settings)
    try:
        async with Market.open(settings, database, Clock()) as market:
            world = await build(market)
            with serving(market.settings, folder / actor) as running:
                fuzzer = Fuzzer(world, running, actor, examples=arguments.examples, seed=arguments.seed)
                tally = await fuzzer.run(arguments.only)
        for finding in tally.findings.values():
            sys.stderr.write(f"as {actor}: {finding}\n")
        return tally
    finally:
        await database.close()
        server.drop(name)


def in_own_process(arguments: argparse.Namespace, actor: str) -> Tally:
    """One actor beside another: servers, files and generator of his own."""
    server = TestServer.start(None)
    try:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            return asyncio.run(as_actor(server, Path(folder), actor, arguments))
    finally:
        server.stop()


def prove(arguments: argparse.Namespace) -> int:
    """Run every actor and record the figures."""
    started = time.monotonic()
    actors = arguments.actors.split(",")
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as pool:
        tallies = dict(zip(actors, pool.map(partial(in_own_process, arguments), actors), strict=True))
    figures: dict[str, Any] = {
        "examples_an_operation": arguments.examples,
        "seed": arguments.seed,
        "actors": {actor: tally.figures() for actor, tally in tallies.items()},
        "cases": sum(tally.cases for tally in tallies.values()),
        "duration_s": round(time.monotonic() - started, 1),
    }
    holds = all(tally.operations and not tally.findings for tally in tallies.values())
    if arguments.only:
        sys.stdout.write(f"{figures}\n")
        return 0 if holds else 1
    return record("fuzz", figures, holds=holds)


def main() -> int:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=500)
    parser.add_argument("--actors", default="nobody,buyer,supplier,machine")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", default="", help="operations whose label contains this; nothing is recorded then")
    return prove(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
