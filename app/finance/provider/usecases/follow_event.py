"""Follow an event: ask how the payment, the dispute about it or the supplier's account stands now, and let its owner do what
comes of that."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.provider import queries
from app.finance.provider.models import ProviderEvent
from app.finance.provider.registry import (
    ACCOUNT_OWNERS,
    DISPUTE_OWNERS,
    OWNERS,
    AccountOwner,
    DisputeOwner,
    Owner,
)
from app.finance.provider.states import EventState
from app.gateways.payments import AccountUnknown, DisputeUnknown, Payments, PaymentUnknown, SupplierPayments
from app.kit.db.engine import Role
from app.kit.jobs import Runtime

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 100
OF_DISPUTES = "charge.dispute."
"""How the types of events about disputes begin."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """Whose thing an event is about, and what the provider calls it."""

    owner: Owner | DisputeOwner | AccountOwner
    reference: str


async def follow_event(runtime: Runtime, event_id: UUID) -> None:
    """Two transactions, and between them the question with none open. Raises `PaymentUnavailable` and `HeardTooEarly`: the job
    comes again."""
    async with runtime.database.transaction(Role.WORKER) as session:
        claim = await _claimed(session, runtime, event_id)
    if claim is None:
        return
    found = await _asked(runtime, claim)
    async with runtime.database.transaction(Role.WORKER) as session:
        if await queries.lock_waiting(session, event_id) is None:
            return
        now, owner = runtime.clock.now(), claim.owner
        if found is None:
            await queries.end_event(session, event_id, EventState.NOT_OURS, now=now)
            return
        await owner.follows(session, found, now=now)
        await queries.end_event(session, event_id, EventState.APPLIED, now=now, owner=owner.name)


async def _asked(runtime: Runtime, claim: _Claim) -> Any:
    """The payment, dispute or account as it stands now; None when the provider does not know it."""
    payments: Payments = runtime.gateways["payments"]
    suppliers: SupplierPayments = runtime.gateways["payments"]
    try:
        if isinstance(claim.owner, AccountOwner):
            return await suppliers.find_account(claim.reference)
        if isinstance(claim.owner, DisputeOwner):
            return await suppliers.find_dispute(claim.reference)
        return await payments.find_payment(claim.reference)
    except (PaymentUnknown, DisputeUnknown, AccountUnknown):
        return None


async def _claimed(session: AsyncSession, runtime: Runtime, event_id: UUID) -> _Claim | None:
    """Whose thing it is, with a try counted; None when there is nothing to follow, which is then written down."""
    event = await queries.lock_waiting(session, event_id)
    if event is None:
        return None
    now, claim = runtime.clock.now(), await _whose(session, event)
    if claim is None:
        await queries.end_event(session, event_id, EventState.NOT_OURS, now=now)
        return None
    if event.attempts >= MOST_ATTEMPTS:
        log.error("provider_event_failed", event_id=str(event_id), type=event.type)
        await queries.end_event(session, event_id, EventState.FAILED, now=now)
        return None
    event.attempts += 1
    event.next_attempt_at = now
    await session.flush()
    return claim


async def _whose(session: AsyncSession, event: ProviderEvent) -> _Claim | None:
    """The owner of the account at which it happened, where no payment of ours is; of a dispute whoever answers for disputes of
    that payment; else of the payment."""
    if event.account is not None:
        for keeper in ACCOUNT_OWNERS.values():
            if await keeper.knows(session, event.account):
                return _Claim(keeper, event.account)
        return None
    if event.payment is None:
        return None
    if event.type.startswith(OF_DISPUTES) and event.thing is not None:
        for one in DISPUTE_OWNERS.values():
            if await one.knows(session, event.payment):
                return _Claim(one, event.thing)
    for owner in OWNERS.values():
        if await owner.knows(session, event.payment):
            return _Claim(owner, event.payment)
    return None
