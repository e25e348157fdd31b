"""Forget a person: the one function that may empty the rows that are a person's own."""

from alembic import op

from app.kit.db.policies import APP, OWNER, policy

revision = "20261123_1040"
down_revision = "20261123_1030"
branch_labels = None
depends_on = None

OWN = ("people", "credentials", "recovery_codes", "mail_tokens", "sign_ins", "invitations", "memberships")

# Rows that others' records point at stay, without what tells who it was; what only the person used goes.
FORGET = """
CREATE FUNCTION app_forget_person(forgotten uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT app_is_operator() THEN
        RAISE EXCEPTION 'only the operator forgets people' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM 1 FROM people WHERE id = forgotten FOR UPDATE;
    IF EXISTS (SELECT 1 FROM memberships WHERE person_id = forgotten AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'a member is not forgotten' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE invitations i SET email = 'forgotten+' || i.id || '@partingline.invalid',
        revoked_at = CASE WHEN accepted_at IS NULL THEN coalesce(revoked_at, app_now()) END
        FROM people p WHERE p.id = forgotten AND (i.accepted_by = p.id OR lower(i.email) = lower(p.email));
    UPDATE memberships SET title = NULL WHERE person_id = forgotten;
    DELETE FROM recovery_codes WHERE person_id = forgotten;
    DELETE FROM mail_tokens WHERE person_id = forgotten;
    DELETE FROM credentials WHERE person_id = forgotten;
    UPDATE sign_ins SET user_agent = NULL, address = NULL WHERE person_id = forgotten;
    UPDATE sign_ins SET ended_at = app_now(), end_reason = 'revoked' WHERE person_id = forgotten AND ended_at IS NULL;
    UPDATE people SET email = 'forgotten+' || id || '@partingline.invalid', name = '—', time_zone = 'UTC',
        version = version + 1 WHERE id = forgotten;
END $$;
"""


def upgrade() -> None:
    for table in OWN:
        # As wide as the function: the operator's setting is looked at once more by every row it touches.
        policy(table, f"{table}_forget", "ALL", "app_is_operator()", "app_is_operator()", OWNER)
    op.execute(FORGET)
    op.execute("REVOKE ALL ON FUNCTION app_forget_person(uuid) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION app_forget_person(uuid) TO {APP}")


def downgrade() -> None:
    raise RuntimeError("what was forgotten does not come back")
