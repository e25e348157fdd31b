"""What follows from whatever happened to a milestone: too much is given back, what may go to the supplier goes, what is missing
falls due. Done again it changes nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank.facade import creditor_reference
from app.finance.schedules import bank_queries, queries, releasing, rules
from app.finance.schedules.assigning import nothing_more_comes
from app.finance.schedules.events import MilestoneDue, MilestoneReleased
from app.finance.schedules.models import MilestoneRefund, MilestoneRelease, PaymentMilestone, PaymentSchedule
from app.finance.schedules.releasing import Move, carry_out
from app.finance.schedules.rules import Taken, Use
from app.finance.schedules.states import Progress, RefundKind, RefundStep, ReleaseReason
from app.finance.schedules.usecases.meet_invoices import meet_invoices
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.kit.outbox import announce

REFUND_JOB = "finance.refund_milestone"
LOOK_JOB = "finance.look_at_milestone_payment"
TELL_JOB = "finance.tell_of_bank_refund"
REFUND_REFERENCE = "BR"


async def go_on(
    session: AsyncSession, row: PaymentMilestone, moves: Sequence[Move] = (), *, now: datetime
) -> PaymentMilestone:
    """Take the next steps of a locked milestone, carry `moves` out with theirs, sum up. Call it while acting for the buyer."""
    await session.flush()
    found = list(moves)
    known = await queries.uses(session, row.id)
    too_much = rules.surplus(worth_of(row), known, await queries.surplus_of(session, row.id))
    if too_much and row.frozen_by is None:
        _, aside = await give_back(session, row, rules.taken(known, too_much), RefundKind.SURPLUS, now=now)
        found += aside
        known = await queries.uses(session, row.id)
    found += await _release(session, row, known, now=now)
    await queries.restate(session, row)
    await meet_invoices(session, await schedule_of(session, row), now.date())
    await carry_out(session, row, found, now.date())
    await _fall_due(session, row, now=now)
    if row.state == Progress.ACCEPTED and row.frozen_by is None and not open_of(row) + row.refunding_minor:
        await nothing_more_comes(session, row.id, row.supplier_id, now.date())
    return row


async def _release(session: AsyncSession, row: PaymentMilestone, known: Sequence[Use], *, now: datetime) -> list[Move]:
    """What is accepted, held and not disputed goes to the supplier, less what is retained until its day."""
    if row.state != Progress.ACCEPTED or row.frozen_by is not None:
        return []
    assert row.free_on is not None
    reason = ReleaseReason.ACCEPTED
    if row.retention_minor and not row.retention_settled and row.free_on <= now.date():
        row.retention_settled = True
        reason = ReleaseReason.RETENTION if row.released_minor else reason
    retained = 0 if row.retention_settled else row.retention_minor
    return await pass_on(session, row, rules.releasable(known, worth_of(row), retained), reason, now=now)


async def pass_on(
    session: AsyncSession,
    row: PaymentMilestone,
    parts: Sequence[tuple[UUID, int]],
    reason: ReleaseReason,
    *,
    now: datetime,
) -> list[Move]:
    """Release parts of payments; the moves of that."""
    if not parts:
        return []
    numbers = await queries.next_steps(session, row, len(parts))
    made = [
        MilestoneRelease(
            **_of(row), payment_id=payment_id, number=number, reason=reason, amount_minor=part, released_on=now.date()
        )
        for number, (payment_id, part) in zip(numbers, parts, strict=True)
    ]
    session.add_all(made)
    await session.flush()
    schedule = await schedule_of(session, row)
    event = MilestoneReleased(
        **named(row, schedule), currency=row.currency, amount_minor=sum(part for _, part in parts), reason=reason
    )
    await announce(session, event, organizations=[row.buyer_id, row.supplier_id])
    return await releasing.released(session, row, made)


async def give_back(
    session: AsyncSession,
    row: PaymentMilestone,
    parts: Sequence[Taken],
    kind: RefundKind,
    *,
    now: datetime,
    reason: str | None = None,
    decided_by: UUID | None = None,
) -> tuple[list[MilestoneRefund], list[Move]]:
    """Put parts of payments aside, to be given back by the provider, or by bank where they came by bank; the moves of that. What
    is put aside is neither released nor sent on. Nobody is asked to send what was not meant for the milestone."""
    numbers = await queries.next_steps(session, row, len(parts))
    came = await bank_queries.matches_of(session, [part.payment_id for part in parts])
    made = [
        MilestoneRefund(
            **_of(row),
            match_id=came.get(part.payment_id),
            payment_id=part.payment_id,
            number=number,
            kind=kind,
            state=RefundStep.PENDING,
            from_escrow_minor=part.from_escrow,
            from_supplier_minor=part.from_supplier,
            reason=reason,
            decided_by=decided_by,
        )
        for number, part in zip(numbers, parts, strict=True)
    ]
    for refund in made:
        refund.reference = creditor_reference(REFUND_REFERENCE, refund.id) if refund.match_id else None
    session.add_all(made)
    await session.flush()
    moves: list[Move] = []
    for refund in made:
        moves += await releasing.set_aside(session, row, refund, now.date())
        if kind is RefundKind.MISTAKEN:
            continue
        job = REFUND_JOB if refund.match_id is None else TELL_JOB
        await defer(session, job, refund_id=str(refund.id), buyer_id=str(row.buyer_id))
    return made, moves


async def _fall_due(session: AsyncSession, row: PaymentMilestone, *, now: datetime) -> None:
    """What is accepted and not paid is due, and said to be so once."""
    if row.state != Progress.ACCEPTED or row.frozen_by is not None:
        return
    missing = owed(row)
    if not missing:
        row.due_on = row.pay_by = None
        await session.flush()
        return
    if row.due_on is not None:
        return
    schedule = await schedule_of(session, row)
    row.due_on = now.date()
    row.pay_by = rules.pay_by(row.due_on, schedule.payment_days)
    await session.flush()
    event = MilestoneDue(**named(row, schedule), currency=row.currency, amount_minor=missing, pay_by=row.pay_by)
    await announce(session, event, organizations=[row.buyer_id, row.supplier_id])


def worth_of(row: PaymentMilestone) -> int:
    """What a milestone comes to: its amount, less what is not owed of it by settlements of disputes."""
    return row.amount_minor - row.reduced_minor


def open_of(row: PaymentMilestone) -> int:
    """What may still come to the supplier: what is to be paid, and what is held and was not paid in excess."""
    excess = row.funded_minor - row.charged_back_minor - row.surplus_minor - worth_of(row)
    return max(0, owed(row) + held_of(row) - max(0, excess))


def held_of(row: PaymentMilestone) -> int:
    """What is held of a milestone, and promised to nobody."""
    back = row.refunding_minor + row.refunded_minor + row.charged_back_minor - row.taken_back_minor
    return row.funded_minor - row.released_minor - back


def owed(row: PaymentMilestone) -> int:
    """What is still to be paid of a milestone."""
    return rules.outstanding(worth_of(row), row.funded_minor, row.charged_back_minor, row.surplus_minor)


async def schedule_of(session: AsyncSession, row: PaymentMilestone) -> PaymentSchedule:
    """The schedule that a milestone belongs to."""
    found = await queries.schedule(session, row.schedule_id)
    assert found is not None, "a foreign key says so"
    return found


def named(row: PaymentMilestone, schedule: PaymentSchedule) -> dict[str, Any]:
    """What events say of a milestone and its deal."""
    return {
        "milestone_id": row.id,
        "schedule_id": row.schedule_id,
        "deal_kind": schedule.deal_kind,
        "deal_id": schedule.deal_id,
        "part_id": row.part_id,
        "buyer_id": row.buyer_id,
        "supplier_id": row.supplier_id,
    }


def _of(row: PaymentMilestone) -> dict[str, Any]:
    return {
        "id": new_id(),
        "milestone_id": row.id,
        "buyer_id": row.buyer_id,
        "supplier_id": row.supplier_id,
        "currency": row.currency,
    }
