"""An invited supplier's routes: what he was asked, and saying no."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, Unauthenticated
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, problems
from app.kit.routing import house_router
from app.parties import facade as parties
from app.procurement.errors import InquiryClosed, QuoteStands
from app.procurement.guards import AtInquiry, invited_supplier
from app.procurement.models import InquiryInvitation
from app.procurement.queries import inquiries as queries
from app.procurement.routes.inquiries import WRITE
from app.procurement.schemas.inquiries import InvitationOut, InvitedSummaryOut, ReasonIn
from app.procurement.usecases.decline_invitation import decline_invitation
from app.procurement.views.inquiries import invitation_out, invited_summaries, reasons_of

router = house_router(tags=["inquiries"])

InvitedSupplier = Annotated[AtInquiry, Depends(invited_supplier)]


@router.get("/inquiry-invitations", responses=problems(Unauthenticated, Forbidden))
async def list_inquiry_invitations(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    now: Now,
    request: Request,
    response: Response,
    is_open: Annotated[
        bool | None, Query(alias="open", description="Only those that still take quotes, or only those that do not.")
    ] = None,
) -> Page[InvitedSummaryOut]:
    """The inquiries that your organization was invited to, newest first."""
    statement = queries.invitations_to(actor.organization_id, is_open, now=now)
    rows, cursor = await fetch_page(session, statement, page, keys=[InquiryInvitation.id], descending=True)
    link_next(request, response, cursor)
    return Page(items=await invited_summaries(session, rows, now=now), next_cursor=cursor)


@router.post(
    "/inquiries/{inquiry_id}/refusal",
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, Invalid, InquiryClosed, QuoteStands),
)
async def post_refusal(at: InvitedSupplier, form: ReasonIn, session: Session, now: Now) -> InvitationOut:
    """Decline to quote, with a reason for the buyer. Quoting later takes it back."""
    invitation = await decline_invitation(session, at.actor, at.inquiry.id, form, now=now)
    firms = await parties.organizations(session, [invitation.supplier_id])
    return invitation_out(invitation, firms, set(), await reasons_of(session, [invitation]))
