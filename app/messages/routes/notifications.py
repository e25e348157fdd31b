"""A person's notifications, and which of them are mailed."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Invalid, NotFound, PreconditionFailed, PreconditionRequired, Unauthenticated
from app.kit.etags import IfMatch, set_etag
from app.kit.locales import current_locale, translate
from app.kit.paging import Paging, fetch_page, link_next
from app.kit.problems import problems
from app.kit.routing import house_router
from app.messages.errors import NotificationsArePersonal
from app.messages.guards import CurrentReader, Reader
from app.messages.links import path_of
from app.messages.models import Notification
from app.messages.queries import notifications as queries
from app.messages.registry import NOTICES
from app.messages.rendering import render_stored
from app.messages.schemas import (
    NoticeGroupOut,
    NotificationOut,
    NotificationPage,
    PreferencesIn,
    PreferencesOut,
    ReadCount,
)
from app.messages.states import ALWAYS_MAILED, NOTICE_GROUP_LABELS, NoticeGroup
from app.messages.usecases.choose_mails import choose_mails

router = house_router(tags=["notifications"])


def _out(row: Notification, reader: Reader) -> NotificationOut:
    rendered = render_stored(row.notice, row.params, current_locale(), reader.actor.time_zone)
    notice = NOTICES.get(row.notice)
    shown = notice is not None and not notice.placeholders - set(row.params)
    return NotificationOut(
        id=row.id,
        notice=row.notice,
        subject=rendered.subject,
        body=rendered.body,
        path=path_of(notice, row.params) if notice is not None and shown else None,
        entity=row.entity,
        entity_id=row.entity_id,
        created_at=row.created_at,
        read_at=row.read_at,
    )


@router.get("/notifications", responses=problems(Unauthenticated, NotificationsArePersonal))
async def list_notifications(
    reader: CurrentReader,
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
    unread: Annotated[bool | None, Query(description="Only unread ones, or only read ones.")] = None,
) -> NotificationPage:
    """Your notifications, newest first, in your language and time zone."""
    organization_id = reader.actor.organization_id
    statement = queries.of_person(organization_id, reader.person_id, unread=unread)
    rows, cursor = await fetch_page(session, statement, page, keys=[Notification.id], descending=True)
    link_next(request, response, cursor)
    return NotificationPage(
        items=[_out(row, reader) for row in rows],
        next_cursor=cursor,
        unread_count=await queries.count_unread(session, organization_id, reader.person_id),
    )


@router.post("/notifications/read-all", responses=problems(Unauthenticated, NotificationsArePersonal))
async def read_all_notifications(reader: CurrentReader, session: Session, now: Now) -> ReadCount:
    """Mark all your notifications as read."""
    read = await queries.mark_all_read(session, reader.actor.organization_id, reader.person_id, now=now)
    return ReadCount(read=read)


@router.post(
    "/notifications/{notification_id}/read", responses=problems(Unauthenticated, NotificationsArePersonal, NotFound)
)
async def read_notification(
    notification_id: UUID, reader: CurrentReader, session: Session, now: Now
) -> NotificationOut:
    """Mark one of your notifications as read. Doing so again changes nothing."""
    organization_id = reader.actor.organization_id
    row = await queries.mark_read(session, organization_id, reader.person_id, notification_id, now=now)
    if row is None:
        raise NotFound()
    return _out(row, reader)


def _preferences(muted: list[str]) -> PreferencesOut:
    return PreferencesOut(
        groups=[
            NoticeGroupOut(
                code=group,
                label=translate(NOTICE_GROUP_LABELS[group], current_locale()),
                mailed=group not in muted,
                always_mailed=group in ALWAYS_MAILED,
            )
            for group in NoticeGroup
        ]
    )


@router.get("/notifications/preferences", responses=problems(Unauthenticated, NotificationsArePersonal))
async def show_notification_preferences(reader: CurrentReader, session: Session, response: Response) -> PreferencesOut:
    """Which of your notifications are mailed to you too."""
    preference = await queries.preference(session, reader.actor.organization_id, reader.person_id)
    set_etag(response, preference.version if preference else 0)
    return _preferences(preference.muted_groups if preference else [])


@router.put(
    "/notifications/preferences",
    responses=problems(Unauthenticated, NotificationsArePersonal, Invalid, PreconditionRequired, PreconditionFailed),
)
async def put_notification_preferences(
    reader: CurrentReader, form: PreferencesIn, if_match: IfMatch, session: Session, response: Response
) -> PreferencesOut:
    """Choose of which groups you want no mails. Mails about the security of your account are always sent."""
    preference = await choose_mails(session, reader.actor, form.muted_groups, expected_version=if_match)
    set_etag(response, preference.version)
    return _preferences(preference.muted_groups)
