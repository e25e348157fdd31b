"""What is done by itself about incidents."""

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for, acting_for
from app.kit.jobs import Runtime, job
from app.logistics.cases import queries
from app.logistics.cases.usecases.answer_incident import note_overdue

AT_ONCE = 200


@job("logistics.note_overdue_incidents", cron="* * * * *")
async def note_overdue_incidents(runtime: Runtime) -> None:
    """Note deadlines that have passed, some at a time, and tell all sides: once for each."""
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            now = runtime.clock.now()
            await act_for(session, None, operator=True)
            overdue = await queries.overdue(session, now, AT_ONCE)
            await act_for(session, None)
            for incident_id, shipper_id in overdue:
                async with acting_for(session, shipper_id):
                    row = await queries.lock_incident(session, incident_id)
                    if row is not None:
                        await note_overdue(session, row, now=now)
        if len(overdue) < AT_ONCE:
            return
