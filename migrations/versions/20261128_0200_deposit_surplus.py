"""Of a deposit that was taken and is more than there is to pay, the surplus is given back."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0200"
down_revision = "20261128_0100"
branch_labels = None
depends_on = None

TABLE = "pool_deposits"
GUARD = """
CREATE OR REPLACE FUNCTION pool_deposits_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,attempt,token,method,shown,payment,reason,give_back,due_at,surplus_minor,surplus_refund,version,
        changed_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('waiting', 'pending') OR NEW.attempt <> 1 OR NEW.give_back OR NEW.surplus_minor > 0 THEN
            PERFORM pooling_refuse('pool_deposits_way', 'a deposit begins pending, or waiting for an approval');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR (OLD.give_back AND NOT NEW.give_back)
        OR NEW.attempt <> OLD.attempt + (OLD.state = 'declined' AND NEW.state = 'pending')::integer THEN
        PERFORM pooling_refuse('pool_deposits_stay', 'what is secured stays, and what is to be given back');
    END IF;
    IF (OLD.surplus_minor > 0 AND NEW.surplus_minor <> OLD.surplus_minor)
        OR (OLD.surplus_refund IS NOT NULL AND NEW.surplus_refund IS DISTINCT FROM OLD.surplus_refund) THEN
        PERFORM pooling_refuse('pool_deposits_stay', 'what was found to be too much, and given back, stays');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('waiting', 'pending'), ('waiting', 'releasing'),
        ('pending', 'held'), ('pending', 'saved'), ('pending', 'declined'), ('pending', 'releasing'), ('held', 'capturing'),
        ('held', 'releasing'), ('held', 'saved'), ('held', 'captured'),
        ('saved', 'charging'), ('saved', 'releasing'), ('charging', 'captured'), ('charging', 'declined'),
        ('charging', 'releasing'), ('capturing', 'captured'), ('capturing', 'charging'), ('capturing', 'declined'),
        ('capturing', 'releasing'), ('captured', 'releasing'), ('declined', 'pending'), ('declined', 'releasing'),
        ('declined', 'defaulted'), ('releasing', 'released')) THEN
        PERFORM pooling_refuse('pool_deposits_way', format('a deposit does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'defaulted' AND OLD.state <> 'defaulted' AND coalesce(OLD.due_at > app_now(), true) THEN
        PERFORM pooling_refuse('pool_deposits_due', 'whoever has time to pay has not defaulted');
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("surplus_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column(TABLE, sa.Column("surplus_refund", sa.String(length=200), nullable=True))
    op.create_check_constraint(
        op.f("ck_pool_deposits_surplus_of_what_is_taken"),
        TABLE,
        "surplus_minor = 0 OR (surplus_minor > 0 AND surplus_minor < amount_minor AND state = 'captured')",
    )
    op.create_check_constraint(
        op.f("ck_pool_deposits_surplus_given_back"), TABLE, "surplus_refund IS NULL OR surplus_minor > 0"
    )
    due = sa.text("surplus_minor > 0 AND surplus_refund IS NULL")
    op.create_index("ix_pool_deposits_surplus", TABLE, ["id"], unique=False, postgresql_where=due)
    op.execute(GUARD)
