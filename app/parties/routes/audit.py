"""An organization's own audit log: who did what, before and after, and where it stands in the chain."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import Field
from sqlalchemy import select

from app.kit.actor import Actor, Permission, permitted
from app.kit.audit import AuditEntry, AuditLink, AuditValues
from app.kit.db.session import Session
from app.kit.errors import Forbidden, Unauthenticated
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import problems
from app.kit.routing import house_router
from app.kit.schemas import Output

router = house_router(tags=["audit"])

Auditor = Annotated[Actor, Depends(permitted(Permission.AUDIT_READ))]


class AuditEntryOut(Output):
    """One act. `values` are absent when they were erased to forget a person; `hash` is absent until the entry is chained."""

    id: UUID
    actor: str = Field(description="`person:<id>`, `client:<id>`, `webhook:<id of its source>` or `system`.")
    action: str
    entity: str
    entity_id: UUID | None
    request_id: str | None
    occurred_at: datetime
    values: dict[str, Any] | None
    digest: str
    position: int | None = Field(description="Place in the organization's hash chain.")
    hash: str | None


@router.get("/audit-entries", responses=problems(Unauthenticated, Forbidden))
async def list_audit_entries(
    actor: Auditor,
    request: Request,
    response: Response,
    session: Session,
    page: Paging,
    action: Annotated[
        str | None, Query(max_length=80, description="Only this action, such as `inquiry.publish`.")
    ] = None,
    entity_id: Annotated[UUID | None, Query(description="Only acts on this thing.")] = None,
) -> Page[AuditEntryOut]:
    """Your organization's audit log, newest first."""
    statement = select(AuditEntry).where(AuditEntry.organization_id == actor.organization_id)
    if action is not None:
        statement = statement.where(AuditEntry.action == action)
    if entity_id is not None:
        statement = statement.where(AuditEntry.entity_id == entity_id)
    entries, cursor = await fetch_page(session, statement, page, keys=[AuditEntry.id], descending=True)
    link_next(request, response, cursor)
    ids = [entry.id for entry in entries]
    values = {
        row.entry_id: row.values
        for row in await session.scalars(select(AuditValues).where(AuditValues.entry_id.in_(ids)))
    }
    links = {row.entry_id: row for row in await session.scalars(select(AuditLink).where(AuditLink.entry_id.in_(ids)))}
    items = [
        AuditEntryOut(
            id=entry.id,
            actor=entry.actor,
            action=entry.action,
            entity=entry.entity,
            entity_id=entry.entity_id,
            request_id=entry.request_id,
            occurred_at=entry.occurred_at,
            values=values.get(entry.id),
            digest=entry.digest.hex(),
            position=link.position if (link := links.get(entry.id)) else None,
            hash=link.hash.hex() if link else None,
        )
        for entry in entries
    ]
    return Page(items=items, next_cursor=cursor)
