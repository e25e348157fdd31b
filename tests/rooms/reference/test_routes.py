"""The public lists over HTTP: complete by following the pages, in the reader's language, and cacheable."""

import httpx
import pytest
from fastapi import FastAPI

from app.kit import problems
from app.kit.locales import LOCALES
from app.kit.middleware import EdgeMiddleware
from app.reference import facade
from app.reference.routes import router

SIZES = {
    "units": len(facade.units()),
    "currencies": len(facade.currencies()),
    "incoterms": 11,
    "steels": len(facade.steels()),
    "finishes": 24,
    "plastics": 14,
    "hs-headings": len(facade.hs_headings()),
    "countries": len(facade.country_codes()),
    "places": len(facade.places()),
}


@pytest.fixture(scope="module")
def client() -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(router)
    problems.install(app)
    app.add_middleware(EdgeMiddleware, max_body_bytes=1000)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


@pytest.mark.parametrize("name", sorted(SIZES))
async def test_following_the_pages_gives_the_whole_list_once(client: httpx.AsyncClient, name: str) -> None:
    url, codes = f"/v1/reference/{name}?limit=20", []
    while url:
        answer = await client.get(url)
        assert answer.status_code == 200
        assert len(answer.json()["items"]) <= 20
        codes += [item["code"] for item in answer.json()["items"]]
        url = answer.links["next"]["url"] if "next" in answer.links else ""
        assert bool(url) == bool(answer.json()["next_cursor"])
    assert len(codes) == len(set(codes)) == SIZES[name]


@pytest.mark.parametrize("locale", LOCALES)
async def test_names_are_in_the_readers_language(client: httpx.AsyncClient, locale: str) -> None:
    for name in ("units", "currencies", "incoterms", "plastics", "hs-headings", "countries", "places"):
        answer = await client.get(f"/v1/reference/{name}", params={"locale": locale, "limit": 100})
        assert answer.headers["Content-Language"] == locale
        assert all(item["name"] for item in answer.json()["items"])
    fob = {
        item["code"]: item
        for item in (await client.get("/v1/reference/incoterms?limit=50", params={"locale": locale})).json()["items"]
    }
    assert fob["FOB"]["name"] == facade.incoterm("FOB").names[locale]
    assert fob["FOB"]["container_alternative"] == "FCA"


async def test_a_page_that_the_reader_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/v1/reference/units?locale=de")
    assert first.headers["Cache-Control"] == "public, max-age=3600"
    tag = first.headers["ETag"]
    again = await client.get("/v1/reference/units?locale=de", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert (await client.get("/v1/reference/units?locale=fr", headers={"If-None-Match": tag})).status_code == 200


async def test_steels_show_their_typed_ties(client: httpx.AsyncClient) -> None:
    items = {item["code"]: item for item in (await client.get("/v1/reference/steels?limit=100")).json()["items"]}
    ties = {tie["code"]: tie["relation"] for tie in items["1.2379"]["equivalents"]}
    assert (ties["SKD11"], ties["DC53"]) == ("nominal", "near")


async def test_a_foreign_cursor_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/reference/units?cursor=nonsense")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/query/cursor"
