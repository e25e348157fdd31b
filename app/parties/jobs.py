"""What the room tidies up and looks after by itself."""

from datetime import timedelta

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, job
from app.parties.queries import suppliers
from app.parties.throttle import forget_old
from app.parties.usecases.watch_certificates import watch_certificates


@job("parties.forget_throttles", cron="41 3 * * *")
async def forget_throttles(runtime: Runtime) -> None:
    """Forget failed attempts that slow nobody down any more."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await forget_old(session, before=runtime.clock.now() - timedelta(days=1))


@job("parties.watch_certificates", cron="7 * * * *")
async def look_at_certificates(runtime: Runtime) -> None:
    """Warn of certificates that end soon, and take those that ended out of what is public. One transaction a supplier."""
    today = runtime.clock.now().date()
    async with runtime.database.transaction(Role.WORKER) as session:
        holders = await suppliers.holders_to_look_at(session, today)
    for organization_id in holders:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, organization_id)
            await watch_certificates(session, organization_id, today=today)
