"""Keep the account of a shipment up to date: what its events say under its plan."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.outbox import announce
from app.logistics import queries
from app.logistics.events import ShipmentMoved
from app.logistics.models import Booking, Shipment, TrackedShipment
from app.logistics.states import BookingState, Mode, ShipmentState, may_become
from app.logistics.tracking.intake import Event
from app.logistics.tracking.milestones import CARRIAGE_OF_MODE, Plan
from app.logistics.tracking.summary import Summary, merge, pack, unpack
from app.logistics.tracking.track import ShipmentTrack, track


def plan_of(shipment: Shipment) -> Plan:
    """What the account is told by."""
    return Plan(
        load=shipment.load,
        discharge=shipment.discharge,
        carriage=CARRIAGE_OF_MODE[Mode(shipment.mode)],
        origin=shipment.origin,
        destination=shipment.destination,
        containers=frozenset(shipment.containers),
    )


def account_of(row: TrackedShipment, shipment: Shipment) -> ShipmentTrack:
    """What is told of a shipment."""
    return track(summary_of(row), plan_of(shipment))


def summary_of(row: TrackedShipment) -> Summary:
    """What is remembered of a shipment's events."""
    return unpack(row.summary) if row.summary is not None else merge(Summary(), ())


async def take_in(session: AsyncSession, events: Mapping[UUID, Sequence[Event]]) -> None:
    """Merge new events, by shipment, into the accounts, locked in id order; who is concerned is told when something changed."""
    rows = await queries.lock_tracks(session, events)
    shipments = await queries.shipments_by_id(session, events)
    bookings = await queries.bookings(session, events)
    for shipment_id, row in rows.items():
        shipment = shipments[shipment_id]
        plan, known, taken = plan_of(shipment), summary_of(row), events[shipment_id]
        summary = merge(known, taken)
        row.summary = pack(summary)
        row.events += len(taken)
        before, after = track(known, plan), track(summary, plan)
        await _tell(session, row, shipment, bookings.get(shipment_id, []), before, after)
    await session.flush()


async def tell_anew(session: AsyncSession, shipment: Shipment) -> None:
    """Make the account again from the same events: the plan has changed."""
    row = (await queries.lock_tracks(session, [shipment.id]))[shipment.id]
    bookings = (await queries.bookings(session, [shipment.id])).get(shipment.id, [])
    account = account_of(row, shipment)
    await _tell(session, row, shipment, bookings, account, account)
    await session.flush()


async def note_booked(session: AsyncSession, booking: Booking) -> None:
    """Somebody carries a leg: the shipment is booked."""
    row = (await queries.lock_tracks(session, [booking.shipment_id]))[booking.shipment_id]
    if may_become(ShipmentState(row.state), ShipmentState.BOOKED):
        row.state = ShipmentState.BOOKED
        row.version += 1
        await session.flush()


async def _tell(
    session: AsyncSession,
    row: TrackedShipment,
    shipment: Shipment,
    bookings: Sequence[Booking],
    before: ShipmentTrack,
    after: ShipmentTrack,
) -> None:
    """Keep the state that events lead to; a cancelled shipment stays so, and one that somebody carries is at least booked."""
    state = after.state
    if row.state == ShipmentState.CANCELLED:
        state = ShipmentState.CANCELLED
    elif state == ShipmentState.PLANNED and any(one.state == BookingState.ACCEPTED for one in bookings):
        state = ShipmentState.BOOKED
    moved = state != row.state or (before.eta, before.incidents) != (after.eta, after.incidents)
    state_before, row.state = row.state, state
    row.last_event_at = after.last_event_at
    row.version += 1
    if not moved:
        return
    event = ShipmentMoved(
        shipment_id=shipment.id,
        shipper_id=shipment.shipper_id,
        state=state,
        eta=after.eta.at if after.eta else None,
        incidents=[incident.kind.value for incident in after.incidents],
        state_before=state_before,
        eta_before=before.eta.at if before.eta else None,
        new_incidents=sorted(
            {one.kind.value for one in after.incidents} - {one.kind.value for one in before.incidents}
        ),
    )
    await announce(session, event, organizations=_concerned(shipment, bookings))


def _concerned(shipment: Shipment, bookings: Sequence[Booking]) -> list[UUID]:
    """Who sees a shipment: who sends and receives it, and those of the partners whom one knows of."""
    asked = {one.partner_id for one in bookings if one.state in (BookingState.OFFERED, BookingState.ACCEPTED)}
    return sorted(one for one in {shipment.shipper_id, shipment.consignee_id, *asked} if one is not None)


async def pass_on(session: AsyncSession, shipment_id: UUID, told: Sequence[UUID]) -> None:
    """Tell what stands of a shipment to those who see it and were not `told`. Call it while acting for its shipper, who alone
    knows all partners.

    A partner who tells events does not know the others, so nor does his transaction. The account is locked: of two tellings
    the later one says what stands later, in whatever order they are made.
    """
    row = (await queries.lock_tracks(session, [shipment_id])).get(shipment_id)
    shipment = await queries.shipment(session, shipment_id)
    if row is None or shipment is None:
        return
    bookings = (await queries.bookings(session, [shipment_id])).get(shipment_id, [])
    others = [one for one in _concerned(shipment, bookings) if one not in told]
    if not others:
        return
    account = account_of(row, shipment)
    event = ShipmentMoved(
        shipment_id=shipment_id,
        shipper_id=shipment.shipper_id,
        state=row.state,
        eta=account.eta.at if account.eta else None,
        incidents=[incident.kind.value for incident in account.incidents],
    )
    await announce(session, event, organizations=others)
