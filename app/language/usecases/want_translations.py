"""Ask for machine translations of a thing's texts; a job makes them later, outside every transaction."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.jobs import defer
from app.kit.locales import known_locales
from app.language import queries

TRANSLATE_JOB = "language.translate"


async def want_translations(session: AsyncSession, entity: tuple[str, UUID], locales: Sequence[str]) -> int:
    """Defer one job per owner and locale that some source is not written in; how many. Whoever may read may ask.

    The job leaves alone what a person wrote and what is fresh, so asking twice costs nothing.
    """
    sources = await queries.sources_of(session, entity)
    wanted = sorted(
        {
            (str(source.owner_id), locale)
            for source in sources
            for locale in known_locales(locales)
            if locale != source.locale
        }
    )
    for owner_id, locale in wanted:
        await defer(
            session, TRANSLATE_JOB, owner_id=owner_id, entity_kind=entity[0], entity_id=str(entity[1]), locale=locale
        )
    return len(wanted)
