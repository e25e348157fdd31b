"""Tables of suppliers' offers to a campaign. That an offer exists stands in `pool_offers`, what it says in the sealed table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Currency, Id, one_of
from app.pooling.limits import MOST_LOTS, MOST_PRICE_MINOR
from app.pooling.states import OfferState


class PoolOffer(Base):
    """That a supplier offers. `digest` is the seal: SHA-256 over the contents and a salt that stays with them."""

    __tablename__ = "pool_offers"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "currency"], ["campaigns.id", "campaigns.currency"]),
        UniqueConstraint("campaign_id", "supplier_id", "revision"),
        UniqueConstraint("id", "campaign_id", "supplier_id"),
        Index(
            "uq_pool_offers_standing",
            *("campaign_id", "supplier_id"),
            unique=True,
            postgresql_where=text("state = 'standing'"),
        ),
        Index("ix_pool_offers_supplier_id_id", "supplier_id", "id"),
        CheckConstraint(f"state IN ({one_of(OfferState)})", name="state_known"),
        CheckConstraint("revision > 0", name="revision_counts"),
        CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        CheckConstraint("(state = 'standing') = (ended_at IS NULL)", name="ended_has_time"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[UUID]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    revision: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(9), server_default=text("'standing'"))
    currency: Mapped[Currency]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    # What is offered is written together with the offer, or never.
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PoolOfferTerms(Base):
    """What is offered of one item, sealed: `tiers` as [from_lots, price_minor] rising in lots, freight of a lot by place."""

    __tablename__ = "pool_offer_terms"
    __table_args__ = (
        ForeignKeyConstraint(
            ["offer_id", "campaign_id", "supplier_id"],
            ["pool_offers.id", "pool_offers.campaign_id", "pool_offers.supplier_id"],
        ),
        ForeignKeyConstraint(["item_id", "campaign_id"], ["campaign_items.id", "campaign_items.campaign_id"]),
        Index("ix_pool_offer_terms_item_id_campaign_id", "item_id", "campaign_id"),
        CheckConstraint(f"capacity_lots BETWEEN 1 AND {MOST_LOTS}", name="capacity_in_range"),
        CheckConstraint(f"setup_minor BETWEEN 0 AND {MOST_PRICE_MINOR}", name="setup_in_range"),
        CheckConstraint("lead_time_days BETWEEN 1 AND 2000", name="lead_time_in_range"),
        CheckConstraint(
            "jsonb_typeof(tiers) = 'array' AND jsonb_array_length(tiers) > 0 "
            "AND jsonb_typeof(freight_minor) = 'object' AND freight_minor <> '{}'::jsonb",
            name="tiers_and_places",
        ),
        CheckConstraint("octet_length(salt) = 32", name="salt_is_full"),
    )

    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    tiers: Mapped[list[list[int]]] = mapped_column(JSONB)
    capacity_lots: Mapped[int] = mapped_column(Integer)
    setup_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    freight_minor: Mapped[dict[str, Any]] = mapped_column(JSONB)
    lead_time_days: Mapped[int] = mapped_column(SmallInteger)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
