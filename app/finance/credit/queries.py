"""All the SQL on credit. What is taken, given back and invoiced is written by functions of the database alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.credit.models import CreditExposure, CreditLine, CreditTake
from app.finance.credit.states import CreditSide, Suspension, TakeState

_TAKE = text(
    "SELECT outcome, limit_now, exposure_now FROM credit_take(:id, :supplier, :buyer, :currency, :amount, :kind, :deal)"
).bindparams(*(bindparam(name, type_=Uuid) for name in ("id", "supplier", "buyer", "deal")))
_END = text("SELECT credit_end_take(:kind, :deal, :state)").bindparams(bindparam("deal", type_=Uuid))

Pair = tuple[UUID, UUID, str]
"""Supplier, buyer, currency."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a wish to take credit: `taken`, `stands` (was taken before), `otherwise` (before, another amount), `none`,
    `suspended` or `exceeded`; and how the line stood under its lock. Minor units."""

    outcome: str
    limit_minor: int
    exposure_minor: int


async def take(session: AsyncSession, take_id: UUID, pair: Pair, amount_minor: int, deal: tuple[str, UUID]) -> Taken:
    """Take credit for a deal if it is there; whoever takes of the same pair waits meanwhile."""
    values = {
        "id": take_id,
        "supplier": pair[0],
        "buyer": pair[1],
        "currency": pair[2],
        "amount": amount_minor,
        "kind": deal[0],
        "deal": deal[1],
    }
    row = (await session.execute(_TAKE, values)).one()
    return Taken(row.outcome, row.limit_now, row.exposure_now)


async def end_take(session: AsyncSession, deal: tuple[str, UUID], state: TakeState) -> bool:
    """What a deal took is invoiced, or given back; whether it had taken any that was neither."""
    return bool(await session.scalar(_END, {"kind": deal[0], "deal": deal[1], "state": state.value}))


async def line(session: AsyncSession, line_id: UUID) -> CreditLine | None:
    """One that the organization acted for grants or is granted."""
    statement = select(CreditLine).where(CreditLine.id == line_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def line_of(session: AsyncSession, pair: Pair) -> CreditLine | None:
    """The line of a pair in a currency, for its two sides."""
    statement = select(CreditLine).where(
        tuple_(CreditLine.supplier_id, CreditLine.buyer_id, CreditLine.currency) == tuple_(*pair)
    )
    return await session.scalar(statement)


async def lock_line(session: AsyncSession, line_id: UUID) -> CreditLine | None:
    """The supplier's own, locked."""
    statement = select(CreditLine).where(CreditLine.id == line_id).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def insert_line(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """A new line; False if there is one for the pair in this currency."""
    statement = insert(CreditLine).values(**values)
    statement = statement.on_conflict_do_nothing(index_elements=["supplier_id", "buyer_id", "currency"])
    return await session.scalar(statement.returning(CreditLine.id)) is not None


def lines_of(
    organization_id: UUID,
    *,
    side: CreditSide | None = None,
    partner_id: UUID | None = None,
    currency: str | None = None,
) -> Select[CreditLine]:
    """The lines that an organization grants or is granted."""
    granted, received = CreditLine.supplier_id == organization_id, CreditLine.buyer_id == organization_id
    whose = {CreditSide.SUPPLIER: granted, CreditSide.BUYER: received, None: or_(granted, received)}
    statement = select(CreditLine).where(whose[side])
    if partner_id is not None:
        statement = statement.where(or_(CreditLine.supplier_id == partner_id, CreditLine.buyer_id == partner_id))
    return statement if currency is None else statement.where(CreditLine.currency == currency)


async def exposures(session: AsyncSession, rows: Iterable[CreditLine]) -> dict[Pair, tuple[int, int]]:
    """(ordered, invoiced) of the pairs of lines, in minor units."""
    pairs = [(row.supplier_id, row.buyer_id, row.currency) for row in rows]
    if not pairs:
        return {}
    statement = select(CreditExposure).where(
        tuple_(CreditExposure.supplier_id, CreditExposure.buyer_id, CreditExposure.currency).in_(pairs)
    )
    found = await session.scalars(statement.execution_options(populate_existing=True))
    return {(row.supplier_id, row.buyer_id, row.currency): (row.ordered_minor, row.invoiced_minor) for row in found}


def takes_of(line_id: UUID) -> Select[CreditTake]:
    """What was taken on a line."""
    return select(CreditTake).where(CreditTake.line_id == line_id)


async def lines_to_watch(session: AsyncSession, after: UUID | None, most: int) -> Sequence[tuple[UUID, UUID]]:
    """(line, supplier) of lines that suspend themselves, or did. Only as the worker."""
    statement = select(CreditLine.id, CreditLine.supplier_id).where(
        or_(CreditLine.suspend_after_days.is_not(None), CreditLine.suspension == Suspension.OVERDUE)
    )
    if after is not None:
        statement = statement.where(CreditLine.id > after)
    rows = await session.execute(statement.order_by(CreditLine.id).limit(most))
    return [(row[0], row[1]) for row in rows]
