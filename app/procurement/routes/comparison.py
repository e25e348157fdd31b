"""The comparison of opened quotes, for the buyer."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from app.kit.actor import Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Invalid
from app.kit.problems import READ, problems
from app.kit.routing import house_router
from app.procurement.errors import QuotesSealed, RateMissing
from app.procurement.guards import AtInquiry, buyer_who_may, remember_peek
from app.procurement.schemas.common import AcceptedCurrency
from app.procurement.schemas.quotes import ComparisonOut
from app.procurement.usecases.compare_quotes import compare_quotes
from app.procurement.views.comparison import comparison_csv, comparison_out

router = house_router(tags=["quotes"])

Comparing = Annotated[AtInquiry, Depends(buyer_who_may(Permission.READ))]
ComparisonCurrency = Annotated[
    AcceptedCurrency | None, Query(description="Compare in this currency; by default the inquiry's.")
]
CSV = "text/csv"


async def _compared(at: AtInquiry, session: Session, now: Now, request: Request, currency: str | None) -> ComparisonOut:
    found = await compare_quotes(session, at.inquiry, currency=currency, today=now.date())
    if found is None:
        refusal = QuotesSealed(opens_at=at.inquiry.opens_at)
        await remember_peek(request, session, at.actor, at.inquiry.id, "comparison")
        raise refusal
    return await comparison_out(session, at.actor, found)


@router.get("/inquiries/{inquiry_id}/comparison", responses=problems(*READ, Invalid, QuotesSealed, RateMissing))
async def get_comparison(
    at: Comparing,
    session: Session,
    now: Now,
    request: Request,
    response: Response,
    currency: ComparisonCurrency = None,
) -> ComparisonOut:
    """The opened quotes per line and in total, in one currency, ranked. Before the opening: refused, and recorded."""
    response.headers["Cache-Control"] = "no-store"
    return await _compared(at, session, now, request, currency)


@router.get(
    "/inquiries/{inquiry_id}/comparison.csv",
    response_class=Response,
    responses={
        **problems(*READ, Invalid, QuotesSealed, RateMissing),
        200: {"content": {CSV: {"schema": {"type": "string"}}}, "description": "The comparison as a table."},
    },
)
async def get_comparison_csv(
    at: Comparing, session: Session, now: Now, request: Request, currency: ComparisonCurrency = None
) -> Response:
    """The comparison for a spreadsheet, with headers in your language."""
    out = await _compared(at, session, now, request, currency)
    name = f"{out.number}-comparison.csv"
    return Response(
        comparison_csv(out),
        media_type=f"{CSV}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
