"""Tables of clearings: what was worked at, what came of it for each member and each supplier, and the certificate.

Rows name the campaign's lead, for whom the worker writes them. Who takes part reads the certificate and the prices; a member
reads his own allotment, a supplier his own share.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.pooling.limits import MOST_ATTEMPTS
from app.pooling.models.commitments import COMMITTED
from app.pooling.states import ClearingFailure, ClearingState

CLEARED = [f"clearings.{column}" for column in ("id", "campaign_id", "lead_id")]


class Clearing(Base):
    """One round. `certificate` lists, for each part of the items, what was reached of each aim and what nothing surpasses."""

    __tablename__ = "clearings"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "lead_id"], ["campaigns.id", "campaigns.lead_id"]),
        UniqueConstraint("campaign_id", "round"),
        UniqueConstraint("id", "campaign_id", "lead_id"),
        Index("uq_clearings_working", "campaign_id", unique=True, postgresql_where=text("state = 'working'")),
        CheckConstraint(f"state IN ({one_of(ClearingState)})", name="state_known"),
        CheckConstraint(f"failure IN ({one_of(ClearingFailure)})", name="failure_known"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure_has_reason"),
        CheckConstraint("(state = 'working') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint(f"attempts BETWEEN 1 AND {MOST_ATTEMPTS}", name="attempts_in_range"),
        CheckConstraint("octet_length(inputs_sha256) = 32", name="inputs_are_sha256"),
        CheckConstraint(
            "(state = 'done') = (num_nonnulls(lots, cost_minor, remainder_minor, certificate) = 4) "
            "AND (state = 'done' OR num_nonnulls(lots, cost_minor, remainder_minor) = 0)",
            name="done_has_result",
        ),
        CheckConstraint("lots > 0 AND cost_minor >= 0 AND remainder_minor >= 0", name="result_in_range"),
        CheckConstraint("round > 0", name="rounds_count"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    round: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(7), server_default=text("'working'"))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    inputs_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    commitments: Mapped[int] = mapped_column(Integer)
    offers: Mapped[int] = mapped_column(Integer)
    gap_bp: Mapped[int] = mapped_column(SmallInteger)
    failure: Mapped[str | None] = mapped_column(String(14))
    lots: Mapped[int | None] = mapped_column(BigInteger)
    cost_minor: Mapped[int | None] = mapped_column(BigInteger)
    remainder_minor: Mapped[int | None] = mapped_column(Integer)
    certificate: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ClearingInputs(Base):
    """All that a clearing depends on, as `partingline solve clearing` reads it. Sealed: limits and offers stand in it."""

    __tablename__ = "clearing_inputs"
    __table_args__ = (ForeignKeyConstraint(["clearing_id", "campaign_id", "lead_id"], CLEARED),)

    clearing_id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    problem: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ClearingPrice(Base):
    """What a lot of an item costs at a place, to a millionth of a minor unit; the same for all there."""

    __tablename__ = "clearing_prices"
    __table_args__ = (
        ForeignKeyConstraint(["clearing_id", "campaign_id", "lead_id"], CLEARED),
        ForeignKeyConstraint(["item_id", "campaign_id"], ["campaign_items.id", "campaign_items.campaign_id"]),
        Index("ix_clearing_prices_item_id_campaign_id", "item_id", "campaign_id"),
        CheckConstraint("lots > 0 AND price_minor >= setup_minor AND setup_minor >= 0", name="in_range"),
    )

    clearing_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(String(5), primary_key=True)
    campaign_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    lots: Mapped[int] = mapped_column(BigInteger)
    price_minor: Mapped[Decimal] = mapped_column(Numeric(24, 6))
    setup_minor: Mapped[Decimal] = mapped_column(Numeric(24, 6))


class Allotment(Base):
    """What came of a commitment. `wish` is 0 for what was wished, 1 for the substitute; None when nothing is allotted."""

    __tablename__ = "allotments"
    __table_args__ = (
        ForeignKeyConstraint(["clearing_id", "campaign_id", "lead_id"], CLEARED),
        ForeignKeyConstraint(["commitment_id", "campaign_id", "member_id"], COMMITTED),
        ForeignKeyConstraint(["item_id", "campaign_id"], ["campaign_items.id", "campaign_items.campaign_id"]),
        Index("ix_allotments_commitment_id", "commitment_id"),
        Index("ix_allotments_item_id_campaign_id", "item_id", "campaign_id"),
        CheckConstraint("wish BETWEEN 0 AND 1", name="wish_known"),
        CheckConstraint(
            "CASE WHEN served THEN num_nonnulls(wish, item_id) = 2 AND lots > 0 AND payment_minor > 0 "
            "ELSE num_nonnulls(wish, item_id) = 0 AND lots = 0 AND payment_minor = 0 END",
            name="served_is_whole",
        ),
    )

    clearing_id: Mapped[UUID] = mapped_column(primary_key=True)
    commitment_id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    served: Mapped[bool] = mapped_column(Boolean)
    wish: Mapped[int | None] = mapped_column(SmallInteger)
    item_id: Mapped[UUID | None]
    lots: Mapped[int] = mapped_column(Integer)
    payment_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(16))
    # Figures of the reason, but the limit: that stays where it is sealed.
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)


class SupplierShare(Base):
    """What is bought of a supplier: `to_places` are lots by place, `price_minor` is his tier's, `paid_minor` all he is paid."""

    __tablename__ = "supplier_shares"
    __table_args__ = (
        ForeignKeyConstraint(["clearing_id", "campaign_id", "lead_id"], CLEARED),
        ForeignKeyConstraint(["item_id", "campaign_id"], ["campaign_items.id", "campaign_items.campaign_id"]),
        ForeignKeyConstraint(
            ["offer_id", "campaign_id", "supplier_id"],
            ["pool_offers.id", "pool_offers.campaign_id", "pool_offers.supplier_id"],
        ),
        Index("ix_supplier_shares_supplier_id", "supplier_id"),
        Index("ix_supplier_shares_item_id_campaign_id", "item_id", "campaign_id"),
        Index("ix_supplier_shares_offer", "offer_id", "campaign_id", "supplier_id"),
        CheckConstraint(
            "lots > 0 AND setup_minor >= 0 AND freight_minor >= 0 "
            "AND paid_minor = lots * price_minor + setup_minor + freight_minor",
            name="adds_up",
        ),
    )

    clearing_id: Mapped[UUID] = mapped_column(primary_key=True)
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    offer_id: Mapped[UUID]
    lots: Mapped[int] = mapped_column(BigInteger)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    setup_minor: Mapped[int] = mapped_column(BigInteger)
    freight_minor: Mapped[int] = mapped_column(BigInteger)
    paid_minor: Mapped[int] = mapped_column(BigInteger)
    to_places: Mapped[dict[str, int]] = mapped_column(JSONB)
    lead_time_days: Mapped[int] = mapped_column(SmallInteger)
