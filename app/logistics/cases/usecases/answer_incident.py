"""What is done about an incident: comment, take in hand, resolve, open again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.outbox import announce
from app.logistics.cases import queries
from app.logistics.cases.errors import IncidentNotReopened
from app.logistics.cases.events import IncidentAnswered, IncidentOverdue
from app.logistics.cases.models import ShipmentIncident
from app.logistics.cases.states import Act, IncidentState
from app.logistics.cases.usecases.open_incident import begin_anew, concerned, locked, tell_opened, write
from app.logistics.incidents import INCIDENT_KINDS, Incident


async def comment(session: AsyncSession, actor: Actor, incident_id: UUID, text: str) -> ShipmentIncident:
    """Add words. Raises `NotFound`, `IncidentResolved`."""
    row = await locked(session, incident_id)
    await write(session, row, Act.COMMENTED, actor, text)
    await audit.record(session, actor, "incident.comment", "incident", row.id, after={"text": text})
    return row


async def acknowledge(
    session: AsyncSession, actor: Actor, incident_id: UUID, text: str, *, now: datetime
) -> ShipmentIncident:
    """Who has to act says what is being done. A second time changes nothing. Raises `NotFound`, `IncidentResolved`."""
    row = await locked(session, incident_id)
    if row.owner_id != actor.organization_id:
        raise NotFound()
    if row.state == IncidentState.ACKNOWLEDGED:
        return row
    row.state, row.acknowledged_at = IncidentState.ACKNOWLEDGED, now
    await _answered(session, actor, row, Act.ACKNOWLEDGED, text)
    return row


async def resolve(
    session: AsyncSession, actor: Actor, incident_id: UUID, text: str, *, now: datetime
) -> ShipmentIncident:
    """Say what was done. Raises `NotFound`, `IncidentResolved`."""
    row = await locked(session, incident_id)
    if actor.organization_id not in (row.owner_id, row.shipper_id):
        raise NotFound()
    row.state, row.resolved_at = IncidentState.RESOLVED, now
    await _answered(session, actor, row, Act.RESOLVED, text)
    return row


async def reopen(
    session: AsyncSession, actor: Actor, incident_id: UUID, text: str, *, now: datetime
) -> ShipmentIncident:
    """What was done does not help: both deadlines begin anew, once. Raises `NotFound`, `IncidentNotReopened`."""
    row = await queries.lock_incident(session, incident_id)
    if row is None or actor.organization_id not in (row.opened_by, row.shipper_id):
        raise NotFound()
    if row.state != IncidentState.RESOLVED or row.reopened:
        raise IncidentNotReopened()
    kind = INCIDENT_KINDS[Incident(row.kind)]
    begin_anew(row)
    row.reopened, row.resolved_at, row.settle_overdue_at = True, None, None
    row.answer_due, row.settle_due = kind.answer_due(now), kind.settle_due(now)
    await session.flush()
    await write(session, row, Act.REOPENED, actor, text)
    await tell_opened(session, row, Act.REOPENED)
    await audit.record(session, actor, "incident.reopen", "incident", row.id, after={"text": text})
    return row


async def note_overdue(session: AsyncSession, row: ShipmentIncident, *, now: datetime) -> int:
    """Write down which deadlines have passed and tell all sides, once for each; how many. The row is locked."""
    passed: list[tuple[Act, str]] = []
    if row.state == IncidentState.OPEN and row.answer_overdue_at is None and row.answer_due <= now:
        row.answer_overdue_at = now
        passed.append((Act.ANSWER_OVERDUE, "answer"))
    if row.state != IncidentState.RESOLVED and row.settle_overdue_at is None and row.settle_due <= now:
        row.settle_overdue_at = now
        passed.append((Act.SETTLE_OVERDUE, "settle"))
    if not passed:
        return 0
    row.version += 1
    await session.flush()
    for act, deadline in passed:
        await write(session, row, act, None)
        event = IncidentOverdue(
            incident_id=row.id,
            shipment_id=row.shipment_id,
            shipper_id=row.shipper_id,
            kind=row.kind,
            owner=row.owner_role,
            deadline=deadline,
        )
        await announce(session, event, organizations=await concerned(session, row))
    return len(passed)


async def _answered(session: AsyncSession, actor: Actor, row: ShipmentIncident, act: Act, text: str) -> None:
    row.version += 1
    await session.flush()
    await write(session, row, act, actor, text)
    event = IncidentAnswered(
        incident_id=row.id, shipment_id=row.shipment_id, shipper_id=row.shipper_id, kind=row.kind, state=row.state
    )
    await announce(session, event, organizations=await concerned(session, row))
    await audit.record(session, actor, f"incident.{act}", "incident", row.id, after={"text": text})
