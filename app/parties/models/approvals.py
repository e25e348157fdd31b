"""Who must agree before an order or an award is good."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id

_STATES = "state IN ('pending', 'approved', 'rejected', 'withdrawn')"
_DECIDED = "(state IN ('approved', 'rejected')) = (decided_by IS NOT NULL)"


class ApprovalRule(Base):
    """When somebody must agree, and who. Conditions that are given must all hold; a rule without one always holds."""

    __tablename__ = "approval_rules"
    __table_args__ = (
        CheckConstraint("subject_kind IN ('award', 'order', 'commitment')", name="subject_kind_known"),
        CheckConstraint("(above_minor IS NULL) = (currency IS NULL)", name="amount_has_currency"),
        CheckConstraint("above_minor >= 0", name="amount_not_negative"),
        CheckConstraint("cardinality(approver_ids) > 0", name="names_an_approver"),
        Index("ix_approval_rules_organization_id", "organization_id"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(120))
    # None: awards, orders and commitments alike.
    subject_kind: Mapped[str | None] = mapped_column(String(20))
    above_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    category_codes: Mapped[list[str]] = mapped_column(ARRAY(String(80)), server_default=text("'{}'"))
    new_counterparty: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    approver_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[CreatedAt]
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class Approval(Base):
    """A subject that waits for, or has got, agreement. One step for each rule that asked for it."""

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint(_STATES, name="state_known"),
        CheckConstraint(_DECIDED, name="decision_has_author"),
        CheckConstraint("decided_by <> requested_by", name="four_eyes"),
        CheckConstraint("subject_kind IN ('award', 'order', 'commitment')", name="subject_kind_known"),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        Index(
            "uq_approvals_subject_pending",
            "organization_id",
            "subject_kind",
            "subject_id",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_approvals_organization_id_id", "organization_id", "id"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(String(200))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    counterparty_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    requested_at: Mapped[CreatedAt]
    state: Mapped[str] = mapped_column(String(10), server_default="pending")
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    comment: Mapped[str | None] = mapped_column(String(2000))


class ApprovalStep(Base):
    """What one rule asks for: the agreement of one of the people it named when the request was made."""

    __tablename__ = "approval_steps"
    __table_args__ = (
        CheckConstraint(_STATES, name="state_known"),
        CheckConstraint(_DECIDED, name="decision_has_author"),
        CheckConstraint("decided_by <> requested_by AND decided_for <> requested_by", name="four_eyes"),
        Index("ix_approval_steps_approval_id", "approval_id"),
        Index("ix_approval_steps_rule_id", "rule_id"),
    )

    id: Mapped[Id]
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("approval_rules.id"))
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    approver_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    state: Mapped[str] = mapped_column(String(10), server_default="pending")
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    # Whose turn it was, when a deputy decided.
    decided_for: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ApprovalDelegation(Base):
    """That an approver lets a colleague decide in his place until a day. Ended, never deleted."""

    __tablename__ = "approval_delegations"
    __table_args__ = (
        CheckConstraint("from_person_id <> to_person_id", name="to_somebody_else"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_approval_delegations_organization_id", "organization_id"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    from_person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    to_person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
