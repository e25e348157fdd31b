"""What payment schedules do by themselves: ask the provider, accept by silence, release what was retained."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules import job_queries, queries
from app.finance.schedules.moving import given_back, moved
from app.finance.schedules.states import TO_ASK, RefundStep
from app.finance.schedules.usecases.go_on import LOOK_JOB, REFUND_JOB, TELL_JOB, go_on
from app.finance.schedules.usecases.pay import MOVE_JOB
from app.finance.schedules.usecases.progress import accept_by_silence
from app.finance.schedules.usecases.record_payment import follow_payment, record_payment
from app.finance.schedules.usecases.refund import record_refund
from app.finance.schedules.usecases.tell_operators import tell_operators
from app.gateways.payments import Payments, PaymentUnknown
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer, job
from app.kit.many import every

log = structlog.get_logger(__name__)

# Longer than tries are apart at first; later ones find that nothing is left to ask.
LEFT_AFTER = timedelta(minutes=10)
# How often money that is under way is asked for when nobody tells.
LOOKED_AT_AFTER = timedelta(hours=1)


@job(MOVE_JOB)
async def move_milestone_payment(runtime: Runtime, *, payment_id: str, buyer_id: str) -> None:
    """Read, call with no transaction open, record. Running twice is harmless: every call has its key. Raises
    `PaymentUnavailable`: the job comes again."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, UUID(buyer_id))
        row = await queries.payment(session, UUID(payment_id))
        session.expunge_all()
    if row is None or row.state not in TO_ASK:
        return
    values = await moved(runtime.gateways["payments"], row)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, row.buyer_id)
        await record_payment(session, row.id, values, now=runtime.clock.now())


@job(LOOK_JOB)
async def look_at_milestone_payment(runtime: Runtime, *, payment_id: str, buyer_id: str) -> None:
    """Ask how a payment stands that is under way."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, UUID(buyer_id))
        row = await queries.payment(session, UUID(payment_id))
        session.expunge_all()
    if row is None or row.payment is None:
        return
    payments: Payments = runtime.gateways["payments"]
    try:
        payment = await payments.find_payment(row.payment)
    except PaymentUnknown:
        log.error("milestone_payment_unknown", payment_id=payment_id)
        return
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, row.buyer_id)
        await follow_payment(session, row.id, payment, now=runtime.clock.now())


@job(REFUND_JOB)
async def refund_milestone(runtime: Runtime, *, refund_id: str, buyer_id: str) -> None:
    """Have a refund given back, or ask how it stands. What the provider refuses is looked at: it may be given back already."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, UUID(buyer_id))
        row = await queries.refund(session, UUID(refund_id))
        payment = await queries.payment(session, row.payment_id) if row else None
        session.expunge_all()
    if row is None or payment is None or row.state not in (RefundStep.PENDING, RefundStep.PROCESSING):
        return
    if row.match_id is not None:
        return
    assert payment.payment is not None, "what was captured is known to the provider"
    values = await given_back(runtime.gateways["payments"], row, payment.payment)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, row.buyer_id)
        await record_refund(session, row.id, values, now=runtime.clock.now())
        if values["state"] == RefundStep.FAILED:
            await defer(session, LOOK_JOB, payment_id=str(payment.id), buyer_id=buyer_id)


@job(TELL_JOB)
async def tell_of_bank_refund(runtime: Runtime, *, refund_id: str, buyer_id: str) -> None:
    """Tell the operator's people of a refund that is to be sent by bank."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, UUID(buyer_id))
        row = await queries.refund(session, UUID(refund_id))
        if row is not None and row.state == RefundStep.PENDING:
            await tell_operators(session, row)


@job("finance.accept_by_silence", cron="*/10 * * * *")
async def accept_silent(runtime: Runtime) -> None:
    """Accept what nobody has said anything about for as long as was agreed. Each in a transaction of its own."""
    now = runtime.clock.now()

    async def accept(session: AsyncSession, milestone_id: UUID, _: UUID) -> None:
        if await accept_by_silence(session, milestone_id, now=now):
            log.info("accepted_by_silence", milestone_id=str(milestone_id))

    await every(runtime, "finance.accept_by_silence", partial(job_queries.silent, now=now), accept)


@job("finance.release_retentions", cron="20 * * * *")
async def release_retentions(runtime: Runtime) -> None:
    """Release what was retained until today."""
    now = runtime.clock.now()

    async def release(session: AsyncSession, milestone_id: UUID, _: UUID) -> None:
        row = await queries.lock_milestone(session, milestone_id)
        if row is not None:
            await go_on(session, row, now=now)

    await every(runtime, "finance.release_retentions", partial(job_queries.free, today=now.date()), release)


@job("finance.sweep_milestone_money", cron="*/5 * * * *")
async def sweep_milestone_money(runtime: Runtime) -> None:
    """Give what waits for the provider a new job, should its own have been lost; ask for money that is under way."""
    now = runtime.clock.now()

    def asked(job_name: str, argument: str) -> Callable[[AsyncSession, UUID, UUID], Awaitable[None]]:
        async def ask(session: AsyncSession, row_id: UUID, buyer_id: UUID) -> None:
            await job_queries.seen_to(session, row_id, now=now)
            arguments: dict[str, Any] = {"buyer_id": str(buyer_id), argument: str(row_id)}
            await defer(session, job_name, **arguments)

        return ask

    for find, before, job_name, argument in (
        (job_queries.payments_to_ask, now - LEFT_AFTER, MOVE_JOB, "payment_id"),
        (job_queries.to_look_at, now - LOOKED_AT_AFTER, LOOK_JOB, "payment_id"),
        (job_queries.refunds_to_ask, now - LEFT_AFTER, REFUND_JOB, "refund_id"),
    ):
        name = "finance.sweep_milestone_money"
        await every(runtime, name, partial(find, before=before), asked(job_name, argument))
