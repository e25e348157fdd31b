"""A person writes a translation, or vouches for a machine's."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.errors import NotFound
from app.kit.etags import if_match_version, require_version
from app.kit.outbox import announce
from app.language import queries, rules
from app.language.errors import NotYourText, SourceChanged, TextIsSource
from app.language.events import TranslationRecorded
from app.language.models import LocalText
from app.language.states import Origin


@dataclass(frozen=True, slots=True)
class TranslationWritten:
    """What a person wrote, and which version of the source it translates (None: the present one)."""

    text: str
    state: Literal["human", "reviewed"] = "human"
    source_version: int | None = None


async def put_translation(
    session: AsyncSession,
    actor: Actor,
    entity: tuple[str, UUID],
    field: str,
    locale: str,
    written: TranslationWritten,
    *,
    if_match: str | None = "*",
) -> LocalText:
    """Record a person's translation; it replaces any other. `reviewed` keeps the name of the machine that wrote first.

    Raises `NotFound`, `NotYourText`, `Forbidden`, `TextIsSource`, `SourceChanged`, `PreconditionRequired` and
    `PreconditionFailed` (an existing translation is replaced by whoever has read it).
    """
    visible = [row for row in await queries.sources_of(session, entity) if row.field == field]
    if not visible:
        raise NotFound()
    if visible[0].owner_id != actor.organization_id:
        raise NotYourText()
    actor.require(Permission.TRANSLATE)
    rows = await queries.lock_field(session, entity, field)
    source = next(row for row in rows if row.is_source)
    if source.locale == locale:
        raise TextIsSource(locale=locale)
    if written.source_version is not None and written.source_version != source.version:
        raise SourceChanged(source_version=source.version)
    row = next((found for found in rows if found.locale == locale), None)
    before = None
    if row is None:
        row = LocalText(
            owner_id=source.owner_id,
            entity_kind=entity[0],
            entity_id=entity[1],
            field=field,
            locale=locale,
            is_source=False,
            reader_ids=source.reader_ids,
            published=source.published,
        )
        session.add(row)
    else:
        require_version(row.version, if_match_version(if_match))
        before = {"state": row.state, "version": row.version}
        row.version += 1
        row.changed_at = func.app_now()
    row.text, row.origin, row.person_id = written.text, Origin.HUMAN, actor.person_id
    row.engine = row.engine if written.state == "reviewed" else None
    row.source_digest = source.source_digest
    row.state = rules.state_of(row.origin, row.engine, row.source_digest, source.source_digest)
    await session.flush()
    after = {"field": field, "locale": locale, "state": row.state, "version": row.version or 1}
    await audit.record(session, actor, "text.translate", entity[0], entity[1], before=before, after=after)
    await announce(session, recorded(row), organizations=[row.owner_id, *row.reader_ids])
    return row


def recorded(row: LocalText) -> TranslationRecorded:
    """The news of a translation."""
    return TranslationRecorded(
        text_id=row.id,
        entity_kind=row.entity_kind,
        entity_id=row.entity_id,
        field=row.field,
        locale=row.locale,
        state=row.state,
        engine=row.engine,
    )
