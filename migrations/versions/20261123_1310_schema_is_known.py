"""Requests may read which migration the schema is at: a program that is newer than its schema is not ready."""

from alembic import op

from app.kit.db.policies import APP, grant

revision = "20261123_1310"
down_revision = "20261123_1300"
branch_labels = None
depends_on = None


def upgrade() -> None:
    grant("alembic_version", ("SELECT",), APP)


def downgrade() -> None:
    op.execute(f"REVOKE SELECT ON alembic_version FROM {APP}")
