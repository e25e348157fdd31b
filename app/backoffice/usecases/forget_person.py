"""Forget a person who has left: his own rows are emptied, and what the audit log remembers of him is erased."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.backoffice.errors import StillAMember
from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.errors import NotFound
from app.parties import facade as parties


async def forget_person(session: AsyncSession, actor: Actor, person_id: UUID, *, note: str) -> int:
    """Empty the person's own rows and erase the values of the audit entries about him; the number of these.

    The entries and their chain stay.

    Raises `StillAMember` while the person belongs to an organization: nobody's acts are wiped away behind his back.
    """
    actor.require(Permission.OPERATE)
    if await parties.person(session, person_id) is None:
        raise NotFound()
    if await parties.still_belongs(session, person_id):
        raise StillAMember()
    await parties.forget_person(session, actor, person_id)
    erased = await audit.forget_values(session, "person", person_id)
    await audit.record(session, actor, "person.forget", "person", person_id, after={"entries": erased, "note": note})
    return erased
