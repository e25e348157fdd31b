"""Who may import, what an import costs, and what happens when it is stopped, killed or interrupted."""

import asyncio
import os
import subprocess
import sys
import time
from typing import Any
from uuid import UUID

import psycopg
import pytest

from app.catalog.exchange import running
from app.catalog.exchange.pace import Pacer
from app.catalog.exchange.readers.rows import Row
from app.catalog.exchange.spool import Spool
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.settings import Settings
from tests.market import Market, Member
from tests.rooms.catalog.files import csv_bytes, findings, imported, row, started, supplier


async def test_only_who_keeps_the_catalogue_imports(market: Market, owner: psycopg.Connection[Any]) -> None:
    seller = await supplier(market)
    viewer = await market.member(seller.firm, "viewer")
    stranger = await supplier(market)
    buyer = await market.people("buyer")
    waiting = (await started(market, seller, csv_bytes([row()]))).json()
    form = {"document_id": waiting["document_id"]}
    path = f"/v1/listing-imports/{waiting['id']}"
    mapping = {"json": {"columns": {"sku": None}}, "headers": {"If-Match": "*"}}

    def stored() -> list[Any]:
        return owner.execute(
            "SELECT id::text, state, version FROM listing_imports UNION ALL "
            "SELECT signature, '', 0 FROM listing_header_mappings ORDER BY 1"
        ).fetchall()

    before = stored()
    for caller, new, known in (
        (market.nobody, 401, 401),
        (stranger, 422, 404),
        (buyer, 403, 404),
        (viewer, 403, 403),
    ):
        assert (await caller.post("/v1/listing-imports", json=form)).status_code == new
        assert (await caller.post(f"{path}/cancellation")).status_code == known
        assert (await caller.put(f"{path}/mapping", **mapping)).status_code == known
        read = 200 if caller is viewer else known
        for address in (path, f"{path}/findings", f"{path}/report"):
            assert (await caller.get(address)).status_code == read, address
    assert (await stranger.get("/v1/listing-imports")).json()["items"] == []
    assert stored() == before
    assert (await seller.post(f"{path}/cancellation")).status_code == 200


async def test_a_cancelled_import_writes_nothing_more(market: Market) -> None:
    seller = await supplier(market)
    waiting = (await started(market, seller, csv_bytes([row()]))).json()
    path = f"/v1/listing-imports/{waiting['id']}"
    stopped = await seller.post(f"{path}/cancellation")
    assert stopped.json()["state"]["code"] == "cancelled" and stopped.json()["ended_at"]
    assert (await seller.post(f"{path}/cancellation")).json()["state"]["code"] == "cancelled"
    await market.work()
    assert (await seller.get("/v1/products")).json()["items"] == []
    done = await imported(market, seller, csv_bytes([row()]))
    refused = await seller.post(f"/v1/listing-imports/{done['id']}/cancellation")
    assert (refused.status_code, refused.json()["code"]) == (409, "import-ended")


async def test_a_running_import_is_cancelled_between_two_chunks(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = await supplier(market)
    monkeypatch.setattr(running, "CHUNK_ROWS", 2)
    waiting = (await started(market, seller, many(10))).json()
    path = f"/v1/listing-imports/{waiting['id']}"
    chunks = 0

    async def stop_after_two(self: Pacer, seconds: float) -> None:
        nonlocal chunks
        chunks += 1
        if chunks == 2:
            seen = (await seller.get(path)).json()
            assert (seen["state"]["code"], seen["percent"], seen["rows_accepted"]) == ("reading", 40, 4)
            assert (await seller.post(f"{path}/cancellation")).status_code == 200

    monkeypatch.setattr(Pacer, "sleep", stop_after_two)
    await market.work()
    stopped = (await seller.get(path)).json()
    assert (stopped["state"]["code"], stopped["products_created"], chunks) == ("cancelled", 4, 2)
    assert len((await seller.get("/v1/products")).json()["items"]) == 4


def many(products: int, *, rows: int = 1) -> bytes:
    """A file of draft listings, quickly made."""
    base = row(state="draft")
    return csv_bytes([{**base, "code": f"pin-{n}", "sku": f"P-{n}-{m}"} for n in range(products) for m in range(rows)])


async def test_an_interrupted_import_goes_on_behind_its_last_chunk(
    market: Market, monkeypatch: pytest.MonkeyPatch, owner: psycopg.Connection[Any]
) -> None:
    seller = await supplier(market)
    monkeypatch.setattr(running, "CHUNK_ROWS", 2)
    waiting = (await started(market, seller, many(10))).json()
    taken: list[int] = []
    committed: list[Any] = []
    original = running.take_over

    async def fails_once(session: Any, run: Any, work: Any, groups: Any, **more: Any) -> None:
        if len(taken) == 3:
            committed.append(owner.execute("SELECT state, products_created FROM listing_imports").fetchone())
        taken.append(groups[0].position)
        await original(session, run, work, groups, **more)
        if len(taken) == 3:
            # Everything of this chunk was written, and nothing of it committed.
            raise ConnectionError("the lights went out")

    monkeypatch.setattr(running, "take_over", fails_once)
    await market.work()
    # It is tried again after some seconds; on a slow machine, that was while the worker still ran.
    owner.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'catalog.import_listings'")
    await market.work()
    assert committed == [("reading", 4)]
    done = (await seller.get(f"/v1/listing-imports/{waiting['id']}")).json()
    assert (done["state"]["code"], done["products_created"], done["rows_accepted"]) == ("done", 10, 10)
    assert taken == [1, 3, 5, 5, 7, 9]
    count = owner.execute("SELECT count(*), count(DISTINCT code), max(version) FROM products").fetchone()
    assert count == (10, 10, 1)


async def test_a_worker_that_is_killed_loses_and_repeats_nothing(
    market: Market, owner: psycopg.Connection[Any]
) -> None:
    """A real worker process, killed without warning in the middle of a workbook; another goes on."""
    seller = await supplier(market)
    import_id = (await started(market, seller, as_workbook(many(250, rows=2)), "list.xlsx")).json()["id"]
    worker = worker_process(market.settings)
    try:
        done = await until(owner, import_id, lambda products, state: products >= 80)
        worker.kill()
        worker.wait()
        assert 80 <= done < 250, "killed too late to prove anything"
        stored = owner.execute("SELECT count(*) FROM products WHERE supplier_id = %s", (seller.firm.id,)).fetchone()
        kept = owner.execute("SELECT products_done FROM listing_imports WHERE id = %s", (import_id,)).fetchone()
        assert stored == kept
        worker = worker_process(market.settings)
        await until(owner, import_id, lambda products, state: state == "done")
        await is_whole(owner, seller, import_id)
    finally:
        worker.terminate()
        worker.wait()


async def is_whole(owner: psycopg.Connection[Any], seller: Member, import_id: str) -> None:
    """All of the file is there, once, and was told once."""
    one = (await seller.get(f"/v1/listing-imports/{import_id}")).json()
    assert (one["products_created"], one["rows_accepted"], one["rows_refused"]) == (250, 500, 0)
    mine = "SELECT count(*), max(version) FROM products WHERE supplier_id = %s"
    assert owner.execute(mine, (seller.firm.id,)).fetchone() == (250, 1)
    parts = "SELECT count(*) FROM variants WHERE supplier_id = %s"
    assert owner.execute(parts, (seller.firm.id,)).fetchone() == (500,)
    told = "SELECT data FROM outbox_events WHERE type = 'catalog.listings_imported.v1' AND data ->> 'supplier_id' = %s"
    assert [data for (data,) in owner.execute(told, (str(seller.firm.id),))] == [
        {"supplier_id": str(seller.firm.id), "listings": 250, "published": 0}
    ]


def as_workbook(content: bytes) -> bytes:
    import csv
    import io

    from app.kit.xlsx import XlsxOut

    out = XlsxOut(["Listings"])
    return out.rows(csv.reader(io.StringIO(content.decode()))) + out.end()


def worker_process(settings: Settings) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "PARTINGLINE_SECRET_KEY": settings.secret_key.get_secret_value(),
        "PARTINGLINE_DATA_DIR": str(settings.data_dir),
        "PARTINGLINE_LOG_LEVEL": "error",
    }
    return subprocess.Popen([sys.executable, "-m", "app.cli", "worker"], env=environment)


async def until(owner: psycopg.Connection[Any], import_id: str, met: Any, *, within_s: float = 180) -> int:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = owner.execute(
            "SELECT products_done, state FROM listing_imports WHERE id = %s", (UUID(import_id),)
        ).fetchone()
        assert found is not None
        if met(*found):
            return int(found[0])
        assert found[1] not in ("failed", "cancelled"), found
        await asyncio.sleep(0.02)
    raise AssertionError("the import did not get there in time")


async def statements_of(market: Market, seller: Member, products: int, start: int) -> int:
    base = row()
    content = csv_bytes([{**base, "code": f"p-{n}", "sku": f"P-{n}"} for n in range(start, start + products)])
    await started(market, seller, content)
    # The worker has engines of its own, so the statements are counted where they all pass.
    seen = 0
    original = running.take_over

    async def counted(session: Any, *arguments: Any, **more: Any) -> None:
        nonlocal seen
        from sqlalchemy import event

        def note(*_: object) -> None:
            nonlocal seen
            seen += 1

        engine = session.get_bind().engine if hasattr(session.get_bind(), "engine") else session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        try:
            await original(session, *arguments, **more)
        finally:
            event.remove(engine, "before_cursor_execute", note)

    running.take_over = counted  # type: ignore[assignment]
    try:
        await market.work()
    finally:
        running.take_over = original  # type: ignore[assignment]
    return seen


async def test_a_chunk_takes_as_many_statements_for_twenty_products_as_for_one(market: Market) -> None:
    seller = await supplier(market)
    new = await statements_of(market, seller, 1, 0), await statements_of(market, seller, 20, 100)
    known = await statements_of(market, seller, 1, 0), await statements_of(market, seller, 20, 100)
    assert new[0] == new[1] > known[0] == known[1] > 3


async def test_findings_are_paged_by_row(market: Market) -> None:
    seller = await supplier(market)
    bad = csv_bytes([row(code=f"p-{n}", sku=f"P-{n}", lead_time_days="soon") for n in range(20)])
    done = await imported(market, seller, bad)
    assert len(await findings(seller, done)) == 20
    page = (await seller.get(f"/v1/listing-imports/{done['id']}/findings?limit=7")).json()
    rest = (await seller.get(f"/v1/listing-imports/{done['id']}/findings?limit=50&cursor={page['next_cursor']}")).json()
    assert [one["number"] for one in page["items"] + rest["items"]] == list(range(1, 21))


async def test_an_import_pauses_while_others_work(market: Market) -> None:
    pacer = Pacer()
    async with market.db.transaction(Role.WORKER) as session:
        assert await pacer.rest(session, 1.0) == 0.0
    seller = await supplier(market)
    for _ in range(40):
        await seller.get("/v1/categories/none")
        async with market.db.transaction() as session:
            await act_for(session, seller.firm.id)
    for _ in range(100):
        await asyncio.sleep(0.05)
        async with market.db.transaction(Role.WORKER) as session:
            pause = await Pacer.rest(pacer, session, 1.0)
        if pause:
            break
    assert 0.0 < pause < 1.0


def test_a_spool_keeps_order_and_bounds() -> None:
    spool = Spool()
    spool.columns(["code", "sku", "", "label"])
    lines = [Row(n, [f"p{n % 3}", f"S-{n}", "left out", "x"]) for n in range(1, 10)]
    spool.add((one.number, one.cells[0], one.cells[1], one.cells) for one in lines)
    spool.add([(10, "", "", ["", ""]), (11, "p1", "S-1", ["p1", "S-1"])])
    spool.seal()
    groups = spool.after(0, 5)
    assert [(one.code, [line.number for line in one.rows]) for one in groups] == [("p1", [1, 4, 7, 11])]
    assert groups[0].rows[3].twice and groups[0].rows[0].cells == {"code": "p1", "sku": "S-1", "label": "x"}
    assert groups[0].rows[3].cells["label"] == ""
    assert [one.code for one in spool.after(1, 100)] == ["p2", "p0", ""]
    assert spool.after(4, 100) == []
