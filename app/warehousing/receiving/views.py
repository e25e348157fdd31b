"""Arrivals, receipts, suggestions and inspections as their readers see them; in as many statements for many as for one."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import facade as documents
from app.kit.schemas import labelled
from app.parties import facade as parties
from app.warehousing import queries as stock
from app.warehousing.models import StockBalance, StockItem
from app.warehousing.receiving import queries
from app.warehousing.receiving.models import Arrival, ArrivalLine, Inspection, InspectionCharacteristic, Receipt
from app.warehousing.receiving.rules import ZERO, Came, capability, limits, overall, received
from app.warehousing.receiving.schemas import (
    AnnouncedLotOut,
    ArrivalHeadOut,
    ArrivalLineOut,
    ArrivalOut,
    CharacteristicOut,
    DifferenceOut,
    InspectionHeadOut,
    InspectionOut,
    PhotoOut,
    PlaceSuggestionOut,
    PutAwayOut,
    ReceiptLineOut,
    ReceiptOut,
)
from app.warehousing.receiving.states import (
    ARRIVAL_STATE_LABELS,
    DIFFERENCE_LABELS,
    INSPECTION_STATE_LABELS,
    VERDICT_LABELS,
    Verdict,
)
from app.warehousing.receiving.usecases.inspect_goods import ENTITY
from app.warehousing.receiving.usecases.put_away import suggest_places
from app.warehousing.states import STOCK_STATUS_LABELS, StockStatus
from app.warehousing.views import stock_out


async def arrivals_out(session: AsyncSession, rows: Sequence[Arrival]) -> list[ArrivalHeadOut]:
    """Arrivals without their lines."""
    firms = await parties.organizations(session, {one for row in rows for one in (row.sender_id, row.keeper_id)})
    names = {firm_id: firm.legal_name_local for firm_id, firm in firms.items()}
    shown = []
    for row in rows:
        values = {name: getattr(row, name) for name in ArrivalHeadOut.model_fields if hasattr(row, name)}
        shown.append(
            ArrivalHeadOut(
                **values
                | {
                    "state": labelled(row.state, ARRIVAL_STATE_LABELS),
                    "sender_name": names.get(row.sender_id, "–"),
                    "keeper_name": names.get(row.keeper_id, "–"),
                }
            )
        )
    return shown


async def arrival_out(session: AsyncSession, row: Arrival) -> ArrivalOut:
    """One arrival with all of it."""
    head = (await arrivals_out(session, [row]))[0]
    lines = await queries.arrival_lines(session, row.id)
    items = await stock.items_by_id(session, (line.item_id for line in lines))
    came = received(
        Came(one.line_id, one.item_id, one.quantity, StockStatus(one.status))
        for one in await queries.standing_lines(session, row.id)
    )
    stated = await queries.arrival_differences(session, row.id)
    return ArrivalOut(
        **dict(head),
        lines=[_line_out(line, items.get(line.item_id), *came.get(line.id, (ZERO, ZERO))) for line in lines],
        differences=[
            DifferenceOut(
                line_id=one.line_id,
                item_id=one.item_id,
                kind=labelled(one.kind, DIFFERENCE_LABELS),
                quantity=one.quantity,
            )
            for one in stated
        ],
    )


def _line_out(line: ArrivalLine, item: StockItem | None, came: Decimal, damaged: Decimal) -> ArrivalLineOut:
    lot = None
    if line.lot is not None:
        lot = AnnouncedLotOut(code=line.lot, manufactured_on=line.manufactured_on, expires_on=line.expires_on)
    return ArrivalLineOut(
        id=line.id,
        position=line.position,
        item_id=line.item_id,
        sku=item.sku if item else "–",
        name=item.name if item else "–",
        unit=item.unit if item else "H87",
        quantity=line.quantity,
        received=came,
        damaged=damaged,
        lot=lot,
        sscc=line.sscc,
    )


async def receipts_out(session: AsyncSession, rows: Sequence[Receipt]) -> list[ReceiptOut]:
    """Receipts with their lines."""
    lines = await queries.receipt_lines(session, (row.id for row in rows))
    every = [line for found in lines.values() for line in found]
    items = await stock.items_by_id(session, (line.item_id for line in every))
    lots = await stock.lots_by_id(session, (line.lot_id for line in every))
    reversed_by = await queries.reversals(session, (row.id for row in rows))
    return [
        ReceiptOut(
            id=row.id,
            arrival_id=row.arrival_id,
            reverses_id=row.reverses_id,
            reversed_by_id=reversed_by.get(row.id),
            note=row.note,
            created_at=row.created_at,
            lines=[
                ReceiptLineOut(
                    id=line.id,
                    position=line.position,
                    line_id=line.line_id,
                    item_id=line.item_id,
                    sku=items[line.item_id].sku if line.item_id in items else "–",
                    lot=lots[line.lot_id].code if line.lot_id in lots else None,
                    quantity=line.quantity,
                    status=labelled(line.status, STOCK_STATUS_LABELS),
                    bin_id=line.bin_id,
                    move_id=line.move_id,
                    note=line.note,
                )
                for line in lines.get(row.id, ())
            ],
        )
        for row in rows
    ]


async def put_away_out(session: AsyncSession, warehouse_id: UUID, rows: Sequence[StockBalance]) -> list[PutAwayOut]:
    """What is to be put away, with places for it."""
    placed = await suggest_places(session, warehouse_id, rows)
    shown = []
    for row, lying in zip(rows, await stock_out(session, rows), strict=True):
        found = placed.get(row.id, [])
        shown.append(
            PutAwayOut(
                stock=lying,
                suggestions=[
                    PlaceSuggestionOut(bin_id=one.bin_id, bin=one.code, quantity=one.quantity) for one in found
                ],
                unplaced=row.on_hand - row.reserved - sum((one.quantity for one in found), ZERO),
            )
        )
    return shown


async def inspections_out(session: AsyncSession, rows: Sequence[Inspection]) -> list[InspectionHeadOut]:
    """Inspections without what was measured."""
    items = await stock.items_by_id(session, (row.item_id for row in rows))
    lots = await stock.lots_by_id(session, (row.lot_id for row in rows))
    shown = []
    for row in rows:
        item = items.get(row.item_id)
        values = {name: getattr(row, name) for name in InspectionHeadOut.model_fields if hasattr(row, name)}
        shown.append(
            InspectionHeadOut(
                **values
                | {
                    "sku": item.sku if item else "–",
                    "name": item.name if item else "–",
                    "unit": item.unit if item else "H87",
                    "lot": lots[row.lot_id].code if row.lot_id in lots else None,
                    "state": labelled(row.state, INSPECTION_STATE_LABELS),
                }
            )
        )
    return shown


async def inspection_out(session: AsyncSession, row: Inspection) -> InspectionOut:
    """One inspection with all of it."""
    head = (await inspections_out(session, [row]))[0]
    measured = [_characteristic_out(one) for one in await queries.characteristics(session, row.id)]
    photos = (await documents.attached(session, [(ENTITY, row.id)]))[ENTITY, row.id]
    verdict = overall(Verdict(one.verdict.code) for one in measured)
    return InspectionOut(
        **dict(head),
        verdict=labelled(verdict, VERDICT_LABELS),
        characteristics=measured,
        documents=[
            PhotoOut(id=one.id, filename=one.filename, media_type=one.media_type, url=one.url) for one in photos
        ],
    )


def _characteristic_out(row: InspectionCharacteristic) -> CharacteristicOut:
    lower, upper = limits(row.nominal, row.lower_deviation, row.upper_deviation)
    found = capability(row.measured, lower, upper)
    return CharacteristicOut(
        position=row.position,
        name=row.name,
        unit=row.unit,
        nominal=row.nominal,
        lower_limit=lower,
        upper_limit=upper,
        values=row.measured,
        out_of_tolerance=found.out,
        least=found.least,
        greatest=found.greatest,
        mean=found.mean,
        deviation=found.deviation,
        cp=found.cp,
        cpk=found.cpk,
        verdict=labelled(found.verdict, VERDICT_LABELS),
    )
