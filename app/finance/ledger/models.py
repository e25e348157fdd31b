"""Tables of the ledger. Nothing in them is ever changed but balances, and those by what is posted alone.

Amounts are minor units; a debit is positive, a credit negative. `holder_id` is the organization that an account is kept for, or
nothing but zeros for the house.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.ledger.states import GROW_BY_DEBIT, HOUSE, NEVER_BELOW_ZERO, Purpose, Side
from app.kit.db.base import Base, CreatedAt, Currency, Id, one_of

HOUSE_ID = UUID(int=0)
_ACCOUNT = ("ledger_accounts.id", "ledger_accounts.holder_id", "ledger_accounts.currency")
_MONTH = "(date_trunc('month', occurred_on::timestamp))::date"


class LedgerAccount(Base):
    """An account of the house, or one that it keeps for an organization. `floor_minor`: how low it may fall, as it grows."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        UniqueConstraint("holder_id", "purpose", "currency"),
        UniqueConstraint("id", "holder_id", "currency"),
        Index("ix_ledger_accounts_organization_id_id", "organization_id", "id"),
        CheckConstraint(f"purpose IN ({one_of(Purpose)})", name="purpose_known"),
        CheckConstraint(f"(organization_id IS NULL) = (purpose IN ({one_of(sorted(HOUSE))}))", name="held_by_purpose"),
        CheckConstraint(
            f"purpose NOT IN ({one_of(sorted(NEVER_BELOW_ZERO))}) OR coalesce(floor_minor >= 0, false)",
            name="others_money_is_there",
        ),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    holder_id: Mapped[UUID] = mapped_column(
        Computed(f"coalesce(organization_id, '{HOUSE_ID}'::uuid)", persisted=True), nullable=False
    )
    purpose: Mapped[str] = mapped_column(String(20))
    currency: Mapped[Currency]
    side: Mapped[str] = mapped_column(
        String(6),
        Computed(f"CASE WHEN purpose IN ({one_of(sorted(GROW_BY_DEBIT))}) THEN 'debit' ELSE 'credit' END", persisted=True),
        nullable=False,
    )  # fmt: skip
    floor_minor: Mapped[int | None] = mapped_column(BigInteger)
    opened_at: Mapped[CreatedAt]


class LedgerBalance(Base):
    """What the entries of an account come to: written with them, by a trigger. The check is its floor."""

    __tablename__ = "ledger_balances"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "holder_id", "currency"], _ACCOUNT),
        CheckConstraint(f"side IN ({one_of(Side)})", name="side_known"),
        CheckConstraint(
            "CASE side WHEN 'debit' THEN balance_minor ELSE -balance_minor END >= floor_minor", name="floor_kept"
        ),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    holder_id: Mapped[UUID]
    currency: Mapped[Currency]
    side: Mapped[str] = mapped_column(String(6))
    floor_minor: Mapped[int | None] = mapped_column(BigInteger)
    balance_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    entries: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class LedgerPosting(Base):
    """One business fact, told once. Append-only."""

    __tablename__ = "ledger_postings"
    __table_args__ = (
        UniqueConstraint("cause_kind", "cause_id", "kind", "occasion", name="uq_ledger_postings_fact"),
        UniqueConstraint("reverses_id"),
        UniqueConstraint("id", "occurred_on"),
        Index("ix_ledger_postings_occurred_on", "occurred_on"),
        CheckConstraint("cause_kind ~ '^[a-z_]+$' AND kind ~ '^[a-z_]+$'", name="words"),
        CheckConstraint("occasion > 0", name="occasions_count"),
        CheckConstraint(
            "(reverses_id IS NULL) = (kind <> 'reversal') AND (reverses_id IS NULL) = (reason IS NULL) "
            "AND (reverses_id IS NULL OR (cause_kind, cause_id, occasion) = ('posting', reverses_id, 1))",
            name="reversal_says_of_what_and_why",
        ),
    )

    id: Mapped[Id]
    cause_kind: Mapped[str] = mapped_column(String(20))
    cause_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(24))
    occasion: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    # The day (UTC) on which it happened, and its month.
    occurred_on: Mapped[date] = mapped_column(Date)
    period: Mapped[date] = mapped_column(Date, Computed(_MONTH, persisted=True), nullable=False)
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_postings.id"))
    reason: Mapped[str | None] = mapped_column(String(500))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    transaction_id: Mapped[int] = mapped_column(BigInteger)
    posted_at: Mapped[CreatedAt]


class LedgerEntry(Base):
    """A leg of a posting. Append-only."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "holder_id", "currency"], _ACCOUNT),
        ForeignKeyConstraint(["posting_id", "occurred_on"], ["ledger_postings.id", "ledger_postings.occurred_on"]),
        Index("ix_ledger_entries_posting_id", "posting_id"),
        Index("ix_ledger_entries_account_id_occurred_on_id", "account_id", "occurred_on", "id"),
        CheckConstraint(
            "amount_minor <> 0 AND amount_minor BETWEEN -1000000000000000 AND 1000000000000000", name="amount_in_range"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    posting_id: Mapped[UUID]
    account_id: Mapped[UUID]
    holder_id: Mapped[UUID]
    currency: Mapped[Currency]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    occurred_on: Mapped[date] = mapped_column(Date)


class LedgerPeriod(Base):
    """A month that is closed, by the first of its days: nothing is posted into it or before it. Append-only, so that none is
    opened again."""

    __tablename__ = "ledger_periods"
    __table_args__ = (CheckConstraint("extract(day FROM period) = 1", name="first_of_month"),)

    period: Mapped[date] = mapped_column(Date, primary_key=True)
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    closed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("app_now()"))


class LedgerClosing(Base):
    """What an account came to when a month was closed. Append-only."""

    __tablename__ = "ledger_closings"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "holder_id", "currency"], _ACCOUNT),
        Index("ix_ledger_closings_account_id_period", "account_id", "period"),
    )

    period: Mapped[date] = mapped_column(ForeignKey("ledger_periods.period"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    holder_id: Mapped[UUID]
    currency: Mapped[Currency]
    balance_minor: Mapped[int] = mapped_column(BigInteger)
