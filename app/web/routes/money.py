"""Money for people: what is open, how old it is, what is expected when, and the lines that each figure is the sum of."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.finance.facade import figures, receivables
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.etags import PRIVATE
from app.kit.paging import PageRequest
from app.web.pages import page_router
from app.web.rendering import page
from app.web.visit import AnyMember

router = page_router()

FIRMS_ON_A_PAGE = 20
LINES_ON_A_PAGE = 50

Side = figures.FigureSide
Cursor = Annotated[str | None, Query(max_length=500)]
ItemKinds = Annotated[list[receivables.ItemKind] | None, Query(max_length=3)]
Kinds = Annotated[list[figures.LineKind] | None, Query(max_length=20)]
Currency = Annotated[str | None, Query(pattern="^[A-Z]{3}$")]


@router.get("/money")
async def money(
    member: AnyMember,
    session: Session,
    now: Now,
    side: Side = Side.PAYEE,
    every: figures.Every = figures.Every.MONTH,
    everybody: bool = False,
    cursor: Cursor = None,
) -> Response:
    """What is owed to the organization or by it; for the operator's people, over everybody as well."""
    visit, actor = member.visit, member.actor
    of = figures.whose(actor, side, everybody=everybody)
    into = visit.currency or actor.currency
    asked = PageRequest(FIRMS_ON_A_PAGE, cursor)
    base = visit.url("/money")
    found = await figures.money(session, actor, of, asked, base=base, every=every, into=into, today=now.date())
    return page(visit, "money.html", found=found, sides=figures.sides(), side=side, every=every, everybody=everybody)


@router.get("/money/open-items/lines")
async def open_items(
    member: AnyMember,
    session: Session,
    request: Request,
    now: Now,
    side: Side = Side.PAYEE,
    everybody: bool = False,
    kind: ItemKinds = None,
    partner_id: UUID | None = None,
    currency: Currency = None,
    first_day: date | None = None,
    last_day: date | None = None,
    cursor: Cursor = None,
    form: figures.FileForm | None = None,
) -> Response:
    """The open items that a figure is the sum of; as a file when one is asked for."""
    of = figures.whose(member.actor, side, everybody=everybody)
    wanted = figures.LineFilter(tuple(kind) if kind else None, partner_id, currency, figures.Days(first_day, last_day))
    if form is not None:
        content, following = await figures.open_items_file(session, of, wanted, form, cursor, now.date())
        return _file(content, f"open-items.{form}", form, request, following)
    asked = PageRequest(LINES_ON_A_PAGE, cursor)
    lines, following = await figures.open_lines(session, of, wanted, asked, now.date())
    links = _links(request, following)
    return page(member.visit, "money_open_items.html", lines=lines, side=side, everybody=everybody, links=links)


@router.get("/money/forecast/lines")
async def forecast(
    member: AnyMember,
    session: Session,
    request: Request,
    side: Side = Side.PAYEE,
    everybody: bool = False,
    kind: Kinds = None,
    currency: Currency = None,
    first_day: date | None = None,
    last_day: date | None = None,
    undated: bool = False,
    cursor: Cursor = None,
    form: figures.FileForm | None = None,
) -> Response:
    """The lines that a figure of the forecast is the sum of; as a file when one is asked for."""
    of = figures.whose(member.actor, side, everybody=everybody)
    days = None if undated else figures.Days(first_day, last_day)
    wanted = figures.ForecastFilter(kind or tuple(figures.LineKind), currency, days)
    if form is not None:
        content, following = await figures.forecast_file(session, member.actor, of, wanted, form, cursor)
        return _file(content, f"forecast.{form}", form, request, following)
    asked = PageRequest(LINES_ON_A_PAGE, cursor)
    lines, following = await figures.forecast_lines(session, member.actor, of, wanted, asked)
    links = _links(request, following)
    return page(member.visit, "money_forecast.html", lines=lines, side=side, everybody=everybody, links=links)


def _links(request: Request, following: str | None) -> dict[str, str | None]:
    """Where the next page of these lines is, and their files."""
    asked = request.url.remove_query_params("cursor")
    forms = {form.value: f"?{asked.include_query_params(form=form.value).query}" for form in figures.FileForm}
    return {**forms, "next_page": f"?{asked.include_query_params(cursor=following).query}" if following else None}


def _file(content: bytes, name: str, form: figures.FileForm, request: Request, following: str | None) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": PRIVATE}
    if following:
        url = request.url.include_query_params(cursor=following)
        headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return Response(content, media_type=figures.MEDIA_TYPES[form], headers=headers)
