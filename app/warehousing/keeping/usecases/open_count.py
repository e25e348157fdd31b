"""Open a count of some bins of a warehouse, and call one off."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.warehousing import queries as stock
from app.warehousing.keeping import queries
from app.warehousing.keeping.errors import BinsBeingCounted, CountStateConflict
from app.warehousing.keeping.models import StockCount
from app.warehousing.keeping.schemas import CountIn
from app.warehousing.keeping.states import COUNT_STATE_LABELS, RUNNING, CountState

ENTITY = "stock_count"
WAYS = ("zone_id", "bin_ids", "item_id", "not_counted_for_days")
MOST_NAMED = 10


async def open_count(
    session: AsyncSession, actor: Actor, warehouse_id: UUID, form: CountIn, *, now: datetime
) -> StockCount:
    """A count of some of a warehouse's bins; those that a running count has are passed over, unless they are asked for by name.

    Raises `Invalid`, also when there is nothing to count, and `BinsBeingCounted`.
    """
    wanted = await _bins(session, warehouse_id, form, now=now)
    codes = dict(await queries.in_walking_order(session, warehouse_id, wanted))
    if form.bin_ids is not None and len(codes) < len(set(form.bin_ids)):
        message = N_("The warehouse has no such bin.")
        errors = [
            FieldError(f"/bin_ids/{at}", "unknown-bin", message)
            for at, bin_id in enumerate(form.bin_ids)
            if bin_id not in codes
        ]
        raise Invalid(errors=errors)
    row = StockCount(
        id=new_id(),
        warehouse_id=warehouse_id,
        keeper_id=actor.organization_id,
        item_id=form.item_id,
        blind=form.blind,
        note=form.note,
        opened_by=actor.person_id,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    taken = await _take(session, row, list(codes)) if codes else set()
    if form.bin_ids is not None and len(taken) < len(codes):
        rest = [code for bin_id, code in codes.items() if bin_id not in taken]
        more = " …" if len(rest) > MOST_NAMED else ""
        raise BinsBeingCounted(bins=", ".join(rest[:MOST_NAMED]) + more)
    if not taken:
        message = N_("There is nothing to count: no such bin, or all of them are being counted.")
        raise Invalid(errors=[FieldError(f"/{_way(form)}", "nothing-to-count", message)])
    await session.refresh(row)
    after = form.model_dump(mode="json", exclude={"bin_ids"}) | {"bins": len(taken)}
    await audit.record(session, actor, "stock_count.open", ENTITY, row.id, after=after)
    return row


def _way(form: CountIn) -> str:
    """By what bins are chosen. Raises `Invalid` unless by one thing."""
    given = [name for name in WAYS if getattr(form, name) is not None]
    if len(given) != 1:
        message = N_(
            "Say what is to be counted: a zone, some bins, an item, or how long bins were not counted. One of them."
        )
        raise Invalid(errors=[FieldError(f"/{(given or WAYS)[0]}", "one-way", message)])
    return given[0]


async def _bins(session: AsyncSession, warehouse_id: UUID, form: CountIn, *, now: datetime) -> Sequence[UUID]:
    way = _way(form)
    if form.bin_ids is not None:
        return form.bin_ids
    if form.zone_id is not None:
        if not await queries.zone_is_of(session, warehouse_id, form.zone_id):
            message = N_("The warehouse has no such zone.")
            raise Invalid(errors=[FieldError("/zone_id", "unknown-zone", message)])
        return await queries.bins_of_zone(session, warehouse_id, form.zone_id, form.most)
    if form.item_id is not None:
        if await stock.item(session, form.item_id) is None:
            message = N_("There is no such item that you may see.")
            raise Invalid(errors=[FieldError(f"/{way}", "unknown-item", message)])
        return await queries.bins_with_item(session, warehouse_id, form.item_id, form.most)
    before = now - timedelta(days=form.not_counted_for_days or 0)
    return await queries.bins_due(session, warehouse_id, before, form.most)


async def _take(session: AsyncSession, row: StockCount, bin_ids: Sequence[UUID]) -> set[UUID]:
    rows = [
        {
            "count_id": row.id,
            "bin_id": bin_id,
            "warehouse_id": row.warehouse_id,
            "keeper_id": row.keeper_id,
            "position": position,
        }
        for position, bin_id in enumerate(bin_ids, start=1)
    ]
    return await queries.insert_count_bins(session, rows)


async def lock_running(session: AsyncSession, actor: Actor, count_id: UUID, *states: CountState) -> StockCount:
    """A count of the actor's organization in one of some states, locked. Raises `NotFound`, `CountStateConflict`."""
    row = await queries.lock_count(session, actor.organization_id, count_id)
    if row is None:
        raise NotFound()
    if row.state not in states:
        raise CountStateConflict(state=Labelled.of(row.state, COUNT_STATE_LABELS))
    return row


async def cancel_count(session: AsyncSession, actor: Actor, count_id: UUID, *, now: datetime) -> StockCount:
    """Call a count off: nothing is posted, and its bins are free for another. Raises `NotFound`, `CountStateConflict`."""
    row = await lock_running(session, actor, count_id, *RUNNING)
    before = {"state": row.state}
    row.state = CountState.CANCELLED
    row.ended_at = now
    await session.flush()
    await audit.record(session, actor, "stock_count.cancel", ENTITY, row.id, before=before, after={"state": row.state})
    return row
