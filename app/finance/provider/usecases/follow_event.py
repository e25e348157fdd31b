"""Follow an event: ask how the payment stands now, and let its owner do what comes of that."""

from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.provider import queries
from app.finance.provider.registry import OWNERS, Owner
from app.finance.provider.states import EventState
from app.gateways.payments import Payments, PaymentUnknown
from app.kit.db.engine import Role
from app.kit.jobs import Runtime

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 100


async def follow_event(runtime: Runtime, event_id: UUID) -> None:
    """Two transactions, and between them the question with none open. Raises `PaymentUnavailable`: the job comes again."""
    async with runtime.database.transaction(Role.WORKER) as session:
        found = await _claimed(session, runtime, event_id)
    if found is None:
        return
    owner, reference = found
    payments: Payments = runtime.gateways["payments"]
    try:
        payment = await payments.find_payment(reference)
    except PaymentUnknown:
        payment = None
    async with runtime.database.transaction(Role.WORKER) as session:
        if await queries.lock_waiting(session, event_id) is None:
            return
        if payment is None:
            await queries.end_event(session, event_id, EventState.NOT_OURS, now=runtime.clock.now())
            return
        await owner.follows(session, payment, now=runtime.clock.now())
        await queries.end_event(session, event_id, EventState.APPLIED, now=runtime.clock.now(), owner=owner.name)


async def _claimed(session: AsyncSession, runtime: Runtime, event_id: UUID) -> tuple[Owner, str] | None:
    """Whose payment it is, with a try counted; None when there is nothing to follow, which is then written down.

    What happened at a supplier's account is followed by nobody yet, and no payment of ours is there.
    """
    event = await queries.lock_waiting(session, event_id)
    if event is None:
        return None
    now, owner = runtime.clock.now(), None
    if event.payment is not None and event.account is None:
        for one in OWNERS.values():
            if await one.knows(session, event.payment):
                owner = one
    if owner is None or event.payment is None:
        await queries.end_event(session, event_id, EventState.NOT_OURS, now=now)
        return None
    if event.attempts >= MOST_ATTEMPTS:
        log.error("provider_event_failed", event_id=str(event_id), type=event.type)
        await queries.end_event(session, event_id, EventState.FAILED, now=now)
        return None
    event.attempts += 1
    event.next_attempt_at = now
    await session.flush()
    return owner, event.payment
