"""Texts, translations by people, coverage, the glossary and the languages over HTTP."""

import csv
import io
from typing import Any
from uuid import UUID

import psycopg

from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.language import facade
from tests.market import Market, Member
from tests.rooms.language.test_facade import keep

Connection = psycopg.Connection[tuple[Any, ...]]


def path_of(entity: tuple[str, UUID], locale: str = "en", field: str = "description") -> str:
    return f"/v1/texts/{entity[0]}/{entity[1]}/{field}/{locale}"


async def versions(member: Member, entity: tuple[str, UUID]) -> dict[str, dict[str, Any]]:
    answer = await member.get("/v1/texts", params={"entity_kind": entity[0], "entity_id": str(entity[1])})
    assert answer.status_code == 200, answer.text
    return {text["locale"]: text for text in answer.json()["texts"]}


async def test_who_may_write_a_translation(market: Market, owner: Connection) -> None:
    writer = await market.people("buyer")
    viewer = await market.member(writer.firm, "viewer")
    reader, stranger = await market.people("supplier"), await market.people("supplier")
    entity = ("inquiry", new_id())
    await keep(market, writer.firm, entity, "Kern", reader_ids=[reader.firm.id])
    form = {"text": "Core", "state": "human"}
    for caller, status, code in (
        (market.nobody, 401, "unauthenticated"),
        (stranger, 404, "not-found"),
        (reader, 403, "not-your-text"),
        (viewer, 403, "forbidden"),
    ):
        answer = await caller.put(path_of(entity), json=form)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert owner.execute("SELECT count(*) FROM texts").fetchone() == (1,)
    assert (await writer.put(path_of(entity), json=form)).status_code == 200
    assert set(await versions(reader, entity)) == {"de", "en"}
    unknown = await stranger.get("/v1/texts", params={"entity_kind": "inquiry", "entity_id": str(entity[1])})
    assert unknown.status_code == 404


async def test_a_translation_is_replaced_by_whoever_has_read_it(market: Market) -> None:
    writer = await market.people("buyer")
    entity = ("inquiry", new_id())
    await keep(market, writer.firm, entity, "Kern")
    first = await writer.put(path_of(entity), json={"text": "Core"})
    assert (await writer.put(path_of(entity), json={"text": "Punch"})).status_code == 428
    headers = {"If-Match": first.headers["etag"]}
    second = await writer.put(path_of(entity), json={"text": "Core insert"}, headers=headers)
    assert (second.status_code, second.json()["version"]) == (200, 2)
    assert (await writer.put(path_of(entity), json={"text": "Punch"}, headers=headers)).status_code == 412
    source = await writer.put(path_of(entity, "de"), json={"text": "Stempel"}, headers={"If-Match": "*"})
    assert (source.status_code, source.json()["code"]) == (409, "text-is-source")
    await keep(market, writer.firm, entity, "Kerneinsatz")
    old = await writer.put(path_of(entity), json={"text": "x", "source_version": 1}, headers={"If-Match": "*"})
    assert (old.status_code, old.json()["code"], old.json()["source_version"]) == (409, "source-changed", 2)
    assert (await versions(writer, entity))["en"]["state"]["code"] == "stale"


async def test_wrong_input_is_named(market: Market) -> None:
    writer = await market.people("buyer")
    entity = ("inquiry", new_id())
    await keep(market, writer.firm, entity, "Kern")
    for path, form in (
        (path_of(entity, "nl"), {"text": "Kern"}),
        (path_of(entity), {"text": ""}),
        (path_of(entity), {"text": "x", "state": "machine"}),
        (path_of(entity), {"text": "x", "other": 1}),
        (path_of(entity, field="Bad-Field"), {"text": "x"}),
        (path_of(entity), {"text": "a\u0000b"}),
    ):
        assert (await writer.put(path, json=form)).status_code == 422, (path, form)
    assert (await writer.put(path_of(entity, field="title"), json={"text": "x"})).status_code == 404


async def test_coverage_counts_published_and_shared_texts_only(market: Market) -> None:
    firm = await market.firm("supplier", locale="de")
    member, other = await market.member(firm), await market.people("supplier")
    shared, public, draft = (("product", new_id()) for _ in range(3))
    await keep(market, firm, shared, "Kern", reader_ids=[other.firm.id])
    await keep(market, firm, public, "Auswerfer")
    await keep(market, firm, draft, "Entwurf")
    async with market.db.transaction() as session:
        await act_for(session, firm.id)
        await facade.publish_texts(session, public)
    await member.put(path_of(shared), json={"text": "Core"})
    await member.put(path_of(public, "fr"), json={"text": "Éjecteur"})
    await keep(market, firm, public, "Auswerferstift")
    rows = {row["locale"]: row for row in (await member.get("/v1/language/coverage")).json()["rows"]}
    assert len(rows) == 9
    assert (rows["de"]["human"], rows["de"]["missing"], rows["de"]["name"]) == (2, 0, "Deutsch")
    assert (rows["en"]["human"], rows["en"]["missing"], rows["en"]["total"]) == (1, 1, 2)
    assert (rows["fr"]["stale"], rows["fr"]["missing"]) == (1, 1)
    assert all(row["total"] == 0 for row in (await other.get("/v1/language/coverage")).json()["rows"])
    sheet = await member.get("/v1/language/coverage.csv")
    assert sheet.headers["content-type"].startswith("text/csv")
    read = list(csv.DictReader(io.StringIO(sheet.text)))
    assert {row["locale"]: int(row["missing"]) for row in read} == {tag: row["missing"] for tag, row in rows.items()}
    for address in ("/v1/language/coverage", "/v1/language/coverage.csv"):
        assert (await market.nobody.get(address)).status_code == 401


async def test_the_languages_by_their_own_names_and_the_readers(market: Market) -> None:
    answer = await market.nobody.get("/v1/locales", headers={"Accept-Language": "de"})
    named = {item["locale"]: item for item in answer.json()}
    assert len(named) == 9
    assert (named["ja"]["own_name"], named["ja"]["name"]) == ("日本語", "Japanisch")
    assert [tag for tag, item in named.items() if item["direction"] == "rtl"] == ["ar"]


async def test_the_glossary_is_public_searchable_and_paged(market: Market) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "100", **({"cursor": cursor} if cursor else {})}
        answer = await market.nobody.get("/v1/glossary", params=params)
        assert answer.status_code == 200
        seen += [item["term_id"] for item in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        assert (cursor is None) == ("link" not in answer.headers)
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) > 100
    found = (await market.nobody.get("/v1/glossary", params={"q": "spritzgießwerkzeug", "locale": "zh-Hant"})).json()
    assert "射出模具" in [item["term"] for item in found["items"]]
    assert (await market.nobody.get("/v1/glossary", params={"q": "qqqq"})).json()["items"] == []
    assert (await market.nobody.get("/v1/glossary", params={"cursor": "no"})).status_code == 422
