"""Take over the texts of many new things at once, with the translations that people made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
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
        first_version(
            owner_id, item, locale, rules.digest(item.texts[item.source_locale]), is_source=locale == item.source_locale
        )
        for item in fields
        for locale in item.texts
    ]
    if rows:
        await queries.insert_texts(session, rows)
    return len(rows)


def first_version(owner_id: UUID, item: TextImport, locale: str, source: bytes, *, is_source: bool) -> dict[str, Any]:
    """The row of a field's first wording in a language; `source` is the digest of the source's wording."""
    return {
        "id": new_id(),
        "owner_id": owner_id,
        "entity_kind": item.entity[0],
        "entity_id": item.entity[1],
        "field": item.field,
        "locale": locale,
        "text": item.texts[locale],
        "state": TextState.HUMAN.value,
        "origin": Origin.HUMAN.value,
        "is_source": is_source,
        "source_digest": source,
        "published": item.published,
    }
