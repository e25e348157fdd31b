"""What auctions do by themselves: they end."""

import structlog

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, job
from app.pooling.auctions import queries
from app.pooling.usecases.freeze import freeze_campaign

log = structlog.get_logger(__name__)

AT_ONCE = 200


@job("pooling.end_auctions", cron="* * * * *")
async def end_auctions(runtime: Runtime) -> None:
    """Freeze auctions whose time has come. They take no bids since that instant already."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        due = await queries.ending(session, runtime.clock.now(), AT_ONCE)
    for campaign_id, lead_id in due:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, lead_id)
            if await freeze_campaign(session, campaign_id, now=runtime.clock.now()):
                log.info("auction_ended", campaign_id=str(campaign_id))
