"""What shippers ask partners, and what these offer. No partner's row tells of another's."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.logistics.freight.states import FreightInquiryState, FreightOfferState
from app.logistics.states import Mode


class FreightInquiry(Base):
    """A shipper asks partners what they would take for some goods on a lane, until it closes."""

    __tablename__ = "freight_inquiries"
    __table_args__ = (
        UniqueConstraint("id", "shipper_id"),
        Index("ix_freight_inquiries_shipper_id_id", "shipper_id", "id"),
        Index("ix_freight_inquiries_closes_at", "closes_at", postgresql_where=text("state = 'open'")),
        CheckConstraint(f"state IN ({one_of(FreightInquiryState)})", name="state_known"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("(state = 'taken') = (taken_offer_id IS NOT NULL)", name="taken_names_offer"),
    )

    id: Mapped[Id]
    shipper_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    reference: Mapped[str] = mapped_column(String(80), server_default=text("''"))
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(String(1000), server_default=text("''"))
    closes_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'open'"))
    # When it was closed or cancelled; taking an offer changes nothing of it.
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    taken_offer_id: Mapped[UUID | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class FreightInvitation(Base):
    """That a partner is asked. He sees his own alone."""

    __tablename__ = "freight_invitations"
    __table_args__ = (
        ForeignKeyConstraint(["inquiry_id", "shipper_id"], ["freight_inquiries.id", "freight_inquiries.shipper_id"]),
        UniqueConstraint("inquiry_id", "partner_id"),
        Index("ix_freight_invitations_partner_id_inquiry_id", "partner_id", "inquiry_id"),
        CheckConstraint("shipper_id <> partner_id", name="not_oneself"),
    )

    id: Mapped[Id]
    inquiry_id: Mapped[UUID]
    shipper_id: Mapped[UUID]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    created_at: Mapped[CreatedAt]


class FreightOffer(Base):
    """One revision of a partner's answer; nothing of it changes but its state."""

    __tablename__ = "freight_offers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["inquiry_id", "partner_id"], ["freight_invitations.inquiry_id", "freight_invitations.partner_id"]
        ),
        ForeignKeyConstraint(["inquiry_id", "shipper_id"], ["freight_inquiries.id", "freight_inquiries.shipper_id"]),
        UniqueConstraint("inquiry_id", "partner_id", "revision"),
        UniqueConstraint("id", "shipper_id", "partner_id"),
        Index(
            "uq_freight_offers_live",
            "inquiry_id",
            "partner_id",
            unique=True,
            postgresql_where=text("state IN ('offered', 'taken')"),
        ),
        Index("uq_freight_offers_taken", "inquiry_id", unique=True, postgresql_where=text("state = 'taken'")),
        CheckConstraint(f"mode IN ({one_of(Mode)})", name="mode_known"),
        CheckConstraint(f"state IN ({one_of(FreightOfferState)})", name="state_known"),
        CheckConstraint("(state = 'offered') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("total_minor >= 0", name="total_not_negative"),
        CheckConstraint("freight_lines_total(lines) = total_minor", name="lines_sum_to_total"),
        CheckConstraint("0 <= transit_days_min AND transit_days_min <= transit_days_max", name="transit_is_range"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
        CheckConstraint("revision > 0", name="revision_positive"),
    )

    id: Mapped[Id]
    inquiry_id: Mapped[UUID]
    shipper_id: Mapped[UUID]
    partner_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(Integer)
    mode: Mapped[str] = mapped_column(String(8))
    service: Mapped[str] = mapped_column(String(80), server_default=text("''"))
    transit_days_min: Mapped[int] = mapped_column(SmallInteger)
    transit_days_max: Mapped[int] = mapped_column(SmallInteger)
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    valid_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    note: Mapped[str] = mapped_column(String(1000), server_default=text("''"))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'offered'"))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
