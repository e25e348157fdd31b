"""Tables of credit. What is used of a line and what was taken on it is written by functions of the database alone."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.credit.states import Suspension, TakeState
from app.kit.db.base import Base, CreatedAt, Currency, Id, Moment, one_of


class CreditLine(Base):
    """How much a buyer may order of a supplier before he pays. The supplier's offer; there is one for each pair and currency."""

    __tablename__ = "credit_lines"
    __table_args__ = (
        UniqueConstraint("supplier_id", "buyer_id", "currency"),
        Index("ix_credit_lines_supplier_id_id", "supplier_id", "id"),
        Index("ix_credit_lines_buyer_id_id", "buyer_id", "id"),
        CheckConstraint("limit_minor BETWEEN 0 AND 1000000000000000", name="limit_in_range"),
        CheckConstraint("payment_days BETWEEN 0 AND 365", name="payment_days_in_range"),
        CheckConstraint("suspend_after_days BETWEEN 0 AND 365", name="suspend_after_in_range"),
        CheckConstraint("valid_until >= valid_from", name="validity_in_order"),
        CheckConstraint(f"suspension IN ({one_of(Suspension)})", name="suspension_known"),
        CheckConstraint("(suspension IS NULL) = (suspended_at IS NULL)", name="suspended_has_time"),
        CheckConstraint(
            "(suspension_reason IS NOT NULL) = coalesce(suspension = 'supplier', false)", name="supplier_says_why"
        ),
        CheckConstraint("supplier_id <> buyer_id", name="not_oneself"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
    )

    id: Mapped[Id]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    currency: Mapped[Currency]
    limit_minor: Mapped[int] = mapped_column(BigInteger)
    payment_days: Mapped[int] = mapped_column(SmallInteger)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    # Nothing is taken while something has been overdue for more days than these; nothing of the kind when absent.
    suspend_after_days: Mapped[int | None] = mapped_column(SmallInteger)
    suspension: Mapped[str | None] = mapped_column(String(8))
    suspension_reason: Mapped[str | None] = mapped_column(String(500))
    suspended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))


class CreditExposure(Base):
    """What a buyer owes a supplier in a currency, or will: orders on credit that are not invoiced, and open items. It is kept
    whether there is a line or not; its row is the lock under which credit is taken."""

    __tablename__ = "credit_exposures"
    __table_args__ = (
        Index("ix_credit_exposures_buyer_id", "buyer_id"),
        CheckConstraint("ordered_minor >= 0 AND invoiced_minor >= 0", name="never_below_nothing"),
    )

    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3, collation="C"), primary_key=True)
    ordered_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    invoiced_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class CreditTake(Base):
    """Credit that a deal took, with the limit and the whole exposure at that moment: never more than the limit allowed then,
    whatever the limit became since."""

    __tablename__ = "credit_takes"
    __table_args__ = (
        Index(
            "uq_credit_takes_deal",
            "deal_kind",
            "deal_id",
            unique=True,
            postgresql_where=text("state <> 'given_back'"),
        ),
        Index("ix_credit_takes_line_id_id", "line_id", "id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("exposure_minor <= limit_minor", name="within_limit"),
        CheckConstraint(f"state IN ({one_of(TakeState)})", name="state_known"),
        CheckConstraint("(state = 'taken') = (ended_at IS NULL)", name="ended_has_time"),
    )

    id: Mapped[Id]
    line_id: Mapped[UUID] = mapped_column(ForeignKey("credit_lines.id"))
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    currency: Mapped[Currency]
    deal_kind: Mapped[str] = mapped_column(String(40, collation="C"))
    deal_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), server_default=text("'taken'"))
    exposure_minor: Mapped[int] = mapped_column(BigInteger)
    limit_minor: Mapped[int] = mapped_column(BigInteger)
    taken_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
