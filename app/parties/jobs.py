"""What the room tidies up by itself."""

from datetime import timedelta

from app.kit.db.engine import Role
from app.kit.jobs import Runtime, job
from app.parties.throttle import forget_old


@job("parties.forget_throttles", cron="41 3 * * *")
async def forget_throttles(runtime: Runtime) -> None:
    """Forget failed attempts that slow nobody down any more."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await forget_old(session, before=runtime.clock.now() - timedelta(days=1))
