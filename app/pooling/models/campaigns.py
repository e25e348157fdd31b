"""Tables of campaigns: what is bought together, under which rules, and the seed that decides among equals.

Everybody who is signed in, or whoever is invited, reads a campaign from its opening on; before that its lead alone.
"""

from datetime import datetime
from decimal import Decimal
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
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Currency, Id, LocaleTag, Moment, one_of
from app.pooling.limits import (
    LARGEST_STEP_BP,
    LONGEST_BIDDING,
    LONGEST_ROUND,
    MOST_EXTENSIONS,
    MOST_LOTS,
    MOST_PRICE_MINOR,
    SHORTEST_BIDDING,
)
from app.pooling.states import CampaignAudience, CampaignState, Competition, Confidentiality, Leading, Shortfall


class Campaign(Base):
    """Demand that is pooled until `closes_at`. `seed_digest` is told at the opening, `seed` at the freeze: a trigger compares.

    In an auction suppliers bid for `bidding_minutes` from then on; a bid in the last `round_minutes` extends it by as much, at
    most `most_extensions` times, and a further bid of a supplier is at least `step_bp` ten-thousandths below his former one.

    `demand_suggestion_id` says of which demand it was made: those who share it are told of the opening.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        UniqueConstraint("lead_id", "number"),
        # Targets of composite foreign keys: nothing of a campaign names another lead or currency than its own.
        UniqueConstraint("id", "lead_id"),
        UniqueConstraint("id", "currency"),
        # Those behind a suggestion are invited once by the same lead.
        UniqueConstraint("demand_suggestion_id", "lead_id"),
        Index("ix_campaigns_lead_id_id", "lead_id", "id"),
        Index("ix_campaigns_due", "closes_at", postgresql_where=text("state = 'open'")),
        Index("ix_campaigns_frozen", "id", postgresql_where=text("state = 'frozen'")),
        Index("ix_campaigns_bidding", "id", postgresql_where=text("state = 'bidding'")),
        CheckConstraint(f"competition IN ({one_of(Competition)})", name="competition_known"),
        CheckConstraint(
            "num_nonnulls(bidding_minutes, round_minutes, step_bp, most_extensions) "
            "= CASE competition WHEN 'auction' THEN 4 ELSE 0 END",
            name="auction_has_rules",
        ),
        CheckConstraint("competition = 'sealed' OR led_as <> 'supplier'", name="supplier_publishes"),
        CheckConstraint(
            f"bidding_minutes BETWEEN {SHORTEST_BIDDING} AND {LONGEST_BIDDING} "
            f"AND round_minutes BETWEEN 1 AND least({LONGEST_ROUND}, bidding_minutes) "
            f"AND step_bp BETWEEN 1 AND {LARGEST_STEP_BP} AND most_extensions BETWEEN 0 AND {MOST_EXTENSIONS}",
            name="auction_in_range",
        ),
        CheckConstraint(f"state IN ({one_of(CampaignState)})", name="state_known"),
        CheckConstraint(f"led_as IN ({one_of(Leading)})", name="leading_known"),
        CheckConstraint(f"shortfall IN ({one_of(Shortfall)})", name="shortfall_known"),
        CheckConstraint(f"confidentiality IN ({one_of(Confidentiality)})", name="confidentiality_known"),
        CheckConstraint(f"audience IN ({one_of(CampaignAudience)})", name="audience_known"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_iso4217"),
        CheckConstraint("deposit_bp BETWEEN 0 AND 10000", name="deposit_is_share"),
        CheckConstraint("octet_length(seed_digest) = 32", name="seed_digest_is_sha256"),
        CheckConstraint("(state IN ('draft', 'cancelled')) OR seed_digest IS NOT NULL", name="opened_has_seed"),
        CheckConstraint("(seed IS NULL) = (frozen_at IS NULL)", name="seed_told_at_freeze"),
        CheckConstraint("state NOT IN ('frozen', 'cleared', 'failed') OR seed IS NOT NULL", name="frozen_tells_seed"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_time"),
    )

    id: Mapped[Id]
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    led_as: Mapped[str] = mapped_column(String(8))
    number: Mapped[str] = mapped_column(String(24, collation="C"))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'draft'"))
    locale: Mapped[LocaleTag]
    title: Mapped[str] = mapped_column(String(200))
    notes: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[Currency]
    shortfall: Mapped[str] = mapped_column(String(10))
    confidentiality: Mapped[str] = mapped_column(String(6))
    audience: Mapped[str] = mapped_column(String(9), server_default=text("'everybody'"))
    deposit_bp: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    closes_at: Mapped[Moment]
    competition: Mapped[str] = mapped_column(String(7), server_default=text("'sealed'"))
    bidding_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    round_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    step_bp: Mapped[int | None] = mapped_column(SmallInteger)
    most_extensions: Mapped[int | None] = mapped_column(SmallInteger)
    seed_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    seed: Mapped[str | None] = mapped_column(String(64))
    opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    frozen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancel_reason: Mapped[str | None] = mapped_column(String(1000))
    demand_suggestion_id: Mapped[UUID | None] = mapped_column(ForeignKey("demand_suggestions.id"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class CampaignCounter(Base):
    """The last campaign number that a lead gave in a year."""

    __tablename__ = "campaign_counters"

    lead_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class CampaignSeed(Base):
    """What decides among equals. Nobody reads it before the freeze; a function of the database tells it then."""

    __tablename__ = "campaign_seeds"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    seed: Mapped[str] = mapped_column(String(64))


class CampaignItem(Base):
    """One thing that is bought together, in lots of `lot_quantity` of its unit. Prices are for one lot.

    `alone_minor` is what a lot costs one who buys alone, as the lead says: savings are told against it. `published` is what a
    supplier who leads offers beside his tiers: capacity_lots, setup_minor, freight_minor by place, lead_time_days. No bid of an
    auction goes below `floor_minor`.
    """

    __tablename__ = "campaign_items"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "lead_id"], ["campaigns.id", "campaigns.lead_id"]),
        UniqueConstraint("campaign_id", "position"),
        UniqueConstraint("id", "campaign_id"),
        CheckConstraint("lot_quantity > 0", name="lot_positive"),
        CheckConstraint(f"min_lots BETWEEN 0 AND {MOST_LOTS}", name="least_in_range"),
        CheckConstraint("min_share_bp BETWEEN 0 AND 10000", name="share_in_range"),
        CheckConstraint("max_suppliers BETWEEN 1 AND 100", name="suppliers_in_range"),
        CheckConstraint(
            f"member_min_lots BETWEEN 1 AND member_max_lots AND member_max_lots <= {MOST_LOTS}", name="lots_in_range"
        ),
        CheckConstraint(f"alone_minor BETWEEN 1 AND {MOST_PRICE_MINOR}", name="alone_in_range"),
        CheckConstraint(f"floor_minor BETWEEN 1 AND {MOST_PRICE_MINOR}", name="floor_in_range"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str] = mapped_column(String(200))
    specification: Mapped[str | None] = mapped_column(Text)
    variant_id: Mapped[UUID | None]
    sku: Mapped[str | None] = mapped_column(String(80))
    lot_quantity: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    unit: Mapped[str] = mapped_column(String(3))
    min_lots: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    min_share_bp: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    max_suppliers: Mapped[int | None] = mapped_column(SmallInteger)
    member_min_lots: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    member_max_lots: Mapped[int] = mapped_column(Integer)
    alone_minor: Mapped[int | None] = mapped_column(BigInteger)
    floor_minor: Mapped[int | None] = mapped_column(BigInteger)
    published: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class GuideTier(Base):
    """From so many lots pooled on, a lot is expected to cost so much at most, freight not included. Of a supplier who leads it is
    what he offers."""

    __tablename__ = "campaign_tiers"
    __table_args__ = (
        ForeignKeyConstraint(["item_id", "campaign_id"], ["campaign_items.id", "campaign_items.campaign_id"]),
        ForeignKeyConstraint(["campaign_id", "lead_id"], ["campaigns.id", "campaigns.lead_id"]),
        Index("ix_campaign_tiers_campaign_id_lead_id", "campaign_id", "lead_id"),
        CheckConstraint(f"from_lots BETWEEN 1 AND {MOST_LOTS}", name="start_in_range"),
        CheckConstraint(f"price_minor BETWEEN 1 AND {MOST_PRICE_MINOR}", name="price_in_range"),
    )

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    from_lots: Mapped[int] = mapped_column(Integer, primary_key=True)
    campaign_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    price_minor: Mapped[int] = mapped_column(BigInteger)


class CampaignPlace(Base):
    """A place where members may take their goods, as a UN/LOCODE."""

    __tablename__ = "campaign_places"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "lead_id"], ["campaigns.id", "campaigns.lead_id"]),
        CheckConstraint("place ~ '^[A-Z]{2}[A-Z2-9]{3}$'", name="place_is_locode"),
    )

    campaign_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(String(5), primary_key=True)
    lead_id: Mapped[UUID]


class CampaignInvitation(Base):
    """That an organization may see a campaign and take part in it. The lead and the organization itself read it."""

    __tablename__ = "campaign_invitations"
    __table_args__ = (
        ForeignKeyConstraint(["campaign_id", "lead_id"], ["campaigns.id", "campaigns.lead_id"]),
        UniqueConstraint("campaign_id", "organization_id"),
        Index("ix_campaign_invitations_organization_id_campaign_id", "organization_id", "campaign_id"),
        CheckConstraint("organization_id <> lead_id", name="invites_others"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    created_at: Mapped[CreatedAt]
