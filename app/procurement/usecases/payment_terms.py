"""How an order is paid: its terms while it is a draft, and the schedule that its milestones become when the supplier takes it."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import facade as finance
from app.finance.facade import Evidence
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.procurement.models import OrderMilestone, PurchaseOrder
from app.procurement.order_states import OrderOrigin, OrderPayment
from app.procurement.queries import orders as queries
from app.procurement.schemas.orders import PaymentTermsIn
from app.procurement.usecases.order_steps import ENTITY

EVIDENCE = {
    "design_approved": Evidence.DESIGN_APPROVED,
    "t1": Evidence.T1_REPORT,
    "fai_approved": Evidence.FIRST_ARTICLE,
    "shipped": Evidence.BILL_OF_LADING,
    "run_off_accepted": Evidence.RUN_OFF_ACCEPTED,
}
"""What a milestone with a share of the price is paid against; other milestones carry none."""


def columns_of(terms: PaymentTermsIn | None) -> dict[str, Any]:
    """The columns of an order that say on what terms it is paid; without any, the usual ones. Raises `Invalid` for a retention
    without days, or days without one."""
    given = terms or PaymentTermsIn()
    if (given.retention_percent == 0) != (given.retention_days == 0):
        message = N_("Give a retention together with its days, or neither.")
        raise Invalid(errors=[FieldError("/payment_terms/retention_days", "retention-without-days", message)])
    return {
        "retention_bp": int(given.retention_percent * 100),
        "retention_days": given.retention_days,
        "silence_days": given.silence_days,
        "payment_days": given.payment_days,
    }


async def open_schedule(session: AsyncSession, order: PurchaseOrder, *, now: datetime) -> None:
    """Let the milestones that carry a share of the price become the order's payment schedule. What a pool bought is paid by its
    deposits and its suppliers' invoices, what is bought on account by invoices within the supplier's credit, and what costs
    nothing is not paid."""
    on_account = order.payment == OrderPayment.ACCOUNT
    if order.origin == OrderOrigin.POOL or on_account or not order.total_minor:
        return
    terms = finance.PaymentTerms(order.retention_bp, order.retention_days, order.silence_days, order.payment_days)
    categories = {line.category_code for line in await queries.lines(session, order.id)}
    draft = finance.ScheduleDraft(
        deal=(ENTITY, order.id),
        number=order.number,
        buyer_id=order.buyer_id,
        supplier_id=order.supplier_id,
        currency=order.currency,
        total_minor=order.total_minor,
        terms=terms,
        parts=[_part(row) for row in await queries.milestones(session, order.id) if row.share_bp],
        category_code=categories.pop() if len(categories) == 1 else None,
    )
    await finance.open_schedule(session, draft, now=now)


def _part(row: OrderMilestone) -> finance.SchedulePart:
    return finance.SchedulePart(row.id, row.code, row.share_bp, EVIDENCE[row.code], row.due_on)
