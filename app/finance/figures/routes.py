"""Figures of one's own organization: what is open, how old it is, what is expected when; and the lines of each."""

from fastapi import Request, Response

from app.finance.figures import reading, routes_operator
from app.finance.figures.asking import (
    TABLE,
    Cursor,
    Form,
    Into,
    Length,
    LinesFilter,
    OpenFilter,
    Periods,
    Side,
    attached,
)
from app.finance.figures.forecast_views import forecast_out
from app.finance.figures.guards import AccountsReader, ItemsReader
from app.finance.figures.queries import Whose
from app.finance.figures.schemas import AgeingFiguresOut, ForecastLineOut, ForecastOut, OpenFigureOut, OpenLineOut
from app.finance.figures.states import Every, FigureSide
from app.finance.figures.views import Links, ageing_out
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Unauthenticated
from app.kit.etags import PRIVATE
from app.kit.paging import Page, Paging, link_next
from app.kit.problems import problems
from app.kit.routing import house_router

router = house_router(tags=["figures"])
routers = [router, routes_operator.router]

LINKS = Links("/v1/figures")


@router.get("/figures/open-items", responses=problems(Unauthenticated, Forbidden))
async def list_open_figures(
    actor: ItemsReader,
    session: Session,
    page: Paging,
    now: Now,
    request: Request,
    response: Response,
    side: Side = FigureSide.PAYEE,
) -> Page[OpenFigureOut]:
    """What is open, due and overdue, by firm and currency."""
    whose = Whose(side, actor.organization_id)
    items, cursor = await reading.open_figures(session, whose, page, LINKS, now.date())
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=items, next_cursor=cursor)


@router.get("/figures/ageing", responses=problems(Unauthenticated, Forbidden))
async def get_ageing_figures(
    actor: ItemsReader,
    session: Session,
    now: Now,
    response: Response,
    side: Side = FigureSide.PAYEE,
    reporting_currency: Into = None,
) -> AgeingFiguresOut:
    """How old what is open is: not due, and overdue for up to 30, 60, 90 and more days. By currency, and in one by today's
    rates."""
    response.headers["Cache-Control"] = PRIVATE
    into = reporting_currency or actor.currency
    return await ageing_out(session, Whose(side, actor.organization_id), LINKS, into, now.date())


@router.get("/figures/open-items/lines", responses=problems(Unauthenticated, Forbidden))
async def list_open_lines(
    actor: ItemsReader,
    session: Session,
    page: Paging,
    now: Now,
    wanted: OpenFilter,
    request: Request,
    response: Response,
    side: Side = FigureSide.PAYEE,
) -> Page[OpenLineOut]:
    """The open items that figures are the sum of; what is due first comes first."""
    whose = Whose(side, actor.organization_id)
    items, cursor = await reading.open_lines(session, whose, wanted, page, now.date())
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=items, next_cursor=cursor)


@router.get(
    "/figures/open-items/lines.{table_form}",
    response_class=Response,
    responses={**problems(Unauthenticated, Forbidden), **TABLE},
)
async def get_open_lines_file(
    table_form: Form,
    actor: ItemsReader,
    session: Session,
    now: Now,
    wanted: OpenFilter,
    request: Request,
    side: Side = FigureSide.PAYEE,
    cursor: Cursor = None,
) -> Response:
    """The same for a spreadsheet, 2000 at a time; `Link: rel="next"` leads on."""
    whose = Whose(side, actor.organization_id)
    content, following = await reading.open_items_table(session, whose, wanted, table_form, cursor, now.date())
    return attached(request, content, "open-items", table_form, following)


@router.get("/figures/forecast", responses=problems(Unauthenticated, Forbidden))
async def get_forecast(
    actor: AccountsReader,
    session: Session,
    now: Now,
    response: Response,
    side: Side = FigureSide.PAYEE,
    every: Length = Every.MONTH,
    periods: Periods = 6,
    reporting_currency: Into = None,
) -> ForecastOut:
    """What is expected when: milestones by the days on which they should be reached, what of them is held and due, commission,
    retention, payouts under way. By currency, and in one by today's rates."""
    response.headers["Cache-Control"] = PRIVATE
    whose, into = Whose(side, actor.organization_id), reporting_currency or actor.currency
    return await forecast_out(session, whose, LINKS, into, every=every, periods=periods, today=now.date())


@router.get("/figures/forecast/lines", responses=problems(Unauthenticated, Forbidden))
async def list_forecast_lines(
    actor: AccountsReader,
    session: Session,
    page: Paging,
    wanted: LinesFilter,
    request: Request,
    response: Response,
    side: Side = FigureSide.PAYEE,
) -> Page[ForecastLineOut]:
    """The lines that figures of a forecast are the sum of; what is expected first comes first."""
    items, cursor = await reading.forecast_lines(session, Whose(side, actor.organization_id), wanted, page)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=items, next_cursor=cursor)


@router.get(
    "/figures/forecast/lines.{table_form}",
    response_class=Response,
    responses={**problems(Unauthenticated, Forbidden), **TABLE},
)
async def get_forecast_lines_file(
    table_form: Form,
    actor: AccountsReader,
    session: Session,
    wanted: LinesFilter,
    request: Request,
    side: Side = FigureSide.PAYEE,
    cursor: Cursor = None,
) -> Response:
    """The same for a spreadsheet, 2000 at a time; `Link: rel="next"` leads on."""
    whose = Whose(side, actor.organization_id)
    content, following = await reading.forecast_table(session, whose, wanted, table_form, cursor)
    return attached(request, content, "forecast", table_form, following)
