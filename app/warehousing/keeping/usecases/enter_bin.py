"""Enter what was found in a bin."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.parties import facade as parties
from app.warehousing import queries as stock
from app.warehousing.keeping import queries
from app.warehousing.keeping.models import CountedBin, StockCount
from app.warehousing.keeping.queries import Place
from app.warehousing.keeping.schemas import CountEntryIn
from app.warehousing.keeping.states import RUNNING, CountState
from app.warehousing.keeping.usecases.open_count import ENTITY, lock_running
from app.warehousing.models import StockItem, StockLot
from app.warehousing.rules import is_whole
from app.warehousing.states import Tracking


async def enter_bin(
    session: AsyncSession,
    actor: Actor,
    count_id: UUID,
    bin_id: UUID,
    entries: Sequence[CountEntryIn],
    *,
    expected: int | None,
    now: datetime,
) -> CountedBin:
    """Write down what was found, beside what the books say at this moment. With the last bin everything is counted.

    `expected` is the round that the counter has seen. A bin may be counted again until the count is approved; what was counted
    before stays on record. Raises `NotFound`, `CountStateConflict`, `PreconditionFailed`, `Invalid`.
    """
    count = await lock_running(session, actor, count_id, *RUNNING)
    row = await queries.count_bin(session, count_id, bin_id)
    if row is None:
        raise NotFound()
    require_version(row.round, expected)
    found = await _found(session, actor, count, entries)
    books = {
        (one.item_id, one.lot_id, one.owner_id, one.status): one.on_hand
        for one in await queries.balances_in(session, [bin_id], count.item_id)
    }
    row.round += 1
    row.counted_at = now
    row.person_id, row.client_id = actor.person_id, actor.client_id
    await session.flush()
    nothing = Decimal(0)
    await queries.insert_lines(
        session,
        [
            _line(row, place, books.get(place, nothing), found.get(place, nothing))
            for place in [*books, *(place for place in found if place not in books)]
        ],
    )
    progress = (await queries.progress(session, [count_id]))[count_id]
    if count.state == CountState.OPEN and progress.counted == progress.bins:
        count.state = CountState.COUNTED
        count.counted_at = now
        await session.flush()
        await session.refresh(row)
    after = {"bin_id": bin_id, "round": row.round, "lines": len(found)}
    await audit.record(session, actor, "stock_count.enter", ENTITY, count_id, after=after)
    return row


def _line(row: CountedBin, place: Place, expected: Decimal, counted: Decimal) -> dict[str, Any]:
    return {
        "id": new_id(),
        "count_id": row.count_id,
        "bin_id": row.bin_id,
        "keeper_id": row.keeper_id,
        "round": row.round,
        "item_id": place[0],
        "lot_id": place[1],
        "owner_id": place[2],
        "status": place[3],
        "expected": expected,
        "counted": counted,
    }


async def _found(
    session: AsyncSession, actor: Actor, count: StockCount, entries: Sequence[CountEntryIn]
) -> dict[Place, Decimal]:
    """What was found by place; what is named twice is added up. Raises `Invalid`."""
    items = await stock.items_by_id(session, (one.item_id for one in entries))
    owners = await parties.organizations(session, {one.owner_id for one in entries if one.owner_id is not None})
    errors: list[FieldError] = []
    for at, entry in enumerate(entries):
        item = items.get(entry.item_id)
        if item is None or count.item_id not in (None, item.id):
            message = N_("There is no such item that you may see, or this count is of another.")
            errors.append(FieldError(f"/lines/{at}/item_id", "unknown-item", message))
            continue
        if entry.owner_id is not None and entry.owner_id not in owners:
            message = N_("There is no such organization.")
            errors.append(FieldError(f"/lines/{at}/owner_id", "unknown-owner", message))
        errors += _errors(f"/lines/{at}", entry, item)
    if errors:
        raise Invalid(errors=errors)
    lots = await _lots(session, actor, entries, items)
    found: dict[Place, Decimal] = {}
    for entry in entries:
        lot_id = lots[entry.item_id, entry.lot.code].id if entry.lot else None
        place = (entry.item_id, lot_id, entry.owner_id or actor.organization_id, entry.status.value)
        found[place] = found.get(place, Decimal(0)) + entry.quantity
    serials = [
        place for place, quantity in found.items() if items[place[0]].tracking == Tracking.SERIAL and quantity > 1
    ]
    if serials:
        message = N_("A serial number stands for one piece.")
        raise Invalid(errors=[FieldError("/lines", "serial-is-one", message)])
    return found


def _errors(pointer: str, entry: CountEntryIn, item: StockItem) -> list[FieldError]:
    found = []
    if not is_whole(entry.quantity, item.unit):
        found.append(FieldError(f"{pointer}/quantity", "not-whole", N_("These are counted in whole numbers.")))
    if (item.tracking == Tracking.NONE) != (entry.lot is None):
        message = N_("Name the lot or serial number.") if entry.lot is None else N_("This item has no lots.")
        found.append(FieldError(f"{pointer}/lot", "lot-as-tracked", message))
    return found


async def _lots(
    session: AsyncSession, actor: Actor, entries: Sequence[CountEntryIn], items: Mapping[UUID, StockItem]
) -> Mapping[tuple[UUID, str], StockLot]:
    """The lots named; new ones are made, of one's own items. Raises `Invalid`."""
    wanted = {(one.item_id, one.lot.code): one.lot for one in entries if one.lot is not None}
    known = await stock.lots_by_code(session, wanted)
    errors: list[FieldError] = []
    for at, entry in enumerate(entries):
        if entry.lot is None or (entry.item_id, entry.lot.code) in known:
            continue
        item, lot = items[entry.item_id], entry.lot
        if item.organization_id != actor.organization_id:
            message = N_("The item has no such lot. Its owner alone makes new ones.")
            errors.append(FieldError(f"/lines/{at}/lot", "unknown-lot", message))
        elif item.expires and lot.expires_on is None:
            message = N_("This item expires: say when.")
            errors.append(FieldError(f"/lines/{at}/lot/expires_on", "expiry-missing", message))
        elif lot.expires_on and lot.manufactured_on and lot.expires_on <= lot.manufactured_on:
            message = N_("It cannot expire before it is made.")
            errors.append(FieldError(f"/lines/{at}/lot/expires_on", "expires-too-early", message))
    if errors:
        raise Invalid(errors=errors)
    missing = [
        {"id": new_id(), "item_id": item_id, "organization_id": actor.organization_id} | lot.model_dump()
        for (item_id, code), lot in wanted.items()
        if (item_id, code) not in known
    ]
    await stock.insert_lots(session, missing)
    return await stock.lots_by_code(session, wanted) if missing else known
