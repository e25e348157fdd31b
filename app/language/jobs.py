"""The translation job: claim, call the engine with no transaction open, record."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.gateways.translation import Translation, TranslationError
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime, defer, job
from app.kit.outbox import announce
from app.language import queries, rules
from app.language.models import LocalText
from app.language.states import Origin
from app.language.usecases.put_translation import recorded
from app.language.usecases.want_translations import TRANSLATE_JOB

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One source text as it was when the job began."""

    field: str
    locale: str
    text: str
    digest: bytes


@job(TRANSLATE_JOB, queue="translation")
async def translate_entity(runtime: Runtime, *, owner_id: str, entity_kind: str, entity_id: str, locale: str) -> None:
    """Translate into one language what needs it. Running twice is harmless: fresh and human texts are left alone."""
    owner, entity = UUID(owner_id), (entity_kind, UUID(entity_id))
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, owner)
        claimed = await _claim(session, owner, entity, locale)
    done: list[tuple[Claimed, Translation]] = []
    for source_locale in sorted({item.locale for item in claimed}):
        batch = [item for item in claimed if item.locale == source_locale]
        answers = await _ask(runtime.gateways["translator"], batch, source_locale, locale)
        done += zip(batch, answers, strict=False)
    if not done:
        return
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, owner)
        if await _record(session, owner, entity, locale, done):
            # The source was changed while the engine worked: what it made is stale already, so ask again.
            await defer(
                session, TRANSLATE_JOB, owner_id=owner_id, entity_kind=entity_kind, entity_id=entity_id, locale=locale
            )


async def _claim(session: AsyncSession, owner: UUID, entity: tuple[str, UUID], locale: str) -> list[Claimed]:
    rows = [row for row in await queries.texts_of_entity(session, entity) if row.owner_id == owner]
    there = {row.field: row for row in rows if row.locale == locale and not row.is_source}
    claimed = []
    for source in rows:
        if not source.is_source or source.locale == locale:
            continue
        row = there.get(source.field)
        if _needs_machine(row, source):
            claimed.append(Claimed(source.field, source.locale, source.text, source.source_digest))
    return claimed


def _needs_machine(row: LocalText | None, source: LocalText) -> bool:
    origin, made_from = (row.origin, row.source_digest) if row else (None, None)
    return rules.needs_machine(origin, made_from, source.source_digest)


async def _ask(translator: Any, batch: list[Claimed], source: str, target: str) -> list[Translation]:
    """The engine's answers. A refusal that no retry can mend leaves the texts untranslated; others run the job again."""
    try:
        answers: list[Translation] = await translator.translate([item.text for item in batch], source, target)
    except TranslationError as error:
        if error.retryable:
            raise
        log.warning("translation_refused", code=error.code, source=source, target=target, texts=len(batch))
        return []
    return answers


async def _record(
    session: AsyncSession,
    owner: UUID,
    entity: tuple[str, UUID],
    locale: str,
    done: list[tuple[Claimed, Translation]],
) -> bool:
    """Write the answers where a machine may write; whether some source had changed meanwhile."""
    overtaken = False
    for claimed, answer in done:
        rows = await queries.lock_field(session, entity, claimed.field)
        source = next((row for row in rows if row.is_source), None)
        if (
            source is None
            or source.owner_id != owner
            or source.locale == locale
            or not _is_worth_keeping(claimed, answer)
        ):
            continue
        row = next((found for found in rows if found.locale == locale), None)
        overtaken = overtaken or claimed.digest != source.source_digest
        if not _needs_machine(row, source):
            continue
        if row is None:
            row = LocalText(
                owner_id=owner,
                entity_kind=entity[0],
                entity_id=entity[1],
                field=claimed.field,
                locale=locale,
                is_source=False,
                reader_ids=source.reader_ids,
                published=source.published,
            )
            session.add(row)
        else:
            row.version += 1
            row.changed_at = func.app_now()
        row.text, row.origin, row.engine, row.person_id = answer.text, Origin.MACHINE, answer.engine, None
        row.source_digest = claimed.digest
        row.state = rules.state_of(row.origin, row.engine, row.source_digest, source.source_digest)
        await session.flush()
        await announce(session, recorded(row), organizations=[owner, *row.reader_ids])
    return overtaken


def _is_worth_keeping(claimed: Claimed, answer: Translation) -> bool:
    """A damaged answer is the source again, and so is one in which the glossary found no term: neither is a translation."""
    if answer.quality == "failed" or not answer.text.strip():
        return False
    return not (answer.quality == "glossary" and answer.text == claimed.text)
