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
    HeardTooEarly,
    Owner,
)
from app.finance.provider.states import EventState
from app.gateways.payments import (
    Account,
    AccountUnknown,
    CardDataRefused,
    DisputeUnknown,
    Payment,
    PaymentRequestInvalid,
    Payments,
    PaymentUnknown,
    SupplierPayments,
)
from app.kit.db.engine import Role
from app.kit.jobs import Runtime

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 100
OF_DISPUTES = "charge.dispute."
"""How the types of events about disputes begin."""
_UNKNOWN = (PaymentUnknown, DisputeUnknown, AccountUnknown, CardDataRefused, PaymentRequestInvalid)


@dataclass(frozen=True, slots=True)
class _Claim:
    """Whose thing an event is about, and what the provider calls it."""

    owner: Owner | DisputeOwner | AccountOwner
    reference: str

    @property
    def is_account(self) -> bool:
        """Whether it is a supplier's account."""
        return isinstance(self.owner, AccountOwner)


@dataclass(frozen=True, slots=True)
class _Stranger:
    """A payment or an account that nobody knows: foreign, or made by a call of ours whose answer is not written down yet."""

    reference: str
    is_account: bool


async def follow_event(runtime: Runtime, event_id: UUID) -> None:
    """Two transactions, and between them the question with none open. Of what nobody knows the provider says what it is for: so
    it does not matter whether a call's answer is written down first, or what happened afterwards is told.

    Raises `PaymentUnavailable` and `HeardTooEarly`: the job comes again.
    """
    async with runtime.database.transaction(Role.WORKER) as session:
        claim = await _claimed(session, runtime, event_id)
    if claim is None:
        return
    found = await _asked(runtime, claim)
    async with runtime.database.transaction(Role.WORKER) as session:
        if await queries.lock_waiting(session, event_id) is None:
            return
        now = runtime.clock.now()
        if found is not None and isinstance(claim, _Claim):
            await claim.owner.follows(session, found, now=now)
            await queries.end_event(session, event_id, EventState.APPLIED, now=now, owner=claim.owner.name)
            return
        if found is not None and await _may_be_ours(session, found):
            raise HeardTooEarly(claim.reference)
        await queries.end_event(session, event_id, EventState.NOT_OURS, now=now)


async def _asked(runtime: Runtime, claim: _Claim | _Stranger) -> Any:
    """The payment, dispute or account as it stands now; None when the provider does not know it."""
    payments: Payments = runtime.gateways["payments"]
    suppliers: SupplierPayments = runtime.gateways["payments"]
    try:
        if claim.is_account:
            return await suppliers.find_account(claim.reference)
        if isinstance(claim, _Claim) and isinstance(claim.owner, DisputeOwner):
            return await suppliers.find_dispute(claim.reference)
        return await payments.find_payment(claim.reference)
    except _UNKNOWN:
        return None


async def _may_be_ours(session: AsyncSession, found: Payment | Account) -> bool:
    """Whether a call of ours whose answer is not written down may have made it. Whoever awaits is asked first: what was written
    down meanwhile is known by then."""
    if isinstance(found, Account):
        for keeper in ACCOUNT_OWNERS.values():
            if await keeper.awaits(session, found) or await keeper.knows(session, found.reference):
                return True
        return False
    for owner in OWNERS.values():
        if await owner.awaits(session, found) or await owner.knows(session, found.reference):
            return True
    return False


async def _claimed(session: AsyncSession, runtime: Runtime, event_id: UUID) -> _Claim | _Stranger | None:
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


async def _whose(session: AsyncSession, event: ProviderEvent) -> _Claim | _Stranger | None:
    """The owner of the account at which it happened, where no payment of ours is; of a dispute whoever answers for disputes of
    that payment; else of the payment. None for what is about neither, such as a transfer: the answer of its call says all."""
    if event.account is not None:
        for keeper in ACCOUNT_OWNERS.values():
            if await keeper.knows(session, event.account):
                return _Claim(keeper, event.account)
        return _Stranger(event.account, is_account=True)
    if event.payment is None:
        return None
    if event.type.startswith(OF_DISPUTES) and event.thing is not None:
        for one in DISPUTE_OWNERS.values():
            if await one.knows(session, event.payment):
                return _Claim(one, event.thing)
    for owner in OWNERS.values():
        if await owner.knows(session, event.payment):
            return _Claim(owner, event.payment)
    return _Stranger(event.payment, is_account=False)
