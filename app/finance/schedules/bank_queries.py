"""All the SQL on what is paid and given back by the house's own bank account."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules.models import MilestonePayment, MilestoneRefund, PaymentMilestone, PaymentSchedule
from app.finance.schedules.states import RefundKind, RefundStep

_OWED: ColumnElement[int] = (
    PaymentMilestone.amount_minor
    - PaymentMilestone.reduced_minor
    - PaymentMilestone.funded_minor
    + PaymentMilestone.charged_back_minor
    + PaymentMilestone.surplus_minor
)


async def matches_of(session: AsyncSession, payment_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Of payments that came by bank, the match by which each was found. Call it while acting for the buyer."""
    statement = select(MilestonePayment.id, MilestonePayment.match_id).where(MilestonePayment.id.in_(set(payment_ids)))
    return {row[0]: row[1] for row in await session.execute(statement) if row[1] is not None}


async def came_by(session: AsyncSession, match_id: UUID, milestone_id: UUID) -> MilestonePayment | None:
    """A milestone's payment as which a match was written down. Call it while acting for the buyer."""
    statement = select(MilestonePayment).where(
        MilestonePayment.match_id == match_id, MilestonePayment.milestone_id == milestone_id
    )
    found: MilestonePayment | None = await session.scalar(statement)
    return found


async def paid_by(session: AsyncSession, match_id: UUID) -> list[tuple[UUID, int]]:
    """(milestone, how much of it came by this match), in the order in which milestones are locked. Call it while acting for the
    buyer."""
    statement = select(MilestonePayment.milestone_id, MilestonePayment.captured_minor)
    statement = statement.where(MilestonePayment.match_id == match_id).order_by(MilestonePayment.milestone_id)
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def milestones_known_by(session: AsyncSession, references: Iterable[str]) -> list[PaymentMilestone]:
    """Milestones by what transfers name. As the operator, like all below."""
    statement = select(PaymentMilestone).where(PaymentMilestone.reference.in_(set(references)))
    return list(await session.scalars(statement.execution_options(populate_existing=True)))


async def refunds_known_by(session: AsyncSession, references: Iterable[str]) -> list[MilestoneRefund]:
    """Refunds by bank by what their transfers say. What was not meant for a milestone is none that anybody sends."""
    statement = select(MilestoneRefund).where(
        MilestoneRefund.reference.in_(set(references)), MilestoneRefund.kind != RefundKind.MISTAKEN
    )
    return list(await session.scalars(statement.execution_options(populate_existing=True)))


async def milestones_owing(
    session: AsyncSession, amount_minor: int, currency: str, most: int
) -> list[PaymentMilestone]:
    """Milestones of which just so much is still to be paid, the newest first."""
    statement = select(PaymentMilestone).where(
        PaymentMilestone.currency == currency, _OWED.in_([amount_minor]), PaymentMilestone.reference.is_not(None)
    )
    return list(await session.scalars(statement.order_by(PaymentMilestone.id.desc()).limit(most)))


def refunds_to_send() -> Select[MilestoneRefund]:
    """What the operator's bank is to send back."""
    return select(MilestoneRefund).where(
        MilestoneRefund.match_id.is_not(None), MilestoneRefund.state == RefundStep.PENDING
    )


async def refunds_of_amount(
    session: AsyncSession, amount_minor: int, currency: str, most: int
) -> Sequence[MilestoneRefund]:
    """Those of them of so much."""
    whole = MilestoneRefund.from_escrow_minor + MilestoneRefund.from_supplier_minor
    statement = refunds_to_send().where(MilestoneRefund.currency == currency, whole == amount_minor)
    return (await session.scalars(statement.order_by(MilestoneRefund.id.desc()).limit(most))).all()


async def schedules_of(session: AsyncSession, deals: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], UUID]:
    """Which of some deals are paid by milestones: the schedules."""
    wanted = list(set(deals))
    if not wanted:
        return {}
    statement = select(PaymentSchedule).where(tuple_(PaymentSchedule.deal_kind, PaymentSchedule.deal_id).in_(wanted))
    return {(row.deal_kind, row.deal_id): row.id for row in await session.scalars(statement)}


async def owing(session: AsyncSession, schedule_id: UUID) -> list[tuple[UUID, int]]:
    """(milestone, what is still to be paid of it) of a schedule: what is due first, then in their order."""
    statement = select(PaymentMilestone.id, func.greatest(_OWED, 0)).where(PaymentMilestone.schedule_id == schedule_id)
    statement = statement.where(_OWED > 0).order_by(PaymentMilestone.due_on, PaymentMilestone.position)
    return [(row[0], int(row[1])) for row in await session.execute(statement)]
