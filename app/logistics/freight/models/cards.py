"""Partners' rate cards, version by version."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.logistics.freight.states import CardState
from app.logistics.states import Mode

CARD_PLACE = "^[A-Z]{2}([A-Z2-9]{3}|-[0-9A-Z]{1,7})?$"


class RateCardVersion(Base):
    """One version of a partner's card for a lane. Nothing of it changes but that it ends: quotes were made of it."""

    __tablename__ = "rate_cards"
    __table_args__ = (
        UniqueConstraint("partner_id", "reference", "version"),
        UniqueConstraint("id", "partner_id"),
        Index(
            "uq_rate_cards_current", "partner_id", "reference", unique=True, postgresql_where=text("state = 'current'")
        ),
        Index("ix_rate_cards_partner_id_id", "partner_id", "id"),
        # What a quote looks for.
        Index(
            "ix_rate_cards_lane",
            "from_place",
            "to_place",
            "mode",
            "valid_until",
            postgresql_where=text("state = 'current'"),
        ),
        CheckConstraint(f"mode IN ({one_of(Mode)})", name="mode_known"),
        CheckConstraint(f"state IN ({one_of(CardState)})", name="state_known"),
        CheckConstraint("(state = 'current') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint(f"from_place ~ '{CARD_PLACE}' AND to_place ~ '{CARD_PLACE}'", name="places_known_form"),
        CheckConstraint("valid_from <= valid_until", name="validity_in_order"),
        CheckConstraint("0 <= transit_days_min AND transit_days_min <= transit_days_max", name="transit_is_range"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_form"),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("jsonb_typeof(tariff) = 'object'", name="tariff_is_object"),
        CheckConstraint("length(digest) = 32", name="digest_is_sha256"),
    )

    id: Mapped[Id]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    reference: Mapped[str] = mapped_column(String(80, collation="C"))
    version: Mapped[int] = mapped_column(Integer)
    mode: Mapped[str] = mapped_column(String(8))
    service: Mapped[str] = mapped_column(String(80), server_default=text("''"))
    from_place: Mapped[str] = mapped_column(String(10, collation="C"))
    to_place: Mapped[str] = mapped_column(String(10, collation="C"))
    currency: Mapped[str] = mapped_column(String(3))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    transit_days_min: Mapped[int] = mapped_column(SmallInteger)
    transit_days_max: Mapped[int] = mapped_column(SmallInteger)
    # Breaks, containers, minimums, surcharges, limits and the weight rule, as they were sent.
    tariff: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'current'"))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
