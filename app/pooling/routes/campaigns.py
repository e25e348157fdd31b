"""Campaigns over HTTP: written, opened, given more time or up by their lead; read by everybody who is signed in."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.status import HTTP_201_CREATED

from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Conflict, Forbidden, Invalid, PreconditionFailed, PreconditionRequired, Unauthenticated
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.pooling.errors import CampaignClosed, CampaignIncomplete, CampaignNotDraft, CampaignsWaiting
from app.pooling.guards import LEADS_BY, CampaignLead, SeenCampaign
from app.pooling.models import Campaign, Clearing
from app.pooling.queries import campaigns as queries
from app.pooling.queries import clearings as clearing_queries
from app.pooling.schemas.campaigns import (
    CampaignExtensionIn,
    CampaignIn,
    CampaignOut,
    CampaignReasonIn,
    CampaignSummaryOut,
)
from app.pooling.schemas.offers import CampaignClearingOut
from app.pooling.states import CampaignState
from app.pooling.usecases.draft_campaign import draft_campaign, replace_campaign
from app.pooling.usecases.open_campaign import cancel_campaign, extend_campaign, open_campaign
from app.pooling.views.campaigns import campaign_out, summaries
from app.pooling.views.offers import clearings_out

router = house_router(tags=["campaigns"])


async def _out(session: Session, actor: CurrentActor, row: Campaign, now: Now, response: Response) -> CampaignOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return await campaign_out(session, actor, row, now=now)


@router.post(
    "/campaigns",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, CampaignsWaiting, *ONCE),
)
async def post_campaign(
    actor: CurrentActor, form: CampaignIn, session: Session, now: Now, response: Response
) -> CampaignOut:
    """Write a draft of a campaign: what is bought together, in which steps, until when. Only your own organization sees it."""
    actor.require(LEADS_BY[form.led_as])
    row = await draft_campaign(session, actor, form, now=now)
    response.headers["Location"] = f"/v1/campaigns/{row.id}"
    return await _out(session, actor, row, now, response)


@router.get("/campaigns", responses=problems(Unauthenticated, Forbidden))
async def list_campaigns(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    now: Now,
    request: Request,
    response: Response,
    state: Annotated[CampaignState | None, Query(description="Only those in this state.")] = None,
    own: Annotated[bool, Query(description="Only those that your organization leads.")] = False,
) -> Page[CampaignSummaryOut]:
    """Campaigns that were opened, and your organization's own; newest first."""
    actor.require(Permission.READ)
    statement = queries.campaigns_seen(actor.organization_id, state, own=own, now=now)
    rows, cursor = await fetch_page(session, statement, page, keys=[Campaign.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await summaries(session, rows, now=now), next_cursor=cursor)


@router.get("/campaigns/{campaign_id}", responses=problems(*READ))
async def get_campaign(
    row: SeenCampaign, actor: CurrentActor, session: Session, now: Now, response: Response
) -> CampaignOut:
    """A campaign, how far it has come, and what your organization has of it."""
    return await _out(session, actor, row, now, response)


@router.put(
    "/campaigns/{campaign_id}",
    responses=problems(*READ, Conflict, Invalid, CampaignNotDraft, PreconditionFailed, PreconditionRequired),
)
async def put_campaign(
    campaign_id: UUID,
    actor: CampaignLead,
    form: CampaignIn,
    version: IfMatch,
    session: Session,
    now: Now,
    response: Response,
) -> CampaignOut:
    """Replace a draft."""
    actor.require(LEADS_BY[form.led_as])
    row = await replace_campaign(session, actor, campaign_id, form, version=version, now=now)
    return await _out(session, actor, row, now, response)


@router.post(
    "/campaigns/{campaign_id}/opening",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, CampaignNotDraft, CampaignIncomplete),
)
async def post_campaign_opening(
    campaign_id: UUID, actor: CampaignLead, session: Session, now: Now, response: Response
) -> CampaignOut:
    """Open a draft: members may commit themselves and suppliers offer until the freeze. It is not rewritten any more."""
    row = await open_campaign(session, actor, campaign_id, now=now)
    return await _out(session, actor, row, now, response)


@router.post(
    "/campaigns/{campaign_id}/extension",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, CampaignClosed),
)
async def post_campaign_extension(
    campaign_id: UUID,
    actor: CampaignLead,
    form: CampaignExtensionIn,
    session: Session,
    now: Now,
    response: Response,
) -> CampaignOut:
    """Freeze later. It never becomes earlier."""
    row = await extend_campaign(session, actor, campaign_id, form.closes_at, now=now)
    return await _out(session, actor, row, now, response)


@router.post(
    "/campaigns/{campaign_id}/cancellation",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, CampaignClosed),
)
async def post_campaign_cancellation(
    campaign_id: UUID,
    actor: CampaignLead,
    form: CampaignReasonIn,
    session: Session,
    now: Now,
    response: Response,
) -> CampaignOut:
    """Give a campaign up before its freeze, with a reason for everybody. A second time changes nothing."""
    row = await cancel_campaign(session, actor, campaign_id, form.reason, now=now)
    return await _out(session, actor, row, now, response)


@router.get("/campaigns/{campaign_id}/clearings", responses=problems(*READ))
async def list_campaign_clearings(
    row: SeenCampaign, session: Session, page: Paging, request: Request, response: Response
) -> Page[CampaignClearingOut]:
    """The rounds of a campaign's clearing, newest first, for who takes part: the certificate, and what a lot costs where."""
    statement = clearing_queries.rounds(row.id)
    rows, cursor = await fetch_page(session, statement, page, keys=[Clearing.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await clearings_out(session, row, rows), next_cursor=cursor)
