"""What pooled purchasing does by itself: freezes what is due, clears what is frozen, tells those concerned."""

import json
import os
from contextlib import suppress
from uuid import UUID

import structlog
from procrastinate.exceptions import AlreadyEnqueued

from app.gateways.payments import PaymentUnavailable
from app.kit.children import Ended, ask_child
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer, job
from app.pooling.deposits import queries as deposit_queries
from app.pooling.deposits.limits import HOLD_WITHIN
from app.pooling.deposits.moving import moved, surplus_is_due
from app.pooling.deposits.states import MOVING
from app.pooling.limits import CLEARING_SECONDS, EXACT_UP_TO, GAP, NODES
from app.pooling.ordering.place import place_some
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.queries import clearings as clearing_queries
from app.pooling.rules import frozen_at_latest
from app.pooling.states import CampaignState, ClearingState
from app.pooling.usecases.clear_campaign import Found, begin_clearing, end_clearing
from app.pooling.usecases.freeze import freeze_campaign
from app.pooling.usecases.record_moved import record_moved
from app.pooling.usecases.settle import go_on
from app.pooling.usecases.tell_members import told_members, told_waiting
from app.pooling.work import (
    CLEAR_JOB,
    FREEZE_JOB,
    MOVE_JOB,
    ORDER_JOB,
    QUEUE,
    TELL_JOB,
    TELL_WAITING_JOB,
    lock_of,
    ordering_lock_of,
)

log = structlog.get_logger(__name__)

AT_ONCE = 200
ORDERS_AT_ONCE = 20
MOST_WORKERS = 2


@job("pooling.freeze_campaigns", cron="* * * * *")
async def freeze_campaigns(runtime: Runtime) -> None:
    """Freeze campaigns whose time has come. They take nothing since that instant already."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        due = await campaign_queries.due(session, runtime.clock.now(), AT_ONCE)
    for campaign_id, lead_id in due:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, lead_id)
            if await freeze_campaign(session, campaign_id, now=runtime.clock.now()):
                log.info("campaign_frozen", campaign_id=str(campaign_id))


@job(FREEZE_JOB)
async def freeze_one(runtime: Runtime, *, lead_id: str, campaign_id: str) -> None:
    """Freeze one campaign, asked for at the moment when it is due. Too early, or once more, is harmless."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, UUID(lead_id))
        await freeze_campaign(session, UUID(campaign_id), now=runtime.clock.now())


@job(CLEAR_JOB, queue=QUEUE)
async def clear_campaign(runtime: Runtime, *, lead_id: str, campaign_id: str) -> None:
    """Put the problem down, search with no transaction open, keep what came of it. Running twice is harmless."""
    lead, one = UUID(lead_id), UUID(campaign_id)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, lead)
        claimed = await begin_clearing(session, one, now=runtime.clock.now())
    if claimed is None:
        return

    async def still_wanted() -> bool:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, lead)
            last = await clearing_queries.last(session, one)
            return last is not None and last.state == ClearingState.WORKING and last.attempts == claimed.attempt

    members = len(claimed.problem["members"])
    asked = {
        "problem": claimed.problem,
        "gap": 0 if members <= EXACT_UP_TO else GAP,
        "nodes": NODES,
        "workers": 1 if members <= EXACT_UP_TO else min(MOST_WORKERS, os.cpu_count() or 1),
    }
    answer = await ask_child(
        "app.pooling.child", json.dumps(asked).encode(), seconds=CLEARING_SECONDS, still_wanted=still_wanted
    )
    if answer.ended is Ended.NOT_WANTED:
        return
    if answer.ended is not Ended.ANSWERED:
        log.warning("clearing_failed", campaign_id=campaign_id, ended=answer.ended, complaint=answer.complaint)
    found = Found.of(json.loads(answer.out)) if answer.ended is Ended.ANSWERED else None
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, lead)
        await end_clearing(session, one, claimed, found, now=runtime.clock.now())


@job(TELL_JOB)
async def tell_members(
    runtime: Runtime, *, lead_id: str, campaign_id: str, clearing_id: str, after: str | None = None
) -> None:
    """Announce what came of each commitment, some at a time: the next are asked for in the same transaction, so that nobody is
    told twice or left out."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, UUID(lead_id))
        last = await told_members(session, UUID(campaign_id), UUID(clearing_id), UUID(after) if after else None)
        if last is not None:
            await defer(
                session,
                TELL_JOB,
                lead_id=lead_id,
                campaign_id=campaign_id,
                clearing_id=clearing_id,
                after=str(last),
            )


@job(TELL_WAITING_JOB)
async def tell_waiting(
    runtime: Runtime, *, lead_id: str, campaign_id: str, clearing_id: str, after: str | None = None
) -> None:
    """Announce to those on the waiting list that all is ordered without them, some at a time, as `tell_members` does."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, UUID(lead_id))
        last = await told_waiting(session, UUID(campaign_id), UUID(clearing_id), UUID(after) if after else None)
        if last is not None:
            await defer(
                session,
                TELL_WAITING_JOB,
                lead_id=lead_id,
                campaign_id=campaign_id,
                clearing_id=clearing_id,
                after=str(last),
            )


@job(MOVE_JOB)
async def move_deposits(runtime: Runtime, *, lead_id: str, campaign_id: str) -> None:
    """Ask the payment provider for what a campaign's deposits wait for, one after the other with no transaction open, until
    nothing is left to ask; then go on with the campaign. Running twice is harmless: every call has its key."""
    lead, one = UUID(lead_id), UUID(campaign_id)
    unknown: set[UUID] = set()
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, lead)
            todo = await deposit_queries.moving(session, one, AT_ONCE, but=unknown)
        if not todo:
            break
        for deposit_id in todo:
            if not await _move(runtime, lead, deposit_id):
                unknown.add(deposit_id)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, lead)
        await go_on(session, one, now=runtime.clock.now())
    if unknown:
        log.warning("deposits_wait_for_the_provider", campaign_id=campaign_id, deposits=len(unknown))


async def _move(runtime: Runtime, lead_id: UUID, deposit_id: UUID) -> bool:
    """Claim, call, record; whether the provider answered."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, lead_id)
        row = await deposit_queries.deposit(session, deposit_id)
        campaign = await campaign_queries.campaign(session, row.campaign_id) if row else None
        if row is None or campaign is None or (row.state not in MOVING and not surplus_is_due(row)):
            return True
        session.expunge_all()
    most = (campaign.bidding_minutes or 0, campaign.round_minutes or 0, campaign.most_extensions or 0)
    soon = frozen_at_latest(campaign.closes_at, *most) - runtime.clock.now() <= HOLD_WITHIN
    try:
        values = await moved(
            runtime.gateways["payments"], row, hold=campaign.state == CampaignState.OPEN and soon and not row.give_back
        )
    except PaymentUnavailable:
        return False
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, lead_id)
        await record_moved(session, row, values, now=runtime.clock.now())
    return True


@job(ORDER_JOB)
async def place_orders(runtime: Runtime, *, lead_id: str, campaign_id: str) -> None:
    """Place the members' orders, some in each transaction, until all stand."""
    more = True
    while more:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, UUID(lead_id))
            more = await place_some(session, UUID(campaign_id), ORDERS_AT_ONCE, now=runtime.clock.now())


@job("pooling.resume", cron="* * * * *")
async def resume(runtime: Runtime) -> None:
    """Defer what waits, should its job have been lost, the provider have been silent, or somebody's time to pay be over.

    Whatever runs goes on undisturbed: the new job waits for the same lock, or finds that nothing is left to do.
    """
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        frozen = await campaign_queries.in_state(session, CampaignState.FROZEN, AT_ONCE)
        ordering = await campaign_queries.in_state(session, CampaignState.ORDERING, AT_ONCE)
        moving = await deposit_queries.campaigns_to_move(session, runtime.clock.now(), AT_ONCE)
    waiting = [
        *((CLEAR_JOB, lock_of(one[0]), *one) for one in frozen),
        *((ORDER_JOB, ordering_lock_of(one[0]), *one) for one in ordering),
        *((MOVE_JOB, None, *one) for one in moving),
    ]
    for name, lock, campaign_id, lead_id in waiting:
        with suppress(AlreadyEnqueued):
            async with runtime.database.transaction(Role.WORKER) as session:
                await defer(
                    session,
                    name,
                    queueing_lock=f"{name}-{campaign_id}",
                    lock=lock,
                    lead_id=str(lead_id),
                    campaign_id=str(campaign_id),
                )
