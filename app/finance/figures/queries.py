"""All the SQL of figures over open items. It reads the tables of other parts and writes none; row-level security says whose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.figures.rules import EVER, Days
from app.finance.figures.states import FigureSide
from app.finance.receivables.facade import Age

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose figures: of an organization on one side, or of everybody (as the operator, or for a proof)."""

    side: FigureSide
    organization_id: UUID | None


OWN = {FigureSide.PAYEE: "issuer_id", FigureSide.PAYER: "recipient_id"}
_OTHER = {FigureSide.PAYEE: "recipient_id", FigureSide.PAYER: "issuer_id"}

# What is open with each partner in each currency. Everybody's is told by whoever is owed, or owes. The index of a pair gives the
# rows in this order, so that a page reads no more than it shows.
_BY_PARTNER = """
SELECT {partner} AS partner_id, currency,
    coalesce(sum(amount_minor - settled_minor) FILTER (WHERE kind <> 'credit'), 0)::bigint AS open_minor,
    coalesce(sum(amount_minor - settled_minor) FILTER (WHERE kind <> 'credit' AND due_on <= :today), 0)::bigint AS due_minor,
    coalesce(sum(amount_minor - settled_minor) FILTER (WHERE kind <> 'credit' AND due_on < :today), 0)::bigint AS overdue_minor,
    coalesce(sum(amount_minor - settled_minor) FILTER (WHERE kind = 'credit'), 0)::bigint AS credit_minor,
    count(*) FILTER (WHERE kind = 'invoice') AS invoices
FROM open_items WHERE closed_on IS NULL AND {whose} {after}
GROUP BY {partner}, currency ORDER BY {partner}, currency
"""
_BY_AGE = """
SELECT currency, kind, CASE
        WHEN due_on >= :today THEN 'current' WHEN due_on >= CAST(:today AS date) - 30 THEN '1-30'
        WHEN due_on >= CAST(:today AS date) - 60 THEN '31-60' WHEN due_on >= CAST(:today AS date) - 90 THEN '61-90'
        ELSE 'over-90' END AS age,
    sum(amount_minor - settled_minor)::bigint AS minor, count(*) AS items
FROM open_items WHERE closed_on IS NULL AND {whose} GROUP BY 1, 2, 3
"""
_LINES = """
SELECT id, kind, number, issuer_id, recipient_id, currency, issued_on, due_on, amount_minor - settled_minor AS minor, invoice_id
FROM open_items WHERE closed_on IS NULL AND {whose}
    AND (CAST(:kinds AS text[]) IS NULL OR kind = ANY (CAST(:kinds AS text[])))
    AND (CAST(:currency AS text) IS NULL OR currency = :currency)
    AND (CAST(:first AS date) IS NULL OR due_on >= :first) AND (CAST(:last AS date) IS NULL OR due_on <= :last)
    {partner} {after}
ORDER BY due_on, id LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class OpenFigure:
    """What is open with a partner in a currency: of it what is due by today, and of that what was due before. Minor units."""

    partner_id: UUID
    currency: str
    open_minor: int
    due_minor: int
    overdue_minor: int
    credit_minor: int
    invoices: int


@dataclass(frozen=True, slots=True)
class AgeFigure:
    """What is open in a currency of one age. Credits have none: nobody knows yet what they are put towards."""

    currency: str
    kind: str
    age: Age
    minor: int
    items: int


@dataclass(frozen=True, slots=True)
class OpenLine:
    """One open item."""

    id: UUID
    kind: str
    number: str
    issuer_id: UUID
    recipient_id: UUID
    currency: str
    issued_on: date
    due_on: date
    minor: int
    invoice_id: UUID


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines are asked for."""

    kinds: tuple[str, ...] | None = None
    partner_id: UUID | None = None
    currency: str | None = None
    days: Days = EVER


def whose_items(whose: Whose) -> str:
    """The rows that are looked at, as SQL."""
    return "true" if whose.organization_id is None else f"{OWN[whose.side]} = :organization"


def _partner(whose: Whose) -> str:
    return (OWN if whose.organization_id is None else _OTHER)[whose.side]


def by_partner(whose: Whose, *, after: bool = False) -> str:
    """The statement of what is open with each partner in each currency."""
    partner = _partner(whose)
    beyond = f"AND ({partner}, currency) > (:after, :after_currency)" if after else ""
    return _BY_PARTNER.format(partner=partner, whose=whose_items(whose), after=beyond)


@lru_cache(maxsize=64)
def _prepared(sql: str) -> TextClause:
    found = text(sql)
    ids = [name for name in ("organization", "after", "after_id", "partner") if f":{name}" in sql]
    return found.bindparams(*(bindparam(name, type_=Uuid) for name in ids))


async def open_figures(
    session: AsyncSession, whose: Whose, *, today: date, after: tuple[UUID, str] | None, most: int
) -> list[OpenFigure]:
    """What is open with each partner in each currency, by their ids."""
    values: dict[str, Any] = {"today": today, "most": most}
    if after is not None:
        values |= {"after": after[0], "after_currency": after[1]}
    statement = by_partner(whose, after=after is not None) + "LIMIT :most"
    return [OpenFigure(*row) for row in await _rows(session, statement, whose, values)]


async def age_figures(session: AsyncSession, whose: Whose, *, today: date) -> list[AgeFigure]:
    """What is open by currency and age: one statement over what is open."""
    rows = await _rows(session, _BY_AGE.format(whose=whose_items(whose)), whose, {"today": today})
    return [AgeFigure(row[0], row[1], Age(row[2]), row[3], row[4]) for row in rows]


async def open_lines(
    session: AsyncSession, whose: Whose, wanted: LineFilter, *, after: tuple[date, UUID] | None, most: int
) -> list[OpenLine]:
    """Open items, what is due first first."""
    values: dict[str, Any] = {
        "kinds": list(wanted.kinds) if wanted.kinds else None,
        "currency": wanted.currency,
        "first": wanted.days.first,
        "last": wanted.days.last,
        "most": most,
    }
    partner = beyond = ""
    if wanted.partner_id is not None:
        partner = f"AND {_partner(whose)} = :partner"
        values["partner"] = wanted.partner_id
    if after is not None:
        beyond = "AND (due_on, id) > (:after_day, :after_id)"
        values |= {"after_day": after[0], "after_id": after[1]}
    statement = _LINES.format(whose=whose_items(whose), partner=partner, after=beyond)
    return [OpenLine(*row) for row in await _rows(session, statement, whose, values)]


async def _rows(session: AsyncSession, sql: str, whose: Whose, values: dict[str, Any]) -> Sequence[Any]:
    if whose.organization_id is not None:
        values = {**values, "organization": whose.organization_id}
    return (await session.execute(_prepared(sql), values)).all()
