"""An import from its first byte to its end, in steps that can each be the last before a kill.

The file is copied from the store, read row by row into a spool, and taken over product by product in small transactions.
Whoever resumes reads the file again, which gives the same products in the same order, and goes on behind the offset.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO
from uuid import UUID

import structlog
from anyio.to_thread import run_sync
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.exchange import mapping, queries
from app.catalog.exchange.chunks import Work, keep, take_over
from app.catalog.exchange.columns import MAX_COLUMNS
from app.catalog.exchange.drafting import Defaults, Finding
from app.catalog.exchange.ending import announce_progress, end
from app.catalog.exchange.errors import FileRefused
from app.catalog.exchange.mapping import Column
from app.catalog.exchange.models import ListingImportRun
from app.catalog.exchange.pace import Pacer
from app.catalog.exchange.readers.bmecat_file import Article, read_bmecat, slug
from app.catalog.exchange.readers.csv_file import read_csv
from app.catalog.exchange.readers.rows import MAX_ROWS, Row, too_many_cells
from app.catalog.exchange.readers.xlsx_file import read_xlsx
from app.catalog.exchange.spool import Group, Spool
from app.catalog.exchange.states import FileFormat, ImportState
from app.kit.actor import Actor
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime
from app.kit.locales import N_
from app.kit.tables import unescaped
from app.parties import facade as parties

log = structlog.get_logger(__name__)

CHUNK_ROWS = 400
READ_AT_ONCE = 1_000


@dataclass
class _Reading:
    """A file being read: where its rows go, and what was learnt of its columns."""

    spool: Spool = field(default_factory=Spool)
    columns: list[Column] = field(default_factory=list)
    unknown: dict[str, None] = field(default_factory=dict)
    signature: str = ""
    media: int = 0
    broken: FileRefused | None = None


class Cancelled(Exception):
    """Somebody ended the import meanwhile."""


async def carry_out(runtime: Runtime, supplier_id: UUID, import_id: UUID, key: str) -> None:
    """Read the file that the store keeps under `key` and take its products over, beginning behind the offset."""
    pacer = Pacer()
    async with AsyncExitStack() as stack:
        file: BinaryIO = stack.enter_context(tempfile.TemporaryFile())  # type: ignore[assignment]  # noqa: SIM115
        chunks = await runtime.gateways["files"].open(key)
        async with aclosing(chunks):
            async for chunk in chunks:
                await run_sync(file.write, chunk)
        reading = _Reading()
        stack.callback(reading.spool.close)
        try:
            await _read(runtime, supplier_id, import_id, file, reading, pacer)
            await _take_over_all(runtime, supplier_id, import_id, reading, pacer)
        except FileRefused as refused:
            async with runtime.database.transaction(Role.WORKER) as session:
                await act_for(session, supplier_id)
                await end(session, supplier_id, import_id, ImportState.FAILED, refused=refused)
        except Cancelled:
            log.info("listing_import_cancelled", import_id=str(import_id))


async def _read(
    runtime: Runtime, supplier_id: UUID, import_id: UUID, file: BinaryIO, reading: _Reading, pacer: Pacer
) -> None:
    """Fill the spool, telling how far it is."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, supplier_id)
        run = await _still_running(session, supplier_id, import_id)
        said = await _said(session, run, file, reading)
    rows = _spooled(reading, run, file, said)
    told = time.monotonic()
    while await run_sync(_fill, rows, reading):
        if time.monotonic() - told > 1:
            told = time.monotonic()
            async with runtime.database.transaction(Role.WORKER) as session:
                await act_for(session, supplier_id)
                pacer.own()
                if not await queries.note_rows_read(session, import_id, reading.spool.rows):
                    raise Cancelled
    if not reading.spool.rows:
        raise reading.broken or FileRefused(
            "empty-file", N_("The file has no first line with the names of its columns.")
        )
    await run_sync(reading.spool.seal)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, supplier_id)
        run = await _still_running(session, supplier_id, import_id)
        run.rows_read = run.rows_total = reading.spool.rows
        run.media_noted = reading.media
        if run.format == FileFormat.BMECAT:
            run.columns = [Column(name, (), None, "unknown").stored() for name in reading.unknown]
        if run.products_done == 0:
            await keep(session, run, _of_columns(reading.columns))
        run.version += 1


async def _said(
    session: AsyncSession, run: ListingImportRun, file: BinaryIO, reading: _Reading
) -> dict[str, str | None]:
    """What the supplier said of such files; the columns are kept before anything can be refused for them."""
    if run.format == FileFormat.BMECAT:
        reading.signature = run.signature = mapping.BMECAT_SIGNATURE
        return await queries.mapping(session, run.supplier_id, reading.signature)
    headers = await run_sync(_headers, file, run)
    reading.signature = run.signature = mapping.signature(headers)
    said = await queries.mapping(session, run.supplier_id, reading.signature)
    run.columns = [column.stored() for column in mapping.map_headers(headers[:MAX_COLUMNS], said, strict=False)]
    return said


def _table(file: BinaryIO, run: ListingImportRun) -> Iterator[Row]:
    return read_xlsx(file) if run.format == FileFormat.XLSX else read_csv(file, run.encoding)


def _headers(file: BinaryIO, run: ListingImportRun) -> list[str]:
    first = next(_table(file, run), None)
    if first is None or first.fault is not None:
        raise FileRefused("empty-file", N_("The file has no first line with the names of its columns."))
    return first.cells


def _spooled(
    reading: _Reading, run: ListingImportRun, file: BinaryIO, said: dict[str, str | None]
) -> Iterator[tuple[int, str, str, Any]]:
    """The rows as the spool takes them."""
    if run.format == FileFormat.BMECAT:
        yield from _articles(reading, file, said)
        return
    table = _table(file, run)
    reading.columns = mapping.map_headers(next(table).cells, said)
    reading.spool.columns([column.key for column in reading.columns])
    width = len(reading.columns)
    sku = next(at for at, column in enumerate(reading.columns) if column.key == "sku")
    code = next((at for at, column in enumerate(reading.columns) if column.key == "code"), None)
    for row in table:
        if row.fault is not None:
            yield row.number, "", "", row.fault
        elif any(cell.strip() for cell in row.cells[width:]):
            yield row.number, "", "", too_many_cells(len(row.cells), width)
        else:
            cells = [cell.strip() for cell in unescaped(row.cells[:width])]
            own = cells[sku] if sku < len(cells) else ""
            given = (cells[code] if code < len(cells) else "") if code is not None else slug(own)
            yield row.number, given, own, cells


def _articles(reading: _Reading, file: BinaryIO, said: dict[str, str | None]) -> Iterator[tuple[int, str, str, Any]]:
    try:
        for article in read_bmecat(file, said):
            reading.media += article.media
            _remember_unknown(reading, article)
            code, sku = article.cells.get("code", ""), article.cells.get("sku", "")
            yield article.number, code, sku, article.fault or article.cells
    except FileRefused as refused:
        if refused.code != "broken-xml" or not reading.spool.rows:
            raise
        # What stood before the fault is taken over; the fault is told of at the end.
        reading.broken = refused


def _remember_unknown(reading: _Reading, article: Article) -> None:
    if len(reading.unknown) < MAX_COLUMNS:
        reading.unknown.update(dict.fromkeys(article.unknown))


def _fill(rows: Iterator[tuple[int, str, str, Any]], reading: _Reading) -> int:
    batch = list(islice(rows, READ_AT_ONCE))
    if reading.spool.rows + len(batch) > MAX_ROWS:
        message = N_("The file has more than {limit} rows. Divide it.")
        raise FileRefused("too-many-rows", message, limit=MAX_ROWS)
    if batch:
        reading.spool.add(batch)
    return len(batch)


def _of_columns(columns: list[Column]) -> list[Finding]:
    """Columns that are left out, as notes about the header line."""
    messages = {
        "duplicate": N_("This column says the same as an earlier one and was left out."),
        "unknown": N_("Nobody knows this column here; it was left out. You can say what it holds."),
    }
    return [
        Finding(0, column.header, f"{column.how}-column", messages[column.how], {})
        for column in columns
        if column.how in messages
    ]


async def _still_running(session: AsyncSession, supplier_id: UUID, import_id: UUID) -> ListingImportRun:
    """The locked import, unless it ended meanwhile."""
    run = await queries.lock(session, supplier_id, import_id)
    if run is None or run.state != ImportState.READING:
        raise Cancelled
    return run


async def _take_over_all(runtime: Runtime, supplier_id: UUID, import_id: UUID, reading: _Reading, pacer: Pacer) -> None:
    """Chunk by chunk; the offset is read from the database each time, under the lock."""
    units = {column.key: column.unit for column in reading.columns if column.unit}
    while True:
        began = time.monotonic()
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, supplier_id)
            run = await _still_running(session, supplier_id, import_id)
            groups: list[Group] = await run_sync(reading.spool.after, run.products_done, CHUNK_ROWS)
            if not groups:
                if reading.broken is not None:
                    raise reading.broken
                await end(session, supplier_id, import_id, ImportState.DONE)
                return
            supplier = (await parties.organizations(session, [supplier_id]))[supplier_id]
            actor = Actor(supplier_id, frozenset(), supplier.roles, person_id=run.person_id, client_id=run.client_id)
            defaults = Defaults(run.default_category, run.default_locale, units)
            work = Work(actor, supplier, defaults, run.may_translate, run.dry_run)
            before = percent(run)
            await take_over(session, run, work, groups, now=runtime.clock.now())
            if percent(run) // 25 > before // 25 and percent(run) < 100:
                await announce_progress(session, run)
            pause = await pacer.rest(session, time.monotonic() - began)
        pacer.own()
        await pacer.sleep(pause)


def percent(run: ListingImportRun) -> int:
    """How much of the file is done, from 0 to 100."""
    if run.state == ImportState.DONE:
        return 100
    return (run.rows_accepted + run.rows_refused) * 100 // run.rows_total if run.rows_total else 0
