"""Tables of payment schedules. Every row names both sides, so that row-level security needs no join to know whose it is.

What was paid, released, refunded and charged back stands in tables of its own; a milestone's sums are theirs, which a trigger
holds at every commit. Amounts are minor units.
"""

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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.schedules.states import (
    DECLINE_TEXTS,
    TO_ASK,
    UNDER_WAY,
    AcceptedBy,
    ChargebackStep,
    Evidence,
    PaymentStep,
    PaymentWay,
    Progress,
    RefundKind,
    RefundStep,
    ReleaseReason,
)
from app.kit.db.base import Base, CreatedAt, Currency, Id, Moment, one_of

_SIDES = ("schedule_id", "buyer_id", "supplier_id", "currency")
_OF_SCHEDULE = [f"payment_schedules.{column}" for column in ("id", *_SIDES[1:])]
_OF_MILESTONE = [f"payment_milestones.{column}" for column in ("id", "buyer_id", "supplier_id", "currency")]
_IN_MILESTONE = ["milestone_id", "buyer_id", "supplier_id", "currency"]
# Something is still to be paid, held or given back.
_NOT_DONE = (
    "amount_minor - reduced_minor > released_minor - taken_back_minor "
    "OR funded_minor - released_minor - refunded_minor - charged_back_minor + taken_back_minor > 0"
)
_OF_PAYMENT = ["milestone_payments.id", "milestone_payments.milestone_id"]


class PaymentSchedule(Base):
    """How a deal is paid: its total, in shares, on the terms that both sides agreed on. Nothing of it changes.

    `deal_number` is what both sides call the deal.
    """

    __tablename__ = "payment_schedules"
    __table_args__ = (
        UniqueConstraint("deal_kind", "deal_id"),
        UniqueConstraint("id", *_SIDES[1:]),
        Index("ix_payment_schedules_buyer_id_id", "buyer_id", "id"),
        Index("ix_payment_schedules_supplier_id_id", "supplier_id", "id"),
        CheckConstraint("buyer_id <> supplier_id", name="not_oneself"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("total_minor BETWEEN 1 AND 1000000000000000", name="total_in_range"),
        CheckConstraint("retention_bp BETWEEN 0 AND 5000", name="retention_in_range"),
        CheckConstraint("(retention_bp = 0) = (retention_days = 0)", name="retention_has_days"),
        CheckConstraint(
            "retention_days BETWEEN 0 AND 3650 AND silence_days BETWEEN 1 AND 365 AND payment_days BETWEEN 0 AND 365",
            name="days_in_range",
        ),
    )

    id: Mapped[Id]
    deal_kind: Mapped[str] = mapped_column(String(40, collation="C"))
    deal_id: Mapped[UUID]
    deal_number: Mapped[str] = mapped_column(String(40))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    currency: Mapped[Currency]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    retention_bp: Mapped[int] = mapped_column(SmallInteger)
    retention_days: Mapped[int] = mapped_column(SmallInteger)
    silence_days: Mapped[int] = mapped_column(SmallInteger)
    payment_days: Mapped[int] = mapped_column(SmallInteger)
    opened_at: Mapped[CreatedAt]


class PaymentMilestone(Base):
    """A share of a schedule. `part_id` and `key` are the deal's own id and code of it, `expected_on` is the day on which the deal
    expects it to be reached.

    `reference` is what a transfer to the house's bank account names. `reduced_minor` of the amount is not owed by the settlement
    of a dispute: the rest is what the milestone is worth.
    `refunding_minor` is about to be given back, `surplus_minor` is what of it and of `refunded_minor` was paid in excess, or is
    by such a settlement, or was not meant for it; `taken_back_minor` is what of all that went back had been released before.
    `frozen_by` is the dispute over it. `steps` counts whatever happened to its money, and numbers what the ledger is told.
    """

    __tablename__ = "payment_milestones"
    __table_args__ = (
        ForeignKeyConstraint(list(_SIDES), _OF_SCHEDULE, name="fk_payment_milestones_of_schedule"),
        UniqueConstraint("schedule_id", "position"),
        UniqueConstraint("schedule_id", "key"),
        UniqueConstraint("schedule_id", "part_id"),
        UniqueConstraint("reference"),
        UniqueConstraint("id", *_SIDES[1:]),
        Index(
            "ix_payment_milestones_silent_at",
            "silent_at",
            postgresql_where=text("state = 'evidenced' AND frozen_by IS NULL"),
        ),
        Index(
            "ix_payment_milestones_free_on",
            "free_on",
            postgresql_where=text("state = 'accepted' AND retention_minor > 0 AND NOT retention_settled"),
        ),
        Index("ix_payment_milestones_open_buyer_id", "buyer_id", postgresql_where=text(_NOT_DONE)),
        Index("ix_payment_milestones_open_supplier_id", "supplier_id", postgresql_where=text(_NOT_DONE)),
        CheckConstraint(f"evidence IN ({one_of(Evidence)})", name="evidence_known"),
        CheckConstraint(f"state IN ({one_of(Progress)})", name="state_known"),
        CheckConstraint(f"accepted_by IN ({one_of(AcceptedBy)})", name="acceptance_known"),
        CheckConstraint("share_bp BETWEEN 1 AND 10000 AND amount_minor >= 0", name="share_positive"),
        CheckConstraint("retention_minor BETWEEN 0 AND amount_minor", name="retention_is_a_part"),
        CheckConstraint(
            "num_nonnulls(accepted_at, accepted_by, free_on) = CASE state WHEN 'accepted' THEN 3 ELSE 0 END",
            name="accepted_says_how",
        ),
        CheckConstraint("(state = 'evidenced') = (silent_at IS NOT NULL)", name="evidenced_has_time"),
        CheckConstraint(
            "least(funded_minor, released_minor, refunding_minor, refunded_minor, surplus_minor, charged_back_minor, "
            "taken_back_minor) >= 0",
            name="nothing_negative",
        ),
        CheckConstraint(
            "refunding_minor + refunded_minor + charged_back_minor <= funded_minor", name="back_what_was_paid"
        ),
        CheckConstraint(
            "taken_back_minor <= released_minor "
            "AND taken_back_minor <= refunding_minor + refunded_minor + charged_back_minor "
            "AND surplus_minor <= refunding_minor + refunded_minor",
            name="parts_of_what_went_back",
        ),
        CheckConstraint(
            "funded_minor - released_minor - refunding_minor - refunded_minor - charged_back_minor + taken_back_minor >= 0",
            name="released_what_is_held",
        ),
        CheckConstraint("reduced_minor BETWEEN 0 AND amount_minor", name="reduced_is_a_part"),
    )

    id: Mapped[Id]
    schedule_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    currency: Mapped[Currency]
    position: Mapped[int] = mapped_column(SmallInteger)
    part_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(String(40, collation="C"))
    reference: Mapped[str | None] = mapped_column(String(25, collation="C"))
    share_bp: Mapped[int] = mapped_column(SmallInteger)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    retention_minor: Mapped[int] = mapped_column(BigInteger)
    evidence: Mapped[str] = mapped_column(String(20))
    expected_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), server_default=text("'planned'"))
    silent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    accepted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    accepted_by: Mapped[str | None] = mapped_column(String(10))
    free_on: Mapped[date | None] = mapped_column(Date)
    # That what was retained has been looked at on its day, or was settled with a dispute.
    retention_settled: Mapped[bool] = mapped_column(server_default=text("false"))
    due_on: Mapped[date | None] = mapped_column(Date)
    pay_by: Mapped[date | None] = mapped_column(Date)
    frozen_by: Mapped[UUID | None]
    funded_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    released_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    refunding_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    refunded_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    surplus_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    charged_back_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    taken_back_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    reduced_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    steps: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class OfMilestone:
    """What every row names of whatever was done with a milestone's money: that milestone, its sides and its currency."""

    milestone_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    currency: Mapped[Currency]


class MilestonePayment(OfMilestone, Base):
    """One payment of a milestone by its buyer, and for him alone to read. Its id is the key of every call for it.

    `token` is what the payer's browser was handed, until it is used; `method` and `payment` are the provider's references,
    `shown` is what may be shown of the method. Of an awaited transfer, `bank_accounts`, `remittance` and `instructions_url`
    say what the payer tells his bank. What came to the house's own bank account has no payment at the provider: `match_id` is the
    entry of a statement that was found to pay it.
    """

    __tablename__ = "milestone_payments"
    __table_args__ = (
        ForeignKeyConstraint(_IN_MILESTONE, _OF_MILESTONE, name="fk_milestone_payments_of_milestone"),
        UniqueConstraint("milestone_id", "number"),
        UniqueConstraint("id", "milestone_id"),
        UniqueConstraint("match_id", "milestone_id"),
        Index(
            "uq_milestone_payments_one_under_way",
            "milestone_id",
            unique=True,
            postgresql_where=text(f"state IN ({one_of(UNDER_WAY)})"),
        ),
        Index("uq_milestone_payments_payment", "payment", unique=True, postgresql_where=text("payment IS NOT NULL")),
        Index("ix_milestone_payments_to_ask", "changed_at", postgresql_where=text(f"state IN ({one_of(TO_ASK)})")),
        Index("ix_milestone_payments_processing", "looked_at", postgresql_where=text("state = 'processing'")),
        CheckConstraint(f"way IN ({one_of(PaymentWay)})", name="way_known"),
        CheckConstraint(f"state IN ({one_of(PaymentStep)})", name="state_known"),
        CheckConstraint(f"reason IN ({one_of(DECLINE_TEXTS)})", name="reason_known"),
        CheckConstraint("amount_minor > 0 AND captured_minor >= 0", name="amount_positive"),
        CheckConstraint("(state = 'captured') = (captured_minor > 0)", name="captured_has_amount"),
        CheckConstraint(
            "state NOT IN ('processing', 'captured', 'withdrawing', 'withdrawn') OR payment IS NOT NULL OR way = 'bank'",
            name="known_to_the_provider",
        ),
        CheckConstraint("(way = 'bank') = (match_id IS NOT NULL)", name="bank_has_match"),
        CheckConstraint("way <> 'bank' OR state = 'captured' AND payment IS NULL", name="bank_brought_it"),
        CheckConstraint("state <> 'declined' OR reason IS NOT NULL", name="declined_has_reason"),
        CheckConstraint("(way = 'transfer') = (country IS NOT NULL)", name="transfer_has_country"),
        CheckConstraint("way = 'method' OR num_nonnulls(token, method, shown) = 0", name="transfer_has_no_method"),
        CheckConstraint(
            "state <> 'pending' OR way = 'transfer' OR token IS NOT NULL OR method IS NOT NULL", name="has_method"
        ),
    )

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(SmallInteger)
    way: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(11), server_default=text("'pending'"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    captured_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    country: Mapped[str | None] = mapped_column(String(2))
    token: Mapped[str | None] = mapped_column(String(200))
    method: Mapped[str | None] = mapped_column(String(200))
    shown: Mapped[str | None] = mapped_column(String(80))
    payment: Mapped[str | None] = mapped_column(String(200, collation="C"))
    match_id: Mapped[UUID | None]
    bank_accounts: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    remittance: Mapped[str | None] = mapped_column(String(140))
    instructions_url: Mapped[str | None] = mapped_column(String(500))
    reason: Mapped[str | None] = mapped_column(String(30))
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    looked_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))
    changed_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))
    created_at: Mapped[CreatedAt]


class MilestoneRelease(OfMilestone, Base):
    """A part of a payment that went to the supplier. Append-only."""

    __tablename__ = "milestone_releases"
    __table_args__ = (
        ForeignKeyConstraint(_IN_MILESTONE, _OF_MILESTONE, name="fk_milestone_releases_of_milestone"),
        ForeignKeyConstraint(["payment_id", "milestone_id"], _OF_PAYMENT),
        UniqueConstraint("milestone_id", "number"),
        Index("ix_milestone_releases_payment_id", "payment_id"),
        CheckConstraint(f"reason IN ({one_of(ReleaseReason)})", name="reason_known"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )

    id: Mapped[Id]
    payment_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(String(9))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    released_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[CreatedAt]


class MilestonePart(OfMilestone, Base):
    """What a step gave to the supplier out of a payment, or took from him again, and the commission on it. Append-only.

    `number` is the step's, `owed_by` that of the step by which he was given it: of what was given both are the same.
    """

    __tablename__ = "milestone_parts"
    __table_args__ = (
        ForeignKeyConstraint(_IN_MILESTONE, _OF_MILESTONE, name="fk_milestone_parts_of_milestone"),
        ForeignKeyConstraint(["payment_id", "milestone_id"], _OF_PAYMENT),
        UniqueConstraint("milestone_id", "number", "owed_by"),
        Index("ix_milestone_parts_payment_id", "payment_id"),
        CheckConstraint("(number = owed_by) = (amount_minor > 0) AND amount_minor <> 0", name="given_or_taken"),
        CheckConstraint(
            "abs(commission_minor) <= abs(amount_minor) AND commission_minor * sign(amount_minor) >= 0",
            name="commission_is_a_part",
        ),
    )

    id: Mapped[Id]
    payment_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(SmallInteger)
    owed_by: Mapped[int] = mapped_column(SmallInteger)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    commission_minor: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]


class MilestoneRefund(OfMilestone, Base):
    """A part of a payment that is given back, out of escrow and from the supplier. Its id is the key of the call.

    What came by bank goes back by bank: `match_id` is that of the payment, and `reference` what the transfer says. What was not
    meant for the milestone stays with the house, and nothing is sent.
    """

    __tablename__ = "milestone_refunds"
    __table_args__ = (
        ForeignKeyConstraint(_IN_MILESTONE, _OF_MILESTONE, name="fk_milestone_refunds_of_milestone"),
        ForeignKeyConstraint(["payment_id", "milestone_id"], _OF_PAYMENT),
        UniqueConstraint("milestone_id", "number"),
        UniqueConstraint("reference"),
        Index("ix_milestone_refunds_payment_id", "payment_id"),
        Index("ix_milestone_refunds_to_ask", "changed_at", postgresql_where=text("state IN ('pending', 'processing')")),
        CheckConstraint(f"kind IN ({one_of(RefundKind)})", name="kind_known"),
        CheckConstraint(f"state IN ({one_of(RefundStep)})", name="state_known"),
        CheckConstraint(
            "from_escrow_minor >= 0 AND from_supplier_minor >= 0 AND from_escrow_minor + from_supplier_minor > 0",
            name="amount_positive",
        ),
        CheckConstraint("(kind = 'decision') = (reason IS NOT NULL)", name="decision_has_reason"),
        CheckConstraint("state <> 'processing' OR refund IS NOT NULL", name="processing_is_known"),
        CheckConstraint("num_nonnulls(match_id, reference) IN (0, 2)", name="by_bank_is_named"),
        CheckConstraint("match_id IS NULL OR refund IS NULL AND state <> 'processing'", name="bank_is_not_asked"),
        CheckConstraint("kind <> 'mistaken' OR match_id IS NOT NULL", name="mistaken_came_by_bank"),
    )

    id: Mapped[Id]
    payment_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), server_default=text("'pending'"))
    from_escrow_minor: Mapped[int] = mapped_column(BigInteger)
    from_supplier_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(String(1000))
    refund: Mapped[str | None] = mapped_column(String(200))
    match_id: Mapped[UUID | None]
    reference: Mapped[str | None] = mapped_column(String(25, collation="C"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    changed_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))
    created_at: Mapped[CreatedAt]

    @property
    def amount_minor(self) -> int:
        """All of it."""
        return self.from_escrow_minor + self.from_supplier_minor


class MilestoneChargeback(OfMilestone, Base):
    """A part of a payment that the payer's bank took back. Won, it is where it was before."""

    __tablename__ = "milestone_chargebacks"
    __table_args__ = (
        ForeignKeyConstraint(_IN_MILESTONE, _OF_MILESTONE, name="fk_milestone_chargebacks_of_milestone"),
        ForeignKeyConstraint(["payment_id", "milestone_id"], _OF_PAYMENT),
        UniqueConstraint("milestone_id", "number"),
        UniqueConstraint("dispute"),
        Index("ix_milestone_chargebacks_payment_id", "payment_id"),
        CheckConstraint(f"state IN ({one_of(ChargebackStep)})", name="state_known"),
        CheckConstraint(
            "from_escrow_minor >= 0 AND from_supplier_minor >= 0 AND from_escrow_minor + from_supplier_minor > 0",
            name="amount_positive",
        ),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_time"),
    )

    id: Mapped[Id]
    payment_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(SmallInteger)
    dispute: Mapped[str] = mapped_column(String(200, collation="C"))
    state: Mapped[str] = mapped_column(String(4), server_default=text("'open'"))
    from_escrow_minor: Mapped[int] = mapped_column(BigInteger)
    from_supplier_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(80))
    answer_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
