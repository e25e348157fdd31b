"""What is watched: neither holding stock nor moving it waits for this."""

from app.kit.db.engine import Role
from app.kit.jobs import Runtime, job
from app.warehousing.watching.usecases.push_levels import push_levels
from app.warehousing.watching.usecases.raise_alerts import raise_alerts

AT_ONCE = 200


@job("warehousing.raise_stock_alerts", cron="* * * * *")
async def raise_stock_alerts(runtime: Runtime) -> None:
    """Open and close alerts, some at a time."""
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            turned = await raise_alerts(session, AT_ONCE, now=runtime.clock.now())
        if turned < AT_ONCE:
            return


@job("warehousing.show_stock_levels", cron="*/2 * * * *")
async def show_stock_levels(runtime: Runtime) -> None:
    """Tell the catalogue of other bands, some variants at a time."""
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            pushed = await push_levels(session, AT_ONCE, now=runtime.clock.now())
        if pushed < AT_ONCE:
            return
