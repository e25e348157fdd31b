"""Figures of open items as they are read: each with the address of its lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.figures import queries, rules
from app.finance.figures.queries import AgeFigure, OpenFigure, OpenLine, Whose
from app.finance.figures.rules import EVER, Days
from app.finance.figures.schemas import (
    AgeingFiguresOut,
    AgesOut,
    AgesTogetherOut,
    FigureAmountOut,
    FigureFirmOut,
    FigureOut,
    FigureRateOut,
    OpenFigureOut,
    OpenLineOut,
)
from app.finance.receivables.facade import ITEM_KIND_LABELS, Age, ItemKind
from app.kit.errors import NotFound
from app.kit.locales import current_locale
from app.kit.schemas import labelled
from app.parties import facade as parties
from app.parties.facade import OrganizationRef
from app.reference import facade as reference
from app.reference.facade import Rate

AGES = {
    Age.CURRENT: "current",
    Age.UP_TO_30: "overdue_1_30",
    Age.UP_TO_60: "overdue_31_60",
    Age.UP_TO_90: "overdue_61_90",
    Age.OVER_90: "overdue_over_90",
}
Param = str | date | UUID | None
OWED = (ItemKind.INVOICE, ItemKind.CLAIM)
"""What recipients owe; a credit is owed to them."""
CREDITS = (ItemKind.CREDIT,)


@dataclass(frozen=True, slots=True)
class Links:
    """Where lines are found: below an address, with what its lists are always asked for."""

    base: str
    always: tuple[tuple[str, str], ...] = ()

    def items(self, kinds: Iterable[str], **params: Param) -> str:
        """The address of open items."""
        return self._to("open-items/lines", [*(("kind", kind) for kind in kinds), *params.items()])

    def forecast(self, kinds: Iterable[str], **params: Param) -> str:
        """The address of lines of a forecast."""
        return self._to("forecast/lines", [*(("kind", kind) for kind in kinds), *params.items()])

    def _to(self, path: str, params: Iterable[tuple[str, Param]]) -> str:
        given = [(name, str(value)) for name, value in params if value is not None]
        return f"{self.base}/{path}?{urlencode([*self.always, *given])}"


def amount(minor: int, currency: str) -> FigureAmountOut:
    """An amount in the reader's language."""
    text = reference.display_money(minor, currency, current_locale())
    return FigureAmountOut(minor=minor, currency=currency, text=text)


def figure(minor: int, currency: str, lines: str | None) -> FigureOut:
    """The same with the address of its lines."""
    return FigureOut(**dict(amount(minor, currency)), lines=lines)


@dataclass(frozen=True, slots=True)
class Exchange:
    """By which rates sums of several currencies are told in one, and which are missing."""

    into: str
    rates: Mapping[str, Rate]
    missing: tuple[str, ...]

    def told(self) -> list[FigureRateOut]:
        """The rates that were used."""
        return [
            FigureRateOut(base=base, quote=self.into, value=rate.value, day=rate.day, source=rate.source)
            for base, rate in sorted(self.rates.items())
            if base != self.into
        ]

    def sum(self, amounts: Mapping[str, int]) -> int:
        """Amounts by currency in one."""
        return rules.together(amounts, self.into, self.rates)


async def exchange(session: AsyncSession, currencies: Iterable[str], into: str, day: date) -> Exchange:
    """The rates of a day from some currencies into one."""
    wanted = set(currencies)
    rates = await reference.rates_on(session, wanted, into, day)
    return Exchange(into, {one: rates[one] for one in wanted if one in rates}, tuple(sorted(wanted - set(rates))))


def firm(firms: Mapping[UUID, OrganizationRef], firm_id: UUID) -> FigureFirmOut:
    """A firm as others know it."""
    ref = firms.get(firm_id)
    if ref is None:
        raise NotFound()
    return FigureFirmOut(
        id=ref.id, code=ref.code, name=ref.legal_name_local, name_latin=ref.legal_name_latin, country=ref.country
    )


async def open_figures_out(
    session: AsyncSession, whose: Whose, rows: Sequence[OpenFigure], links: Links, today: date
) -> list[OpenFigureOut]:
    """A page of partners and currencies, in as many statements as for one."""
    firms = await parties.organizations(session, [row.partner_id for row in rows])
    yesterday = today - timedelta(days=1)
    found = []
    for row in rows:

        def told(minor: int, last: date | None, kinds: tuple[ItemKind, ...] = OWED, row: OpenFigure = row) -> FigureOut:
            at = links.items(kinds, side=whose.side, partner_id=row.partner_id, currency=row.currency, last_day=last)
            return figure(minor, row.currency, at)

        found.append(
            OpenFigureOut(
                partner=firm(firms, row.partner_id),
                currency=row.currency,
                invoices=row.invoices,
                open=told(row.open_minor, None),
                due=told(row.due_minor, today),
                overdue=told(row.overdue_minor, yesterday),
                credit=told(row.credit_minor, None, CREDITS),
            )
        )
    return found


async def ageing_out(session: AsyncSession, whose: Whose, links: Links, into: str, today: date) -> AgeingFiguresOut:
    """What is open by age, in each currency and in one."""
    rows = await queries.age_figures(session, whose, today=today)
    by_currency: dict[str, list[AgeFigure]] = {}
    for row in rows:
        by_currency.setdefault(row.currency, []).append(row)
    exchanged = await exchange(session, by_currency, into, today)
    items = [_ages(whose, currency, by_currency[currency], links, today) for currency in sorted(by_currency)]
    return AgeingFiguresOut(
        side=whose.side,
        today=today,
        items=items,
        together=None if exchanged.missing else _ages_together(items, exchanged),
        reporting_currency=into,
        rates=exchanged.told(),
        missing_rates=list(exchanged.missing),
    )


def _ages(whose: Whose, currency: str, rows: Sequence[AgeFigure], links: Links, today: date) -> AgesOut:
    minor: dict[Age, int] = {}
    for row in rows:
        if row.kind in OWED:
            minor[row.age] = minor.get(row.age, 0) + row.minor

    def told(value: int, days: Days, kinds: tuple[ItemKind, ...] = OWED) -> FigureOut:
        at = links.items(kinds, side=whose.side, currency=currency, first_day=days.first, last_day=days.last)
        return figure(value, currency, at)

    overdue = sum(value for age, value in minor.items() if age is not Age.CURRENT)
    return AgesOut(
        currency=currency,
        invoices=sum(row.items for row in rows if row.kind == ItemKind.INVOICE),
        **{name: told(minor.get(age, 0), rules.due_days(age, today)) for age, name in AGES.items()},
        overdue=told(overdue, Days(None, today - timedelta(days=1))),
        total=told(sum(minor.values()), EVER),
        credit=told(sum(row.minor for row in rows if row.kind == ItemKind.CREDIT), EVER, CREDITS),
    )


def _ages_together(items: Sequence[AgesOut], exchanged: Exchange) -> AgesTogetherOut:
    def sum_of(name: str) -> int:
        return exchanged.sum({one.currency: getattr(one, name).minor for one in items})

    by_age = {name: sum_of(name) for name in AGES.values()}
    total = sum(by_age.values())
    sums = {**by_age, "overdue": total - by_age["current"], "total": total, "credit": sum_of("credit")}
    return AgesTogetherOut(**{name: amount(minor, exchanged.into) for name, minor in sums.items()})


async def open_lines_out(session: AsyncSession, rows: Sequence[OpenLine], today: date) -> list[OpenLineOut]:
    """A page of open items, in as many statements as for one."""
    firms = await parties.organizations(session, [one for row in rows for one in (row.issuer_id, row.recipient_id)])
    return [
        OpenLineOut(
            id=row.id,
            kind=labelled(row.kind, ITEM_KIND_LABELS),
            number=row.number,
            invoice_id=row.invoice_id,
            issuer=firm(firms, row.issuer_id),
            recipient=firm(firms, row.recipient_id),
            issued_on=row.issued_on,
            due_on=row.due_on,
            days_overdue=max(0, (today - row.due_on).days) if row.kind in OWED else 0,
            open=amount(row.minor, row.currency),
        )
        for row in rows
    ]
