"""What follows from news of incidents: the people of all sides are told, and those who have to act until when."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.logistics import queries as shipments
from app.logistics.cases import notices, queries
from app.logistics.cases.events import IncidentAnswered, IncidentOpened, IncidentOverdue
from app.logistics.cases.models import ShipmentIncident
from app.logistics.cases.states import Act, IncidentState
from app.logistics.incidents import INCIDENT_LABELS, OWNER_LABELS
from app.logistics.telling import named, tell_people
from app.messages import facade as messages

INCIDENT = "incident"
Params = dict[str, messages.Param]


@reaction(IncidentOpened, IncidentAnswered, IncidentOverdue, name="logistics.tell_of_incident")
async def tell_of_incident(session: AsyncSession, told: Told) -> None:
    """Tell each side that still sees the incident."""
    event: IncidentOpened | IncidentAnswered | IncidentOverdue = told.event
    for reader_id in told.organization_ids:
        async with acting_for(session, reader_id):
            row = await queries.incident(session, event.incident_id)
            shipment = await shipments.shipment(session, event.shipment_id)
            if row is None or shipment is None:
                continue
            notice = _notice(event, row, reader_id)
            if notice is None:
                continue
            params: Params = {"shipment": named(shipment), "incident": {"i18n": list(INCIDENT_LABELS[row.kind])}}  # type: ignore[index]
            params |= _particulars(notice, row)
            await tell_people(session, told, reader_id, notice, params, (INCIDENT, row.id))


def _notice(
    event: IncidentOpened | IncidentAnswered | IncidentOverdue, row: ShipmentIncident, reader_id: UUID
) -> str | None:
    if isinstance(event, IncidentOverdue):
        return notices.ANSWER_OVERDUE if event.deadline == "answer" else notices.SETTLE_OVERDUE
    if isinstance(event, IncidentAnswered):
        return notices.RESOLVED if event.state == IncidentState.RESOLVED else None
    if reader_id == row.owner_id:
        return notices.YOURS
    # Whoever has just opened it knows.
    return None if event.act == Act.OPENED and reader_id == row.opened_by else notices.OPENED


def _particulars(notice: str, row: ShipmentIncident) -> Params:
    owner: Params = {"owner": {"i18n": list(OWNER_LABELS[row.owner_role])}}  # type: ignore[index]
    if notice == notices.YOURS:
        return {"answer_at": row.answer_due, "settle_at": row.settle_due, "text": row.description}
    if notice == notices.OPENED:
        return owner | {"text": row.description}
    if notice == notices.ANSWER_OVERDUE:
        return owner | {"answer_at": row.answer_due}
    return owner | {"settle_at": row.settle_due} if notice == notices.SETTLE_OVERDUE else {}
