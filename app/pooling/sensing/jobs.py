"""Demand is sensed every night, and when the operator asks."""

from app.kit.db.engine import Role
from app.kit.jobs import Runtime, job
from app.pooling.sensing.usecases.sense_demand import sense_demand

SENSE_JOB = "pooling.sense_demand"


@job(SENSE_JOB, cron="40 2 * * *")
async def sense(runtime: Runtime) -> None:
    """Bring the suggestions up to date."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await sense_demand(session, now=runtime.clock.now())
