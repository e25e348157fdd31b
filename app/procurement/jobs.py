"""Work on schedules."""

import structlog

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, job
from app.procurement.queries import inquiries as queries
from app.procurement.usecases.close_inquiry import close_if_due

log = structlog.get_logger(__name__)


@job("procurement.close_due_inquiries", cron="* * * * *")
async def close_due_inquiries(runtime: Runtime) -> None:
    """Write down that inquiries are closed whose time has come. They take no quotes since that instant already."""
    async with runtime.database.transaction(Role.WORKER) as session:
        due = await queries.due_for_closing(session)
    for inquiry_id, buyer_id in due:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, buyer_id)
            if await close_if_due(session, inquiry_id, now=runtime.clock.now()):
                log.info("inquiry_closed", inquiry_id=str(inquiry_id))
