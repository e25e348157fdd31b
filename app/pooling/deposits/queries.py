"""All the SQL on deposits."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.pooling.deposits.models import PoolDeposit
from app.pooling.deposits.states import ENDED, MOVING, SECURED, UNDECIDED, DepositState

SURPLUS_IS_DUE = (PoolDeposit.surplus_minor > 0) & PoolDeposit.surplus_refund.is_(None)
TO_MOVE = or_(PoolDeposit.state.in_(MOVING), SURPLUS_IS_DUE)
"""Deposits for which something is to be asked of the payment provider."""


async def insert_deposit(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """A new deposit."""
    await session.execute(insert(PoolDeposit).values(**values))


async def deposit(session: AsyncSession, deposit_id: UUID) -> PoolDeposit | None:
    """One as it stands, for its member or its campaign's lead."""
    statement = select(PoolDeposit).where(PoolDeposit.id == deposit_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def of_payment(session: AsyncSession, payment: str) -> PoolDeposit | None:
    """The deposit that a payment at the provider secures; only as the operator."""
    return await session.scalar(select(PoolDeposit).where(PoolDeposit.payment == payment).limit(1))


async def is_being_secured(session: AsyncSession, commitment_id: UUID) -> bool:
    """Whether a hold or a charge was asked for of which nothing is written down yet; only as the operator."""
    statement = select(PoolDeposit.id).where(
        PoolDeposit.commitment_id == commitment_id, PoolDeposit.state.in_(UNDECIDED)
    )
    return await session.scalar(statement.limit(1)) is not None


async def with_payments(
    session: AsyncSession, start: datetime, end: datetime, payments: Iterable[str], after: UUID | None, most: int
) -> list[PoolDeposit]:
    """The next deposits that have a payment at the provider: those that changed in some time, and those of some payments. Only as
    the operator."""
    statement = select(PoolDeposit).where(
        PoolDeposit.payment.is_not(None),
        or_((PoolDeposit.changed_at >= start) & (PoolDeposit.changed_at < end), PoolDeposit.payment.in_(set(payments))),
    )
    if after is not None:
        statement = statement.where(PoolDeposit.id > after)
    rows = await session.scalars(
        statement.order_by(PoolDeposit.id).limit(most).execution_options(populate_existing=True)
    )
    return list(rows)


async def standing(session: AsyncSession, commitment_id: UUID) -> PoolDeposit | None:
    """The deposit of a commitment that stands, locked."""
    return await session.scalar(
        select(PoolDeposit)
        .where(
            PoolDeposit.commitment_id == commitment_id,
            PoolDeposit.state.not_in(ENDED),
            PoolDeposit.give_back.is_(False),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def shown(session: AsyncSession, commitment_ids: Iterable[UUID]) -> dict[UUID, PoolDeposit]:
    """The last deposit of each commitment."""
    statement = select(PoolDeposit).where(PoolDeposit.commitment_id.in_(set(commitment_ids)))
    return {row.commitment_id: row for row in await session.scalars(statement.order_by(PoolDeposit.id))}


async def move(
    session: AsyncSession, deposit_id: UUID, attempt: int, was: str, values: Mapping[str, Any]
) -> PoolDeposit | None:
    """What came of a call; None when the deposit is not any more as it was when that was made. What is not wanted any more goes
    on to be given back."""
    becomes = case((PoolDeposit.give_back, literal(DepositState.RELEASING)), else_=literal(values["state"]))
    if values["state"] == DepositState.RELEASED:
        becomes = literal(DepositState.RELEASED)  # type: ignore[assignment]
    values = {**values, "state": becomes}
    row: PoolDeposit | None = await session.scalar(
        update(PoolDeposit)
        .where(PoolDeposit.id == deposit_id, PoolDeposit.attempt == attempt, PoolDeposit.state == was)
        .values(**values, version=PoolDeposit.version + 1, changed_at=func.app_now())
        .returning(PoolDeposit),
        execution_options={"populate_existing": True},
    )
    return row


async def turn(
    session: AsyncSession,
    campaign_id: UUID,
    was: DepositState,
    becomes: DepositState,
    *,
    of: Iterable[UUID] | None = None,
) -> int:
    """Let the deposits of a campaign that stand so go on to another state, or those of some commitments; how many did."""
    statement = update(PoolDeposit).where(PoolDeposit.campaign_id == campaign_id, PoolDeposit.state == was)
    if of is not None:
        statement = statement.where(PoolDeposit.commitment_id.in_(set(of)))
    changed = {"state": becomes, "version": PoolDeposit.version + 1, "changed_at": func.app_now()}
    done = await session.execute(
        statement.values(**changed).returning(PoolDeposit.id).execution_options(synchronize_session=False)
    )
    return len(done.all())


async def let_go(
    session: AsyncSession,
    campaign_id: UUID,
    *,
    of: Iterable[UUID] | None = None,
    but: Iterable[UUID] = (),
    undecided: bool = False,
    keeping_method: bool = False,
) -> None:
    """Give back the deposits of a campaign: of some commitments, or of all but some; or those that are undecided alone.

    What is under way is given back once it is known what came of it. `keeping_method`: another deposit takes the payment method
    over; with this one it would be forgotten.
    """
    still = (
        DepositState.WAITING,
        DepositState.HELD,
        DepositState.SAVED,
        DepositState.CAPTURED,
        DepositState.DECLINED,
    )
    under_way: tuple[DepositState, ...] = UNDECIDED if undecided else (*UNDECIDED, DepositState.CAPTURING)
    steps: list[tuple[tuple[DepositState, ...], dict[str, Any]]] = [(under_way, {"give_back": True})]
    if not undecided:
        steps.append((still, {"state": DepositState.RELEASING} | ({"method": None} if keeping_method else {})))
    kept = set(but)
    for states, change in steps:
        statement = update(PoolDeposit).where(PoolDeposit.campaign_id == campaign_id, PoolDeposit.state.in_(states))
        if of is not None:
            statement = statement.where(PoolDeposit.commitment_id.in_(set(of)))
        if kept:
            statement = statement.where(PoolDeposit.commitment_id.not_in(kept))
        changed = {**change, "version": PoolDeposit.version + 1, "changed_at": func.app_now()}
        await session.execute(statement.values(**changed).execution_options(synchronize_session=False))


async def note_surpluses(session: AsyncSession, surpluses: Mapping[UUID, int]) -> None:
    """What of deposits that were taken is more than there is to pay, and is to be given back."""
    if not surpluses:
        return
    minor = case(dict(surpluses), value=PoolDeposit.id)
    noted = {"surplus_minor": minor, "version": PoolDeposit.version + 1, "changed_at": func.app_now()}
    statement = update(PoolDeposit).where(PoolDeposit.id.in_(surpluses)).values(**noted)
    await session.execute(statement.execution_options(synchronize_session=False))


async def surplus_given_back(session: AsyncSession, deposit_id: UUID, refund: str) -> PoolDeposit | None:
    """The surplus of a deposit was given back by that refund; None when that is known already."""
    row: PoolDeposit | None = await session.scalar(
        update(PoolDeposit)
        .where(PoolDeposit.id == deposit_id, SURPLUS_IS_DUE)
        .values(surplus_refund=refund, version=PoolDeposit.version + 1, changed_at=func.app_now())
        .returning(PoolDeposit),
        execution_options={"populate_existing": True},
    )
    return row


async def moving(session: AsyncSession, campaign_id: UUID, most: int, *, but: Iterable[UUID] = ()) -> list[UUID]:
    """Some deposits of a campaign that something is to be asked of the provider for."""
    statement = select(PoolDeposit.id).where(PoolDeposit.campaign_id == campaign_id, TO_MOVE)
    kept = set(but)
    if kept:
        statement = statement.where(PoolDeposit.id.not_in(kept))
    return list(await session.scalars(statement.order_by(PoolDeposit.id).limit(most)))


async def are_undecided(session: AsyncSession, campaign_id: UUID) -> bool:
    """Whether it is not known yet of every deposit of a campaign whether it is secured."""
    statement = select(PoolDeposit.id).where(
        PoolDeposit.campaign_id == campaign_id, PoolDeposit.state.in_(UNDECIDED), PoolDeposit.give_back.is_(False)
    )
    return await session.scalar(statement.limit(1)) is not None


async def secured(session: AsyncSession, campaign_id: UUID) -> set[UUID]:
    """Commitments whose deposit is held or paid."""
    statement = select(PoolDeposit.commitment_id).where(
        PoolDeposit.campaign_id == campaign_id, PoolDeposit.state.in_(SECURED), PoolDeposit.give_back.is_(False)
    )
    return set(await session.scalars(statement))


async def taken(session: AsyncSession, campaign_id: UUID) -> list[PoolDeposit]:
    """The deposits of a campaign that are paid and not to be given back."""
    statement = select(PoolDeposit).where(
        PoolDeposit.campaign_id == campaign_id,
        PoolDeposit.state == DepositState.CAPTURED,
        PoolDeposit.give_back.is_(False),
    )
    return list(await session.scalars(statement.order_by(PoolDeposit.id).execution_options(populate_existing=True)))


async def states_of(session: AsyncSession, campaign_id: UUID, commitment_ids: Iterable[UUID]) -> set[str]:
    """The states that the deposits of these commitments are in, those that stand."""
    statement = select(PoolDeposit.state).where(
        PoolDeposit.campaign_id == campaign_id,
        PoolDeposit.commitment_id.in_(set(commitment_ids)),
        PoolDeposit.state.not_in((DepositState.RELEASING, DepositState.RELEASED)),
    )
    return set(await session.scalars(statement.distinct()))


async def defaulted(session: AsyncSession, campaign_id: UUID, commitment_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these commitments whose deposit was not paid in time."""
    statement = select(PoolDeposit.commitment_id).where(
        PoolDeposit.campaign_id == campaign_id,
        PoolDeposit.commitment_id.in_(set(commitment_ids)),
        PoolDeposit.state == DepositState.DEFAULTED,
    )
    return set(await session.scalars(statement))


async def give_time(
    session: AsyncSession, campaign_id: UUID, served: Iterable[UUID], due_at: datetime
) -> list[PoolDeposit]:
    """Declined deposits of commitments that are served get time, unless they had some already."""
    statement = (
        update(PoolDeposit)
        .where(
            PoolDeposit.campaign_id == campaign_id,
            PoolDeposit.commitment_id.in_(set(served)),
            PoolDeposit.state == DepositState.DECLINED,
            PoolDeposit.due_at.is_(None),
        )
        .values(due_at=due_at, version=PoolDeposit.version + 1, changed_at=func.app_now())
        .returning(PoolDeposit)
    )
    return list(await session.scalars(statement, execution_options={"populate_existing": True}))


async def somebody_has_time(session: AsyncSession, campaign_id: UUID, now: datetime) -> bool:
    """Whether a declined deposit of a campaign may still be paid otherwise: nobody loses his time because another's is over."""
    statement = select(PoolDeposit.id).where(
        PoolDeposit.campaign_id == campaign_id, PoolDeposit.state == DepositState.DECLINED, PoolDeposit.due_at > now
    )
    return await session.scalar(statement.limit(1)) is not None


async def default_overdue(session: AsyncSession, campaign_id: UUID, now: datetime) -> list[UUID]:
    """Whoever has not paid in time has defaulted; their commitments."""
    statement = (
        update(PoolDeposit)
        .where(
            PoolDeposit.campaign_id == campaign_id,
            PoolDeposit.state == DepositState.DECLINED,
            PoolDeposit.due_at <= now,
        )
        .values(state=DepositState.DEFAULTED, version=PoolDeposit.version + 1, changed_at=func.app_now())
        .returning(PoolDeposit.commitment_id)
    )
    return list(await session.scalars(statement))


async def campaigns_to_move(session: AsyncSession, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(campaign, lead) of campaigns with deposits that are to be moved or are overdue; only as the operator."""
    overdue = (PoolDeposit.state == DepositState.DECLINED) & (PoolDeposit.due_at <= now)
    statement = select(PoolDeposit.campaign_id, PoolDeposit.lead_id).where(or_(TO_MOVE, overdue)).distinct().limit(most)
    return [(row[0], row[1]) for row in await session.execute(statement)]
