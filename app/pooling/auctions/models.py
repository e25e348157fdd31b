"""Tables of auctions: when one ends, and the log of bids. What a bid offers stands with the offers, sealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, Id, Moment


class Auction(Base):
    """Where an auction stands. It begins with the members' freeze; triggers write it and nobody else."""

    __tablename__ = "auctions"
    __table_args__ = (
        CheckConstraint("begun_at < ends_at", name="ends_later"),
        CheckConstraint("extensions BETWEEN 0 AND bids", name="bids_extend"),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    begun_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    extensions: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    bids: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class AuctionBid(Base):
    """A bid, append-only. `prices` are reference prices by item in minor units; a trigger recomputes them of the offer's terms.

    `number`, `at` and `extended_to` are written by the trigger: the order in which bids were taken, at which moment, and until
    when that extended the auction. Its supplier alone reads it.
    """

    __tablename__ = "auction_bids"
    __table_args__ = (
        ForeignKeyConstraint(
            ["offer_id", "campaign_id", "supplier_id"],
            ["pool_offers.id", "pool_offers.campaign_id", "pool_offers.supplier_id"],
        ),
        UniqueConstraint("campaign_id", "number"),
        UniqueConstraint("offer_id"),
        Index("ix_auction_bids_supplier_id_campaign_id_id", "supplier_id", "campaign_id", "id"),
        CheckConstraint("number > 0", name="number_counts"),
        CheckConstraint(
            "jsonb_typeof(prices) = 'object' AND prices <> '{}'::jsonb "
            "AND NOT jsonb_path_exists(prices, '$.* ? (@.type() != \"number\")')",
            name="prices_by_item",
        ),
        CheckConstraint("at < extended_to", name="extends_later"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("auctions.campaign_id"))
    supplier_id: Mapped[UUID]
    offer_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(Integer)
    prices: Mapped[dict[str, int]] = mapped_column(JSONB)
    at: Mapped[Moment]
    extended_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
