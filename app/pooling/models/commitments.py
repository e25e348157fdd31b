"""Tables of what members commit themselves to, and of the sums that everybody sees.

A commitment says how much of what to where; the highest price stands in a table of its own, sealed from everybody else. Triggers
write each change of lots to the log and keep the sums: nobody else writes either.
"""

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
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Currency, Id, Moment, one_of
from app.pooling.limits import MOST_COMMITMENTS, MOST_LOTS, MOST_PRICE_MINOR
from app.pooling.states import LIVE, CommitmentState

COMMITTED = [f"commitments.{column}" for column in ("id", "campaign_id", "member_id")]


class Commitment(Base):
    """A member's: so many lots of an item to a place, all or none, and perhaps so many of another instead.

    `approval_id` is the request for the agreement that his rules asked for last; without a question there is none.
    """

    __tablename__ = "commitments"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "currency"], ["campaigns.id", "campaigns.currency"]),
        ForeignKeyConstraint(["item_id", "campaign_id"], ["campaign_items.id", "campaign_items.campaign_id"]),
        ForeignKeyConstraint(
            ["substitute_item_id", "campaign_id"], ["campaign_items.id", "campaign_items.campaign_id"]
        ),
        ForeignKeyConstraint(["campaign_id", "place"], ["campaign_places.campaign_id", "campaign_places.place"]),
        UniqueConstraint("id", "campaign_id", "member_id"),
        Index(
            "uq_commitments_one_an_item_and_place",
            *("campaign_id", "member_id", "item_id", "place"),
            unique=True,
            postgresql_where=text(f"state IN ({one_of(LIVE)})"),
        ),
        Index("ix_commitments_awaiting", "campaign_id", postgresql_where=text("state = 'awaiting'")),
        Index("ix_commitments_approval_id", "approval_id"),
        Index("ix_commitments_member_id_id", "member_id", "id"),
        Index("ix_commitments_item_id_campaign_id", "item_id", "campaign_id"),
        Index("ix_commitments_campaign_id_id", "campaign_id", "id"),
        CheckConstraint(f"state IN ({one_of(CommitmentState)})", name="state_known"),
        CheckConstraint(f"lots BETWEEN 1 AND {MOST_LOTS}", name="lots_in_range"),
        CheckConstraint(f"substitute_lots BETWEEN 1 AND {MOST_LOTS}", name="substitute_in_range"),
        CheckConstraint("(substitute_item_id IS NULL) = (substitute_lots IS NULL)", name="substitute_is_whole"),
        CheckConstraint("substitute_item_id <> item_id", name="substitute_is_another"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_has_time"),
        CheckConstraint(
            "state NOT IN ('awaiting', 'refused', 'lapsed') OR approval_id IS NOT NULL", name="question_has_request"
        ),
    )

    id: Mapped[Id]
    campaign_id: Mapped[UUID]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'standing'"))
    item_id: Mapped[UUID]
    place: Mapped[str] = mapped_column(String(5))
    lots: Mapped[int] = mapped_column(Integer)
    currency: Mapped[Currency]
    substitute_item_id: Mapped[UUID | None]
    substitute_lots: Mapped[int | None] = mapped_column(Integer)
    reference: Mapped[str | None] = mapped_column(String(60))
    approval_id: Mapped[UUID | None] = mapped_column(ForeignKey("approvals.id"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CommitmentLimit(Base):
    """The highest price that a member accepts for a lot, everything included. Sealed: his own eyes, and the clearing's."""

    __tablename__ = "commitment_limits"
    __table_args__ = (
        ForeignKeyConstraint(["commitment_id", "campaign_id", "member_id"], COMMITTED),
        Index("ix_commitment_limits_campaign_id", "campaign_id"),
        CheckConstraint(f"limit_minor BETWEEN 1 AND {MOST_PRICE_MINOR}", name="limit_in_range"),
        CheckConstraint(f"substitute_limit_minor BETWEEN 1 AND {MOST_PRICE_MINOR}", name="substitute_in_range"),
    )

    commitment_id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
    member_id: Mapped[UUID]
    limit_minor: Mapped[int] = mapped_column(BigInteger)
    substitute_limit_minor: Mapped[int | None] = mapped_column(BigInteger)


class CommitmentEvent(Base):
    """By how many lots a commitment changed what is pooled of an item. Append-only."""

    __tablename__ = "commitment_events"
    __table_args__ = (
        ForeignKeyConstraint(["commitment_id", "campaign_id", "member_id"], COMMITTED),
        Index("ix_commitment_events_commitment_id", "commitment_id"),
        Index("ix_commitment_events_campaign_id_item_id", "campaign_id", "item_id"),
        CheckConstraint("counted BETWEEN -1 AND 1", name="counted_by_one"),
        CheckConstraint("lots <> 0 OR counted = 0", name="counted_has_lots"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    commitment_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    member_id: Mapped[UUID]
    item_id: Mapped[UUID]
    lots: Mapped[int] = mapped_column(Integer)
    counted: Mapped[int] = mapped_column(Integer)
    at: Mapped[CreatedAt]


class CampaignTotal(Base):
    """What is pooled of an item: the sum of the log."""

    __tablename__ = "campaign_totals"
    __table_args__ = (
        ForeignKeyConstraint(["item_id", "campaign_id"], ["campaign_items.id", "campaign_items.campaign_id"]),
        Index("ix_campaign_totals_campaign_id", "campaign_id"),
        CheckConstraint(f"lots >= 0 AND commitments BETWEEN 0 AND {MOST_COMMITMENTS}", name="in_range"),
        CheckConstraint("(lots = 0) = (commitments = 0)", name="lots_are_someones"),
    )

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
    lots: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    commitments: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    changed_at: Mapped[Moment] = mapped_column(server_default=text("app_now()"))
