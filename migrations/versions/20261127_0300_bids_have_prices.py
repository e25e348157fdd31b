"""A bid has a price for each of its items: what comes to none is no bid."""

from alembic import op

revision = "20261127_0300"
down_revision = "20261127_0200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_auction_bids_prices_by_item"), "auction_bids")
    op.create_check_constraint(
        op.f("ck_auction_bids_prices_by_item"),
        "auction_bids",
        "jsonb_typeof(prices) = 'object' AND prices <> '{}'::jsonb "
        "AND NOT jsonb_path_exists(prices, '$.* ? (@.type() != \"number\")')",
    )
