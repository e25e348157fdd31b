"""Tell people: one notification each, and one mail to each who wants mails of this kind."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Permission
from app.messages.queries import mails as mail_queries
from app.messages.queries import notifications as queries
from app.messages.registry import Param, known_notice, stored_params
from app.messages.states import ALWAYS_MAILED
from app.messages.usecases.queue_mail import queue_mails
from app.parties import facade as parties


async def notify(
    session: AsyncSession,
    *,
    organization_id: UUID,
    recipients: Sequence[UUID] | None = None,
    permission: Permission | None = None,
    notice: str,
    params: Mapping[str, Param],
    entity: tuple[str, UUID],
    dedupe: UUID,
    exclude: Collection[UUID] = (),
) -> int:
    """Tell `recipients`, or whoever holds `permission`, or those recipients who hold it; how many were newly told.

    Call it from reactions, inside `acting_for(organization_id)`. Only current members of the organization are told, and
    nobody in `exclude` (such as the one who acted). `dedupe` is the event's id: nobody is told of it twice. Raises
    `UnknownNotice` and `NoticeParamsWrong`, for which a room's tests are the place.
    """
    known = known_notice(notice)
    stored = stored_params(known, params)
    if recipients is None and permission is None:
        raise ValueError("a notice needs recipients or the permission that they hold")
    people = await parties.people_who_may(session, organization_id, permission or Permission.READ)
    wanted = None if recipients is None else frozenset(recipients)
    told = [person for person in people if (wanted is None or person.id in wanted) and person.id not in exclude]
    if not told:
        return 0
    new = await queries.insert_notifications(
        session,
        organization_id=organization_id,
        person_ids=[person.id for person in told],
        notice=notice,
        params=stored,
        entity=entity,
        event_id=dedupe,
    )
    mute: frozenset[UUID] = frozenset()
    if known.group not in ALWAYS_MAILED:
        mute = await mail_queries.muted(session, organization_id, known.group)
    await queue_mails(
        session,
        organization_id=organization_id,
        people=[person for person in told if person.id in new and person.id not in mute],
        notice=notice,
        params=stored,
        entity=entity,
        event_id=dedupe,
    )
    return len(new)
