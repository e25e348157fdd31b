"""All the SQL on shipments, bookings and events, locks included."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.logistics.models import Booking, Shipment, TrackedShipment, TrackingEvent
from app.logistics.states import BookingState


async def shipment(session: AsyncSession, shipment_id: UUID) -> Shipment | None:
    """A shipment that the acting organization sends, receives, or was asked to carry."""
    return await session.scalar(select(Shipment).where(Shipment.id == shipment_id))


async def lock_shipment(session: AsyncSession, shipper_id: UUID, shipment_id: UUID) -> Shipment | None:
    """One of the shipper's own, locked."""
    return await session.scalar(
        select(Shipment)
        .where(Shipment.id == shipment_id, Shipment.shipper_id == shipper_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def shipments_of(organization_id: UUID) -> Select[Shipment]:
    """The shipments that an organization sends, receives or was asked to carry."""
    carried = select(Booking.shipment_id).where(
        Booking.partner_id == organization_id, Booking.state.in_((BookingState.OFFERED, BookingState.ACCEPTED))
    )
    return select(Shipment).where(
        (Shipment.shipper_id == organization_id) | (Shipment.consignee_id == organization_id) | Shipment.id.in_(carried)
    )


async def tracks(session: AsyncSession, shipment_ids: Iterable[UUID]) -> dict[UUID, TrackedShipment]:
    """What is told of shipments, as it is now."""
    statement = select(TrackedShipment).where(TrackedShipment.shipment_id.in_(set(shipment_ids)))
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return {row.shipment_id: row for row in rows}


async def lock_tracks(session: AsyncSession, shipment_ids: Iterable[UUID]) -> dict[UUID, TrackedShipment]:
    """The same, locked in id order: two batches about the same shipments come one after the other."""
    rows = await session.scalars(
        select(TrackedShipment)
        .where(TrackedShipment.shipment_id.in_(set(shipment_ids)))
        .order_by(TrackedShipment.shipment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.shipment_id: row for row in rows}


async def shipments_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Shipment]:
    """Those of them that the acting organization may see."""
    return {row.id: row for row in await session.scalars(select(Shipment).where(Shipment.id.in_(set(ids))))}


async def planned_for(session: AsyncSession, shipper_id: UUID, plan_key: UUID) -> Shipment | None:
    """The shipment of a shipper that was planned under a key."""
    statement = select(Shipment).where(Shipment.shipper_id == shipper_id, Shipment.plan_key == plan_key)
    return await session.scalar(statement)


async def planned_under(session: AsyncSession, planned: Mapping[UUID, UUID]) -> dict[UUID, Shipment]:
    """Shipments by the keys that they were planned under, {key: shipper}, as far as the acting organization sees them."""
    statement = select(Shipment).where(
        Shipment.shipper_id.in_(set(planned.values())), Shipment.plan_key.in_(set(planned))
    )
    return {
        row.plan_key: row
        for row in await session.scalars(statement)
        if row.plan_key is not None and planned[row.plan_key] == row.shipper_id
    }


async def insert_planned(session: AsyncSession, values: Mapping[str, Any]) -> Shipment | None:
    """Plan a shipment under a key; None when it is planned already. Of racing transactions each waits for the one before."""
    statement = insert(Shipment).values(**values)
    statement = statement.on_conflict_do_nothing(
        index_elements=["shipper_id", "plan_key"], index_where=Shipment.plan_key.is_not(None)
    )
    found: Shipment | None = await session.scalar(statement.returning(Shipment))
    return found


async def onward_of(session: AsyncSession, shipment_id: UUID) -> list[Shipment]:
    """The shipments that go on from where one ends, as far as the acting organization sees them."""
    statement = select(Shipment).where(Shipment.inbound_id == shipment_id).order_by(Shipment.id)
    return list((await session.scalars(statement)).all())


async def inbound_of(session: AsyncSession, shipment_id: UUID) -> tuple[Shipment, TrackedShipment] | None:
    """What is told of the shipment by which the goods of an onward one come, for who sends and who receives that; never to be
    saved. The database acts as its owner here: whoever receives does not see the inbound shipment itself."""
    return (await inbound_of_all(session, [shipment_id])).get(shipment_id)


async def inbound_of_all(
    session: AsyncSession, shipment_ids: Iterable[UUID]
) -> dict[UUID, tuple[Shipment, TrackedShipment]]:
    """The same of many onward shipments, by their ids."""
    statement = text(
        "SELECT o.id AS onward_id, i.* FROM unnest(CAST(:ids AS uuid[])) AS o (id) CROSS JOIN LATERAL shipment_inbound(o.id) i"
    )
    found = {}
    for row in (await session.execute(statement, {"ids": sorted(set(shipment_ids))})).mappings():
        of_track = {name: row[name] for name in ("state", "summary", "events", "last_event_at")}
        of_plan = {name: value for name, value in row.items() if name not in of_track and name != "onward_id"}
        found[row["onward_id"]] = Shipment(**of_plan), TrackedShipment(**of_track)
    return found


async def insert_booking(session: AsyncSession, values: Mapping[str, Any]) -> Booking | None:
    """Offer a leg; None when somebody was asked for it already, or carries it."""
    statement = insert(Booking).values(**values).on_conflict_do_nothing().returning(Booking)
    found: Booking | None = await session.scalar(statement)
    return found


async def leg_is_taken(session: AsyncSession, shipment_id: UUID, leg: int) -> bool:
    """Whether somebody was asked for a leg, or carries it."""
    statement = select(Booking.id).where(
        Booking.shipment_id == shipment_id,
        Booking.leg == leg,
        Booking.state.in_((BookingState.OFFERED, BookingState.ACCEPTED)),
    )
    return await session.scalar(statement.limit(1)) is not None


async def booking(session: AsyncSession, booking_id: UUID) -> Booking | None:
    """A booking that the acting organization offered or was offered."""
    return await session.scalar(select(Booking).where(Booking.id == booking_id))


async def booking_offered_to(session: AsyncSession, partner_id: UUID, number: str) -> Booking | None:
    """The booking of this number that a partner was offered."""
    return await session.scalar(select(Booking).where(Booking.number == number, Booking.partner_id == partner_id))


async def lock_booking(session: AsyncSession, booking_id: UUID) -> Booking | None:
    """The same, locked: an answer and a withdrawal come one after the other."""
    return await session.scalar(
        select(Booking).where(Booking.id == booking_id).with_for_update().execution_options(populate_existing=True)
    )


def bookings_of(organization_id: UUID, state: str | None) -> Select[Booking]:
    """The bookings that an organization offered or was offered."""
    statement = select(Booking).where((Booking.partner_id == organization_id) | (Booking.shipper_id == organization_id))
    return statement.where(Booking.state == state) if state else statement


async def bookings(session: AsyncSession, shipment_ids: Iterable[UUID]) -> dict[UUID, list[Booking]]:
    """The bookings of shipments, leg by leg, as they are now; a partner sees his own."""
    statement = (
        select(Booking)
        .where(Booking.shipment_id.in_(set(shipment_ids)))
        .order_by(Booking.leg, Booking.id)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[Booking]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.shipment_id, []).append(row)
    return found


async def carried_by(session: AsyncSession, partner_id: UUID, numbers: Iterable[str]) -> dict[str, Booking]:
    """The bookings of these numbers that a partner has accepted."""
    statement = select(Booking).where(
        Booking.partner_id == partner_id, Booking.number.in_(set(numbers)), Booking.state == BookingState.ACCEPTED
    )
    return {row.number: row for row in await session.scalars(statement)}


async def carries(session: AsyncSession, shipment_id: UUID, partner_id: UUID) -> bool:
    """Whether a partner carries a leg of a shipment."""
    return bool(await session.scalar(select(exists(_carried(shipment_id, partner_id)))))


async def carried_legs(session: AsyncSession, shipment_id: UUID, partner_id: UUID | None = None) -> list[Booking]:
    """The legs that a partner, or anybody whom the acting organization sees, carries; in the order of the way."""
    statement = _carried(shipment_id, partner_id).order_by(Booking.leg, Booking.id)
    return list((await session.scalars(statement)).all())


def _carried(shipment_id: UUID, partner_id: UUID | None) -> Select[Booking]:
    statement = select(Booking).where(Booking.shipment_id == shipment_id, Booking.state == BookingState.ACCEPTED)
    return statement if partner_id is None else statement.where(Booking.partner_id == partner_id)


async def overdue_offers(session: AsyncSession, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(booking, shipper) of offers that nobody answered in time; only as the operator."""
    statement = (
        select(Booking.id, Booking.shipper_id)
        .where(Booking.state == BookingState.OFFERED, Booking.expires_at <= now)
        .order_by(Booking.expires_at, Booking.id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def insert_events(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Append events; the ids of those that were new."""
    statement = insert(TrackingEvent).on_conflict_do_nothing(index_elements=["event_id"])
    return set((await session.scalars(statement.returning(TrackingEvent.event_id), list(rows))).all())


async def known_events(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, tuple[UUID, UUID, bytes]]:
    """(shipment, partner, digest) of events that the acting organization may see, by id."""
    statement = select(
        TrackingEvent.event_id, TrackingEvent.shipment_id, TrackingEvent.partner_id, TrackingEvent.digest
    ).where(TrackingEvent.event_id.in_(set(ids)))
    return {row[0]: (row[1], row[2], row[3]) for row in await session.execute(statement)}


def events_of(shipment_id: UUID) -> Select[TrackingEvent]:
    """The events of a shipment."""
    return select(TrackingEvent).where(TrackingEvent.shipment_id == shipment_id)


async def times_as_sent(session: AsyncSession, event_ids: Iterable[str]) -> dict[str, str]:
    """The times of events as their partners wrote them, by the events' numbers."""
    statement = select(TrackingEvent.event_id, TrackingEvent.event["eventDateTime"].astext)
    rows = await session.execute(statement.where(TrackingEvent.event_id.in_({UUID(one) for one in event_ids})))
    return {str(row[0]): row[1] for row in rows}
