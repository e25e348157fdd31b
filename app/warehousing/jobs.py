"""What the warehousing room does by itself."""

from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.jobs import Runtime, job
from app.kit.outbox import announce
from app.warehousing import queries
from app.warehousing.events import ReservationExpired

AT_ONCE = 200


@job("warehousing.expire_reservations", cron="* * * * *")
async def expire_reservations(runtime: Runtime) -> None:
    """End reservations whose time has come, some at a time, and tell those who held them."""
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            ended = await queries.expire(session, AT_ONCE)
            for reservation_id, organization_id in ended:
                event = ReservationExpired(reservation_id=reservation_id, organization_id=organization_id)
                async with acting_for(session, organization_id):
                    await announce(session, event, organizations=[organization_id])
        if len(ended) < AT_ONCE:
            return
