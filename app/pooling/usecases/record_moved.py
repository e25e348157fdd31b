"""Record what the payment provider answered about a deposit, in the deposit and in the ledger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.outbox import announce
from app.pooling.deposits import queries
from app.pooling.deposits.booking import book, book_surplus
from app.pooling.deposits.models import PoolDeposit
from app.pooling.deposits.states import DepositState
from app.pooling.events import DepositDeclined


async def record_moved(session: AsyncSession, was: PoolDeposit, values: Mapping[str, Any], *, now: datetime) -> None:
    """Nothing is recorded when the deposit is not any more as it was when the provider was asked. Acts for the lead."""
    if "surplus_refund" in values:
        returned = await queries.surplus_given_back(session, was.id, values["surplus_refund"])
        if returned is not None:
            await book_surplus(session, returned, now.date())
        return
    changed = await queries.move(session, was.id, was.attempt, was.state, values)
    if changed is None:
        return
    await book(session, changed, values["state"], now.date())
    if changed.state == DepositState.DECLINED:
        event = DepositDeclined(
            commitment_id=changed.commitment_id,
            campaign_id=changed.campaign_id,
            member_id=changed.member_id,
            reason=changed.reason or "",
        )
        await announce(session, event, organizations=[changed.member_id])
