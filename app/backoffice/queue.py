"""procrastinate's tables as the back office reads them. They belong to the queue, so they stand in a registry of their own."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, String
from sqlalchemy.dialects.postgresql import ENUM, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_STATUS = ENUM(
    "todo", "doing", "succeeded", "failed", "cancelled", "aborting", "aborted",
    name="procrastinate_job_status", create_type=False,
)  # fmt: skip
_EVENT = ENUM(
    "deferred", "started", "deferred_for_retry", "failed", "succeeded", "cancelled", "abort_requested", "aborted",
    "scheduled", "retried",
    name="procrastinate_job_event_type", create_type=False,
)  # fmt: skip


class QueueTable(DeclarativeBase):
    """Base of the queue's tables; unknown to the migrations."""


class Job(QueueTable):
    """A job: waiting, running, failed (successful ones are removed)."""

    __tablename__ = "procrastinate_jobs"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    task_name: Mapped[str] = mapped_column(String(128))
    status: Mapped[str] = mapped_column(_STATUS)
    attempts: Mapped[int] = mapped_column(Integer)
    scheduled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    args: Mapped[dict[str, Any]] = mapped_column(JSONB)
    queue_name: Mapped[str] = mapped_column(String(128))
    priority: Mapped[int] = mapped_column(Integer)
    lock: Mapped[str | None] = mapped_column(String)
    queueing_lock: Mapped[str | None] = mapped_column(String)
    abort_requested: Mapped[bool] = mapped_column(Boolean)
    worker_id: Mapped[int | None] = mapped_column(BigInteger)


class JobEvent(QueueTable):
    """What happened to a job."""

    __tablename__ = "procrastinate_events"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    job_id: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(_EVENT)
    at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PeriodicDefer(QueueTable):
    """When a periodic job was deferred last."""

    __tablename__ = "procrastinate_periodic_defers"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    task_name: Mapped[str] = mapped_column(String(128))
    defer_timestamp: Mapped[int | None] = mapped_column(BigInteger)
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    periodic_id: Mapped[str] = mapped_column(String(128))


class Worker(QueueTable):
    """A worker that lives, or was killed a moment ago."""

    __tablename__ = "procrastinate_workers"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    last_heartbeat: Mapped[datetime] = mapped_column(DateTime(timezone=True))
