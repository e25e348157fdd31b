"""Post business facts, each once."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger import queries
from app.finance.ledger.errors import AlreadyReversed, BelowFloor, DayAhead, PeriodClosed, PeriodNotReady
from app.finance.ledger.rules import Posting
from app.kit.db.refusals import refused_by
from app.kit.errors import Problem

REFUSALS: dict[str, type[Problem]] = {
    "ck_ledger_balances_floor_kept": BelowFloor,
    "ledger_postings_period": PeriodClosed,
    "ledger_postings_day": DayAhead,
    "ledger_periods_in_order": PeriodNotReady,
    "uq_ledger_postings_reverses_id": AlreadyReversed,
}
"""What the guards of the database mean."""


def meant(error: DBAPIError) -> Problem | None:
    """The refusal that an error of the database stands for, if any."""
    return next((problem() for guard, problem in REFUSALS.items() if refused_by(error, guard)), None)


async def post(session: AsyncSession, facts: Sequence[Posting]) -> list[UUID]:
    """The postings of facts, those that were told before included. All are made or none.

    Raises `BelowFloor`, `PeriodClosed`, `DayAhead`.
    """
    if not facts:
        return []
    try:
        return await queries.post(session, facts)
    except DBAPIError as error:
        raise meant(error) or error from error
