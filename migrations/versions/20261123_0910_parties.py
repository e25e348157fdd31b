"""Parties: credentials, sign-ins, invitations, API clients, approvals, verification."""

revision = "20261123_0910"
down_revision = "20261123_0900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
