"""Auctions and bids as their readers see them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.pooling.auctions import queries
from app.pooling.auctions.models import AuctionBid
from app.pooling.auctions.queries import Standing
from app.pooling.auctions.rules import highest_that_counts
from app.pooling.auctions.schemas import (
    AuctionItemOut,
    AuctionOut,
    BidOut,
    BidPriceOut,
    BidReceiptOut,
    PooledPlaceOut,
)
from app.pooling.models import Campaign, CampaignItem
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.schemas.campaigns import AuctionRulesOut
from app.pooling.states import CampaignState
from app.pooling.views.campaigns import lots_out, place_out, state_out
from app.procurement.facade import MoneyOut, money


def rules_out(campaign: Campaign) -> AuctionRulesOut:
    """The rules of a campaign that is an auction."""
    return AuctionRulesOut(
        bidding_minutes=campaign.bidding_minutes or 0,
        round_minutes=campaign.round_minutes or 0,
        step_pct=Decimal(campaign.step_bp or 0) / 100,
        most_extensions=campaign.most_extensions or 0,
    )


async def auction_out(session: AsyncSession, actor: Actor, campaign: Campaign, *, now: datetime) -> AuctionOut:
    """How an auction stands, for this reader."""
    row = await queries.auction(session, campaign.id)
    found = await queries.standing(session, campaign.id)
    knows = campaign.lead_id == actor.organization_id or "supplier" in actor.organization_roles
    pooled = await queries.pooled(session, campaign.id) if knows else {}
    left = (row.ends_at - now).total_seconds() if row and campaign.state == CampaignState.BIDDING else 0
    return AuctionOut(
        campaign_id=campaign.id,
        state=state_out(campaign, now=now),
        rules=rules_out(campaign),
        begun_at=row.begun_at if row else None,
        ends_at=row.ends_at if row else None,
        at=now,
        seconds_left=max(0, -int(-left // 1)),
        extensions=row.extensions if row else 0,
        extensions_left=(campaign.most_extensions or 0) - (row.extensions if row else 0),
        items=[
            _item(campaign, item, pooled.get(item.id, {}), found.get(item.id), actor)
            for item in await campaign_queries.items(session, [campaign.id])
        ],
    )


def _item(
    campaign: Campaign, item: CampaignItem, pooled: Mapping[str, int], at: Standing | None, actor: Actor
) -> AuctionItemOut:
    def amount(minor: int | None) -> MoneyOut | None:
        return money(minor, campaign.currency) if minor is not None else None

    own = at.own_minor if at else None
    is_open = campaign.state == CampaignState.BIDDING
    following = highest_that_counts(own, campaign.step_bp or 0) if own is not None and is_open else None
    if following is not None and following < (item.floor_minor or 1):
        following = None
    return AuctionItemOut(
        item_id=item.id,
        pooled=[
            PooledPlaceOut(place=place_out(place), lots=lots, quantity=lots_out(lots, item, actor))
            for place, lots in pooled.items()
        ],
        floor=amount(item.floor_minor),
        best=amount(at.best_minor if at else None),
        own=amount(own),
        own_rank=at.own_rank if at else None,
        highest_next=amount(following),
    )


def receipt(row: AuctionBid) -> BidReceiptOut:
    """That a bid was taken."""
    return BidReceiptOut(
        id=row.id,
        campaign_id=row.campaign_id,
        campaign_offer_id=row.offer_id,
        at=row.at,
        extended_to=row.extended_to,
    )


def bids_out(campaign: Campaign, rows: Sequence[AuctionBid]) -> list[BidOut]:
    """A supplier's own bids with what they come to."""
    return [
        BidOut(
            **receipt(row).model_dump(),
            prices=[
                BidPriceOut(item_id=UUID(item_id), price=money(minor, campaign.currency))
                for item_id, minor in sorted(row.prices.items())
            ],
        )
        for row in rows
    ]
