"""The books against the payment provider: runs, and what differed. For the operator."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from app.finance.reconciliation import difference_queries, queries
from app.finance.reconciliation.errors import DifferenceNotFollowed, DifferenceNotOpen, PostingUnknown
from app.finance.reconciliation.guards import Operator, SeenDifference
from app.finance.reconciliation.models import Reconciliation, ReconciliationDifference
from app.finance.reconciliation.schemas import DifferenceClosingIn, DifferenceOut, ReconciliationOut
from app.finance.reconciliation.states import DifferenceKind, DifferenceState
from app.finance.reconciliation.usecases.close import close
from app.finance.reconciliation.usecases.follow import follow
from app.finance.reconciliation.views import difference_out, run_out, table
from app.kit.db.session import Session
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router

router = house_router(tags=["reconciliation"])

CSV = "text/csv"
MOST_ROWS = 10_000
_TABLE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The table.", "content": {CSV: {"schema": {"type": "string"}}}}
}

State = Annotated[DifferenceState | None, Query(description="Only those that stand so; `open` are the tasks.")]
Kind = Annotated[DifferenceKind | None, Query(description="Only those of this kind.")]
OfRun = Annotated[UUID | None, Query(description="Only those that this run found first or last.")]


@router.get("/operator/reconciliations", responses=problems(Unauthenticated, Forbidden))
async def list_reconciliations(
    actor: Operator, session: Session, page: Paging, request: Request, response: Response
) -> Page[ReconciliationOut]:
    """Runs that compared the books with the payment provider, the last one first. For the operator."""
    rows, cursor = await fetch_page(session, queries.runs(), page, keys=[Reconciliation.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[run_out(row) for row in rows], next_cursor=cursor)


@router.get("/operator/reconciliation-differences", responses=problems(Unauthenticated, Forbidden))
async def list_differences(
    actor: Operator,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    state: State = None,
    kind: Kind = None,
    of_run: OfRun = None,
) -> Page[DifferenceOut]:
    """What the books and the payment provider tell otherwise, the last found first. For the operator."""
    statement = difference_queries.differences(state=state, kind=kind, run_id=of_run)
    rows, cursor = await fetch_page(session, statement, page, keys=[ReconciliationDifference.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[difference_out(row) for row in rows], next_cursor=cursor)


@router.get(
    "/operator/reconciliation-differences.csv",
    response_class=Response,
    responses={**problems(Unauthenticated, Forbidden), **_TABLE},
)
async def get_differences_table(
    actor: Operator, session: Session, state: State = None, kind: Kind = None, of_run: OfRun = None
) -> Response:
    """The same as a table, the last 10,000. For the operator."""
    statement = difference_queries.differences(state=state, kind=kind, run_id=of_run)
    rows = await session.scalars(statement.order_by(ReconciliationDifference.id.desc()).limit(MOST_ROWS))
    headers = {
        "Cache-Control": PRIVATE,
        "Content-Disposition": 'attachment; filename="differences.csv"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(table(rows), media_type=f"{CSV}; charset=utf-8", headers=headers)


@router.get("/operator/reconciliation-differences/{difference_id}", responses=problems(*READ))
async def get_difference(row: SeenDifference, response: Response) -> DifferenceOut:
    """One difference, with what each side says. For the operator."""
    response.headers["Cache-Control"] = PRIVATE
    return difference_out(row)


@router.post(
    "/operator/reconciliation-differences/{difference_id}/closing",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, DifferenceNotOpen, PostingUnknown),
)
async def post_difference_closing(
    row: SeenDifference, actor: Operator, form: DifferenceClosingIn, session: Session, response: Response
) -> DifferenceOut:
    """Say what a difference was, and which posting explains it. Nothing is put right by that. The next run leaves it closed as
    long as both sides say the same. For the operator."""
    await close(session, actor, row, form.reason, form.posting_id)
    found = await difference_queries.difference(session, row.id)
    if found is None:
        raise NotFound()
    response.headers["Cache-Control"] = PRIVATE
    return difference_out(found)


@router.post(
    "/operator/reconciliation-differences/{difference_id}/following",
    status_code=202,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, DifferenceNotOpen, DifferenceNotFollowed),
)
async def post_difference_following(
    row: SeenDifference, actor: Operator, session: Session, response: Response
) -> DifferenceOut:
    """Have a payment looked at again: what was done at the provider's desk, or told by an event that was lost, is written down
    and posted by the part of the house that it belongs to. The next run says whether anything differs still. For the operator."""
    await follow(session, actor, row)
    response.headers["Cache-Control"] = PRIVATE
    return difference_out(row)
