"""Figures of money: the day on which a deal expects a milestone to be reached, and indexes for sums over what is open."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_0660"
down_revision = "20261127_0650"
branch_labels = None
depends_on = None

NOT_DONE = (
    "amount_minor - reduced_minor > released_minor - taken_back_minor "
    "OR funded_minor - released_minor - refunded_minor - charged_back_minor + taken_back_minor > 0"
)
FIGURES = ["kind", "amount_minor", "settled_minor"]
OPEN = "closed_on IS NULL"

# Of schedules that stand, the orders know the days. Their walls and guards are for people, who change no day.
OF_BEFORE = """
ALTER TABLE payment_milestones NO FORCE ROW LEVEL SECURITY;
ALTER TABLE order_milestones NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payment_milestones DISABLE TRIGGER USER;
UPDATE payment_milestones m SET expected_on = o.due_on FROM order_milestones o WHERE o.id = m.part_id AND o.due_on IS NOT NULL;
ALTER TABLE payment_milestones ENABLE TRIGGER USER;
ALTER TABLE order_milestones FORCE ROW LEVEL SECURITY;
ALTER TABLE payment_milestones FORCE ROW LEVEL SECURITY;
"""
# Asked once for a statement instead of once for each row: sums look at many rows.
ME, OPERATOR = "(SELECT app_organization_id())", "(SELECT app_is_operator())"
SIDES = {
    "open_items": ("issuer_id", "recipient_id"),
    "payment_schedules": ("buyer_id", "supplier_id"),
    "payment_milestones": ("buyer_id", "supplier_id"),
}


def upgrade() -> None:
    for table, (one, other) in SIDES.items():
        op.execute(f"ALTER POLICY {table}_read ON {table} USING ({one} = {ME} OR {other} = {ME} OR {OPERATOR})")
    op.add_column("payment_milestones", sa.Column("expected_on", sa.Date(), nullable=True))
    for statement in filter(None, map(str.strip, OF_BEFORE.split(";"))):
        op.execute(statement)
    for side in ("buyer_id", "supplier_id"):
        op.create_index(
            f"ix_payment_milestones_open_{side}",
            "payment_milestones",
            [side],
            unique=False,
            postgresql_where=sa.text(NOT_DONE),
        )
    op.drop_index("ix_open_items_of_pair", table_name="open_items")
    pairs = {"of_pair": ["issuer_id", "recipient_id"], "of_pair_received": ["recipient_id", "issuer_id"]}
    for name, pair in pairs.items():
        op.create_index(
            f"ix_open_items_{name}",
            "open_items",
            [*pair, "currency", "due_on"],
            unique=False,
            postgresql_include=FIGURES,
            postgresql_where=sa.text(OPEN),
        )
    op.create_index(
        "ix_open_items_open_due_on_id", "open_items", ["due_on", "id"], unique=False, postgresql_where=sa.text(OPEN)
    )
    op.create_index(
        "ix_payout_items_unsent",
        "payout_items",
        ["supplier_id", "currency"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'sending', 'refused')"),
    )
