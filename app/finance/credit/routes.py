"""Credit lines for those who grant them and those who are granted them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.finance.credit import queries
from app.finance.credit.errors import CreditLineExists
from app.finance.credit.guards import Grantor, OwnLine, SeenLine
from app.finance.credit.models import CreditLine, CreditTake
from app.finance.credit.schemas import CreditLineChangeIn, CreditLineIn, CreditLineOut, CreditTakeOut, SuspensionIn
from app.finance.credit.states import CreditSide
from app.finance.credit.usecases.grant import change, grant
from app.finance.credit.usecases.suspend import resume, suspend
from app.finance.credit.views import lines_out, take_out
from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, Unauthenticated
from app.kit.etags import PRIVATE, IfMatch, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import EDITED, ONCE, READ, problems
from app.kit.routing import house_router
from app.kit.schemas import CurrencyCode

router = house_router(tags=["credit"])


@router.get("/credit-lines", responses=problems(Unauthenticated, Forbidden))
async def list_credit_lines(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    now: Now,
    request: Request,
    response: Response,
    side: Annotated[
        CreditSide | None, Query(description="Only those that you grant (`supplier`), or are granted (`buyer`).")
    ] = None,
    partner_id: Annotated[UUID | None, Query(description="Only those with this firm.")] = None,
    currency: Annotated[CurrencyCode | None, Query(description="Only those in this currency.")] = None,
) -> Page[CreditLineOut]:
    """The credit lines that your organization grants or is granted, with what is used of each; newest first."""
    actor.require(Permission.READ)
    statement = queries.lines_of(actor.organization_id, side=side, partner_id=partner_id, currency=currency)
    rows, cursor = await fetch_page(session, statement, page, keys=[CreditLine.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await lines_out(session, actor, rows, now.date()), next_cursor=cursor)


async def _shown(session: Session, actor: Actor, row: CreditLine, now: Now, response: Response) -> CreditLineOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return (await lines_out(session, actor, [row], now.date()))[0]


@router.post(
    "/credit-lines",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, *ONCE, Invalid, CreditLineExists),
)
async def post_credit_line(
    actor: Grantor, form: CreditLineIn, session: Session, now: Now, response: Response
) -> CreditLineOut:
    """Grant a buyer credit in a currency. He sees it, and may order on account at once."""
    row = await grant(session, actor, form, now=now)
    response.headers["Location"] = f"/v1/credit-lines/{row.id}"
    return await _shown(session, actor, row, now, response)


@router.get("/credit-lines/{credit_line_id}", responses=problems(*READ))
async def get_credit_line(at: SeenLine, session: Session, now: Now, response: Response) -> CreditLineOut:
    """One credit line, with what is used of it now."""
    return await _shown(session, at.actor, at.row, now, response)


@router.patch("/credit-lines/{credit_line_id}", responses=problems(*READ, *EDITED, Invalid))
async def patch_credit_line(
    at: OwnLine, form: CreditLineChangeIn, version: IfMatch, session: Session, now: Now, response: Response
) -> CreditLineOut:
    """Change its limit, its last day or its terms. Under a limit that is lower than what is used, nothing more is taken."""
    row = await change(session, at.actor, at.row.id, form, version=version, now=now)
    return await _shown(session, at.actor, row, now, response)


@router.post(
    "/credit-lines/{credit_line_id}/suspension",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE),
)
async def post_credit_line_suspension(
    at: OwnLine, form: SuspensionIn, session: Session, now: Now, response: Response
) -> CreditLineOut:
    """Let nothing more be ordered on it until you say otherwise."""
    return await _shown(
        session, at.actor, await suspend(session, at.actor, at.row.id, form.reason, now=now), now, response
    )


@router.post(
    "/credit-lines/{credit_line_id}/resumption",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE),
)
async def post_credit_line_resumption(at: OwnLine, session: Session, now: Now, response: Response) -> CreditLineOut:
    """Let it be used again. While something is overdue beyond your own rule, nothing is taken all the same."""
    return await _shown(session, at.actor, await resume(session, at.actor, at.row.id, now=now), now, response)


@router.get("/credit-lines/{credit_line_id}/takes", responses=problems(*READ))
async def list_credit_takes(
    at: SeenLine, session: Session, page: Paging, request: Request, response: Response
) -> Page[CreditTakeOut]:
    """The deals that took credit on a line, newest first."""
    rows, cursor = await fetch_page(session, queries.takes_of(at.row.id), page, keys=[CreditTake.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[take_out(row) for row in rows], next_cursor=cursor)
