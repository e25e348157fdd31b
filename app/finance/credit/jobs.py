"""What looks after credit lines by itself."""

from app.finance.credit import queries
from app.finance.credit.usecases.suspend import watch
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.jobs import Runtime, job

AT_ONCE = 200


@job("finance.watch_credit_lines", cron="23 1 * * *")
async def watch_credit_lines(runtime: Runtime) -> None:
    """Suspend lines of which something has been overdue for too long, and let others be used again. One transaction a line."""
    after = None
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            found = await queries.lines_to_watch(session, after, AT_ONCE)
        for line_id, supplier_id in found:
            async with runtime.database.transaction(Role.WORKER) as session, acting_for(session, supplier_id):
                await watch(session, line_id, now=runtime.clock.now())
        if len(found) < AT_ONCE:
            return
        after = found[-1][0]
