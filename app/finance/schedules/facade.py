"""All that other rooms may call: open the schedule of a deal, say what was shown and decided, freeze and settle. Calls run in the
caller's transaction, and lock the milestone."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules import queries
from app.finance.schedules.assigning import Diverted, Left, assigns, is_bound
from app.finance.schedules.drafts import MilestoneState, PaymentTerms, Receivable, ScheduleDraft, SchedulePart
from app.finance.schedules.errors import MilestoneAcceptedAlready, MilestoneAssigned, MilestoneFrozen, RefundTooLarge
from app.finance.schedules.models import PaymentMilestone, PaymentSchedule
from app.finance.schedules.portal import (
    Part,
    Plan,
    await_no_transfer,
    give_money_back,
    milestone_of,
    own_schedules,
    pay_one,
    plan_of,
)
from app.finance.schedules.schemas import Token, TransferAccountOut
from app.finance.schedules.states import (
    ASKED_WAYS,
    DECLINE_TEXTS,
    WAY_LABELS,
    AskedWay,
    Evidence,
    PaymentWay,
    Progress,
    ScheduleRole,
)
from app.finance.schedules.usecases.dispute import freeze, settle_dispute
from app.finance.schedules.usecases.go_on import held_of, open_of, owed, schedule_of
from app.finance.schedules.usecases.open_schedule import open_schedule
from app.finance.schedules.usecases.progress import accepted, evidenced, returned

__all__ = [
    "ASKED_WAYS",
    "DECLINE_TEXTS",
    "WAY_LABELS",
    "AskedWay",
    "Diverted",
    "Evidence",
    "Left",
    "MilestoneAcceptedAlready",
    "MilestoneAssigned",
    "MilestoneFrozen",
    "MilestoneState",
    "Part",
    "PaymentTerms",
    "PaymentWay",
    "Plan",
    "Receivable",
    "RefundTooLarge",
    "ScheduleDraft",
    "SchedulePart",
    "ScheduleRole",
    "Token",
    "TransferAccountOut",
    "accepted",
    "assigns",
    "await_no_transfer",
    "evidenced",
    "freeze",
    "give_money_back",
    "is_bound",
    "milestone",
    "milestone_of",
    "open_schedule",
    "own_schedules",
    "pay_one",
    "plan_of",
    "receivable",
    "returned",
    "settle_dispute",
]


async def milestone(session: AsyncSession, milestone_id: UUID) -> MilestoneState | None:
    """A milestone as it stands, for whoever is one of its sides."""
    row = await queries.milestone(session, milestone_id)
    return _state(row, await schedule_of(session, row)) if row else None


async def receivable(session: AsyncSession, milestone_id: UUID, *, lock: bool = False) -> Receivable | None:
    """What is still owed of a milestone, for whoever is one of its sides; locked, so that it stays so for the transaction."""
    read = queries.lock_milestone if lock else queries.milestone
    row = await read(session, milestone_id)
    if row is None:
        return None
    schedule = await schedule_of(session, row)
    return Receivable(
        milestone_id=row.id,
        schedule_id=row.schedule_id,
        deal_number=schedule.deal_number,
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        currency=row.currency,
        outstanding_minor=owed(row),
        open_minor=open_of(row),
        at_supplier_minor=row.released_minor - row.taken_back_minor,
        pay_by=row.pay_by,
        accepted=row.state == Progress.ACCEPTED,
        frozen=row.frozen_by is not None,
    )


def _state(row: PaymentMilestone, schedule: PaymentSchedule) -> MilestoneState:
    return MilestoneState(
        id=row.id,
        schedule_id=row.schedule_id,
        deal=(schedule.deal_kind, schedule.deal_id),
        deal_number=schedule.deal_number,
        key=row.key,
        position=row.position,
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        currency=row.currency,
        amount_minor=row.amount_minor,
        funded_minor=row.funded_minor,
        released_minor=row.released_minor,
        refunded_minor=row.refunded_minor,
        escrow_minor=held_of(row),
        open_minor=open_of(row),
        at_supplier_minor=row.released_minor - row.taken_back_minor,
        outstanding_minor=owed(row),
        progress=row.state,
        accepted_at=row.accepted_at,
        due_on=row.due_on,
        frozen_by=row.frozen_by,
    )
