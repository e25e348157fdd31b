"""A test here that asks for `world` gets a copy of one that its process made once: making it takes longer than most of them."""

import asyncio
import copy
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.settings import Settings
from tests.conftest import settings_at
from tests.market import Market
from tests.server import TestServer
from tests.world import World, build


@dataclass
class Made:
    """A world in a database that nobody is connected to any more. Its people's tokens outlast the run."""

    database: str
    settings: Settings
    world: World


async def _made(name: str, settings: Settings) -> Made:
    db = Database(settings)
    try:
        async with Market.open(settings, db, Clock()) as market:
            world = await build(market)
    finally:
        await db.close()
    return Made(name, market.settings, world)


@pytest.fixture(scope="session")
def made_worlds() -> Iterator[list[tuple[TestServer, Made]]]:
    """The world of this process, once it was asked for."""
    made: list[tuple[TestServer, Made]] = []
    yield made
    for server, one in made:
        server.drop(one.database)


@pytest.fixture
def made(
    server: TestServer, made_worlds: list[tuple[TestServer, Made]], tmp_path_factory: pytest.TempPathFactory
) -> Made:
    """The world that copies are made of."""
    if not made_worlds:
        name = server.clone()
        settings = settings_at(server.url(name), tmp_path_factory.mktemp("world"))
        settings = settings.model_copy(update={"access_token_minutes": 120})
        # In a thread of its own: this one's loop belongs to the test.
        with ThreadPoolExecutor(1) as thread:
            made_worlds.append((server, thread.submit(asyncio.run, _made(name, settings)).result()))
    return made_worlds[0][1]


@pytest.fixture
def settings(request: pytest.FixtureRequest, server: TestServer, tmp_path: Path) -> Iterator[Settings]:
    """Settings that point at a fresh database of this test alone: with the world in it where the test asks for that."""
    data_dir = tmp_path / "data"
    if "world" in request.fixturenames:
        made: Made = request.getfixturevalue("made")
        name = server.clone(made.database)
        shutil.copytree(made.settings.data_dir, data_dir, dirs_exist_ok=True)
        url = SecretStr(server.url(name))
        yield made.settings.model_copy(update={"database_url": url, "data_dir": data_dir})
    else:
        name = server.clone()
        yield settings_at(server.url(name), data_dir)
    server.drop(name)


@pytest.fixture
def world(made: Made, market: Market) -> World:
    """The world in this test's database: its people speak to this test's application."""
    market.clock.offset = made.world.market.clock.offset
    before = made.world.market
    return copy.deepcopy(made.world, {id(before): market, id(before.http): market.http})
