"""Consent and suggestions over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from procrastinate.exceptions import AlreadyEnqueued
from starlette.status import HTTP_201_CREATED

from app.catalog import facade as catalog
from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.jobs import defer
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router
from app.pooling.errors import CampaignsWaiting
from app.pooling.schemas.campaigns import CampaignOut
from app.pooling.sensing import queries
from app.pooling.sensing.errors import CampaignForDemandDrafted, SuggestionEnded
from app.pooling.sensing.jobs import SENSE_JOB
from app.pooling.sensing.models import DemandSuggestion
from app.pooling.sensing.schemas import CampaignForDemandIn, DemandConsentIn, DemandConsentOut, DemandSuggestionOut
from app.pooling.sensing.states import SuggestionState
from app.pooling.sensing.usecases.decide_consent import decide_consent
from app.pooling.sensing.usecases.draft_for_demand import draft_for_demand
from app.pooling.sensing.views import consent_out, suggestions_out
from app.pooling.views.campaigns import campaign_out

router = house_router(tags=["demand"])


@router.get("/organization/demand-consent", responses=problems(Unauthenticated, Forbidden))
async def get_demand_consent(actor: CurrentActor, session: Session, response: Response) -> DemandConsentOut:
    """Whether your organization lets its demand be counted. Before it is first decided the answer is no, version 0."""
    actor.require(Permission.READ)
    shown = await consent_out(session, actor, await queries.consent(session, actor.organization_id))
    set_etag(response, shown.version)
    response.headers["Cache-Control"] = PRIVATE
    return shown


@router.put("/organization/demand-consent", responses=problems(Unauthenticated, Forbidden, *EDITED))
async def put_demand_consent(
    actor: CurrentActor, form: DemandConsentIn, if_match: IfMatch, session: Session, response: Response
) -> DemandConsentOut:
    """Let your inquiries and orders of catalogue items be counted with those of others, or let them be counted no longer.

    Nobody is told who you are or how much you asked for: a suggestion stands on five verified organizations or more. Who takes
    his consent back is in none from the next night on.
    """
    actor.require(Permission.ORGANIZATION_EDIT)
    shown = await consent_out(session, actor, await decide_consent(session, actor, given=form.given, expected=if_match))
    set_etag(response, shown.version)
    response.headers["Cache-Control"] = PRIVATE
    return shown


@router.get("/demand-suggestions", responses=problems(Unauthenticated, Forbidden))
async def list_demand_suggestions(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    category: Annotated[
        str | None, Query(max_length=80, description="Only of this category and those below it.")
    ] = None,
    state: Annotated[
        SuggestionState, Query(description="Those that stand, or those that stood once.")
    ] = SuggestionState.CURRENT,
) -> Page[DemandSuggestionOut]:
    """What many buyers ask for alike, newest first: where buying together may pay."""
    actor.require(Permission.READ)
    wanted = None
    if category is not None:
        wanted = [node.code for node in catalog.category_tree("en") if category in node.path]
    statement = queries.suggestions(state, wanted)
    rows, cursor = await fetch_page(session, statement, page, keys=[DemandSuggestion.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await suggestions_out(session, actor, rows), next_cursor=cursor)


@router.get("/demand-suggestions/{demand_suggestion_id}", responses=problems(*READ))
async def get_demand_suggestion(
    demand_suggestion_id: UUID, actor: CurrentActor, session: Session, response: Response
) -> DemandSuggestionOut:
    """One suggestion, also one that stood once."""
    row = await queries.suggestion(session, demand_suggestion_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    response.headers["Cache-Control"] = PRIVATE
    return (await suggestions_out(session, actor, [row]))[0]


@router.post(
    "/demand-suggestions/{demand_suggestion_id}/campaigns",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, SuggestionEnded, CampaignForDemandDrafted, CampaignsWaiting),
)
async def post_demand_campaign(
    demand_suggestion_id: UUID,
    actor: CurrentActor,
    form: CampaignForDemandIn,
    session: Session,
    now: Now,
    response: Response,
) -> CampaignOut:
    """Write the draft of a campaign for a suggestion, led by a buyer or the operator.

    Item, places, quantities and tiers are filled in from what is told and published. When it opens, those who asked and consented
    are told of it; who they are, nobody is.
    """
    row = await queries.suggestion(session, demand_suggestion_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.OPERATE if actor.is_operator else Permission.INQUIRE)
    campaign = await draft_for_demand(session, actor, row, form, now=now)
    response.headers["Location"] = f"/v1/campaigns/{campaign.id}"
    response.headers["Cache-Control"] = PRIVATE
    set_etag(response, campaign.version)
    return await campaign_out(session, actor, campaign, now=now)


@router.post(
    "/operator/demand-sensing",
    status_code=202,
    response_class=Response,
    responses=problems(Unauthenticated, Forbidden),
)
async def post_demand_sensing(actor: CurrentActor, session: Session) -> Response:
    """Sense demand now rather than tonight. For the operator."""
    actor.require(Permission.OPERATE)
    try:
        # A unique index refuses the second of two: the request's own transaction must not end with it.
        async with session.begin_nested():
            await defer(session, SENSE_JOB, queueing_lock=SENSE_JOB)
    except AlreadyEnqueued:
        pass
    return Response(status_code=202)
