"""All the SQL on clearings and what came of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.pooling.limits import MOST_ATTEMPTS
from app.pooling.models import Allotment, Clearing, ClearingInputs, ClearingPrice, Commitment, SupplierShare
from app.pooling.states import ClearingState


@dataclass(frozen=True, slots=True)
class Claimed:
    """A clearing that somebody works at. `attempt` tells his work from that of one who came after him."""

    clearing_id: UUID
    attempt: int
    problem: Mapping[str, Any]


async def last(session: AsyncSession, campaign_id: UUID) -> Clearing | None:
    """The last round of a campaign."""
    statement = select(Clearing).where(Clearing.campaign_id == campaign_id).order_by(Clearing.round.desc()).limit(1)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def insert_round(session: AsyncSession, values: Mapping[str, Any], problem: Mapping[str, Any]) -> None:
    """A new round and all that it depends on."""
    await session.execute(insert(Clearing).values(**values))
    await session.execute(
        insert(ClearingInputs).values(
            clearing_id=values["id"], campaign_id=values["campaign_id"], lead_id=values["lead_id"], problem=problem
        )
    )


async def resume(session: AsyncSession, clearing_id: UUID) -> Claimed | None:
    """Work again at a round whose worker did not end; None when that happened too often."""
    attempt = await session.scalar(
        update(Clearing)
        .where(Clearing.id == clearing_id, Clearing.state == ClearingState.WORKING, Clearing.attempts < MOST_ATTEMPTS)
        .values(attempts=Clearing.attempts + 1)
        .returning(Clearing.attempts)
    )
    if attempt is None:
        return None
    problem = await session.scalar(select(ClearingInputs.problem).where(ClearingInputs.clearing_id == clearing_id))
    return Claimed(clearing_id, attempt, problem or {})


async def end(
    session: AsyncSession, clearing_id: UUID, values: Mapping[str, Any], *, attempt: int | None = None
) -> Clearing | None:
    """End a round that is worked at; with `attempt` only if that one is still the one that counts."""
    statement = update(Clearing).where(Clearing.id == clearing_id, Clearing.state == ClearingState.WORKING)
    if attempt is not None:
        statement = statement.where(Clearing.attempts == attempt)
    row: Clearing | None = await session.scalar(
        statement.values(**values, ended_at=func.app_now()).returning(Clearing),
        execution_options={"populate_existing": True},
    )
    return row


async def insert_outcome(
    session: AsyncSession,
    prices: Sequence[Mapping[str, Any]],
    shares: Sequence[Mapping[str, Any]],
    allotments: Sequence[Mapping[str, Any]],
) -> None:
    """What came of a round."""
    for table, rows in ((ClearingPrice, prices), (SupplierShare, shares), (Allotment, allotments)):
        if rows:
            await session.execute(insert(table), list(rows))


def rounds(campaign_id: UUID) -> Select[Clearing]:
    """All rounds of a campaign, as far as the acting organization takes part."""
    return select(Clearing).where(Clearing.campaign_id == campaign_id)


async def prices(session: AsyncSession, clearing_ids: Iterable[UUID]) -> dict[UUID, list[ClearingPrice]]:
    """Prices by round."""
    statement = select(ClearingPrice).where(ClearingPrice.clearing_id.in_(set(clearing_ids)))
    found: dict[UUID, list[ClearingPrice]] = {}
    for row in await session.scalars(statement.order_by(ClearingPrice.item_id, ClearingPrice.place)):
        found.setdefault(row.clearing_id, []).append(row)
    return found


async def allotments(session: AsyncSession, commitment_ids: Iterable[UUID]) -> dict[UUID, tuple[Allotment, int]]:
    """What came of commitments in the last round that ended, with its number."""
    statement = (
        select(Allotment, Clearing.round)
        .join(Clearing, Clearing.id == Allotment.clearing_id)
        .where(Allotment.commitment_id.in_(set(commitment_ids)))
        .order_by(Clearing.round)
    )
    return {row[0].commitment_id: (row[0], row[1]) for row in await session.execute(statement)}


async def allotments_in(
    session: AsyncSession, clearing_ids: Iterable[UUID], commitment_ids: Iterable[UUID]
) -> dict[UUID, list[Allotment]]:
    """What came of some commitments in some rounds, by round."""
    statement = select(Allotment).where(
        Allotment.clearing_id.in_(set(clearing_ids)), Allotment.commitment_id.in_(set(commitment_ids))
    )
    found: dict[UUID, list[Allotment]] = {}
    for row in await session.scalars(statement.order_by(Allotment.clearing_id, Allotment.commitment_id)):
        found.setdefault(row.clearing_id, []).append(row)
    return found


async def allotted_after(
    session: AsyncSession, clearing_id: UUID, commitment_id: UUID | None, most: int
) -> list[Allotment]:
    """Some allotments of a round in order, after one; only as its lead's worker."""
    statement = select(Allotment).where(Allotment.clearing_id == clearing_id)
    if commitment_id is not None:
        statement = statement.where(Allotment.commitment_id > commitment_id)
    return list(await session.scalars(statement.order_by(Allotment.commitment_id).limit(most)))


def shares(campaign_id: UUID) -> Select[SupplierShare]:
    """What is bought of suppliers in a campaign's rounds: a supplier sees his own, the lead all."""
    return select(SupplierShare).where(SupplierShare.campaign_id == campaign_id)


async def shares_of(session: AsyncSession, clearing_id: UUID) -> list[SupplierShare]:
    """What is bought of suppliers in one round, as far as the acting organization may read it."""
    statement = select(SupplierShare).where(SupplierShare.clearing_id == clearing_id)
    return list(await session.scalars(statement.order_by(SupplierShare.supplier_id, SupplierShare.item_id)))


async def served_last(session: AsyncSession, campaign_id: UUID) -> set[UUID]:
    """Commitments that the last round that is done serves."""
    last_done = (
        select(Clearing.id)
        .where(Clearing.campaign_id == campaign_id, Clearing.state == ClearingState.DONE)
        .order_by(Clearing.round.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = select(Allotment.commitment_id).where(Allotment.clearing_id == last_done, Allotment.served)
    return set(await session.scalars(statement))


async def served_with_places(session: AsyncSession, clearing_id: UUID) -> list[tuple[Allotment, str]]:
    """What is served in a round, and where; only as its lead's worker."""
    statement = (
        select(Allotment, Commitment.place)
        .join(Commitment, Commitment.id == Allotment.commitment_id)
        .where(Allotment.clearing_id == clearing_id, Allotment.served)
        .order_by(Allotment.commitment_id)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def members_of(session: AsyncSession, campaign_id: UUID, commitment_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Whose commitments these are; only as the lead's worker."""
    statement = select(Commitment.id, Commitment.member_id).where(
        Commitment.campaign_id == campaign_id, Commitment.id.in_(set(commitment_ids))
    )
    return {row[0]: row[1] for row in await session.execute(statement)}
