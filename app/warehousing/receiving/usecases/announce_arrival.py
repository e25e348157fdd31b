"""Announce goods to the keeper of a warehouse, or take that back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.parties import facade as parties
from app.reference import facade as reference
from app.warehousing import queries as stock
from app.warehousing.models import StockItem
from app.warehousing.receiving import queries
from app.warehousing.receiving.errors import ArrivalEnded
from app.warehousing.receiving.events import ArrivalAnnounced, ArrivalCancelled
from app.warehousing.receiving.models import Arrival
from app.warehousing.receiving.schemas import ArrivalIn, ArrivalLineIn
from app.warehousing.receiving.states import ARRIVAL_STATE_LABELS, ArrivalState
from app.warehousing.rules import is_whole
from app.warehousing.states import Tracking

UNKNOWN_LOT = N_(
    "Only the organization of this item makes its lots. Name one that it has made, or let it announce the goods."
)


async def announce_arrival(session: AsyncSession, actor: Actor, form: ArrivalIn) -> Arrival:
    """A new arrival; from now on the keeper sees what the items are. Raises `Invalid`, which of an unknown warehouse tells no
    more than that."""
    owner_id = form.owner_id or actor.organization_id
    errors = []
    if owner_id not in await parties.organizations(session, [owner_id]):
        message = N_("Name an organization that is registered here.")
        errors.append(FieldError("/owner_id", "unknown-organization", message))
    warehouse_id = await queries.warehouse_at(session, form.keeper_id, form.warehouse_code)
    if warehouse_id is None:
        message = N_("This keeper has no open warehouse with this code. Ask him for it.")
        errors.append(FieldError("/warehouse_code", "unknown-warehouse", message))
    numbers, wrong = await _lines(session, actor, form)
    if errors or wrong or warehouse_id is None:
        raise Invalid(errors=[*errors, *wrong])
    arrival_id = new_id()
    whose = {"sender_id": actor.organization_id, "keeper_id": form.keeper_id, "owner_id": owner_id}
    values = form.model_dump(include={"warehouse_code", "reference", "expected_on", "note"}) | {
        "id": arrival_id,
        "warehouse_id": warehouse_id,
        "cause_kind": form.cause.kind if form.cause else None,
        "cause_id": form.cause.id if form.cause else None,
        "person_id": actor.person_id,
        "client_id": actor.client_id,
    }
    lines = [
        _line(line, position) | whose | {"arrival_id": arrival_id, "sscc": number}
        for position, (line, number) in enumerate(zip(form.lines, numbers, strict=True), 1)
    ]
    row = await queries.insert_arrival(session, values | whose, lines)
    event = ArrivalAnnounced(arrival_id=row.id, warehouse_id=warehouse_id, **whose)
    await announce(session, event, organizations=sorted(set(whose.values())))
    await audit.record(session, actor, "arrival.announce", "arrival", row.id, after=form.model_dump(mode="json"))
    return row


def _line(line: ArrivalLineIn, position: int) -> dict[str, Any]:
    lot = line.lot
    return {
        "id": new_id(),
        "position": position,
        "item_id": line.item_id,
        "quantity": line.quantity,
        "lot": lot.code if lot else None,
        "manufactured_on": lot.manufactured_on if lot else None,
        "expires_on": lot.expires_on if lot else None,
    }


async def _lines(session: AsyncSession, actor: Actor, form: ArrivalIn) -> tuple[list[str | None], list[FieldError]]:
    """The numbers of packages in their kept form, line by line, and what is wrong with the lines."""
    items = await stock.items_by_id(session, (line.item_id for line in form.lines))
    known = await stock.lots_by_code(session, ((line.item_id, line.lot.code) for line in form.lines if line.lot))
    makers = (actor.organization_id, form.keeper_id)
    serials: set[tuple[UUID, str]] = set()
    numbers: list[str | None] = []
    errors = []
    for at, line in enumerate(form.lines):
        pointer = f"/lines/{at}"
        errors += _line_errors(pointer, line, items)
        item = items.get(line.item_id)
        if item is not None and line.lot is not None:
            named = (line.item_id, line.lot.code)
            if named not in known and item.organization_id not in makers:
                errors.append(FieldError(f"{pointer}/lot/code", "unknown-lot", UNKNOWN_LOT))
            if item.tracking == Tracking.SERIAL and named in serials:
                message = N_("This serial number stands here twice.")
                errors.append(FieldError(f"{pointer}/lot/code", "serial-twice", message))
            serials.add(named)
        number = line.sscc
        if number is not None:
            checked = reference.check_cargo_number("sscc", number)
            number = checked.normalized
            if not checked.ok:
                code = checked.problem_code or ""
                errors.append(FieldError(f"{pointer}/sscc", code, reference.CARGO_PROBLEM_TEXTS[code]))
        numbers.append(number)
    return numbers, errors


def _line_errors(pointer: str, line: ArrivalLineIn, items: Mapping[UUID, StockItem]) -> list[FieldError]:
    item = items.get(line.item_id)
    if item is None:
        return [FieldError(f"{pointer}/item_id", "unknown-item", N_("There is no such item that you may see."))]
    found = []
    if not is_whole(line.quantity, item.unit):
        found.append(FieldError(f"{pointer}/quantity", "not-whole", N_("These are counted in whole numbers.")))
    if line.lot is None:
        return found
    if item.tracking == Tracking.NONE:
        found.append(FieldError(f"{pointer}/lot", "lot-as-tracked", N_("This item has no lots.")))
    if item.tracking == Tracking.SERIAL and line.quantity != 1:
        found.append(FieldError(f"{pointer}/quantity", "serial-is-one", N_("A serial number stands for one piece.")))
    made, expires = line.lot.manufactured_on, line.lot.expires_on
    if made and expires and expires <= made:
        message = N_("It cannot expire before it is made.")
        found.append(FieldError(f"{pointer}/lot/expires_on", "expires-too-early", message))
    return found


async def cancel_arrival(session: AsyncSession, actor: Actor, arrival_id: UUID, *, now: datetime) -> Arrival:
    """The goods will not come, or the keeper does not take them; only before any came. A second time changes nothing.

    Raises `NotFound`, `ArrivalEnded`.
    """
    row = await queries.lock_arrival(session, arrival_id)
    if row is None:
        raise NotFound()
    if row.state == ArrivalState.CANCELLED:
        return row
    if row.state != ArrivalState.ANNOUNCED:
        raise ArrivalEnded(state=Labelled.of(row.state, ARRIVAL_STATE_LABELS))
    row.state, row.ended_at = ArrivalState.CANCELLED, now
    row.version += 1
    await session.flush()
    event = ArrivalCancelled(arrival_id=row.id, sender_id=row.sender_id, keeper_id=row.keeper_id, owner_id=row.owner_id)
    await announce(session, event, organizations=sorted({row.sender_id, row.keeper_id, row.owner_id}))
    await audit.record(session, actor, "arrival.cancel", "arrival", row.id)
    return row
