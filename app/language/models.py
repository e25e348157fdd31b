"""The one table of the language room: every text that a person wrote, and its translations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.kit.locales import LOCALES
from app.language.states import Origin, TextState


class LocalText(Base):
    """One field of one thing in one language. One row of each field is the source; the others were made from it.

    `source_digest` is SHA-256 of the source text that a translation was made from, and of the text itself on the source.
    `reader_ids` are the organizations that may read beside the owner; `published` texts may be read by everybody.
    """

    __tablename__ = "texts"
    __table_args__ = (
        UniqueConstraint("entity_kind", "entity_id", "field", "locale"),
        Index(
            "uq_texts_source",
            "entity_kind",
            "entity_id",
            "field",
            unique=True,
            postgresql_where=sql("is_source"),
        ),
        Index("ix_texts_owner_id", "owner_id", "locale"),
        CheckConstraint(f"locale IN ({one_of(LOCALES)})", name="locale_known"),
        CheckConstraint(f"state IN ({one_of(TextState)})", name="state_known"),
        CheckConstraint(f"origin IN ({one_of(Origin)})", name="origin_known"),
        CheckConstraint("NOT is_source OR (state = 'human' AND origin = 'human')", name="source_is_human"),
        CheckConstraint("origin = 'human' OR engine IS NOT NULL", name="machine_names_engine"),
        CheckConstraint(
            "state = 'stale' OR state = CASE WHEN origin = 'machine' THEN 'machine' "
            "WHEN engine IS NULL THEN 'human' ELSE 'reviewed' END",
            name="state_agrees_with_origin",
        ),
        CheckConstraint("entity_kind ~ '^[a-z][a-z_]*$' AND field ~ '^[a-z][a-z0-9_]*$'", name="names_are_codes"),
        CheckConstraint("octet_length(source_digest) = 32", name="digest_is_sha256"),
        CheckConstraint("length(text) BETWEEN 1 AND 20000", name="length"),
    )

    id: Mapped[Id]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    entity_kind: Mapped[str] = mapped_column(String(40, collation="C"))
    entity_id: Mapped[UUID]
    field: Mapped[str] = mapped_column(String(60, collation="C"))
    locale: Mapped[str] = mapped_column(String(8, collation="C"))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(10))
    is_source: Mapped[bool] = mapped_column(Boolean)
    engine: Mapped[str | None] = mapped_column(String(40))
    source_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    reader_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=sql("'{}'"))
    published: Mapped[bool] = mapped_column(Boolean, server_default=sql("false"))
    person_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(Integer, server_default=sql("1"))
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.app_now())
