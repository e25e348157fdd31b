"""Procurement: inquiries, lots, lines, invitations."""

revision = "20261123_1000"
down_revision = "20261123_0950"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
