"""All that is asked of payment schedules: where a milestone stands, that it is frozen, and how a dispute about it ended."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules import facade as schedules
from app.finance.schedules.facade import MilestoneAssigned, MilestoneFrozen, MilestoneState
from app.kit.db.tenancy import acting_for

__all__ = ["MilestoneAssigned", "MilestoneState", "freeze", "milestone", "require_free", "settle_dispute"]


async def milestone(session: AsyncSession, milestone_id: UUID) -> MilestoneState | None:
    """A milestone that whoever acts may see."""
    return await schedules.milestone(session, milestone_id)


async def freeze(session: AsyncSession, milestone_id: UUID, dispute_id: UUID) -> bool:
    """Keep this milestone alone from being accepted, paid, released or refunded until the dispute ends. False when another
    dispute does so already; locks it."""
    try:
        await schedules.freeze(session, milestone_id, dispute_id)
    except MilestoneFrozen:
        return False
    return True


async def require_free(session: AsyncSession, milestone_id: UUID, supplier_id: UUID) -> None:
    """Raises `MilestoneAssigned` where the supplier may not give anything of it to the buyer by himself: he has assigned it
    without recourse. The operator may. Locks the milestone first, as everybody does."""
    await schedules.receivable(session, milestone_id, lock=True)
    if await schedules.is_bound(session, milestone_id, supplier_id):
        raise MilestoneAssigned()


async def settle_dispute(
    session: AsyncSession,
    buyer_id: UUID,
    milestone_id: UUID,
    dispute_id: UUID,
    *,
    release_minor: int,
    refund_minor: int,
    day: date,
) -> None:
    """End the freeze: of what is held or still to be paid so much is the supplier's, and so much the buyer gets back or does not
    owe. With nothing of both, it goes on as if there had been no dispute.

    Whoever settles, it is the buyer's money: the schedule is written while acting for him. What he was given back meanwhile
    otherwise than by this dispute he has already, so it is not refunded once more.
    """
    async with acting_for(session, buyer_id):
        found = await schedules.receivable(session, milestone_id, lock=True)
        still_open = found.open_minor if found else 0
        released = min(release_minor, still_open)
        await schedules.settle_dispute(
            session,
            milestone_id,
            dispute_id,
            release_minor=released,
            refund_minor=min(refund_minor, still_open - released),
            day=day,
        )
