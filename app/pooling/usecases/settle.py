"""After a clearing: deposits of those served are taken, the others given back; who does not pay in time is left out and the rest
is cleared once more; when all have paid, it is ordered."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.jobs import defer
from app.kit.outbox import announce
from app.pooling.deposits import queries as deposits
from app.pooling.deposits.limits import PATIENCE, PAY_HOURS
from app.pooling.deposits.states import DepositState
from app.pooling.events import DepositDue, MemberDefaulted
from app.pooling.models import Campaign
from app.pooling.ordering.plan import plan_orders
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.queries import clearings as clearing_queries
from app.pooling.states import CampaignState, Shortfall
from app.pooling.usecases.campaign_texts import ENTITY
from app.pooling.usecases.deposit import ask_to_move
from app.pooling.work import CLEAR_JOB, lock_of


async def take_deposits(session: AsyncSession, campaign: Campaign, served: set[UUID], *, now: datetime) -> None:
    """What follows a clearing at once. Those on the waiting list keep theirs while they may still be needed."""
    if not campaign.deposit_bp:
        await plan_orders(session, campaign, now=now)
        return
    await deposits.turn(session, campaign.id, DepositState.HELD, DepositState.CAPTURING, of=served)
    if campaign.shortfall != Shortfall.BACKFILL:
        await deposits.let_go(session, campaign.id, but=served)
    await ask_to_move(session, campaign)


async def go_on(session: AsyncSession, campaign_id: UUID, *, now: datetime) -> None:
    """Take the next step that a campaign's deposits allow: clear it, give time, leave somebody out, order, or give all back.

    Acts for the lead. Doing it again changes nothing.
    """
    campaign = await campaign_queries.lock_campaign(session, campaign_id)
    if campaign is None or not campaign.deposit_bp:
        return
    if campaign.state in (CampaignState.CANCELLED, CampaignState.FAILED):
        await deposits.let_go(session, campaign_id)
        if await deposits.moving(session, campaign_id, 1):
            await ask_to_move(session, campaign)
        return
    if campaign.state == CampaignState.FROZEN:
        assert campaign.frozen_at is not None
        if await deposits.turn(session, campaign_id, DepositState.SAVED, DepositState.CHARGING):
            await ask_to_move(session, campaign)
        if now >= campaign.frozen_at + PATIENCE:
            await deposits.let_go(session, campaign_id, undecided=True)
        if not await deposits.are_undecided(session, campaign_id):
            await _clear(session, campaign)
        return
    if campaign.state != CampaignState.CLEARED:
        return
    served = await clearing_queries.served_last(session, campaign_id)
    if await deposits.turn(session, campaign_id, DepositState.SAVED, DepositState.CHARGING, of=served):
        await ask_to_move(session, campaign)
    states = await deposits.states_of(session, campaign_id, served)
    if states <= {DepositState.CAPTURED}:
        await plan_orders(session, campaign, now=now)
        if campaign.shortfall == Shortfall.BACKFILL:
            await deposits.let_go(session, campaign_id, but=served)
            await ask_to_move(session, campaign)
        return
    for row in await deposits.give_time(session, campaign_id, served, now + timedelta(hours=PAY_HOURS)):
        assert row.due_at is not None
        event = DepositDue(
            commitment_id=row.commitment_id, campaign_id=campaign_id, member_id=row.member_id, due_at=row.due_at
        )
        await announce(session, event, organizations=[row.member_id])
    undecided = states & {DepositState.CAPTURING, DepositState.CHARGING, DepositState.PENDING}
    if not undecided and not await deposits.somebody_has_time(session, campaign_id, now):
        await _leave_out(session, campaign, now=now)


async def _leave_out(session: AsyncSession, campaign: Campaign, *, now: datetime) -> None:
    defaulted = await deposits.default_overdue(session, campaign.id, now)
    if not defaulted:
        return
    members = await clearing_queries.members_of(session, campaign.id, defaulted)
    for commitment_id, member_id in members.items():
        event = MemberDefaulted(commitment_id=commitment_id, campaign_id=campaign.id, member_id=member_id)
        await announce(session, event, organizations=[member_id])
    campaign.state, campaign.ended_at = CampaignState.FROZEN, None
    campaign.version += 1
    await session.flush()
    after = {"state": campaign.state, "defaulted": len(defaulted)}
    lead_id = campaign.lead_id
    await audit.record(session, None, "campaign.clear_again", ENTITY, campaign.id, after=after, organization_id=lead_id)
    await _clear(session, campaign)


async def _clear(session: AsyncSession, campaign: Campaign) -> None:
    lead_id, campaign_id = str(campaign.lead_id), str(campaign.id)
    await defer(session, CLEAR_JOB, lock=lock_of(campaign.id), lead_id=lead_id, campaign_id=campaign_id)
