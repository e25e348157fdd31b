"""What looks after credit lines by itself."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.credit import queries
from app.finance.credit.usecases.suspend import watch
from app.kit.jobs import Runtime, job
from app.kit.many import every


@job("finance.watch_credit_lines", cron="23 1 * * *")
async def watch_credit_lines(runtime: Runtime) -> None:
    """Suspend lines of which something has been overdue for too long, and let others be used again. One transaction a line."""

    async def look(session: AsyncSession, line_id: UUID, _: UUID) -> None:
        await watch(session, line_id, now=runtime.clock.now())

    await every(runtime, "finance.watch_credit_lines", queries.lines_to_watch, look)
