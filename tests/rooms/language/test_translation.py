"""Machine translation through the worker, against a real HTTP server that speaks LibreTranslate's protocol."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.kit.db.engine import Database
from app.kit.ids import new_id
from app.settings import Settings
from tests.market import Market, Member
from tests.rooms.language.test_facade import keep
from tests.rooms.language.test_routes import path_of, versions

Connection = psycopg.Connection[tuple[Any, ...]]


class Engine:
    """Writes everything in capitals, in whatever language; `before` runs while a request is being answered."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[list[str]] = []
        self.refuse: list[int] = []
        self.before: Callable[[], None] = lambda: None

    async def translate(self, request: Request) -> Response:
        body = json.loads(await request.body())
        self.asked.append(body["q"])
        self.before()
        if self.refuse:
            return JSONResponse({"error": "no"}, self.refuse.pop(0))
        return JSONResponse({"translatedText": [text.upper() for text in body["q"]]})

    async def languages(self, _: Request) -> Response:
        return JSONResponse([{"code": code} for code in ("en", "de", "zh", "fr")])


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    app = Starlette(routes=[Route("/translate", made.translate, methods=["POST"]), Route("/languages", made.languages)])
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    made.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield made
    server.should_exit = True
    thread.join(20)
    listener.close()


@pytest.fixture
def served(market: Market, engine: Engine) -> Market:
    """The market with the translation service configured."""
    market.settings = market.settings.model_copy(update={"translation_url": engine.url})
    return market


async def ask(member: Member, entity: tuple[str, UUID], *locales: str) -> int:
    answer = await member.post(f"/v1/texts/{entity[0]}/{entity[1]}/translations", json={"locales": list(locales)})
    assert answer.status_code == 202, answer.text
    return int(answer.json()["jobs"])


async def test_a_reader_requests_a_translation_and_it_is_labelled(served: Market, engine: Engine) -> None:
    buyer, supplier = await served.people("buyer"), await served.people("supplier")
    entity = ("inquiry", new_id())
    await keep(served, buyer.firm, entity, "Kern aus 1.2343", reader_ids=[supplier.firm.id])
    await keep(served, buyer.firm, entity, "Zweifachform", field="title", reader_ids=[supplier.firm.id])
    assert await ask(supplier, entity, "en", "de") == 1
    await served.work()
    answer = await supplier.get("/v1/texts", params={"entity_kind": "inquiry", "entity_id": str(entity[1])})
    shown = {(text["field"], text["locale"]): text for text in answer.json()["texts"]}
    text = shown["description", "en"]
    assert (text["text"], text["state"]["code"], text["engine"]) == ("KERN AUS 1.2343", "machine", "libretranslate")
    assert shown["title", "en"]["state"]["code"] == "machine"
    # Asking again costs the engine nothing.
    asked = len(engine.asked)
    await ask(supplier, entity, "en")
    await served.work()
    assert len(engine.asked) == asked


async def test_no_transaction_is_open_while_the_engine_works(served: Market, engine: Engine, owner: Connection) -> None:
    buyer = await served.people("buyer")
    entity = ("inquiry", new_id())
    await keep(served, buyer.firm, entity, "Kern")
    seen: list[Any] = []

    def look() -> None:
        rows = owner.execute(
            # Any transaction that has touched the table holds a lock on it until it ends. Copies of one template share their
            # tables' numbers, so other tests' databases are told apart by name.
            "SELECT a.query FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.datname = current_database() "
            "AND l.relation = 'texts'::regclass AND a.usename = 'partingline_worker'"
        ).fetchall()
        seen.append(rows)

    engine.before = look
    await ask(buyer, entity, "en")
    await served.work()
    assert seen == [[]]


async def test_a_machine_never_replaces_what_a_person_wrote(served: Market, engine: Engine) -> None:
    buyer = await served.people("buyer")
    entity = ("inquiry", new_id())
    await keep(served, buyer.firm, entity, "Kern")
    await buyer.put(path_of(entity), json={"text": "Core"})
    await keep(served, buyer.firm, entity, "Kerneinsatz")
    await ask(buyer, entity, "en")
    await served.work()
    english = (await versions(buyer, entity))["en"]
    assert (english["text"], english["state"]["code"], engine.asked) == ("Core", "stale", [])


async def test_a_person_checks_a_machines_text(served: Market) -> None:
    buyer = await served.people("buyer")
    entity = ("inquiry", new_id())
    await keep(served, buyer.firm, entity, "Kern")
    await ask(buyer, entity, "en")
    await served.work()
    answer = await buyer.put(path_of(entity), json={"text": "Core", "state": "reviewed"}, headers={"If-Match": "*"})
    assert (answer.json()["state"]["code"], answer.json()["engine"]) == ("reviewed", "libretranslate")


async def test_a_source_changed_meanwhile_is_translated_again(
    served: Market, engine: Engine, owner: Connection
) -> None:
    buyer = await served.people("buyer")
    entity = ("inquiry", new_id())
    await keep(served, buyer.firm, entity, "Kern")

    def change() -> None:
        if len(engine.asked) == 1:
            owner.execute(
                "UPDATE texts SET text = 'Auswerfer', source_digest = sha256('Auswerfer'), version = 2 WHERE is_source"
            )

    engine.before = change
    await ask(buyer, entity, "en")
    await served.work()
    english = (await versions(buyer, entity))["en"]
    assert engine.asked == [["Kern"], ["Auswerfer"]]
    assert (english["text"], english["state"]["code"]) == ("AUSWERFER", "machine")


async def test_a_person_who_writes_meanwhile_wins(served: Market, engine: Engine, owner: Connection) -> None:
    buyer = await served.people("buyer")
    entity = ("inquiry", new_id())
    await keep(served, buyer.firm, entity, "Kern")
    engine.before = lambda: owner.execute(
        "INSERT INTO texts (id, owner_id, entity_kind, entity_id, field, locale, text, state, origin, is_source, "
        "source_digest) SELECT gen_random_uuid(), owner_id, entity_kind, entity_id, field, 'en', 'Core', 'human', "
        "'human', false, source_digest FROM texts WHERE is_source"
    )  # type: ignore[assignment,return-value]
    await ask(buyer, entity, "en")
    await served.work()
    assert (await versions(buyer, entity))["en"]["text"] == "Core"


async def test_a_language_the_engine_lacks_leaves_the_text_missing(served: Market, engine: Engine) -> None:
    buyer = await served.people("buyer")
    entity = ("inquiry", new_id())
    await keep(served, buyer.firm, entity, "Kern")
    await ask(buyer, entity, "ar")
    await served.work()
    assert set(await versions(buyer, entity)) == {"de"}


async def test_without_a_service_the_glossary_alone_works_and_says_so(
    market: Market, settings: Settings, db: Database
) -> None:
    buyer = await market.people("buyer")
    entity = ("inquiry", new_id())
    await keep(market, buyer.firm, entity, "Spritzgießwerkzeug mit Auswerfer")
    await keep(market, buyer.firm, entity, "xyzzy", field="title")
    await ask(buyer, entity, "en")
    await market.work()
    answer = await buyer.get("/v1/texts", params={"entity_kind": "inquiry", "entity_id": str(entity[1])})
    english = {text["field"]: text for text in answer.json()["texts"] if text["locale"] == "en"}
    assert set(english) == {"description"}
    assert "njection mould" in english["description"]["text"]
    assert (english["description"]["state"]["code"], english["description"]["engine"]) == ("machine", "glossary")


async def test_who_may_request_a_translation(market: Market, owner: Connection) -> None:
    buyer, stranger = await market.people("buyer"), await market.people("supplier")
    viewer = await market.member(buyer.firm, "viewer")
    entity = ("inquiry", new_id())
    await keep(market, buyer.firm, entity, "Kern")
    path = f"/v1/texts/inquiry/{entity[1]}/translations"
    for caller, status in ((market.nobody, 401), (stranger, 404), (viewer, 403)):
        assert (await caller.post(path, json={"locales": ["en"]})).status_code == status
    assert owner.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)
    assert (await buyer.post(path, json={"locales": []})).status_code == 422
