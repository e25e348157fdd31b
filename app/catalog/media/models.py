"""Tables of a listing's pictures and drawings: what they show, in words, and web addresses they are fetched from."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.media.states import FetchState
from app.kit.db.base import Base, CreatedAt, Id
from app.kit.locales import LOCALES

_FETCH_STATES = ", ".join(f"'{state}'" for state in FetchState)
_LOCALES = ", ".join(f"'{locale}'" for locale in LOCALES)


class MediumText(Base):
    """What a picture of a listing shows, in one language, for those who do not see it."""

    __tablename__ = "media_texts"
    __table_args__ = (
        ForeignKeyConstraint(["product_id", "supplier_id"], ["products.id", "products.supplier_id"]),
        ForeignKeyConstraint(["document_id", "supplier_id"], ["documents.id", "documents.organization_id"]),
        Index("ix_media_texts_document_id", "document_id"),
        CheckConstraint(f"locale IN ({_LOCALES})", name="locale_known"),
        CheckConstraint("alt <> ''", name="not_empty"),
    )

    product_id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    locale: Mapped[str] = mapped_column(String(8, collation="C"), primary_key=True)
    supplier_id: Mapped[UUID]
    alt: Mapped[str] = mapped_column(String(300))


class MediaFetch(Base):
    """A web address that a supplier named for a listing, and what came of it. The same address waits once at a listing."""

    __tablename__ = "media_fetches"
    __table_args__ = (
        ForeignKeyConstraint(["product_id", "supplier_id"], ["products.id", "products.supplier_id"]),
        ForeignKeyConstraint(["document_id", "supplier_id"], ["documents.id", "documents.organization_id"]),
        Index("ix_media_fetches_product_id_id", "product_id", "id"),
        Index("ix_media_fetches_document_id", "document_id"),
        Index(
            "uq_media_fetches_waiting",
            "product_id",
            "url_sha256",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        CheckConstraint(f"state IN ({_FETCH_STATES})", name="state_known"),
        CheckConstraint("(state = 'fetched') = (document_id IS NOT NULL)", name="fetched_document"),
        CheckConstraint("state <> 'refused' OR reason IS NOT NULL", name="refused_with_reason"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended_when"),
    )

    id: Mapped[Id]
    product_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    url: Mapped[str] = mapped_column(Text)
    url_sha256: Mapped[str] = mapped_column(String(64, collation="C"))
    requested_by: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), server_default=text("'waiting'"))
    reason: Mapped[str | None] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    document_id: Mapped[UUID | None]
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
