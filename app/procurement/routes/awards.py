"""Routes of awards: the buyer decides on opened quotes."""

from typing import Annotated

from fastapi import Depends, Request, Response
from starlette.status import HTTP_201_CREATED

from app.finance import facade as finance
from app.kit.actor import Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Invalid
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.procurement.errors import InquiryStateConflict
from app.procurement.guards import AtInquiry, buyer_who_may
from app.procurement.models import Award
from app.procurement.order_errors import AwardSettled, LinesAwarded, OrderTooLarge, QuoteExpired, QuotesNotOpened
from app.procurement.queries import awards as queries
from app.procurement.routes.inquiries import WRITE
from app.procurement.schemas.orders import AwardIn, AwardOut
from app.procurement.usecases.award_inquiry import award_inquiry
from app.procurement.views.orders import awards_out

router = house_router(tags=["orders"])

Awarding = Annotated[AtInquiry, Depends(buyer_who_may(Permission.AWARD))]
Looking = Annotated[AtInquiry, Depends(buyer_who_may(Permission.READ))]


@router.post(
    "/inquiries/{inquiry_id}/awards",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(
        *WRITE,
        *ONCE,
        Invalid,
        InquiryStateConflict,
        QuotesNotOpened,
        LinesAwarded,
        AwardSettled,
        QuoteExpired,
        OrderTooLarge,
        *finance.CREDIT_REFUSALS,
    ),
)
async def post_award(at: Awarding, form: AwardIn, session: Session, now: Now) -> AwardOut:
    """Award opened quotes, whole or by line. One order per supplier is made with it; all of it happens, or nothing."""
    award = await award_inquiry(session, at.actor, at.inquiry.id, form, now=now)
    await session.refresh(award)
    return (await awards_out(session, at.inquiry, [award]))[0]


@router.get("/inquiries/{inquiry_id}/awards", responses=problems(*READ))
async def list_awards(
    at: Looking, session: Session, page: Paging, request: Request, response: Response
) -> Page[AwardOut]:
    """The awards of your inquiry, newest first."""
    rows, cursor = await fetch_page(session, queries.awards_of(at.inquiry.id), page, keys=[Award.id], descending=True)
    link_next(request, response, cursor)
    return Page(items=await awards_out(session, at.inquiry, rows), next_cursor=cursor)
