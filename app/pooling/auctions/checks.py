"""What `partingline verify` proves of auctions: each bid comes to what it says, bids get better, late ones extended once."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.verify import check
from app.pooling.auctions.models import Auction, AuctionBid
from app.pooling.auctions.rules import extended, highest_that_counts, reference, worsened
from app.pooling.models import Campaign, Commitment, PoolOfferTerms
from app.pooling.rules import OfferedItem
from app.pooling.states import CommitmentState
from app.pooling.usecases.offer import offered_item

Terms = dict[UUID, OfferedItem]


@check("auctions")
async def auctions(session: AsyncSession) -> tuple[int, list[str]]:
    """Of each auction that is over. Until then nobody but their suppliers reads bids."""
    statement = (
        select(Auction, Campaign).join(Campaign, Campaign.id == Auction.campaign_id).where(Campaign.seed.is_not(None))
    )
    found = (await session.execute(statement.order_by(Campaign.id))).all()
    looked, broken = 0, []
    for auction, campaign in found:
        bids = list(
            await session.scalars(
                select(AuctionBid).where(AuctionBid.campaign_id == campaign.id).order_by(AuctionBid.number)
            )
        )
        looked += len(bids)
        if not _runs(auction, campaign, bids):
            broken.append(f"auction of campaign {campaign.id}")
        broken += await _wrong_bids(session, campaign, bids)
        session.expunge_all()
    return looked, broken


def _runs(auction: Auction, campaign: Campaign, bids: Sequence[AuctionBid]) -> bool:
    """Each bid came before the close as it stood then, and extended it if and only if it came late."""
    ends_at = auction.begun_at + timedelta(minutes=campaign.bidding_minutes or 0)
    extensions = 0
    former = auction.begun_at
    for number, bid in enumerate(bids, start=1):
        later = extended(
            bid.at,
            ends_at,
            round_minutes=campaign.round_minutes or 0,
            extensions=extensions,
            most_extensions=campaign.most_extensions or 0,
        )
        if bid.number != number or not former <= bid.at < ends_at or bid.extended_to != later:
            return False
        former = bid.at
        if later is not None:
            ends_at, extensions = later, extensions + 1
    return (auction.ends_at, auction.extensions, auction.bids) == (ends_at, extensions, len(bids))


async def _wrong_bids(session: AsyncSession, campaign: Campaign, bids: Sequence[AuctionBid]) -> list[str]:
    """Bids that do not come to what they say, or are no better than the same supplier's former one."""
    lots = func.sum(Commitment.lots)
    standing = (Commitment.campaign_id == campaign.id, Commitment.state == CommitmentState.STANDING)
    statement = select(Commitment.item_id, Commitment.place, lots).where(*standing)
    pooled: dict[UUID, dict[str, int]] = {}
    for item_id, place, count in await session.execute(statement.group_by(Commitment.item_id, Commitment.place)):
        pooled.setdefault(item_id, {})[place] = int(count)
    terms: dict[UUID, Terms] = {}
    for row in await session.scalars(select(PoolOfferTerms).where(PoolOfferTerms.campaign_id == campaign.id)):
        terms.setdefault(row.offer_id, {})[row.item_id] = offered_item(row)
    broken = []
    last: dict[UUID, AuctionBid] = {}
    for bid in bids:
        offered = terms.get(bid.offer_id, {})
        prices = {}
        for item_id, one in offered.items():
            landed = reference(one, pooled.get(item_id, {}))
            prices[str(item_id)] = landed.minor if landed else None
        former = last.get(bid.supplier_id)
        is_better = former is None or _better(
            bid, former, offered, terms.get(former.offer_id, {}), campaign.step_bp or 0
        )
        if prices != bid.prices or not is_better:
            broken.append(f"bid {bid.id}")
        last[bid.supplier_id] = bid
    return broken


def _better(bid: AuctionBid, former: AuctionBid, offered: Terms, earlier: Terms, step_bp: int) -> bool:
    steps = [
        minor == former.prices[item] or minor <= highest_that_counts(former.prices[item], step_bp)
        for item, minor in bid.prices.items()
        if item in former.prices
    ]
    is_lower = any(minor < former.prices.get(item, minor + 1) for item, minor in bid.prices.items())
    is_no_worse = all(item in offered and not worsened(one, offered[item]) for item, one in earlier.items())
    return all(steps) and is_lower and is_no_worse
