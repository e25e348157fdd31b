"""Search words are kept as they are: a search unpacks those of some hundred listings, and unpacking took half of that time.

Their indexes are kept up to date by whoever writes. What is put off for later would have to be gone through by every search, once
for each of its steps.
"""

from alembic import op

revision = "20261126_1930"
down_revision = "20261126_1860"
branch_labels = None
depends_on = None

INDEXES = ("ix_public_products_search_words", "ix_public_products_facets")


def upgrade() -> None:
    op.execute("ALTER TABLE public_products ALTER COLUMN search_words SET STORAGE EXTERNAL")
    for index in INDEXES:
        op.execute(f"ALTER INDEX {index} SET (fastupdate = off)")
        op.execute(f"SELECT gin_clean_pending_list('{index}')")


def downgrade() -> None:
    for index in INDEXES:
        op.execute(f"ALTER INDEX {index} RESET (fastupdate)")
    op.execute("ALTER TABLE public_products ALTER COLUMN search_words SET STORAGE EXTENDED")
