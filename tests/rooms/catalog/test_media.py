"""Pictures and drawings of a listing: public when they are ready, in the supplier's order, described, detached, audited."""

import asyncio
from typing import Any

import psycopg
import pytest

from tests.market import Caller, Market, Member
from tests.rooms.catalog.test_listings import published
from tests.rooms.documents import photographs as photos
from tests.rooms.documents import samples
from tests.rooms.documents.test_inspection import EICAR
from tests.rooms.documents.uploads import ready, send
from tests.statements import count_statements

Connection = psycopg.Connection[tuple[Any, ...]]


async def listed(market: Market, *names: str) -> tuple[Member, str, list[str]]:
    """A supplier, a published listing, and its media in order."""
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    contents = {"png": photos.png(), "jpg": photos.photograph(), "pdf": samples.pdf(), "step": samples.step()}
    ids = [await ready(market, seller, contents[name.rpartition(".")[2]], name) for name in names]
    if ids:
        added = await seller.post(f"/v1/products/{product_id}/media", json={"document_ids": ids})
        assert added.status_code == 200, added.text
        await market.work()
    return seller, product_id, ids


async def public(market: Market, product_id: str) -> list[dict[str, Any]]:
    return list((await market.nobody.get(f"/v1/catalog/products/{product_id}")).json()["media"])


async def own(seller: Caller, product_id: str) -> list[dict[str, Any]]:
    return list((await seller.get(f"/v1/products/{product_id}/media")).json())


def actions(owner: Connection) -> list[str]:
    rows = owner.execute(
        "SELECT action FROM audit_entries WHERE action LIKE 'media.%' OR action LIKE 'document.%tach' ORDER BY id"
    )
    return [str(row[0]) for row in rows.fetchall()]


async def test_a_picture_is_in_the_public_document_once_its_renditions_are_made(market: Market) -> None:
    seller, product_id, _ = await listed(market)
    picture = (await send(seller, photos.photograph(), "Ansicht vorn.jpg")).json()["id"]
    drawing = (await send(seller, samples.pdf(), "drawing.pdf")).json()["id"]
    body = {"document_ids": [picture, drawing]}
    assert (await seller.post(f"/v1/products/{product_id}/media", json=body)).status_code == 200
    assert await public(market, product_id) == [], "neither is checked yet"
    waiting = await own(seller, product_id)
    assert [(one["shown"], one["scan"]["code"]) for one in waiting] == [(False, "pending")] * 2
    assert waiting[0]["picture"]["code"] == "waiting" and waiting[1]["picture"] is None
    await market.work()
    shown, paper = await public(market, product_id)
    assert (shown["id"], shown["filename"], shown["media_type"]) == (picture, "Ansicht vorn.jpg", "image/jpeg")
    assert (shown["width_px"], shown["height_px"], shown["alt"]) == (2000, 1000, {})
    assert [(one["width_px"], one["height_px"]) for one in shown["renditions"]] == [(320, 160), (800, 400), (1600, 800)]
    for address in (shown["url"], *(one["url"] for one in shown["renditions"])):
        answer = await market.nobody.get(address, headers={"Accept": "image/webp"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert "immutable" in answer.headers["cache-control"]
        assert photos.SECRET not in answer.content
    assert (paper["filename"], paper["media_type"], paper["renditions"]) == ("drawing.pdf", "application/pdf", [])
    answer = await market.nobody.get(paper["url"])
    assert answer.content == samples.pdf() and "immutable" in answer.headers["cache-control"]
    assert [(one["shown"], one["width_px"]) for one in await own(seller, product_id)] == [(True, 2000), (True, None)]


async def test_what_cannot_be_shown_stays_out_and_says_why(market: Market) -> None:
    seller, product_id, _ = await listed(market)
    broken = (await send(seller, samples.jpeg(), "broken.jpg")).json()["id"]
    hostile = (await send(seller, b"x\n" + EICAR, "x.txt")).json()["id"]
    body = {"document_ids": [broken, hostile]}
    assert (await seller.post(f"/v1/products/{product_id}/media", json=body)).status_code == 200
    await market.work()
    assert await public(market, product_id) == []
    shown = (await seller.get(f"/v1/products/{product_id}/media", headers={"Accept-Language": "en"})).json()
    assert [one["shown"] for one in shown] == [False, False]
    assert shown[0]["picture"] == {"code": "refused", "label": "Refused"}
    assert shown[0]["picture_reason"]["code"] == "damaged" and "damaged" in shown[0]["picture_reason"]["label"]
    assert shown[1]["scan_reason"]["code"] == "test-virus"


async def test_the_order_is_the_suppliers(market: Market, owner: Connection) -> None:
    seller, product_id, ids = await listed(market, "a.png", "b.pdf", "c.png")
    path = f"/v1/products/{product_id}/media"
    later = await ready(market, seller, samples.step(), "d.step")
    assert (await seller.post(path, json={"document_ids": [later]})).status_code == 200
    assert [one["id"] for one in await public(market, product_id)] == [*ids, later], "new ones stand behind"
    wanted = [ids[2], later, ids[0], ids[1]]
    assert (await seller.put(path, json={"document_ids": wanted})).status_code == 428
    etag = (await seller.get(path)).headers["etag"]
    moved = await seller.put(path, json={"document_ids": wanted}, headers={"If-Match": etag})
    assert moved.status_code == 200 and [one["document_id"] for one in moved.json()] == wanted
    assert [one["id"] for one in await public(market, product_id)] == wanted
    assert (await seller.put(path, json={"document_ids": wanted}, headers={"If-Match": etag})).status_code == 412
    for wrong in (wanted[:3], [*wanted, ids[0]], [ids[0]] * 4, [*wanted[:3], product_id]):
        refused = await seller.put(path, json={"document_ids": wrong}, headers={"If-Match": "*"})
        assert refused.status_code == 422 and refused.json()["errors"][0]["code"] == "not-all-media", wrong
    assert actions(owner) == ["document.attach", "document.attach", "media.order"]
    again = await seller.put(path, json={"document_ids": wanted}, headers={"If-Match": "*"})
    assert again.status_code == 200 and actions(owner)[-1:] == ["media.order"] and len(actions(owner)) == 3


async def test_a_medium_is_detached_and_its_file_stays(market: Market, owner: Connection) -> None:
    seller, product_id, (first, second) = await listed(market, "a.png", "b.pdf")
    url = (await public(market, product_id))[0]["url"]
    path = f"/v1/products/{product_id}/media/{first}"
    assert (
        await seller.put(f"{path}/texts", json={"alt": {"de": "Vorn"}}, headers={"If-Match": "*"})
    ).status_code == 200
    assert (await seller.delete(path)).status_code == 204
    assert [one["id"] for one in await public(market, product_id)] == [second]
    assert (await market.nobody.get(url)).status_code == 404
    assert owner.execute("SELECT count(*) FROM media_texts").fetchone() == (0,)
    assert (await seller.delete(path)).status_code == 404
    assert actions(owner) == ["document.attach", "media.describe", "document.detach"]
    assert (await seller.get(f"/v1/documents/{first}/content")).status_code == 200
    body = {"document_ids": [first]}
    assert (await seller.post(f"/v1/products/{product_id}/media", json=body)).status_code == 200
    assert [one["id"] for one in await public(market, product_id)] == [second, first], "shown again at once"
    assert (await seller.delete(path)).status_code == 204
    assert (await seller.delete(f"/v1/documents/{first}")).status_code == 204


async def test_what_it_shows_is_said_in_some_languages(market: Market, owner: Connection) -> None:
    seller, product_id, (picture,) = await listed(market, "a.png")
    path = f"/v1/products/{product_id}/media/{picture}/texts"
    alt = {"en": "Ejector pin, side view", "zh-Hans": "顶针侧视图"}
    assert (await seller.put(path, json={"alt": alt})).status_code == 428
    said = await seller.put(path, json={"alt": alt}, headers={"If-Match": "*"})
    assert said.status_code == 200 and said.json()[0]["alt"] == alt
    assert (await public(market, product_id))[0]["alt"] == alt
    other = await seller.put(path, json={"alt": {"de": "Auswerferstift"}}, headers={"If-Match": said.headers["etag"]})
    assert other.status_code == 200
    assert (await public(market, product_id))[0]["alt"] == {"de": "Auswerferstift"}
    for wrong in ({"xx": "no language"}, {"de": ""}, {"de": "x" * 301}):
        assert (await seller.put(path, json={"alt": wrong}, headers={"If-Match": "*"})).status_code == 422
    unknown = f"/v1/products/{product_id}/media/{product_id}/texts"
    assert (await seller.put(unknown, json={"alt": alt}, headers={"If-Match": "*"})).status_code == 404
    assert actions(owner) == ["document.attach", "media.describe", "media.describe"]


async def test_an_archived_listing_keeps_its_media_as_they_are(market: Market) -> None:
    seller, product_id, (picture,) = await listed(market, "a.png")
    await seller.post(f"/v1/products/{product_id}/archive")
    path = f"/v1/products/{product_id}/media"
    tried = [
        await seller.put(path, json={"document_ids": [picture]}, headers={"If-Match": "*"}),
        await seller.put(f"{path}/{picture}/texts", json={"alt": {"en": "x"}}, headers={"If-Match": "*"}),
        await seller.delete(f"{path}/{picture}"),
        await seller.post(path, json={"document_ids": [picture]}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in tried] == [(409, "wrong-product-state")] * 4
    assert len(await own(seller, product_id)) == 1


async def test_a_listing_shows_so_many_and_no_more(market: Market, owner: Connection) -> None:
    seller, product_id, _ = await listed(market)
    path = f"/v1/products/{product_id}/media"
    urls = [f"https://192.0.9.1/{number}.png" for number in range(40)]
    for part in (urls[:20], urls[20:]):
        assert (await seller.post(path, json={"urls": part})).status_code == 200
    picture = (await send(seller, photos.png(), "a.png")).json()["id"]
    refused = await seller.post(path, json={"document_ids": [picture]})
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-media")
    assert (await seller.post(path, json={"urls": ["https://192.0.9.1/40.png"]})).status_code == 409
    assert owner.execute("SELECT count(*) FROM document_grants").fetchone() == (0,)
    assert (await seller.post(path, json={})).json()["errors"][0]["code"] == "nothing-named"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/products/{id}/media", {"document_ids": []}),
        ("DELETE", "/v1/products/{id}/media/{medium}", None),
        ("PUT", "/v1/products/{id}/media/{medium}/texts", {"alt": {"en": "Mine"}}),
        ("POST", "/v1/products/{id}/media", {"urls": ["https://192.0.9.1/a.png"]}),
    ],
)
async def test_who_may_not_write_changes_nothing(
    market: Market, owner: Connection, method: str, path: str, body: dict[str, Any] | None
) -> None:
    seller, product_id, (medium,) = await listed(market, "a.pdf")
    colleague = await market.member(seller.firm, "warehouse")
    stranger = await market.people("supplier")
    before = (await own(seller, product_id), await public(market, product_id), actions(owner))
    target = path.format(id=product_id, medium=medium)
    tried: list[tuple[Caller, int]] = [(market.nobody, 401), (stranger, 404), (colleague, 403)]
    for caller, status in tried:
        answer = await caller.request(method, target, json=body, headers={"If-Match": "*"})
        assert answer.status_code == status, answer.text
    assert (await own(seller, product_id), await public(market, product_id), actions(owner)) == before
    assert owner.execute("SELECT count(*) FROM media_fetches").fetchone() == (0,)
    for reading in ("media", "media-urls"):
        assert (await market.nobody.get(f"/v1/products/{product_id}/{reading}")).status_code == 401
        assert (await stranger.get(f"/v1/products/{product_id}/{reading}")).status_code == 404
        assert (await colleague.get(f"/v1/products/{product_id}/{reading}")).status_code == 200


async def test_many_media_take_as_many_statements_as_one(market: Market) -> None:
    seller, product_id, _ = await listed(market, "a.png")
    path = f"/v1/products/{product_id}/media"
    with count_statements(market.db) as one:
        assert len((await seller.get(path)).json()) == 1
    ids = [(await send(seller, samples.pdf(), f"{number}.pdf")).json()["id"] for number in range(19)]
    assert (await seller.post(path, json={"document_ids": ids})).status_code == 200
    with count_statements(market.db) as twenty:
        assert len((await seller.get(path)).json()) == 20
    assert len(one) == len(twenty)


async def test_detaching_and_ordering_at_once_leave_one_truth(market: Market, owner: Connection) -> None:
    """Both lock the listing: whoever comes second finds what the first left."""
    seller, product_id, ids = await listed(market, "a.pdf", "b.step")
    path = f"/v1/products/{product_id}/media"
    answers = await asyncio.gather(
        seller.delete(f"{path}/{ids[0]}"),
        seller.put(path, json={"document_ids": ids[::-1]}, headers={"If-Match": "*"}),
    )
    assert answers[0].status_code == 204 and answers[1].status_code in (200, 422)
    assert [one["id"] for one in await public(market, product_id)] == [ids[1]]
