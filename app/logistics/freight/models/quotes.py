"""What shippers asked the cards, and the options that were answered. An option may come of a partner's offer as well."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.logistics.freight.models.cards import CARD_PLACE
from app.logistics.states import Mode


class FreightQuoteAsked(Base):
    """An instant quote: what was asked, and why cards of the lane did not fit. Its prices are its options."""

    __tablename__ = "freight_quotes"
    __table_args__ = (
        UniqueConstraint("id", "shipper_id"),
        Index("ix_freight_quotes_shipper_id_id", "shipper_id", "id"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
    )

    id: Mapped[Id]
    shipper_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    # The question in the form in which it came: lane, goods, modes, day.
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    currency: Mapped[str] = mapped_column(String(3))
    unfit: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    valid_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[CreatedAt]


class FreightOption(Base):
    """A price that a shipper may book at until it ends: of a card, or of an offer that he took."""

    __tablename__ = "freight_options"
    __table_args__ = (
        ForeignKeyConstraint(["quote_id", "shipper_id"], ["freight_quotes.id", "freight_quotes.shipper_id"]),
        ForeignKeyConstraint(["card_id", "partner_id"], ["rate_cards.id", "rate_cards.partner_id"]),
        ForeignKeyConstraint(
            ["offer_id", "shipper_id", "partner_id"],
            ["freight_offers.id", "freight_offers.shipper_id", "freight_offers.partner_id"],
        ),
        UniqueConstraint("id", "shipper_id", "partner_id"),
        UniqueConstraint("offer_id"),
        Index("ix_freight_options_quote_id", "quote_id"),
        Index("ix_freight_options_card_id", "card_id"),
        Index("ix_freight_options_shipper_id", "shipper_id"),
        CheckConstraint(f"mode IN ({one_of(Mode)})", name="mode_known"),
        CheckConstraint(f"from_place ~ '{CARD_PLACE}' AND to_place ~ '{CARD_PLACE}'", name="places_known_form"),
        CheckConstraint("(quote_id IS NULL) <> (offer_id IS NULL)", name="quoted_or_offered"),
        CheckConstraint("(quote_id IS NULL) = (card_id IS NULL)", name="quoted_of_a_card"),
        CheckConstraint("total_minor >= 0", name="total_not_negative"),
        CheckConstraint("freight_lines_total(lines) = total_minor", name="lines_sum_to_total"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
        CheckConstraint(
            "num_nonnulls(reader_currency, reader_total_minor, fx_rate, fx_on) IN (0, 4)", name="conversion_is_whole"
        ),
        CheckConstraint("fx_rate > 0", name="fx_rate_positive"),
    )

    id: Mapped[Id]
    shipper_id: Mapped[UUID]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    quote_id: Mapped[UUID | None]
    card_id: Mapped[UUID | None]
    offer_id: Mapped[UUID | None]
    mode: Mapped[str] = mapped_column(String(8))
    service: Mapped[str] = mapped_column(String(80), server_default=text("''"))
    from_place: Mapped[str] = mapped_column(String(10))
    to_place: Mapped[str] = mapped_column(String(10))
    transit_days_min: Mapped[int] = mapped_column(SmallInteger)
    transit_days_max: Mapped[int] = mapped_column(SmallInteger)
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    # How the charged quantity was found; absent where a partner named his price.
    chargeable: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    reader_currency: Mapped[str | None] = mapped_column(String(3))
    reader_total_minor: Mapped[int | None] = mapped_column(BigInteger)
    fx_rate: Mapped[Decimal | None] = mapped_column(Numeric(24, 12))
    fx_on: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    # When it was first booked: from then on its partner reads it too.
    booked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
