"""Incidents that people open over HTTP."""

from uuid import UUID

from fastapi import Request, Response

from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Invalid,
    NotFound,
)
from app.kit.etags import PRIVATE, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.logistics import queries as shipments
from app.logistics.cases import queries
from app.logistics.cases.errors import IncidentNotReopened, IncidentResolved
from app.logistics.cases.guards import Complainant, IncidentOwner, IncidentSteerer, SeenIncident, SpeakingParty
from app.logistics.cases.models import IncidentEntry, ShipmentIncident
from app.logistics.cases.schemas import (
    IncidentEntryOut,
    IncidentIn,
    IncidentOwnerIn,
    IncidentTextIn,
    ShipmentIncidentOut,
)
from app.logistics.cases.usecases.answer_incident import acknowledge, comment, reopen, resolve
from app.logistics.cases.usecases.open_incident import open_incident, pass_on
from app.logistics.cases.views import entries_out, incidents_out
from app.logistics.guards import ActingParty, PartyOfShipment
from app.logistics.models import Shipment

router = house_router(tags=["logistics"])


async def _shipment(session: Session, row: ShipmentIncident) -> Shipment:
    found = await shipments.shipment(session, row.shipment_id)
    if found is None:
        raise NotFound()
    return found


async def _incident(session: Session, row: ShipmentIncident, response: Response) -> ShipmentIncidentOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return (await incidents_out(session, await _shipment(session, row), [row]))[0]


@router.post(
    "/shipments/{shipment_id}/incidents",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, *ONCE),
)
async def post_shipment_incident(
    at: ActingParty, form: IncidentIn, session: Session, now: Now, response: Response
) -> ShipmentIncidentOut:
    """Tell that something keeps the goods from going on as planned. Its kind says who has to act, and until when."""
    row = await open_incident(session, at.actor, at.row, form, now=now)
    response.headers["Location"] = f"/v1/incidents/{row.id}"
    return await _incident(session, row, response)


@router.get("/shipments/{shipment_id}/incidents", responses=problems(*READ))
async def list_shipment_incidents(
    at: PartyOfShipment, session: Session, page: Paging, request: Request, response: Response
) -> Page[ShipmentIncidentOut]:
    """The incidents that people have opened, the newest first; a carrier sees those that he has to do with."""
    statement = queries.incidents_of(at.row.id)
    rows, cursor = await fetch_page(session, statement, page, keys=[ShipmentIncident.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await incidents_out(session, at.row, rows), next_cursor=cursor)


@router.get("/incidents/{incident_id}", responses=problems(*READ))
async def get_incident(at: SeenIncident, session: Session, response: Response) -> ShipmentIncidentOut:
    """One incident."""
    return await _incident(session, at.row, response)


@router.get("/incidents/{incident_id}/entries", responses=problems(*READ))
async def list_incident_entries(
    at: SeenIncident, session: Session, page: Paging, request: Request, response: Response
) -> Page[IncidentEntryOut]:
    """What happened to an incident, in this order."""
    rows, cursor = await fetch_page(session, queries.entries_of(at.row.id), page, keys=[IncidentEntry.id])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    shipment = await _shipment(session, at.row)
    return Page(items=await entries_out(session, shipment, rows), next_cursor=cursor)


@router.post(
    "/incidents/{incident_id}/entries",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, IncidentResolved, *ONCE),
)
async def post_incident_entry(
    incident_id: UUID, at: SpeakingParty, form: IncidentTextIn, session: Session, response: Response
) -> ShipmentIncidentOut:
    """Comment on an incident; all who see it read this."""
    return await _incident(session, await comment(session, at.actor, incident_id, form.text), response)


@router.post("/incidents/{incident_id}/acknowledgement", responses=problems(*READ, Invalid, IncidentResolved))
async def post_incident_acknowledgement(
    incident_id: UUID, at: IncidentOwner, form: IncidentTextIn, session: Session, now: Now, response: Response
) -> ShipmentIncidentOut:
    """Take an incident in hand that your organization has to act on, and say what is being done."""
    row = await acknowledge(session, at.actor, incident_id, form.text, now=now)
    return await _incident(session, row, response)


@router.post("/incidents/{incident_id}/assignment", responses=problems(*READ, Invalid, IncidentResolved))
async def post_incident_assignment(
    incident_id: UUID, at: IncidentSteerer, form: IncidentOwnerIn, session: Session, now: Now, response: Response
) -> ShipmentIncidentOut:
    """Pass an incident on to another side, which has to answer anew. The time to resolve it goes on."""
    return await _incident(session, await pass_on(session, at.actor, incident_id, form, now=now), response)


@router.post("/incidents/{incident_id}/resolution", responses=problems(*READ, Invalid, IncidentResolved))
async def post_incident_resolution(
    incident_id: UUID, at: IncidentSteerer, form: IncidentTextIn, session: Session, now: Now, response: Response
) -> ShipmentIncidentOut:
    """Say what was done: the incident is resolved."""
    return await _incident(session, await resolve(session, at.actor, incident_id, form.text, now=now), response)


@router.post("/incidents/{incident_id}/reopening", responses=problems(*READ, Invalid, IncidentNotReopened))
async def post_incident_reopening(
    incident_id: UUID, at: Complainant, form: IncidentTextIn, session: Session, now: Now, response: Response
) -> ShipmentIncidentOut:
    """Open a resolved incident again, once. Both deadlines begin anew."""
    return await _incident(session, await reopen(session, at.actor, incident_id, form.text, now=now), response)
