"""Rates of interest for late payment, as the operator loads them: the reference rate by half-year, points by country."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, WORKER, grant, policy, wall

revision = "20261127_0672"
down_revision = "20261127_0671"
branch_labels = None
depends_on = None

TABLE = "late_payment_rates"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("country", sa.String(length=2, collation="C"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("rate_bp", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_late_payment_rates_country_is_iso3166")),
        sa.CheckConstraint("rate_bp BETWEEN -500 AND 3000", name=op.f("ck_late_payment_rates_rate_in_range")),
        sa.CheckConstraint(
            "extract(day FROM valid_from) = 1 AND extract(month FROM valid_from) IN (1, 7)",
            name=op.f("ck_late_payment_rates_from_a_half_year_on"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_payment_rates")),
        sa.UniqueConstraint("country", "valid_from", name=op.f("uq_late_payment_rates_country_valid_from")),
    )
    wall(TABLE)
    grant(TABLE, ("SELECT",), APP, WORKER, AUDITOR, BACKOFFICE)
    grant(TABLE, ("INSERT", "UPDATE"), APP)
    policy(TABLE, f"{TABLE}_read", "SELECT", "true", None, APP, WORKER, AUDITOR, BACKOFFICE)
    policy(TABLE, f"{TABLE}_insert", "INSERT", None, "app_is_operator()", APP)
    policy(TABLE, f"{TABLE}_update", "UPDATE", "app_is_operator()", "app_is_operator()", APP)
