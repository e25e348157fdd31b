"""Search words are kept as they are: a search unpacks those of some hundred listings, and unpacking took half of that time."""

from alembic import op

revision = "20261126_1930"
down_revision = "20261126_1860"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE public_products ALTER COLUMN search_words SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("ALTER TABLE public_products ALTER COLUMN search_words SET STORAGE EXTENDED")
