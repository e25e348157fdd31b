"""Tables of open items. What happened to an item is append-only, and what is settled of it follows by triggers alone."""

from datetime import date, datetime
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
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.receivables.states import EntryKind, Hold, ItemKind
from app.kit.db.base import Base, CreatedAt, Currency, Id, one_of

_SIDES = ("item_id", "issuer_id", "recipient_id")
# What sums of open items are made of, beside the columns that they are found by.
_FIGURES = ["kind", "amount_minor", "settled_minor"]
_OF_ITEM = [f"open_items.{column}" for column in ("id", "issuer_id", "recipient_id")]


class OpenItem(Base):
    """What is open of an invoice or of a claim for having paid it late, or a credit that its recipient has with its issuer.

    `reference` is what payers are asked to name. Of a credit `invoice_id` is the credit note that it comes of, or the invoice
    that was paid too much (then `source` names that payment). `settled_minor`, `entries` and `closed_on` follow from the entries.
    """

    __tablename__ = "open_items"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "issuer_id", "recipient_id", "currency"],
            ["invoices.id", "invoices.issuer_id", "invoices.recipient_id", "invoices.currency"],
        ),
        UniqueConstraint("id", "issuer_id", "recipient_id"),
        UniqueConstraint("reference"),
        Index("uq_open_items_invoice", "invoice_id", unique=True, postgresql_where=text("kind = 'invoice'")),
        # A claim for an invoice at a time: also if two colleagues claim at once.
        Index(
            "uq_open_items_claim",
            "invoice_id",
            unique=True,
            postgresql_where=text("kind = 'claim' AND closed_on IS NULL"),
        ),
        Index("ix_open_items_invoice_id", "invoice_id"),
        Index(
            "uq_open_items_source",
            "invoice_id",
            "source_kind",
            "source_id",
            unique=True,
            postgresql_where=text("source_id IS NOT NULL"),
        ),
        Index("ix_open_items_issuer_id_due_on_id", "issuer_id", "due_on", "id"),
        Index("ix_open_items_recipient_id_due_on_id", "recipient_id", "due_on", "id"),
        Index(
            "ix_open_items_of_pair",
            "issuer_id",
            "recipient_id",
            "currency",
            "due_on",
            postgresql_include=_FIGURES,
            postgresql_where=text("closed_on IS NULL"),
        ),
        Index(
            "ix_open_items_of_pair_received",
            "recipient_id",
            "issuer_id",
            "currency",
            "due_on",
            postgresql_include=_FIGURES,
            postgresql_where=text("closed_on IS NULL"),
        ),
        Index("ix_open_items_open_due_on_id", "due_on", "id", postgresql_where=text("closed_on IS NULL")),
        CheckConstraint(f"kind IN ({one_of(ItemKind)})", name="kind_known"),
        CheckConstraint(f"hold IN ({one_of(Hold)})", name="hold_known"),
        CheckConstraint("num_nonnulls(hold, hold_reason, held_at) IN (0, 3)", name="hold_has_reason"),
        CheckConstraint("kind = 'credit' OR source_id IS NULL", name="only_credits_come_of_payments"),
        CheckConstraint("num_nonnulls(source_kind, source_id) IN (0, 2)", name="source_whole"),
        CheckConstraint("amount_minor > 0 AND amount_minor <= 1000000000000000", name="amount_in_range"),
        CheckConstraint("settled_minor BETWEEN 0 AND amount_minor", name="settled_in_range"),
        CheckConstraint("(settled_minor = amount_minor) = (closed_on IS NOT NULL)", name="closed_when_settled"),
        CheckConstraint("due_on >= issued_on", name="due_after_issue"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
    )

    id: Mapped[Id]
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    kind: Mapped[str] = mapped_column(String(7))
    invoice_id: Mapped[UUID]
    source_kind: Mapped[str | None] = mapped_column(String(40, collation="C"))
    source_id: Mapped[UUID | None]
    number: Mapped[str] = mapped_column(String(30, collation="C"))
    reference: Mapped[str | None] = mapped_column(String(25, collation="C"))
    currency: Mapped[Currency]
    issued_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    settled_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    entries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    closed_on: Mapped[date | None] = mapped_column(Date)
    hold: Mapped[str | None] = mapped_column(String(8))
    hold_reason: Mapped[str | None] = mapped_column(String(500))
    held_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    subject_kind: Mapped[str] = mapped_column(String(40, collation="C"))
    subject_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]

    @property
    def open_minor(self) -> int:
        """What is left of it."""
        return self.amount_minor - self.settled_minor


class OpenItemDiscount(Base):
    """What may be deducted by whoever pays an item until a day. Append-only."""

    __tablename__ = "open_item_discounts"
    __table_args__ = (
        ForeignKeyConstraint(_SIDES, _OF_ITEM),
        CheckConstraint("rate_bp BETWEEN 1 AND 9999", name="rate_in_range"),
    )

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    until_on: Mapped[date] = mapped_column(Date, primary_key=True)
    rate_bp: Mapped[int] = mapped_column(SmallInteger)
    issuer_id: Mapped[UUID]
    recipient_id: Mapped[UUID]


class OpenItemEntry(Base):
    """What happened to an item. Append-only. `source` names what a payment was: told twice, it counts once.

    `with_id`: of a discount the payment that it came with; of an application the entry on the credit.
    """

    __tablename__ = "open_item_entries"
    __table_args__ = (
        ForeignKeyConstraint(_SIDES, _OF_ITEM),
        UniqueConstraint("item_id", "position"),
        UniqueConstraint("reverses_id"),
        Index(
            "uq_open_item_entries_source",
            "item_id",
            "kind",
            "source_kind",
            "source_id",
            unique=True,
            postgresql_where=text("source_id IS NOT NULL"),
        ),
        Index("ix_open_item_entries_with_id", "with_id", postgresql_where=text("with_id IS NOT NULL")),
        CheckConstraint(f"kind IN ({one_of(EntryKind)})", name="kind_known"),
        CheckConstraint("amount_minor <> 0 AND (amount_minor < 0) = (kind = 'undone')", name="amount_has_sign"),
        CheckConstraint("(kind = 'undone') = (reverses_id IS NOT NULL)", name="undone_names_what"),
        CheckConstraint("kind NOT IN ('write_off', 'undone') OR reason IS NOT NULL", name="reason_given"),
        CheckConstraint("num_nonnulls(source_kind, source_id) IN (0, 2)", name="source_whole"),
    )

    id: Mapped[Id]
    item_id: Mapped[UUID]
    issuer_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(11))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    occurred_on: Mapped[date] = mapped_column(Date)
    source_kind: Mapped[str | None] = mapped_column(String(40, collation="C"))
    source_id: Mapped[UUID | None]
    reference: Mapped[str | None] = mapped_column(String(140))
    reason: Mapped[str | None] = mapped_column(String(500))
    with_id: Mapped[UUID | None] = mapped_column(ForeignKey("open_item_entries.id"))
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("open_item_entries.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[CreatedAt]
