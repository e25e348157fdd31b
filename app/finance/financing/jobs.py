"""What financing does by itself: ask the provider, and end what nobody took up in time."""

from datetime import timedelta
from uuid import UUID

import structlog

from app.finance.financing import queries
from app.finance.financing.moving import moved, stands
from app.finance.financing.states import FundingStep
from app.finance.financing.usecases.accept import cancel
from app.finance.financing.usecases.fund import FUND_JOB, record_funding
from app.finance.financing.usecases.offer import expire
from app.gateways.payments import Payments, PaymentUnknown
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer, job

log = structlog.get_logger(__name__)

AT_ONCE = 200
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
            values = stands(await payments.find_payment(row.payment))
    except PaymentUnknown:
        log.error("financing_payment_unknown", payment_id=payment_id)
        return
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, row.financier_id)
        await record_funding(session, row.id, values, now=runtime.clock.now())


@job("finance.sweep_financing", cron="*/10 * * * *")
async def sweep_financing(runtime: Runtime) -> None:
    """Look at payments that wait, close offers whose time is over, cancel what was not funded in time. Each in a transaction of
    its own."""
    now = runtime.clock.now()
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        waiting = await queries.payments_waiting(session, now - LEFT_AFTER, AT_ONCE)
        offers = await queries.overdue_offers(session, now, AT_ONCE)
        fundings = await queries.overdue_fundings(session, now, AT_ONCE)
    for payment_id, financier_id in waiting:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, financier_id)
            await defer(session, FUND_JOB, payment_id=str(payment_id), financier_id=str(financier_id))
    for offer_id, supplier_id in offers:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, supplier_id)
            await expire(session, offer_id, now=now)
    for financing_id, financier_id in fundings:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, financier_id)
            await cancel(session, financing_id, now=now)
