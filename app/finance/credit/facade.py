"""All that other rooms may call: take credit for a deal, give it back, see what is granted. In the caller's transaction."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.credit import queries
from app.finance.credit.errors import CreditExceeded, CreditSuspended, NoCreditLine
from app.finance.credit.portal import (
    LineShown,
    change_line,
    grant_line,
    may_grant,
    own_line_of,
    own_lines,
)
from app.finance.credit.rules import left_minor
from app.finance.credit.states import CreditSide
from app.finance.credit.usecases.take import give_back, take

__all__ = [
    "REFUSALS",
    "CreditExceeded",
    "CreditLineRef",
    "CreditSide",
    "CreditSuspended",
    "LineShown",
    "NoCreditLine",
    "change_line",
    "give_back",
    "grant_line",
    "line",
    "may_grant",
    "own_line_of",
    "own_lines",
    "take",
]

REFUSALS = (NoCreditLine, CreditSuspended, CreditExceeded)
"""What taking credit may be refused with."""


@dataclass(frozen=True, slots=True)
class CreditLineRef:
    """A line as deals need it: minor units, days from an invoice until it is due."""

    id: UUID
    limit_minor: int
    left_minor: int
    payment_days: int
    valid_until: date | None
    suspended: bool


async def line(session: AsyncSession, supplier_id: UUID, buyer_id: UUID, currency: str) -> CreditLineRef | None:
    """The line of a pair in a currency. Call it while acting for either side."""
    row = await queries.line_of(session, (supplier_id, buyer_id, currency))
    if row is None:
        return None
    used = (await queries.exposures(session, [row])).get((supplier_id, buyer_id, currency), (0, 0))
    return CreditLineRef(
        id=row.id,
        limit_minor=row.limit_minor,
        left_minor=left_minor(row.limit_minor, sum(used)),
        payment_days=row.payment_days,
        valid_until=row.valid_until,
        suspended=row.suspension is not None,
    )
