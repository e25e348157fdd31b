"""All that other rooms may call: texts that people wrote, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.locales import fallback_chain, known_locales
from app.language import queries, rules
from app.language.glossary import Glossary, load_glossary
from app.language.models import LocalText
from app.language.usecases.import_texts import TextImport, import_texts
from app.language.usecases.keep_text import keep_text
from app.language.usecases.put_translation import TranslationWritten
from app.language.usecases.put_translation import put_translation as _put_translation
from app.language.usecases.renew_texts import renew_texts
from app.language.usecases.want_translations import want_translations

__all__ = [
    "ShownText",
    "TextImport",
    "TextVersion",
    "TranslationWritten",
    "import_texts",
    "keep_text",
    "locales_of",
    "publish_many",
    "publish_texts",
    "put_translation",
    "renew_texts",
    "share_texts",
    "shown_texts",
    "texts_of",
    "texts_of_many",
    "trade_glossary",
    "want_translations",
]

Entity = tuple[str, UUID]
TextKey = tuple[str, UUID, str]


@dataclass(frozen=True, slots=True)
class ShownText:
    """A field as one reader sees it. `state` is human, reviewed, machine or stale; `engine` names the machine, if any.

    `locale` is the language of `text`; the source stands beside it, so that a reader can compare.
    """

    locale: str
    text: str
    source_locale: str
    source_text: str
    state: str
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class TextVersion:
    """One version of a field."""

    field: str
    locale: str
    text: str
    state: str
    is_source: bool
    engine: str | None
    version: int


def trade_glossary() -> Glossary:
    """The trade terms that ship with the house."""
    return load_glossary()


async def share_texts(session: AsyncSession, entity: Entity, reader_ids: Sequence[UUID]) -> None:
    """Let further organizations read the texts that the acting organization owns on a thing.

    Row-level security keeps the texts of others on the same thing out of it. Call it while acting for the owner.
    """
    if reader_ids:
        await queries.widen(session, entity, reader_ids)


async def publish_texts(session: AsyncSession, entity: Entity, *, published: bool = True) -> None:
    """Let everybody read the acting organization's texts on a thing (a listed product), or no longer."""
    await queries.set_published(session, entity, published)


async def publish_many(session: AsyncSession, entities: Sequence[Entity], *, published: bool) -> None:
    """`publish_texts` for many things in one statement."""
    if entities:
        await queries.set_all_published(session, entities, published)


async def shown_texts(session: AsyncSession, entities: Sequence[Entity], locale: str) -> dict[TextKey, ShownText]:
    """The fields of many things as a reader of `locale` is shown them, in one SQL statement.

    Keys are (entity kind, entity id, field). Fields that the acting organization may not read are absent.
    """
    if not entities:
        return {}
    fields: dict[TextKey, dict[str, LocalText]] = {}
    for row in await queries.candidates(session, entities, fallback_chain(locale)):
        fields.setdefault((row.entity_kind, row.entity_id, row.field), {})[row.locale] = row
    shown: dict[TextKey, ShownText] = {}
    for key, versions in fields.items():
        source = next((row for row in versions.values() if row.is_source), None)
        best = rules.best_text(versions, locale)
        if source is None or best is None:
            continue
        shown[key] = ShownText(best.locale, best.text, source.locale, source.text, best.state, best.engine)
    return shown


async def texts_of(session: AsyncSession, entity: Entity) -> list[TextVersion]:
    """Every version of every field of a thing that the acting organization may read."""
    return [_version(row) for row in await queries.texts_of_entity(session, entity)]


async def locales_of(session: AsyncSession, owner_id: UUID, entity_kind: str) -> list[str]:
    """The languages that an organization's texts of a kind are written in, in the house's order."""
    return list(known_locales(await queries.locales_of(session, owner_id, entity_kind)))


async def texts_of_many(session: AsyncSession, entities: Sequence[Entity]) -> dict[Entity, list[TextVersion]]:
    """The same for many things, in one SQL statement. Every thing has a list."""
    found: dict[Entity, list[TextVersion]] = {entity: [] for entity in entities}
    if entities:
        for row in await queries.texts_of_entities(session, entities):
            found[row.entity_kind, row.entity_id].append(_version(row))
    return found


async def put_translation(
    session: AsyncSession, actor: Actor, entity: Entity, field: str, locale: str, written: TranslationWritten
) -> TextVersion:
    """Record a person's translation (human or reviewed) of a text that the actor's organization owns."""
    return _version(await _put_translation(session, actor, entity, field, locale, written))


def _version(row: LocalText) -> TextVersion:
    return TextVersion(row.field, row.locale, row.text, row.state, row.is_source, row.engine, row.version)
