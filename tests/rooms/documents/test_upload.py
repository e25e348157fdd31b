"""Uploading over HTTP: what is accepted, what is refused, and that a refusal leaves nothing."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.documents.guards import received_file
from app.documents.routes import router
from app.gateways.files import LocalFileStore
from app.kit.verify import verify_all
from app.main import UPLOADS
from tests.market import Market
from tests.rooms.documents import samples
from tests.rooms.documents.test_inspection import HOSTILE
from tests.rooms.documents.uploads import ready, send

Connection = psycopg.Connection[tuple[Any, ...]]


def stored(market: Market) -> list[Path]:
    """Every file in the store, unfinished ones too."""
    return [path for path in (market.settings.data_dir / "files").rglob("*") if path.is_file()]


def count(owner: Connection, table: str) -> int:
    row = owner.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else -1


async def test_every_accepted_kind_becomes_clean(market: Market) -> None:
    owner = await market.people("buyer")
    for name in samples.GOOD:
        answer = await send(owner, name=name)
        assert answer.status_code == 201, (name, answer.text)
        assert answer.json()["filename"] == name
        assert answer.json()["scan"]["code"] == "pending"
        assert answer.headers["location"] == f"/v1/documents/{answer.json()['id']}"
    await market.work()
    listed = (await owner.get("/v1/documents?limit=100")).json()["items"]
    assert {item["scan"]["code"] for item in listed} == {"clean"}
    assert len(listed) == len(samples.GOOD)


@pytest.mark.parametrize("name", ["script in a PDF", "zip slip", "macro workbook", "huge PNG", "EICAR"])
async def test_hostile_files_end_refused_and_are_never_handed_out(market: Market, name: str) -> None:
    kind, content, reason = HOSTILE[name]
    owner = await market.people("buyer")
    extension = {"jpeg": "jpg"}.get(kind, kind)
    document_id = await ready(market, owner, content, f"x.{extension}")
    shown = (await owner.get(f"/v1/documents/{document_id}")).json()
    assert (shown["scan"]["code"], shown["scan_reason"]["code"]) == ("refused", reason)
    answer = await owner.get(f"/v1/documents/{document_id}/content")
    assert (answer.status_code, answer.json()["code"]) == (409, "document-refused")


@pytest.mark.parametrize(
    ("name", "content", "declared", "status", "code"),
    [
        ("tool.exe", b"MZ" + bytes(100), "application/octet-stream", 415, "file-kind-unknown"),
        ("page.svg", b"<svg/>", "image/svg+xml", 415, "svg-not-accepted"),
        ("nothing", samples.pdf(), "application/pdf", 415, "file-kind-unknown"),
        ("drawing.pdf", samples.png(), "application/pdf", 415, "file-kind-mismatch"),
        ("drawing.pdf", samples.pdf(), "text/html", 415, "file-kind-mismatch"),
        ("core.step", b"MZ" + bytes(9_000), "application/octet-stream", 415, "file-kind-mismatch"),
    ],
)
async def test_wrong_kinds_leave_nothing(
    market: Market, owner: Connection, name: str, content: bytes, declared: str, status: int, code: str
) -> None:
    member = await market.people("buyer")
    answer = await send(member, content, name, declared)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert stored(market) == []
    assert count(owner, "documents") == 0


async def test_an_empty_file_is_refused(market: Market) -> None:
    member = await market.people("buyer")
    answer = await member.post("/v1/documents", files={"file": ("empty.pdf", b"", "application/pdf")})
    assert (answer.status_code, answer.json()["code"]) == (422, "file-empty")
    assert stored(market) == []


@pytest.mark.parametrize("announced", [True, False])
async def test_a_file_over_the_limit_leaves_nothing(market: Market, monkeypatch: Any, announced: bool) -> None:
    member = await market.people("buyer")
    edge = market.app.middleware_stack
    while edge is not None and not hasattr(edge, "larger"):
        edge = getattr(edge, "app", None)
    monkeypatch.setattr(edge, "larger", [(UPLOADS, 20_000)])
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        + b"x" * 30_000
        + b"\r\n--b--\r\n"
    )

    async def slowly() -> Any:
        for at in range(0, len(body), 1_000):
            yield body[at : at + 1_000]

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    if announced:
        answer = await member.post("/v1/documents", content=body, headers=headers)
    else:
        answer = await member.post("/v1/documents", content=slowly(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert stored(market) == []


FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n'


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "upload-broken"),
        (b"hello", 422, "upload-broken"),
        (FILE, 422, "upload-broken"),
        (FILE + FILE + b"--b--\r\n", 422, "upload-broken"),
        (FILE.replace(b'"file"', b'"other"') + b"--b--\r\n", 422, "upload-broken"),
        (FILE.replace(b'; filename="a.txt"', b"") + b"--b--\r\n", 422, "upload-broken"),
        (FILE.replace(b"a.txt", b"a" * 9_000) + b"--b--\r\n", 422, "upload-broken"),
        (FILE.replace(b"hello", b"") + b"--b--\r\n", 422, "file-empty"),
    ],
)
async def test_broken_forms_are_refused_and_leave_nothing(market: Market, body: bytes, status: int, code: str) -> None:
    member = await market.people("buyer")
    answer = await member.post(
        "/v1/documents", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert stored(market) == []


async def test_something_else_than_a_form_is_refused(market: Market) -> None:
    member = await market.people("buyer")
    for kind in ("application/json", "multipart/form-data", "", "multipart/form-data; boundary=" + "b" * 300):
        answer = await member.post("/v1/documents", content=b"{}", headers={"Content-Type": kind})
        assert answer.json()["code"] in ("not-multipart", "upload-broken"), kind


async def test_names_are_kept_for_showing_and_lead_nowhere(market: Market) -> None:
    member = await market.people("buyer")
    answer = await send(member, name="..\\..\\模具 图纸 (v2).pdf")
    assert answer.json()["filename"] == "模具 图纸 (v2).pdf"
    answer = await send(member, samples.pdf(), name="../../../x/y.pdf")
    assert answer.json()["filename"] == "y.pdf"
    root = (market.settings.data_dir / "files").resolve()
    assert all(len(path.relative_to(root).parts) == 3 for path in stored(market))


async def test_the_same_key_makes_one_document(market: Market, owner: Connection) -> None:
    member = await market.people("buyer")
    key = {"Idempotency-Key": "the-same"}
    first = await send(member, headers=key)
    again = await send(member, headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    other = await send(member, samples.pdf(b"/Lang (de)"), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert count(owner, "documents") == 1
    missing = await send(member, headers={"Idempotency-Key": ""})
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency-key-missing")


async def test_who_may_upload(market: Market, owner: Connection) -> None:
    viewer = await market.people("buyer", as_=("viewer",))
    assert (await send(market.nobody)).status_code == 401
    assert (await send(viewer)).status_code == 403
    assert stored(market) == []
    assert count(owner, "documents") == 0


async def test_the_quota_holds_under_concurrent_uploads(market: Market, owner: Connection) -> None:
    member = await market.people("buyer")
    size = len(samples.pdf())
    owner.execute(
        "INSERT INTO document_storage_use (organization_id, quota_bytes) VALUES (%s, %s)",
        (member.firm.id, 3 * size + 1),
    )
    answers = await asyncio.gather(*(send(member, name=f"{n}.pdf") for n in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"quota-exceeded"}
    first = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    assert (await member.delete(f"/v1/documents/{first}")).status_code == 204
    assert (await send(member)).status_code == 201
    finding = next(item for item in await verify_all(market.db) if item.check == "document storage")
    assert (finding.looked_at, finding.broken) == (1, ())
    owner.execute("UPDATE document_storage_use SET used_bytes = used_bytes + 1")
    finding = next(item for item in await verify_all(market.db) if item.check == "document storage")
    assert not finding.holds


async def test_the_sweep_removes_orphans_and_keeps_what_anybody_has(market: Market) -> None:
    one, other = await market.people("buyer"), await market.people("supplier")
    store = LocalFileStore(market.settings.data_dir / "files")

    async def orphan() -> Any:
        yield b"nobody's"

    lost = await store.put(orphan(), max_bytes=100)
    mine = await ready(market, one)
    await ready(market, other)
    theirs = await ready(market, other, samples.png(), "part.png")
    await other.delete(f"/v1/documents/{theirs}")
    assert len(stored(market)) == 3
    await _sweep(market)
    assert len(stored(market)) == 3
    for path in stored(market):
        os.utime(path, (time.time() - 90_000, time.time() - 90_000))
    await _sweep(market)
    assert [path.name for path in stored(market)] == [(await one.get(f"/v1/documents/{mine}")).json()["sha256"]]
    assert not await store.exists(lost.key)
    # One of two organizations with the same content deletes it: the other's stays.
    await one.delete(f"/v1/documents/{mine}")
    await _sweep(market)
    assert len(stored(market)) == 1


async def _sweep(market: Market) -> None:
    from app.documents.jobs import sweep_files
    from app.kit.jobs import Runtime

    await sweep_files(Runtime(market.settings, market.db, market.clock, market.app.state.gateways))


async def test_a_put_meanwhile_rescues_an_old_file(tmp_path: Path) -> None:
    store = LocalFileStore(tmp_path)

    async def bytes_() -> Any:
        yield b"content"

    kept = await store.put(bytes_(), max_bytes=100)
    assert await store.old_keys(older_than_s=1000) == []
    assert await store.delete_old(kept.key, older_than_s=1000) is False
    assert await store.exists(kept.key)
    assert await store.delete_old("../../etc/passwd", older_than_s=0) is False


def test_the_file_arrives_before_the_transaction_begins() -> None:
    """The upload's guard is resolved first, and none of what it depends on opens the request's transaction."""
    from app.kit.db.session import get_session

    route = next(r for r in router.routes if getattr(r, "name", "") == "post_document")
    first = route.dependant.dependencies[0]  # type: ignore[attr-defined]
    assert first.call is received_file

    def calls(dependant: Any) -> set[Any]:
        return {dependant.call} | {call for inner in dependant.dependencies for call in calls(inner)}

    assert get_session not in calls(first)
