"""What the language room announces. Ids and codes only: a text may be sealed."""

from uuid import UUID

from app.kit.outbox import Event


class TextChanged(Event, name="language.text_changed.v1", subject=("text", "text_id")):
    """A source text was replaced by another wording; its translations are stale. Not announced for a first text."""

    text_id: UUID
    entity_kind: str
    entity_id: UUID
    field: str
    locale: str


class TranslationRecorded(Event, name="language.translation_recorded.v1", subject=("text", "text_id")):
    """A translation was written by a person or a machine. `text_id` is the translation's own id."""

    text_id: UUID
    entity_kind: str
    entity_id: UUID
    field: str
    locale: str
    state: str
    engine: str | None
