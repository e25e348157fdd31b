"""Pictures and drawings by their web address: fetched by the worker from a true server, once, and refused with a reason."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from app import wiring
from app.catalog.media.fetching import fetch_medium
from app.gateways.web_files import HttpWebFiles
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime
from app.kit.locales import LOCALES
from tests.market import Market, Member
from tests.rooms.catalog.test_listings import published
from tests.rooms.catalog.test_media import own, public
from tests.rooms.documents import photographs as photos
from tests.rooms.documents import samples
from tests.rooms.documents.web_site import Site, serving
from tests.rooms.messages.lamp import hurry
from tests.statements import count_statements

Connection = psycopg.Connection[tuple[Any, ...]]
OPENED = {"environment": "development", "media_allowed_networks": ("127.0.0.0/8",)}


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        yield found


@pytest.fixture
async def seller(market: Market) -> Member:
    """A supplier in an installation that may fetch from this machine."""
    settings(market, **OPENED)
    return await market.people("supplier")


def settings(market: Market, **changes: Any) -> None:
    market.settings = market.settings.model_copy(update=changes)
    market.app.state.settings = market.settings
    market.app.state.gateways = wiring.gateways(market.settings)


async def want(market: Market, seller: Member, *urls: str, product_id: str | None = None) -> str:
    product_id = product_id or await published(market, seller)
    answer = await seller.post(f"/v1/products/{product_id}/media", json={"urls": list(urls)})
    assert answer.status_code == 200, answer.text
    return product_id


async def states(seller: Member, product_id: str) -> list[tuple[str, str | None]]:
    """(state, reason) of each address, in the order in which they were named."""
    items = (await seller.get(f"/v1/products/{product_id}/media-urls")).json()["items"]
    return [(one["state"]["code"], one["reason"] and one["reason"]["code"]) for one in reversed(items)]


async def test_a_picture_and_a_drawing_are_fetched_and_shown(
    market: Market, owner: Connection, seller: Member, site: Site
) -> None:
    picture = site.put("/part.jpg", photos.photograph(), "image/jpeg")
    drawing = site.put("/drawing", samples.pdf(), "application/pdf; charset=binary")
    product_id = await want(market, seller, picture, drawing)
    assert await states(seller, product_id) == [("waiting", None), ("waiting", None)]
    await market.work()
    assert await states(seller, product_id) == [("fetched", None), ("fetched", None)]
    shown = {one["filename"]: one for one in await public(market, product_id)}
    assert shown.keys() == {"part.jpg", "drawing.pdf"}
    assert len(shown["part.jpg"]["renditions"]) == 3
    assert (await market.nobody.get(shown["drawing.pdf"]["url"])).content == samples.pdf()
    items = (await seller.get(f"/v1/products/{product_id}/media-urls")).json()["items"]
    for item in items:
        document = (await seller.get(f"/v1/documents/{item['document_id']}")).json()
        assert document["own"] and document["scan"]["code"] == "clean"
        assert item["ended_at"] is not None
    assert sorted(site.asked) == ["/drawing", "/part.jpg"]
    told = owner.execute(
        "SELECT action, actor FROM audit_entries WHERE action IN ('media.want', 'media.fetch', 'document.upload')"
    ).fetchall()
    person = f"person:{seller.person_id}"
    assert sorted(told) == [
        ("document.upload", person), ("document.upload", person), ("media.fetch", "system"), ("media.fetch", "system"),
        ("media.want", person),
    ]  # fmt: skip
    values = owner.execute("SELECT values::text FROM audit_values WHERE values::text LIKE '%drawing%'").fetchall()
    assert values == [], "addresses may hold keys: the log tells hosts"


async def test_the_same_bytes_are_one_document(market: Market, owner: Connection, seller: Member, site: Site) -> None:
    picture = photos.png()
    urls = [site.put(f"/{number}.png", picture, "image/png") for number in range(4)]
    product_id = await want(market, seller, *urls)
    await market.work()
    assert await states(seller, product_id) == [("fetched", None)] * 4
    assert owner.execute("SELECT count(*) FROM documents").fetchone() == (1,)
    assert len(await public(market, product_id)) == 1
    await want(market, seller, urls[0], product_id=product_id)
    await market.work()
    assert owner.execute("SELECT count(*), count(DISTINCT document_id) FROM media_fetches").fetchone() == (5, 1)
    used = owner.execute("SELECT used_bytes FROM document_storage_use").fetchone()
    assert used == (len(picture),)


async def test_two_jobs_at_once_leave_one_document(
    market: Market, owner: Connection, seller: Member, site: Site
) -> None:
    product_id = await want(market, seller, site.put("/part.pdf", samples.pdf(), slow_s=0.2))
    row = owner.execute("SELECT id FROM media_fetches").fetchone()
    assert row is not None
    runtime = Runtime(market.settings, market.db, market.clock, wiring.gateways(market.settings))
    job = {"organization_id": seller.firm.id, "fetch_id": UUID(str(row[0]))}
    await asyncio.gather(*(fetch_medium(runtime, **job) for _ in range(3)))
    await market.work()
    assert site.asked == ["/part.pdf"] * 3
    assert owner.execute("SELECT count(*) FROM documents").fetchone() == (1,)
    assert owner.execute("SELECT count(*) FROM audit_entries WHERE action = 'media.fetch'").fetchone() == (1,)
    assert len(await public(market, product_id)) == 1


async def test_an_address_waits_once(market: Market, owner: Connection, seller: Member, site: Site) -> None:
    url = site.put("/part.pdf", samples.pdf())
    product_id = await want(market, seller, url, url)
    await want(market, seller, url, product_id=product_id)
    assert owner.execute("SELECT count(*) FROM media_fetches").fetchone() == (1,)


async def test_no_transaction_is_open_while_another_is_called(
    market: Market, owner: Connection, seller: Member, site: Site
) -> None:
    await want(market, seller, site.put("/part.pdf", samples.pdf(), slow_s=1.5))
    row = owner.execute("SELECT id FROM media_fetches").fetchone()
    assert row is not None
    runtime = Runtime(market.settings, market.db, market.clock, wiring.gateways(market.settings))
    job = fetch_medium(runtime, organization_id=seller.firm.id, fetch_id=UUID(str(row[0])))
    working = asyncio.create_task(job)
    while not site.asked:  # noqa: ASYNC110 - it is another thread that is waited for
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    open_now = owner.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
    ).fetchone()
    await working
    assert open_now == (0,)


REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("/page.png", {"content": b"<html>", "media_type": "text/html"}, "wrong-type"),
    ("/large.png", {"content": photos.photograph(400, 200), "media_type": "image/png"}, "wrong-type"),
    ("/program.png", {"content": b"MZ" + bytes(5000), "media_type": "application/octet-stream"}, "wrong-type"),
    ("/a.zip", {"content": samples.GOOD["all.zip"], "media_type": "application/zip"}, "wrong-type"),
    ("/nameless", {"content": photos.png(), "media_type": "application/octet-stream"}, "wrong-type"),
    ("/a.svg", {"content": b"<svg/>", "media_type": "image/svg+xml"}, "svg"),
    ("/drawn.png", {"content": b"<?xml version='1.0'?><svg/>", "media_type": "image/png"}, "svg"),
    ("/empty.png", {"content": b"", "media_type": "image/png"}, "empty"),
    ("/missing.png", {"status": 404}, "server-refused"),
    ("/long.png", {"content": samples.png() + bytes(3_000_000), "media_type": "image/png"}, "too-large"),
    ("/inner.png", {"status": 302, "headers": {"location": "http://10.1.2.3/a.png"}}, "address-forbidden"),
    ("/cloud.png", {"status": 302, "headers": {"location": "http://169.254.169.254/"}}, "address-forbidden"),
    ("/round.png", {"status": 302, "headers": {"location": "/round.png"}}, "redirected"),
    ("/file.png", {"status": 302, "headers": {"location": "file:///etc/passwd"}}, "url-invalid"),
)


async def test_what_is_not_taken_is_told_and_leaves_nothing(
    market: Market, owner: Connection, seller: Member, site: Site
) -> None:
    settings(market, max_upload_bytes=2_000_000, **OPENED)
    product_id = await want(market, seller, *(site.put(path, **page) for path, page, _ in REFUSED))
    await market.work()
    path = f"/v1/products/{product_id}/media-urls"
    told = {
        one["url"].removeprefix(f"http://127.0.0.1:{site.port}"): (one["state"]["code"], one["reason"]["code"])
        for one in (await seller.get(path)).json()["items"]
    }
    assert told == {path: ("refused", reason) for path, _, reason in REFUSED}
    assert owner.execute("SELECT count(*) FROM documents").fetchone() == (0,)
    assert await own(seller, product_id) == []
    labels: dict[str, set[str]] = {}
    for locale in LOCALES:
        for one in (await seller.get(f"{path}?locale={locale}")).json()["items"]:
            labels.setdefault(one["reason"]["code"], set()).add(one["reason"]["label"])
    assert {reason: len(found) for reason, found in labels.items()} == dict.fromkeys(labels, len(LOCALES)), (
        "each reader is told in his own language"
    )


async def test_inner_addresses_are_refused_where_no_network_is_allowed(market: Market, site: Site) -> None:
    settings(market, environment="development")
    seller = await market.people("supplier")
    urls = [site.put("/a.png", photos.png()), f"http://localhost:{site.port}/a.png", f"http://[::1]:{site.port}/a.png"]
    product_id = await want(market, seller, *urls)
    await market.work()
    assert await states(seller, product_id) == [("refused", "address-forbidden")] * 3
    assert site.asked == []


async def test_plain_http_is_refused_at_once_in_production(market: Market, owner: Connection, site: Site) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    bad = ["http://example.com/a.png", "https://user:pw@example.com/a.png", "ftp://example.com/a.png", "a.png"]
    body = {"urls": ["https://192.0.9.1/a.png", *bad]}
    settings(market, environment="production", media_allowed_networks=("127.0.0.0/8",))
    answer = await seller.post(f"/v1/products/{product_id}/media", json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/urls/{n}" for n in (1, 2, 3, 4)]
    assert owner.execute("SELECT count(*) FROM media_fetches").fetchone() == (0,)


async def test_what_failed_for_now_is_tried_again_and_then_given_up(
    market: Market, owner: Connection, seller: Member, site: Site
) -> None:
    url = site.put("/part.pdf", status=503)
    product_id = await want(market, seller, url)
    await market.work()
    assert await states(seller, product_id) == [("waiting", "server-refused")]
    site.put("/part.pdf", samples.pdf(), "application/pdf")
    assert hurry(owner) == 1
    await market.work()
    assert await states(seller, product_id) == [("fetched", None)]
    gone = site.put("/gone.pdf", status=500)
    await want(market, seller, gone, product_id=product_id)
    for _ in range(3):
        await market.work()
        hurry(owner)
    assert await states(seller, product_id) == [("fetched", None), ("refused", "server-refused")]
    assert site.asked.count("/gone.pdf") == 3


async def test_a_slow_server_is_given_up(market: Market, owner: Connection, seller: Member, site: Site) -> None:
    site.put("/part.pdf", samples.pdf(), slow_s=5.0)
    product_id = await want(market, seller, f"{site.url}/part.pdf")
    row = owner.execute("SELECT id FROM media_fetches").fetchone()
    assert row is not None
    hasty = HttpWebFiles(max_bytes=10_000, allow_http=True, allowed_networks=["127.0.0.0/8"], timeout_s=0.2)
    gateways = {**wiring.gateways(market.settings), "web_files": hasty}
    runtime = Runtime(market.settings, market.db, market.clock, gateways)
    for _ in range(3):
        await fetch_medium(runtime, organization_id=seller.firm.id, fetch_id=UUID(str(row[0])))
    assert await states(seller, product_id) == [("refused", "timed-out")]


async def test_a_full_store_and_an_archived_listing_are_told(
    market: Market, owner: Connection, seller: Member, site: Site
) -> None:
    url = site.put("/part.pdf", samples.pdf(), "application/pdf")
    product_id = await want(market, seller, url)
    await seller.post(f"/v1/products/{product_id}/archive")
    await market.work()
    assert await states(seller, product_id) == [("refused", "listing-archived")]
    await seller.post(f"/v1/products/{product_id}/withdraw")
    settings(market, document_quota_bytes=1024, **OPENED)
    big = site.put("/big.pdf", samples.pdf(body=b"%" + b"x" * 2000), "application/pdf")
    await want(market, seller, big, product_id=product_id)
    await market.work()
    assert await states(seller, product_id) == [("refused", "listing-archived"), ("refused", "storage-full")]
    assert owner.execute("SELECT count(*) FROM documents").fetchone() == (0,)


async def test_addresses_are_the_suppliers_alone(market: Market, seller: Member) -> None:
    await want(market, seller, "https://192.0.9.1/a.png?key=secret")
    other = await market.people("supplier")
    operator = await market.people("operator")
    for reader in (other, operator):
        async with market.db.transaction() as session:
            await act_for(session, reader.firm.id, operator=reader is operator)
            assert (await session.execute(text("SELECT count(*) FROM media_fetches"))).scalar() == 0
    async with market.db.transaction(Role.WORKER) as session:
        assert (await session.execute(text("SELECT count(*) FROM media_fetches"))).scalar() == 0


async def test_a_list_takes_as_many_statements_for_twenty_as_for_one(market: Market, seller: Member) -> None:
    product_id = await want(market, seller, "https://192.0.9.1/a.png")
    path = f"/v1/products/{product_id}/media-urls"
    with count_statements(market.db) as one:
        assert len((await seller.get(path)).json()["items"]) == 1
    await want(market, seller, *(f"https://192.0.9.1/{n}.png" for n in range(19)), product_id=product_id)
    with count_statements(market.db) as twenty:
        assert len((await seller.get(path)).json()["items"]) == 20
    assert len(one) == len(twenty)
    first = (await seller.get(path, params={"limit": 12})).json()
    rest = (await seller.get(path, params={"limit": 12, "cursor": first["next_cursor"]})).json()
    assert len({item["id"] for item in first["items"] + rest["items"]}) == 20
