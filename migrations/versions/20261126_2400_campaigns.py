"""Campaigns of pooled purchasing: items, tiers, places, and the seed that decides among equals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, OWNER, WORKER, grant, policy, tenant_table, wall

revision = "20261126_2400"
down_revision = "20261126_2280"
branch_labels = None
depends_on = None

LEAD = "lead_id = app_organization_id()"


def upgrade() -> None:
    _campaigns()
    _campaign_counters()
    _campaign_seeds()
    _campaign_items()
    _campaign_tiers()
    _campaign_places()
    _walls()


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("led_as", sa.String(length=8), nullable=False),
        sa.Column("number", sa.String(length=24, collation="C"), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("shortfall", sa.String(length=10), nullable=False),
        sa.Column("confidentiality", sa.String(length=6), nullable=False),
        sa.Column("deposit_bp", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seed_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("seed", sa.String(length=64), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(length=1000), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_campaigns_cancelled_has_time")
        ),
        sa.CheckConstraint(
            "(state IN ('draft', 'cancelled')) OR seed_digest IS NOT NULL", name=op.f("ck_campaigns_opened_has_seed")
        ),
        sa.CheckConstraint("confidentiality IN ('totals', 'names')", name=op.f("ck_campaigns_confidentiality_known")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_campaigns_currency_is_iso4217")),
        sa.CheckConstraint("led_as IN ('operator', 'buyer', 'supplier')", name=op.f("ck_campaigns_leading_known")),
        sa.CheckConstraint(
            "shortfall IN ('fail', 'lower_tier', 'backfill')", name=op.f("ck_campaigns_shortfall_known")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'frozen', 'cleared', 'failed', 'cancelled')",
            name=op.f("ck_campaigns_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('frozen', 'cleared', 'failed') OR seed IS NOT NULL",
            name=op.f("ck_campaigns_frozen_tells_seed"),
        ),
        sa.CheckConstraint("(seed IS NULL) = (frozen_at IS NULL)", name=op.f("ck_campaigns_seed_told_at_freeze")),
        sa.CheckConstraint("deposit_bp BETWEEN 0 AND 10000", name=op.f("ck_campaigns_deposit_is_share")),
        sa.CheckConstraint("octet_length(seed_digest) = 32", name=op.f("ck_campaigns_seed_digest_is_sha256")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_campaigns_created_by")),
        sa.ForeignKeyConstraint(["lead_id"], ["organizations.id"], name=op.f("fk_campaigns_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("id", "currency", name=op.f("uq_campaigns_id_currency")),
        sa.UniqueConstraint("id", "lead_id", name=op.f("uq_campaigns_id_lead_id")),
        sa.UniqueConstraint("lead_id", "number", name=op.f("uq_campaigns_lead_id_number")),
    )
    op.create_index(
        "ix_campaigns_due", "campaigns", ["closes_at"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "ix_campaigns_frozen", "campaigns", ["id"], unique=False, postgresql_where=sa.text("state = 'frozen'")
    )
    op.create_index("ix_campaigns_lead_id_id", "campaigns", ["lead_id", "id"], unique=False)


def _campaign_counters() -> None:
    op.create_table(
        "campaign_counters",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["organizations.id"], name=op.f("fk_campaign_counters_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", "year", name=op.f("pk_campaign_counters")),
    )


def _campaign_seeds() -> None:
    op.create_table(
        "campaign_seeds",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_seeds_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_seeds")),
    )


def _campaign_items() -> None:
    op.create_table(
        "campaign_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("specification", sa.Text(), nullable=True),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("sku", sa.String(length=80), nullable=True),
        sa.Column("lot_quantity", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("min_lots", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("min_share_bp", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_suppliers", sa.SmallInteger(), nullable=True),
        sa.Column("member_min_lots", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("member_max_lots", sa.Integer(), nullable=False),
        sa.Column("alone_minor", sa.BigInteger(), nullable=True),
        sa.Column("published", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.CheckConstraint("alone_minor BETWEEN 1 AND 10000000000", name=op.f("ck_campaign_items_alone_in_range")),
        sa.CheckConstraint("lot_quantity > 0", name=op.f("ck_campaign_items_lot_positive")),
        sa.CheckConstraint("max_suppliers BETWEEN 1 AND 100", name=op.f("ck_campaign_items_suppliers_in_range")),
        sa.CheckConstraint(
            "member_min_lots BETWEEN 1 AND member_max_lots AND member_max_lots <= 1000000",
            name=op.f("ck_campaign_items_lots_in_range"),
        ),
        sa.CheckConstraint("min_lots BETWEEN 0 AND 1000000", name=op.f("ck_campaign_items_least_in_range")),
        sa.CheckConstraint("min_share_bp BETWEEN 0 AND 10000", name=op.f("ck_campaign_items_share_in_range")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "lead_id"],
            ["campaigns.id", "campaigns.lead_id"],
            name=op.f("fk_campaign_items_campaign_id_lead_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_items")),
        sa.UniqueConstraint("campaign_id", "position", name=op.f("uq_campaign_items_campaign_id_position")),
        sa.UniqueConstraint("id", "campaign_id", name=op.f("uq_campaign_items_id_campaign_id")),
    )


def _campaign_tiers() -> None:
    op.create_table(
        "campaign_tiers",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("from_lots", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("from_lots BETWEEN 1 AND 1000000", name=op.f("ck_campaign_tiers_start_in_range")),
        sa.CheckConstraint("price_minor BETWEEN 1 AND 10000000000", name=op.f("ck_campaign_tiers_price_in_range")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "lead_id"],
            ["campaigns.id", "campaigns.lead_id"],
            name=op.f("fk_campaign_tiers_campaign_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "campaign_id"],
            ["campaign_items.id", "campaign_items.campaign_id"],
            name=op.f("fk_campaign_tiers_item_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("item_id", "from_lots", name=op.f("pk_campaign_tiers")),
    )
    op.create_index("ix_campaign_tiers_campaign_id_lead_id", "campaign_tiers", ["campaign_id", "lead_id"], unique=False)


def _campaign_places() -> None:
    op.create_table(
        "campaign_places",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=5), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("place ~ '^[A-Z]{2}[A-Z2-9]{3}$'", name=op.f("ck_campaign_places_place_is_locode")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "lead_id"],
            ["campaigns.id", "campaigns.lead_id"],
            name=op.f("fk_campaign_places_campaign_id_lead_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "place", name=op.f("pk_campaign_places")),
    )


def _walls() -> None:
    tenant_table(
        "campaigns",
        owner=LEAD,
        # From its opening on everybody in its world may read it.
        read=f"{LEAD} OR (opened_at IS NOT NULL AND app_organization_id() IS NOT NULL "
        "AND app_deal(lead_id, app_organization_id()))",
    )
    tenant_table("campaign_counters", owner=LEAD)
    for table in ("campaign_items", "campaign_tiers", "campaign_places"):
        tenant_table(
            table,
            owner=LEAD,
            read=f"EXISTS (SELECT 1 FROM campaigns c WHERE c.id = {table}.campaign_id)",
            privileges=("SELECT", "INSERT", "UPDATE", "DELETE"),
        )
    # Written at the opening and read by nobody: a function tells it when the time has come.
    wall("campaign_seeds")
    grant("campaign_seeds", ("INSERT",), APP, WORKER)
    policy(
        "campaign_seeds",
        "campaign_seeds_insert",
        "INSERT",
        None,
        f"EXISTS (SELECT 1 FROM campaigns c WHERE c.id = campaign_id AND c.{LEAD} AND c.state = 'draft')",
        APP,
        WORKER,
    )
    # Functions and triggers act as `owner`.
    for table in ("campaigns", "campaign_items", "campaign_places", "campaign_seeds"):
        policy(table, f"{table}_held", "ALL", "true", "true", OWNER)
