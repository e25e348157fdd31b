"""Shared containers over HTTP: for the partners who fill them, and the shippers who pay their shares."""

from uuid import UUID

from fastapi import Request, Response

from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, PreconditionFailed, PreconditionRequired, Unauthenticated
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.logistics.freight.errors import (
    BookingConsolidated,
    ConsolidationEnded,
    ConsolidationFull,
    NotAPartner,
    NothingToShare,
)
from app.logistics.freight.guards import Consolidator, MemberRemover, OwnConsolidation, Partner
from app.logistics.freight.models import Consolidation, ConsolidationMember
from app.logistics.freight.queries import consolidations as queries
from app.logistics.freight.schemas.consolidations import (
    ConsolidationChange,
    ConsolidationIn,
    ConsolidationOut,
    ConsolidationSummary,
    FreightShareOut,
    MemberIn,
)
from app.logistics.freight.states import ConsolidationState
from app.logistics.freight.usecases.consolidate import (
    add_member,
    cancel_consolidation,
    change_consolidation,
    close_consolidation,
    open_consolidation,
    remove_member,
)
from app.logistics.freight.views.consolidations import consolidation_out, shares_out, summary_out

router = house_router(tags=["freight"])


async def _shown(session: Session, row: Consolidation, response: Response) -> ConsolidationOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return await consolidation_out(session, row)


@router.post(
    "/consolidations",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, NotAPartner, Invalid, *ONCE),
)
async def post_consolidation(
    actor: Partner, form: ConsolidationIn, session: Session, response: Response
) -> ConsolidationOut:
    """Open a container that several shippers' LCL bookings share. What it costs in all nobody else reads."""
    row = await open_consolidation(session, actor, form)
    response.headers["Location"] = f"/v1/consolidations/{row.id}"
    return await _shown(session, row, response)


@router.get("/consolidations", responses=problems(Unauthenticated))
async def list_consolidations(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: ConsolidationState | None = None,
) -> Page[ConsolidationSummary]:
    """The containers that your organization lets shippers share, newest first."""
    statement = queries.consolidations_of(actor.organization_id, state)
    rows, cursor = await fetch_page(session, statement, page, keys=[Consolidation.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[summary_out(row) for row in rows], next_cursor=cursor)


@router.get("/consolidations/{consolidation_id}", responses=problems(*READ))
async def get_consolidation(row: OwnConsolidation, session: Session, response: Response) -> ConsolidationOut:
    """One shared container with all that is in it."""
    return await _shown(session, row, response)


@router.patch(
    "/consolidations/{consolidation_id}",
    responses=problems(*READ, PreconditionFailed, PreconditionRequired, Invalid, ConsolidationEnded),
)
async def patch_consolidation(
    consolidation_id: UUID,
    actor: Consolidator,
    form: ConsolidationChange,
    if_match: IfMatch,
    session: Session,
    response: Response,
) -> ConsolidationOut:
    """Change what it costs, how that is shared, its number or reference, while it is open."""
    row = await change_consolidation(session, actor, consolidation_id, form, expected=if_match)
    return await _shown(session, row, response)


@router.post(
    "/consolidations/{consolidation_id}/members",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, Invalid, ConsolidationEnded, ConsolidationFull, BookingConsolidated, *ONCE),
)
async def post_consolidation_member(
    consolidation_id: UUID, actor: Consolidator, form: MemberIn, session: Session, response: Response
) -> ConsolidationOut:
    """Put the goods of an LCL booking in that you accepted."""
    return await _shown(session, await add_member(session, actor, consolidation_id, form), response)


@router.delete(
    "/consolidations/{consolidation_id}/members/{consolidation_member_id}",
    status_code=204,
    responses=problems(*READ, ConsolidationEnded),
)
async def delete_consolidation_member(
    consolidation_id: UUID, consolidation_member_id: UUID, actor: MemberRemover, session: Session
) -> None:
    """Take the goods of a booking out again, while it is open."""
    await remove_member(session, actor, consolidation_id, consolidation_member_id)


@router.post(
    "/consolidations/{consolidation_id}/closure", responses=problems(*READ, ConsolidationEnded, NothingToShare)
)
async def post_consolidation_closure(
    consolidation_id: UUID, actor: Consolidator, session: Session, now: Now, response: Response
) -> ConsolidationOut:
    """Fix the shares, by volume and mass. Each shipper then reads his own. A second time changes nothing."""
    return await _shown(session, await close_consolidation(session, actor, consolidation_id, now=now), response)


@router.post("/consolidations/{consolidation_id}/cancellation", responses=problems(*READ, ConsolidationEnded))
async def post_consolidation_cancellation(
    consolidation_id: UUID, actor: Consolidator, session: Session, now: Now, response: Response
) -> ConsolidationOut:
    """Give it up; its bookings may go into another container. A second time changes nothing."""
    return await _shown(session, await cancel_consolidation(session, actor, consolidation_id, now=now), response)


@router.get("/freight-shares", responses=problems(Unauthenticated))
async def list_freight_shares(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    booking_id: UUID | None = None,
) -> Page[FreightShareOut]:
    """What your bookings pay of containers that they share, newest first. With whom is not told."""
    statement = queries.shares_of(actor.organization_id, booking_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[ConsolidationMember.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await shares_out(session, rows), next_cursor=cursor)
