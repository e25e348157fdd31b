"""Background work: the provider forgets what its payer forgot."""

from contextlib import suppress
from uuid import UUID

from procrastinate.exceptions import AlreadyEnqueued

from app.finance.methods import queries
from app.finance.methods.asking import payer_of
from app.finance.methods.states import MethodState
from app.finance.methods.usecases.keep import FORGET_JOB
from app.gateways.payments import MethodUnknown, Payments
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer, job

SWEPT_AT_ONCE = 200


@job(FORGET_JOB)
async def forget_payment_method(runtime: Runtime, *, organization_id: str, method_id: str) -> None:
    """Two transactions, and between them the call with none open. Raises `PaymentUnavailable`: the job comes again."""
    whose, one = UUID(organization_id), UUID(method_id)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, whose)
        row = await queries.method(session, one)
        if row is None or row.state != MethodState.FORGETTING:
            return
        reference = row.reference
    payments: Payments = runtime.gateways["payments"]
    # One that is not known there is forgotten already.
    with suppress(MethodUnknown):
        await payments.forget_method(reference, payer=payer_of(whose), key=f"method-forget/{one}")
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, whose)
        await queries.change(session, one, MethodState.FORGETTING, state=MethodState.FORGOTTEN)


@job("finance.sweep_payment_methods", cron="41 * * * *")
async def sweep_payment_methods(runtime: Runtime) -> None:
    """Defer again what a dead worker, or a provider who was silent for long, has left."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        waiting = await queries.to_forget(session, SWEPT_AT_ONCE)
    for method_id, organization_id in waiting:
        with suppress(AlreadyEnqueued):
            async with runtime.database.transaction(Role.WORKER) as session:
                await defer(
                    session,
                    FORGET_JOB,
                    queueing_lock=f"{FORGET_JOB}-{method_id}",
                    organization_id=str(organization_id),
                    method_id=str(method_id),
                )
