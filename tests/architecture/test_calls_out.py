"""No network call within a transaction: every gateway refuses, and nobody speaks to the network past the gateways."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from starlette.requests import Request

from app import gateways, wiring
from app.kit.db.engine import Database, Role
from app.kit.db.session import after_reading, get_session
from app.kit.outside import WAYS_HOME, CalledWithinTransaction, HeldTwice, look
from app.settings import Settings

APP = Path(__file__).resolve().parents[2] / "app"
NOBODY_OUTSIDE = {
    "_Handler": "of the sink for mails, which is called, and calls nobody",
    "NetworkWall": "the way that webhooks and web files take, after they looked",
    "StripeCaller": "the way that Stripe's calls take, after they looked",
    "_Http": "the same",
}
"""Classes of the gateways whose calls may be made at any time, each with the reason."""
PART_OF = {"LocalSuppliers", "LocalLists", "StripeMethods", "StripeMoves", "StripeLists", "StripeSuppliers"}
"""What the payment gateways are put together from: their calls are looked at where they are whole."""

SPEAKING = {
    "aiohttp",
    "aiosmtplib",
    "ftplib",
    "httpx",
    "http.client",
    "requests",
    "smtplib",
    "socket",
    "stripe",
    "urllib.request",
}
"""Modules that can reach others."""
SPEAKERS = {
    "app/catalog/media/editing.py": "reads the host of an address, and calls nobody",
    "app/kit/embedded/cluster.py": "looks for a free port of this machine",
    "app/commands/ports.py": "looks for a free port of this machine",
}
PLAYERS = "app/demo/"
"""The launcher and the tour are clients of the house: they call it, under no transaction of its own."""


def modules() -> Iterator[ModuleType]:
    """Everything in the folder of the gateways."""
    for found in pkgutil.walk_packages(gateways.__path__, "app.gateways."):
        yield importlib.import_module(found.name)


def public_calls(kind: type) -> Iterator[str]:
    """The calls of a class that are waited for."""
    for name, call in inspect.getmembers(kind, inspect.isfunction):
        bare = inspect.unwrap(call)
        waited_for = inspect.iscoroutinefunction(bare) or inspect.isasyncgenfunction(bare)
        if waited_for and not name.startswith("_") and name not in WAYS_HOME:
            yield name


def ways_out() -> dict[str, type]:
    """Every class of the gateways that has such calls, Protocols and listed ones left out."""
    found: dict[str, type] = {}
    for module in modules():
        for kind in vars(module).values():
            ours = inspect.isclass(kind) and kind.__module__ == module.__name__ and any(public_calls(kind))
            if ours and not getattr(kind, "_is_protocol", False):
                found[kind.__name__] = kind
    return {name: kind for name, kind in found.items() if name not in NOBODY_OUTSIDE.keys() | PART_OF}


async def call(kind: type, name: str) -> None:
    """The call as the worst caller makes it: on nothing, with nothing."""
    result: Any = getattr(kind, name)(object.__new__(kind))
    await result


async def test_no_gateway_is_called_within_a_transaction(db: Database, settings: Settings) -> None:
    found = ways_out()
    assert {type(one).__name__ for one in wiring.gateways(settings).values() if one is not None} <= {
        *found,
        *NOBODY_OUTSIDE,
    }
    calls = [(kind, name) for kind in found.values() for name in public_calls(kind)]
    assert (len(found), len(calls)) > (7, 40)
    async with db.transaction() as session:
        await session.execute(text("SELECT 1"))
        for kind, name in calls:
            with pytest.raises(CalledWithinTransaction, match=f"{kind.__name__}.{name}"):
                await call(kind, name)
    # Outside of one each goes on, and falls over the missing arguments.
    for kind, name in calls:
        with pytest.raises((TypeError, AttributeError)):
            await call(kind, name)


async def test_in_production_the_log_tells_of_it_and_the_work_goes_on(settings: Settings, db: Database) -> None:
    lenient = Database(settings.model_copy(update={"environment": "production"}))
    try:
        with structlog.testing.capture_logs() as logs:
            async with lenient.transaction() as session:
                look("Somebody.else")
                assert logs == []  # a session that has asked nothing yet holds nothing
                await session.execute(text("SELECT 1"))
                look("Somebody.else")
        assert [(line["event"], line["way"]) for line in logs] == [("called_within_transaction", "Somebody.else")]
    finally:
        await lenient.close()


def speakers(source: str) -> set[str]:
    """The modules that reach others, of those that a source imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in SPEAKING for one in found if one == name or one.startswith(f"{name}.")}


def test_only_gateways_speak_to_the_network() -> None:
    looked: dict[str, set[str]] = {}
    for file in APP.rglob("*.py"):
        path = file.relative_to(APP.parent).as_posix()
        source = file.read_text(encoding="utf-8")
        if any(name.rpartition(".")[2] in source for name in SPEAKING) and (found := speakers(source)):
            looked[path] = found
    assert len(looked) > 5
    assert {path for path in looked if not path.startswith(("app/gateways/", PLAYERS))} == set(SPEAKERS)
    assert speakers("from urllib import request\n") == {"urllib.request"}


async def test_a_request_that_holds_a_connection_gets_no_second_one(db: Database) -> None:
    """Else as many requests as a pool has connections wait for each other."""
    app = SimpleNamespace(state=SimpleNamespace(database=db))
    request = Request({"type": "http", "method": "GET", "app": app})
    async with asynccontextmanager(get_session)(request) as held:
        with pytest.raises(HeldTwice):
            async with db.transaction():
                pass
        async with db.transaction(Role.WORKER) as other:
            assert await other.scalar(text("SELECT 1")) == 1
        async with after_reading(request, held) as own:
            assert await own.scalar(text("SHOW transaction_read_only")) == "off"
    async with db.transaction() as later:
        assert await later.scalar(text("SELECT 1")) == 1
