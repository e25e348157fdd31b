"""What belongs together: equivalents of other suppliers, wear parts, and the ties between steels."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, READER, WORKER, grant

revision = "20261126_1700"
down_revision = "20261126_1602"
branch_labels = None
depends_on = None

# As `equivalents` of the reference room: a tie through the family's head is as weak as its weaker half.
RELATION = """
CREATE FUNCTION steel_relation(one text, other text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN one IS NULL OR other IS NULL THEN NULL
        WHEN one = other THEN 'nominal'
        WHEN bool_or(f.relation = 'near') THEN 'near'
        WHEN bool_or(f.relation = 'brand') THEN 'brand'
        ELSE 'nominal'
    END
    FROM steel_families f WHERE f.steel IN (one, other);
END;
"""


def upgrade() -> None:
    table = "public_products"
    op.add_column(table, sa.Column("alike", sa.String(32, collation="C"), nullable=True))
    op.add_column(table, sa.Column("overlap_low", sa.Numeric(), nullable=True))
    op.add_column(table, sa.Column("overlap_high", sa.Numeric(), nullable=True))
    op.add_column(table, sa.Column("steel", sa.String(40, collation="C"), nullable=True))
    op.create_index("ix_public_products_alike", table, ["alike", "product_id"])
    op.create_index("ix_public_products_spares", table, ["supplier_id", sa.text("(category_path[2])"), "product_id"])
    op.create_table(
        "category_spares",
        sa.Column("category", sa.String(80, collation="C"), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("spare", sa.String(80, collation="C"), nullable=False),
        sa.Column("reason", sa.String(40, collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("category", "position", name=op.f("pk_category_spares")),
    )
    grant("category_spares", ("SELECT",), APP, WORKER, READER, AUDITOR)
    op.execute(RELATION)


def downgrade() -> None:
    op.execute("DROP FUNCTION steel_relation")
    op.drop_table("category_spares")
    for column in ("steel", "overlap_high", "overlap_low", "alike"):
        op.drop_column("public_products", column)
