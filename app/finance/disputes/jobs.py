"""What is done by itself about disputes."""

from app.finance.disputes import queries
from app.finance.disputes.usecases.escalate import note_deadlines
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for, acting_for
from app.kit.jobs import Runtime, job

AT_ONCE = 100


@job("finance.dispute_deadlines", cron="* * * * *")
async def dispute_deadlines(runtime: Runtime) -> None:
    """Note that no answer came in time, and bring what was not agreed on before the operator, some at a time: once for each."""
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            now = runtime.clock.now()
            await act_for(session, None, operator=True)
            overdue = await queries.overdue(session, now, AT_ONCE)
            await act_for(session, None)
            for dispute_id, buyer_id in overdue:
                async with acting_for(session, buyer_id):
                    row = await queries.lock_dispute(session, dispute_id)
                    if row is not None:
                        await note_deadlines(session, row, now=now)
        if len(overdue) < AT_ONCE:
            return
