"""The search for load plans: in a lane of its own, in a process of its own, taken up again after a kill."""

from uuid import UUID

import structlog
from procrastinate.exceptions import AlreadyEnqueued

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer, job
from app.logistics.planning import queries
from app.logistics.planning.limits import MOST_ATTEMPTS
from app.logistics.planning.packing import Task, read_task
from app.logistics.planning.solving import Outcome, search
from app.logistics.planning.states import Failure
from app.logistics.planning.usecases.end_plan import end_plan
from app.logistics.planning.work import QUEUE, SOLVE_JOB, lock_of

log = structlog.get_logger(__name__)

AT_ONCE = 200


@job(SOLVE_JOB, queue=QUEUE)
async def solve_load_plan(runtime: Runtime, *, owner_id: str, load_plan_id: str) -> None:
    """Claim a plan, search with no transaction open, record what came of it. Running twice is harmless."""
    owner, one = UUID(owner_id), UUID(load_plan_id)
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, owner)
        claimed = await queries.claim(session, one)
        if claimed is None:
            # One that was begun too often ends here; of any other nothing is left to do.
            outcome = Outcome(failure=Failure.INTERRUPTED)
            await end_plan(session, one, outcome, Task((), ()), attempt=MOST_ATTEMPTS)
            return

    async def still_wanted() -> bool:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, owner)
            return await queries.is_wanted(session, one, claimed.attempt)

    found = await search(claimed.task, claimed.seconds, still_wanted=still_wanted)
    if found is None:
        return
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, owner)
        await end_plan(session, one, found, read_task(claimed.task), attempt=claimed.attempt)


@job("logistics.resume_load_plans", cron="* * * * *")
async def resume_load_plans(runtime: Runtime) -> None:
    """Defer unfinished plans again, should their job have been lost. One that runs goes on undisturbed: the new job waits for
    the same lock and finds nothing left to do."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        unfinished = await queries.unfinished(session, AT_ONCE)
    for one, owner, attempts in unfinished:
        try:
            async with runtime.database.transaction(Role.WORKER) as session:
                await defer(
                    session,
                    SOLVE_JOB,
                    queueing_lock=f"resume-{one}-{attempts}",
                    lock=lock_of(owner),
                    owner_id=str(owner),
                    load_plan_id=str(one),
                )
        except AlreadyEnqueued:
            continue
