"""Inspect what lies on quality hold: begin, measure, decide."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import facade as documents
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.warehousing import queries as stock
from app.warehousing.models import StockBalance
from app.warehousing.receiving import queries
from app.warehousing.receiving.errors import InspectionDecided, NotOnHold
from app.warehousing.receiving.events import InspectionDecided as DecidedEvent
from app.warehousing.receiving.models import Inspection, ReceiptLine
from app.warehousing.receiving.schemas import (
    CharacteristicIn,
    InspectionDecisionIn,
    InspectionIn,
    MeasurementsIn,
)
from app.warehousing.receiving.states import DECIDED, INSPECTION_STATE_LABELS, Decision, InspectionState
from app.warehousing.receiving.usecases.repoint import repointed
from app.warehousing.rules import is_whole
from app.warehousing.schemas import LotIn, MoveIn, PlaceIn
from app.warehousing.states import MoveReason, StockStatus
from app.warehousing.usecases.post_moves import post_moves

ENTITY = "inspection"
REQUIRED = N_("This field is required.")


async def begin_inspection(session: AsyncSession, actor: Actor, form: InspectionIn) -> Inspection:
    """A new inspection of goods on hold in the actor's warehouse. Raises `Invalid`, `NotOnHold`, `DocumentRefused`."""
    line, balance = await _goods(session, actor, form)
    quantity = form.quantity or (line.quantity if line else Decimal(0))
    item_id = line.item_id if line else balance.item_id if balance else None
    items = await stock.items_by_id(session, [item_id] if item_id else [])
    errors = [
        error for at, one in enumerate(form.characteristics) for error in _band_errors(f"/characteristics/{at}", one)
    ]
    if form.quantity is not None and item_id and not is_whole(quantity, items[item_id].unit):
        errors.append(FieldError("/quantity", "not-whole", N_("These are counted in whole numbers.")))
    if quantity == 0:
        errors.append(FieldError("/quantity", "missing", REQUIRED))
    if errors:
        raise Invalid(errors=errors)
    held = balance.on_hand if balance and balance.status == StockStatus.QUALITY_HOLD else Decimal(0)
    if balance is None or quantity > held:
        raise NotOnHold(available=format(held.normalize(), "f"))
    whose = {
        "keeper_id": balance.keeper_id,
        "owner_id": balance.owner_id,
        "sender_id": line.sender_id if line else None,
    }
    inspection_id = new_id()
    values: dict[str, Any] = {
        "id": inspection_id,
        "receipt_line_id": form.receipt_line_id,
        "item_id": balance.item_id,
        "lot_id": balance.lot_id,
        "warehouse_id": balance.warehouse_id,
        "bin_id": balance.bin_id,
        "quantity": quantity,
        "note": form.note,
        "person_id": actor.person_id,
        "client_id": actor.client_id,
    }
    rows = [
        one.model_dump(exclude={"values"})
        | whose
        | {"id": new_id(), "inspection_id": inspection_id, "position": position, "measured": list(one.values)}
        for position, one in enumerate(form.characteristics, 1)
    ]
    row = await queries.insert_inspection(session, values | whose, rows)
    await _show(session, actor, row, form.document_ids)
    after = {"item_id": str(row.item_id), "quantity": quantity, "characteristics": len(rows)}
    await audit.record(session, actor, "inspection.begin", ENTITY, row.id, after=after)
    return row


async def _goods(
    session: AsyncSession, actor: Actor, form: InspectionIn
) -> tuple[ReceiptLine | None, StockBalance | None]:
    """The line of a receipt and what lies of it on hold, or a balance. Raises `Invalid`."""
    if (form.receipt_line_id is None) == (form.balance_id is None):
        message = N_("Name the line of a receipt, or a balance of your stock: one of the two.")
        raise Invalid(errors=[FieldError("/receipt_line_id", "line-or-balance", message)])
    if form.receipt_line_id is not None:
        line = await queries.receipt_line(session, form.receipt_line_id)
        if line is None or line.keeper_id != actor.organization_id:
            message = N_("There is no such line among your receipts.")
            raise Invalid(errors=[FieldError("/receipt_line_id", "unknown-line", message)])
        return line, await queries.balance_of(session, line)
    balance_id = form.balance_id or actor.organization_id
    balance = (await queries.balances_by_id(session, [balance_id])).get(balance_id)
    if balance is None or balance.keeper_id != actor.organization_id:
        message = N_("There is no such stock in your warehouses.")
        raise Invalid(errors=[FieldError("/balance_id", "unknown-balance", message)])
    return None, balance


def _band_errors(pointer: str, one: CharacteristicIn) -> list[FieldError]:
    lower, upper = one.lower_deviation, one.upper_deviation
    if lower is None and upper is None:
        message = N_("Name at least one of the two deviations.")
        return [FieldError(f"{pointer}/upper_deviation", "no-limit", message)]
    if lower is not None and upper is not None and lower >= upper:
        message = N_("The upper deviation must be above the lower one.")
        return [FieldError(f"{pointer}/upper_deviation", "band-not-positive", message)]
    return []


async def _show(session: AsyncSession, actor: Actor, row: Inspection, document_ids: Sequence[UUID]) -> None:
    """Attach photos; owner and sender may open them. Raises `Invalid` for those that were not checked yet."""
    readers = {row.owner_id, row.sender_id} - {None, actor.organization_id}
    entity = (ENTITY, row.id)
    shown = await documents.attach(
        session, actor, document_ids, entity=entity, reader_ids=sorted(one for one in readers if one)
    )
    waiting = {ref.id for ref in shown if ref.scan_state != "clean"}
    message = N_("This file is still being checked. Try again in a moment.")
    errors = [
        FieldError(f"/document_ids/{at}", "document-not-checked", message)
        for at, document_id in enumerate(document_ids)
        if document_id in waiting
    ]
    if errors:
        raise Invalid(errors=errors)


async def _open(session: AsyncSession, actor: Actor, inspection_id: UUID) -> Inspection:
    row = await queries.lock_inspection(session, actor.organization_id, inspection_id)
    if row is None:
        raise NotFound()
    if row.state != InspectionState.OPEN:
        raise InspectionDecided(state=Labelled.of(row.state, INSPECTION_STATE_LABELS))
    return row


async def measure(
    session: AsyncSession, actor: Actor, inspection_id: UUID, form: MeasurementsIn, *, expected: int | None
) -> Inspection:
    """Put the values of some characteristics. Raises `NotFound`, `PreconditionFailed`, `InspectionDecided`, `Invalid`."""
    row = await _open(session, actor, inspection_id)
    require_version(row.version, expected)
    known = {one.position: one.id for one in await queries.characteristics(session, row.id)}
    message = N_("This inspection has no such characteristic.")
    errors = [
        FieldError(f"/measurements/{at}/position", "unknown-characteristic", message)
        for at, one in enumerate(form.measurements)
        if one.position not in known
    ]
    if errors:
        raise Invalid(errors=errors)
    await queries.put_values(session, {known[one.position]: one.values for one in form.measurements})
    row.version += 1
    await session.flush()
    after = {str(one.position): len(one.values) for one in form.measurements}
    await audit.record(session, actor, "inspection.measure", ENTITY, row.id, after=after)
    return row


async def decide_inspection(
    session: AsyncSession, actor: Actor, inspection_id: UUID, form: InspectionDecisionIn, *, now: datetime
) -> Inspection:
    """Decide what becomes of the goods, and move them so in the same transaction.

    Raises `NotFound`, `InspectionDecided`, `Invalid`, `DocumentRefused`, and `MoveRefused` when they lie there no longer.
    """
    row = await _open(session, actor, inspection_id)
    _require_reasons(form)
    await _show(session, actor, row, form.document_ids)
    lots = await stock.lots_by_id(session, [row.lot_id])
    move = MoveIn(
        item_id=row.item_id,
        quantity=row.quantity,
        lot=LotIn(code=lots[row.lot_id].code) if row.lot_id else None,
        origin=PlaceIn(bin_id=row.bin_id, status=StockStatus.QUALITY_HOLD),
        target=PlaceIn(bin_id=form.bin_id or row.bin_id, status=_status(form)),
        owner_id=row.owner_id,
        reason=MoveReason.INSPECTION,
    )
    row.state, row.reason, row.conceded_by = DECIDED[form.decision], form.reason, form.conceded_by
    row.decided_at, row.decided_by = now, actor.person_id
    row.version += 1
    await session.flush()
    # Also what stays where it is has its line in the ledger: that it was decided on.
    with repointed(None, {"target/bin_id": "bin_id", "target": "bin_id"}):
        await post_moves(session, actor, [move], cause=(ENTITY, row.id))
    event = DecidedEvent(
        inspection_id=row.id,
        keeper_id=row.keeper_id,
        owner_id=row.owner_id,
        sender_id=row.sender_id,
        item_id=row.item_id,
        quantity=row.quantity,
        state=row.state,
    )
    concerned = {row.keeper_id, row.owner_id, row.sender_id} - {None}
    await announce(session, event, organizations=sorted(one for one in concerned if one))
    await audit.record(session, actor, "inspection.decide", ENTITY, row.id, after=form.model_dump(mode="json"))
    return row


async def cancel_inspection(session: AsyncSession, actor: Actor, inspection_id: UUID, *, now: datetime) -> Inspection:
    """Give up an inspection before anything is decided, such as of goods that were moved away. A second time changes
    nothing. Raises `NotFound`, `InspectionDecided`."""
    row = await queries.lock_inspection(session, actor.organization_id, inspection_id)
    if row is not None and row.state == InspectionState.CANCELLED:
        return row
    row = await _open(session, actor, inspection_id)
    row.state, row.decided_at, row.decided_by = InspectionState.CANCELLED, now, actor.person_id
    row.version += 1
    await session.flush()
    await audit.record(session, actor, "inspection.cancel", ENTITY, row.id)
    return row


def _require_reasons(form: InspectionDecisionIn) -> None:
    errors = []
    if form.decision != Decision.ACCEPT and not form.reason:
        errors.append(FieldError("/reason", "missing", REQUIRED))
    if form.decision == Decision.CONCEDE and not form.conceded_by:
        errors.append(FieldError("/conceded_by", "missing", REQUIRED))
    if form.decision != Decision.CONCEDE and form.conceded_by:
        message = N_("Only a concession names who has conceded it.")
        errors.append(FieldError("/conceded_by", "not-a-concession", message))
    if form.decision != Decision.REJECT and form.keep_on_hold:
        message = N_("Only what is rejected stays on hold.")
        errors.append(FieldError("/keep_on_hold", "not-a-rejection", message))
    if errors:
        raise Invalid(errors=errors)


def _status(form: InspectionDecisionIn) -> StockStatus:
    if form.decision != Decision.REJECT:
        return StockStatus.AVAILABLE
    return StockStatus.QUALITY_HOLD if form.keep_on_hold else StockStatus.DAMAGED
