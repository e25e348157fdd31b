"""Containers that shipments of several shippers share, and who pays what of them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.logistics.freight.states import ConsolidationState, SharingBasis


class Consolidation(Base):
    """A container that a partner fills with several shippers' goods. What it costs in all is his business."""

    __tablename__ = "consolidations"
    __table_args__ = (
        UniqueConstraint("id", "partner_id"),
        Index("ix_consolidations_partner_id_id", "partner_id", "id"),
        CheckConstraint(f"state IN ({one_of(ConsolidationState)})", name="state_known"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint(f"basis IN ({one_of(SharingBasis)})", name="basis_known"),
        CheckConstraint("cost_minor BETWEEN 0 AND 1000000000000000", name="cost_in_range"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
        CheckConstraint(
            "from_place ~ '^[A-Z]{2}[A-Z2-9]{3}$' AND to_place ~ '^[A-Z]{2}[A-Z2-9]{3}$' AND from_place <> to_place",
            name="places_are_unlocodes",
        ),
    )

    id: Mapped[Id]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    reference: Mapped[str] = mapped_column(String(80), server_default=text("''"))
    container_type: Mapped[str] = mapped_column(String(20))
    container_number: Mapped[str | None] = mapped_column(String(11))
    from_place: Mapped[str] = mapped_column(String(5))
    to_place: Mapped[str] = mapped_column(String(5))
    currency: Mapped[str] = mapped_column(String(3))
    cost_minor: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[str] = mapped_column(String(9))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'open'"))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class ConsolidationMember(Base):
    """A booking in a shared container. Its shipper reads it once its share is fixed, and no other one's."""

    __tablename__ = "consolidation_members"
    __table_args__ = (
        ForeignKeyConstraint(["consolidation_id", "partner_id"], ["consolidations.id", "consolidations.partner_id"]),
        ForeignKeyConstraint(
            ["booking_id", "shipper_id", "partner_id"],
            [f"bookings.{column}" for column in ("id", "shipper_id", "partner_id")],
        ),
        Index(
            "uq_consolidation_members_booking",
            "booking_id",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index("ix_consolidation_members_consolidation_id", "consolidation_id"),
        Index("ix_consolidation_members_booking_id", "booking_id"),
        Index("ix_consolidation_members_shipper_id_id", "shipper_id", "id"),
        CheckConstraint("volume_m3 >= 0 AND mass_kg >= 0 AND volume_m3 + mass_kg > 0", name="measures_given"),
        CheckConstraint("share_minor >= 0", name="share_not_negative"),
        CheckConstraint("(share_minor IS NULL) = (currency IS NULL)", name="share_has_currency"),
        CheckConstraint("removed_at IS NULL OR share_minor IS NULL", name="removed_pays_nothing"),
    )

    id: Mapped[Id]
    consolidation_id: Mapped[UUID]
    partner_id: Mapped[UUID]
    shipper_id: Mapped[UUID]
    booking_id: Mapped[UUID]
    volume_m3: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    mass_kg: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    share_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
