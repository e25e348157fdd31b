"""All the SQL on payouts by the operator's bank alone."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, cast, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.payouts.models import Payout, PayoutItem
from app.finance.payouts.states import ItemState, PayoutState, Way


def by_bank(state: PayoutState = PayoutState.SENDING) -> Select[Payout]:
    """What the operator is to send by his bank, or what became of it; only as the operator."""
    return select(Payout).where(Payout.state == state, Payout.way == Way.BANK)


async def known_by(session: AsyncSession, references: Iterable[str]) -> list[Payout]:
    """Payouts by what their transfers say; only as the operator."""
    statement = select(Payout).where(Payout.reference.in_(set(references)))
    return list(await session.scalars(statement.execution_options(populate_existing=True)))


async def of_amount(
    session: AsyncSession, amount_minor: int, currency: str, came_back: bool, most: int
) -> list[Payout]:
    """Payouts by bank of so much, the newest first: those that have been sent, or are to be; only as the operator."""
    states = [PayoutState.SENT, PayoutState.RETURNED] + ([] if came_back else [PayoutState.SENDING])
    of_it = Payout.sent_minor - Payout.kept_minor if came_back else Payout.amount_minor
    statement = select(Payout).where(
        Payout.reference.is_not(None), Payout.state.in_(states), Payout.currency == currency, of_it == amount_minor
    )
    return list(await session.scalars(statement.order_by(Payout.id.desc()).limit(most)))


async def sent_items(session: AsyncSession, payout_id: UUID) -> list[PayoutItem]:
    """What was sent in a payout."""
    statement = select(PayoutItem).where(PayoutItem.payout_id == payout_id, PayoutItem.state == ItemState.SENT)
    return list(await session.scalars(statement.order_by(PayoutItem.id).execution_options(populate_existing=True)))


async def return_payout(session: AsyncSession, payout_id: UUID, **values: Any) -> bool:
    """What was sent by bank came back; False when it was not sent, or came back before."""
    statement = update(Payout).where(Payout.id == payout_id, Payout.state == PayoutState.SENT, Payout.way == Way.BANK)
    statement = statement.values(state=PayoutState.RETURNED, **values)
    return await session.scalar(statement.returning(Payout.id)) is not None


async def returned_in(session: AsyncSession, supplier_id: UUID, first: date, last: date, most: int) -> Sequence[Payout]:
    """Payouts by bank that came back, and were sent or came back on some days."""
    sent_on = cast(func.timezone("UTC", Payout.ended_at), Date)
    statement = select(Payout).where(
        Payout.supplier_id == supplier_id,
        Payout.state == PayoutState.RETURNED,
        or_(sent_on.between(first, last), Payout.returned_on.between(first, last)),
    )
    return (await session.scalars(statement.order_by(Payout.id).limit(most))).all()
