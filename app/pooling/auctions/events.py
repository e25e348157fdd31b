"""What auctions announce. No event carries a price, and none of a supplier's tells of another."""

from datetime import datetime
from uuid import UUID

from app.kit.outbox import Event

OFFER = ("campaign_offer", "campaign_offer_id")


class AuctionBidMade(Event, name="pooling.bid_made.v1", subject=OFFER):
    """A supplier bid: for his own eyes."""

    bid_id: UUID
    campaign_offer_id: UUID
    campaign_id: UUID
    supplier_id: UUID
    extended_to: datetime | None


class AuctionOutbid(Event, name="pooling.outbid.v1", subject=OFFER):
    """Somebody bids less for an item than a supplier who was first until then: for that one's eyes."""

    campaign_offer_id: UUID
    campaign_id: UUID
    item_id: UUID
    supplier_id: UUID


class AuctionExtended(Event, name="pooling.auction_extended.v1", subject=("campaign", "campaign_id")):
    """A late bid extended the auction."""

    campaign_id: UUID
    lead_id: UUID
    ends_at: datetime
