"""Listings change their state by the legal steps only."""

from alembic import op

revision = "20261123_1300"
down_revision = "20261123_1200"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION product_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('draft', 'published'), ('draft', 'archived'), ('published', 'draft'), ('published', 'archived'),
        ('archived', 'draft')
    ) THEN
        RAISE EXCEPTION 'a listing does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER products_move BEFORE UPDATE OF state ON products FOR EACH ROW
    WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION product_guard();
"""


def upgrade() -> None:
    op.execute(GUARD)


def downgrade() -> None:
    op.execute("DROP TRIGGER products_move ON products; DROP FUNCTION product_guard()")
