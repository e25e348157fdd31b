"""Figures for the pages that people look at: the same sums and lines as over the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.figures import reading
from app.finance.figures.forecast_views import forecast_out
from app.finance.figures.queries import LineFilter, Whose
from app.finance.figures.reading import ForecastFilter
from app.finance.figures.states import SIDE_LABELS, Every, FigureSide, FileForm
from app.finance.figures.views import Links, ageing_out
from app.kit.actor import Actor, Permission
from app.kit.locales import current_locale, translate
from app.kit.paging import PageRequest

Document = dict[str, Any]
PERIODS = 6


@dataclass(frozen=True, slots=True)
class Money:
    """A page of what is open by firm, how old it is, and, for who may read the accounts, what is expected when."""

    open: Sequence[Document]
    next_cursor: str | None
    ageing: Document
    forecast: Document | None


def sides() -> list[tuple[str, str]]:
    """The two sides with their names."""
    return [(side.value, translate(label, current_locale())) for side, label in SIDE_LABELS.items()]


def whose(actor: Actor, side: FigureSide, *, everybody: bool) -> Whose:
    """The figures of the acting organization, or everybody's. Raises `Forbidden`."""
    actor.require(Permission.OPERATE if everybody else Permission.READ)
    return Whose(side, None if everybody else actor.organization_id)


async def money(
    session: AsyncSession,
    actor: Actor,
    of: Whose,
    page: PageRequest,
    *,
    base: str,
    every: Every,
    into: str,
    today: date,
) -> Money:
    """All figures of a side; `base` is the address below which their lines are found."""
    always = (("everybody", "true"),) if of.organization_id is None else ()
    links = Links(base, always)
    found, cursor = await reading.open_figures(session, of, page, links, today)
    ageing = await ageing_out(session, of, links, into, today)
    forecast = None
    if actor.may(Permission.LEDGER_READ) or of.organization_id is None:
        expected = await forecast_out(session, of, links, into, every=every, periods=PERIODS, today=today)
        forecast = expected.model_dump(mode="json")
    return Money(_documents(found), cursor, ageing.model_dump(mode="json"), forecast)


async def open_lines(
    session: AsyncSession, of: Whose, wanted: LineFilter, page: PageRequest, today: date
) -> tuple[list[Document], str | None]:
    """A page of open items."""
    found, cursor = await reading.open_lines(session, of, wanted, page, today)
    return _documents(found), cursor


async def forecast_lines(
    session: AsyncSession, actor: Actor, of: Whose, wanted: ForecastFilter, page: PageRequest
) -> tuple[list[Document], str | None]:
    """A page of lines of a forecast. Raises `Forbidden`."""
    _require_accounts(actor, of)
    found, cursor = await reading.forecast_lines(session, of, wanted, page)
    return _documents(found), cursor


async def open_items_file(
    session: AsyncSession, of: Whose, wanted: LineFilter, form: FileForm, cursor: str | None, today: date
) -> tuple[bytes, str | None]:
    """Open items as a file, and the cursor of the part that follows."""
    return await reading.open_items_table(session, of, wanted, form, cursor, today)


async def forecast_file(
    session: AsyncSession, actor: Actor, of: Whose, wanted: ForecastFilter, form: FileForm, cursor: str | None
) -> tuple[bytes, str | None]:
    """Lines of a forecast as a file, and the cursor of the part that follows. Raises `Forbidden`."""
    _require_accounts(actor, of)
    return await reading.forecast_table(session, of, wanted, form, cursor)


def _require_accounts(actor: Actor, of: Whose) -> None:
    if of.organization_id is not None:
        actor.require(Permission.LEDGER_READ)


def _documents(found: Sequence[BaseModel]) -> list[Document]:
    return [one.model_dump(mode="json") for one in found]
