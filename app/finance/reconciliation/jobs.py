"""Every night the books are compared with the payment provider."""

import structlog

from app.finance.reconciliation.errors import RunUnderWay
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
