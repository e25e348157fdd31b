"""The house's invoices over commission, for the operator. Suppliers have them among their invoices."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from app.finance.commission import invoice_queries as queries
from app.finance.commission.errors import CommissionMonthNotOver
from app.finance.commission.guards import Operator
from app.finance.commission.jobs import INVOICE
from app.finance.commission.models import CommissionInvoice
from app.finance.commission.schemas import CommissionInvoiceOut, CommissionRunOut
from app.finance.commission.views import invoices_out
from app.finance.ledger.facade import month_of
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.jobs import defer
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, problems
from app.kit.routing import house_router

router = house_router(tags=["commission"])

Month = Annotated[
    str, Path(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$", description="Year and month, such as 2026-11.", max_length=7)
]


@router.get("/operator/commission-invoices", responses=problems(Unauthenticated, Forbidden))
async def list_commission_invoices(
    actor: Operator,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    supplier_id: Annotated[UUID | None, Query(description="Only those to this supplier.")] = None,
) -> Page[CommissionInvoiceOut]:
    """Invoices over commission, and credit notes over what was given back of it, newest first. For the operator."""
    statement = queries.invoices(supplier_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[CommissionInvoice.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await invoices_out(session, rows), next_cursor=cursor)


@router.post(
    "/operator/commission-invoices/{period}/run",
    status_code=202,
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, *ONCE, CommissionMonthNotOver),
)
async def post_commission_invoices_run(
    period: Month, actor: Operator, session: Session, now: Now, response: Response
) -> CommissionRunOut:
    """Have all commission invoiced that is not, up to the end of a month that is over. What is invoiced already stays. The worker
    does the same every night. For the operator."""
    month = date.fromisoformat(f"{period}-01")
    if month >= month_of(now.date()):
        raise CommissionMonthNotOver(period=period)
    await defer(session, INVOICE, through=month.isoformat())
    response.headers["Cache-Control"] = PRIVATE
    return CommissionRunOut(through=period)
