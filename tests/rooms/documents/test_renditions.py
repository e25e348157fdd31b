"""Pictures that everybody sees: made once by the worker, served by what the reader accepts, their originals never."""

import asyncio
import io
from typing import Any
from uuid import UUID

import psycopg
import pytest
from PIL import Image
from sqlalchemy import text

from app import wiring
from app.documents import facade
from app.documents.usecases.make_renditions import make_renditions
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from tests.market import Market, Member
from tests.rooms.documents import photographs as photos
from tests.rooms.documents import samples
from tests.rooms.documents.test_content import acting
from tests.rooms.documents.uploads import ready, send

Connection = psycopg.Connection[tuple[Any, ...]]
WEBP = {"Accept": "image/avif,image/webp,image/*;q=0.8"}


async def show(market: Market, owner: Member, document_id: str, *, published: bool = True) -> tuple[str, UUID]:
    """Show a document with a thing of the owner, as a listing does."""
    entity = ("product", new_id())
    async with market.db.transaction() as session:
        await act_for(session, owner.firm.id)
        await facade.attach(session, acting(owner), [UUID(document_id)], entity=entity, shown=True)
        if published:
            await facade.publish(session, entity)
    return entity


async def shown(market: Market, owner: Member, content: bytes, name: str) -> str:
    """A picture that everybody sees; its path."""
    document_id = await ready(market, owner, content, name)
    await show(market, owner, document_id)
    await market.work()
    return f"/v1/media/{document_id}"


def picture_of(owner: Connection) -> tuple[Any, ...]:
    row = owner.execute("SELECT state, reason, width_px, height_px FROM document_pictures").fetchone()
    assert row is not None
    return row


async def test_everybody_sees_renditions_and_the_owner_alone_the_original(market: Market, owner: Connection) -> None:
    supplier, buyer = await market.people("supplier"), await market.people("buyer")
    original = photos.photograph()
    path = await shown(market, supplier, original, "Werkhalle.jpg")
    assert picture_of(owner) == ("ready", None, 2000, 1000)
    sizes = set()
    for width in ("", "?width=320", "?width=800", "?width=1600"):
        for accept, media_type in ((WEBP, "image/webp"), ({"Accept": "*/*"}, "image/jpeg"), ({}, "image/jpeg")):
            answer = await market.nobody.get(path + width, headers=accept)
            assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
            assert photos.SECRET not in answer.content and b"Exif" not in answer.content
            image = Image.open(io.BytesIO(answer.content))
            sizes.add((width, image.width))
            assert "Accept" in answer.headers["vary"]
            assert answer.headers["content-length"] == str(len(answer.content))
    assert sizes == {("", 1600), ("?width=320", 320), ("?width=800", 800), ("?width=1600", 1600)}
    content = f"{path.replace('/media/', '/documents/')}/content"
    assert (await supplier.get(content)).content == original
    assert (await buyer.get(content)).status_code == 404
    assert (await buyer.request("HEAD", content)).status_code == 404
    assert (await market.nobody.get(content)).status_code == 401
    denied = owner.execute("SELECT count(*) FROM audit_entries WHERE action = 'document.download_denied'").fetchone()
    assert denied == (2,)


async def test_who_was_given_a_picture_in_a_deal_gets_it_as_it_is(market: Market) -> None:
    supplier, buyer = await market.people("supplier"), await market.people("buyer")
    original = photos.photograph()
    path = await shown(market, supplier, original, "part.jpg")
    document_id = path.rpartition("/")[2]
    async with market.db.transaction() as session:
        await act_for(session, supplier.firm.id)
        ids, entity = [UUID(document_id)], ("quote", new_id())
        await facade.attach(session, acting(supplier), ids, entity=entity, reader_ids=[buyer.firm.id])
    assert (await buyer.get(f"/v1/documents/{document_id}/content")).content == original


async def test_headers_that_let_caches_keep_and_browsers_run_nothing(market: Market, owner: Connection) -> None:
    supplier = await market.people("supplier")
    path = await shown(market, supplier, photos.png(), "模具.png")
    answer = await market.nobody.get(path, headers=WEBP)
    headers = answer.headers
    assert headers["cache-control"] == "public, max-age=3600"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["content-disposition"].startswith("attachment;")
    assert headers["content-disposition"].endswith(".webp")
    assert headers["etag"].startswith('"') and "W/" not in headers["etag"]
    version = owner.execute("SELECT version FROM document_pictures").fetchone()
    assert version is not None
    kept = await market.nobody.get(f"{path}?v={version[0]}", headers=WEBP)
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await market.nobody.get(f"{path}?v=another")).headers["cache-control"] == "public, max-age=3600"
    jpeg = await market.nobody.get(path)
    assert jpeg.headers["etag"] != headers["etag"]
    for tag, accept, status in (
        (headers["etag"], WEBP, 304),
        (headers["etag"], {}, 200),
        (jpeg.headers["etag"], {}, 304),
    ):
        again = await market.nobody.get(path, headers={**accept, "If-None-Match": tag})
        assert again.status_code == status
        assert again.headers["cache-control"] == "public, max-age=3600" and "Accept" in again.headers["vary"]
    head = await market.nobody.request("HEAD", path, headers=WEBP)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", headers["etag"])


async def test_ranges_of_renditions_and_of_drawings(market: Market) -> None:
    supplier = await market.people("supplier")
    for content, name in ((photos.png(), "part.png"), (samples.pdf(), "drawing.pdf")):
        path = await shown(market, supplier, content, name)
        whole = (await market.nobody.get(path)).content
        part = await market.nobody.get(path, headers={"Range": "bytes=5-9"})
        assert (part.status_code, part.content) == (206, whole[5:10])
        assert part.headers["content-range"] == f"bytes 5-9/{len(whole)}"
        behind = await market.nobody.get(path, headers={"Range": f"bytes={len(whole)}-"})
        assert (behind.status_code, behind.json()["code"]) == (416, "range-not-satisfiable")
    assert whole == samples.pdf(), "a drawing is shown as it is"


async def test_widths_are_those_offered(market: Market) -> None:
    path = await shown(market, await market.people("supplier"), photos.png(500, 300), "part.png")
    assert (await market.nobody.get(f"{path}?width=64")).status_code == 422
    for width, got in ((320, 320), (800, 500), (1600, 500)):
        answer = await market.nobody.get(f"{path}?width={width}")
        assert Image.open(io.BytesIO(answer.content)).width == got


async def test_a_picture_waits_for_its_checks(market: Market, owner: Connection) -> None:
    """Attached before the checks ended: the renditions are made afterwards."""
    supplier = await market.people("supplier")
    document_id = (await send(supplier, photos.png(), "part.png")).json()["id"]
    await show(market, supplier, document_id)
    assert (await market.nobody.get(f"/v1/media/{document_id}")).status_code == 404
    assert picture_of(owner)[0] == "waiting"
    await market.work()
    assert (await market.nobody.get(f"/v1/media/{document_id}")).status_code == 200
    assert owner.execute(
        "SELECT count(*) FROM outbox_events WHERE type = 'documents.renditions_made.v1'"
    ).fetchone() == (1,)


async def test_what_is_not_shown_gets_no_renditions(market: Market, owner: Connection) -> None:
    await ready(market, await market.people("buyer"), photos.png(), "damage.png")
    assert owner.execute("SELECT count(*) FROM document_pictures").fetchone() == (0,)


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (samples.jpeg(), "part.jpg", "damaged"),
        (photos.torn(), "part.png", "damaged"),
        (photos.bomb(), "part.png", "too-large"),
    ],
)
async def test_what_cannot_be_rendered_is_shown_to_nobody(
    market: Market, owner: Connection, content: bytes, name: str, reason: str
) -> None:
    supplier = await market.people("supplier")
    document_id = await ready(market, supplier, content, name)
    assert (await supplier.get(f"/v1/documents/{document_id}")).json()["scan"]["code"] == "clean"
    await show(market, supplier, document_id)
    await market.work()
    assert picture_of(owner) == ("refused", reason, None, None)
    assert (await market.nobody.get(f"/v1/media/{document_id}")).status_code == 404
    assert (await supplier.get(f"/v1/documents/{document_id}/content")).content == content
    assert owner.execute("SELECT count(*) FROM document_renditions").fetchone() == (0,)


async def test_two_jobs_at_once_leave_one_set_of_renditions(market: Market, owner: Connection) -> None:
    supplier = await market.people("supplier")
    document_id = await ready(market, supplier, photos.photograph(), "part.jpg")
    await show(market, supplier, document_id)
    runtime = Runtime(market.settings, market.db, market.clock, wiring.gateways(market.settings))
    job = {"organization_id": supplier.firm.id, "document_id": UUID(document_id)}
    await asyncio.gather(*(make_renditions(runtime, **job) for _ in range(3)))
    await market.work()
    assert picture_of(owner)[0] == "ready"
    assert owner.execute("SELECT count(*) FROM document_renditions").fetchone() == (6,)
    assert owner.execute("SELECT count(*) FROM audit_entries WHERE action = 'document.render'").fetchone() == (1,)
    assert owner.execute(
        "SELECT count(*) FROM outbox_events WHERE type = 'documents.renditions_made.v1'"
    ).fetchone() == (1,)


async def test_a_lost_original_is_told(market: Market, owner: Connection) -> None:
    supplier = await market.people("supplier")
    document_id = await ready(market, supplier, photos.png(), "part.png")
    sha256 = (await supplier.get(f"/v1/documents/{document_id}")).json()["sha256"]
    await show(market, supplier, document_id)
    await market.app.state.gateways["files"].delete(sha256)
    await market.work()
    assert picture_of(owner)[:2] == ("refused", "missing")


async def test_a_deleted_picture_leaves_nothing(market: Market, owner: Connection) -> None:
    supplier = await market.people("supplier")
    document_id = await ready(market, supplier, photos.png(), "part.png")
    entity = await show(market, supplier, document_id)
    await market.work()
    keys = [str(row[0]) for row in owner.execute("SELECT file_key FROM document_renditions").fetchall()]
    assert len(keys) == 6
    assert (await supplier.delete(f"/v1/documents/{document_id}")).status_code == 409
    async with market.db.transaction() as session:
        await act_for(session, supplier.firm.id)
        assert await facade.detach(session, acting(supplier), UUID(document_id), entity)
    assert (await market.nobody.get(f"/v1/media/{document_id}")).status_code == 404
    assert (await supplier.delete(f"/v1/documents/{document_id}")).status_code == 204
    assert owner.execute("SELECT count(*) FROM document_renditions").fetchone() == (0,)
    assert owner.execute("SELECT count(*) FROM document_pictures").fetchone() == (0,)


async def test_what_a_deal_attached_cannot_be_detached_even_in_sql(market: Market) -> None:
    supplier, buyer = await market.people("supplier"), await market.people("buyer")
    document_id = await ready(market, supplier)
    async with market.db.transaction() as session:
        await act_for(session, supplier.firm.id)
        ids, entity = [UUID(document_id)], ("quote", new_id())
        await facade.attach(session, acting(supplier), ids, entity=entity, reader_ids=[buyer.firm.id])
        gone = await session.execute(text("DELETE FROM document_grants"))
        assert gone.rowcount == 0  # type: ignore[attr-defined]


async def test_renditions_of_others_are_out_of_reach_in_sql(market: Market) -> None:
    supplier, other = await market.people("supplier"), await market.people("supplier")
    document_id = await ready(market, supplier, photos.png(), "part.png")
    await show(market, supplier, document_id, published=False)
    await market.work()
    for role in (Role.APP, Role.WORKER):
        async with market.db.transaction(role) as session:
            await act_for(session, other.firm.id)
            for table in ("document_pictures", "document_renditions"):
                assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar() == 0
                assert (await session.execute(text(f"DELETE FROM {table}"))).rowcount == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "content", "declared"),
    [
        ("part.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        ("part.svgz", b"\x1f\x8b", "application/gzip"),
        ("part.png", b"<svg/>", "image/svg+xml"),
    ],
)
async def test_svg_is_refused_with_a_reason(
    market: Market, owner: Connection, name: str, content: bytes, declared: str
) -> None:
    answer = await send(await market.people("supplier"), content, name, declared)
    assert (answer.status_code, answer.json()["code"]) == (415, "svg-not-accepted")
    assert "scripts" in answer.json()["detail"]
    assert owner.execute("SELECT count(*) FROM documents").fetchone() == (0,)
