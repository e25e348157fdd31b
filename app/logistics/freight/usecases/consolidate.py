"""Let shipments of several shippers share a container, and fix who pays what."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, Labelled, NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.logistics import queries as bookings
from app.logistics.freight.errors import BookingConsolidated, ConsolidationEnded, ConsolidationFull, NothingToShare
from app.logistics.freight.events import FreightShared
from app.logistics.freight.models import Consolidation, ConsolidationMember
from app.logistics.freight.queries import consolidations as queries
from app.logistics.freight.schemas.consolidations import ConsolidationChange, ConsolidationIn, MemberIn
from app.logistics.freight.states import CONSOLIDATION_STATE_LABELS, ConsolidationState, SharingBasis
from app.logistics.freight.tariffs import SAME_PLACE, UNKNOWN_CONTAINER, is_sea_container
from app.logistics.loading.containers import container_types
from app.logistics.sharing import Capacity, Part, split
from app.logistics.states import BookingState, Mode
from app.reference import facade as reference


async def open_consolidation(session: AsyncSession, actor: Actor, form: ConsolidationIn) -> Consolidation:
    """A container to be filled. Raises `Invalid`."""
    number, errors = _number(form.container_number)
    if not is_sea_container(form.container_type):
        errors.append(FieldError("/container_type", "unknown-container", UNKNOWN_CONTAINER))
    if form.from_place == form.to_place:
        errors.append(FieldError("/to_place", "same-place", SAME_PLACE))
    if errors:
        raise Invalid(errors=errors)
    values = form.model_dump() | {"container_number": number}
    row = Consolidation(id=new_id(), partner_id=actor.organization_id, **values)
    session.add(row)
    await session.flush()
    await session.refresh(row)
    await _record(session, actor, "open", row)
    return row


def _number(given: str | None) -> tuple[str | None, list[FieldError]]:
    """A container's number in its kept form, and what is wrong with it."""
    if given is None:
        return None, []
    checked = reference.check_cargo_number("container", given)
    if checked.ok:
        return checked.normalized, []
    message = reference.CARGO_PROBLEM_TEXTS[checked.problem_code or ""]
    return None, [FieldError("/container_number", "container-number", message)]


async def change_consolidation(
    session: AsyncSession, actor: Actor, consolidation_id: UUID, form: ConsolidationChange, *, expected: int | None
) -> Consolidation:
    """Raises `NotFound`, `PreconditionFailed`, `ConsolidationEnded`, `Invalid`."""
    row = await _own(session, actor, consolidation_id)
    require_version(row.version, expected)
    _require_open(row)
    given = form.model_dump(exclude_unset=True, exclude_none=True)
    if "container_number" in given:
        given["container_number"], errors = _number(form.container_number)
        if errors:
            raise Invalid(errors=errors)
    for name, value in given.items():
        setattr(row, name, value)
    await _changed(session, row)
    await _record(session, actor, "change", row)
    return row


async def add_member(session: AsyncSession, actor: Actor, consolidation_id: UUID, form: MemberIn) -> Consolidation:
    """Put goods of an accepted LCL booking in. Raises `NotFound`, `Invalid`, `ConsolidationEnded`, `ConsolidationFull`,
    `BookingConsolidated`."""
    row = await _own(session, actor, consolidation_id)
    _require_open(row)
    booking = await bookings.lock_booking(session, form.booking_id)
    errors = []
    if (
        booking is None
        or booking.partner_id != row.partner_id
        or (booking.state, booking.mode) != (BookingState.ACCEPTED, Mode.SEA_LCL)
    ):
        message = N_("Name a booking for less than a container that you accepted.")
        errors.append(FieldError("/booking_id", "no-lcl-booking", message))
    elif (booking.from_place, booking.to_place) != (row.from_place, row.to_place):
        message = N_("This booking goes another way than the container.")
        errors.append(FieldError("/booking_id", "other-lane", message))
    if not form.volume_m3 and not form.mass_kg:
        message = N_("Give the volume or the mass of the goods.")
        errors.append(FieldError("/volume_m3", "nothing-measured", message))
    if errors or booking is None:
        raise Invalid(errors=errors)
    inside = await queries.members(session, row.id)
    capacity = capacity_of(row.container_type)
    volume_m3 = sum((one.volume_m3 for one in inside), form.volume_m3)
    mass_kg = sum((one.mass_kg for one in inside), form.mass_kg)
    if volume_m3 > capacity.volume_m3 or mass_kg > capacity.mass_kg:
        raise ConsolidationFull(volume_m3=capacity.volume_m3, mass_kg=capacity.mass_kg)
    values = form.model_dump() | {
        "id": new_id(),
        "consolidation_id": row.id,
        "partner_id": row.partner_id,
        "shipper_id": booking.shipper_id,
    }
    if await queries.insert_member(session, values) is None:
        raise BookingConsolidated()
    await _changed(session, row)
    await _record(session, actor, "fill", row)
    return row


async def remove_member(session: AsyncSession, actor: Actor, consolidation_id: UUID, member_id: UUID) -> None:
    """Take goods out again. Raises `NotFound`, `ConsolidationEnded`."""
    row = await _own(session, actor, consolidation_id)
    _require_open(row)
    await queries.remove_members(session, row.id, member_id)
    await _changed(session, row)
    await _record(session, actor, "empty", row)


async def close_consolidation(
    session: AsyncSession, actor: Actor, consolidation_id: UUID, *, now: datetime
) -> Consolidation:
    """Fix the shares. A second time changes nothing. Raises `NotFound`, `ConsolidationEnded`, `NothingToShare`."""
    row = await _own(session, actor, consolidation_id)
    if row.state == ConsolidationState.CLOSED:
        return row
    _require_open(row)
    inside = await queries.members(session, row.id)
    carried = await queries.bookings_of(session, row.id)
    if len({one.shipper_id for one in inside}) < 2 or any(one.state != BookingState.ACCEPTED for one in carried):
        raise NothingToShare()
    capacity = capacity_of(row.container_type) if row.basis == SharingBasis.CONTAINER else None
    parts = [Part(str(one.id), one.volume_m3, one.mass_kg) for one in inside]
    shares = {one.part_id: one.amount_minor for one in split(row.cost_minor, parts, capacity=capacity)}
    for member in inside:
        member.share_minor, member.currency = shares[str(member.id)], row.currency
    await session.flush()
    await _end(session, actor, row, ConsolidationState.CLOSED, now=now)
    for member in inside:
        await _tell(session, member)
    return row


async def cancel_consolidation(
    session: AsyncSession, actor: Actor, consolidation_id: UUID, *, now: datetime
) -> Consolidation:
    """Give it up; its bookings may go into another. A second time changes nothing. Raises `NotFound`, `ConsolidationEnded`."""
    row = await _own(session, actor, consolidation_id)
    if row.state == ConsolidationState.CANCELLED:
        return row
    _require_open(row)
    await queries.remove_members(session, row.id)
    await _end(session, actor, row, ConsolidationState.CANCELLED, now=now)
    return row


def capacity_of(container_type: str) -> Capacity:
    """What a container holds, by its inside measures and its payload."""
    space = container_types()[container_type].space
    assert space.payload_g is not None, "every container of the data file has a payload"
    volume_mm3 = space.length_mm * space.width_mm * space.height_mm
    return Capacity(Decimal(volume_mm3 // 10**6) / 1000, Decimal(space.payload_g) / 1000)


async def _own(session: AsyncSession, actor: Actor, consolidation_id: UUID) -> Consolidation:
    row = await queries.lock_consolidation(session, consolidation_id)
    if row is None or row.partner_id != actor.organization_id:
        raise NotFound()
    return row


def _require_open(row: Consolidation) -> None:
    if row.state != ConsolidationState.OPEN:
        raise ConsolidationEnded(state=Labelled.of(row.state, CONSOLIDATION_STATE_LABELS))


async def _changed(session: AsyncSession, row: Consolidation) -> None:
    row.version += 1
    await session.flush()


async def _end(
    session: AsyncSession, actor: Actor, row: Consolidation, state: ConsolidationState, *, now: datetime
) -> None:
    row.state, row.ended_at = state, now
    await _changed(session, row)
    await _record(session, actor, state, row)


async def _record(session: AsyncSession, actor: Actor, action: str, row: Consolidation) -> None:
    after = {"reference": row.reference, "version": row.version}
    await audit.record(session, actor, f"consolidation.{action}", "consolidation", row.id, after=after)


async def _tell(session: AsyncSession, member: ConsolidationMember) -> None:
    event = FreightShared(
        member_id=member.id,
        booking_id=member.booking_id,
        shipper_id=member.shipper_id,
        partner_id=member.partner_id,
    )
    await announce(session, event, organizations=[member.partner_id, member.shipper_id])
