"""What is paid to the house's own bank account for a milestone, found not to be for it, and sent back from it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank.facade import MatchIsFinal
from app.finance.schedules import bank_queries, queries, releasing, rules
from app.finance.schedules.errors import MilestoneFrozen, NothingToPay, RefundNotByBank
from app.finance.schedules.events import MilestonePaymentUndone
from app.finance.schedules.models import MilestonePayment, MilestoneRefund
from app.finance.schedules.states import PaymentStep, PaymentWay, RefundKind, RefundStep
from app.finance.schedules.usecases.go_on import give_back, go_on, named, schedule_of
from app.finance.schedules.usecases.record_payment import funded
from app.finance.schedules.usecases.refund import record_refund
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.kit.outbox import announce


async def pay_by_bank(
    session: AsyncSession, milestone_id: UUID, match_id: UUID, amount_minor: int, *, now: datetime
) -> None:
    """So much came for a milestone. What is too much goes back, and a payment that is under way goes on. Told again it changes
    nothing. Raises `NothingToPay` where there is no such milestone."""
    seen = await queries.milestone(session, milestone_id)
    if seen is None:
        raise NothingToPay()
    async with acting_for(session, seen.buyer_id):
        milestone = await queries.lock_milestone(session, milestone_id)
        assert milestone is not None
        if await bank_queries.came_by(session, match_id, milestone_id):
            return
        [number] = await queries.next_steps(session, milestone, 1)
        row = MilestonePayment(
            id=new_id(),
            milestone_id=milestone.id,
            buyer_id=milestone.buyer_id,
            supplier_id=milestone.supplier_id,
            currency=milestone.currency,
            number=number,
            way=PaymentWay.BANK,
            state=PaymentStep.CAPTURED,
            amount_minor=amount_minor,
            captured_minor=amount_minor,
            match_id=match_id,
        )
        session.add(row)
        await session.flush()
        await funded(session, milestone, row, now=now)


async def unpay_by_bank(session: AsyncSession, milestone_id: UUID, match_id: UUID, *, now: datetime) -> None:
    """What came by a match was not for this milestone: it is the house's to assign again, what of it was released the supplier
    owes, and what is owed of the milestone falls due anew. Raises `MilestoneFrozen` while the milestone is disputed, and
    `MatchIsFinal` where a part of it was given back, or is about to be."""
    seen = await queries.milestone(session, milestone_id)
    if seen is None:
        raise MatchIsFinal()
    async with acting_for(session, seen.buyer_id):
        milestone = await queries.lock_milestone(session, milestone_id)
        payment = await bank_queries.came_by(session, match_id, milestone_id)
        if milestone is None or payment is None:
            raise MatchIsFinal()
        if milestone.frozen_by is not None:
            raise MilestoneFrozen()
        use = next(one for one in await queries.uses(session, milestone_id) if one.payment_id == payment.id)
        part = rules.taken_of(use, payment.captured_minor)
        if part.whole < payment.captured_minor:
            raise MatchIsFinal()
        [refund], moves = await give_back(session, milestone, [part], RefundKind.MISTAKEN, now=now)
        refund.state, refund.changed_at = RefundStep.DONE, now
        await session.flush()
        moves += await releasing.refunded(session, milestone, refund, now.date())
        event = MilestonePaymentUndone(
            **named(milestone, await schedule_of(session, milestone)),
            payment_id=payment.id,
            currency=milestone.currency,
            amount_minor=part.whole,
            from_supplier_minor=part.from_supplier,
        )
        await announce(session, event, organizations=[milestone.buyer_id, milestone.supplier_id])
        milestone.due_on = milestone.pay_by = None
        await go_on(session, milestone, moves, now=now)


async def refund_left(session: AsyncSession, refund_id: UUID, *, now: datetime) -> None:
    """A statement tells that it was sent. Raises `RefundNotByBank`."""
    row = await _to_send(session, refund_id)
    async with acting_for(session, row.buyer_id):
        await record_refund(session, row.id, {"state": RefundStep.DONE}, now=now)


async def fail_refund(session: AsyncSession, actor: Actor, refund_id: UUID, reason: str, *, now: datetime) -> None:
    """The operator's bank cannot send it: its money is where it was. Raises `RefundNotByBank`."""
    row = await _to_send(session, refund_id)
    async with acting_for(session, row.buyer_id):
        await record_refund(session, row.id, {"state": RefundStep.FAILED}, now=now)
    after = {"reason": reason}
    await audit.record(session, actor, "milestone_refund.fail", "milestone_refund", refund_id, after=after)


async def _to_send(session: AsyncSession, refund_id: UUID) -> MilestoneRefund:
    row = await queries.refund(session, refund_id)
    if row is None or row.match_id is None or row.state != RefundStep.PENDING:
        raise RefundNotByBank()
    return row
