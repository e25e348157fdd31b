"""Change one's own name and how one reads."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.etags import require_version
from app.parties.errors import PeopleOnly
from app.parties.models import Person
from app.parties.queries import people as queries
from app.parties.schemas.access import MePatch


async def edit_profile(session: AsyncSession, actor: Actor, form: MePatch, expected_version: int | None) -> Person:
    """Apply the fields that were sent."""
    if actor.person_id is None:
        raise PeopleOnly()
    person = await queries.lock_person(session, actor.person_id)
    if person is None:
        raise NotFound()
    require_version(person.version, expected_version)
    changes = form.model_dump(exclude_none=True)
    before = {name: getattr(person, name) for name in changes}
    for name, value in changes.items():
        setattr(person, name, value)
    person.version += 1
    await session.flush()
    await audit.record(session, actor, "person.edit", "person", person.id, before=before, after=changes)
    return person
