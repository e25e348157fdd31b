"""Evidence and acceptance, as the deal tells of them, and silence, which accepts after the agreed days."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules import queries, rules
from app.finance.schedules.errors import MilestoneAcceptedAlready, MilestoneFrozen
from app.finance.schedules.events import SilenceAccepted
from app.finance.schedules.models import PaymentMilestone
from app.finance.schedules.states import AcceptedBy, Progress
from app.finance.schedules.usecases.go_on import go_on, named, schedule_of
from app.kit import audit
from app.kit.db.tenancy import acting_for
from app.kit.outbox import announce

ENTITY = "payment_milestone"


async def evidenced(session: AsyncSession, deal: tuple[str, UUID], part_id: UUID, *, now: datetime) -> None:
    """The supplier has shown evidence: from now on the buyer's silence counts. A milestone without a share is nobody's.

    Raises `MilestoneFrozen`, and `MilestoneAcceptedAlready`.
    """
    row = await queries.lock_part(session, deal, part_id)
    if row is None:
        return
    _require_open(row)
    schedule = await schedule_of(session, row)
    row.state, row.silent_at = Progress.EVIDENCED, rules.silent_at(now, schedule.silence_days)
    row.version += 1
    await session.flush()


async def returned(session: AsyncSession, deal: tuple[str, UUID], part_id: UUID) -> None:
    """The buyer wants other evidence. Raises `MilestoneFrozen`, and `MilestoneAcceptedAlready` when silence was quicker."""
    row = await queries.lock_part(session, deal, part_id)
    if row is None:
        return
    _require_open(row)
    row.state, row.silent_at = Progress.RETURNED, None
    row.version += 1
    await session.flush()


async def accepted(session: AsyncSession, deal: tuple[str, UUID], part_id: UUID, *, now: datetime) -> None:
    """The buyer agrees, and is acted for. What silence or the settlement of a dispute accepted before stays as it is. Raises
    `MilestoneFrozen`."""
    row = await queries.lock_part(session, deal, part_id)
    if row is None:
        return
    if row.frozen_by is not None:
        raise MilestoneFrozen()
    if row.state != Progress.ACCEPTED:
        await accept(session, row, AcceptedBy.BUYER, now=now)


async def accept_by_silence(session: AsyncSession, milestone_id: UUID, *, now: datetime) -> bool:
    """Accept a milestone on whose evidence nobody has said anything, and tell the deal; whether it was so. Acts for the buyer."""
    row = await queries.lock_milestone(session, milestone_id)
    if row is None or row.state != Progress.EVIDENCED or row.frozen_by is not None:
        return False
    if row.silent_at is None or row.silent_at > now:
        return False
    schedule = await schedule_of(session, row)
    await accept(session, row, AcceptedBy.SILENCE, now=now)
    event = SilenceAccepted(**named(row, schedule), silence_days=schedule.silence_days)
    await announce(session, event, organizations=[row.buyer_id, row.supplier_id])
    after = {"state": row.state, "accepted_by": row.accepted_by}
    await audit.record(
        session, None, "payment_milestone.silence", ENTITY, row.id, after=after, organization_id=row.buyer_id
    )
    return True


async def accept(session: AsyncSession, row: PaymentMilestone, how: AcceptedBy, *, now: datetime) -> None:
    """Accept a locked milestone, with all that follows. Acts for the buyer."""
    agree(row, how, retention_days=(await schedule_of(session, row)).retention_days, now=now)
    async with acting_for(session, row.buyer_id):
        await go_on(session, row, now=now)


def agree(row: PaymentMilestone, how: AcceptedBy, *, retention_days: int, now: datetime) -> None:
    """Write down that a milestone is accepted, how, and until when a part of it is retained."""
    row.state, row.silent_at = Progress.ACCEPTED, None
    row.accepted_at, row.accepted_by = now, how
    row.free_on = rules.free_on(now.date(), retention_days)


def _require_open(row: PaymentMilestone) -> None:
    if row.frozen_by is not None:
        raise MilestoneFrozen()
    if row.state == Progress.ACCEPTED:
        raise MilestoneAcceptedAlready()
