"""Bring texts of many things to the wordings that their owner sent at once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.language import queries, rules
from app.language.models import LocalText
from app.language.states import Origin, TextState
from app.language.usecases.import_texts import TextImport, first_version


async def renew_texts(session: AsyncSession, owner_id: UUID, fields: Sequence[TextImport]) -> int:
    """Store the wordings of existing and new fields, every one as a person's; how many versions changed.

    A locale that is not in `texts` keeps its wording; one whose source got another wording becomes stale. The source's
    language of an existing field stays. Call it as the owner. No event tells of each: whoever brings many tells of them
    together.
    """
    known: dict[tuple[str, UUID, str], dict[str, LocalText]] = {}
    for row in await queries.lock_entities(session, sorted({item.entity for item in fields})):
        known.setdefault((row.entity_kind, row.entity_id, row.field), {})[row.locale] = row
    inserted: list[dict[str, Any]] = []
    updated: list[dict[str, Any]] = []
    for item in fields:
        rows = known.get((*item.entity, item.field), {})
        source = next((row for row in rows.values() if row.is_source), None)
        source_text = item.texts.get(source.locale if source else item.source_locale, source.text if source else None)
        if source_text is None:
            continue
        digest = rules.digest(source_text)
        for locale in item.texts:
            if locale not in rows:
                is_source = source is None and locale == item.source_locale
                inserted.append(first_version(owner_id, item, locale, digest, is_source=is_source))
        for row in rows.values():
            change = _renewed(row, item.texts, digest)
            if change:
                updated.append({"id": row.id, "version": row.version + 1, **change})
    await queries.change_texts(session, updated)
    if inserted:
        await queries.insert_texts(session, inserted)
    return len(inserted) + len(updated)


def _renewed(row: LocalText, texts: Mapping[str, str], source: bytes) -> dict[str, Any]:
    """What changes in a version when its field has these wordings and a source of this digest."""
    if row.locale in texts:
        wanted: dict[str, Any] = {
            "text": texts[row.locale],
            "state": TextState.HUMAN.value,
            "origin": Origin.HUMAN.value,
            "engine": None,
            "source_digest": source,
        }
    else:
        wanted = {"state": rules.state_of(row.origin, row.engine, row.source_digest, source).value}
    unchanged = all(getattr(row, name) == value for name, value in wanted.items())
    return {} if unchanged else {**_as_it_is(row), **wanted}


def _as_it_is(row: LocalText) -> dict[str, Any]:
    names = ("text", "state", "origin", "engine", "source_digest")
    return {name: getattr(row, name) for name in names}
