"""A dispute between the two sides over one milestone: from its beginning to its settlement nothing of that milestone moves."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules import queries, rules
from app.finance.schedules.errors import MilestoneFrozen, RefundTooLarge
from app.finance.schedules.events import MilestoneThawed
from app.finance.schedules.models import PaymentMilestone, PaymentSchedule
from app.finance.schedules.states import AcceptedBy, Progress, RefundKind, ReleaseReason
from app.finance.schedules.usecases.go_on import give_back, go_on, named, open_of, pass_on, schedule_of, worth_of
from app.finance.schedules.usecases.progress import agree
from app.kit.db.tenancy import acting_for
from app.kit.errors import NotFound
from app.kit.outbox import announce


async def freeze(session: AsyncSession, milestone_id: UUID, dispute_id: UUID) -> None:
    """From now on nobody accepts the milestone, and nothing of it is paid, released or refunded by anybody. Call it while acting
    for one of its sides; a second time changes nothing. Raises `MilestoneFrozen` when another dispute has frozen it."""
    row = await _locked(session, milestone_id)
    if row.frozen_by is not None and row.frozen_by != dispute_id:
        raise MilestoneFrozen()
    row.frozen_by = dispute_id
    row.version += 1
    await session.flush()


async def settle_dispute(
    session: AsyncSession, milestone_id: UUID, dispute_id: UUID, *, release_minor: int, refund_minor: int, day: date
) -> None:
    """End a dispute: of what is held and of what is still to be paid so much is the supplier's, and so much is not owed; what is
    refunded beyond that is of what was released. What of it is held goes to each side at once, and the rest goes on as before.
    With nothing of both, all goes on as before. Call it while acting for one of the sides.

    What is not owed by it stays so, whatever a bank takes back or gives again. Where nothing is left to be held or paid, the
    milestone is accepted by that. Silence begins to count anew. Raises `NotFound` unless this dispute has frozen the milestone,
    and `RefundTooLarge` for more than there is.
    """
    now = datetime.combine(day, (await queries.now(session)).timetz())
    sides = await _locked(session, milestone_id)
    if sides.frozen_by != dispute_id:
        raise NotFound()
    async with acting_for(session, sides.buyer_id):
        row = await _locked(session, milestone_id)
        schedule = await schedule_of(session, row)
        known = await queries.uses(session, row.id)
        still_open, held = open_of(row), sum(use.escrow for use in known)
        most = still_open + sum(use.at_supplier for use in known)
        if min(release_minor, refund_minor) < 0 or release_minor > still_open or release_minor + refund_minor > most:
            raise RefundTooLarge(most_minor=most)
        released, back = rules.settled(still_open, held, release_minor, refund_minor)
        row.frozen_by = None
        row.reduced_minor += min(refund_minor, worth_of(row))
        if row.state == Progress.EVIDENCED:
            row.silent_at = rules.silent_at(now, schedule.silence_days)
        await session.flush()
        moves = []
        if released:
            parts = rules.shares_of(known, released)
            moves = await pass_on(session, row, parts, ReleaseReason.DISPUTE, now=now)
            row.retention_settled = True
            known = await queries.uses(session, row.id)
        if back:
            _, aside = await give_back(session, row, rules.taken(known, back), RefundKind.DISPUTE, now=now)
            moves += aside
        await queries.restate(session, row)
        _end(row, schedule, now=now)
        await go_on(session, row, moves, now=now)
    event = MilestoneThawed(
        **named(row, schedule),
        dispute_id=dispute_id,
        currency=row.currency,
        released_minor=released,
        refunded_minor=back,
        accepted=row.state == Progress.ACCEPTED,
    )
    await announce(session, event, organizations=[row.buyer_id, row.supplier_id])


def _end(row: PaymentMilestone, schedule: PaymentSchedule, *, now: datetime) -> None:
    """Where everything was divided, nothing is left to be accepted otherwise."""
    if row.funded_minor + row.reduced_minor and not open_of(row) and row.state != Progress.ACCEPTED:
        agree(row, AcceptedBy.DISPUTE, retention_days=schedule.retention_days, now=now)


async def _locked(session: AsyncSession, milestone_id: UUID) -> PaymentMilestone:
    row = await queries.lock_milestone(session, milestone_id)
    if row is None:
        raise NotFound()
    return row
