"""Undo a posting by its opposite; nothing that was posted is ever changed."""

from datetime import date
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger import queries
from app.finance.ledger.errors import AlreadyReversed
from app.finance.ledger.usecases.post import meant
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound


async def reverse(session: AsyncSession, actor: Actor, posting_id: UUID, *, reason: str, day: date) -> UUID:
    """The reversal, dated on `day`. Raises `NotFound`, `AlreadyReversed`, `BelowFloor`, `PeriodClosed`, `DayAhead`."""
    if not await queries.postings(session, [posting_id]):
        raise NotFound()
    try:
        made = await queries.reverse(session, posting_id, day, reason, actor.person_id)
    except DBAPIError as error:
        raise meant(error) or error from error
    if made is None:
        raise AlreadyReversed()
    after = {"reversal": made, "day": day, "reason": reason}
    await audit.record(session, actor, "ledger.reverse", "ledger_posting", posting_id, after=after)
    return made
