"""Tables of commission. What held on a day that is over is never changed; what was agreed is never changed at all."""

from datetime import date, datetime
from typing import Any
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
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.commission.states import RuleScope
from app.kit.db.base import Base, CreatedAt, Currency, Id, one_of

_SIDES = ("issuer_id", "supplier_id", "currency")
_OF_INVOICE = [f"commission_invoices.{column}" for column in ("id", *_SIDES)]
_KEY = "scope || ':' || coalesce(campaign_id::text, supplier_id::text, category_code, '')"


class CommissionRule(Base):
    """What is charged for a campaign, a supplier, a category with those below it, or everything else, from a day to a day.

    `bounds` are the least and the most for a payment, by currency. An exclusion constraint lets one rule about the same hold on a
    day; a trigger lets nothing but a last day that is still to come be changed.
    """

    __tablename__ = "commission_rules"
    __table_args__ = (
        CheckConstraint(f"scope IN ({one_of(RuleScope)})", name="scope_known"),
        CheckConstraint(
            "num_nonnulls(campaign_id, supplier_id, category_code) <= 1 AND (scope = 'campaign') = (campaign_id IS NOT NULL) "
            "AND (scope = 'supplier') = (supplier_id IS NOT NULL) AND (scope = 'category') = (category_code IS NOT NULL)",
            name="scope_names_one",
        ),
        CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate_in_range"),
        CheckConstraint("commission_bounds_sound(bounds)", name="bounds_sound"),
        CheckConstraint("valid_until >= valid_from", name="validity_in_order"),
        Index("ix_commission_rules_category_code", "category_code"),
        Index("ix_commission_rules_scope_key_valid_from", "scope_key", "valid_from"),
    )

    id: Mapped[Id]
    scope: Mapped[str] = mapped_column(String(8))
    campaign_id: Mapped[UUID | None]
    supplier_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    category_code: Mapped[str | None] = mapped_column(String(80, collation="C"), ForeignKey("categories.code"))
    scope_key: Mapped[str] = mapped_column(String(100, collation="C"), Computed(_KEY, persisted=True), nullable=False)
    rate_bp: Mapped[int] = mapped_column(Integer)
    bounds: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[CreatedAt]


class CommissionAgreement(Base):
    """The terms of a deal, frozen when it was made. Without a rule nothing is charged. Append-only."""

    __tablename__ = "commission_agreements"
    __table_args__ = (
        UniqueConstraint("deal_kind", "deal_id"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate_in_range"),
        CheckConstraint(
            "least_minor BETWEEN 0 AND 1000000000000000 AND most_minor BETWEEN least_minor AND 1000000000000000",
            name="bounds_in_order",
        ),
        CheckConstraint(
            "rule_id IS NOT NULL OR (rate_bp = 0 AND least_minor = 0 AND most_minor IS NULL)",
            name="no_rule_no_commission",
        ),
        Index("ix_commission_agreements_rule_id", "rule_id"),
        Index("ix_commission_agreements_supplier_id_id", "supplier_id", "id"),
    )

    id: Mapped[Id]
    deal_kind: Mapped[str] = mapped_column(String(40, collation="C"))
    deal_id: Mapped[UUID]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    category_code: Mapped[str | None] = mapped_column(String(80, collation="C"))
    campaign_id: Mapped[UUID | None]
    rule_id: Mapped[UUID | None] = mapped_column(ForeignKey("commission_rules.id"))
    currency: Mapped[Currency]
    rate_bp: Mapped[int] = mapped_column(Integer)
    least_minor: Mapped[int] = mapped_column(BigInteger)
    most_minor: Mapped[int | None] = mapped_column(BigInteger)
    agreed_on: Mapped[date] = mapped_column(Date)
    agreed_at: Mapped[CreatedAt]


class CommissionInvoice(Base):
    """An invoice of the operator's organization over the commission that was taken from a supplier in a month, or a credit note
    over what was given back in one. Append-only.

    `number` counts those of a month; `net_minor` is negative for a credit note, which names what it credits.
    """

    __tablename__ = "commission_invoices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", *_SIDES],
            ["invoices.id", "invoices.issuer_id", "invoices.recipient_id", "invoices.currency"],
            name="fk_commission_invoices_invoice_id",
        ),
        ForeignKeyConstraint(["credits_id", *_SIDES], _OF_INVOICE, name="fk_commission_invoices_credits_id"),
        UniqueConstraint("id", *_SIDES),
        UniqueConstraint("invoice_id"),
        UniqueConstraint("supplier_id", "currency", "month", "number"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("extract(day FROM month) = 1", name="first_of_month"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint(
            "net_minor <> 0 AND (net_minor < 0) = (credits_id IS NOT NULL)", name="credit_note_names_invoice"
        ),
        Index("ix_commission_invoices_credits_id", "credits_id"),
    )

    id: Mapped[Id]
    issuer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    currency: Mapped[Currency]
    month: Mapped[date] = mapped_column(Date)
    number: Mapped[int] = mapped_column(SmallInteger)
    invoice_id: Mapped[UUID]
    credits_id: Mapped[UUID | None]
    net_minor: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]


class CommissionInvoiceLine(Base):
    """What a line of an invoice or credit note is about: the cause that the ledger names. A credit note's line has the number of
    the invoice's, and a negative amount. Append-only."""

    __tablename__ = "commission_invoice_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["commission_invoice_id", *_SIDES], _OF_INVOICE, name="fk_commission_invoice_lines_commission_invoice_id"
        ),
        CheckConstraint("line > 0", name="line_positive"),
        CheckConstraint("amount_minor <> 0", name="amount_not_nought"),
    )

    commission_invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    issuer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    currency: Mapped[Currency]
    cause_kind: Mapped[str] = mapped_column(String(20, collation="C"))
    cause_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
