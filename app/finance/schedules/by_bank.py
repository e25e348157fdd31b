"""Milestones and their refunds on the statements of the house's bank."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank.facade import MOST_OFFERED, Awaited, MatchIsFinal, Moved, Received, moved_for
from app.finance.schedules import bank_queries, queries
from app.finance.schedules.errors import RefundNotByBank
from app.finance.schedules.models import MilestoneRefund, PaymentMilestone
from app.finance.schedules.states import RefundStep
from app.finance.schedules.usecases.by_bank import pay_by_bank, refund_left, unpay_by_bank
from app.finance.schedules.usecases.go_on import owed

NAME = "finance.schedules"
MILESTONE, REFUND = "payment_milestone", "milestone_refund"


async def find(session: AsyncSession, references: Sequence[str], /) -> Sequence[Awaited]:
    """Milestones with what is still to be paid of them; refunds with what is to leave, and what of them may come back."""
    refunds = await bank_queries.refunds_known_by(session, references)
    moved = await moved_for(session, NAME, [row.id for row in refunds])
    found = [_milestone(row) for row in await bank_queries.milestones_known_by(session, references)]
    for row in refunds:
        done = row.amount_minor if row.state == RefundStep.DONE else 0
        found.append(_refund(row, row.amount_minor if row.state == RefundStep.PENDING else 0, leaves=True))
        found.append(_refund(row, max(0, done - moved.get(row.id, Moved()).came_minor), leaves=False))
    return found


def _milestone(row: PaymentMilestone) -> Awaited:
    """All of what is owed of it, or what a person says."""
    return Awaited(row.reference or "", (MILESTONE, row.id), owed(row), row.currency, takes_parts=False, asks=True)


def _refund(row: MilestoneRefund, amount_minor: int, *, leaves: bool) -> Awaited:
    """All of it leaves at once; of what comes back banks may keep something."""
    subject = (REFUND, row.id)
    return Awaited(row.reference or "", subject, amount_minor, row.currency, takes_parts=not leaves, leaves=leaves)


async def fits(session: AsyncSession, amount_minor: int, currency: str, leaves: bool, /) -> Sequence[Awaited]:
    """Milestones of which so much is owed, or refunds of so much that are to be sent."""
    asked = (session, amount_minor, currency, MOST_OFFERED)
    if leaves:
        return [_refund(row, row.amount_minor, leaves=True) for row in await bank_queries.refunds_of_amount(*asked)]
    return [_milestone(row) for row in await bank_queries.milestones_owing(*asked)]


async def settle(session: AsyncSession, received: Received, /, *, now: datetime) -> None:
    """What came pays the milestone. What left closes its refund; of a refund that came back the milestone is paid anew, so that
    what nobody owes is to be sent back once more. Raises `RefundNotByBank`, `NothingToPay`."""
    kind, of = received.subject
    if kind == MILESTONE:
        await pay_by_bank(session, of, received.match_id, received.amount_minor, now=now)
        return
    row = await queries.refund(session, of)
    if row is None:
        raise RefundNotByBank()
    if received.amount_minor < 0:
        await refund_left(session, row.id, now=now)
    else:
        await pay_by_bank(session, row.milestone_id, received.match_id, received.amount_minor, now=now)


async def undo(session: AsyncSession, received: Received, /, *, now: datetime) -> None:
    """What came was not for the milestone. Raises what `unpay_by_bank` does, and `MatchIsFinal` for a refund that has left: what
    the bank sent is sent."""
    kind, of = received.subject
    if received.amount_minor < 0:
        raise MatchIsFinal()
    if kind == REFUND:
        row = await queries.refund(session, of)
        if row is None:
            raise MatchIsFinal()
        of = row.milestone_id
    await unpay_by_bank(session, of, received.match_id, now=now)
