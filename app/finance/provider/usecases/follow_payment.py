"""Look at a payment as if an event had told of it: events get lost, and people act at the provider's desk."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.provider.registry import OWNERS, Owner
from app.gateways.payments import Payments, PaymentUnknown
from app.kit.db.engine import Role
from app.kit.jobs import Runtime


async def follow_payment(runtime: Runtime, reference: str) -> bool:
    """Two transactions, and between them the question with none open. Whether somebody knows it. Raises `PaymentUnavailable`."""
    async with runtime.database.transaction(Role.WORKER) as session:
        owner = await _owner(session, reference)
    if owner is None:
        return False
    payments: Payments = runtime.gateways["payments"]
    try:
        payment = await payments.find_payment(reference)
    except PaymentUnknown:
        return False
    async with runtime.database.transaction(Role.WORKER) as session:
        await owner.follows(session, payment, now=runtime.clock.now())
    return True


async def _owner(session: AsyncSession, reference: str) -> Owner | None:
    for owner in OWNERS.values():
        if await owner.knows(session, reference):
            return owner
    return None
