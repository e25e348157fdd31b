"""The operator has looked at a difference, and says what it was."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger import facade as ledger
from app.finance.reconciliation import difference_queries
from app.finance.reconciliation.errors import DifferenceNotOpen, PostingUnknown
from app.finance.reconciliation.models import ReconciliationDifference
from app.kit import audit
from app.kit.actor import Actor


async def close(
    session: AsyncSession, actor: Actor, row: ReconciliationDifference, reason: str, posting_id: UUID | None
) -> None:
    """Close it, with a reason and perhaps the posting that explains it. Raises `DifferenceNotOpen`, `PostingUnknown`."""
    if posting_id is not None and not await ledger.is_posting(session, posting_id):
        raise PostingUnknown()
    values = {"reason": reason, "posting_id": posting_id, "closed_by": actor.person_id}
    if not await difference_queries.close_difference(session, row.id, **values):
        raise DifferenceNotOpen()
    after = {"reason": reason, "posting": posting_id, "here": row.here, "there": row.there}
    await audit.record(
        session, actor, "reconciliation_difference.close", "reconciliation_difference", row.id, after=after
    )
