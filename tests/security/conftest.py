"""A test here that asks for `world` gets a copy of one that was made once for all: making it takes longer than most of them."""

import asyncio
import pickle
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.settings import Settings
from tests.conftest import settings_at, shared_home
from tests.market import Market, next_number, numbers_go_on
from tests.scenes import Pickled, Unpickled
from tests.server import TestServer
from tests.world import World, build

DATABASE = "partingline_test_world"
"""Nobody is connected to it once the world is whole."""
WORLD, SETTINGS = "world.pickle", "settings.pickle"


@dataclass
class Made:
    """A world, the offset of its clock, and the last number that it used. Its people's tokens outlast the run."""

    world: World
    offset: timedelta
    last: int


async def _make(settings: Settings, home: Path) -> None:
    db = Database(settings)
    try:
        async with Market.open(settings, db, Clock()) as market:
            world = await build(market)
            (home / SETTINGS).write_bytes(pickle.dumps(market.settings))
            with (home / "unfinished").open("wb") as file:
                Pickled(file, market).dump(Made(world, market.clock.offset, next_number()))
    finally:
        await db.close()
    (home / "unfinished").rename(home / WORLD)


@pytest.fixture
def home(server: TestServer) -> Path:
    """Where the world of this run is kept: the first process that needs it makes it, the others wait for that."""
    home = shared_home() / "world"
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(2)")
        if not (home / WORLD).exists():
            server.drop(DATABASE)
            server.clone(name=DATABASE)
            settings = settings_at(server.url(DATABASE), home / "data").model_copy(update={"access_token_minutes": 120})
            home.mkdir(parents=True, exist_ok=True)
            # In a thread of its own: this one's loop belongs to the test.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, _make(settings, home)).result()
    return home


@pytest.fixture
def settings(request: pytest.FixtureRequest, server: TestServer, tmp_path: Path) -> Iterator[Settings]:
    """Settings that point at a fresh database of this test alone: with the world in it where the test asks for that."""
    data_dir = tmp_path / "data"
    if "world" in request.fixturenames:
        home: Path = request.getfixturevalue("home")
        name = server.clone(DATABASE)
        shutil.copytree(home / "data", data_dir, dirs_exist_ok=True)
        made: Settings = pickle.loads((home / SETTINGS).read_bytes())
        yield made.model_copy(update={"database_url": SecretStr(server.url(name)), "data_dir": data_dir})
    else:
        name = server.clone()
        yield settings_at(server.url(name), data_dir)
    server.drop(name)


@pytest.fixture
def world(home: Path, market: Market) -> World:
    """The world in this test's database: its people speak to this test's application."""
    with (home / WORLD).open("rb") as file:
        made: Made = Unpickled(file, market).load()
    market.clock.offset = made.offset
    numbers_go_on(made.last)
    return made.world
