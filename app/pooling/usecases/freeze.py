"""The freeze: nothing changes any more, the seed is told; saved payment methods are charged, then the clearing is asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.jobs import defer
from app.kit.outbox import announce
from app.pooling.auctions import queries as auction_queries
from app.pooling.deposits import queries as deposits
from app.pooling.deposits.states import DepositState
from app.pooling.events import BiddingBegun, CampaignFrozen
from app.pooling.models import Campaign
from app.pooling.queries import campaigns as queries
from app.pooling.states import CampaignState, Competition
from app.pooling.usecases.campaign_texts import ENTITY
from app.pooling.usecases.deposit import ask_to_move
from app.pooling.work import CLEAR_JOB, FREEZE_JOB, lock_of


async def freeze_campaign(session: AsyncSession, campaign_id: UUID, *, now: datetime) -> bool:
    """Freeze an open campaign whose time has come; whether anything was done. Acts for the lead.

    In an auction members are frozen first, and suppliers bid; everything is when that has ended. The lock waits for whoever
    commits himself, offers or bids just now; whoever comes later is refused by the database. What is not approved lapses.
    """
    row = await queries.lock_campaign(session, campaign_id)
    if row is None or now < row.closes_at:
        return False
    if row.state == CampaignState.OPEN and row.competition == Competition.AUCTION:
        return await _let_bid(session, row)
    if row.state not in (CampaignState.OPEN, CampaignState.BIDDING):
        return False
    seed = await queries.revealed_seed(session, campaign_id)
    if seed is None:
        # By the database's clock it is too early, or a late bid extended the auction; the next look comes within a minute.
        return False
    row.state, row.frozen_at, row.seed = CampaignState.FROZEN, now, seed
    row.version += 1
    await session.flush()
    after = {"state": row.state, "seed": seed}
    await audit.record(session, None, "campaign.freeze", ENTITY, row.id, after=after, organization_id=row.lead_id)
    event = CampaignFrozen(campaign_id=row.id, lead_id=row.lead_id, seed=seed)
    await announce(session, event, organizations=[row.lead_id])
    if row.deposit_bp:
        await deposits.turn(session, row.id, DepositState.WAITING, DepositState.RELEASING)
        await deposits.turn(session, row.id, DepositState.SAVED, DepositState.CHARGING)
        await ask_to_move(session, row)
    else:
        await defer(session, CLEAR_JOB, lock=lock_of(row.id), lead_id=str(row.lead_id), campaign_id=str(row.id))
    return True


async def _let_bid(session: AsyncSession, row: Campaign) -> bool:
    if not await queries.is_due(session, row.id):
        return False
    row.state = CampaignState.BIDDING
    row.version += 1
    await session.flush()
    auction = await auction_queries.auction(session, row.id)
    assert auction is not None
    if row.deposit_bp and await deposits.turn(session, row.id, DepositState.WAITING, DepositState.RELEASING):
        await ask_to_move(session, row)
    after = {"state": row.state, "ends_at": auction.ends_at}
    await audit.record(session, None, "campaign.let_bid", ENTITY, row.id, after=after, organization_id=row.lead_id)
    event = BiddingBegun(campaign_id=row.id, lead_id=row.lead_id, ends_at=auction.ends_at)
    await announce(session, event, organizations=[row.lead_id])
    await defer(session, FREEZE_JOB, at=auction.ends_at, lead_id=str(row.lead_id), campaign_id=str(row.id))
    return True
