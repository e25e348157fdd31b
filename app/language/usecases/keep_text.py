"""Keep the source text of a field, in whatever language its author writes."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.outbox import announce
from app.language import queries, rules
from app.language.events import TextChanged
from app.language.models import LocalText
from app.language.states import Origin, TextState


async def keep_text(
    session: AsyncSession,
    *,
    owner_id: UUID,
    entity: tuple[str, UUID],
    field: str,
    locale: str,
    text: str,
    reader_ids: Sequence[UUID] = (),
    published: bool | None = None,
) -> UUID:
    """Store or replace the source text of a field; the id of its row.

    Call it while acting for the owner. Readers are added to those there were. A changed wording makes every translation
    of another wording stale, and so does a source in another language, which turns the former source into a translation.
    """
    rows = await queries.lock_field(session, entity, field)
    source_digest = rules.digest(text)
    before = next((row for row in rows if row.is_source), None)
    readers = sorted({*reader_ids, *(reader for row in rows for reader in row.reader_ids)} - {owner_id})
    shown = published if published is not None else bool(before and before.published)
    if before is not None and before.locale != locale:
        # The former source steps back first: a field has one source at every moment.
        before.is_source = False
        await session.flush()
    kept = next((row for row in rows if row.locale == locale), None)
    if kept is None:
        kept = LocalText(owner_id=owner_id, entity_kind=entity[0], entity_id=entity[1], field=field, locale=locale)
        session.add(kept)
        rows.append(kept)
    changed = before is not None and (before.locale != locale or before.source_digest != source_digest)
    for row in rows:
        worth = (row.text, row.state, row is before)
        if row is kept:
            _make_source(row, text, source_digest)
        else:
            row.state = rules.state_of(row.origin, row.engine, row.source_digest, source_digest)
        row.reader_ids, row.published = readers, shown
        if row.version and worth != (row.text, row.state, row is kept):
            row.version += 1
            row.changed_at = func.app_now()
    await session.flush()
    if changed:
        event = TextChanged(text_id=kept.id, entity_kind=entity[0], entity_id=entity[1], field=field, locale=locale)
        await announce(session, event, organizations=[owner_id, *readers])
    return kept.id


def _make_source(row: LocalText, text: str, source_digest: bytes) -> None:
    row.text, row.is_source, row.source_digest = text, True, source_digest
    row.state, row.origin, row.engine = TextState.HUMAN, Origin.HUMAN, None
