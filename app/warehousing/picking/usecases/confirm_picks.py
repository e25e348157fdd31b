"""Say what was found at the stops of a wave: goods go into the packing bin, and what was missing is left to be counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.locales import N_
from app.kit.outbox import announce
from app.warehousing import queries as stock
from app.warehousing.errors import MoveRefused
from app.warehousing.models import StockItem
from app.warehousing.picking import queries
from app.warehousing.picking.errors import PickDone
from app.warehousing.picking.events import PickedShort
from app.warehousing.picking.models import PickLine, PickWave
from app.warehousing.picking.rules import shared
from app.warehousing.picking.schemas import PicksIn
from app.warehousing.picking.states import PickState, WaveState
from app.warehousing.rules import is_whole
from app.warehousing.schemas import LotIn, MoveIn, PlaceIn
from app.warehousing.states import MoveReason, StockStatus
from app.warehousing.usecases.post_moves import post_moves, serve_waiting

CAUSE = "pick_wave"
NOTE = "short pick"


@dataclass(slots=True)
class _Walked:
    """What the stops come to: moves with the place in the form that each is for, and what is missing where."""

    moves: list[MoveIn] = field(default_factory=list)
    pointers: list[str] = field(default_factory=list)
    missing: list[tuple[PickLine, Decimal]] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)

    def add(self, pointer: str, move: MoveIn) -> None:
        self.moves.append(move)
        self.pointers.append(pointer)


async def confirm_picks(
    session: AsyncSession, actor: Actor, wave_id: UUID, form: PicksIn, *, now: datetime
) -> PickWave:
    """Confirm stops. Locks the wave, so that each is confirmed once; then what the moves will touch.

    Raises `NotFound`, `PickDone`, `Invalid` for more than is wanted, `MoveRefused` pointing at the form's picks.
    """
    wave = await queries.lock_wave(session, actor.organization_id, wave_id)
    if wave is None:
        raise NotFound()
    if wave.state not in (WaveState.OPEN, WaveState.PICKING):
        raise PickDone()
    by_stop: dict[int, list[PickLine]] = {}
    for line in await queries.pick_lines(session, [wave.id]):
        by_stop.setdefault(line.stop, []).append(line)
    picks = _picks(form, by_stop)
    touched = [line for pick in picks for line in by_stop[pick[1]]]
    bins = {line.bin_id for line in touched} | {wave.packing_bin_id}
    await stock.lock_for_moves(session, {line.item_id for line in touched}, bins)
    walked = await _walk(session, wave, [(pointer, by_stop[stop], found) for pointer, stop, found in picks])
    if walked.errors:
        raise Invalid(errors=walked.errors)
    await _post(session, actor, wave, walked)
    left = any(line.state == PickState.OPEN for lines in by_stop.values() for line in lines)
    wave.state = WaveState.PICKING if left else WaveState.PICKED
    wave.ended_at = None if left else now
    wave.version += 1
    await session.flush()
    after = {"stops": sorted({stop for _, stop, _ in picks}), "missing": str(sum(gap for _, gap in walked.missing))}
    await audit.record(session, actor, "wave.pick", "pick_wave", wave.id, after=after)
    return wave


def _picks(form: PicksIn, by_stop: dict[int, list[PickLine]]) -> list[tuple[str, int, Decimal | None]]:
    """(place in the form, stop, what was found there; None: all of it) of what is confirmed."""

    def is_open(stop: int) -> bool:
        return any(line.state == PickState.OPEN for line in by_stop[stop])

    if form.picks is None:
        return [("", stop, None) for stop in by_stop if is_open(stop)]
    errors = []
    seen: set[int] = set()
    for at, pick in enumerate(form.picks):
        if pick.stop not in by_stop or pick.stop in seen:
            message = N_("Name each stop of the wave at most once.")
            errors.append(FieldError(f"/picks/{at}/stop", "unknown-stop", message))
        seen.add(pick.stop)
    if errors:
        raise Invalid(errors=errors)
    if not all(is_open(pick.stop) for pick in form.picks):
        raise PickDone()
    return [(f"/picks/{at}", pick.stop, pick.quantity) for at, pick in enumerate(form.picks)]


async def _walk(
    session: AsyncSession, wave: PickWave, confirmed: Sequence[tuple[str, Sequence[PickLine], Decimal | None]]
) -> _Walked:
    """Share what was found among the lines of each stop, and write it into them."""
    touched = [line for _, lines, _ in confirmed for line in lines]
    held = await queries.held_lines(session, (line.reservation_line_id for line in touched))
    items = await stock.items_by_id(session, (line.item_id for line in touched))
    lots = await stock.lots_by_id(session, (line.lot_id for line in touched))
    walked = _Walked()
    for pointer, lines, found in confirmed:
        # What was let go meanwhile is not picked any more.
        wanted = [min(line.expected, held[line.reservation_line_id].open) for line in lines]
        found = sum(wanted, Decimal(0)) if found is None else found
        walked.errors += _errors(pointer, items[lines[0].item_id], found, sum(wanted, Decimal(0)))
        lot = lots[lines[0].lot_id] if lines[0].lot_id else None
        for line, share, amount in zip(lines, shared(found, wanted), wanted, strict=True):
            line.picked, line.missing = share, amount - share
            line.state = _state(line.picked, line.missing)
            if line.missing:
                walked.missing.append((line, line.missing))
            for quantity, target, reason in (
                (line.picked, PlaceIn(bin_id=wave.packing_bin_id), MoveReason.PICK),
                (line.missing, PlaceIn(bin_id=line.bin_id, status=StockStatus.QUALITY_HOLD), MoveReason.INSPECTION),
            ):
                if quantity:
                    move = MoveIn(
                        item_id=line.item_id,
                        quantity=quantity,
                        lot=LotIn(code=lot.code) if lot else None,
                        origin=PlaceIn(bin_id=line.bin_id),
                        target=target,
                        owner_id=line.owner_id,
                        reason=reason,
                        reservation_line_id=line.reservation_line_id if reason == MoveReason.PICK else None,
                        note="" if reason == MoveReason.PICK else NOTE,
                    )
                    walked.add(pointer, move)
    return walked


def _state(picked: Decimal, missing: Decimal) -> PickState:
    if missing:
        return PickState.SHORT
    return PickState.PICKED if picked else PickState.DROPPED


def _errors(pointer: str, item: StockItem, found: Decimal, wanted: Decimal) -> list[FieldError]:
    if found > wanted:
        message = N_("No more than {wanted} is to be picked here.")
        params = {"wanted": format(wanted.normalize(), "f")}
        return [FieldError(f"{pointer}/quantity", "more-than-wanted", message, params)]
    if not is_whole(found, item.unit):
        return [FieldError(f"{pointer}/quantity", "not-whole", N_("These are counted in whole numbers."))]
    return []


async def _post(session: AsyncSession, actor: Actor, wave: PickWave, walked: _Walked) -> None:
    """Let go of what is missing, move what was found, serve who waits, and ask for a count."""
    for line, missing in walked.missing:
        await queries.short_pick(session, line.reservation_line_id, missing)
    try:
        await post_moves(session, actor, walked.moves, cause=(CAUSE, wave.id))
    except MoveRefused as refusal:
        errors = [
            FieldError(walked.pointers[int(error.pointer.split("/")[2])], error.code, error.message)
            for error in refusal.errors
        ]
        raise MoveRefused(errors=errors) from None
    await serve_waiting(session, actor, {line.item_id for line, _ in walked.missing})
    for line, missing in walked.missing:
        event = PickedShort(
            wave_id=wave.id,
            keeper_id=wave.keeper_id,
            owner_id=line.owner_id,
            warehouse_id=wave.warehouse_id,
            bin_id=line.bin_id,
            item_id=line.item_id,
            missing=missing,
        )
        await announce(session, event, organizations=[wave.keeper_id, line.owner_id])
