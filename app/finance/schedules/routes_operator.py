"""Refunds of milestones that the operator's bank is to send, since their money came by bank."""

from fastapi import Request, Response
from starlette.status import HTTP_204_NO_CONTENT

from app.finance.schedules import bank_queries
from app.finance.schedules.errors import RefundNotByBank
from app.finance.schedules.guards import AnyRefund, Operator
from app.finance.schedules.models import MilestoneRefund
from app.finance.schedules.schemas import BankRefundFailedIn, BankRefundOut
from app.finance.schedules.usecases.by_bank import fail_refund
from app.finance.schedules.views import bank_refunds_out
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router

router = house_router(tags=["payments"])


@router.get("/operator/bank-refunds", responses=problems(Unauthenticated, Forbidden))
async def list_bank_refunds(
    actor: Operator, session: Session, page: Paging, request: Request, response: Response
) -> Page[BankRefundOut]:
    """What your bank is to send back to buyers who paid by bank, the oldest first. One leaves the list when a bank statement
    tells that it was sent. For the operator."""
    rows, cursor = await fetch_page(session, bank_queries.refunds_to_send(), page, keys=[MilestoneRefund.id])
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await bank_refunds_out(session, rows), next_cursor=cursor)


@router.post(
    "/operator/bank-refunds/{milestone_refund_id}/failure",
    status_code=HTTP_204_NO_CONTENT,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, RefundNotByBank),
)
async def post_bank_refund_failure(
    row: AnyRefund, actor: Operator, form: BankRefundFailedIn, session: Session, now: Now
) -> None:
    """Your bank cannot send a refund: its money is where it was before. For the operator."""
    await fail_refund(session, actor, row.id, form.reason, now=now)
