"""Tables of money in two currencies. Append-only."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Numeric,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Currency, Id


class FxLockedRate(Base):
    """How many of `quote` one `base` buys in a deal. It says nothing of who deals: whoever knows the deal finds it."""

    __tablename__ = "fx_locked_rates"
    __table_args__ = (
        CheckConstraint("rate > 0 AND rate < 'Infinity'", name="rate_positive"),
        CheckConstraint("base <> quote", name="two_currencies"),
        CheckConstraint("base ~ '^[A-Z]{3}$' AND quote ~ '^[A-Z]{3}$'", name="codes_are_iso4217"),
        CheckConstraint("rate_on <= locked_on", name="rate_was_known"),
        Index(
            "uq_fx_locked_rates_pair",
            "deal_kind",
            "deal_id",
            text("LEAST(base, quote)"),
            text("GREATEST(base, quote)"),
            unique=True,
        ),
    )

    id: Mapped[Id]
    deal_kind: Mapped[str] = mapped_column(String(40, collation="C"))
    deal_id: Mapped[UUID]
    base: Mapped[Currency]
    quote: Mapped[Currency]
    rate: Mapped[Decimal] = mapped_column(Numeric)
    # The day whose rate it is, and the one on which it was locked.
    rate_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(250))
    locked_on: Mapped[date] = mapped_column(Date)
    locked_at: Mapped[CreatedAt]


class FxRevaluation(Base):
    """What the house gained by its open positions until a month's end, in `currency`. `positions` say, by currency, what the
    account came to, and by which rate it was valued."""

    __tablename__ = "fx_revaluations"
    __table_args__ = (
        UniqueConstraint("period"),
        UniqueConstraint("posting_id"),
        CheckConstraint("extract(day FROM period) = 1", name="first_of_month"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("(gain_minor = 0) = (posting_id IS NULL)", name="what_changes_is_posted"),
    )

    id: Mapped[Id]
    period: Mapped[date] = mapped_column(Date)
    currency: Mapped[Currency]
    gain_minor: Mapped[int] = mapped_column(BigInteger)
    positions: Mapped[dict[str, Any]] = mapped_column(JSONB)
    posting_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_postings.id"))
    revalued_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    revalued_at: Mapped[CreatedAt]
