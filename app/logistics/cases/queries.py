"""All the SQL on incidents that people open. What the acting organization may not see is not there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.logistics.cases.models import IncidentEntry, ShipmentIncident
from app.logistics.cases.states import IncidentState


async def incident(session: AsyncSession, incident_id: UUID) -> ShipmentIncident | None:
    """One incident."""
    return await session.scalar(select(ShipmentIncident).where(ShipmentIncident.id == incident_id))


async def lock_incident(session: AsyncSession, incident_id: UUID) -> ShipmentIncident | None:
    """The same, locked: of two who act on it one comes after the other."""
    return await session.scalar(
        select(ShipmentIncident)
        .where(ShipmentIncident.id == incident_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def incidents_of(shipment_id: UUID) -> Select[ShipmentIncident]:
    """The incidents of a shipment."""
    return select(ShipmentIncident).where(ShipmentIncident.shipment_id == shipment_id)


async def unresolved(session: AsyncSession, shipment_id: UUID) -> list[ShipmentIncident]:
    """Those that are not resolved, the newest first; at most a hundred."""
    statement = incidents_of(shipment_id).where(ShipmentIncident.state != IncidentState.RESOLVED)
    return list((await session.scalars(statement.order_by(ShipmentIncident.id.desc()).limit(100))).all())


async def insert_entry(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Write into the history."""
    await session.execute(insert(IncidentEntry).values(**values))


def entries_of(incident_id: UUID) -> Select[IncidentEntry]:
    """What happened to an incident."""
    return select(IncidentEntry).where(IncidentEntry.incident_id == incident_id)


async def entries(session: AsyncSession, incident_ids: Sequence[UUID]) -> dict[UUID, list[IncidentEntry]]:
    """What happened to incidents, in the order in which it was written."""
    found: dict[UUID, list[IncidentEntry]] = {one: [] for one in incident_ids}
    statement = select(IncidentEntry).where(IncidentEntry.incident_id.in_(incident_ids)).order_by(IncidentEntry.id)
    for row in await session.scalars(statement):
        found[row.incident_id].append(row)
    return found


async def overdue(session: AsyncSession, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(incident, shipper) of those with a deadline that has passed and was not noted; only as the operator."""
    unanswered = and_(
        ShipmentIncident.state == IncidentState.OPEN,
        ShipmentIncident.answer_overdue_at.is_(None),
        ShipmentIncident.answer_due <= now,
    )
    unsettled = and_(
        ShipmentIncident.state != IncidentState.RESOLVED,
        ShipmentIncident.settle_overdue_at.is_(None),
        ShipmentIncident.settle_due <= now,
    )
    statement = (
        select(ShipmentIncident.id, ShipmentIncident.shipper_id)
        .where(or_(unanswered, unsettled))
        .order_by(ShipmentIncident.id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]
