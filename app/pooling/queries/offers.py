"""All the SQL on suppliers' offers to campaigns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.pooling.models import Campaign, PoolOffer, PoolOfferTerms
from app.pooling.states import OfferState


async def offer(session: AsyncSession, offer_id: UUID) -> PoolOffer | None:
    """One of the acting supplier's own."""
    return await session.scalar(select(PoolOffer).where(PoolOffer.id == offer_id))


async def lock_offer(session: AsyncSession, offer_id: UUID, supplier_id: UUID) -> PoolOffer | None:
    """The same, locked."""
    return await session.scalar(
        select(PoolOffer)
        .where(PoolOffer.id == offer_id, PoolOffer.supplier_id == supplier_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def last_revision(session: AsyncSession, campaign_id: UUID, supplier_id: UUID) -> int:
    """How often a supplier has offered."""
    statement = select(func.max(PoolOffer.revision)).where(
        PoolOffer.campaign_id == campaign_id, PoolOffer.supplier_id == supplier_id
    )
    return await session.scalar(statement) or 0


async def end_standing(session: AsyncSession, campaign_id: UUID, supplier_id: UUID, state: OfferState) -> None:
    """A supplier's offer that stands ends so."""
    await session.execute(
        update(PoolOffer)
        .where(
            PoolOffer.campaign_id == campaign_id,
            PoolOffer.supplier_id == supplier_id,
            PoolOffer.state == OfferState.STANDING,
        )
        .values(state=state, ended_at=func.app_now(), version=PoolOffer.version + 1)
    )


async def insert_offer(
    session: AsyncSession, values: Mapping[str, Any], terms: Sequence[Mapping[str, Any]]
) -> PoolOffer:
    """An offer with its sealed contents."""
    row: PoolOffer = (await session.scalars(insert(PoolOffer).values(**values).returning(PoolOffer))).one()
    await session.execute(insert(PoolOfferTerms), list(terms))
    return row


async def terms(session: AsyncSession, offer_ids: Iterable[UUID]) -> dict[UUID, list[PoolOfferTerms]]:
    """Contents by offer, as far as the acting organization may read them."""
    statement = select(PoolOfferTerms).where(PoolOfferTerms.offer_id.in_(set(offer_ids)))
    found: dict[UUID, list[PoolOfferTerms]] = {}
    for row in await session.scalars(statement.order_by(PoolOfferTerms.offer_id, PoolOfferTerms.item_id)):
        found.setdefault(row.offer_id, []).append(row)
    return found


def offers_of(supplier_id: UUID, campaign_id: UUID | None, state: OfferState | None) -> Select[PoolOffer]:
    """A supplier's own, to campaigns that he may see."""
    statement = select(PoolOffer).where(
        PoolOffer.supplier_id == supplier_id, PoolOffer.campaign_id.in_(select(Campaign.id))
    )
    if campaign_id is not None:
        statement = statement.where(PoolOffer.campaign_id == campaign_id)
    return statement.where(PoolOffer.state == state) if state else statement


async def all_standing(session: AsyncSession, campaign_id: UUID) -> list[PoolOfferTerms]:
    """The contents of every offer to a frozen campaign that stands; only as its lead's worker."""
    statement = (
        select(PoolOfferTerms)
        .join(PoolOffer, PoolOffer.id == PoolOfferTerms.offer_id)
        .where(PoolOffer.campaign_id == campaign_id, PoolOffer.state == OfferState.STANDING)
        .order_by(PoolOfferTerms.offer_id, PoolOfferTerms.item_id)
    )
    return list(await session.scalars(statement))
