"""Tables of quotes. `quotes` says that a quote exists and what its seal is; its contents stand in the two sealed tables."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Currency, Id, one_of
from app.procurement.models.inquiries import INVITED
from app.procurement.states import PriceKind, QuoteState


class Quote(Base):
    """That a supplier answers an inquiry. `digest` is the seal: SHA-256 over the contents and a salt that stays with them."""

    __tablename__ = "quotes"
    __table_args__ = (
        ForeignKeyConstraint(["inquiry_id", "buyer_id", "supplier_id"], INVITED),
        UniqueConstraint("inquiry_id", "buyer_id", "supplier_id", "revision"),
        Index(
            "uq_quotes_live", "inquiry_id", "supplier_id", unique=True, postgresql_where=text("state <> 'withdrawn'")
        ),
        Index("ix_quotes_supplier_id_id", "supplier_id", "id"),
        CheckConstraint(f"state IN ({one_of(QuoteState)})", name="state_known"),
        CheckConstraint("(digest IS NULL) = (submitted_at IS NULL)", name="seal_has_time"),
        CheckConstraint("state <> 'submitted' OR digest IS NOT NULL", name="submitted_is_sealed"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_has_time"),
        CheckConstraint("revision > 0", name="revision_counts"),
    )

    id: Mapped[Id]
    inquiry_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    revision: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(12), server_default=text("'draft'"))
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class QuoteTerms(Base):
    """The terms of a quote, sealed with its prices. A trigger holds the three ids to those of the quote.

    `notes_locale` is the language of the notes and of the names of extras.
    """

    __tablename__ = "quote_terms"
    __table_args__ = (
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("lead_time_days > 0", name="lead_time_positive"),
        CheckConstraint("octet_length(salt) = 32", name="salt_is_full"),
        CheckConstraint("notes IS NULL OR notes_locale IS NOT NULL", name="notes_have_locale"),
    )

    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quotes.id"), primary_key=True)
    inquiry_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    currency: Mapped[Currency]
    lead_time_days: Mapped[int] = mapped_column(SmallInteger)
    valid_until: Mapped[date] = mapped_column(Date)
    incoterm: Mapped[str] = mapped_column(String(3))
    incoterm_place: Mapped[str] = mapped_column(String(120))
    reference: Mapped[str | None] = mapped_column(String(60))
    notes: Mapped[str | None] = mapped_column(Text)
    notes_locale: Mapped[str | None] = mapped_column(String(8))
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))


class QuotePrice(Base):
    """The one place where a quoted price stands. `price_minor` buys `per_quantity` units of the line; an extra is a sum."""

    __tablename__ = "quote_prices"
    __table_args__ = (
        ForeignKeyConstraint(["line_id", "inquiry_id"], ["inquiry_lines.id", "inquiry_lines.inquiry_id"]),
        Index("uq_quote_prices_line", "quote_id", "line_id", unique=True, postgresql_where=text("line_id IS NOT NULL")),
        UniqueConstraint("quote_id", "position"),
        Index("ix_quote_prices_line_id_inquiry_id", "line_id", "inquiry_id"),
        CheckConstraint(f"kind IN ({one_of(PriceKind)})", name="kind_known"),
        CheckConstraint("(kind = 'line') = (line_id IS NOT NULL)", name="line_named"),
        CheckConstraint("(kind = 'extra') = (label IS NOT NULL)", name="extra_labelled"),
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("per_quantity > 0", name="per_quantity_positive"),
    )

    id: Mapped[Id]
    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quotes.id"))
    inquiry_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(8))
    line_id: Mapped[UUID | None]
    label: Mapped[str | None] = mapped_column(String(200))
    price_minor: Mapped[int] = mapped_column(BigInteger)
    per_quantity: Mapped[Decimal] = mapped_column(Numeric(18, 6), server_default=text("1"))


class InquiryOpening(Base):
    """That the quotes of an inquiry were opened: stored once, never before the opening time, never taken back."""

    __tablename__ = "inquiry_openings"
    __table_args__ = (ForeignKeyConstraint(["inquiry_id", "buyer_id"], ["inquiries.id", "inquiries.buyer_id"]),)

    inquiry_id: Mapped[UUID] = mapped_column(primary_key=True)
    buyer_id: Mapped[UUID] = mapped_column(primary_key=True)
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    opened_at: Mapped[CreatedAt]
