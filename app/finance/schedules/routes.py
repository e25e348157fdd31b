"""Payment schedules for their two sides: what is to be paid when, paying it, giving it back."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.status import HTTP_202_ACCEPTED

from app.finance.schedules import queries
from app.finance.schedules.errors import (
    MilestoneAssigned,
    MilestoneFrozen,
    NothingToPay,
    NoTransferAwaited,
    PaymentUnderWay,
    RefundTooLarge,
)
from app.finance.schedules.guards import GivingBack, Paying, SeenMilestone, SeenSchedule
from app.finance.schedules.models import PaymentMilestone, PaymentSchedule
from app.finance.schedules.routes_operator import router as operator_router
from app.finance.schedules.schemas import (
    MilestonePaymentIn,
    MilestoneRefundIn,
    PaymentMilestoneDetailOut,
    PaymentScheduleOut,
    PaymentScheduleSummaryOut,
)
from app.finance.schedules.states import ScheduleRole
from app.finance.schedules.usecases.pay import pay, withdraw_transfer
from app.finance.schedules.usecases.refund import refund
from app.finance.schedules.views import milestone_detail_out, schedule_out, summaries
from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, Unauthenticated
from app.kit.etags import PRIVATE, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router

router = house_router(tags=["payments"])
routers = [router, operator_router]


@router.get("/payment-schedules", responses=problems(Unauthenticated, Forbidden))
async def list_payment_schedules(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    role: Annotated[ScheduleRole | None, Query(description="Only those that you pay, or are paid by.")] = None,
    of_deal: Annotated[UUID | None, Query(description="Only that of this order.")] = None,
) -> Page[PaymentScheduleSummaryOut]:
    """How your organization's deals are paid; newest first."""
    actor.require(Permission.READ)
    statement = queries.schedules_of(actor.organization_id, role=role, of_deal=of_deal)
    rows, cursor = await fetch_page(session, statement, page, keys=[PaymentSchedule.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await summaries(session, actor, rows), next_cursor=cursor)


@router.get("/payment-schedules/{payment_schedule_id}", responses=problems(*READ))
async def get_payment_schedule(at: SeenSchedule, session: Session, response: Response) -> PaymentScheduleOut:
    """One schedule with its terms, its milestones and their money."""
    response.headers["Cache-Control"] = PRIVATE
    return await schedule_out(session, at.actor, at.row)


@router.get("/payment-milestones/{payment_milestone_id}", responses=problems(*READ))
async def get_payment_milestone(at: SeenMilestone, session: Session, response: Response) -> PaymentMilestoneDetailOut:
    """One milestone: what is owed, held and released, and, for its buyer, how the last payment stands."""
    return await _shown(session, at.row, response)


@router.post(
    "/payment-milestones/{payment_milestone_id}/pay",
    status_code=HTTP_202_ACCEPTED,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, MilestoneFrozen, NothingToPay, PaymentUnderWay),
)
async def post_milestone_payment(
    at: Paying, form: MilestonePaymentIn, session: Session, response: Response
) -> PaymentMilestoneDetailOut:
    """Pay what is owed of a milestone, when it is due or ahead of time: with a payment method, or by a bank transfer. The
    provider is asked in the background; read the milestone again for what became of it, and for where a transfer goes."""
    return await _shown(session, await pay(session, at.actor, at.row.id, form), response)


@router.post(
    "/payment-milestones/{payment_milestone_id}/transfer-withdrawal",
    status_code=HTTP_202_ACCEPTED,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, NoTransferAwaited),
)
async def post_transfer_withdrawal(at: Paying, session: Session, response: Response) -> PaymentMilestoneDetailOut:
    """Await a bank transfer no more, so that the milestone can be paid otherwise."""
    return await _shown(session, await withdraw_transfer(session, at.actor, at.row.id), response)


@router.post(
    "/payment-milestones/{payment_milestone_id}/refunds",
    status_code=HTTP_202_ACCEPTED,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, Invalid, MilestoneFrozen, MilestoneAssigned, RefundTooLarge),
)
async def post_milestone_refund(
    at: GivingBack, form: MilestoneRefundIn, session: Session, now: Now, response: Response
) -> PaymentMilestoneDetailOut:
    """Give money back to the buyer, in part or in whole, with a reason; first what is held, then what was released. For the
    supplier and the operator."""
    return await _shown(session, await refund(session, at.actor, at.row, form, now=now), response)


async def _shown(session: Session, row: PaymentMilestone, response: Response) -> PaymentMilestoneDetailOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return await milestone_detail_out(session, row)
