"""Deposits of commitments, framework orders, and the members' orders under them."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, grant, policy, wall

revision = "20261126_2450"
down_revision = "20261126_2420"
branch_labels = None
depends_on = None

LEAD = "lead_id = app_organization_id()"
MEMBER = "member_id = app_organization_id()"
SUPPLIER = "supplier_id = app_organization_id()"


def upgrade() -> None:
    _pool_deposits()
    _framework_orders()
    _framework_lines()
    _walls()


def _pool_deposits() -> None:
    op.create_table(
        "pool_deposits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("token", sa.String(length=200), nullable=True),
        sa.Column("method", sa.String(length=200), nullable=True),
        sa.Column("shown", sa.String(length=80), nullable=True),
        sa.Column("payment", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.Column("give_back", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(state IN ('declined', 'defaulted')) <= (reason IS NOT NULL)",
            name=op.f("ck_pool_deposits_declined_has_reason"),
        ),
        sa.CheckConstraint(
            "reason IN ('generic', 'insufficient_funds', 'expired_method', 'authentication_required', 'limit_exceeded', "
            "'blocked_method', 'cannot_hold', 'not_saved')",
            name=op.f("ck_pool_deposits_reason_known"),
        ),
        sa.CheckConstraint(
            "state <> 'captured' OR payment IS NOT NULL", name=op.f("ck_pool_deposits_captured_has_payment")
        ),
        sa.CheckConstraint(
            "state <> 'pending' OR num_nonnulls(token, method) > 0", name=op.f("ck_pool_deposits_pending_has_method")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'held', 'saved', 'charging', 'capturing', 'captured', "
            "'declined', 'releasing', 'released', 'defaulted')",
            name=op.f("ck_pool_deposits_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('held', 'capturing') OR payment IS NOT NULL", name=op.f("ck_pool_deposits_held_has_payment")
        ),
        sa.CheckConstraint(
            "state NOT IN ('saved', 'charging') OR method IS NOT NULL", name=op.f("ck_pool_deposits_saved_has_method")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_pool_deposits_amount_positive")),
        sa.CheckConstraint("attempt > 0", name=op.f("ck_pool_deposits_attempts_count")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "currency"],
            ["campaigns.id", "campaigns.currency"],
            name=op.f("fk_pool_deposits_campaign_id_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "lead_id"],
            ["campaigns.id", "campaigns.lead_id"],
            name=op.f("fk_pool_deposits_campaign_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id", "campaign_id", "member_id"],
            ["commitments.id", "commitments.campaign_id", "commitments.member_id"],
            name=op.f("fk_pool_deposits_commitment_id_campaign_id_member_id"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["organizations.id"], name=op.f("fk_pool_deposits_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_deposits")),
    )
    op.create_index("ix_pool_deposits_campaign_id_state", "pool_deposits", ["campaign_id", "state"], unique=False)
    op.create_index("ix_pool_deposits_commitment_id", "pool_deposits", ["commitment_id"], unique=False)
    op.create_index(
        "ix_pool_deposits_due",
        "pool_deposits",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'declined' AND due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_pool_deposits_moving",
        "pool_deposits",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending', 'charging', 'capturing', 'releasing')"),
    )
    op.create_index(
        "uq_pool_deposits_one_stands",
        "pool_deposits",
        ["commitment_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('releasing', 'released', 'defaulted') AND NOT give_back"),
    )


def _framework_orders() -> None:
    op.create_table(
        "framework_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("clearing_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("lots", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("members_minor", sa.BigInteger(), nullable=False),
        sa.Column("lead_time_days", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "lots > 0 AND total_minor > 0 AND members_minor >= 0", name=op.f("ck_framework_orders_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "currency"],
            ["campaigns.id", "campaigns.currency"],
            name=op.f("fk_framework_orders_campaign_id_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["clearing_id", "campaign_id", "lead_id"],
            ["clearings.id", "clearings.campaign_id", "clearings.lead_id"],
            name=op.f("fk_framework_orders_clearing_id_campaign_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_framework_orders_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_framework_orders")),
        sa.UniqueConstraint("campaign_id", "supplier_id", name=op.f("uq_framework_orders_campaign_id_supplier_id")),
        sa.UniqueConstraint(
            "id", "campaign_id", "supplier_id", name=op.f("uq_framework_orders_id_campaign_id_supplier_id")
        ),
    )
    op.create_index(
        "ix_framework_orders_clearing", "framework_orders", ["clearing_id", "campaign_id", "lead_id"], unique=False
    )
    op.create_index("ix_framework_orders_supplier_id_id", "framework_orders", ["supplier_id", "id"], unique=False)


def _framework_lines() -> None:
    op.create_table(
        "framework_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=5), nullable=False),
        sa.Column("lots", sa.Integer(), nullable=False),
        sa.Column("payment_minor", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("lots > 0 AND payment_minor >= 0", name=op.f("ck_framework_lines_in_range")),
        sa.ForeignKeyConstraint(
            ["commitment_id", "campaign_id", "member_id"],
            ["commitments.id", "commitments.campaign_id", "commitments.member_id"],
            name=op.f("fk_framework_lines_commitment_id_campaign_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["framework_id", "campaign_id", "supplier_id"],
            ["framework_orders.id", "framework_orders.campaign_id", "framework_orders.supplier_id"],
            name=op.f("fk_framework_lines_framework_id_campaign_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "campaign_id"],
            ["campaign_items.id", "campaign_items.campaign_id"],
            name=op.f("fk_framework_lines_item_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["organizations.id"], name=op.f("fk_framework_lines_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_orders.id"], name=op.f("fk_framework_lines_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_framework_lines")),
        sa.UniqueConstraint(
            "framework_id", "commitment_id", name=op.f("uq_framework_lines_framework_id_commitment_id")
        ),
    )
    op.create_index("ix_framework_lines_commitment_id", "framework_lines", ["commitment_id"], unique=False)
    op.create_index(
        "ix_framework_lines_item_id_campaign_id", "framework_lines", ["item_id", "campaign_id"], unique=False
    )
    op.create_index("ix_framework_lines_order_id", "framework_lines", ["order_id"], unique=False)
    op.create_index(
        "ix_framework_lines_to_place",
        "framework_lines",
        ["campaign_id", "id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NULL"),
    )


def _walls() -> None:
    for table in ("pool_deposits", "framework_orders", "framework_lines"):
        wall(table)
        grant(table, ("SELECT",), AUDITOR, OWNER)
        policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR)
        # Triggers and functions act as `owner`; the worker acts for the lead.
        policy(table, f"{table}_held", "SELECT", "true", None, OWNER)
        policy(table, f"{table}_work", "ALL", LEAD, LEAD, WORKER)
    grant("pool_deposits", ("SELECT", "INSERT", "UPDATE"), APP, WORKER)
    policy("pool_deposits", "pool_deposits_own", "ALL", MEMBER, MEMBER, APP)
    policy("pool_deposits", "pool_deposits_moving", "SELECT", f"{MEMBER} OR app_is_operator()", None, WORKER)
    grant("framework_orders", ("SELECT", "INSERT"), WORKER)
    grant("framework_lines", ("SELECT", "INSERT", "UPDATE"), WORKER)
    _read("framework_orders", f"{SUPPLIER} OR {LEAD}")
    _read("framework_lines", f"{SUPPLIER} OR {MEMBER}")


def _read(table: str, whose: str) -> None:
    grant(table, ("SELECT",), APP, BACKOFFICE)
    policy(table, f"{table}_read", "SELECT", f"({whose}) OR app_is_operator()", None, APP, WORKER)
    policy(table, f"{table}_screens", "SELECT", "true", None, BACKOFFICE)
