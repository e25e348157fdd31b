"""Tables of the bank: statements and their entries, which stay as the bank told them, what entries are for, and tasks."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.bank.states import Finding, MatchKind, MatchSource, TaskState
from app.kit.db.base import Base, CreatedAt, Currency, Id, one_of


class BankStatement(Base):
    """A statement of one of the house's accounts. Append-only.

    `position` counts an account's statements: each begins with what the one before ended with, and a trigger holds that.
    """

    __tablename__ = "bank_statements"
    __table_args__ = (
        UniqueConstraint("account", "currency", "position"),
        UniqueConstraint("account", "currency", "identification"),
        UniqueConstraint("account", "currency", "sha256"),
        UniqueConstraint("id", "currency"),
        CheckConstraint("account ~ '^[A-Z0-9]{4,34}$'", name="account_form"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("position > 0 AND entries >= 0", name="counted"),
        CheckConstraint("closing_on >= opening_on", name="days_in_order"),
        CheckConstraint("octet_length(sha256) = 32", name="digest_is_sha256"),
    )

    id: Mapped[Id]
    account: Mapped[str] = mapped_column(String(34, collation="C"))
    currency: Mapped[Currency]
    position: Mapped[int] = mapped_column(Integer)
    identification: Mapped[str] = mapped_column(String(70, collation="C"))
    electronic_number: Mapped[int | None] = mapped_column(BigInteger)
    legal_number: Mapped[int | None] = mapped_column(BigInteger)
    opening_minor: Mapped[int] = mapped_column(BigInteger)
    opening_on: Mapped[date] = mapped_column(Date)
    closing_minor: Mapped[int] = mapped_column(BigInteger)
    closing_on: Mapped[date] = mapped_column(Date)
    entries: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    imported_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    imported_at: Mapped[CreatedAt]


class BankEntry(Base):
    """A movement of a statement. Append-only.

    `booked_minor` is what the account moved by, positive for what came in; `charge_minor` what the bank kept of it, so that
    `amount_minor` was sent.
    """

    __tablename__ = "bank_entries"
    __table_args__ = (
        UniqueConstraint("statement_id", "entry", "part"),
        Index("ix_bank_entries_original", "original", postgresql_where=text("original IS NOT NULL")),
        Index("ix_bank_entries_bank_reference", "bank_reference", postgresql_where=text("bank_reference IS NOT NULL")),
        CheckConstraint("amount_minor = booked_minor + charge_minor AND charge_minor >= 0", name="amount_is_whole"),
        CheckConstraint("amount_minor <> 0 AND (charge_minor = 0 OR amount_minor > 0)", name="amount_in_one_direction"),
        CheckConstraint("entry > 0 AND part > 0", name="counted"),
        CheckConstraint("num_nonnulls(instructed_minor, instructed_currency) IN (0, 2)", name="instructed_is_whole"),
    )

    id: Mapped[Id]
    statement_id: Mapped[UUID] = mapped_column(ForeignKey("bank_statements.id"))
    entry: Mapped[int] = mapped_column(Integer)
    part: Mapped[int] = mapped_column(Integer)
    currency: Mapped[Currency]
    booked_minor: Mapped[int] = mapped_column(BigInteger)
    charge_minor: Mapped[int] = mapped_column(BigInteger)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    booked_on: Mapped[date] = mapped_column(Date)
    value_on: Mapped[date | None] = mapped_column(Date)
    reversal: Mapped[bool] = mapped_column(Boolean)
    is_charge: Mapped[bool] = mapped_column(Boolean)
    bank_reference: Mapped[str | None] = mapped_column(String(70, collation="C"))
    original: Mapped[str | None] = mapped_column(String(70, collation="C"))
    structured: Mapped[list[str]] = mapped_column(ARRAY(String(70)))
    written: Mapped[list[str]] = mapped_column(ARRAY(String(25)))
    remittance: Mapped[str | None] = mapped_column(String(2000))
    party_name: Mapped[str | None] = mapped_column(String(140))
    party_account: Mapped[str | None] = mapped_column(String(34))
    instructed_minor: Mapped[int | None] = mapped_column(BigInteger)
    instructed_currency: Mapped[str | None] = mapped_column(String(3))


class BankTask(Base):
    """Where a movement stands. `left_minor` is what of it nothing is known of: a trigger keeps it by what matches there are."""

    __tablename__ = "bank_tasks"
    __table_args__ = (
        CheckConstraint(f"state IN ({one_of(TaskState)})", name="state_known"),
        CheckConstraint(f"finding IN ({one_of(Finding)})", name="finding_known"),
        CheckConstraint(
            "amount_minor > 0 AND left_minor BETWEEN 0 AND amount_minor "
            "OR amount_minor < 0 AND left_minor BETWEEN amount_minor AND 0",
            name="left_in_range",
        ),
        CheckConstraint("(state = 'settled') = (left_minor = 0)", name="settled_is_whole"),
        CheckConstraint("(state = 'open') = (finding IS NOT NULL)", name="open_says_why"),
        Index("ix_bank_tasks_state", "state", "entry_id"),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("bank_entries.id"), primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    left_minor: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(8), server_default=text("'new'"))
    finding: Mapped[str | None] = mapped_column(String(20))
    refusal: Mapped[str | None] = mapped_column(String(60))
    changed_at: Mapped[CreatedAt]


class BankMatch(Base):
    """What a movement, or a part of it, is for. It is undone once, with a reason, and never changed otherwise.

    `amount_minor` has the movement's sign. `owner` is the part of the house that awaited it under `reference`; `offset_id` the
    movement that it is set off against.
    """

    __tablename__ = "bank_matches"
    __table_args__ = (
        CheckConstraint(f"kind IN ({one_of(MatchKind)})", name="kind_known"),
        CheckConstraint(f"source IN ({one_of(MatchSource)})", name="source_known"),
        CheckConstraint("amount_minor <> 0", name="amount_of_something"),
        CheckConstraint(
            "num_nonnulls(owner, reference, subject_kind, subject_id) = CASE kind WHEN 'reference' THEN 4 ELSE 0 END",
            name="reference_has_owner",
        ),
        CheckConstraint("(kind = 'offset') = (offset_id IS NOT NULL)", name="offset_has_other"),
        CheckConstraint("kind <> 'not_ours' OR reason IS NOT NULL", name="not_ours_has_reason"),
        CheckConstraint("num_nonnulls(undone_at, undone_because) IN (0, 2)", name="undone_has_reason"),
        Index("ix_bank_matches_entry_id", "entry_id"),
        Index("ix_bank_matches_offset_id", "offset_id", postgresql_where=text("offset_id IS NOT NULL")),
        Index("ix_bank_matches_subject_id", "subject_id", postgresql_where=text("subject_id IS NOT NULL")),
    )

    id: Mapped[Id]
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("bank_entries.id"))
    kind: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(10))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    owner: Mapped[str | None] = mapped_column(String(40))
    reference: Mapped[str | None] = mapped_column(String(70))
    subject_kind: Mapped[str | None] = mapped_column(String(40))
    subject_id: Mapped[UUID | None]
    offset_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_entries.id"))
    reason: Mapped[str | None] = mapped_column(String(500))
    matched_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    matched_at: Mapped[CreatedAt]
    undone_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    undone_because: Mapped[str | None] = mapped_column(String(500))
