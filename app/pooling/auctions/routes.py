"""Auctions over HTTP. No answer to a POST holds a price: answers are stored for repeated requests."""

from fastapi import Request, Response
from starlette.status import HTTP_201_CREATED

from app.kit.actor import CurrentActor
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Invalid, NotFound
from app.kit.etags import PRIVATE
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.pooling.auctions import queries
from app.pooling.auctions.errors import AuctionEnded, AuctionNotBegun, NotAnAuction, TooManyBids
from app.pooling.auctions.models import AuctionBid
from app.pooling.auctions.schemas import AuctionOut, BidIn, BidOut, BidReceiptOut
from app.pooling.auctions.usecases.bid import place_bid
from app.pooling.auctions.views import auction_out, bids_out, receipt
from app.pooling.errors import CampaignClosed, NotASupplier, NotOnThisSide
from app.pooling.guards import Offerer, SeenCampaign
from app.pooling.states import Competition

router = house_router(tags=["campaigns"])


@router.post(
    "/campaigns/{campaign_id}/bids",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(
        *READ,
        *ONCE,
        Invalid,
        NotASupplier,
        NotAnAuction,
        CampaignClosed,
        AuctionNotBegun,
        AuctionEnded,
        NotOnThisSide,
        TooManyBids,
    ),
)
async def post_bid(
    campaign: Offerer, actor: CurrentActor, form: BidIn, session: Session, now: Now, response: Response
) -> BidReceiptOut:
    """Bid in a reverse auction: an offer, or a better one in the place of your former one. It binds."""
    row = await place_bid(session, actor, campaign, form, now=now)
    response.headers["Location"] = f"/v1/campaign-offers/{row.offer_id}"
    response.headers["Cache-Control"] = PRIVATE
    return receipt(row)


@router.get("/campaigns/{campaign_id}/bids", responses=problems(*READ))
async def list_bids(
    campaign: SeenCampaign, actor: CurrentActor, session: Session, page: Paging, request: Request, response: Response
) -> Page[BidOut]:
    """Your organization's bids in an auction, newest first."""
    statement = queries.bids_of(campaign.id, actor.organization_id)
    rows, cursor = await fetch_page(session, statement, page, keys=[AuctionBid.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=bids_out(campaign, rows), next_cursor=cursor)


@router.get("/campaigns/{campaign_id}/auction", responses=problems(*READ))
async def get_auction(
    campaign: SeenCampaign, actor: CurrentActor, session: Session, now: Now, response: Response
) -> AuctionOut:
    """How a reverse auction stands: what is pooled where, the best price of each item, your own and its rank, the time left."""
    if campaign.competition != Competition.AUCTION:
        raise NotFound()
    response.headers["Cache-Control"] = PRIVATE
    return await auction_out(session, actor, campaign, now=now)
