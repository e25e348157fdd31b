"""Gather what is held and waits into one walk."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.warehousing.models import ReservationLine
from app.warehousing.picking import queries
from app.warehousing.picking.errors import NothingToPick, PickDone
from app.warehousing.picking.models import PickWave
from app.warehousing.picking.rules import Due, stops
from app.warehousing.picking.schemas import WaveIn
from app.warehousing.picking.states import PickState, WaveState
from app.warehousing.states import ZonePurpose


async def make_wave(
    session: AsyncSession, actor: Actor, warehouse_id: UUID, form: WaveIn, *, now: datetime
) -> PickWave:
    """A wave of the oldest lines that are due. What somebody else has just put into another wave is left out.

    Raises `Invalid` without a packing bin, `NothingToPick`.
    """
    into = await queries.first_bin(session, warehouse_id, ZonePurpose.PACKING, form.packing_bin_id)
    if into is None:
        message = N_("Name a bin of a packing zone of this warehouse that is not blocked.")
        raise Invalid(errors=[FieldError("/packing_bin_id", "no-packing-bin", message)])
    wanted = queries.due(warehouse_id, now).order_by(ReservationLine.id).limit(form.most)
    if form.reservation_ids is not None:
        wanted = wanted.where(ReservationLine.reservation_id.in_(form.reservation_ids))
    else:
        # What is held for a while only is not ordered yet.
        wanted = wanted.where(ReservationLine.expires_at.is_(None))
    found = await queries.due_lines(session, list(await session.scalars(wanted)))
    by_line = {one.line.id: one for one in found}
    wave = PickWave(id=new_id(), keeper_id=actor.organization_id, warehouse_id=warehouse_id, packing_bin_id=into)
    wave.person_id, wave.client_id = actor.person_id, actor.client_id
    rows: list[dict[str, Any]] = []
    for number, stop in enumerate(stops(Due(one.line.id, one.zone, one.bin, one.balance.id) for one in found), start=1):
        for part in stop:
            line, balance = by_line[part.line_id].line, by_line[part.line_id].balance
            rows.append(
                {
                    "id": new_id(),
                    "wave_id": wave.id,
                    "keeper_id": wave.keeper_id,
                    "warehouse_id": warehouse_id,
                    "stop": number,
                    "reservation_line_id": line.id,
                    "reservation_id": line.reservation_id,
                    "holder_id": line.organization_id,
                    "owner_id": line.owner_id,
                    "item_id": line.item_id,
                    "lot_id": balance.lot_id,
                    "bin_id": balance.bin_id,
                    "expected": line.open,
                }
            )
    # In one order, so that two who gather the same lines wait for one another once.
    rows.sort(key=lambda row: row["reservation_line_id"])
    if not rows or not await queries.insert_wave(session, wave, rows):
        raise NothingToPick()
    await audit.record(session, actor, "wave.make", "pick_wave", wave.id, after={"lines": len(rows)})
    return wave


async def end_wave(session: AsyncSession, actor: Actor, wave_id: UUID, *, now: datetime) -> PickWave:
    """Leave what is not picked yet to another wave. A second time changes nothing. Raises `NotFound`, `PickDone`."""
    wave = await queries.lock_wave(session, actor.organization_id, wave_id)
    if wave is None:
        raise NotFound()
    if wave.state == WaveState.CANCELLED:
        return wave
    if wave.state == WaveState.PICKED:
        raise PickDone()
    for line in await queries.pick_lines(session, [wave.id]):
        if line.state == PickState.OPEN:
            line.state = PickState.DROPPED
    wave.state = WaveState.CANCELLED if wave.state == WaveState.OPEN else WaveState.PICKED
    wave.ended_at = now
    wave.version += 1
    await session.flush()
    await audit.record(session, actor, f"wave.{wave.state}", "pick_wave", wave.id)
    return wave
