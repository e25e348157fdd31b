"""Revaluations of the house's positions, for the operator."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, Path, Request, Response

from app.finance import shown
from app.finance.fx import queries
from app.finance.fx.errors import RevaluationNotReady
from app.finance.fx.models import FxRevaluation
from app.finance.fx.schemas import FxAmountOut, FxPositionOut, FxRevaluationOut
from app.finance.fx.usecases.revalue import revalue
from app.finance.ledger.facade import PeriodClosed
from app.kit.actor import Actor, Permission, permitted
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, problems
from app.kit.routing import house_router
from app.reference.facade import RateMissing, RateTooOld

router = house_router(tags=["ledger"])
_amount = shown.amounts(FxAmountOut)

Operator = Annotated[Actor, Depends(permitted(Permission.OPERATE))]
Month = Annotated[
    str, Path(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$", description="Year and month, such as 2026-11.", max_length=7)
]


@router.get("/operator/fx-revaluations", responses=problems(Unauthenticated, Forbidden))
async def list_fx_revaluations(
    actor: Operator, session: Session, page: Paging, request: Request, response: Response
) -> Page[FxRevaluationOut]:
    """What the house gained and lost by its positions in foreign currency, the latest month first. For the operator."""
    rows, cursor = await fetch_page(
        session, queries.revaluations(), page, keys=[FxRevaluation.period, FxRevaluation.id], descending=True
    )
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[_out(row) for row in rows], next_cursor=cursor)


@router.post(
    "/operator/ledger/periods/{period}/revaluation",
    dependencies=[IdempotencyGuard],
    responses=problems(Unauthenticated, Forbidden, *ONCE, RevaluationNotReady, PeriodClosed, RateMissing, RateTooOld),
)
async def post_fx_revaluation(
    period: Month, actor: Operator, request: Request, session: Session, now: Now, response: Response
) -> FxRevaluationOut:
    """Value the house's open positions by the rates of a month's last day, and post what was gained or lost. Once for each month,
    before it is closed; asked again, what was made. For the operator."""
    into = request.app.state.settings.house_currency
    row = await revalue(session, actor, date.fromisoformat(f"{period}-01"), into=into, today=now.date())
    response.headers["Cache-Control"] = PRIVATE
    return _out(row)


def _out(row: FxRevaluation) -> FxRevaluationOut:
    return FxRevaluationOut(
        id=row.id,
        period=row.period.strftime("%Y-%m"),
        gain=_amount(row.gain_minor, row.currency),
        positions=[
            FxPositionOut(
                position=_amount(one["position_minor"], currency),
                rate=Decimal(one["rate"]),
                rate_on=date.fromisoformat(one["rate_on"]),
                source=one["source"],
            )
            for currency, one in sorted(row.positions.items())
        ],
        posting_id=row.posting_id,
        revalued_at=row.revalued_at,
    )
