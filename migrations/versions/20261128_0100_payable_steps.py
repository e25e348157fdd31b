"""A payment can be declined because of its amount: currencies of three decimals are taken in steps of ten."""

from alembic import op

revision = "20261128_0100"
down_revision = "20261127_0710"
branch_labels = None
depends_on = None

DECLINES = (
    "'generic', 'insufficient_funds', 'expired_method', 'authentication_required', 'limit_exceeded', 'blocked_method'"
)
KNOWN = {
    "pool_deposits": f"{DECLINES}, 'cannot_hold', 'not_in_steps', 'not_saved'",
    "milestone_payments": f"{DECLINES}, 'not_saved', 'no_transfer', 'not_in_steps'",
    "financing_payments": f"{DECLINES}, 'not_saved', 'no_transfer', 'not_in_steps'",
}


def upgrade() -> None:
    for table, reasons in KNOWN.items():
        name = op.f(f"ck_{table}_reason_known")
        op.drop_constraint(name, table)
        op.create_check_constraint(name, table, f"reason IN ({reasons})")
