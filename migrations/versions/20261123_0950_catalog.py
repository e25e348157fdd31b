"""Catalogue: categories, attributes, products, variants, prices."""

revision = "20261123_0950"
down_revision = "20261123_0940"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
