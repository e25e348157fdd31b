"""What the pages count, and the SQL of the queue."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.audit import AuditEntry, AuditLink, AuditValues
from app.kit.db.base import Base

MOST_HEADS = 500
VERIFIED = "platform.verify"


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of an organization's chain."""

    organization_id: UUID
    code: str
    position: int
    hash: str


@dataclass(frozen=True, slots=True)
class LastVerification:
    """What the last verification found, and when."""

    moment: Any
    holds: bool
    checks: list[dict[str, Any]]


async def chain_heads(session: AsyncSession) -> list[Head]:
    """The heads of the chains of at most the first 500 organizations."""
    organizations = Base.metadata.tables["organizations"]
    last = (
        select(AuditLink.organization_id, func.max(AuditLink.position).label("position"))
        .group_by(AuditLink.organization_id)
        .subquery()
    )
    rows = await session.execute(
        select(AuditLink.organization_id, organizations.c.code, AuditLink.position, AuditLink.hash)
        .join(
            last,
            (last.c.organization_id == AuditLink.organization_id) & (last.c.position == AuditLink.position),
        )
        .join(organizations, organizations.c.id == AuditLink.organization_id)
        .order_by(organizations.c.code)
        .limit(MOST_HEADS)
    )
    return [Head(organization, code, position, link.hex()) for organization, code, position, link in rows]


async def last_verification(session: AsyncSession) -> LastVerification | None:
    """The newest verification that somebody ran from here."""
    row = (
        await session.execute(
            select(AuditEntry.occurred_at, AuditValues.values)
            .join(AuditValues, AuditValues.entry_id == AuditEntry.id)
            .where(AuditEntry.action == VERIFIED)
            .order_by(AuditEntry.id.desc())
            .limit(1)
        )
    ).first()
    if row is None:
        return None
    after = row[1].get("after") or {}
    return LastVerification(row[0], bool(after.get("holds")), list(after.get("checks", [])))


async def count_where(session: AsyncSession, table: str, condition: str) -> int:
    """How many rows of a table meet a condition that is written in this program."""
    statement = text(f"SELECT count(*) FROM {table} WHERE {condition}")  # noqa: S608
    return int(await session.scalar(statement) or 0)


async def requeue_failed_job(session: AsyncSession, job_id: int) -> str | None:
    """Let a failed job run again; its name, or None when there is no such failed job."""
    task: str | None = await session.scalar(text("SELECT app_retry_failed_job(:id)"), {"id": job_id})
    return task
