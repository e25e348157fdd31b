"""Clearings: certificates, prices, and what came of it for each member and supplier."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, append_only, grant, policy, wall

revision = "20261126_2402"
down_revision = "20261126_2401"
branch_labels = None
depends_on = None

LEAD = "lead_id = app_organization_id()"
TAKES_PART = """(
    EXISTS (SELECT 1 FROM commitments m
        WHERE m.campaign_id = {table}.campaign_id AND m.member_id = app_organization_id())
    OR EXISTS (SELECT 1 FROM pool_offers o
        WHERE o.campaign_id = {table}.campaign_id AND o.supplier_id = app_organization_id()))"""


def upgrade() -> None:
    _clearings()
    _clearing_inputs()
    _clearing_prices()
    _allotments()
    _supplier_shares()
    _walls()


def _clearings() -> None:
    op.create_table(
        "clearings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=7), server_default=sa.text("'working'"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("inputs_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("commitments", sa.Integer(), nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("gap_bp", sa.SmallInteger(), nullable=False),
        sa.Column("failure", sa.String(length=14), nullable=True),
        sa.Column("lots", sa.BigInteger(), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("remainder_minor", sa.Integer(), nullable=True),
        sa.Column("certificate", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'done') = (num_nonnulls(lots, cost_minor, remainder_minor, certificate) = 4) "
            "AND (state = 'done' OR num_nonnulls(lots, cost_minor, remainder_minor) = 0)",
            name=op.f("ck_clearings_done_has_result"),
        ),
        sa.CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name=op.f("ck_clearings_failure_has_reason")),
        sa.CheckConstraint("(state = 'working') = (ended_at IS NULL)", name=op.f("ck_clearings_ended_has_time")),
        sa.CheckConstraint(
            "failure IN ('nothing-bought', 'solver-failed', 'interrupted')", name=op.f("ck_clearings_failure_known")
        ),
        sa.CheckConstraint("state IN ('working', 'done', 'failed')", name=op.f("ck_clearings_state_known")),
        sa.CheckConstraint("attempts BETWEEN 1 AND 3", name=op.f("ck_clearings_attempts_in_range")),
        sa.CheckConstraint(
            "lots > 0 AND cost_minor >= 0 AND remainder_minor >= 0", name=op.f("ck_clearings_result_in_range")
        ),
        sa.CheckConstraint("octet_length(inputs_sha256) = 32", name=op.f("ck_clearings_inputs_are_sha256")),
        sa.CheckConstraint("round > 0", name=op.f("ck_clearings_rounds_count")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "lead_id"],
            ["campaigns.id", "campaigns.lead_id"],
            name=op.f("fk_clearings_campaign_id_lead_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearings")),
        sa.UniqueConstraint("campaign_id", "round", name=op.f("uq_clearings_campaign_id_round")),
        sa.UniqueConstraint("id", "campaign_id", "lead_id", name=op.f("uq_clearings_id_campaign_id_lead_id")),
    )
    op.create_index(
        "uq_clearings_working", "clearings", ["campaign_id"], unique=True, postgresql_where=sa.text("state = 'working'")
    )


def _clearing_inputs() -> None:
    op.create_table(
        "clearing_inputs",
        sa.Column("clearing_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("problem", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clearing_id", "campaign_id", "lead_id"],
            ["clearings.id", "clearings.campaign_id", "clearings.lead_id"],
            name=op.f("fk_clearing_inputs_clearing_id_campaign_id_lead_id"),
        ),
        sa.PrimaryKeyConstraint("clearing_id", name=op.f("pk_clearing_inputs")),
    )


def _clearing_prices() -> None:
    op.create_table(
        "clearing_prices",
        sa.Column("clearing_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=5), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("lots", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("setup_minor", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.CheckConstraint(
            "lots > 0 AND price_minor >= setup_minor AND setup_minor >= 0", name=op.f("ck_clearing_prices_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["clearing_id", "campaign_id", "lead_id"],
            ["clearings.id", "clearings.campaign_id", "clearings.lead_id"],
            name=op.f("fk_clearing_prices_clearing_id_campaign_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "campaign_id"],
            ["campaign_items.id", "campaign_items.campaign_id"],
            name=op.f("fk_clearing_prices_item_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("clearing_id", "item_id", "place", name=op.f("pk_clearing_prices")),
    )
    op.create_index(
        "ix_clearing_prices_item_id_campaign_id", "clearing_prices", ["item_id", "campaign_id"], unique=False
    )


def _allotments() -> None:
    op.create_table(
        "allotments",
        sa.Column("clearing_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("served", sa.Boolean(), nullable=False),
        sa.Column("wish", sa.SmallInteger(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("lots", sa.Integer(), nullable=False),
        sa.Column("payment_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "CASE WHEN served THEN num_nonnulls(wish, item_id) = 2 AND lots > 0 AND payment_minor > 0 "
            "ELSE num_nonnulls(wish, item_id) = 0 AND lots = 0 AND payment_minor = 0 END",
            name=op.f("ck_allotments_served_is_whole"),
        ),
        sa.CheckConstraint("wish BETWEEN 0 AND 1", name=op.f("ck_allotments_wish_known")),
        sa.ForeignKeyConstraint(
            ["clearing_id", "campaign_id", "lead_id"],
            ["clearings.id", "clearings.campaign_id", "clearings.lead_id"],
            name=op.f("fk_allotments_clearing_id_campaign_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id", "campaign_id", "member_id"],
            ["commitments.id", "commitments.campaign_id", "commitments.member_id"],
            name=op.f("fk_allotments_commitment_id_campaign_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "campaign_id"],
            ["campaign_items.id", "campaign_items.campaign_id"],
            name=op.f("fk_allotments_item_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["organizations.id"], name=op.f("fk_allotments_member_id")),
        sa.PrimaryKeyConstraint("clearing_id", "commitment_id", name=op.f("pk_allotments")),
    )
    op.create_index("ix_allotments_commitment_id", "allotments", ["commitment_id"], unique=False)
    op.create_index("ix_allotments_item_id_campaign_id", "allotments", ["item_id", "campaign_id"], unique=False)


def _supplier_shares() -> None:
    op.create_table(
        "supplier_shares",
        sa.Column("clearing_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("lots", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("setup_minor", sa.BigInteger(), nullable=False),
        sa.Column("freight_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("to_places", postgresql.JSONB(), nullable=False),
        sa.Column("lead_time_days", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "lots > 0 AND setup_minor >= 0 AND freight_minor >= 0 "
            "AND paid_minor = lots * price_minor + setup_minor + freight_minor",
            name=op.f("ck_supplier_shares_adds_up"),
        ),
        sa.ForeignKeyConstraint(
            ["clearing_id", "campaign_id", "lead_id"],
            ["clearings.id", "clearings.campaign_id", "clearings.lead_id"],
            name=op.f("fk_supplier_shares_clearing_id_campaign_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "campaign_id"],
            ["campaign_items.id", "campaign_items.campaign_id"],
            name=op.f("fk_supplier_shares_item_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["offer_id", "campaign_id", "supplier_id"],
            ["pool_offers.id", "pool_offers.campaign_id", "pool_offers.supplier_id"],
            name=op.f("fk_supplier_shares_offer_id_campaign_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_supplier_shares_supplier_id")),
        sa.PrimaryKeyConstraint("clearing_id", "supplier_id", "item_id", name=op.f("pk_supplier_shares")),
    )
    op.create_index(
        "ix_supplier_shares_item_id_campaign_id", "supplier_shares", ["item_id", "campaign_id"], unique=False
    )
    op.create_index(
        "ix_supplier_shares_offer", "supplier_shares", ["offer_id", "campaign_id", "supplier_id"], unique=False
    )
    op.create_index("ix_supplier_shares_supplier_id", "supplier_shares", ["supplier_id"], unique=False)


def _walls() -> None:
    # The worker writes them for the lead; a request writes none of them.
    for table in ("clearings", "clearing_inputs", "clearing_prices", "allotments", "supplier_shares"):
        wall(table)
        grant(table, ("SELECT", "INSERT"), WORKER)
        grant(table, ("SELECT",), AUDITOR)
        policy(table, f"{table}_work", "SELECT", LEAD, None, WORKER)
        policy(table, f"{table}_insert", "INSERT", None, LEAD, WORKER)
        policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR)
    grant("clearings", ("UPDATE",), WORKER)
    policy("clearings", "clearings_update", "UPDATE", LEAD, LEAD, WORKER)
    for table in ("clearing_inputs", "clearing_prices", "allotments", "supplier_shares"):
        append_only(table)
    # Triggers act as `owner`.
    for table in ("clearings", "clearing_prices", "allotments", "supplier_shares"):
        policy(table, f"{table}_held", "SELECT", "true", None, OWNER)
    for table in ("clearings", "clearing_prices"):
        _read(table, f"{LEAD} OR {TAKES_PART.format(table=table)}", BACKOFFICE)
    _read("allotments", "member_id = app_organization_id()", BACKOFFICE)
    _read("supplier_shares", f"supplier_id = app_organization_id() OR {LEAD}")


def _read(table: str, whose: str, *more: str) -> None:
    grant(table, ("SELECT",), APP, *more)
    policy(table, f"{table}_read", "SELECT", f"({whose}) OR app_is_operator()", None, APP, WORKER)
    if more:
        policy(table, f"{table}_screens", "SELECT", "true", None, *more)
