"""Let a failed job run again."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.backoffice import queries
from app.backoffice.errors import JobNotFailed
from app.kit import audit
from app.kit.actor import Actor, Permission


async def retry_job(session: AsyncSession, actor: Actor, job_id: int, *, note: str) -> None:
    """Put a failed job back into the queue. Raises `JobNotFailed` for any other."""
    actor.require(Permission.OPERATE)
    task = await queries.requeue_failed_job(session, job_id)
    if task is None:
        raise JobNotFailed()
    await audit.record(session, actor, "job.retry", "job", None, after={"job": job_id, "task": task, "note": note})
