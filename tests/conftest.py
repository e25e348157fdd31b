"""One throw-away PostgreSQL for the whole run, one migrated template, and a copy of it for every test that asks.

Every test commits for real, under the application's own login roles: deferred constraints, policies and jobs behave as in
production. Afterwards its copy is emptied for the next one.
"""

# ruff: noqa: E402
import gc

# What is loaded stays to the end: searched for rubbish meanwhile, it takes half as long again to load.
gc.disable()

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
import uvloop
from psycopg import sql
from pydantic import SecretStr

from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.settings import Settings
from tests import scenes
from tests.compiled import keep_compiled
from tests.kept import engines_of, lent
from tests.market import Market
from tests.server import SeededServer, TestServer, seeded_home

SERVER: TestServer | None = None
# Seeding is one long transaction, for which the other tests' audit chains would wait: tests of it have a server of their own.
SEEDING_SERVER: TestServer | None = None
SEEDING = ("tests/demo/test_seed.py",)
SEEDED_SERVER: SeededServer | None = None
SEEDED_HOME = seeded_home()
LONGEST = {
    "tests/scenarios/test_tour.py": 240,
    "tests/browser/": 80,
    "tests/demo/test_launcher.py": 60,
    "tests/security/test_every_route.py": 70,
    "tests/security/test_fuzz.py": 50,
    "tests/rooms/catalog/test_exchange_runs.py": 40,
    "tests/scenarios/test_imports.py": 20,
}
"""The tests that take longest, and about how many seconds. Each line is done by one process: what its tests share (a site and a
browser, one of everything) is made once."""
WORKER = "main"

# On a busy machine slowness says nothing about the code; with CI set, the same examples are tried every time. Proofs try more.
hypothesis.settings.register_profile(
    "house",
    max_examples=50,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """The controller of a parallel run starts the server before its workers; a worker is told where it is."""
    given = getattr(config, "workerinput", None)
    if given is not None:
        global SERVER, SEEDED_HOME, WORKER
        WORKER = given["workerid"]
        SERVER = TestServer.at(given["server"], WORKER)
        SEEDED_HOME = Path(given["seeded_home"])
    scenes.shared = shared_home() / "scenes"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each process begins with some of the tests that take longest, so that none of them is left for the end.

    Every process is given an equal share of what stands one after the other here, and takes of others' when it has done its own.
    """
    shares = int(getattr(config, "workerinput", {}).get("workercount", 1))
    long: list[list[pytest.Item]] = [[] for _ in range(shares)]
    seconds = [0] * shares
    for name, takes in LONGEST.items():
        if found := [item for item in items if item.nodeid.startswith(name)]:
            least = seconds.index(min(seconds))
            long[least] += found
            seconds[least] += takes
    others = iter([item for item in items if not item.nodeid.startswith(tuple(LONGEST))])
    ordered: list[pytest.Item] = []
    for mine in long:
        ordered += [*mine, *itertools.islice(others, max(0, len(items) // shares - len(mine)))]
    items[:] = [*ordered, *others]


def pytest_configure_node(node: object) -> None:
    """Tell a worker where the servers are."""
    node.workerinput["server"] = _server().admin_url  # type: ignore[attr-defined]
    node.workerinput["seeded_home"] = str(SEEDED_HOME)  # type: ignore[attr-defined]


pytest_configure_node = pytest.hookimpl(optionalhook=True)(pytest_configure_node)


def _server() -> TestServer:
    global SERVER
    if SERVER is None:
        SERVER = TestServer.start(os.environ.get("DATABASE_URL"))
    return SERVER


def _seeding_server() -> TestServer:
    global SEEDING_SERVER
    if SEEDING_SERVER is None:
        SEEDING_SERVER = TestServer.start(None)
    return SEEDING_SERVER


def _seeded_server() -> SeededServer:
    global SEEDED_SERVER
    if SEEDED_SERVER is None:
        SEEDED_SERVER = SeededServer.joined(SEEDED_HOME, WORKER)
    return SEEDED_SERVER


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started."""
    for server in (SEEDING_SERVER, SEEDED_SERVER):
        if server is not None:
            server.stop()
    if not hasattr(config, "workerinput"):
        shutil.rmtree(shared_home(), ignore_errors=True)
        if SERVER is not None:
            SERVER.stop()


def shared_home() -> Path:
    """What the processes of a run make once for all of them. No server lives here, so it is not called as one: abandoned
    servers' folders are swept."""
    return SEEDED_HOME.with_name(f"partingline-shared-{SEEDED_HOME.name}")


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Loops as the server's, which are quicker than Python's own."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def server(request: pytest.FixtureRequest) -> TestServer:
    """The PostgreSQL server of this run."""
    return _seeding_server() if request.node.nodeid.startswith(SEEDING) else _server()


@pytest.fixture
def settings(server: TestServer, tmp_path: Path) -> Iterator[Settings]:
    """Settings that point at a migrated database with nothing in it, of this test alone."""
    with lent(server) as name:
        yield settings_at(server.url(name), tmp_path / "data")


@pytest.fixture(scope="session")
def demo_markets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Settings]]:
    """Makes copies of the demo market, each with a database and files of its own."""
    made: list[str] = []

    def make() -> Settings:
        data_dir = tmp_path_factory.mktemp("market")
        made.append(_seeded_server().market(data_dir))
        return settings_at(_seeded_server().url(made[-1]), data_dir)

    yield make
    for name in made:
        _seeded_server().drop(name)


def settings_at(database_url: str, data_dir: Path) -> Settings:
    """Settings as a test wants them."""
    return Settings(
        DATABASE_URL=SecretStr(database_url),
        secret_key=SecretStr(TestServer.SECRET_KEY),
        environment="development",
        public_url="http://testserver",
        data_dir=data_dir,
        pool_size=10,
        # Whoever asks for everything gets to the end of it.
        stream_seconds=1,
        log_format="console",
        log_level="warning",
    )


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    """The engines of this test's database, under the application's roles."""
    async with engines_of(settings) as database:
        yield database


@pytest.fixture
async def market(settings: Settings, db: Database) -> AsyncIterator[Market]:
    """The application over HTTP, and builders of the people and firms who use it."""
    async with Market.open(settings, db, Clock()) as opened:
        yield opened


@pytest.fixture
def owner(settings: Settings, server: TestServer) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection of the server's superuser to this test's database, for looking behind the walls."""
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as connection:
        connection.execute(sql.SQL("SET row_security = off"))
        yield connection


keep_compiled()
gc.set_threshold(50_000, 20, 20)


def pytest_collection_finish() -> None:
    """The search for rubbish begins with the first test."""
    gc.freeze()
    gc.enable()


def pytest_runtest_logfinish(nodeid: str) -> None:
    """Caches, routes and names stay to the end: looking through them for rubbish took a tenth of the whole time."""
    if next(_finished) % 50 == 0:
        gc.collect()
        gc.freeze()


_finished = itertools.count(1)
