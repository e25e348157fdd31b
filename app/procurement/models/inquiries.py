"""Tables of inquiries. Every row names its buyer, so that row-level security needs no join to know whose it is."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Currency, Id, LocaleTag, Moment, one_of
from app.procurement.states import InquiryState

# Only an invited supplier can ask or quote, and only with the buyer who invited him: a foreign key says so.
INVITED = [f"inquiry_invitations.{column}" for column in ("inquiry_id", "buyer_id", "supplier_id")]


class Inquiry(Base):
    """What a buyer asks for. The opening time may only move later, and never for a closed inquiry (a trigger sees to it)."""

    __tablename__ = "inquiries"
    __table_args__ = (
        UniqueConstraint("buyer_id", "number"),
        # The target of composite foreign keys: a child cannot name another buyer than its inquiry's.
        UniqueConstraint("id", "buyer_id"),
        CheckConstraint(f"state IN ({one_of(InquiryState)})", name="state_known"),
        CheckConstraint("opens_at >= closes_at", name="opens_after_closing"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint(
            "state = 'draft' OR published_at IS NOT NULL OR state = 'cancelled'", name="published_has_time"
        ),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_time"),
        Index("ix_inquiries_buyer_id_id", "buyer_id", "id"),
        Index("ix_inquiries_due", "closes_at", postgresql_where=text("state = 'published'")),
    )

    id: Mapped[Id]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    number: Mapped[str] = mapped_column(String(24, collation="C"))
    state: Mapped[str] = mapped_column(String(12), server_default=text("'draft'"))
    locale: Mapped[LocaleTag]
    title: Mapped[str] = mapped_column(String(200))
    notes: Mapped[str | None] = mapped_column(Text)
    payment_notes: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[Currency]
    incoterm: Mapped[str] = mapped_column(String(3))
    incoterm_place: Mapped[str] = mapped_column(String(120))
    milestone_template: Mapped[str | None] = mapped_column(String(40))
    required_on: Mapped[date | None] = mapped_column(Date)
    closes_at: Mapped[Moment]
    opens_at: Mapped[Moment]
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancel_reason: Mapped[str | None] = mapped_column(String(1000))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class InquiryCounter(Base):
    """The last inquiry number that a buyer gave in a year."""

    __tablename__ = "inquiry_counters"

    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class InquiryLot(Base):
    """Lines that a buyer would rather award together."""

    __tablename__ = "inquiry_lots"
    __table_args__ = (
        ForeignKeyConstraint(["inquiry_id", "buyer_id"], ["inquiries.id", "inquiries.buyer_id"]),
        UniqueConstraint("inquiry_id", "buyer_id", "position"),
        UniqueConstraint("id", "inquiry_id"),
    )

    id: Mapped[Id]
    inquiry_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str | None] = mapped_column(String(200))


class InquiryLine(Base):
    """One thing asked for: an item of a catalogue, a custom mould described by the data dictionary, or words alone."""

    __tablename__ = "inquiry_lines"
    __table_args__ = (
        ForeignKeyConstraint(["inquiry_id", "buyer_id"], ["inquiries.id", "inquiries.buyer_id"]),
        ForeignKeyConstraint(["lot_id", "inquiry_id"], ["inquiry_lots.id", "inquiry_lots.inquiry_id"]),
        UniqueConstraint("inquiry_id", "buyer_id", "position"),
        UniqueConstraint("id", "inquiry_id"),
        Index("ix_inquiry_lines_lot_id_inquiry_id", "lot_id", "inquiry_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("num_nonnulls(variant_id, spec) <= 1", name="item_or_mould"),
    )

    id: Mapped[Id]
    inquiry_id: Mapped[UUID]
    lot_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    variant_id: Mapped[UUID | None]
    sku: Mapped[str | None] = mapped_column(String(80))
    spec: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    description: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    unit: Mapped[str] = mapped_column(String(3))
    required_on: Mapped[date | None] = mapped_column(Date)


class InquiryTarget(Base):
    """The price that the buyer hopes for, in a table of its own: a supplier may read the line and not this."""

    __tablename__ = "inquiry_targets"
    __table_args__ = (
        ForeignKeyConstraint(["line_id", "inquiry_id"], ["inquiry_lines.id", "inquiry_lines.inquiry_id"]),
        ForeignKeyConstraint(["inquiry_id", "buyer_id"], ["inquiries.id", "inquiries.buyer_id"]),
        Index("ix_inquiry_targets_inquiry_id_buyer_id", "inquiry_id", "buyer_id"),
        CheckConstraint("price_minor > 0", name="price_positive"),
    )

    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    inquiry_id: Mapped[UUID] = mapped_column(primary_key=True)
    buyer_id: Mapped[UUID]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    shared: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


class InquiryInvitation(Base):
    """That a supplier is asked. Unsent while the inquiry is a draft; the supplier sees it from `sent_at` on."""

    __tablename__ = "inquiry_invitations"
    __table_args__ = (
        ForeignKeyConstraint(["inquiry_id", "buyer_id"], ["inquiries.id", "inquiries.buyer_id"]),
        UniqueConstraint("inquiry_id", "buyer_id", "supplier_id"),
        Index("ix_inquiry_invitations_supplier_id_id", "supplier_id", "id"),
        CheckConstraint("buyer_id <> supplier_id", name="not_oneself"),
        CheckConstraint("(declined_at IS NULL) = (decline_reason IS NULL)", name="decline_has_reason"),
    )

    id: Mapped[Id]
    inquiry_id: Mapped[UUID]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    declined_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decline_reason: Mapped[str | None] = mapped_column(String(1000))
    created_at: Mapped[CreatedAt]


class InquiryQuestion(Base):
    """What a supplier asks, for the buyer's eyes and his own."""

    __tablename__ = "inquiry_questions"
    __table_args__ = (
        ForeignKeyConstraint(["inquiry_id", "buyer_id", "supplier_id"], INVITED),
        UniqueConstraint("id", "inquiry_id"),
        Index("ix_inquiry_questions_invitation", "inquiry_id", "buyer_id", "supplier_id"),
    )

    id: Mapped[Id]
    inquiry_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    locale: Mapped[LocaleTag]
    question: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[CreatedAt]


class InquiryAnswer(Base):
    """The buyer's answer to every invited supplier, with the question as the buyer repeats it. It does not name who asked."""

    __tablename__ = "inquiry_answers"
    __table_args__ = (
        ForeignKeyConstraint(["inquiry_id", "buyer_id"], ["inquiries.id", "inquiries.buyer_id"]),
        ForeignKeyConstraint(["question_id", "inquiry_id"], ["inquiry_questions.id", "inquiry_questions.inquiry_id"]),
        Index("ix_inquiry_answers_inquiry_id_buyer_id", "inquiry_id", "buyer_id"),
    )

    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    inquiry_id: Mapped[UUID] = mapped_column(primary_key=True)
    buyer_id: Mapped[UUID]
    question_locale: Mapped[LocaleTag]
    question: Mapped[str] = mapped_column(Text)
    locale: Mapped[LocaleTag]
    answer: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[CreatedAt]
