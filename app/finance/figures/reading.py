"""Figures and pages of their lines, for routes and pages alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.figures import forecast_queries, queries
from app.finance.figures.files import MOST_LINES, forecast_file, open_items_file
from app.finance.figures.forecast_queries import NO_DAY, ForecastLine
from app.finance.figures.forecast_views import forecast_lines_out
from app.finance.figures.queries import LineFilter, OpenLine, Whose
from app.finance.figures.rules import EVER, Days
from app.finance.figures.schemas import ForecastLineOut, OpenFigureOut, OpenLineOut
from app.finance.figures.states import FileForm, LineKind
from app.finance.figures.views import Links, open_figures_out, open_lines_out
from app.kit.paging import PageRequest, cursor_of, read_cursor


@dataclass(frozen=True, slots=True)
class ForecastFilter:
    """Which lines of a forecast are asked for; `days` None: those of no known day."""

    kinds: Sequence[LineKind]
    currency: str | None = None
    days: Days | None = EVER


async def open_figures(
    session: AsyncSession, whose: Whose, page: PageRequest, links: Links, today: date
) -> tuple[list[OpenFigureOut], str | None]:
    """A page of what is open by firm and currency, and the next page's cursor."""
    after = None
    if page.cursor is not None:
        partner, currency = read_cursor(page.cursor, [UUID, str])
        after = (partner, currency)
    rows = await queries.open_figures(session, whose, today=today, after=after, most=page.limit + 1)
    shown = rows[: page.limit]
    cursor = cursor_of([shown[-1].partner_id, shown[-1].currency]) if len(rows) > page.limit else None
    return await open_figures_out(session, whose, shown, links, today), cursor


async def open_lines(
    session: AsyncSession, whose: Whose, wanted: LineFilter, page: PageRequest, today: date
) -> tuple[list[OpenLineOut], str | None]:
    """A page of open items, what is due first first."""
    rows, cursor = await _open_rows(session, whose, wanted, page)
    return await open_lines_out(session, rows, today), cursor


async def open_items_table(
    session: AsyncSession, whose: Whose, wanted: LineFilter, form: FileForm, cursor: str | None, today: date
) -> tuple[bytes, str | None]:
    """The same as a file, so many at a time."""
    lines, following = await open_lines(session, whose, wanted, PageRequest(MOST_LINES, cursor), today)
    return open_items_file(form, lines), following


async def _open_rows(
    session: AsyncSession, whose: Whose, wanted: LineFilter, page: PageRequest
) -> tuple[list[OpenLine], str | None]:
    after = None
    if page.cursor is not None:
        day, last = read_cursor(page.cursor, [date, UUID])
        after = (day, last)
    rows = await queries.open_lines(session, whose, wanted, after=after, most=page.limit + 1)
    shown = rows[: page.limit]
    return shown, cursor_of([shown[-1].due_on, shown[-1].id]) if len(rows) > page.limit else None


async def forecast_lines(
    session: AsyncSession, whose: Whose, wanted: ForecastFilter, page: PageRequest
) -> tuple[list[ForecastLineOut], str | None]:
    """A page of lines of a forecast, what is expected first first."""
    rows, cursor = await _forecast_rows(session, whose, wanted, page)
    return await forecast_lines_out(session, rows), cursor


async def forecast_table(
    session: AsyncSession, whose: Whose, wanted: ForecastFilter, form: FileForm, cursor: str | None
) -> tuple[bytes, str | None]:
    """The same as a file, so many at a time."""
    lines, following = await forecast_lines(session, whose, wanted, PageRequest(MOST_LINES, cursor))
    return forecast_file(form, lines), following


async def _forecast_rows(
    session: AsyncSession, whose: Whose, wanted: ForecastFilter, page: PageRequest
) -> tuple[list[ForecastLine], str | None]:
    after = None
    if page.cursor is not None:
        day, kind, last = read_cursor(page.cursor, [date, str, UUID])
        after = (day, kind, last)
    rows = await forecast_queries.forecast_lines(
        session,
        whose,
        kinds=wanted.kinds,
        currency=wanted.currency,
        days=wanted.days,
        after=after,
        most=page.limit + 1,
    )
    shown = rows[: page.limit]
    if len(rows) <= page.limit:
        return shown, None
    last = shown[-1]
    return shown, cursor_of([last.day or NO_DAY, last.kind.value, last.id])
