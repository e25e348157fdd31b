"""Messages: notifications, mails, webhooks and their deliveries."""

revision = "20261123_0940"
down_revision = "20261123_0930"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
