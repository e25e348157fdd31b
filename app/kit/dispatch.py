"""The jobs that carry events to their reactions, and the ones that keep the house tidy."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import literal_column, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.allowance import forget_rested
from app.kit.audit import chain_audit
from app.kit.context import current_request_id, set_trace
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for, acting_for
from app.kit.idempotency import forget_old_answers
from app.kit.jobs import Runtime, defer, job, jobs
from app.kit.outbox import ASKED, REACTIONS, Event, OutboxEvent, ReactionDone, Told

log = structlog.get_logger(__name__)

# A worker tells that it lives every so often; one that was killed is missed after a few silent beats.
HEARTBEAT_SECONDS = 2.0
MISSED_AFTER_SECONDS = 8.0


@job("kit.dispatch_event")
async def dispatch_event(runtime: Runtime, *, event_id: str) -> None:
    """Defer one job per reaction to the event. Running twice is harmless: reactions happen once."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        row = await session.get_one(OutboxEvent, UUID(event_id))
        for name in sorted({*REACTIONS.get(row.type, {}), *REACTIONS.get("*", {})}):
            if name not in ASKED or await ASKED[name](session, _told(row)):
                await defer(session, "kit.run_reaction", reaction=name, event_id=event_id)


@job("kit.run_reaction")
async def run_reaction(runtime: Runtime, *, reaction: str, event_id: str) -> None:
    """Run one reaction in one transaction, once."""
    async with runtime.database.transaction(Role.WORKER) as session:
        row = await session.get_one(OutboxEvent, UUID(event_id))
        set_trace(current_request_id(), row.traceparent)
        await _react(session, row, reaction)


async def _react(session: AsyncSession, row: OutboxEvent, reaction: str) -> None:
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
    await function(session, _told(row))


def _told(row: OutboxEvent) -> Told:
    return Told(
        id=row.id,
        type=row.type,
        subject=row.subject,
        sequence=row.sequence,
        organization_ids=tuple(row.organization_ids),
        occurred_at=row.occurred_at,
        event=Event.known[row.type].model_validate(row.data),
    )


async def react_at_once(session: AsyncSession, *, after: UUID | None) -> UUID | None:
    """Run the reactions to what this very transaction announced after an event, and to what they announce in turn.

    For a history that is told in one transaction, whose reactions belong to its own moments. Reactions to every event
    are left out: they carry news out of the house, and old news stay in it. Call it under the `worker` role; the ids
    must be in order. The dispatch jobs are taken away. The last event seen.
    """
    ours = OutboxEvent.transaction_id == literal_column("(pg_current_xact_id()::text)::bigint")
    while True:
        statement = select(OutboxEvent).where(ours).order_by(OutboxEvent.id)
        rows = (await session.scalars(statement.where(OutboxEvent.id > after) if after else statement)).all()
        if not rows:
            return after
        for row in rows:
            for name in sorted(REACTIONS.get(row.type, {})):
                if name in ASKED:
                    async with acting_for(session, None, operator=True):
                        if not await ASKED[name](session, _told(row)):
                            continue
                await _react(session, row, name)
            after = row.id
        await take_back(session, "kit.dispatch_event", "event_id", [row.id for row in rows])


async def take_back(session: AsyncSession, name: str, argument: str, values: Sequence[UUID]) -> None:
    """Take waiting jobs out of the queue by an argument of theirs. Only the `worker` role may."""
    await session.execute(
        text(
            "DELETE FROM procrastinate_jobs WHERE task_name = :name AND status = 'todo' "
            "AND args ->> :argument = ANY (:values)"
        ),
        {"name": name, "argument": argument, "values": [str(value) for value in values]},
    )


@job("kit.rescue_jobs", cron="* * * * * */5")
async def rescue_jobs(runtime: Runtime) -> None:
    """Give the jobs of dead workers back to the queue, every five seconds. A worker does the same at its start."""
    await rescue()


async def rescue() -> int:
    """Requeue jobs whose worker has not been heard of for `MISSED_AFTER_SECONDS`; the number requeued."""
    stalled = list(await jobs.job_manager.get_stalled_jobs(seconds_since_heartbeat=MISSED_AFTER_SECONDS))
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
    """Forget saved answers that no client will ask for any more, and allowances that are whole. Answers are deleted per
    organization, by the `worker` policy."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None)
        await forget_old_answers(session)
        await forget_rested(session)
