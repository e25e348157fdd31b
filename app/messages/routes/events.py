"""The events of an organization, for a partner's system that wants to catch up."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from app.kit.actor import Actor, Permission, permitted
from app.kit.db.session import Session
from app.kit.errors import FieldError, Forbidden, Invalid, Unauthenticated
from app.kit.locales import N_
from app.kit.outbox import OutboxEvent, cloud_event
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import problems
from app.kit.routing import house_router
from app.messages.queries import events as queries
from app.messages.rules import EVENT_PATTERN
from app.messages.schemas import CloudEventOut

router = house_router(tags=["events"])


@router.get("/events", response_model_exclude_none=True, responses=problems(Unauthenticated, Forbidden, Invalid))
async def list_events(
    actor: Annotated[Actor, Depends(permitted(Permission.READ))],
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    event_type: Annotated[
        str | None,
        Query(
            alias="type", pattern=EVENT_PATTERN, max_length=120, description="A type, or a beginning like `orders.*`."
        ),
    ] = None,
    after: Annotated[UUID | None, Query(description="The id of the last event that you have.")] = None,
    subject: Annotated[str | None, Query(max_length=120, description="One entity, such as `inquiry/0199…`.")] = None,
) -> Page[CloudEventOut]:
    """What happened in your organization, oldest first, in the order of commits: go on with `after` and miss none.

    An event appears once every transaction that began before its own has ended, mostly within a moment.
    """
    last_seen = None
    if after is not None:
        last_seen = await queries.told_event(session, actor.organization_id, after)
        if last_seen is None:
            message = N_("No event that you may see has this id.")
            raise Invalid(errors=[FieldError("#/query/after", "unknown-event", message)])
    statement = queries.told_to(actor.organization_id, event_type=event_type, subject=subject, after=last_seen)
    keys = [OutboxEvent.transaction_id, OutboxEvent.id]
    rows, cursor = await fetch_page(session, statement, page, keys=keys)
    link_next(request, response, cursor)
    items = [CloudEventOut.model_validate(cloud_event(row)) for row in rows]
    return Page[CloudEventOut](items=items, next_cursor=cursor)
