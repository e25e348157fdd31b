"""Counts and transfers as their keeper sees them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.schemas import labelled
from app.warehousing import queries as stock
from app.warehousing.keeping import queries
from app.warehousing.keeping.models import CountedBin, CountLine, StockCount, StockTransfer
from app.warehousing.keeping.queries import Progress
from app.warehousing.keeping.schemas import (
    CountedBinOut,
    CountLineOut,
    CountOut,
    CountSheetOut,
    TransferLineOut,
    TransferOut,
)
from app.warehousing.keeping.states import COUNT_STATE_LABELS, TRANSFER_STATE_LABELS, CountState
from app.warehousing.models import StockBalance
from app.warehousing.states import STOCK_STATUS_LABELS
from app.warehousing.views import lot_out


async def counts_out(session: AsyncSession, rows: Sequence[StockCount]) -> list[CountOut]:
    """Counts, in as many statements for many as for one."""
    progress = await queries.progress(session, (row.id for row in rows))
    shown = []
    for row in rows:
        found = progress.get(row.id, Progress())
        values = {name: getattr(row, name) for name in CountOut.model_fields if hasattr(row, name)}
        shown.append(
            CountOut(
                **values
                | {
                    "state": labelled(row.state, COUNT_STATE_LABELS),
                    "bins": found.bins,
                    "bins_counted": found.counted,
                    # While it is being counted blind, the figure would tell whether to look again.
                    "differences": None if row.blind and row.state == CountState.OPEN else found.differences,
                }
            )
        )
    return shown


async def count_bins_out(session: AsyncSession, rows: Sequence[CountedBin]) -> list[CountedBinOut]:
    """Bins of a count."""
    bins = await stock.bins_by_id(session, (row.bin_id for row in rows))
    return [
        CountedBinOut(
            bin_id=row.bin_id,
            bin=bins[row.bin_id].code,
            position=row.position,
            round=row.round,
            counted_at=row.counted_at,
        )
        for row in rows
    ]


async def count_lines_out(
    session: AsyncSession, rows: Sequence[CountLine | StockBalance], *, blind: bool
) -> list[CountLineOut]:
    """What was counted, or what there is to count: without the figure of the books where the count is blind."""
    items = await stock.items_by_id(session, (row.item_id for row in rows))
    bins = await stock.bins_by_id(session, (row.bin_id for row in rows))
    lots = await stock.lots_by_id(session, (row.lot_id for row in rows))
    shown = []
    for row in rows:
        item, counted = items[row.item_id], row if isinstance(row, CountLine) else None
        expected = row.expected if isinstance(row, CountLine) else row.on_hand
        shown.append(
            CountLineOut(
                bin_id=row.bin_id,
                bin=bins[row.bin_id].code,
                item_id=row.item_id,
                sku=item.sku,
                name=item.name,
                unit=item.unit,
                lot=lot_out(lots.get(row.lot_id)) if row.lot_id else None,
                owner_id=row.owner_id,
                status=labelled(row.status, STOCK_STATUS_LABELS),
                expected=None if blind else expected,
                counted=counted.counted if counted else None,
                difference=counted.difference if counted and not blind else None,
            )
        )
    return shown


async def sheet_out(session: AsyncSession, count: StockCount, row: CountedBin) -> CountSheetOut:
    """The sheet of a bin. A blind count shows what the books say when everything is counted, not before."""
    head = (await count_bins_out(session, [row]))[0]
    rows: Sequence[CountLine | StockBalance] = (
        await queries.lines_of_bin(session, count.id, row.bin_id)
        if row.round
        else await queries.balances_in(session, [row.bin_id], count.item_id)
    )
    blind = count.blind and (row.round == 0 or count.state == CountState.OPEN)
    return CountSheetOut(**head.model_dump(), lines=await count_lines_out(session, rows, blind=blind))


async def transfers_out(session: AsyncSession, rows: Sequence[StockTransfer]) -> list[TransferOut]:
    """Transfers with their lines."""
    by_transfer = await queries.transfer_lines(session, (row.id for row in rows))
    lines = [line for found in by_transfer.values() for line in found]
    items = await stock.items_by_id(session, (line.item_id for line in lines))
    bins = await stock.bins_by_id(session, (line.bin_id for line in lines))
    lots = await stock.lots_by_id(session, (line.lot_id for line in lines))
    shown = []
    for row in rows:
        values = {name: getattr(row, name) for name in TransferOut.model_fields if hasattr(row, name)}
        of_row = []
        for line in by_transfer.get(row.id, ()):
            item = items.get(line.item_id)
            known = {name: getattr(line, name) for name in TransferLineOut.model_fields if hasattr(line, name)}
            of_row.append(
                TransferLineOut(
                    **known
                    | {
                        "bin": bins[line.bin_id].code,
                        "sku": item.sku if item else "–",
                        "name": item.name if item else "–",
                        "unit": item.unit if item else "H87",
                        "lot": lot_out(lots.get(line.lot_id)) if line.lot_id else None,
                        "status": labelled(line.status, STOCK_STATUS_LABELS),
                    }
                )
            )
        shown.append(TransferOut(**values | {"state": labelled(row.state, TRANSFER_STATE_LABELS), "lines": of_row}))
    return shown
