"""What financing does by itself: ask the provider, and end what nobody took up in time."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.financing import queries
from app.finance.financing.moving import moved
from app.finance.financing.states import FundingStep
from app.finance.financing.usecases.accept import cancel
from app.finance.financing.usecases.fund import FUND_JOB, record_funding
from app.finance.financing.usecases.offer import expire
from app.finance.financing.usecases.undo import follow_funding
from app.gateways.payments import Payments, PaymentUnknown
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer, job
from app.kit.many import every

log = structlog.get_logger(__name__)

LEFT_AFTER = timedelta(minutes=10)


@job(FUND_JOB)
async def move_financing_payment(runtime: Runtime, *, payment_id: str, financier_id: str) -> None:
    """Read, call with no transaction open, record. Running twice is harmless: every call has its key, and what is under way is
    looked at. Raises `PaymentUnavailable`: the job comes again."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, UUID(financier_id))
        row = await queries.payment(session, UUID(payment_id))
        session.expunge_all()
    if row is None or row.state not in (FundingStep.PENDING, FundingStep.PROCESSING):
        return
    payments: Payments = runtime.gateways["payments"]
    try:
        if row.state == FundingStep.PENDING:
            values = await moved(payments, row)
        else:
            assert row.payment is not None, "what is under way is known to the provider"
            payment = await payments.find_payment(row.payment)
    except PaymentUnknown:
        log.error("financing_payment_unknown", payment_id=payment_id)
        return
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, row.financier_id)
        if row.state == FundingStep.PENDING:
            await record_funding(session, row.id, values, now=runtime.clock.now())
        else:
            await follow_funding(session, row.id, payment, now=runtime.clock.now())


@job("finance.sweep_financing", cron="*/10 * * * *")
async def sweep_financing(runtime: Runtime) -> None:
    """Look at payments that wait, close offers whose time is over, cancel what was not funded in time. Each in a transaction of
    its own."""
    now, name = runtime.clock.now(), "finance.sweep_financing"

    async def look(session: AsyncSession, payment_id: UUID, financier_id: UUID) -> None:
        await queries.seen_to(session, payment_id, now=now)
        await defer(session, FUND_JOB, payment_id=str(payment_id), financier_id=str(financier_id))

    async def close(session: AsyncSession, offer_id: UUID, _: UUID) -> None:
        await expire(session, offer_id, now=now)

    async def undo(session: AsyncSession, financing_id: UUID, _: UUID) -> None:
        await cancel(session, financing_id, now=now)

    await every(runtime, name, partial(queries.payments_waiting, before=now - LEFT_AFTER), look)
    await every(runtime, name, partial(queries.overdue_offers, now=now), close)
    await every(runtime, name, partial(queries.overdue_fundings, now=now), undo)
