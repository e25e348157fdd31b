"""What jobs look for, as the operator: the next of it by id, so that what cannot be dealt with stands in nobody's way."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.finance.schedules.models import MilestonePayment, MilestoneRefund, PaymentMilestone
from app.finance.schedules.states import TO_ASK, PaymentStep, Progress, RefundStep


async def silent(session: AsyncSession, after: UUID | None, most: int, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """(milestone, buyer) of evidence on which nobody has said anything for as long as was agreed."""
    statement = select(PaymentMilestone.id, PaymentMilestone.buyer_id).where(
        PaymentMilestone.state == Progress.EVIDENCED,
        PaymentMilestone.frozen_by.is_(None),
        PaymentMilestone.silent_at <= now,
    )
    return await _next(session, statement, PaymentMilestone.id, after, most)


async def free(session: AsyncSession, after: UUID | None, most: int, *, today: date) -> list[tuple[UUID, UUID]]:
    """(milestone, buyer) of what was retained until today."""
    statement = select(PaymentMilestone.id, PaymentMilestone.buyer_id).where(
        PaymentMilestone.state == Progress.ACCEPTED,
        PaymentMilestone.retention_minor > 0,
        PaymentMilestone.retention_settled.is_(False),
        PaymentMilestone.frozen_by.is_(None),
        PaymentMilestone.free_on <= today,
    )
    return await _next(session, statement, PaymentMilestone.id, after, most)


async def payments_to_ask(
    session: AsyncSession, after: UUID | None, most: int, *, before: datetime
) -> list[tuple[UUID, UUID]]:
    """(payment, buyer) of what should have been asked of the provider by then."""
    statement = select(MilestonePayment.id, MilestonePayment.buyer_id).where(
        MilestonePayment.state.in_(TO_ASK), MilestonePayment.changed_at < before
    )
    return await _next(session, statement, MilestonePayment.id, after, most)


async def refunds_to_ask(
    session: AsyncSession, after: UUID | None, most: int, *, before: datetime
) -> list[tuple[UUID, UUID]]:
    """(refund, buyer) of what should have been given back by then."""
    asked = MilestoneRefund.state.in_((RefundStep.PENDING, RefundStep.PROCESSING)) & MilestoneRefund.match_id.is_(None)
    statement = select(MilestoneRefund.id, MilestoneRefund.buyer_id).where(asked, MilestoneRefund.changed_at < before)
    return await _next(session, statement, MilestoneRefund.id, after, most)


async def to_look_at(
    session: AsyncSession, after: UUID | None, most: int, *, before: datetime
) -> list[tuple[UUID, UUID]]:
    """(payment, buyer) of money that is under way and was not looked at since."""
    statement = select(MilestonePayment.id, MilestonePayment.buyer_id).where(
        MilestonePayment.state == PaymentStep.PROCESSING, MilestonePayment.looked_at < before
    )
    return await _next(session, statement, MilestonePayment.id, after, most)


async def _next(
    session: AsyncSession,
    statement: Select[UUID, UUID],
    key: InstrumentedAttribute[UUID],
    after: UUID | None,
    most: int,
) -> list[tuple[UUID, UUID]]:
    statement = statement.where(key > after) if after else statement
    return [(row[0], row[1]) for row in await session.execute(statement.order_by(key).limit(most))]


async def seen_to(session: AsyncSession, row_id: UUID, *, now: datetime) -> None:
    """Say that somebody sees to a payment or refund."""
    payment = update(MilestonePayment).where(MilestonePayment.id == row_id)
    refund = update(MilestoneRefund).where(MilestoneRefund.id == row_id)
    await session.execute(payment.values(looked_at=now, changed_at=now))
    await session.execute(refund.values(changed_at=now))
