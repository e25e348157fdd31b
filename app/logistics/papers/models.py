"""Tables of what a shipment consists of and of the documents that go with it.

`shipment_cargo` holds the sums of a shipment's packages; triggers keep them, in the transaction that changes the packages.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.logistics.papers.states import FOR_TWO, Audience, PaperType

_OF_SHIPMENT = (["shipment_id", "shipper_id"], ["shipments.id", "shipments.shipper_id"])


class Cargo(Base):
    """What the packages of a shipment come to. Whoever sees the shipment sees it: a partner must know what he is asked for."""

    __tablename__ = "shipment_cargo"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_SHIPMENT),
        Index("ix_shipment_cargo_shipper_id", "shipper_id"),
        CheckConstraint("lines BETWEEN 0 AND 500", name="lines_bounded"),
        CheckConstraint("pieces >= 0 AND gross_mass_kg >= 0 AND volume_m3 >= 0", name="not_negative"),
        CheckConstraint("(lines = 0) = (pieces = 0)", name="lines_have_pieces"),
    )

    shipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    shipper_id: Mapped[UUID]
    lines: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    pieces: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    gross_mass_kg: Mapped[Decimal] = mapped_column(Numeric(14, 3), server_default=text("0"))
    volume_m3: Mapped[Decimal] = mapped_column(Numeric(14, 6), server_default=text("0"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class ShipmentPackage(Base):
    """Equal packages of a shipment: measures and mass are of one piece. They are replaced together, never edited."""

    __tablename__ = "shipment_packages"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_SHIPMENT),
        UniqueConstraint("shipment_id", "line"),
        UniqueConstraint("shipment_id", "sscc"),
        Index("ix_shipment_packages_shipper_id", "shipper_id"),
        CheckConstraint("line BETWEEN 1 AND 500", name="line_in_range"),
        CheckConstraint("pieces BETWEEN 1 AND 9999", name="pieces_in_range"),
        CheckConstraint("package_type ~ '^[0-9A-Z]{2}$'", name="package_type_form"),
        CheckConstraint("sscc IS NULL OR (sscc ~ '^[0-9]{18}$' AND pieces = 1)", name="sscc_names_one"),
        CheckConstraint(
            "length_mm BETWEEN 1 AND 60000 AND width_mm BETWEEN 1 AND 60000 AND height_mm BETWEEN 1 AND 60000",
            name="measures_in_range",
        ),
        CheckConstraint("gross_mass_kg > 0 AND gross_mass_kg <= 500000", name="mass_in_range"),
        CheckConstraint("hs_code ~ '^[0-9]{6,10}$'", name="hs_code_form"),
        CheckConstraint("container ~ '^[A-Z]{4}[0-9]{7}$'", name="container_form"),
    )

    id: Mapped[Id]
    shipment_id: Mapped[UUID]
    shipper_id: Mapped[UUID]
    line: Mapped[int] = mapped_column(SmallInteger)
    pieces: Mapped[int] = mapped_column(SmallInteger)
    package_type: Mapped[str] = mapped_column(String(2))
    sscc: Mapped[str | None] = mapped_column(String(18, collation="C"))
    length_mm: Mapped[int] = mapped_column(Integer)
    width_mm: Mapped[int] = mapped_column(Integer)
    height_mm: Mapped[int] = mapped_column(Integer)
    gross_mass_kg: Mapped[Decimal] = mapped_column(Numeric(10, 3))
    # Of all pieces of the line.
    volume_m3: Mapped[Decimal] = mapped_column(
        Numeric(14, 6),
        Computed("round(pieces::numeric * length_mm * width_mm * height_mm / 1000000000, 6)", persisted=True),
    )
    marks: Mapped[str] = mapped_column(String(500), server_default=text("''"))
    description: Mapped[str] = mapped_column(String(500))
    hs_code: Mapped[str | None] = mapped_column(String(10))
    stackable: Mapped[bool] = mapped_column(Boolean)
    container: Mapped[str | None] = mapped_column(String(11))
    created_at: Mapped[CreatedAt]


class ShipmentPaper(Base):
    """A document that goes with a shipment. `partner_id` carries it by `booking_id`: he attached it, or it is between him and the
    shipper. Nothing of it changes but that it is withdrawn."""

    __tablename__ = "shipment_documents"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_SHIPMENT),
        ForeignKeyConstraint(["document_id", "owner_id"], ["documents.id", "documents.organization_id"]),
        ForeignKeyConstraint(
            ["booking_id", "shipment_id", "partner_id"],
            [f"bookings.{column}" for column in ("id", "shipment_id", "partner_id")],
        ),
        Index(
            "uq_shipment_documents_attached_once",
            "shipment_id",
            "document_id",
            "type",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_shipment_documents_shipment_id_id", "shipment_id", "id"),
        Index("ix_shipment_documents_document_id", "document_id"),
        Index("ix_shipment_documents_booking_id", "booking_id"),
        CheckConstraint(f"type IN ({one_of(PaperType)})", name="type_known"),
        CheckConstraint(f"audience IN ({one_of(Audience)})", name="audience_known"),
        CheckConstraint("(booking_id IS NULL) = (partner_id IS NULL)", name="partner_by_booking"),
        CheckConstraint(
            "owner_id = shipper_id OR (partner_id IS NOT NULL AND owner_id = partner_id)", name="attached_by_a_side"
        ),
        CheckConstraint("audience = 'parties' OR partner_id IS NOT NULL", name="two_are_two"),
        CheckConstraint(f"type NOT IN ({one_of(sorted(FOR_TWO))}) OR audience = 'two'", name="prices_for_two"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_because IS NULL)", name="withdrawn_with_reason"),
    )

    id: Mapped[Id]
    shipment_id: Mapped[UUID]
    shipper_id: Mapped[UUID]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    booking_id: Mapped[UUID | None]
    partner_id: Mapped[UUID | None]
    document_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(String(24))
    audience: Mapped[str] = mapped_column(String(7))
    number: Mapped[str] = mapped_column(String(80), server_default=text("''"))
    issued_on: Mapped[date | None] = mapped_column(Date)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    withdrawn_because: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]
