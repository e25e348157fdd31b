"""All the SQL on payment schedules, locks included. Whoever moves money locks the milestone first."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, func, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules.models import (
    MilestoneChargeback,
    MilestonePart,
    MilestonePayment,
    MilestoneRefund,
    MilestoneRelease,
    PaymentMilestone,
    PaymentSchedule,
)
from app.finance.schedules.rules import Part, Use
from app.finance.schedules.states import NEVER_COUNTED, UNDER_WAY, RefundStep, ScheduleRole
from app.kit.db.base import one_of

Deal = tuple[str, UUID]

_BACK = """
    SELECT payment_id, from_escrow_minor, from_supplier_minor, 0 AS charged FROM milestone_refunds
    WHERE milestone_id = :milestone AND state <> 'failed'
    UNION ALL
    SELECT payment_id, from_escrow_minor, from_supplier_minor, from_escrow_minor + from_supplier_minor
    FROM milestone_chargebacks WHERE milestone_id = :milestone AND state <> 'won'
"""
_USES = text(f"""
SELECT p.id, p.captured_minor,
    coalesce((SELECT sum(r.amount_minor) FROM milestone_releases r WHERE r.payment_id = p.id), 0)::bigint AS released,
    coalesce(sum(b.from_escrow_minor), 0)::bigint AS from_escrow,
    coalesce(sum(b.from_supplier_minor), 0)::bigint AS from_supplier, coalesce(sum(b.charged), 0)::bigint AS charged
FROM milestone_payments p LEFT JOIN ({_BACK}) b ON b.payment_id = p.id
WHERE p.milestone_id = :milestone AND p.state = 'captured' GROUP BY p.id ORDER BY p.number
""").bindparams(bindparam("milestone", type_=Uuid))  # noqa: S608 - no value is put into it
_RESTATE = text(f"""
UPDATE payment_milestones m SET
    funded_minor = coalesce((SELECT sum(captured_minor) FROM milestone_payments WHERE milestone_id = m.id), 0),
    released_minor = coalesce((SELECT sum(amount_minor) FROM milestone_releases WHERE milestone_id = m.id), 0),
    refunding_minor = r.refunding, refunded_minor = r.refunded, surplus_minor = r.surplus,
    charged_back_minor = c.charged, taken_back_minor = r.from_supplier + c.from_supplier, version = version + 1
FROM (
    SELECT coalesce(sum(a) FILTER (WHERE state IN ('pending', 'processing')), 0) AS refunding,
        coalesce(sum(a) FILTER (WHERE state = 'done'), 0) AS refunded,
        coalesce(sum(a) FILTER (WHERE state <> 'failed' AND kind IN ({one_of(NEVER_COUNTED)})), 0) AS surplus,
        coalesce(sum(from_supplier_minor) FILTER (WHERE state <> 'failed'), 0) AS from_supplier
    FROM (SELECT *, from_escrow_minor + from_supplier_minor AS a FROM milestone_refunds WHERE milestone_id = :milestone) x
) r, (
    SELECT coalesce(sum(from_escrow_minor + from_supplier_minor), 0) AS charged,
        coalesce(sum(from_supplier_minor), 0) AS from_supplier
    FROM milestone_chargebacks WHERE milestone_id = :milestone AND state <> 'won'
) c WHERE m.id = :milestone
""").bindparams(bindparam("milestone", type_=Uuid))  # noqa: S608 - no value is put into it


async def insert_schedule(
    session: AsyncSession, values: Mapping[str, Any], milestones: Sequence[Mapping[str, Any]]
) -> bool:
    """A schedule with its milestones; False when the deal has one."""
    statement = insert(PaymentSchedule).values(**values).on_conflict_do_nothing(index_elements=["deal_kind", "deal_id"])
    if await session.scalar(statement.returning(PaymentSchedule.id)) is None:
        return False
    await session.execute(insert(PaymentMilestone), list(milestones))
    return True


async def schedule(session: AsyncSession, schedule_id: UUID) -> PaymentSchedule | None:
    """One that whoever acts is a side of."""
    return await session.scalar(select(PaymentSchedule).where(PaymentSchedule.id == schedule_id))


async def schedule_of(session: AsyncSession, deal: Deal) -> PaymentSchedule | None:
    """The schedule of a deal."""
    statement = select(PaymentSchedule).where(PaymentSchedule.deal_kind == deal[0], PaymentSchedule.deal_id == deal[1])
    return await session.scalar(statement)


def schedules_of(
    organization_id: UUID, *, role: ScheduleRole | None = None, of_deal: UUID | None = None
) -> Select[PaymentSchedule]:
    """The schedules that an organization pays or is paid by."""
    pays, is_paid = PaymentSchedule.buyer_id == organization_id, PaymentSchedule.supplier_id == organization_id
    whose = {ScheduleRole.BUYER: pays, ScheduleRole.SUPPLIER: is_paid, None: or_(pays, is_paid)}
    statement = select(PaymentSchedule).where(whose[role])
    return statement if of_deal is None else statement.where(PaymentSchedule.deal_id == of_deal)


async def milestones(session: AsyncSession, schedule_ids: Iterable[UUID]) -> dict[UUID, list[PaymentMilestone]]:
    """The milestones of some schedules in their order, by schedule."""
    wanted = list(schedule_ids)
    found: dict[UUID, list[PaymentMilestone]] = {schedule_id: [] for schedule_id in wanted}
    statement = select(PaymentMilestone).where(PaymentMilestone.schedule_id.in_(set(wanted)))
    statement = statement.order_by(PaymentMilestone.schedule_id, PaymentMilestone.position)
    for row in await session.scalars(statement.execution_options(populate_existing=True)):
        found[row.schedule_id].append(row)
    return found


async def with_schedules(
    session: AsyncSession, milestone_ids: Iterable[UUID]
) -> list[tuple[PaymentMilestone, PaymentSchedule]]:
    """Milestones, each with its schedule."""
    statement = (
        select(PaymentMilestone, PaymentSchedule)
        .join(PaymentSchedule, PaymentSchedule.id == PaymentMilestone.schedule_id)
        .where(PaymentMilestone.id.in_(set(milestone_ids)))
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def milestone(session: AsyncSession, milestone_id: UUID) -> PaymentMilestone | None:
    """One that whoever acts is a side of, read without a lock."""
    statement = select(PaymentMilestone).where(PaymentMilestone.id == milestone_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def lock_milestone(session: AsyncSession, milestone_id: UUID) -> PaymentMilestone | None:
    """The same, locked: whatever happens to a milestone comes one after the other."""
    statement = select(PaymentMilestone).where(PaymentMilestone.id == milestone_id).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def lock_part(session: AsyncSession, deal: Deal, part_id: UUID) -> PaymentMilestone | None:
    """The milestone that is a deal's own, locked; None when the deal has no schedule, or it has no share."""
    of_deal = select(PaymentSchedule.id).where(PaymentSchedule.deal_kind == deal[0], PaymentSchedule.deal_id == deal[1])
    statement = select(PaymentMilestone).where(
        PaymentMilestone.schedule_id == of_deal.scalar_subquery(), PaymentMilestone.part_id == part_id
    )
    return await session.scalar(statement.with_for_update().execution_options(populate_existing=True))


async def lock_deal(session: AsyncSession, schedule_id: UUID) -> None:
    """Whoever compares all of a deal's milestones with its invoices comes one after the other."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"schedule {schedule_id}", 7))))


async def next_steps(session: AsyncSession, row: PaymentMilestone, count: int) -> list[int]:
    """Numbers for what happens next to a locked milestone's money."""
    first = row.steps + 1
    row.steps += count
    await session.flush()
    return list(range(first, first + count))


async def uses(session: AsyncSession, milestone_id: UUID) -> list[Use]:
    """What became of the payments of a milestone, oldest first. Call it while acting for the buyer."""
    rows = await session.execute(_USES, {"milestone": milestone_id})
    return [
        Use(row.id, row.captured_minor, row.released, row.from_escrow, row.from_supplier, row.charged) for row in rows
    ]


async def released_before(session: AsyncSession, row: MilestoneRelease) -> int:
    """What of a payment was released before this release."""
    statement = select(func.coalesce(func.sum(MilestoneRelease.amount_minor), 0)).where(
        MilestoneRelease.payment_id == row.payment_id, MilestoneRelease.number < row.number
    )
    return int(await session.scalar(statement) or 0)


async def parts(session: AsyncSession, payment_id: UUID) -> list[Part]:
    """What the supplier was given out of a payment, the oldest first, and what was taken of it."""
    amount, fee, taken = MilestonePart.amount_minor, MilestonePart.commission_minor, MilestonePart.amount_minor < 0
    statement = select(
        MilestonePart.owed_by,
        func.sum(amount).filter(~taken),
        func.sum(fee).filter(~taken),
        func.coalesce(-func.sum(amount).filter(taken), 0),
        func.coalesce(-func.sum(fee).filter(taken), 0),
    ).where(MilestonePart.payment_id == payment_id)
    rows = await session.execute(statement.group_by(MilestonePart.owed_by).order_by(MilestonePart.owed_by))
    return [Part(row[0], *(int(one) for one in row[1:])) for row in rows]


async def taken_by(session: AsyncSession, milestone_id: UUID, number: int) -> tuple[int, int]:
    """(amount, commission) that a step took from the supplier."""
    statement = select(
        func.coalesce(-func.sum(MilestonePart.amount_minor), 0),
        func.coalesce(-func.sum(MilestonePart.commission_minor), 0),
    ).where(MilestonePart.milestone_id == milestone_id, MilestonePart.number == number, MilestonePart.amount_minor < 0)
    row = (await session.execute(statement)).one()
    return int(row[0]), int(row[1])


async def left_by(session: AsyncSession, milestone_id: UUID, number: int) -> int:
    """What of a step's money was left with the supplier, net of commission, by whatever happened since."""
    statement = select(func.coalesce(func.sum(MilestonePart.amount_minor - MilestonePart.commission_minor), 0)).where(
        MilestonePart.milestone_id == milestone_id, MilestonePart.owed_by == number
    )
    return int(await session.scalar(statement) or 0)


async def restate(session: AsyncSession, row: PaymentMilestone) -> None:
    """Sum up what happened to a milestone's money. Call it while acting for the buyer, when all of it is written down."""
    await session.flush()
    await session.execute(_RESTATE, {"milestone": row.id})
    await session.refresh(row)


async def insert_payment(session: AsyncSession, values: Mapping[str, Any]) -> MilestonePayment | None:
    """A new payment; None while another is under way."""
    statement = insert(MilestonePayment).values(**values).on_conflict_do_nothing()
    return await session.scalar(statement.returning(MilestonePayment))


async def payment(session: AsyncSession, payment_id: UUID, *, lock: bool = False) -> MilestonePayment | None:
    """A payment of the buyer who is acted for."""
    statement = select(MilestonePayment).where(MilestonePayment.id == payment_id)
    statement = statement.with_for_update() if lock else statement
    return await session.scalar(statement.execution_options(populate_existing=True))


async def last_payments(session: AsyncSession, milestone_ids: Iterable[UUID]) -> dict[UUID, MilestonePayment]:
    """The last payment of each milestone, as far as whoever acts may see it."""
    statement = select(MilestonePayment).where(MilestonePayment.milestone_id.in_(set(milestone_ids)))
    statement = statement.ext(distinct_on(MilestonePayment.milestone_id))
    statement = statement.order_by(MilestonePayment.milestone_id, MilestonePayment.number.desc())
    return {row.milestone_id: row for row in await session.scalars(statement)}


async def refunds_of(session: AsyncSession, milestone_id: UUID) -> Sequence[MilestoneRefund]:
    """What was given back of a milestone, or is about to be; the newest first, 100 at most."""
    statement = select(MilestoneRefund).where(MilestoneRefund.milestone_id == milestone_id)
    return (await session.scalars(statement.order_by(MilestoneRefund.number.desc()).limit(100))).all()


async def refunds_of_all(session: AsyncSession, milestone_ids: Iterable[UUID]) -> dict[UUID, list[MilestoneRefund]]:
    """The same of several milestones of a deal, 200 in all."""
    found: dict[UUID, list[MilestoneRefund]] = {}
    statement = select(MilestoneRefund).where(MilestoneRefund.milestone_id.in_(set(milestone_ids)))
    for row in await session.scalars(statement.order_by(MilestoneRefund.id.desc()).limit(200)):
        found.setdefault(row.milestone_id, []).append(row)
    return found


async def refund(session: AsyncSession, refund_id: UUID, *, lock: bool = False) -> MilestoneRefund | None:
    """One refund."""
    statement = select(MilestoneRefund).where(MilestoneRefund.id == refund_id)
    statement = statement.with_for_update() if lock else statement
    return await session.scalar(statement.execution_options(populate_existing=True))


async def refund_under_way(session: AsyncSession, payment_id: UUID) -> bool:
    """Whether it is not known yet what becomes of something that is given back of a payment."""
    statement = select(MilestoneRefund.id).where(
        MilestoneRefund.payment_id == payment_id,
        MilestoneRefund.state.in_((RefundStep.PENDING, RefundStep.PROCESSING)),
    )
    return await session.scalar(statement.limit(1)) is not None


async def given_back(session: AsyncSession, payment_id: UUID) -> int:
    """What was given back of a payment by us, or is about to be."""
    amount = MilestoneRefund.from_escrow_minor + MilestoneRefund.from_supplier_minor
    statement = select(func.coalesce(func.sum(amount), 0)).where(
        MilestoneRefund.payment_id == payment_id, MilestoneRefund.state != RefundStep.FAILED
    )
    return int(await session.scalar(statement) or 0)


async def chargeback(session: AsyncSession, dispute: str) -> MilestoneChargeback | None:
    """By the provider's reference, locked."""
    statement = select(MilestoneChargeback).where(MilestoneChargeback.dispute == dispute).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def under_way(session: AsyncSession, milestone_id: UUID) -> MilestonePayment | None:
    """The payment of a milestone of which it is not known yet whether money comes, locked."""
    statement = select(MilestonePayment).where(
        MilestonePayment.milestone_id == milestone_id,
        MilestonePayment.state.in_(UNDER_WAY),
    )
    return await session.scalar(statement.with_for_update().execution_options(populate_existing=True))


async def surplus_of(session: AsyncSession, milestone_id: UUID) -> int:
    """What of a milestone was paid in excess, or is by the settlement of a dispute, or came by mistake, and was given back, or is
    about to be."""
    amount = MilestoneRefund.from_escrow_minor + MilestoneRefund.from_supplier_minor
    statement = select(func.coalesce(func.sum(amount), 0)).where(
        MilestoneRefund.milestone_id == milestone_id,
        MilestoneRefund.kind.in_(NEVER_COUNTED),
        MilestoneRefund.state != RefundStep.FAILED,
    )
    return int(await session.scalar(statement) or 0)


async def now(session: AsyncSession) -> datetime:
    """The database's clock."""
    moment: datetime = (await session.execute(select(func.app_now()))).scalar_one()
    return moment


async def after(session: AsyncSession, last: UUID | None, most: int) -> list[PaymentMilestone]:
    """The next milestones of all, by id; for proofs."""
    statement = select(PaymentMilestone).order_by(PaymentMilestone.id).limit(most)
    return list(await session.scalars(statement.where(PaymentMilestone.id > last) if last else statement))


async def passed_on(session: AsyncSession, milestone_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """(amount, commission) of what suppliers were given and was not taken from them, by milestone; for proofs."""
    amount, fee = func.sum(MilestonePart.amount_minor), func.sum(MilestonePart.commission_minor)
    statement = select(MilestonePart.milestone_id, amount, fee).where(
        MilestonePart.milestone_id.in_(set(milestone_ids))
    )
    rows = await session.execute(statement.group_by(MilestonePart.milestone_id))
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}
