"""How often each machine may still ask."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, WORKER, grant

revision = "20261126_2190"
down_revision = "20261126_2100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Written with every request of a machine and worth nothing after a crash.
    op.create_table(
        "client_allowances",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client_allowances")),
        prefixes=["UNLOGGED"],
        postgresql_with={"fillfactor": "50"},
    )
    grant("client_allowances", ("SELECT", "INSERT", "UPDATE"), APP)
    grant("client_allowances", ("SELECT", "DELETE"), WORKER)
