"""What suppliers were given of milestones, less commission, and what was taken from them again."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import OWNER, append_only, policy, tenant_table

revision = "20261127_0600"
down_revision = "20261127_0560"
branch_labels = None
depends_on = None

TABLE = "milestone_parts"
BUYER = "buyer_id = app_organization_id()"
SIDES = f"{BUYER} OR supplier_id = app_organization_id()"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("milestone_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("owed_by", sa.SmallInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("commission_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(number = owed_by) = (amount_minor > 0) AND amount_minor <> 0",
            name=op.f("ck_milestone_parts_given_or_taken"),
        ),
        sa.CheckConstraint(
            "abs(commission_minor) <= abs(amount_minor) AND commission_minor * sign(amount_minor) >= 0",
            name=op.f("ck_milestone_parts_commission_is_a_part"),
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id", "buyer_id", "supplier_id", "currency"],
            [
                "payment_milestones.id",
                "payment_milestones.buyer_id",
                "payment_milestones.supplier_id",
                "payment_milestones.currency",
            ],
            name="fk_milestone_parts_of_milestone",
        ),
        sa.ForeignKeyConstraint(
            ["payment_id", "milestone_id"],
            ["milestone_payments.id", "milestone_payments.milestone_id"],
            name=op.f("fk_milestone_parts_payment_id_milestone_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone_parts")),
        sa.UniqueConstraint(
            "milestone_id", "number", "owed_by", name=op.f("uq_milestone_parts_milestone_id_number_owed_by")
        ),
    )
    op.create_index("ix_milestone_parts_payment_id", TABLE, ["payment_id"], unique=False)
    tenant_table(TABLE, owner=BUYER, read=SIDES, privileges=("SELECT", "INSERT"))
    policy(TABLE, f"{TABLE}_guards", "SELECT", "true", None, OWNER)
    append_only(TABLE)
