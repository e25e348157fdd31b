"""Invitations over HTTP: made, read and taken back by the lead of a campaign that is not for everybody."""

from uuid import UUID

from fastapi import Request, Response
from starlette.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Invalid
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.pooling.errors import CampaignClosed, CampaignForEverybody, InvitationStands, TooManyInvitations
from app.pooling.guards import CampaignLead, OwnInvitation
from app.pooling.models import CampaignInvitation
from app.pooling.queries import campaigns as queries
from app.pooling.schemas.campaigns import CampaignInvitationIn, CampaignInvitationOut
from app.pooling.usecases.invite import invite, revoke_invitation
from app.pooling.views.campaigns import invitations_out

router = house_router(tags=["campaigns"])


@router.post(
    "/campaigns/{campaign_id}/invitations",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, CampaignForEverybody, CampaignClosed, TooManyInvitations),
)
async def post_campaign_invitation(
    campaign_id: UUID,
    actor: CampaignLead,
    form: CampaignInvitationIn,
    session: Session,
    now: Now,
    response: Response,
) -> CampaignInvitationOut:
    """Invite a buyer or a supplier to a campaign that invited organizations alone see. It is told once the campaign is open."""
    row = await invite(session, actor, campaign_id, form.organization_id, now=now)
    response.headers["Cache-Control"] = PRIVATE
    return (await invitations_out(session, [row]))[0]


@router.get("/campaigns/{campaign_id}/invitations", responses=problems(*READ))
async def list_campaign_invitations(
    campaign_id: UUID, _: CampaignLead, session: Session, page: Paging, request: Request, response: Response
) -> Page[CampaignInvitationOut]:
    """Whom your organization has invited to a campaign, newest first."""
    statement = queries.invitations(campaign_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[CampaignInvitation.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await invitations_out(session, rows), next_cursor=cursor)


@router.delete(
    "/campaign-invitations/{campaign_invitation_id}",
    status_code=HTTP_204_NO_CONTENT,
    responses=problems(*READ, InvitationStands),
)
async def delete_campaign_invitation(row: OwnInvitation, actor: CurrentActor, session: Session) -> None:
    """Take an invitation back, before the first commitment. Whoever was invited does not see the campaign any more, and an offer
    of his falls."""
    await revoke_invitation(session, actor, row)
