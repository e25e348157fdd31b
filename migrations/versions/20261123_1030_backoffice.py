"""The operator's back office: what its role may read, and the one change that requests need a function for."""

from collections.abc import Sequence

from alembic import op

from app.kit.db.policies import APP, BACKOFFICE, grant, policy

revision = "20261123_1030"
down_revision = "20261123_1021"
branch_labels = None
depends_on = None

# Columns that the role may not even ask for. The screens hide the same ones (app/backoffice/exposure.py); a test compares.
UNREADABLE = {
    "audit_values": ("salt",),
    "invitations": ("token_digest",),
    "mails": ("params",),
    "notifications": ("params",),
    "quotes": ("digest",),
    "webhook_attempts": ("response_body",),
    "webhook_endpoints": ("secret_sealed", "previous_secret_sealed", "url"),
}
# As for the auditor: a file's name and its terms may tell of a sealed quote.
DOCUMENT_COLUMNS = (
    "id, organization_id, kind, media_type, size_bytes, sha256, scan_state, scan_reason, scanned_at, version, "
    "created_at, deleted_at"
)

RETRY = """
CREATE FUNCTION app_retry_failed_job(failed_id bigint) RETURNS text LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    task text;
BEGIN
    IF NOT app_is_operator() THEN
        RAISE EXCEPTION 'only the operator retries jobs' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT task_name INTO task FROM procrastinate_jobs WHERE id = failed_id AND status = 'failed' FOR UPDATE;
    IF task IS NOT NULL THEN
        PERFORM procrastinate_retry_job_v2(failed_id, now(), NULL, NULL, NULL);
    END IF;
    RETURN task;
END $$;
"""


def upgrade() -> None:
    for table, columns in UNREADABLE.items():
        _grant_all_but(table, columns)
    op.execute(f"GRANT SELECT ({DOCUMENT_COLUMNS}) ON documents TO {BACKOFFICE}")
    for table in ("documents", "verification_decisions", "fx_rates"):
        policy(table, f"{table}_backoffice", "SELECT", "true", None, BACKOFFICE)
    grant("verification_decisions", ("SELECT",), BACKOFFICE)
    grant("fx_rates", ("SELECT",), BACKOFFICE)
    queue = "procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers"
    op.execute(f"GRANT SELECT ON {queue} TO {BACKOFFICE}")
    op.execute(RETRY)
    op.execute("REVOKE ALL ON FUNCTION app_retry_failed_job(bigint) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION app_retry_failed_job(bigint) TO {APP}")


def _grant_all_but(table: str, hidden: Sequence[str]) -> None:
    """Replace the grant on the table by one on each of its columns but the hidden ones."""
    names = ", ".join(f"'{name}'" for name in hidden)
    op.execute(f"REVOKE SELECT ON {table} FROM {BACKOFFICE}")
    op.execute(
        f"""
        DO $$ BEGIN EXECUTE (
            SELECT format('GRANT SELECT (%s) ON {table} TO {BACKOFFICE}', string_agg(quote_ident(attname), ', '))
            FROM pg_attribute
            WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ({names})
        ); END $$
        """
    )


def downgrade() -> None:
    raise RuntimeError("the operator's screens are not taken away")
