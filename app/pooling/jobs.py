"""What pooled purchasing does by itself: freezes what is due, clears what is frozen, tells those concerned."""

import json
import os
from uuid import UUID

import structlog

from app.kit.children import Ended, ask_child
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer, job
from app.pooling.limits import CLEARING_SECONDS, EXACT_UP_TO, GAP, NODES
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.queries import clearings as clearing_queries
from app.pooling.states import ClearingState
from app.pooling.usecases.clear_campaign import Found, begin_clearing, end_clearing
from app.pooling.usecases.freeze import freeze_campaign
from app.pooling.usecases.tell_members import told_members
from app.pooling.work import CLEAR_JOB, QUEUE, TELL_JOB

log = structlog.get_logger(__name__)

AT_ONCE = 200
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
