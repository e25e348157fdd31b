"""Search: what public documents are found, narrowed down and sorted by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, WORKER, grant

revision = "20261126_1600"
down_revision = "20261126_1461"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = "public_products"
    op.add_column(table, sa.Column("search_words", postgresql.TSVECTOR(), nullable=False, server_default=""))
    op.add_column(table, sa.Column("facets", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"))
    op.add_column(table, sa.Column("numbers", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.add_column(table, sa.Column("search_rank", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column(table, sa.Column("search_edition", sa.String(16, collation="C"), nullable=False, server_default=""))
    op.add_column(table, sa.Column("lead_time_days", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column(table, sa.Column("price_currency", sa.String(3, collation="C"), nullable=True))
    op.add_column(table, sa.Column("price_minor", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_public_products_price_has_currency"), table, "(price_currency IS NULL) = (price_minor IS NULL)"
    )
    op.create_index("ix_public_products_search_words", table, ["search_words"], postgresql_using="gin")
    op.create_index("ix_public_products_facets", table, ["facets"], postgresql_using="gin")
    op.create_index("ix_public_products_search_edition", table, ["search_edition", "product_id"])
    op.create_index("ix_public_products_lead_time_days", table, ["lead_time_days", "product_id"])
    op.create_index("ix_public_products_price", table, ["price_currency", "price_minor", "product_id"])

    op.create_table(
        "search_misses",
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("locale", sa.String(8, collation="C"), nullable=False),
        sa.Column("question", sa.String(120, collation="C"), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("asked_on", "locale", "question", name=op.f("pk_search_misses")),
    )
    grant("search_misses", ("SELECT", "INSERT", "UPDATE"), APP)
    grant("search_misses", ("SELECT", "DELETE"), WORKER)
    grant("search_misses", ("SELECT",), AUDITOR, BACKOFFICE)


def downgrade() -> None:
    raise RuntimeError("listings would not be found")
