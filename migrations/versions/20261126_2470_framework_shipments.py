"""Which shipment brings all of a framework order to a hub."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, WORKER, append_only, grant, policy, wall

revision = "20261126_2470"
down_revision = "20261126_2460"
branch_labels = None
depends_on = None

TABLE = "framework_shipments"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["framework_id", "campaign_id", "supplier_id"],
            ["framework_orders.id", "framework_orders.campaign_id", "framework_orders.supplier_id"],
            name=op.f("fk_framework_shipments_framework_id_campaign_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id", "supplier_id"],
            ["shipments.id", "shipments.shipper_id"],
            name=op.f("fk_framework_shipments_shipment_id_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("framework_id", name=op.f("pk_framework_shipments")),
    )
    op.create_index("ix_framework_shipments_shipment_id", TABLE, ["shipment_id", "supplier_id"], unique=False)
    op.create_index("ix_framework_shipments_campaign_id", TABLE, ["campaign_id"], unique=False)
    wall(TABLE)
    append_only(TABLE)
    grant(TABLE, ("SELECT", "INSERT"), APP)
    grant(TABLE, ("SELECT",), WORKER, AUDITOR, BACKOFFICE)
    mine = "supplier_id = app_organization_id()"
    policy(
        TABLE,
        f"{TABLE}_read",
        "SELECT",
        f"{mine} OR lead_id = app_organization_id() OR app_is_operator()",
        None,
        APP,
        WORKER,
    )
    # The lead is the framework order's, whoever writes.
    same = "EXISTS (SELECT 1 FROM framework_orders f WHERE f.id = framework_id AND f.lead_id = framework_shipments.lead_id)"
    policy(TABLE, f"{TABLE}_insert", "INSERT", None, f"{mine} AND {same}", APP)
    policy(TABLE, f"{TABLE}_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)
