"""Close a month for good."""

from datetime import date

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger import queries
from app.finance.ledger.usecases.post import meant
from app.kit import audit
from app.kit.actor import Actor


async def close_period(session: AsyncSession, actor: Actor, period: date) -> int:
    """Carry every account forward, and let nothing more be posted into the month; how many accounts. Waits for those who are
    posting. Raises `PeriodNotReady`."""
    try:
        accounts = await queries.close(session, period, actor.person_id)
    except DBAPIError as error:
        raise meant(error) or error from error
    after = {"period": period, "accounts": accounts}
    await audit.record(session, actor, "ledger.close", "ledger_period", None, after=after)
    return accounts
