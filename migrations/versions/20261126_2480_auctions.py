"""Reverse auctions of campaigns: their rules, when they end, and the log of bids."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, OWNER, WORKER, append_only, grant, policy, tenant_table, wall

revision = "20261126_2480"
down_revision = "20261126_2470"
branch_labels = None
depends_on = None

SUPPLIER = "supplier_id = app_organization_id()"


def upgrade() -> None:
    _rules()
    _auctions()
    _auction_bids()
    _walls()


def _rules() -> None:
    op.add_column(
        "campaigns",
        sa.Column("competition", sa.String(length=7), server_default=sa.text("'sealed'"), nullable=False),
    )
    for column in ("bidding_minutes", "round_minutes", "step_bp", "most_extensions"):
        op.add_column("campaigns", sa.Column(column, sa.SmallInteger(), nullable=True))
    op.add_column("campaign_items", sa.Column("floor_minor", sa.BigInteger(), nullable=True))
    op.drop_constraint(op.f("ck_campaigns_state_known"), "campaigns")
    checks = {
        "state_known": "state IN ('draft', 'open', 'bidding', 'frozen', 'cleared', 'ordering', 'ordered', 'failed', 'cancelled')",
        "competition_known": "competition IN ('sealed', 'auction')",
        "auction_has_rules": "num_nonnulls(bidding_minutes, round_minutes, step_bp, most_extensions) "
        "= CASE competition WHEN 'auction' THEN 4 ELSE 0 END",
        "supplier_publishes": "competition = 'sealed' OR led_as <> 'supplier'",
        "auction_in_range": "bidding_minutes BETWEEN 10 AND 10080 "
        "AND round_minutes BETWEEN 1 AND least(60, bidding_minutes) "
        "AND step_bp BETWEEN 1 AND 5000 AND most_extensions BETWEEN 0 AND 100",
    }
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"ck_campaigns_{name}"), "campaigns", condition)
    op.create_check_constraint(
        op.f("ck_campaign_items_floor_in_range"), "campaign_items", "floor_minor BETWEEN 1 AND 10000000000"
    )
    op.create_index(
        "ix_campaigns_bidding", "campaigns", ["id"], unique=False, postgresql_where=sa.text("state = 'bidding'")
    )


def _auctions() -> None:
    op.create_table(
        "auctions",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extensions", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("bids", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("begun_at < ends_at", name=op.f("ck_auctions_ends_later")),
        sa.CheckConstraint("extensions BETWEEN 0 AND bids", name=op.f("ck_auctions_bids_extend")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_auctions_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_auctions")),
    )


def _auction_bids() -> None:
    op.create_table(
        "auction_bids",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("prices", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extended_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("at < extended_to", name=op.f("ck_auction_bids_extends_later")),
        sa.CheckConstraint(
            "jsonb_typeof(prices) = 'object' AND prices <> '{}'::jsonb", name=op.f("ck_auction_bids_prices_by_item")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_auction_bids_number_counts")),
        sa.ForeignKeyConstraint(["campaign_id"], ["auctions.campaign_id"], name=op.f("fk_auction_bids_campaign_id")),
        sa.ForeignKeyConstraint(
            ["offer_id", "campaign_id", "supplier_id"],
            ["pool_offers.id", "pool_offers.campaign_id", "pool_offers.supplier_id"],
            name=op.f("fk_auction_bids_offer_id_campaign_id_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_bids")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_auction_bids_campaign_id_number")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_auction_bids_offer_id")),
    )
    op.create_index(
        "ix_auction_bids_supplier_id_campaign_id_id",
        "auction_bids",
        ["supplier_id", "campaign_id", "id"],
        unique=False,
    )


def _walls() -> None:
    # Written by triggers alone.
    tenant_table(
        "auctions",
        owner="false",
        read="EXISTS (SELECT 1 FROM campaigns c WHERE c.id = auctions.campaign_id)",
        privileges=("SELECT",),
    )
    # A bid says what its supplier asks: his own eyes, and the auditor's once it is over. Functions tell the best of all.
    wall("auction_bids")
    grant("auction_bids", ("SELECT", "INSERT"), APP, WORKER)
    grant("auction_bids", ("SELECT",), AUDITOR)
    policy("auction_bids", "auction_bids_read", "SELECT", SUPPLIER, None, APP, WORKER)
    policy("auction_bids", "auction_bids_insert", "INSERT", None, SUPPLIER, APP, WORKER)
    frozen = "EXISTS (SELECT 1 FROM campaigns c WHERE c.id = auction_bids.campaign_id AND c.frozen_at IS NOT NULL)"
    policy("auction_bids", "auction_bids_audit", "SELECT", frozen, None, AUDITOR)
    append_only("auction_bids")
    policy("auctions", "auctions_held", "ALL", "true", "true", OWNER)
    policy("auction_bids", "auction_bids_held", "SELECT", "true", None, OWNER)
