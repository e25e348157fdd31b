"""Suppliers' offers to campaigns over HTTP. No answer to a POST holds a price: answers are stored for repeated requests."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.status import HTTP_201_CREATED

from app.kit.actor import CurrentActor, Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Invalid, Unauthenticated
from app.kit.etags import PRIVATE, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.pooling.errors import (
    CampaignClosed,
    CampaignOfferEnded,
    NotASupplier,
    NotOnThisSide,
    PricesPublished,
    SuppliersBid,
)
from app.pooling.guards import Offerer, OfferWithdrawer, OwnCampaignOffer, SeenCampaign
from app.pooling.models import PoolOffer, SupplierShare
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.queries import clearings as clearing_queries
from app.pooling.queries import offers as queries
from app.pooling.schemas.offers import CampaignOfferIn, CampaignOfferOut, CampaignOfferReceiptOut, ShareOut
from app.pooling.states import OfferState
from app.pooling.usecases.commit import late
from app.pooling.usecases.offer import offer_to_campaign, withdraw_offer
from app.pooling.views.offers import offer_out, receipt, shares_out

router = house_router(tags=["campaigns"])


def _receipt(row: PoolOffer, response: Response) -> CampaignOfferReceiptOut:
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return receipt(row)


@router.post(
    "/campaigns/{campaign_id}/offers",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(
        *READ, *ONCE, Invalid, NotASupplier, CampaignClosed, NotOnThisSide, PricesPublished, SuppliersBid
    ),
)
async def post_campaign_offer(
    campaign: Offerer, actor: CurrentActor, form: CampaignOfferIn, session: Session, now: Now, response: Response
) -> CampaignOfferReceiptOut:
    """Make a sealed offer, or another in the place of your former one, until the freeze."""
    row = await offer_to_campaign(session, actor, campaign, form)
    if row is None:
        raise await late(session, campaign, now=now)
    response.headers["Location"] = f"/v1/campaign-offers/{row.id}"
    return _receipt(row, response)


@router.get("/campaign-offers", responses=problems(Unauthenticated, Forbidden))
async def list_campaign_offers(
    actor: CurrentActor,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    of_campaign: Annotated[UUID | None, Query(description="Only those to this campaign.")] = None,
    state: Annotated[OfferState | None, Query(description="Only those in this state.")] = None,
) -> Page[CampaignOfferReceiptOut]:
    """Your organization's offers to campaigns, newest first."""
    actor.require(Permission.READ)
    statement = queries.offers_of(actor.organization_id, of_campaign, state)
    rows, cursor = await fetch_page(session, statement, page, keys=[PoolOffer.id], descending=True)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=[receipt(row) for row in rows], next_cursor=cursor)


@router.get("/campaign-offers/{campaign_offer_id}", responses=problems(*READ))
async def get_campaign_offer(
    row: OwnCampaignOffer, actor: CurrentActor, session: Session, response: Response
) -> CampaignOfferOut:
    """An offer of your organization with its prices."""
    set_etag(response, row.version)
    response.headers["Cache-Control"] = PRIVATE
    return await offer_out(session, actor, row)


@router.post(
    "/campaign-offers/{campaign_offer_id}/withdrawal",
    dependencies=[IdempotencyGuard],
    responses=problems(*READ, *ONCE, CampaignClosed, CampaignOfferEnded, PricesPublished, SuppliersBid),
)
async def post_campaign_offer_withdrawal(
    campaign_offer_id: UUID, actor: OfferWithdrawer, session: Session, now: Now, response: Response
) -> CampaignOfferReceiptOut:
    """Take an offer back before the freeze. A second time changes nothing."""
    row = await withdraw_offer(session, actor, campaign_offer_id)
    if row is None:
        seen = await queries.offer(session, campaign_offer_id)
        campaign = await campaign_queries.campaign(session, seen.campaign_id) if seen else None
        assert campaign is not None
        raise await late(session, campaign, now=now)
    return _receipt(row, response)


@router.get("/campaigns/{campaign_id}/shares", responses=problems(*READ))
async def list_campaign_shares(
    campaign: SeenCampaign, actor: CurrentActor, session: Session, page: Paging, request: Request, response: Response
) -> Page[ShareOut]:
    """What is bought of whom after the clearing: all for the campaign's lead, your own for a supplier."""
    statement = clearing_queries.shares(campaign.id)
    keys = [SupplierShare.clearing_id, SupplierShare.supplier_id, SupplierShare.item_id]
    rows, cursor = await fetch_page(session, statement, page, keys=keys)
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = PRIVATE
    return Page(items=await shares_out(session, actor, campaign, rows), next_cursor=cursor)
