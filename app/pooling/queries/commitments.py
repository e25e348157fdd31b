"""All the SQL on commitments and their limits. The database's triggers write the log and the sums."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.pooling.models import Campaign, Commitment, CommitmentLimit
from app.pooling.states import LIVE, CommitmentState


async def commitment(session: AsyncSession, commitment_id: UUID) -> Commitment | None:
    """One of the acting organization's."""
    return await session.scalar(select(Commitment).where(Commitment.id == commitment_id))


async def lock_commitment(session: AsyncSession, commitment_id: UUID, member_id: UUID) -> Commitment | None:
    """A member's own, locked."""
    return await session.scalar(
        select(Commitment)
        .where(Commitment.id == commitment_id, Commitment.member_id == member_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def in_turn(session: AsyncSession, campaign_id: UUID, member_id: UUID) -> None:
    """Let a firm's commitments to a campaign be weighed one after the other: of two at once each would not see the other. Call it
    before any of them is locked."""
    await session.execute(
        text("SELECT pooling_one_side(:campaign, :member)"), {"campaign": campaign_id, "member": member_id}
    )


async def live_of(
    session: AsyncSession, campaign_id: UUID, member_id: UUID
) -> list[tuple[Commitment, CommitmentLimit]]:
    """A member's own commitments to a campaign that stand or wait for approval, with their limits."""
    statement = (
        select(Commitment, CommitmentLimit)
        .join(CommitmentLimit, CommitmentLimit.commitment_id == Commitment.id)
        .where(Commitment.campaign_id == campaign_id, Commitment.member_id == member_id, Commitment.state.in_(LIVE))
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def lapsed(session: AsyncSession, campaign_id: UUID) -> list[tuple[UUID, UUID]]:
    """(commitment, member) of those that were not approved in time; only as the lead's worker."""
    statement = select(Commitment.id, Commitment.member_id).where(
        Commitment.campaign_id == campaign_id, Commitment.state == CommitmentState.LAPSED
    )
    return [(row[0], row[1]) for row in await session.execute(statement.order_by(Commitment.id))]


async def insert_commitment(session: AsyncSession, values: Mapping[str, Any]) -> Commitment | None:
    """A new commitment; None where one to the same item and place stands."""
    statement = insert(Commitment).values(**values).on_conflict_do_nothing().returning(Commitment)
    row: Commitment | None = await session.scalar(statement)
    return row


async def insert_limit(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """The sealed part of a new commitment."""
    await session.execute(insert(CommitmentLimit).values(**values))


async def change_limit(session: AsyncSession, commitment_id: UUID, values: Mapping[str, int | None]) -> None:
    """The sealed part of a commitment that was changed."""
    await session.execute(
        update(CommitmentLimit).where(CommitmentLimit.commitment_id == commitment_id).values(**values)
    )


async def limits(session: AsyncSession, commitment_ids: Iterable[UUID]) -> dict[UUID, CommitmentLimit]:
    """Limits by commitment, as far as the acting organization may read them."""
    statement = select(CommitmentLimit).where(CommitmentLimit.commitment_id.in_(set(commitment_ids)))
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return {row.commitment_id: row for row in rows}


def commitments_of(member_id: UUID, campaign_id: UUID | None, state: CommitmentState | None) -> Select[Commitment]:
    """A member's own, to campaigns that he may see."""
    statement = select(Commitment).where(
        Commitment.member_id == member_id, Commitment.campaign_id.in_(select(Campaign.id))
    )
    if campaign_id is not None:
        statement = statement.where(Commitment.campaign_id == campaign_id)
    return statement.where(Commitment.state == state) if state else statement


async def standing_lots(session: AsyncSession, campaign_ids: Iterable[UUID], member_id: UUID) -> dict[UUID, int]:
    """A member's own lots that stand, by item."""
    statement = (
        select(Commitment.item_id, func.sum(Commitment.lots))
        .where(
            Commitment.campaign_id.in_(set(campaign_ids)),
            Commitment.member_id == member_id,
            Commitment.state == CommitmentState.STANDING,
        )
        .group_by(Commitment.item_id)
    )
    return {row[0]: int(row[1]) for row in await session.execute(statement)}


async def all_standing(session: AsyncSession, campaign_id: UUID) -> list[tuple[Commitment, CommitmentLimit]]:
    """Every commitment of a frozen campaign with its limits; only as its lead's worker."""
    statement = (
        select(Commitment, CommitmentLimit)
        .join(CommitmentLimit, CommitmentLimit.commitment_id == Commitment.id)
        .where(Commitment.campaign_id == campaign_id, Commitment.state == CommitmentState.STANDING)
        .order_by(Commitment.id)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]
