"""The jobs that carry events to their reactions, and the ones that keep the house tidy."""

from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.kit.audit import chain_audit
from app.kit.context import set_trace
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.idempotency import forget_old_answers
from app.kit.jobs import Runtime, defer, job, jobs
from app.kit.outbox import REACTIONS, Event, OutboxEvent, ReactionDone, Told

log = structlog.get_logger(__name__)


@job("kit.dispatch_event")
async def dispatch_event(runtime: Runtime, *, event_id: str) -> None:
    """Defer one job per reaction to the event. Running twice is harmless: reactions happen once."""
    async with runtime.database.transaction(Role.WORKER) as session:
        event_type = await session.scalar(select(OutboxEvent.type).where(OutboxEvent.id == UUID(event_id)))
        for name in sorted({*REACTIONS.get(event_type or "", {}), *REACTIONS.get("*", {})}):
            await defer(session, "kit.run_reaction", reaction=name, event_id=event_id)


@job("kit.run_reaction")
async def run_reaction(runtime: Runtime, *, reaction: str, event_id: str) -> None:
    """Run one reaction in one transaction, once."""
    async with runtime.database.transaction(Role.WORKER) as session:
        row = await session.get_one(OutboxEvent, UUID(event_id))
        set_trace(traceparent=row.traceparent)
        function = REACTIONS.get(row.type, {}).get(reaction) or REACTIONS.get("*", {}).get(reaction)
        if function is None:
            log.info("reaction_gone", reaction=reaction, event_type=row.type)
            return
        first = await session.scalar(
            insert(ReactionDone)
            .values(reaction=reaction, event_id=row.id)
            .on_conflict_do_nothing()
            .returning(ReactionDone.event_id)
        )
        if first is None:
            return
        told = Told(
            id=row.id,
            type=row.type,
            subject=row.subject,
            sequence=row.sequence,
            organization_ids=tuple(row.organization_ids),
            occurred_at=row.occurred_at,
            event=Event.known[row.type].model_validate(row.data),
        )
        await function(session, told)


@job("kit.rescue_jobs", cron="* * * * *")
async def rescue_jobs(runtime: Runtime) -> None:
    """Give the jobs of dead workers back to the queue. `rescue` below is the same at a worker's start."""
    await rescue(seconds_since_heartbeat=30)


async def rescue(*, seconds_since_heartbeat: float) -> int:
    """Requeue jobs whose worker has not been heard of for so long; the number requeued."""
    stalled = list(await jobs.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds_since_heartbeat))
    for stalled_job in stalled:
        await jobs.job_manager.retry_job(stalled_job)
    if stalled:
        log.warning("jobs_rescued", count=len(stalled))
    return len(stalled)


@job("kit.chain_audit", cron="* * * * *")
async def chain_audit_job(runtime: Runtime) -> None:
    """Append new audit entries to their organizations' hash chains."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await chain_audit(session)


@job("kit.tidy", cron="17 3 * * *")
async def tidy(runtime: Runtime) -> None:
    """Forget saved answers that no client will ask for any more. Deletion is per organization, by the `worker` policy."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None)
        await forget_old_answers(session)
