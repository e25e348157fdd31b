"""Tables of disputes. What was said and done in one is never changed; triggers say what else a row may become."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.finance.disputes.limits import MOST_TEXT
from app.finance.disputes.states import (
    ACTIVE,
    OF_PROPOSALS,
    PARTIES,
    SETTLED,
    WITH_SPLIT,
    WITH_TEXT,
    Act,
    DisputeState,
    ProposalState,
    Reason,
    Side,
)
from app.kit.db.base import Base, CreatedAt, Currency, Id, one_of
from app.kit.locales import LOCALES

_OF_DISPUTE = ("dispute_id", "buyer_id", "supplier_id", "disputed_minor")
_DISPUTE = ("id", "buyer_id", "supplier_id", "disputed_minor")
_FOR_PARTS = [f"payment_disputes.{column}" for column in _DISPUTE]
_OF_MILESTONE = ("milestone_id", "buyer_id", "supplier_id", "currency")
_MILESTONE = [f"payment_milestones.{column}" for column in ("id", *_OF_MILESTONE[1:])]
_SPLIT = "release_minor >= 0 AND refund_minor >= 0 AND release_minor + refund_minor = disputed_minor"


class Dispute(Base):
    """What a buyer has against a milestone, where it stands, and how it ended. `disputed_minor` is what was held of the
    milestone then, and what was still to be paid."""

    __tablename__ = "payment_disputes"
    __table_args__ = (
        ForeignKeyConstraint(list(_OF_MILESTONE), _MILESTONE, name="fk_payment_disputes_of_milestone"),
        UniqueConstraint(*_DISPUTE),
        Index(
            "uq_payment_disputes_one_open",
            "milestone_id",
            unique=True,
            postgresql_where=text(f"state IN ({one_of(ACTIVE)})"),
        ),
        Index("ix_payment_disputes_milestone_id_id", "milestone_id", "id"),
        Index("ix_payment_disputes_buyer_id_id", "buyer_id", "id"),
        Index("ix_payment_disputes_supplier_id_id", "supplier_id", "id"),
        Index("ix_payment_disputes_escalated", "id", postgresql_where=text("state = 'escalated'")),
        Index(
            "ix_payment_disputes_answer_due_at",
            "answer_due_at",
            postgresql_where=text("state = 'open' AND answer_overdue_at IS NULL"),
        ),
        Index(
            "ix_payment_disputes_escalates_at",
            "escalates_at",
            postgresql_where=text("state IN ('open', 'answered')"),
        ),
        CheckConstraint(f"reason IN ({one_of(Reason)})", name="reason_known"),
        CheckConstraint(f"state IN ({one_of(DisputeState)})", name="state_known"),
        CheckConstraint("buyer_id <> supplier_id", name="not_oneself"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("disputed_minor BETWEEN 0 AND 1000000000000000", name="disputed_in_range"),
        CheckConstraint("opened_at < answer_due_at AND answer_due_at <= escalates_at", name="deadlines_in_order"),
        CheckConstraint(f"(state IN ({one_of(ACTIVE)})) = (ended_at IS NULL)", name="ended_when"),
        CheckConstraint(
            f"(state IN ({one_of(SETTLED)})) = (num_nonnulls(release_minor, refund_minor) = 2) "
            "AND num_nonnulls(release_minor, refund_minor) IN (0, 2)",
            name="settled_with_split",
        ),
        CheckConstraint(_SPLIT, name="split_is_whole"),
        CheckConstraint("state <> 'open' OR answered_at IS NULL", name="open_is_unanswered"),
        CheckConstraint("state <> 'answered' OR answered_at IS NOT NULL", name="answered_when"),
        CheckConstraint("state NOT IN ('escalated', 'decided') OR escalated_at IS NOT NULL", name="escalated_when"),
    )

    id: Mapped[Id]
    milestone_id: Mapped[UUID]
    schedule_id: Mapped[UUID]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    # How both sides call the deal, and which of its milestones it is, counted from one.
    deal_number: Mapped[str] = mapped_column(String(40))
    milestone_position: Mapped[int] = mapped_column(SmallInteger)
    currency: Mapped[Currency]
    disputed_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(14))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'open'"))
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    answer_due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    escalates_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answer_overdue_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    escalated_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    release_minor: Mapped[int | None] = mapped_column(BigInteger)
    refund_minor: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class DisputeProposal(Base):
    """How one side would divide what is disputed. Of each side one stands at a time; its amounts never change."""

    __tablename__ = "payment_dispute_proposals"
    __table_args__ = (
        ForeignKeyConstraint(_OF_DISPUTE, _FOR_PARTS, name="fk_payment_dispute_proposals_of_dispute"),
        UniqueConstraint("id", "dispute_id"),
        Index("ix_payment_dispute_proposals_dispute_id_id", "dispute_id", "id"),
        Index(
            "uq_payment_dispute_proposals_one_open",
            "dispute_id",
            "side",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "uq_payment_dispute_proposals_one_accepted",
            "dispute_id",
            unique=True,
            postgresql_where=text("state = 'accepted'"),
        ),
        CheckConstraint(f"side IN ({one_of(PARTIES)})", name="side_known"),
        CheckConstraint(f"state IN ({one_of(ProposalState)})", name="state_known"),
        CheckConstraint(_SPLIT, name="split_is_whole"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_when"),
    )

    id: Mapped[Id]
    dispute_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    disputed_minor: Mapped[int] = mapped_column(BigInteger)
    side: Mapped[str] = mapped_column(String(8))
    release_minor: Mapped[int] = mapped_column(BigInteger)
    refund_minor: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), server_default=text("'open'"))
    made_at: Mapped[CreatedAt]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class DisputeEntry(Base):
    """What somebody said or did, with files attached to this entry; the clock writes without a side. Append-only."""

    __tablename__ = "payment_dispute_entries"
    __table_args__ = (
        ForeignKeyConstraint(_OF_DISPUTE, _FOR_PARTS, name="fk_payment_dispute_entries_of_dispute"),
        ForeignKeyConstraint(
            ["proposal_id", "dispute_id"], ["payment_dispute_proposals.id", "payment_dispute_proposals.dispute_id"]
        ),
        Index("ix_payment_dispute_entries_dispute_id_id", "dispute_id", "id"),
        Index(
            "ix_payment_dispute_entries_proposal_id",
            "proposal_id",
            "dispute_id",
            postgresql_where=text("proposal_id IS NOT NULL"),
        ),
        CheckConstraint(f"act IN ({one_of(Act)})", name="act_known"),
        CheckConstraint(f"side IN ({one_of(Side)})", name="side_known"),
        CheckConstraint("(side IS NULL) = (organization_id IS NULL)", name="side_is_somebody"),
        CheckConstraint("side IS NOT NULL OR act IN ('answer_overdue', 'escalated')", name="clock_does_little"),
        CheckConstraint(
            "CASE side WHEN 'buyer' THEN organization_id = buyer_id WHEN 'supplier' THEN organization_id = supplier_id "
            "ELSE true END",
            name="side_is_who_it_says",
        ),
        CheckConstraint(
            "CASE act WHEN 'opened' THEN side = 'buyer' WHEN 'withdrawn' THEN side = 'buyer' "
            "WHEN 'decided' THEN side = 'operator' WHEN 'message' THEN true WHEN 'answer_overdue' THEN side IS NULL "
            "WHEN 'escalated' THEN coalesce(side <> 'operator', true) ELSE side <> 'operator' END",
            name="act_of_side",
        ),
        CheckConstraint(f"(act IN ({one_of(OF_PROPOSALS)})) = (proposal_id IS NOT NULL)", name="of_a_proposal"),
        CheckConstraint(
            f"num_nonnulls(release_minor, refund_minor) = CASE WHEN act IN ({one_of(WITH_SPLIT)}) THEN 2 ELSE 0 END",
            name="split_where_one_is",
        ),
        CheckConstraint(_SPLIT, name="split_is_whole"),
        CheckConstraint(f"act NOT IN ({one_of(WITH_TEXT)}) OR text IS NOT NULL", name="text_where_wanted"),
        CheckConstraint("(text IS NULL) = (locale IS NULL)", name="text_has_locale"),
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {MOST_TEXT}", name="text_in_range"),
        CheckConstraint(f"locale IN ({one_of(LOCALES)})", name="locale_known"),
    )

    id: Mapped[Id]
    dispute_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    disputed_minor: Mapped[int] = mapped_column(BigInteger)
    act: Mapped[str] = mapped_column(String(14))
    side: Mapped[str | None] = mapped_column(String(8))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str | None] = mapped_column(Text)
    locale: Mapped[str | None] = mapped_column(String(8))
    proposal_id: Mapped[UUID | None]
    release_minor: Mapped[int | None] = mapped_column(BigInteger)
    refund_minor: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]
