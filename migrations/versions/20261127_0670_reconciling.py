"""Reconciliation: who works on a run, what was given back of payments, and differences of the ledger by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_0670"
down_revision = "20261127_0660"
branch_labels = None
depends_on = None

DIFFERENCES = "reconciliation_differences"
KIND_KNOWN = "ck_reconciliation_differences_kind_known"


def upgrade() -> None:
    op.add_column("reconciliations", sa.Column("held_by", sa.Uuid(), nullable=True))
    for column in ("given_back_minor", "there_given_back_minor"):
        op.add_column("reconciliation_lines", sa.Column(column, sa.BigInteger(), nullable=True))
    op.drop_constraint(op.f(KIND_KNOWN), DIFFERENCES, type_="check")
    op.create_check_constraint(
        op.f(KIND_KNOWN),
        DIFFERENCES,
        "kind IN ('missing_at_provider', 'missing_in_ledger', 'amount', 'state', 'currency', 'given_back', 'ledger')",
    )
    op.execute(OF_THE_LEDGER)
    op.execute(GUARD)


OF_THE_LEDGER = """
ALTER TABLE reconciliation_differences DISABLE TRIGGER reconciliation_differences_guarded;
UPDATE reconciliation_differences SET kind = 'ledger' WHERE kind = 'amount' AND here LIKE 'ledger %';
ALTER TABLE reconciliation_differences ENABLE TRIGGER reconciliation_differences_guarded;
"""

GUARD = """
CREATE OR REPLACE FUNCTION reconciliation_differences_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.kind, NEW.line_kind, NEW.reference, NEW.first_run_id, NEW.found_at)
        IS DISTINCT FROM (OLD.id, OLD.kind, OLD.line_kind, OLD.reference, OLD.first_run_id, OLD.found_at)
        OR NEW.times_found < OLD.times_found
        OR (OLD.state = 'vanished' AND NEW.state = 'closed') THEN
        RAISE EXCEPTION 'a difference stays what it is, and is closed while it is open' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
