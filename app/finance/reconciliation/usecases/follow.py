"""The operator has a payment looked at again: its part of the house writes down what it was not told."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.provider.facade import is_followed
from app.finance.reconciliation.errors import DifferenceNotFollowed, DifferenceNotOpen
from app.finance.reconciliation.models import ReconciliationDifference
from app.finance.reconciliation.states import DifferenceState, LineKind
from app.kit import audit
from app.kit.actor import Actor
from app.kit.jobs import defer

FOLLOW_JOB = "finance.follow_difference"


async def follow(session: AsyncSession, actor: Actor, row: ReconciliationDifference) -> None:
    """Have it looked at in the background; the next run says whether anything differs still. Raises `DifferenceNotOpen`,
    `DifferenceNotFollowed`."""
    if row.state != DifferenceState.OPEN:
        raise DifferenceNotOpen()
    if row.line_kind != LineKind.PAYMENT or row.owner is None or not is_followed(row.owner):
        raise DifferenceNotFollowed()
    await defer(session, FOLLOW_JOB, reference=row.reference)
    after = {"reference": row.reference, "here": row.here, "there": row.there}
    await audit.record(
        session, actor, "reconciliation_difference.follow", "reconciliation_difference", row.id, after=after
    )
