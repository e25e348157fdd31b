"""The buyer's routes: write, publish, amend, close, cancel and open inquiries; and reading one, for everybody in it."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from starlette.status import HTTP_201_CREATED

from app.documents.facade import DocumentRefused
from app.kit.actor import Actor, CurrentActor, Permission, permitted
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Unauthenticated,
)
from app.kit.etags import IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problem_response, problems
from app.kit.routing import house_router
from app.procurement.errors import (
    InquiryClosed,
    InquiryIncomplete,
    InquiryNotDraft,
    InquiryStateConflict,
    OpeningTooEarly,
)
from app.procurement.guards import AtInquiry, at_inquiry, buyer_who_may
from app.procurement.models import Inquiry
from app.procurement.queries import inquiries as queries
from app.procurement.queries import quotes as quote_queries
from app.procurement.schemas.inquiries import (
    ExtensionIn,
    InquiryIn,
    InquiryOut,
    InquirySummaryOut,
    InvitationsIn,
    OpeningOut,
    ReasonIn,
)
from app.procurement.states import InquiryState
from app.procurement.usecases.amend_inquiry import extend_inquiry, invite_suppliers
from app.procurement.usecases.cancel_inquiry import cancel_inquiry
from app.procurement.usecases.close_inquiry import close_inquiry
from app.procurement.usecases.draft_inquiry import draft_inquiry, replace_draft
from app.procurement.usecases.open_inquiry import open_inquiry
from app.procurement.usecases.publish_inquiry import publish_inquiry
from app.procurement.views.inquiries import inquiry_out, summaries

router = house_router(tags=["inquiries"])

Inquirer = Annotated[Actor, Depends(permitted(Permission.INQUIRE))]
OwnInquiry = Annotated[AtInquiry, Depends(buyer_who_may(Permission.INQUIRE))]
InquiryToOpen = Annotated[AtInquiry, Depends(buyer_who_may(Permission.AWARD))]
SeenInquiry = Annotated[AtInquiry, Depends(at_inquiry)]

WRITE = (Unauthenticated, Forbidden, NotFound, Conflict)


@router.post(
    "/inquiries",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, Invalid, DocumentRefused),
)
async def post_inquiry(actor: Inquirer, form: InquiryIn, session: Session, now: Now, response: Response) -> InquiryOut:
    """Write a draft of an inquiry. Only your own organization sees it."""
    inquiry = await draft_inquiry(session, actor, form, now=now)
    set_etag(response, inquiry.version)
    response.headers["Location"] = f"/v1/inquiries/{inquiry.id}"
    return await inquiry_out(session, actor, inquiry, now=now)


@router.get("/inquiries", responses=problems(Unauthenticated, Forbidden))
async def list_inquiries(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    now: Now,
    request: Request,
    response: Response,
    state: Annotated[InquiryState | None, Query(description="Only those in this state.")] = None,
) -> Page[InquirySummaryOut]:
    """Your organization's inquiries, newest first."""
    statement = queries.bought_by(actor.organization_id, state, now=now)
    rows, cursor = await fetch_page(session, statement, page, keys=[Inquiry.id], descending=True)
    link_next(request, response, cursor)
    return Page(items=await summaries(session, rows, now=now), next_cursor=cursor)


@router.get("/inquiries/{inquiry_id}", responses=problems(*READ))
async def get_inquiry(at: SeenInquiry, session: Session, now: Now, response: Response) -> InquiryOut:
    """An inquiry of yours, or one that you were invited to, in your language and units."""
    set_etag(response, at.inquiry.version)
    return await inquiry_out(session, at.actor, at.inquiry, now=now)


@router.put(
    "/inquiries/{inquiry_id}",
    responses=problems(*WRITE, Invalid, InquiryNotDraft, DocumentRefused, PreconditionFailed, PreconditionRequired),
)
async def put_inquiry(
    at: OwnInquiry, form: InquiryIn, version: IfMatch, session: Session, now: Now, response: Response
) -> InquiryOut:
    """Replace a draft."""
    inquiry = await replace_draft(session, at.actor, at.inquiry.id, form, version=version)
    set_etag(response, inquiry.version)
    return await inquiry_out(session, at.actor, inquiry, now=now)


@router.post(
    "/inquiries/{inquiry_id}/publication",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, InquiryNotDraft, InquiryIncomplete),
)
async def post_publication(at: OwnInquiry, session: Session, now: Now, response: Response) -> InquiryOut:
    """Send a draft to the invited suppliers. From then on it is not rewritten."""
    inquiry = await publish_inquiry(session, at.actor, at.inquiry.id, now=now)
    set_etag(response, inquiry.version)
    return await inquiry_out(session, at.actor, inquiry, now=now)


@router.post(
    "/inquiries/{inquiry_id}/extension",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, Invalid, InquiryClosed),
)
async def post_extension(
    at: OwnInquiry, form: ExtensionIn, session: Session, now: Now, response: Response
) -> InquiryOut:
    """Give suppliers more time. Closing and opening can only move later."""
    inquiry = await extend_inquiry(
        session, at.actor, at.inquiry.id, closes_at=form.closes_at, opens_at=form.opens_at, now=now
    )
    set_etag(response, inquiry.version)
    return await inquiry_out(session, at.actor, inquiry, now=now)


@router.post(
    "/inquiries/{inquiry_id}/invitations",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, Invalid, InquiryClosed),
)
async def post_invitations(
    at: OwnInquiry, form: InvitationsIn, session: Session, now: Now, response: Response
) -> InquiryOut:
    """Invite further suppliers to a published inquiry."""
    inquiry = await invite_suppliers(session, at.actor, at.inquiry.id, form.supplier_ids, now=now)
    set_etag(response, inquiry.version)
    return await inquiry_out(session, at.actor, inquiry, now=now)


@router.post(
    "/inquiries/{inquiry_id}/closing",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, InquiryStateConflict),
)
async def post_closing(at: OwnInquiry, session: Session, now: Now, response: Response) -> InquiryOut:
    """Take no more quotes from now on. The opening time stays as it was."""
    inquiry = await close_inquiry(session, at.actor, at.inquiry.id, now=now)
    set_etag(response, inquiry.version)
    return await inquiry_out(session, at.actor, inquiry, now=now)


@router.post(
    "/inquiries/{inquiry_id}/cancellation",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, Invalid, InquiryStateConflict),
)
async def post_cancellation(
    at: OwnInquiry, form: ReasonIn, session: Session, now: Now, response: Response
) -> InquiryOut:
    """Give the inquiry up, with a reason for the invited suppliers."""
    inquiry = await cancel_inquiry(session, at.actor, at.inquiry.id, form, now=now)
    set_etag(response, inquiry.version)
    return await inquiry_out(session, at.actor, inquiry, now=now)


@router.post(
    "/inquiries/{inquiry_id}/opening",
    response_model=OpeningOut,
    responses=problems(*WRITE, OpeningTooEarly, InquiryStateConflict),
)
async def post_opening(at: InquiryToOpen, session: Session, now: Now, request: Request) -> OpeningOut | Response:
    """Open the sealed quotes, at or after the opening time. Repeating it changes nothing, so it takes no key."""
    opened = await open_inquiry(session, at.actor, at.inquiry.id, now=now)
    if isinstance(opened, OpeningTooEarly):
        # Returned and not raised, so that the record of the attempt is committed.
        return problem_response(request, opened)
    quotes = await quote_queries.submitted_count(session, at.inquiry.id)
    return OpeningOut(inquiry_id=at.inquiry.id, opened_at=opened, quotes=quotes)
