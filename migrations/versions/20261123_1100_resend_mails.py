"""Send a failed mail again: the one function by which the operator may, without reading a mail."""

from alembic import op

from app.kit.db.policies import APP, OWNER, policy

revision = "20261123_1100"
down_revision = "20261123_1040"
branch_labels = None
depends_on = None

MOVES = """
CREATE OR REPLACE FUNCTION app_mail_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.message_id IS NOT NULL AND NEW.message_id IS DISTINCT FROM OLD.message_id THEN
        RAISE EXCEPTION 'a mail keeps its Message-ID' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
        'queued>sending', 'queued>suppressed', 'sending>queued', 'sending>sent', 'sending>failed', 'failed>queued'
    ) THEN
        RAISE EXCEPTION 'a mail does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'failed' AND NEW.state <> 'failed' AND NOT app_is_operator() THEN
        RAISE EXCEPTION 'only the operator sends failed mails again' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""

# Requests neither read nor write mails, the operator's included: addresses stay with the worker.
RESEND = """
CREATE FUNCTION app_resend_failed_mail(failed_id uuid) RETURNS uuid LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    tenant uuid;
BEGIN
    IF NOT app_is_operator() THEN
        RAISE EXCEPTION 'only the operator sends failed mails again' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE mails SET state = 'queued', attempts = 0, next_attempt_at = app_now()
        WHERE id = failed_id AND state = 'failed' RETURNING organization_id INTO tenant;
    RETURN tenant;
END $$;
"""


def upgrade() -> None:
    op.execute(MOVES)
    # As wide as the function: failed mails, and what becomes of them.
    policy("mails", "mails_resend_see", "SELECT", "app_is_operator()", None, OWNER)
    policy("mails", "mails_resend", "UPDATE", "app_is_operator() AND state = 'failed'", "app_is_operator()", OWNER)
    op.execute(RESEND)
    op.execute("REVOKE ALL ON FUNCTION app_resend_failed_mail(uuid) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION app_resend_failed_mail(uuid) TO {APP}")


def downgrade() -> None:
    raise RuntimeError("a mail that was sent again stays sent")
