"""Background work: electronic forms of invoices, and picking up what dead workers left."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from app.finance.invoicing import file_queries
from app.finance.invoicing.usecases.issue import MAKE_FILES
from app.kit.db.engine import Role
from app.kit.jobs import Runtime, defer, job

QUEUE = "invoices"
SWEPT_AT_ONCE, OF_A_JOB = 500, 20
PUT_OFF = timedelta(hours=1)


@job(MAKE_FILES, queue=QUEUE)
async def make_invoice_files(runtime: Runtime, *, invoice_ids: Sequence[str]) -> None:
    """Make the forms of invoices that were issued together: one process judges many."""
    # Writers and judges are native code; they are loaded where they run.
    from app.finance.invoicing.usecases.make_files import make_files

    await make_files(runtime, [UUID(one) for one in invoice_ids])


@job("finance.sweep_invoice_files", cron="*/15 * * * *")
async def sweep_invoice_files(runtime: Runtime) -> None:
    """Give a new job to what has waited for long: its own was lost with its worker, or something stood in the way."""
    now = runtime.clock.now()
    async with runtime.database.transaction(Role.WORKER) as session:
        found = await file_queries.overdue(session, now=now, until=now + PUT_OFF, most=SWEPT_AT_ONCE)
        for first in range(0, len(found), OF_A_JOB):
            some = [str(one) for one in found[first : first + OF_A_JOB]]
            await defer(session, MAKE_FILES, invoice_ids=some)
