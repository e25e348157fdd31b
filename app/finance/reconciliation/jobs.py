"""Every night the books are compared with the payment provider; what differs is looked at when the operator says so."""

import structlog

from app.finance.provider.facade import follow_payment
from app.finance.reconciliation.errors import RunUnderWay
from app.finance.reconciliation.usecases.follow import FOLLOW_JOB
from app.finance.reconciliation.usecases.reconcile import reconcile, usual
from app.kit.jobs import Runtime, job

log = structlog.get_logger(__name__)


@job("finance.reconcile", cron="23 2 * * *")
async def reconcile_every_night(runtime: Runtime) -> None:
    """A run over what changed lately. While the provider is silent the job comes again, and the run goes on where it was."""
    start, end = usual(runtime.clock.now())
    try:
        await reconcile(runtime, start, end)
    except RunUnderWay:
        log.info("reconciliation_under_way")


@job(FOLLOW_JOB)
async def follow_difference(runtime: Runtime, *, reference: str) -> None:
    """How a payment stands is asked, and whatever part of the house it belongs to writes down what is news."""
    await follow_payment(runtime, reference)
