"""A quote's extras are named in a language too, whether or not the quote has notes."""

from alembic import op

revision = "20261123_1200"
down_revision = "20261123_1100"
branch_labels = None
depends_on = None

NAME = "ck_quote_terms_notes_have_locale"


def upgrade() -> None:
    op.execute(f"ALTER TABLE quote_terms DROP CONSTRAINT {NAME}")
    op.execute(f"ALTER TABLE quote_terms ADD CONSTRAINT {NAME} CHECK (notes IS NULL OR notes_locale IS NOT NULL)")


def downgrade() -> None:
    op.execute(f"ALTER TABLE quote_terms DROP CONSTRAINT {NAME}")
    op.execute(
        f"ALTER TABLE quote_terms ADD CONSTRAINT {NAME} CHECK ((notes IS NULL) = (notes_locale IS NULL)) NOT VALID"
    )
