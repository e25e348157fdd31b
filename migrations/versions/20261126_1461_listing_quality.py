"""How complete each published listing is. A job computes the scores of those that were published before."""

import sqlalchemy as sa
from alembic import op

revision = "20261126_1461"
down_revision = "20261126_1455"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Titles that are nearly the same are found by their trigrams.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.add_column(
        "public_products", sa.Column("quality", sa.SmallInteger(), server_default=sa.text("50"), nullable=False)
    )
    op.add_column(
        "public_products",
        sa.Column("flaws", sa.ARRAY(sa.String(length=30)), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column(
        "public_products", sa.Column("quality_edition", sa.SmallInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_public_products_quality_of_hundred"), "public_products", "quality BETWEEN 0 AND 100"
    )
    op.create_index(
        "ix_public_products_supplier_id_quality", "public_products", ["supplier_id", "quality", "product_id"]
    )
    op.create_index("ix_public_products_quality_edition", "public_products", ["quality_edition"])


def downgrade() -> None:
    op.drop_index("ix_public_products_quality_edition", "public_products")
    op.drop_index("ix_public_products_supplier_id_quality", "public_products")
    for name in ("quality_edition", "flaws", "quality"):
        op.drop_column("public_products", name)
