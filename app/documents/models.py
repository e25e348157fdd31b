"""Tables of the documents room: files, who may open them, what was accepted, and who opened what."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.documents.states import Outcome, PictureState, ScanState
from app.kit.db.base import Base, CreatedAt, Id, one_of


class StoredFile(Base):
    """That the file store keeps a content. Equal contents of several organizations are kept once; no name, no owner."""

    __tablename__ = "stored_files"
    __table_args__ = (CheckConstraint("key ~ '^[0-9a-f]{64}$'", name="key_is_digest"),)

    key: Mapped[str] = mapped_column(String(64, collation="C"), primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    kept_at: Mapped[CreatedAt]


class Document(Base):
    """A file of an organization. A deleted one keeps its row, because the download log speaks of it, and loses its content."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("id", "organization_id"),
        Index("ix_documents_organization_id_id", "organization_id", "id", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_documents_file_key", "file_key"),
        CheckConstraint(f"scan_state IN ({one_of(ScanState)})", name="scan_state_known"),
        CheckConstraint("(scan_state = 'refused') = (scan_reason IS NOT NULL)", name="refused_with_reason"),
        CheckConstraint("(scan_state = 'pending') = (scanned_at IS NULL)", name="scanned_when"),
        CheckConstraint("(deleted_at IS NULL) = (file_key IS NOT NULL)", name="content_until_deleted"),
        CheckConstraint("file_key IS NULL OR file_key = sha256", name="key_is_sha256"),
        CheckConstraint("size_bytes > 0", name="not_empty"),
        CheckConstraint("(nda_text IS NULL) = (nda_sha256 IS NULL)", name="nda_with_digest"),
        CheckConstraint("filename <> '' AND filename !~ '[/\\\\[:cntrl:]]'", name="filename_is_a_name"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    uploaded_by: Mapped[str] = mapped_column(String(64))
    filename: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(10))
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64, collation="C"))
    file_key: Mapped[str | None] = mapped_column(String(64, collation="C"), ForeignKey("stored_files.key"))
    scan_state: Mapped[str] = mapped_column(String(10), server_default=text("'pending'"))
    scan_reason: Mapped[str | None] = mapped_column(String(20))
    scanned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    nda_text: Mapped[str | None] = mapped_column(Text)
    nda_sha256: Mapped[str | None] = mapped_column(String(64, collation="C"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class DocumentGrant(Base):
    """That an organization may open a document because of a thing it is attached to.

    The owner's own row (reader = owner) is the attachment itself; every further reader has a row of his own. A `published`
    attachment may be opened by everybody: a picture of a listed product.
    """

    __tablename__ = "document_grants"
    __table_args__ = (
        ForeignKeyConstraint(["document_id", "owner_id"], ["documents.id", "documents.organization_id"]),
        Index("ix_document_grants_entity", "entity_kind", "entity_id", "reader_id"),
        Index("ix_document_grants_document_id_owner_id", "document_id", "owner_id"),
        CheckConstraint("entity_kind ~ '^[a-z][a-z_]*$'", name="entity_kind_is_code"),
        CheckConstraint("NOT published OR reader_id = owner_id", name="owner_publishes"),
    )

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity_kind: Mapped[str] = mapped_column(String(40, collation="C"), primary_key=True)
    entity_id: Mapped[UUID] = mapped_column(primary_key=True)
    reader_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    owner_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    published: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    granted_at: Mapped[CreatedAt]


class DocumentPicture(Base):
    """That renditions of a picture are wanted, because it is shown to everybody, and what came of it.

    Width and height are those of the upright picture. `version` tells one set of renditions from another in their addresses.
    """

    __tablename__ = "document_pictures"
    __table_args__ = (
        ForeignKeyConstraint(["document_id", "owner_id"], ["documents.id", "documents.organization_id"]),
        UniqueConstraint("document_id", "owner_id"),
        CheckConstraint(f"state IN ({one_of(PictureState)})", name="state_known"),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="refused_with_reason"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended_when"),
        CheckConstraint(
            "(state = 'ready') = (width_px IS NOT NULL AND height_px IS NOT NULL AND version IS NOT NULL)",
            name="ready_with_size",
        ),
        CheckConstraint("width_px > 0 AND height_px > 0", name="size_positive"),
    )

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(10), server_default=text("'waiting'"))
    reason: Mapped[str | None] = mapped_column(String(20))
    width_px: Mapped[int | None] = mapped_column(Integer)
    height_px: Mapped[int | None] = mapped_column(Integer)
    version: Mapped[str | None] = mapped_column(String(16, collation="C"))
    wanted_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class DocumentRendition(Base):
    """One size of a picture in one format: pixels alone, nothing of what its maker wrote beside them.

    `fits_px` is the narrowest of the widths offered that it was made for; the picture itself may be narrower.
    """

    __tablename__ = "document_renditions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["document_id", "owner_id"], ["document_pictures.document_id", "document_pictures.owner_id"]
        ),
        Index("ix_document_renditions_document_id_owner_id", "document_id", "owner_id"),
        Index("ix_document_renditions_file_key", "file_key"),
        CheckConstraint("format IN ('webp', 'jpeg')", name="format_known"),
        CheckConstraint("width_px > 0 AND height_px > 0 AND size_bytes > 0", name="size_positive"),
        CheckConstraint("width_px <= fits_px", name="fits"),
    )

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    format: Mapped[str] = mapped_column(String(4, collation="C"), primary_key=True)
    fits_px: Mapped[int] = mapped_column(Integer, primary_key=True)
    width_px: Mapped[int] = mapped_column(Integer)
    height_px: Mapped[int] = mapped_column(Integer)
    owner_id: Mapped[UUID]
    file_key: Mapped[str] = mapped_column(String(64, collation="C"), ForeignKey("stored_files.key"))
    size_bytes: Mapped[int] = mapped_column(BigInteger)


class NdaAcceptance(Base):
    """That an organization accepted one wording of a document's confidentiality terms. Append-only."""

    __tablename__ = "document_nda_acceptances"
    __table_args__ = (
        ForeignKeyConstraint(["document_id", "owner_id"], ["documents.id", "documents.organization_id"]),
        UniqueConstraint("document_id", "organization_id", "nda_sha256", name="uq_document_nda_acceptances_once"),
        Index("ix_document_nda_acceptances_document_id_owner_id", "document_id", "owner_id"),
    )

    id: Mapped[Id]
    document_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    accepted_by: Mapped[str] = mapped_column(String(64))
    nda_sha256: Mapped[str] = mapped_column(String(64, collation="C"))
    accepted_at: Mapped[CreatedAt]


class DownloadEntry(Base):
    """Somebody asked for a document's content and got it, or was refused. Written before the first byte. Append-only."""

    __tablename__ = "document_downloads"
    __table_args__ = (
        ForeignKeyConstraint(["document_id", "owner_id"], ["documents.id", "documents.organization_id"]),
        Index("ix_document_downloads_document_id_owner_id_id", "document_id", "owner_id", "id"),
        CheckConstraint(f"outcome IN ({one_of(Outcome)})", name="outcome_known"),
        CheckConstraint("(outcome = 'refused') = (reason IS NOT NULL)", name="refused_with_reason"),
    )

    id: Mapped[Id]
    document_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    actor: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(40))
    first_byte: Mapped[int | None] = mapped_column(BigInteger)
    last_byte: Mapped[int | None] = mapped_column(BigInteger)
    request_id: Mapped[str | None] = mapped_column(String(64))
    occurred_at: Mapped[CreatedAt]


class StorageUse(Base):
    """How much an organization keeps, and its own quota where it differs from the installation's."""

    __tablename__ = "document_storage_use"
    __table_args__ = (CheckConstraint("used_bytes >= 0", name="not_negative"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    used_bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    quota_bytes: Mapped[int | None] = mapped_column(BigInteger)
