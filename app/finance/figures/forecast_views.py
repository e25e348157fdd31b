"""The forecast as it is read: by period and currency, each figure with the address of its lines."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from babel.dates import format_interval, format_skeleton
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.figures import forecast_queries, rules
from app.finance.figures.forecast_queries import ForecastLine, ForecastSum
from app.finance.figures.queries import Whose
from app.finance.figures.rules import EVER, Days
from app.finance.figures.schemas import (
    FigureOut,
    ForecastFiguresOut,
    ForecastLineOut,
    ForecastOut,
    ForecastPeriodOut,
    ForecastTogetherOut,
)
from app.finance.figures.states import (
    KINDS,
    LINE_LABELS,
    PERIOD_LABELS,
    SOURCES,
    Column,
    Every,
    LineKind,
    Period,
    Source,
)
from app.finance.figures.views import Exchange, Links, amount, exchange, figure, firm
from app.kit.locales import cldr, current_locale
from app.kit.schemas import Labelled, labelled
from app.parties import facade as parties
from app.parties.facade import OrganizationRef

Sums = Mapping[str, Mapping[LineKind, int]]
"""Minor units by currency and kind of line."""


async def forecast_out(
    session: AsyncSession, whose: Whose, links: Links, into: str, *, every: Every, periods: int, today: date
) -> ForecastOut:
    """What is expected in so many periods, before and after them: one statement over all lines, and one for the rates."""
    *firsts, horizon = rules.first_days(today, every, periods)
    rows = await forecast_queries.forecast_sums(session, whose, today=today, every=every, horizon=horizon)
    exchanged = await exchange(session, {row.currency for row in rows}, into, today)
    shown = []
    for period in (Period.EARLIER, *(first.isoformat() for first in firsts), Period.LATER, Period.UNDATED):
        sums = _sums(row for row in rows if row.period == period)
        if not sums and period in tuple(Period):
            continue
        days = rules.days_of(period, every, today, horizon)
        items = [_figures(whose, currency, sums[currency], links, days) for currency in sorted(sums)]
        shown.append(
            ForecastPeriodOut(
                period=_label(period, every),
                first_day=days.first if days else None,
                last_day=days.last if days else None,
                items=items,
                together=None if exchanged.missing else _together(items, exchanged),
            )
        )
    sums = _sums(rows)
    total = [_figures(whose, currency, sums[currency], links, EVER) for currency in sorted(sums)]
    told = [one.together for one in shown if one.together is not None]
    return ForecastOut(
        side=whose.side,
        every=every,
        today=today,
        periods=shown,
        total=total,
        total_together=None if exchanged.missing else _added(told, into),
        reporting_currency=into,
        rates=exchanged.told(),
        missing_rates=list(exchanged.missing),
    )


def _sums(rows: Iterable[ForecastSum]) -> dict[str, dict[LineKind, int]]:
    found: dict[str, dict[LineKind, int]] = {}
    for row in rows:
        kinds = found.setdefault(row.currency, {})
        kinds[row.kind] = kinds.get(row.kind, 0) + row.minor
    return found


def _figures(
    whose: Whose, currency: str, minor: Mapping[LineKind, int], links: Links, days: Days | None
) -> ForecastFiguresOut:
    def told(kinds: Sequence[LineKind]) -> FigureOut:
        at = links.forecast(
            kinds,
            side=whose.side,
            currency=currency,
            first_day=days.first if days else None,
            last_day=days.last if days else None,
            undated=None if days else "true",
        )
        return figure(sum(minor.get(kind, 0) for kind in kinds), currency, at if kinds else None)

    of_side = KINDS[whose.side]
    return ForecastFiguresOut(currency=currency, **{column.value: told(of_side[column]) for column in Column})


def _together(items: Sequence[ForecastFiguresOut], exchanged: Exchange) -> ForecastTogetherOut:
    sums = {
        column.value: exchanged.sum({one.currency: getattr(one, column.value).minor for one in items})
        for column in Column
    }
    return ForecastTogetherOut(**{name: amount(minor, exchanged.into) for name, minor in sums.items()})


def _added(periods: Sequence[ForecastTogetherOut], into: str) -> ForecastTogetherOut:
    sums = {column.value: sum(getattr(one, column.value).minor for one in periods) for column in Column}
    return ForecastTogetherOut(**{name: amount(minor, into) for name, minor in sums.items()})


def _label(period: str, every: Every) -> Labelled:
    if period in tuple(Period):
        return labelled(period, PERIOD_LABELS)
    first, locale = date.fromisoformat(period), cldr(current_locale())
    if every is Every.MONTH:
        return Labelled(code=period, label=format_skeleton("yMMMM", first, locale=locale))
    last = rules.days_of(period, every, first, first)
    assert last is not None and last.last is not None
    return Labelled(code=period, label=format_interval(first, last.last, "yMMMd", locale=locale))


async def forecast_lines_out(session: AsyncSession, rows: Sequence[ForecastLine]) -> list[ForecastLineOut]:
    """A page of lines, in as many statements as for one."""
    concerned = [one for row in rows for one in (row.payer_id, row.payee_id) if one is not None]
    firms = await parties.organizations(session, concerned)
    return [_line(row, firms) for row in rows]


def _line(row: ForecastLine, firms: Mapping[UUID, OrganizationRef]) -> ForecastLineOut:
    return ForecastLineOut(
        kind=labelled(row.kind, LINE_LABELS),
        about=SOURCES.get(row.kind, Source.MILESTONE),
        id=row.id,
        number=row.number,
        day=row.day,
        payer=None if row.payer_id is None else firm(firms, row.payer_id),
        payee=None if row.payee_id is None else firm(firms, row.payee_id),
        amount=amount(row.minor, row.currency),
    )
