"""Plan that goods go to another warehouse of the same keeper, and call it off."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.parties import facade as parties
from app.warehousing import queries as stock
from app.warehousing.keeping import queries
from app.warehousing.keeping.errors import TransferStateConflict
from app.warehousing.keeping.models import StockTransfer, TransferLine
from app.warehousing.keeping.schemas import TransferIn, TransferLineIn
from app.warehousing.keeping.states import TRANSFER_STATE_LABELS, TransferState
from app.warehousing.models import Bin, StockItem
from app.warehousing.rules import is_whole
from app.warehousing.states import StockStatus, Tracking

ENTITY = "stock_transfer"


async def plan_transfer(
    session: AsyncSession, actor: Actor, from_warehouse_id: UUID, form: TransferIn
) -> StockTransfer:
    """Write down what is to go. Nothing moves, and nothing is reserved, before it is sent off. Raises `Invalid`."""
    target = await queries.open_warehouse(session, actor.organization_id, form.to_warehouse_id)
    if target is None or target.id == from_warehouse_id:
        message = N_("Name another warehouse of yours that is open. Goods go to other keepers as a dispatch.")
        raise Invalid(errors=[FieldError("/to_warehouse_id", "unknown-warehouse", message)])
    items = await stock.items_by_id(session, (line.item_id for line in form.lines))
    bins = await stock.bins_by_id(session, (line.bin_id for line in form.lines))
    lots = await stock.lots_by_code(session, {(line.item_id, line.lot) for line in form.lines if line.lot is not None})
    owners = await parties.organizations(session, {line.owner_id for line in form.lines if line.owner_id is not None})
    errors: list[FieldError] = []
    for at, line in enumerate(form.lines):
        found = bins.get(line.bin_id)
        if found is None or found.warehouse_id != from_warehouse_id:
            errors.append(FieldError(f"/lines/{at}/bin_id", "unknown-bin", N_("The warehouse has no such bin.")))
        if line.owner_id is not None and line.owner_id not in owners:
            message = N_("There is no such organization.")
            errors.append(FieldError(f"/lines/{at}/owner_id", "unknown-owner", message))
        errors += _errors(f"/lines/{at}", line, items, known_lot=line.lot is None or (line.item_id, line.lot) in lots)
    if errors:
        raise Invalid(errors=errors)
    row = StockTransfer(
        id=new_id(),
        keeper_id=actor.organization_id,
        from_warehouse_id=from_warehouse_id,
        to_warehouse_id=target.id,
        note=form.note,
        created_by=actor.person_id,
    )
    session.add(row)
    await session.flush()
    for position, line in enumerate(form.lines, start=1):
        session.add(
            TransferLine(
                id=new_id(),
                transfer_id=row.id,
                warehouse_id=from_warehouse_id,
                keeper_id=actor.organization_id,
                position=position,
                bin_id=line.bin_id,
                item_id=line.item_id,
                lot_id=lots[line.item_id, line.lot].id if line.lot else None,
                owner_id=line.owner_id or actor.organization_id,
                status=line.status,
                quantity=line.quantity,
            )
        )
    await session.flush()
    await session.refresh(row)
    await audit.record(session, actor, "stock_transfer.plan", ENTITY, row.id, after=form.model_dump(mode="json"))
    return row


def _errors(
    pointer: str, line: TransferLineIn, items: Mapping[UUID, StockItem], *, known_lot: bool
) -> list[FieldError]:
    item = items.get(line.item_id)
    if item is None:
        return [FieldError(f"{pointer}/item_id", "unknown-item", N_("There is no such item that you may see."))]
    found = []
    if not is_whole(line.quantity, item.unit):
        found.append(FieldError(f"{pointer}/quantity", "not-whole", N_("These are counted in whole numbers.")))
    if (item.tracking == Tracking.NONE) != (line.lot is None):
        message = N_("Name the lot or serial number.") if line.lot is None else N_("This item has no lots.")
        found.append(FieldError(f"{pointer}/lot", "lot-as-tracked", message))
    elif not known_lot:
        found.append(FieldError(f"{pointer}/lot", "unknown-lot", N_("The item has no such lot.")))
    if item.tracking == Tracking.SERIAL and line.quantity != 1:
        found.append(FieldError(f"{pointer}/quantity", "serial-is-one", N_("A serial number stands for one piece.")))
    if line.status == StockStatus.IN_TRANSIT:
        message = N_("What is on its way already is received first.")
        found.append(FieldError(f"{pointer}/status", "in-transit", message))
    return found


async def lock_in(session: AsyncSession, actor: Actor, transfer_id: UUID, state: TransferState) -> StockTransfer:
    """A transfer of the actor's organization in a state, locked. Raises `NotFound`, `TransferStateConflict`."""
    row = await queries.lock_transfer(session, actor.organization_id, transfer_id)
    if row is None:
        raise NotFound()
    if row.state != state:
        raise TransferStateConflict(state=Labelled.of(row.state, TRANSFER_STATE_LABELS))
    return row


async def transit_bin(session: AsyncSession, row: StockTransfer, wanted: UUID | None) -> Bin:
    """The bin that the goods stand in on their way. Raises `Invalid`."""
    found = await queries.transit_bins(session, row.to_warehouse_id)
    chosen = next((one for one in found if wanted in (None, one.id)), None)
    if chosen is None:
        message = N_("The other warehouse has no such bin in a transit zone that is not blocked.")
        raise Invalid(errors=[FieldError("/transit_bin_id", "unknown-bin", message)])
    return chosen


async def cancel_transfer(session: AsyncSession, actor: Actor, transfer_id: UUID, *, now: datetime) -> StockTransfer:
    """Call off what was not sent yet. Raises `NotFound`, `TransferStateConflict`."""
    row = await lock_in(session, actor, transfer_id, TransferState.PLANNED)
    row.state = TransferState.CANCELLED
    row.ended_at = now
    row.version += 1
    await session.flush()
    await audit.record(session, actor, "stock_transfer.cancel", ENTITY, row.id, after={"state": row.state})
    return row
