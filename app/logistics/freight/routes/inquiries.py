"""Freight inquiries over HTTP: for shippers who ask, and for the partners who answer."""

from uuid import UUID

from fastapi import Request, Response

from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, Unauthenticated
from app.kit.etags import PRIVATE, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.logistics.freight.errors import FreightInquiryEnded, FreightInquiryOpen, FreightOfferEnded
from app.logistics.freight.guards import (
    AskedPartner,
    FreightAsker,
    OfferMaker,
    OfferTaker,
    SeenFreightInquiry,
    SeenOffer,
)
from app.logistics.freight.models import FreightInquiry, FreightOffer
from app.logistics.freight.queries import inquiries as queries
from app.logistics.freight.schemas.inquiries import (
    FreightInquiryIn,
    FreightInquiryOut,
    FreightOfferIn,
    FreightOfferOut,
)
from app.logistics.freight.schemas.quotes import FreightOptionOut
from app.logistics.freight.states import FreightInquiryState
from app.logistics.freight.usecases.ask_freight import ask_freight, cancel_inquiry, close_inquiry
from app.logistics.freight.usecases.offer_freight import offer_freight, take_offer, withdraw_offer
from app.logistics.freight.views.inquiries import inquiries_out, offers_out
from app.logistics.freight.views.quotes import options_out
from app.logistics.guards import Shipper

router = house_router(tags=["freight"])


async def _inquiry(
    session: Session, reader_id: UUID, row: FreightInquiry, now: Now, response: Response
) -> FreightInquiryOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return (await inquiries_out(session, reader_id, [row], now=now))[0]


async def _offer(session: Session, row: FreightOffer, response: Response) -> FreightOfferOut:
    response.headers["Cache-Control"] = PRIVATE
    return (await offers_out(session, [row]))[0]


@router.post(
    "/freight-inquiries",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, *ONCE),
)
async def post_freight_inquiry(
    actor: Shipper, form: FreightInquiryIn, session: Session, now: Now, response: Response
) -> FreightInquiryOut:
    """Ask logistics partners for offers: what no rate card fits, or what is worth a price of its own.

    No partner reads what another offers, nor that he does. You read offers as they come.
    """
    row = await ask_freight(session, actor, form, now=now)
    response.headers["Location"] = f"/v1/freight-inquiries/{row.id}"
    return await _inquiry(session, actor.organization_id, row, now, response)


@router.get("/freight-inquiries", responses=problems(Unauthenticated))
async def list_freight_inquiries(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    now: Now,
    request: Request,
    response: Response,
    state: FreightInquiryState | None = None,
) -> Page[FreightInquiryOut]:
    """What your organization asks partners, and what it is asked; newest first."""
    statement = queries.inquiries_of(actor.organization_id, state)
    rows, cursor = await fetch_page(session, statement, page, keys=[FreightInquiry.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await inquiries_out(session, actor.organization_id, rows, now=now), next_cursor=cursor)


@router.get("/freight-inquiries/{freight_inquiry_id}", responses=problems(*READ))
async def get_freight_inquiry(
    row: SeenFreightInquiry, actor: CurrentActor, session: Session, now: Now, response: Response
) -> FreightInquiryOut:
    """One freight inquiry."""
    return await _inquiry(session, actor.organization_id, row, now, response)


@router.post("/freight-inquiries/{freight_inquiry_id}/closure", responses=problems(*READ, FreightInquiryEnded))
async def post_freight_inquiry_closure(
    freight_inquiry_id: UUID, actor: FreightAsker, session: Session, now: Now, response: Response
) -> FreightInquiryOut:
    """Take no more offers, before the time. A second time changes nothing."""
    row = await close_inquiry(session, actor, freight_inquiry_id, now=now)
    return await _inquiry(session, actor.organization_id, row, now, response)


@router.post("/freight-inquiries/{freight_inquiry_id}/cancellation", responses=problems(*READ, FreightInquiryEnded))
async def post_freight_inquiry_cancellation(
    freight_inquiry_id: UUID, actor: FreightAsker, session: Session, now: Now, response: Response
) -> FreightInquiryOut:
    """Give it up: no offer is taken. A second time changes nothing."""
    row = await cancel_inquiry(session, actor, freight_inquiry_id, now=now)
    return await _inquiry(session, actor.organization_id, row, now, response)


@router.post(
    "/freight-inquiries/{freight_inquiry_id}/offers",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, FreightInquiryEnded, *ONCE),
)
async def post_freight_offer(
    freight_inquiry_id: UUID, actor: AskedPartner, form: FreightOfferIn, session: Session, now: Now, response: Response
) -> FreightOfferOut:
    """Offer, or revise your offer, until the inquiry closes. The total is the sum of the lines."""
    row = await offer_freight(session, actor, freight_inquiry_id, form, now=now)
    response.headers["Location"] = f"/v1/freight-offers/{row.id}"
    return await _offer(session, row, response)


@router.get("/freight-inquiries/{freight_inquiry_id}/offers", responses=problems(*READ))
async def list_freight_offers(
    row: SeenFreightInquiry, session: Session, page: Paging, request: Request, response: Response
) -> Page[FreightOfferOut]:
    """The offers to your inquiry with their earlier revisions, newest first. A partner reads his own alone."""
    statement = queries.offers_of(row.id)
    rows, cursor = await fetch_page(session, statement, page, keys=[FreightOffer.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await offers_out(session, rows), next_cursor=cursor)


@router.get("/freight-offers/{freight_offer_id}", responses=problems(*READ))
async def get_freight_offer(row: SeenOffer, session: Session, response: Response) -> FreightOfferOut:
    """One offer."""
    return await _offer(session, row, response)


@router.post(
    "/freight-offers/{freight_offer_id}/withdrawal", responses=problems(*READ, FreightOfferEnded, FreightInquiryEnded)
)
async def post_freight_offer_withdrawal(
    freight_offer_id: UUID, actor: OfferMaker, session: Session, response: Response
) -> FreightOfferOut:
    """Take your offer back while the inquiry is open. A second time changes nothing."""
    return await _offer(session, await withdraw_offer(session, actor, freight_offer_id), response)


@router.post(
    "/freight-offers/{freight_offer_id}/taking",
    responses=problems(*READ, FreightOfferEnded, FreightInquiryEnded, FreightInquiryOpen),
)
async def post_freight_offer_taking(
    freight_offer_id: UUID, actor: OfferTaker, session: Session, now: Now, response: Response
) -> FreightOptionOut:
    """Take one offer of a closed inquiry; the other partners are told that theirs was not taken.

    Name the option that you are answered as `freight_option_id` of a booking. A second time changes nothing.
    """
    option = await take_offer(session, actor, freight_offer_id, now=now)
    response.headers["Cache-Control"] = PRIVATE
    return (await options_out(session, [option]))[0]
