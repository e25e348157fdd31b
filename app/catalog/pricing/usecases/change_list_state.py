"""Activate a price list, end it, and make the draft of its next edition."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.pricing import queries
from app.catalog.pricing.errors import EditionsOverlap, PriceListIncomplete, SuccessorExists
from app.catalog.pricing.events import PriceListActivated, PriceListEnded
from app.catalog.pricing.models import PriceList
from app.catalog.pricing.rules import is_over, last_day_before
from app.catalog.pricing.schemas import SuccessorIn
from app.catalog.pricing.states import PriceListState
from app.catalog.pricing.usecases.edit_list import ENTITY, conflict
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce


async def activate_list(session: AsyncSession, actor: Actor, list_id: UUID, *, now: datetime) -> PriceList:
    """Let a draft's prices hold for its buyers from its first day on. The edition before it ends the day before.

    Raises `NotFound`, `PriceListStateConflict`, `PriceListIncomplete` or `EditionsOverlap`.
    """
    row, before = await _locked_with_predecessor(session, actor, list_id)
    if row.state != PriceListState.DRAFT:
        raise conflict(row)
    buyer_ids = await _require_complete(session, row, now=now)
    if before is not None and before.state == PriceListState.ACTIVE:
        await _make_room(session, actor, before, row, now=now)
    row.state = PriceListState.ACTIVE
    row.activated_at = now
    row.version += 1
    try:
        await session.flush()
    except IntegrityError as error:
        if refused_by(error, "ex_price_lists_one_edition_at_a_time"):
            raise EditionsOverlap() from error
        raise
    after = {"state": row.state, "edition": row.edition, "buyer_ids": buyer_ids}
    await audit.record(session, actor, "price_list.activate", ENTITY, row.id, before={"state": "draft"}, after=after)
    event = PriceListActivated(
        price_list_id=row.id,
        supplier_id=row.supplier_id,
        code=row.code,
        edition=row.edition,
        currency=row.currency,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )
    await announce(session, event, organizations=[row.supplier_id, *buyer_ids])
    return row


async def _locked_with_predecessor(
    session: AsyncSession, actor: Actor, list_id: UUID
) -> tuple[PriceList, PriceList | None]:
    seen = await queries.price_list(session, list_id)
    if seen is None or seen.supplier_id != actor.organization_id:
        raise NotFound()
    wanted = [list_id, *([seen.succeeds_id] if seen.succeeds_id else [])]
    rows = await queries.lock_lists(session, actor.organization_id, wanted)
    if list_id not in rows:
        raise NotFound()
    return rows[list_id], rows.get(seen.succeeds_id) if seen.succeeds_id else None


async def _require_complete(session: AsyncSession, row: PriceList, *, now: datetime) -> list[UUID]:
    buyer_ids = (await queries.grants_of(session, [row.id])).get(row.id, [])
    errors = []
    if not buyer_ids:
        errors.append(FieldError("/buyer_ids", "required", N_("Name at least one buyer.")))
    if not (await queries.line_counts(session, [row.id])).get(row.id):
        errors.append(FieldError("/lines", "required", N_("Add at least one line.")))
    if is_over(row.valid_until, today=now.date()):
        errors.append(FieldError("/valid_until", "day-has-passed", N_("Choose a day that has not passed yet.")))
    if errors:
        raise PriceListIncomplete(errors=errors)
    return buyer_ids


async def _make_room(
    session: AsyncSession, actor: Actor, before: PriceList, successor: PriceList, *, now: datetime
) -> None:
    """Shorten the edition before, or end it where nothing of it would be left."""
    last = last_day_before(successor.valid_from, valid_from=before.valid_from, today=now.date())
    if last is None:
        await _end(session, actor, before, now=now)
    elif before.valid_until is None or before.valid_until > last:
        was = before.valid_until
        before.valid_until = last
        before.version += 1
        await session.flush()
        await audit.record(
            session,
            actor,
            "price_list.shorten",
            ENTITY,
            before.id,
            before={"valid_until": str(was) if was else None},
            after={"valid_until": str(last)},
        )


async def end_list(session: AsyncSession, actor: Actor, list_id: UUID, *, now: datetime) -> PriceList:
    """End an active list now. Confirmed prices stand. Raises `NotFound` or `PriceListStateConflict`."""
    row = (await queries.lock_lists(session, actor.organization_id, [list_id])).get(list_id)
    if row is None:
        raise NotFound()
    if row.state != PriceListState.ACTIVE:
        raise conflict(row)
    await _end(session, actor, row, now=now)
    return row


async def _end(session: AsyncSession, actor: Actor, row: PriceList, *, now: datetime) -> None:
    buyer_ids = (await queries.grants_of(session, [row.id])).get(row.id, [])
    row.state = PriceListState.ENDED
    row.ended_at = now
    row.version += 1
    await session.flush()
    await audit.record(
        session, actor, "price_list.end", ENTITY, row.id, before={"state": "active"}, after={"state": row.state}
    )
    event = PriceListEnded(price_list_id=row.id, supplier_id=row.supplier_id, code=row.code, edition=row.edition)
    await announce(session, event, organizations=[row.supplier_id, *buyer_ids])


async def succeed_list(session: AsyncSession, actor: Actor, list_id: UUID, form: SuccessorIn) -> PriceList:
    """The draft of the next edition, with the same buyers and lines. Raises `NotFound`, `Invalid`, `SuccessorExists` or,
    for a draft, `PriceListStateConflict`."""
    if form.valid_until is not None and form.valid_until < form.valid_from:
        message = N_("The last day must not come before the first.")
        raise Invalid(errors=[FieldError("/valid_until", "validity-reversed", message)])
    row = (await queries.lock_lists(session, actor.organization_id, [list_id])).get(list_id)
    if row is None:
        raise NotFound()
    if row.state == PriceListState.DRAFT:
        raise conflict(row)
    successor_id = new_id()
    values = {
        "id": successor_id,
        "supplier_id": row.supplier_id,
        "code": row.code,
        "edition": row.edition + 1,
        "name": row.name,
        "currency": row.currency,
        "valid_from": form.valid_from,
        "valid_until": form.valid_until,
        "succeeds_id": row.id,
        "created_by": actor.person_id,
    }
    if not await queries.insert_list(session, values):
        raise SuccessorExists(code_of_list=row.code)
    successor = await queries.price_list(session, successor_id)
    assert successor is not None
    await queries.replace_grants(session, successor, (await queries.grants_of(session, [row.id])).get(row.id, []))
    lines = await queries.copy_lines(session, row.id)
    await queries.replace_lines(session, successor, [{**line, "id": new_id()} for line in lines])
    after = {"succeeds_id": row.id, "edition": successor.edition, "lines": len(lines)}
    await audit.record(session, actor, "price_list.succeed", ENTITY, successor.id, after=after)
    return successor
