"""What follows the news of auctions: who was first of an item and is so no more is told."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, announce, reaction
from app.messages import facade as messages
from app.pooling.auctions import notices, queries
from app.pooling.auctions.events import AuctionBidMade, AuctionExtended, AuctionOutbid
from app.pooling.events import BiddingBegun
from app.pooling.guards import LEADS_BY
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.reactions import in_words, named
from app.pooling.states import Leading
from app.pooling.usecases.campaign_texts import ENTITY, title_field


@reaction(BiddingBegun, name="pooling.auctions.tell_lead")
async def tell_lead(session: AsyncSession, told: Told) -> None:
    """Tell the lead's people that suppliers bid, and until when."""
    event: BiddingBegun = told.event
    async with acting_for(session, event.lead_id):
        campaign = await campaign_queries.campaign(session, event.campaign_id)
        if campaign is None:
            return
        totals = await campaign_queries.totals(session, [campaign.id])
        params = await named(session, event.lead_id, campaign)
        commitments = sum(total.commitments for total in totals.values())
        await messages.notify(
            session,
            organization_id=event.lead_id,
            permission=LEADS_BY[Leading(campaign.led_as)],
            notice=notices.BIDDING,
            params=params | {"commitments": commitments, "ends_at": event.ends_at},
            entity=(ENTITY, campaign.id),
            dedupe=told.id,
        )


@reaction(AuctionBidMade, name="pooling.auctions.tell_others")
async def tell_others(session: AsyncSession, told: Told) -> None:
    """Announce to the lead that an auction ends later, and to each who was first of an item until this bid that he is not now."""
    event: AuctionBidMade = told.event
    async with acting_for(session, event.supplier_id):
        campaign = await campaign_queries.campaign(session, event.campaign_id)
        overtaken = await queries.overtaken(session, event.bid_id)
    if campaign is not None and event.extended_to is not None:
        async with acting_for(session, campaign.lead_id):
            later = AuctionExtended(campaign_id=campaign.id, lead_id=campaign.lead_id, ends_at=event.extended_to)
            await announce(session, later, organizations=[campaign.lead_id])
    for item_id, supplier_id, offer_id in overtaken:
        async with acting_for(session, supplier_id):
            outbid = AuctionOutbid(
                campaign_offer_id=offer_id, campaign_id=event.campaign_id, item_id=item_id, supplier_id=supplier_id
            )
            await announce(session, outbid, organizations=[supplier_id])


@reaction(AuctionOutbid, name="pooling.auctions.tell_outbid")
async def tell_outbid(session: AsyncSession, told: Told) -> None:
    """Tell a supplier's people, with the best price as it is now; nothing where he has bid again and is first."""
    event: AuctionOutbid = told.event
    async with acting_for(session, event.supplier_id):
        campaign = await campaign_queries.campaign(session, event.campaign_id)
        item = await campaign_queries.item(session, event.campaign_id, event.item_id)
        auction = await queries.auction(session, event.campaign_id)
        at = (await queries.standing(session, event.campaign_id)).get(event.item_id)
        if campaign is None or item is None or auction is None or at is None or at.own_rank == 1:
            return
        title = await in_words(session, event.supplier_id, campaign.id, title_field(item.position), item.title)
        params = await named(session, event.supplier_id, campaign)
        await messages.notify(
            session,
            organization_id=event.supplier_id,
            permission=Permission.QUOTE,
            notice=notices.OUTBID,
            params=params
            | {
                "item": title,
                "price": {"minor": at.best_minor, "currency": campaign.currency},
                "ends_at": auction.ends_at,
            },
            entity=(ENTITY, campaign.id),
            dedupe=told.id,
        )
