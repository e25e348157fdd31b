"""What is done by itself about disputes."""

from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.disputes import queries
from app.finance.disputes.usecases.escalate import note_deadlines
from app.kit.jobs import Runtime, job
from app.kit.many import every


@job("finance.dispute_deadlines", cron="* * * * *")
async def dispute_deadlines(runtime: Runtime) -> None:
    """Note that no answer came in time, and bring what was not agreed on before the operator: once for each, in a transaction of
    its own."""
    now = runtime.clock.now()

    async def note(session: AsyncSession, dispute_id: UUID, _: UUID) -> None:
        row = await queries.lock_dispute(session, dispute_id)
        if row is not None:
            await note_deadlines(session, row, now=now)

    await every(runtime, "finance.dispute_deadlines", partial(queries.overdue, now=now), note)
