"""The books against the payment provider: runs, their lines, what differed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, grant, policy, wall

revision = "20261127_0551"
down_revision = "20261127_0550"
branch_labels = None
depends_on = None

OPERATOR = "app_is_operator()"
DIFFERENCES = "reconciliation_differences"


def upgrade() -> None:
    _runs()
    _lines()
    _differences()
    op.execute(GUARDS)
    _walls()


def _runs() -> None:
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phase", sa.String(length=9), server_default=sa.text("'expecting'"), nullable=False),
        sa.Column("cursor", sa.String(length=500), nullable=True),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("differing", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(phase = 'done') = (ended_at IS NOT NULL)", name=op.f("ck_reconciliations_done_has_time")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_reconciliations_time_in_order")),
        sa.CheckConstraint("looked_at >= 0 AND differing >= 0", name=op.f("ck_reconciliations_counted")),
        sa.CheckConstraint(
            "phase IN ('expecting', 'listing', 'asking', 'comparing', 'done')",
            name=op.f("ck_reconciliations_phase_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_index(
        "uq_reconciliations_one_under_way",
        "reconciliations",
        [sa.text("(true)")],
        unique=True,
        postgresql_where=sa.text("phase <> 'done'"),
    )


def _lines() -> None:
    op.create_table(
        "reconciliation_lines",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=200, collation="C"), nullable=False),
        sa.Column("of", sa.String(length=200, collation="C"), nullable=True),
        sa.Column("owner", sa.String(length=40), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("states", postgresql.ARRAY(sa.String(length=20)), nullable=True),
        sa.Column("cause_kind", sa.String(length=20), nullable=True),
        sa.Column("cause_id", sa.Uuid(), nullable=True),
        sa.Column("seen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("moving", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("there_minor", sa.BigInteger(), nullable=True),
        sa.Column("there_currency", sa.String(length=3), nullable=True),
        sa.Column("there_state", sa.String(length=20), nullable=True),
        sa.Column("cash_minor", sa.BigInteger(), nullable=True),
        sa.Column("hold_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('payment', 'refund', 'transfer', 'reversal')", name=op.f("ck_reconciliation_lines_kind_known")
        ),
        sa.CheckConstraint(
            "num_nonnulls(cause_kind, cause_id) IN (0, 2)", name=op.f("ck_reconciliation_lines_cause_is_whole")
        ),
        sa.CheckConstraint(
            "num_nonnulls(owner, amount_minor, currency, states) IN (0, 4)",
            name=op.f("ck_reconciliation_lines_expected_is_whole"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(there_minor, there_currency, there_state, cash_minor, hold_minor) IN (0, 5) "
            "AND (seen OR there_minor IS NULL)",
            name=op.f("ck_reconciliation_lines_answer_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["reconciliations.id"], name=op.f("fk_reconciliation_lines_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "kind", "reference", name=op.f("pk_reconciliation_lines")),
    )
    op.create_index("ix_reconciliation_lines_cause", "reconciliation_lines", ["run_id", "cause_id"], unique=False)


def _differences() -> None:
    op.create_table(
        DIFFERENCES,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("line_kind", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=200, collation="C"), nullable=False),
        sa.Column("of", sa.String(length=200, collation="C"), nullable=True),
        sa.Column("owner", sa.String(length=40), nullable=True),
        sa.Column("cause_kind", sa.String(length=20), nullable=True),
        sa.Column("cause_id", sa.Uuid(), nullable=True),
        sa.Column("here", sa.String(length=200), nullable=False),
        sa.Column("there", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=8), server_default=sa.text("'open'"), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("posting_id", sa.Uuid(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("times_found", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("first_run_id", sa.Uuid(), nullable=False),
        sa.Column("last_run_id", sa.Uuid(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("last_found_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') <= (reason IS NOT NULL)", name=op.f("ck_reconciliation_differences_closed_has_reason")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at IS NULL)", name=op.f("ck_reconciliation_differences_ended_has_time")
        ),
        sa.CheckConstraint(
            "kind IN ('missing_at_provider', 'missing_in_ledger', 'amount', 'state', 'currency')",
            name=op.f("ck_reconciliation_differences_kind_known"),
        ),
        sa.CheckConstraint(
            "line_kind IN ('payment', 'refund', 'transfer', 'reversal')",
            name=op.f("ck_reconciliation_differences_line_kind_known"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(cause_kind, cause_id) IN (0, 2)", name=op.f("ck_reconciliation_differences_cause_is_whole")
        ),
        sa.CheckConstraint(
            "posting_id IS NULL OR reason IS NOT NULL", name=op.f("ck_reconciliation_differences_explained_has_reason")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'closed', 'vanished')", name=op.f("ck_reconciliation_differences_state_known")
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["people.id"], name=op.f("fk_reconciliation_differences_closed_by")),
        sa.ForeignKeyConstraint(
            ["first_run_id"], ["reconciliations.id"], name=op.f("fk_reconciliation_differences_first_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["last_run_id"], ["reconciliations.id"], name=op.f("fk_reconciliation_differences_last_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["ledger_postings.id"], name=op.f("fk_reconciliation_differences_posting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_differences")),
        sa.UniqueConstraint(
            "kind", "line_kind", "reference", name=op.f("uq_reconciliation_differences_kind_line_kind_reference")
        ),
    )
    op.create_index("ix_reconciliation_differences_state", DIFFERENCES, ["state", "id"], unique=False)
    for column in ("reference", "last_run_id", "first_run_id"):
        op.create_index(f"ix_reconciliation_differences_{column}", DIFFERENCES, [column], unique=False)
    op.create_index(
        "ix_reconciliation_differences_posting_id",
        DIFFERENCES,
        ["posting_id"],
        unique=False,
        postgresql_where=sa.text("posting_id IS NOT NULL"),
    )


GUARDS = """
CREATE FUNCTION reconciliations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.starts_at, NEW.ends_at, NEW.begun_at) IS DISTINCT FROM (OLD.id, OLD.starts_at, OLD.ends_at, OLD.begun_at)
        OR OLD.phase = 'done'
        OR array_position('{expecting,listing,asking,comparing,done}', NEW.phase::text)
           < array_position('{expecting,listing,asking,comparing,done}', OLD.phase::text) THEN
        RAISE EXCEPTION 'a run goes forward, and stays as it ended' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reconciliations_guarded BEFORE UPDATE ON reconciliations FOR EACH ROW EXECUTE FUNCTION reconciliations_guard();
CREATE TRIGGER reconciliations_not_deleted BEFORE DELETE OR TRUNCATE ON reconciliations
FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change();

CREATE FUNCTION reconciliation_differences_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.kind, NEW.line_kind, NEW.reference, NEW.first_run_id, NEW.found_at)
        IS DISTINCT FROM (OLD.id, OLD.kind, OLD.line_kind, OLD.reference, OLD.first_run_id, OLD.found_at)
        OR NEW.times_found < OLD.times_found
        OR (OLD.state <> 'open' AND NEW.state <> OLD.state AND NEW.state <> 'open') THEN
        RAISE EXCEPTION 'a difference stays what it is, and is closed while it is open' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reconciliation_differences_guarded BEFORE UPDATE ON reconciliation_differences
FOR EACH ROW EXECUTE FUNCTION reconciliation_differences_guard();
CREATE TRIGGER reconciliation_differences_not_deleted BEFORE DELETE OR TRUNCATE ON reconciliation_differences
FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change();
"""


def _walls() -> None:
    """The worker compares; the operator's people read, and close what differs."""
    for table in ("reconciliations", "reconciliation_lines", DIFFERENCES):
        wall(table)
        grant(table, ("SELECT", "INSERT", "UPDATE"), WORKER)
        readers = (AUDITOR,) if table == "reconciliation_lines" else (AUDITOR, BACKOFFICE)
        grant(table, ("SELECT",), APP, *readers)
        policy(table, f"{table}_read", "SELECT", OPERATOR, None, APP, WORKER)
        policy(table, f"{table}_insert", "INSERT", None, OPERATOR, WORKER)
        policy(table, f"{table}_update", "UPDATE", OPERATOR, OPERATOR, WORKER)
        policy(table, f"{table}_audit", "SELECT", "true", None, *readers)
        policy(table, f"{table}_kept", "ALL", "true", "true", OWNER)
    grant("reconciliation_lines", ("DELETE",), WORKER)
    policy("reconciliation_lines", "reconciliation_lines_delete", "DELETE", OPERATOR, None, WORKER)
    op.execute(f"GRANT UPDATE (state, reason, posting_id, closed_by, ended_at) ON {DIFFERENCES} TO {APP}")
    policy(DIFFERENCES, f"{DIFFERENCES}_close", "UPDATE", OPERATOR, "app_is_operator() AND state = 'closed'", APP)
