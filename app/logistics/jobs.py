"""What the logistics room does by itself."""

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for, acting_for
from app.kit.jobs import Runtime, job
from app.logistics import queries
from app.logistics.states import BookingState
from app.logistics.usecases.book import end_booking

AT_ONCE = 200


@job("logistics.expire_bookings", cron="* * * * *")
async def expire_bookings(runtime: Runtime) -> None:
    """End offers that nobody answered in time, some at a time, and tell both sides."""
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            now = runtime.clock.now()
            await act_for(session, None, operator=True)
            overdue = await queries.overdue_offers(session, now, AT_ONCE)
            await act_for(session, None)
            for booking_id, shipper_id in overdue:
                async with acting_for(session, shipper_id):
                    row = await queries.lock_booking(session, booking_id)
                    if row is not None and row.state == BookingState.OFFERED:
                        await end_booking(session, None, row, BookingState.EXPIRED, now=now)
        if len(overdue) < AT_ONCE:
            return
