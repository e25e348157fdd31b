"""Invoices of orders: the supplier issues them. They are read at `/v1/invoices`."""

from typing import Annotated

from fastapi import Depends, Response

from app.finance.facade import REFUSALS, PartUnknown
from app.kit.actor import Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.procurement.order_errors import OrderStateConflict
from app.procurement.order_guards import AtOrder, at_order_as
from app.procurement.order_states import Side
from app.procurement.schemas.invoices import OrderInvoiceIn, OrderInvoiceOut
from app.procurement.usecases.invoice_order import invoice_order
from app.procurement.views.invoices import order_invoice_out

router = house_router(tags=["orders"])

Invoiced = Annotated[AtOrder, Depends(at_order_as(Side.SUPPLIER, Permission.INVOICE))]


@router.post(
    "/orders/{order_id}/invoices",
    status_code=201,
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, OrderStateConflict, PartUnknown, *REFUSALS),
)
async def post_order_invoice(
    at: Invoiced, form: OrderInvoiceIn, session: Session, now: Now, response: Response
) -> OrderInvoiceOut:
    """Invoice an order that you received, in the buyer's language: whole by its lines, or milestone by milestone with prepayment
    invoices and a final one that deducts them. Each part is invoiced once; a credit note over all of it makes it free again.
    Pro-forma and commercial invoices charge nothing."""
    issued = await invoice_order(session, at.actor, at.order.id, form, now=now)
    response.headers["Location"] = f"/v1/invoices/{issued.id}"
    response.headers["Cache-Control"] = PRIVATE
    return order_invoice_out(issued)
