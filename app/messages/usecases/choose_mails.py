"""A person chooses of which groups of notices he wants mails."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.etags import require_version
from app.kit.locales import N_
from app.messages.errors import NotificationsArePersonal
from app.messages.models import NoticePreference
from app.messages.queries import notifications as queries
from app.messages.states import ALWAYS_MAILED, NoticeGroup


async def choose_mails(
    session: AsyncSession, actor: Actor, muted: Collection[NoticeGroup], *, expected_version: int | None
) -> NoticePreference:
    """Set the groups that are not mailed. Raises `Invalid` for one that always is."""
    if actor.person_id is None:
        raise NotificationsArePersonal()
    if ALWAYS_MAILED & set(muted):
        message = N_("Mails about the security of your account cannot be switched off.")
        raise Invalid(errors=[FieldError("/muted_groups", "always-mailed", message)])
    preference = await queries.lock_preference(session, actor.organization_id, actor.person_id)
    require_version(preference.version, expected_version)
    before = list(preference.muted_groups)
    preference.muted_groups = sorted(set(muted))
    preference.version += 1
    await session.flush()
    await audit.record(
        session,
        actor,
        "notice_preferences.choose",
        "notice_preferences",
        None,
        before={"muted_groups": before},
        after={"muted_groups": preference.muted_groups},
    )
    return preference
