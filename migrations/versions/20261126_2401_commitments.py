"""What members commit themselves to and suppliers offer, and the sums that everybody sees."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, OWNER, WORKER, append_only, grant, policy, tenant_table, wall

revision = "20261126_2401"
down_revision = "20261126_2400"
branch_labels = None
depends_on = None

LEAD = "lead_id = app_organization_id()"
MEMBER = "member_id = app_organization_id()"
SUPPLIER = "supplier_id = app_organization_id()"
FROZEN = "EXISTS (SELECT 1 FROM campaigns c WHERE c.id = {table}.campaign_id AND c.frozen_at IS NOT NULL {whose})"


def upgrade() -> None:
    _commitments()
    _commitment_limits()
    _commitment_events()
    _campaign_totals()
    _pool_offers()
    _pool_offer_terms()
    _walls()


def _commitments() -> None:
    op.create_table(
        "commitments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'standing'"), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=5), nullable=False),
        sa.Column("lots", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("substitute_item_id", sa.Uuid(), nullable=True),
        sa.Column("substitute_lots", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name=op.f("ck_commitments_withdrawn_has_time")
        ),
        sa.CheckConstraint("state IN ('standing', 'withdrawn')", name=op.f("ck_commitments_state_known")),
        sa.CheckConstraint(
            "(substitute_item_id IS NULL) = (substitute_lots IS NULL)", name=op.f("ck_commitments_substitute_is_whole")
        ),
        sa.CheckConstraint("lots BETWEEN 1 AND 1000000", name=op.f("ck_commitments_lots_in_range")),
        sa.CheckConstraint("substitute_item_id <> item_id", name=op.f("ck_commitments_substitute_is_another")),
        sa.CheckConstraint("substitute_lots BETWEEN 1 AND 1000000", name=op.f("ck_commitments_substitute_in_range")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "currency"],
            ["campaigns.id", "campaigns.currency"],
            name=op.f("fk_commitments_campaign_id_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "place"],
            ["campaign_places.campaign_id", "campaign_places.place"],
            name=op.f("fk_commitments_campaign_id_place"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_commitments_created_by")),
        sa.ForeignKeyConstraint(
            ["item_id", "campaign_id"],
            ["campaign_items.id", "campaign_items.campaign_id"],
            name=op.f("fk_commitments_item_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["organizations.id"], name=op.f("fk_commitments_member_id")),
        sa.ForeignKeyConstraint(
            ["substitute_item_id", "campaign_id"],
            ["campaign_items.id", "campaign_items.campaign_id"],
            name=op.f("fk_commitments_substitute_item_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
        sa.UniqueConstraint("id", "campaign_id", "member_id", name=op.f("uq_commitments_id_campaign_id_member_id")),
    )
    op.create_index("ix_commitments_campaign_id_id", "commitments", ["campaign_id", "id"], unique=False)
    op.create_index("ix_commitments_item_id_campaign_id", "commitments", ["item_id", "campaign_id"], unique=False)
    op.create_index("ix_commitments_member_id_id", "commitments", ["member_id", "id"], unique=False)
    op.create_index(
        "uq_commitments_one_an_item_and_place",
        "commitments",
        ["campaign_id", "member_id", "item_id", "place"],
        unique=True,
        postgresql_where=sa.text("state = 'standing'"),
    )


def _commitment_limits() -> None:
    op.create_table(
        "commitment_limits",
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("substitute_limit_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("limit_minor BETWEEN 1 AND 10000000000", name=op.f("ck_commitment_limits_limit_in_range")),
        sa.CheckConstraint(
            "substitute_limit_minor BETWEEN 1 AND 10000000000", name=op.f("ck_commitment_limits_substitute_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id", "campaign_id", "member_id"],
            ["commitments.id", "commitments.campaign_id", "commitments.member_id"],
            name=op.f("fk_commitment_limits_commitment_id_campaign_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("commitment_id", name=op.f("pk_commitment_limits")),
    )
    op.create_index("ix_commitment_limits_campaign_id", "commitment_limits", ["campaign_id"], unique=False)


def _commitment_events() -> None:
    op.create_table(
        "commitment_events",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("lots", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("counted BETWEEN -1 AND 1", name=op.f("ck_commitment_events_counted_by_one")),
        sa.CheckConstraint("lots <> 0 OR counted = 0", name=op.f("ck_commitment_events_counted_has_lots")),
        sa.ForeignKeyConstraint(
            ["commitment_id", "campaign_id", "member_id"],
            ["commitments.id", "commitments.campaign_id", "commitments.member_id"],
            name=op.f("fk_commitment_events_commitment_id_campaign_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_events")),
    )
    op.create_index(
        "ix_commitment_events_campaign_id_item_id", "commitment_events", ["campaign_id", "item_id"], unique=False
    )
    op.create_index("ix_commitment_events_commitment_id", "commitment_events", ["commitment_id"], unique=False)


def _campaign_totals() -> None:
    op.create_table(
        "campaign_totals",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lots", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("commitments", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("(lots = 0) = (commitments = 0)", name=op.f("ck_campaign_totals_lots_are_someones")),
        sa.CheckConstraint("lots >= 0 AND commitments BETWEEN 0 AND 10000", name=op.f("ck_campaign_totals_in_range")),
        sa.ForeignKeyConstraint(
            ["item_id", "campaign_id"],
            ["campaign_items.id", "campaign_items.campaign_id"],
            name=op.f("fk_campaign_totals_item_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_campaign_totals")),
    )
    op.create_index("ix_campaign_totals_campaign_id", "campaign_totals", ["campaign_id"], unique=False)


def _pool_offers() -> None:
    op.create_table(
        "pool_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'standing'"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "transaction_id",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'standing') = (ended_at IS NULL)", name=op.f("ck_pool_offers_ended_has_time")),
        sa.CheckConstraint("state IN ('standing', 'revised', 'withdrawn')", name=op.f("ck_pool_offers_state_known")),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_pool_offers_digest_is_sha256")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_pool_offers_revision_counts")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "currency"],
            ["campaigns.id", "campaigns.currency"],
            name=op.f("fk_pool_offers_campaign_id_currency"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_pool_offers_created_by")),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_pool_offers_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_offers")),
        sa.UniqueConstraint(
            "campaign_id", "supplier_id", "revision", name=op.f("uq_pool_offers_campaign_id_supplier_id_revision")
        ),
        sa.UniqueConstraint("id", "campaign_id", "supplier_id", name=op.f("uq_pool_offers_id_campaign_id_supplier_id")),
    )
    op.create_index("ix_pool_offers_supplier_id_id", "pool_offers", ["supplier_id", "id"], unique=False)
    op.create_index(
        "uq_pool_offers_standing",
        "pool_offers",
        ["campaign_id", "supplier_id"],
        unique=True,
        postgresql_where=sa.text("state = 'standing'"),
    )


def _pool_offer_terms() -> None:
    op.create_table(
        "pool_offer_terms",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("tiers", postgresql.JSONB(), nullable=False),
        sa.Column("capacity_lots", sa.Integer(), nullable=False),
        sa.Column("setup_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("freight_minor", postgresql.JSONB(), nullable=False),
        sa.Column("lead_time_days", sa.SmallInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint(
            "jsonb_typeof(tiers) = 'array' AND jsonb_array_length(tiers) > 0 "
            "AND jsonb_typeof(freight_minor) = 'object' AND freight_minor <> '{}'::jsonb",
            name=op.f("ck_pool_offer_terms_tiers_and_places"),
        ),
        sa.CheckConstraint("capacity_lots BETWEEN 1 AND 1000000", name=op.f("ck_pool_offer_terms_capacity_in_range")),
        sa.CheckConstraint("lead_time_days BETWEEN 1 AND 2000", name=op.f("ck_pool_offer_terms_lead_time_in_range")),
        sa.CheckConstraint("octet_length(salt) = 32", name=op.f("ck_pool_offer_terms_salt_is_full")),
        sa.CheckConstraint("setup_minor BETWEEN 0 AND 10000000000", name=op.f("ck_pool_offer_terms_setup_in_range")),
        sa.ForeignKeyConstraint(
            ["item_id", "campaign_id"],
            ["campaign_items.id", "campaign_items.campaign_id"],
            name=op.f("fk_pool_offer_terms_item_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["offer_id", "campaign_id", "supplier_id"],
            ["pool_offers.id", "pool_offers.campaign_id", "pool_offers.supplier_id"],
            name=op.f("fk_pool_offer_terms_offer_id_campaign_id_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("offer_id", "item_id", name=op.f("pk_pool_offer_terms")),
    )
    op.create_index(
        "ix_pool_offer_terms_item_id_campaign_id", "pool_offer_terms", ["item_id", "campaign_id"], unique=False
    )


def _walls() -> None:
    tenant_table("commitments", owner=MEMBER)
    tenant_table("commitment_events", owner=MEMBER, privileges=("SELECT",))
    tenant_table(
        "campaign_totals",
        owner="false",
        read="EXISTS (SELECT 1 FROM campaigns c WHERE c.id = campaign_totals.campaign_id)",
        privileges=("SELECT",),
    )
    tenant_table("pool_offers", owner=SUPPLIER)
    append_only("commitment_events")
    append_only("pool_offer_terms")
    # The clearing reads who takes part, once nothing changes any more.
    for table in ("commitments", "pool_offers"):
        policy(table, f"{table}_clearing", "SELECT", FROZEN.format(table=table, whose=f"AND c.{LEAD}"), None, WORKER)
    _sealed("commitment_limits", MEMBER, ("SELECT", "INSERT", "UPDATE"))
    _sealed("pool_offer_terms", SUPPLIER, ("SELECT", "INSERT"))
    for table in ("commitment_events", "campaign_totals", "commitments", "pool_offers"):
        policy(table, f"{table}_held", "ALL", "true", "true", OWNER)


def _sealed(table: str, whose: str, privileges: tuple[str, ...]) -> None:
    """Until the freeze it is his alone who wrote it; then the clearing reads it, and the auditor. The lead never does."""
    wall(table)
    grant(table, privileges, APP, WORKER)
    grant(table, ("SELECT",), AUDITOR)
    policy(table, f"{table}_read", "SELECT", whose, None, APP, WORKER)
    policy(table, f"{table}_insert", "INSERT", None, whose, APP, WORKER)
    if "UPDATE" in privileges:
        policy(table, f"{table}_update", "UPDATE", whose, whose, APP, WORKER)
    policy(table, f"{table}_clearing", "SELECT", FROZEN.format(table=table, whose=f"AND c.{LEAD}"), None, WORKER)
    policy(table, f"{table}_audit", "SELECT", FROZEN.format(table=table, whose=""), None, AUDITOR)
