"""Load plans over HTTP: asked for, looked at, drawn, given up."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from app.kit.actor import CurrentActor, KnownActor, Permission
from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.db.tenancy import act_for
from app.kit.errors import (
    Forbidden,
    Invalid,
    Labelled,
    NotFound,
    Unauthenticated,
)
from app.kit.etags import PRIVATE, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.locales import current_locale
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.logistics.errors import ShipmentCancelled
from app.logistics.guards import Shipper
from app.logistics.loading.limits import MAX_SPACES
from app.logistics.planning import queries
from app.logistics.planning.errors import LoadPlanEnded, LoadPlanNotDone, LoadPlansWaiting
from app.logistics.planning.guards import LoadPlanOwner, SeenLoadPlan
from app.logistics.planning.models import LoadPlan
from app.logistics.planning.schemas import LoadPlanDetail, LoadPlanIn, LoadPlanSummary
from app.logistics.planning.states import PLAN_STATE_LABELS, PlanState
from app.logistics.planning.usecases.ask_for_plan import ask_for_plan
from app.logistics.planning.usecases.cancel_plan import cancel_plan
from app.logistics.planning.views import detail, drawing, summaries

router = house_router(tags=["load plans"])

SVG = "image/svg+xml"
_DRAWING: dict[int | str, dict[str, Any]] = {
    200: {"description": "The drawing.", "content": {SVG: {"schema": {"type": "string"}}}}
}
# A drawing that is opened by itself runs nothing and loads nothing.
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": PRIVATE,
}


def _headed(response: Response, row: LoadPlan) -> None:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE


@router.post(
    "/load-plans",
    status_code=202,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, Invalid, ShipmentCancelled, LoadPlansWaiting, *ONCE),
)
async def post_load_plan(actor: Shipper, form: LoadPlanIn, session: Session, response: Response) -> LoadPlanSummary:
    """Ask what stands where in containers or on trucks. The search runs in the background; GET tells how far it is.

    Every box is supported in full; payload, axle loads, stacking and the order of unloading are kept. An organization may have
    ten unfinished plans at a time.
    """
    row = await ask_for_plan(session, actor, form)
    response.headers["Location"] = f"/v1/load-plans/{row.id}"
    _headed(response, row)
    return summaries([row])[0]


@router.get("/load-plans", responses=problems(Unauthenticated, Forbidden))
async def list_load_plans(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: PlanState | None = None,
    of_shipment: Annotated[UUID | None, Query(description="Only those of this shipment.")] = None,
) -> Page[LoadPlanSummary]:
    """The plans that your organization asked for, and finished ones of shipments that it receives or carries; newest first."""
    actor.require(Permission.READ)
    statement = queries.plans_of(actor.organization_id, of_shipment, state)
    rows, cursor = await fetch_page(session, statement, page, keys=[LoadPlan.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=summaries(rows), next_cursor=cursor)


@router.get("/load-plans/{load_plan_id}", responses=problems(*READ))
async def get_load_plan(row: SeenLoadPlan, response: Response) -> LoadPlanDetail:
    """One load plan: how far it is; when it is done, where each box stands, the order of loading, and what stays behind."""
    _headed(response, row)
    return await detail(row)


@router.get(
    "/load-plans/{load_plan_id}/drawing.svg",
    responses={**problems(*READ, LoadPlanNotDone), **_DRAWING},
    response_class=Response,
)
async def get_load_plan_drawing(
    load_plan_id: UUID,
    actor: KnownActor,
    request: Request,
    load: Annotated[int, Query(ge=1, le=MAX_SPACES, description="Which load of the plan.")] = 1,
) -> Response:
    """One load of a finished plan as a picture, its texts in your language."""
    database: Database = request.app.state.database
    async with database.transaction(Role.APP, readonly=True) as session:
        await act_for(session, actor.organization_id, person_id=actor.person_id)
        row = await queries.load_plan(session, load_plan_id, whole=True)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    if row.state != PlanState.DONE:
        raise LoadPlanNotDone(state=Labelled.of(row.state, PLAN_STATE_LABELS))
    content = await drawing(row, load, current_locale())
    if content is None:
        raise NotFound()
    return Response(content, media_type=SVG, headers=_SAFE)


@router.post("/load-plans/{load_plan_id}/cancellation", responses=problems(*READ, LoadPlanEnded))
async def post_load_plan_cancellation(
    load_plan_id: UUID, actor: LoadPlanOwner, session: Session, response: Response
) -> LoadPlanSummary:
    """Give up a plan that is not finished. A second time changes nothing."""
    row = await cancel_plan(session, actor, load_plan_id)
    _headed(response, row)
    return summaries([row])[0]
