"""Take over the texts of many new things at once, with the translations that people made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import new_id
from app.language import queries, rules
from app.language.states import Origin, TextState


@dataclass(frozen=True, slots=True)
class TextImport:
    """One field in all languages that it is written in; `texts` holds the source too."""

    entity: tuple[str, UUID]
    field: str
    source_locale: str
    texts: Mapping[str, str]
    published: bool = False


async def import_texts(session: AsyncSession, owner_id: UUID, fields: Sequence[TextImport]) -> int:
    """Store fields that have no text yet, every version as a person's; how many versions. Call it as the owner."""
    rows = [
        {
            "id": new_id(),
            "owner_id": owner_id,
            "entity_kind": item.entity[0],
            "entity_id": item.entity[1],
            "field": item.field,
            "locale": locale,
            "text": text,
            "state": TextState.HUMAN.value,
            "origin": Origin.HUMAN.value,
            "is_source": locale == item.source_locale,
            "source_digest": rules.digest(item.texts[item.source_locale]),
            "published": item.published,
        }
        for item in fields
        for locale, text in item.texts.items()
    ]
    if rows:
        await queries.insert_texts(session, rows)
    return len(rows)
