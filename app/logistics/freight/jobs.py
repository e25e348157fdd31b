"""What freight does by itself."""

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for, acting_for
from app.kit.jobs import Runtime, job
from app.logistics.freight.queries import inquiries as queries
from app.logistics.freight.states import FreightInquiryState
from app.logistics.freight.usecases.ask_freight import end_inquiry

AT_ONCE = 200


@job("logistics.close_freight_inquiries", cron="* * * * *")
async def close_freight_inquiries(runtime: Runtime) -> None:
    """Write down that inquiries whose time has come are closed, some at a time, and tell both sides."""
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            now = runtime.clock.now()
            await act_for(session, None, operator=True)
            overdue = await queries.overdue(session, now, AT_ONCE)
            await act_for(session, None)
            for inquiry_id, shipper_id in overdue:
                async with acting_for(session, shipper_id):
                    row = await queries.lock_inquiry(session, inquiry_id)
                    if row is not None and row.state == FreightInquiryState.OPEN:
                        await end_inquiry(session, None, row, FreightInquiryState.CLOSED, now=now)
        if len(overdue) < AT_ONCE:
            return
