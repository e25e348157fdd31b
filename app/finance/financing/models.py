"""Tables of financing. Every row names its supplier and, where there is one, its financier, so that row-level security needs no
join to know whose it is. Amounts are minor units."""

from datetime import date, datetime
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
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.financing.states import (
    UNDER_WAY,
    ChargeKind,
    DisputeStep,
    FinancingState,
    FundingStep,
    MoveKind,
    OfferState,
    SizeBand,
)
from app.finance.schedules.facade import ASKED_WAYS, DECLINE_TEXTS
from app.kit.db.base import Base, CreatedAt, Currency, Id, Moment, one_of

_CHARGE = "num_nonnulls(rate_bp, fee_minor) = 1 AND (kind = 'rate') = (rate_bp IS NOT NULL)"


class FinancingOffer(Base):
    """A receivable that a supplier offers. `financier_ids` are those to whom it is open; to all where it is empty. The debtor's
    id is kept only where the supplier shows it."""

    __tablename__ = "financing_offers"
    __table_args__ = (
        UniqueConstraint("id", "supplier_id", "currency"),
        Index("uq_financing_offers_open", "milestone_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_financing_offers_supplier_id_id", "supplier_id", "id"),
        Index("ix_financing_offers_expires_at", "expires_at", postgresql_where=text("state = 'open'")),
        CheckConstraint(f"state IN ({one_of(OfferState)})", name="state_known"),
        CheckConstraint(f"buyer_size IN ({one_of(SizeBand)})", name="size_known"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("cardinality(financier_ids) BETWEEN 1 AND 50", name="chosen_financiers"),
    )

    id: Mapped[Id]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    milestone_id: Mapped[UUID] = mapped_column(ForeignKey("payment_milestones.id"))
    currency: Mapped[Currency]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    pay_by: Mapped[date] = mapped_column(Date)
    shown_buyer_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    buyer_country: Mapped[str] = mapped_column(String(2))
    buyer_size: Mapped[str | None] = mapped_column(String(10))
    financier_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'open'"))
    expires_at: Mapped[Moment]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class FinancingQuote(Base):
    """What one financier asks for, sealed to all others. It ends by acceptance or withdrawal, and else stays as it is."""

    __tablename__ = "financing_quotes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["offer_id", "supplier_id", "currency"],
            ["financing_offers.id", "financing_offers.supplier_id", "financing_offers.currency"],
            name="fk_financing_quotes_of_offer",
        ),
        UniqueConstraint("id", "offer_id", "supplier_id", "financier_id", "currency", name="uq_financing_quotes_terms"),
        Index(
            "uq_financing_quotes_one",
            "offer_id",
            "financier_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_financing_quotes_offer_id_id", "offer_id", "id"),
        CheckConstraint(f"kind IN ({one_of(ChargeKind)})", name="kind_known"),
        CheckConstraint(_CHARGE, name="one_charge"),
        CheckConstraint("rate_bp BETWEEN 0 AND 10000 AND fee_minor >= 0", name="charge_in_range"),
        CheckConstraint("advance_bp BETWEEN 1 AND 10000", name="advance_in_range"),
        CheckConstraint("supplier_id <> financier_id", name="not_oneself"),
        CheckConstraint("num_nonnulls(accepted_at, withdrawn_at) <= 1", name="ends_once"),
    )

    id: Mapped[Id]
    offer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    financier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    currency: Mapped[Currency]
    kind: Mapped[str] = mapped_column(String(4))
    rate_bp: Mapped[int | None] = mapped_column(SmallInteger)
    fee_minor: Mapped[int | None] = mapped_column(BigInteger)
    advance_bp: Mapped[int] = mapped_column(SmallInteger)
    recourse: Mapped[bool]
    expires_at: Mapped[Moment]
    accepted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[CreatedAt]


class Financing(Base):
    """An assigned receivable, on the terms of the accepted quote, which stay. What moves is where it stands: what of the advance
    and of the charge is owed, as reckoned to a day. `lost_minor` of the advance the financier bears; `taken_minor` he has back
    from his bank or the provider's desk."""

    __tablename__ = "financings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["quote_id", "offer_id", "supplier_id", "financier_id", "currency"],
            [f"financing_quotes.{one}" for one in ("id", "offer_id", "supplier_id", "financier_id", "currency")],
            name="fk_financings_of_quote",
        ),
        ForeignKeyConstraint(
            ["milestone_id", "buyer_id", "supplier_id", "currency"],
            [f"payment_milestones.{one}" for one in ("id", "buyer_id", "supplier_id", "currency")],
            name="fk_financings_of_milestone",
        ),
        UniqueConstraint("quote_id"),
        UniqueConstraint("id", "supplier_id", "financier_id", "currency", name="uq_financings_sides"),
        Index("uq_financings_once", "milestone_id", unique=True, postgresql_where=text("state <> 'cancelled'")),
        Index("ix_financings_supplier_id_id", "supplier_id", "id"),
        Index("ix_financings_financier_id_id", "financier_id", "id"),
        Index("ix_financings_fund_by", "fund_by", postgresql_where=text("state = 'funding'")),
        CheckConstraint(f"state IN ({one_of(FinancingState)})", name="state_known"),
        CheckConstraint(f"kind IN ({one_of(ChargeKind)})", name="kind_known"),
        CheckConstraint(_CHARGE, name="one_charge"),
        CheckConstraint("advance_minor BETWEEN 1 AND amount_minor", name="advance_is_a_part"),
        CheckConstraint(
            "least(funded_minor, principal_minor, charge_minor, repaid_minor, charged_minor, lost_minor, taken_minor) >= 0",
            name="nothing_negative",
        ),
        CheckConstraint(
            "principal_minor + repaid_minor + lost_minor + taken_minor = funded_minor", name="principal_adds_up"
        ),
        CheckConstraint("(state IN ('funding', 'cancelled')) = (funded_on IS NULL)", name="running_was_funded"),
        CheckConstraint(
            "state NOT IN ('repaid', 'made_good', 'lost', 'reversed') OR principal_minor + charge_minor = 0",
            name="ended_owes_nothing",
        ),
    )

    id: Mapped[Id]
    offer_id: Mapped[UUID]
    quote_id: Mapped[UUID]
    milestone_id: Mapped[UUID]
    schedule_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    financier_id: Mapped[UUID]
    currency: Mapped[Currency]
    deal_number: Mapped[str] = mapped_column(String(40))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    advance_minor: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(4))
    rate_bp: Mapped[int | None] = mapped_column(SmallInteger)
    fee_minor: Mapped[int | None] = mapped_column(BigInteger)
    recourse: Mapped[bool]
    fund_by: Mapped[Moment]
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'funding'"))
    funded_on: Mapped[date | None] = mapped_column(Date)
    reckoned_on: Mapped[date | None] = mapped_column(Date)
    funded_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    principal_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    charge_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    repaid_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    charged_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    lost_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    taken_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    moves: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class FinancingMove(Base):
    """What became of an advance, by one step of the milestone. Append-only; what the ledger was told has the same number."""

    __tablename__ = "financing_moves"
    __table_args__ = (
        ForeignKeyConstraint(
            ["financing_id", "supplier_id", "financier_id", "currency"],
            ["financings.id", "financings.supplier_id", "financings.financier_id", "financings.currency"],
            name="fk_financing_moves_of_financing",
        ),
        UniqueConstraint("financing_id", "number"),
        CheckConstraint(f"kind IN ({one_of(MoveKind)})", name="kind_known"),
        CheckConstraint(
            "principal_minor >= 0 AND charge_minor >= 0 AND principal_minor + charge_minor > 0", name="amount_positive"
        ),
    )

    id: Mapped[Id]
    financing_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    financier_id: Mapped[UUID]
    currency: Mapped[Currency]
    number: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(8))
    # The number of the milestone's step that gave the money, and out of which it is taken again.
    step: Mapped[int | None] = mapped_column(SmallInteger)
    principal_minor: Mapped[int] = mapped_column(BigInteger)
    charge_minor: Mapped[int] = mapped_column(BigInteger)
    occurred_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[CreatedAt]


class FinancingPayment(Base):
    """One payment of an advance by its financier, and for him alone to read. Its id is the key of every call for it.

    `advanced_minor` of it became the advance; `refunded_minor` was given back at the provider's desk. What his bank took back by
    `dispute` had been the supplier's or his own.
    """

    __tablename__ = "financing_payments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["financing_id", "supplier_id", "financier_id", "currency"],
            ["financings.id", "financings.supplier_id", "financings.financier_id", "financings.currency"],
            name="fk_financing_payments_of_financing",
        ),
        Index(
            "uq_financing_payments_one_under_way",
            "financing_id",
            unique=True,
            postgresql_where=text(f"state IN ({one_of(UNDER_WAY)})"),
        ),
        Index("uq_financing_payments_payment", "payment", unique=True, postgresql_where=text("payment IS NOT NULL")),
        Index("uq_financing_payments_dispute", "dispute", unique=True, postgresql_where=text("dispute IS NOT NULL")),
        Index("ix_financing_payments_waiting", "changed_at", postgresql_where=text(f"state IN ({one_of(UNDER_WAY)})")),
        CheckConstraint(f"way IN ({one_of(ASKED_WAYS)})", name="way_known"),
        CheckConstraint(f"state IN ({one_of(FundingStep)})", name="state_known"),
        CheckConstraint(f"reason IN ({one_of(DECLINE_TEXTS)})", name="reason_known"),
        CheckConstraint("amount_minor > 0 AND captured_minor >= 0", name="amount_positive"),
        CheckConstraint("(state = 'captured') = (captured_minor > 0)", name="captured_has_amount"),
        CheckConstraint("state NOT IN ('processing', 'captured') OR payment IS NOT NULL", name="known_to_the_provider"),
        CheckConstraint("(way = 'transfer') = (country IS NOT NULL)", name="transfer_has_country"),
        CheckConstraint(f"dispute_state IN ({one_of(DisputeStep)})", name="dispute_state_known"),
        CheckConstraint("(dispute IS NULL) = (dispute_state IS NULL)", name="dispute_stands"),
        CheckConstraint(
            "least(advanced_minor, refunded_minor, taken_supplier_minor, taken_financier_minor) >= 0 "
            "AND advanced_minor <= captured_minor "
            "AND refunded_minor + taken_supplier_minor + taken_financier_minor <= captured_minor",
            name="parts_of_what_came",
        ),
    )

    id: Mapped[Id]
    financing_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    financier_id: Mapped[UUID]
    currency: Mapped[Currency]
    way: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), server_default=text("'pending'"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    captured_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    advanced_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    refunded_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    dispute: Mapped[str | None] = mapped_column(String(200, collation="C"))
    dispute_state: Mapped[str | None] = mapped_column(String(4))
    taken_supplier_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    taken_financier_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    country: Mapped[str | None] = mapped_column(String(2))
    token: Mapped[str | None] = mapped_column(String(200))
    method: Mapped[str | None] = mapped_column(String(200))
    shown: Mapped[str | None] = mapped_column(String(80))
    payment: Mapped[str | None] = mapped_column(String(200, collation="C"))
    bank_accounts: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    remittance: Mapped[str | None] = mapped_column(String(140))
    instructions_url: Mapped[str | None] = mapped_column(String(500))
    reason: Mapped[str | None] = mapped_column(String(30))
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    changed_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))
    created_at: Mapped[CreatedAt]
