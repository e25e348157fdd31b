"""Tables of the exchange: imports, what they found, and which of a supplier's own column names mean what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.exchange.states import FileFormat, ImportState
from app.kit.db.base import Base, CreatedAt, Id

_STATES = ", ".join(f"'{state}'" for state in ImportState)
_FORMATS = ", ".join(f"'{form}'" for form in FileFormat)
_COUNTERS = (
    "rows_read", "rows_accepted", "rows_refused", "rows_unchanged", "products_created", "products_changed",
    "products_unchanged", "products_refused", "products_published", "products_done", "findings", "media_noted",
)  # fmt: skip


class ListingImportRun(Base):
    """One file being taken over. `products_done` is the offset: whoever goes on after a kill begins behind it."""

    __tablename__ = "listing_imports"
    __table_args__ = (
        UniqueConstraint("id", "supplier_id"),
        CheckConstraint(f"state IN ({_STATES})", name="state_known"),
        CheckConstraint(f"format IN ({_FORMATS})", name="format_known"),
        CheckConstraint("(state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_when_over"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure_has_reason"),
        CheckConstraint(" AND ".join(f"{name} >= 0" for name in _COUNTERS), name="counters_positive"),
        CheckConstraint("rows_accepted + rows_refused <= rows_read", name="rows_add_up"),
        CheckConstraint("rows_unchanged <= rows_accepted", name="unchanged_are_accepted"),
        Index("ix_listing_imports_supplier_id_id", "supplier_id", "id"),
        Index("ix_listing_imports_running", "id", postgresql_where=text("state IN ('waiting', 'reading')")),
    )

    id: Mapped[Id]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    document_id: Mapped[UUID]
    filename: Mapped[str] = mapped_column(String(255))
    format: Mapped[str] = mapped_column(String(8))
    dry_run: Mapped[bool] = mapped_column(Boolean)
    default_category: Mapped[str | None] = mapped_column(String(80))
    default_locale: Mapped[str] = mapped_column(String(8))
    encoding: Mapped[str | None] = mapped_column(String(40))
    person_id: Mapped[UUID | None]
    client_id: Mapped[UUID | None]
    may_translate: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(String(10), server_default=text("'waiting'"))
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    columns: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    signature: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    rows_total: Mapped[int | None] = mapped_column(Integer)
    rows_read: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    rows_accepted: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    rows_refused: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    rows_unchanged: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    products_created: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    products_changed: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    products_unchanged: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    products_refused: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    products_published: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    products_done: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    findings: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    media_noted: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ImportFinding(Base):
    """One thing that is wrong with a row. The message id and its parameters are stored; whoever reads renders them."""

    __tablename__ = "listing_import_findings"
    __table_args__ = (
        ForeignKeyConstraint(["import_id", "supplier_id"], ["listing_imports.id", "listing_imports.supplier_id"]),
        CheckConstraint("number > 0 AND row_number >= 0", name="numbers_positive"),
        Index("ix_listing_import_findings_supplier_id", "supplier_id"),
    )

    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    row_number: Mapped[int] = mapped_column(Integer)
    product_code: Mapped[str] = mapped_column(String(200))
    sku: Mapped[str] = mapped_column(String(200))
    column: Mapped[str] = mapped_column("column_key", String(200))
    code: Mapped[str] = mapped_column(String(60))
    message: Mapped[str] = mapped_column(Text)
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)


class HeaderMapping(Base):
    """What a supplier said the columns of files with this header line hold: header → field, or null for "leave it out"."""

    __tablename__ = "listing_header_mappings"
    __table_args__ = (CheckConstraint("signature ~ '^[0-9a-f]{64}$'", name="signature_is_sha256"),)

    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    signature: Mapped[str] = mapped_column(String(64), primary_key=True)
    columns: Mapped[dict[str, str | None]] = mapped_column(JSONB)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.app_now())
