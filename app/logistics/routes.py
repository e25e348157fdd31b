"""Shipments, bookings and tracking over HTTP: for shippers, for those who receive, and for the partners who carry."""

from uuid import UUID

from fastapi import Request, Response

from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Forbidden,
    Invalid,
    Unauthenticated,
)
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router
from app.logistics import queries
from app.logistics.errors import (
    BookingEnded,
    ContainerPacked,
    LegTaken,
    OptionTaken,
    ShipmentCancelled,
    ShipmentUnderWay,
)
from app.logistics.guards import (
    BookingOwner,
    BookingPartner,
    Carrier,
    SeenBooking,
    SeenShipment,
    ShipmentOwner,
    Shipper,
)
from app.logistics.models import Booking, Shipment, TrackingEvent
from app.logistics.schemas import (
    AcceptanceIn,
    BookingIn,
    BookingOut,
    RefusalIn,
    ShipmentChange,
    ShipmentIn,
    ShipmentOut,
    ShipmentSummary,
    TrackingEventOut,
    TrackingEventsIn,
    TrackingResultOut,
)
from app.logistics.states import BookingState
from app.logistics.usecases.book import accept_booking, decline_booking, offer_booking, withdraw_booking
from app.logistics.usecases.ship import cancel_shipment, change_shipment, plan_shipment
from app.logistics.usecases.take_events import take_events
from app.logistics.views import bookings_out, events_out, result_out, shipment_out, summaries

router = house_router(tags=["logistics"])


async def _shipment(session: Session, row: Shipment, response: Response) -> ShipmentOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return await shipment_out(session, row)


async def _booking(session: Session, row: Booking, response: Response) -> BookingOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return (await bookings_out(session, [row]))[0]


@router.post(
    "/shipments",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, *ONCE),
)
async def post_shipment(actor: Shipper, form: ShipmentIn, session: Session, response: Response) -> ShipmentOut:
    """Plan a shipment. Ask partners for its legs with `POST /v1/shipments/{shipment_id}/bookings`."""
    row = await plan_shipment(session, actor, form)
    response.headers["Location"] = f"/v1/shipments/{row.id}"
    return await _shipment(session, row, response)


@router.get("/shipments", responses=problems(Unauthenticated))
async def list_shipments(
    actor: CurrentActor, session: Session, page: Paging, request: Request, response: Response
) -> Page[ShipmentSummary]:
    """The shipments that your organization sends, receives or was asked to carry, newest first."""
    statement = queries.shipments_of(actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[Shipment.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await summaries(session, rows), next_cursor=cursor)


@router.get("/shipments/{shipment_id}", responses=problems(*READ))
async def get_shipment(row: SeenShipment, session: Session, response: Response) -> ShipmentOut:
    """One shipment: its bookings, milestones, expected arrival with its history, and what stops it."""
    return await _shipment(session, row, response)


@router.patch("/shipments/{shipment_id}", responses=problems(*READ, *EDITED, Invalid, ContainerPacked))
async def patch_shipment(
    shipment_id: UUID,
    actor: ShipmentOwner,
    form: ShipmentChange,
    if_match: IfMatch,
    session: Session,
    response: Response,
) -> ShipmentOut:
    """Change a shipment. With other containers the same events may tell something else."""
    row = await change_shipment(session, actor, shipment_id, form, expected=if_match)
    return await _shipment(session, row, response)


@router.post("/shipments/{shipment_id}/cancellation", responses=problems(*READ, ShipmentUnderWay))
async def post_shipment_cancellation(
    shipment_id: UUID, actor: ShipmentOwner, session: Session, now: Now, response: Response
) -> ShipmentOut:
    """Give up a shipment that has not left; its bookings are withdrawn. A second time changes nothing."""
    return await _shipment(session, await cancel_shipment(session, actor, shipment_id, now=now), response)


@router.get("/shipments/{shipment_id}/events", responses=problems(*READ))
async def list_shipment_events(
    row: SeenShipment, actor: CurrentActor, session: Session, page: Paging, request: Request, response: Response
) -> Page[TrackingEventOut]:
    """What partners told of a shipment, as they sent it, in the order in which it happened."""
    keys = [TrackingEvent.event_at, TrackingEvent.event_id]
    rows, cursor = await fetch_page(session, queries.events_of(row.id), page, keys=keys)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=events_out(rows, actor.organization_id, row.shipper_id), next_cursor=cursor)


@router.post(
    "/shipments/{shipment_id}/bookings",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, LegTaken, OptionTaken, ShipmentCancelled, *ONCE),
)
async def post_booking(
    shipment_id: UUID, actor: ShipmentOwner, form: BookingIn, session: Session, now: Now, response: Response
) -> BookingOut:
    """Ask a logistics partner to carry a leg, at the price of a freight option where you name one."""
    row = await offer_booking(session, actor, shipment_id, form, now=now)
    response.headers["Location"] = f"/v1/bookings/{row.id}"
    return await _booking(session, row, response)


@router.get("/bookings", responses=problems(Unauthenticated))
async def list_bookings(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: BookingState | None = None,
) -> Page[BookingOut]:
    """What your organization was asked to carry, and what it asked others for; newest first."""
    statement = queries.bookings_of(actor.organization_id, state)
    rows, cursor = await fetch_page(session, statement, page, keys=[Booking.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await bookings_out(session, rows), next_cursor=cursor)


@router.get("/bookings/{booking_id}", responses=problems(*READ))
async def get_booking(row: SeenBooking, session: Session, response: Response) -> BookingOut:
    """One booking."""
    return await _booking(session, row, response)


@router.post("/bookings/{booking_id}/acceptance", responses=problems(*READ, Invalid, BookingEnded))
async def post_booking_acceptance(
    booking_id: UUID, actor: BookingPartner, form: AcceptanceIn, session: Session, now: Now, response: Response
) -> BookingOut:
    """Take what you were offered. A second time changes nothing."""
    return await _booking(session, await accept_booking(session, actor, booking_id, form, now=now), response)


@router.post("/bookings/{booking_id}/refusal", responses=problems(*READ, Invalid, BookingEnded))
async def post_booking_refusal(
    booking_id: UUID, actor: BookingPartner, form: RefusalIn, session: Session, now: Now, response: Response
) -> BookingOut:
    """Do not take it, and say why."""
    return await _booking(session, await decline_booking(session, actor, booking_id, form.answer, now=now), response)


@router.post("/bookings/{booking_id}/withdrawal", responses=problems(*READ, BookingEnded))
async def post_booking_withdrawal(
    booking_id: UUID, actor: BookingOwner, session: Session, now: Now, response: Response
) -> BookingOut:
    """Take an offer back that was not answered yet."""
    return await _booking(session, await withdraw_booking(session, actor, booking_id, now=now), response)


@router.post("/tracking-events", responses=problems(Unauthenticated, Forbidden, Invalid))
async def post_tracking_events(actor: Carrier, form: TrackingEventsIn, session: Session, now: Now) -> TrackingResultOut:
    """Tell what happened, was planned or is expected: up to 10,000 events in any order, each judged by itself.

    Each is in the form of DCSA Track & Trace 2.2 and names the number of your booking as a document reference of type `BKG`. An
    event that was sent before, in the same words, changes nothing, so a batch may be sent again.
    """
    return result_out(await take_events(session, actor, form.events, now=now))
