"""All the SQL on auctions and bids. Triggers write what bids come to; functions tell what all may know of all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.pooling.auctions.models import Auction, AuctionBid
from app.pooling.models import Campaign
from app.pooling.states import CampaignState


@dataclass(frozen=True, slots=True)
class Standing:
    """The best price of an item, and the acting organization's own with its rank."""

    best_minor: int
    own_minor: int | None
    own_rank: int | None


async def auction(session: AsyncSession, campaign_id: UUID) -> Auction | None:
    """Where an auction stands; None before it begins."""
    statement = select(Auction).where(Auction.campaign_id == campaign_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def hold(session: AsyncSession, campaign_id: UUID) -> datetime | None:
    """In turn with all who bid and with the close: the moment, if an auction takes bids. It does until this transaction ends."""
    moment: datetime | None = await session.scalar(text("SELECT auction_hold(:id)"), {"id": campaign_id})
    return moment


async def pooled(session: AsyncSession, campaign_id: UUID) -> dict[UUID, dict[str, int]]:
    """Lots by item and place, once members are frozen."""
    found: dict[UUID, dict[str, int]] = {}
    statement = text("SELECT item_id, place, lots FROM auction_pooled(:id)")
    for item_id, place, lots in await session.execute(statement, {"id": campaign_id}):
        found.setdefault(item_id, {})[place] = lots
    return found


async def standing(session: AsyncSession, campaign_id: UUID) -> dict[UUID, Standing]:
    """By item, of what anybody has bid for."""
    statement = text("SELECT item_id, best_minor, own_minor, own_rank FROM auction_standing(:id)")
    rows = await session.execute(statement, {"id": campaign_id})
    return {row[0]: Standing(row[1], row[2], row[3]) for row in rows}


def bids_of(campaign_id: UUID, supplier_id: UUID) -> Select[AuctionBid]:
    """A supplier's own bids."""
    return select(AuctionBid).where(AuctionBid.campaign_id == campaign_id, AuctionBid.supplier_id == supplier_id)


async def last_bid(session: AsyncSession, campaign_id: UUID, supplier_id: UUID) -> AuctionBid | None:
    """A supplier's bid that stands."""
    statement = bids_of(campaign_id, supplier_id).order_by(AuctionBid.number.desc()).limit(1)
    return await session.scalar(statement)


async def bid(session: AsyncSession, bid_id: UUID) -> AuctionBid | None:
    """One of the acting supplier's own."""
    return await session.scalar(select(AuctionBid).where(AuctionBid.id == bid_id))


async def insert_bid(session: AsyncSession, values: Mapping[str, Any]) -> AuctionBid:
    """A bid as the database took it."""
    row: AuctionBid = (await session.scalars(insert(AuctionBid).values(**values).returning(AuctionBid))).one()
    return row


async def overtaken(session: AsyncSession, bid_id: UUID) -> list[tuple[UUID, UUID, UUID]]:
    """(item, supplier, his offer) of those who were first until this bid of the acting organization; only as the worker."""
    rows = await session.execute(
        text("SELECT item_id, supplier_id, offer_id FROM auction_overtaken(:id)"), {"id": bid_id}
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def ending(session: AsyncSession, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(campaign, lead) of auctions whose time has come; only as the operator."""
    statement = (
        select(Campaign.id, Campaign.lead_id)
        .join(Auction, Auction.campaign_id == Campaign.id)
        .where(Campaign.state == CampaignState.BIDDING, Auction.ends_at <= now)
        .order_by(Auction.ends_at, Campaign.id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]
