"""Parties: credentials, sign-ins, invitations, API clients, approvals, verification; rates of exchange."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, OWNER, READER, WORKER, append_only, grant, policy, tenant_table, wall

revision = "20261123_0910"
down_revision = "20261123_0900"
branch_labels = None
depends_on = None

# Before anybody is known, requests must find whom a digest or an address belongs to. These functions tell them the id and
# nothing else; what follows is read under policies that are keyed by it. Only `owner`, who defines them, may look.
LOOKUPS = """
CREATE FUNCTION app_person_of_email(text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
    RETURN (SELECT id FROM public.people WHERE lower(email) = lower($1));

CREATE FUNCTION app_person_of_refresh_token(bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
    RETURN (SELECT person_id FROM public.refresh_tokens WHERE digest = $1);

CREATE FUNCTION app_person_of_mail_token(bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
    RETURN (SELECT person_id FROM public.mail_tokens WHERE digest = $1);

CREATE FUNCTION app_organization_of_invitation(bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
    RETURN (SELECT organization_id FROM public.invitations WHERE token_digest = $1);

CREATE FUNCTION app_organization_of_client(uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
    RETURN (SELECT organization_id FROM public.api_clients WHERE id = $1);
"""

GUARDS = """
CREATE FUNCTION parties_guard_organization() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF app_is_operator() THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.verified_at IS NOT NULL OR 'operator' = ANY (NEW.roles) THEN
            RAISE EXCEPTION 'only the operator verifies organizations and names operators'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
    -- An organization loses its badge with its name; it never gives itself one.
    ELSIF (NEW.verified_at IS NOT NULL AND NEW.verified_at IS DISTINCT FROM OLD.verified_at)
        OR ('operator' = ANY (NEW.roles)) <> ('operator' = ANY (OLD.roles)) THEN
        RAISE EXCEPTION 'only the operator verifies organizations and names operators'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER organizations_guard BEFORE INSERT OR UPDATE ON organizations
    FOR EACH ROW EXECUTE FUNCTION parties_guard_organization();

CREATE FUNCTION parties_keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Two owners who leave at once wait here for each other; the second then counts without the first.
    PERFORM 1 FROM organizations WHERE id = OLD.organization_id FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT 1 FROM memberships
        WHERE organization_id = OLD.organization_id AND ended_at IS NULL AND 'owner' = ANY (roles)
    ) THEN
        RAISE EXCEPTION 'an organization keeps at least one owner' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER memberships_keep_an_owner AFTER UPDATE ON memberships FOR EACH ROW
    WHEN ('owner' = ANY (OLD.roles) AND OLD.ended_at IS NULL
        AND (NEW.ended_at IS NOT NULL OR NOT 'owner' = ANY (NEW.roles)))
    EXECUTE FUNCTION parties_keep_an_owner();

CREATE FUNCTION parties_decide_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'pending' THEN
        RAISE EXCEPTION 'an approval is decided once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.requested_by <> OLD.requested_by THEN
        RAISE EXCEPTION 'the requester of an approval is fixed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approvals_decide_once BEFORE UPDATE ON approvals
    FOR EACH ROW EXECUTE FUNCTION parties_decide_once();
CREATE TRIGGER approval_steps_decide_once BEFORE UPDATE ON approval_steps
    FOR EACH ROW EXECUTE FUNCTION parties_decide_once();
"""


def upgrade() -> None:
    _exchange_tables()
    _organizations_tables()
    _access_tables()
    _approvals_tables()
    _organizations_walls()
    _access_walls()
    _approvals_walls()
    _exchange_walls()
    op.execute(GUARDS)


def _organizations_walls() -> None:
    tenant_table("organization_details")
    tenant_table("registration_numbers", privileges=("SELECT", "INSERT", "DELETE"))
    tenant_table("invitations")
    wall("verification_decisions")
    grant("verification_decisions", ("SELECT", "INSERT"), APP)
    grant("verification_decisions", ("SELECT",), AUDITOR)
    read = "organization_id = app_organization_id() OR app_is_operator()"
    policy("verification_decisions", "verification_decisions_read", "SELECT", read, None, APP)
    policy("verification_decisions", "verification_decisions_insert", "INSERT", None, "app_is_operator()", APP)
    policy("verification_decisions", "verification_decisions_audit", "SELECT", "true", None, AUDITOR)
    append_only("verification_decisions")


def _access_walls() -> None:
    """What opens doors is the person's own: neither the operator nor the auditor nor the worker reads it."""
    own = "person_id = app_person_id()"
    for table, privileges in {
        "credentials": ("SELECT", "INSERT", "UPDATE"),
        "recovery_codes": ("SELECT", "INSERT", "UPDATE", "DELETE"),
        "sign_ins": ("SELECT", "INSERT", "UPDATE"),
        "refresh_tokens": ("SELECT", "INSERT", "UPDATE"),
        "mail_tokens": ("SELECT", "INSERT", "UPDATE"),
    }.items():
        tenant_table(table, owner=own, privileges=privileges, operator_reads=False, auditor_reads=False, roles=(APP,))
    tenant_table("api_clients")
    tenant_table("client_secrets", operator_reads=False, auditor_reads=False, roles=(APP,))
    # Digests and counters of nobody: without a tenant.
    grant("login_throttles", ("SELECT", "INSERT", "UPDATE", "DELETE"), APP)
    grant("login_throttles", ("SELECT", "DELETE"), WORKER)
    op.execute(LOOKUPS)
    for table in ("people", "refresh_tokens", "mail_tokens", "invitations", "api_clients"):
        policy(table, f"{table}_lookup", "SELECT", "true", None, OWNER)
    for function in (
        "app_person_of_email(text)",
        "app_person_of_refresh_token(bytea)",
        "app_person_of_mail_token(bytea)",
        "app_organization_of_invitation(bytea)",
        "app_organization_of_client(uuid)",
    ):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}")


def _approvals_walls() -> None:
    for table in ("approval_rules", "approvals", "approval_steps", "approval_delegations"):
        tenant_table(table)


def _exchange_walls() -> None:
    wall("fx_rates")
    grant("fx_rates", ("SELECT",), APP, WORKER, READER, AUDITOR)
    grant("fx_rates", ("INSERT", "UPDATE"), APP)
    policy("fx_rates", "fx_rates_read", "SELECT", "true", None, APP, WORKER, READER, AUDITOR)
    policy("fx_rates", "fx_rates_insert", "INSERT", None, "app_is_operator()", APP)
    policy("fx_rates", "fx_rates_update", "UPDATE", "app_is_operator()", "app_is_operator()", APP)


def _organizations_tables() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.String(length=20)), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "locale IN ('en', 'zh-Hans', 'zh-Hant', 'de', 'es', 'fr', 'ja', 'pt-BR', 'ar')",
            name=op.f("ck_invitations_locale_known"),
        ),
        sa.CheckConstraint(
            "roles <@ ARRAY['owner', 'admin', 'purchaser', 'approver', 'sales', 'warehouse', 'finance', 'viewer']::varchar[] "
            "AND cardinality(roles) > 0",
            name=op.f("ck_invitations_roles_known"),
        ),
        sa.CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name=op.f("ck_invitations_ended_once")),
        sa.ForeignKeyConstraint(["accepted_by"], ["people.id"], name=op.f("fk_invitations_accepted_by")),
        sa.ForeignKeyConstraint(["invited_by"], ["people.id"], name=op.f("fk_invitations_invited_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_invitations_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitations_token_digest")),
    )
    op.create_index(
        "uq_invitations_organization_id_email",
        "invitations",
        ["organization_id", sa.literal_column("lower(email)")],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
    )
    op.create_table(
        "organization_details",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=True),
        sa.Column("region", sa.String(length=120), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("website", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_organization_details_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_organization_details")),
    )
    op.create_table(
        "registration_numbers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_registration_numbers_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_numbers")),
        sa.UniqueConstraint(
            "organization_id", "kind", "number", name=op.f("uq_registration_numbers_organization_id_kind_number")
        ),
    )
    op.create_index("ix_registration_numbers_kind_number", "registration_numbers", ["kind", "number"], unique=False)
    op.create_table(
        "verification_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("outcome IN ('verified', 'revoked')", name=op.f("ck_verification_decisions_outcome_known")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_verification_decisions_decided_by")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_verification_decisions_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_decisions")),
    )
    op.create_index(
        "ix_verification_decisions_organization_id", "verification_decisions", ["organization_id"], unique=False
    )
    op.add_column("memberships", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))


def _access_tables() -> None:
    op.create_table(
        "login_throttles",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_login_throttles_failures_counted")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_throttles")),
    )
    op.create_table(
        "api_clients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "NOT scopes && ARRAY['approve', 'operate']::varchar[]", name=op.f("ck_api_clients_decides_nothing")
        ),
        sa.CheckConstraint("cardinality(scopes) > 0", name=op.f("ck_api_clients_has_scopes")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_api_clients_created_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_api_clients_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_clients")),
    )
    op.create_index("ix_api_clients_organization_id", "api_clients", ["organization_id"], unique=False)
    op.create_table(
        "credentials",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column(
            "password_changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False
        ),
        sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "totp_confirmed_at IS NULL OR totp_sealed IS NOT NULL", name=op.f("ck_credentials_confirmed_seed_exists")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_credentials_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_credentials")),
    )
    op.create_table(
        "mail_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('password_reset', 'email_confirmation')", name=op.f("ck_mail_tokens_purpose_known")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_mail_tokens_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_mail_tokens_digest")),
    )
    op.create_index("ix_mail_tokens_person_id", "mail_tokens", ["person_id"], unique=False)
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_recovery_codes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("person_id", "digest", name=op.f("uq_recovery_codes_person_id_digest")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=20), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_sign_ins_end_has_reason")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_sign_ins_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sign_ins_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    op.create_index("ix_sign_ins_person_id", "sign_ins", ["person_id"], unique=False)
    op.create_table(
        "client_secrets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["api_clients.id"], name=op.f("fk_client_secrets_client_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_client_secrets_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_secrets")),
        sa.UniqueConstraint("digest", name=op.f("uq_client_secrets_digest")),
    )
    op.create_index("ix_client_secrets_client_id", "client_secrets", ["client_id"], unique=False)
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_refresh_tokens_person_id")),
        sa.ForeignKeyConstraint(["sign_in_id"], ["sign_ins.id"], name=op.f("fk_refresh_tokens_sign_in_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_refresh_tokens_digest")),
    )
    op.create_index(
        "uq_refresh_tokens_sign_in_id_unused",
        "refresh_tokens",
        ["sign_in_id"],
        unique=True,
        postgresql_where=sa.text("used_at IS NULL"),
    )


def _approvals_tables() -> None:
    op.create_table(
        "approval_delegations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("from_person_id", sa.Uuid(), nullable=False),
        sa.Column("to_person_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_approval_delegations_ends_after_start")),
        sa.CheckConstraint("from_person_id <> to_person_id", name=op.f("ck_approval_delegations_to_somebody_else")),
        sa.ForeignKeyConstraint(["from_person_id"], ["people.id"], name=op.f("fk_approval_delegations_from_person_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_approval_delegations_organization_id")
        ),
        sa.ForeignKeyConstraint(["to_person_id"], ["people.id"], name=op.f("fk_approval_delegations_to_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_delegations")),
    )
    op.create_index(
        "ix_approval_delegations_organization_id", "approval_delegations", ["organization_id"], unique=False
    )
    op.create_table(
        "approval_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=True),
        sa.Column("above_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("category_codes", sa.ARRAY(sa.String(length=80)), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("new_counterparty", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("approver_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("subject_kind IN ('award', 'order')", name=op.f("ck_approval_rules_subject_kind_known")),
        sa.CheckConstraint(
            "(above_minor IS NULL) = (currency IS NULL)", name=op.f("ck_approval_rules_amount_has_currency")
        ),
        sa.CheckConstraint("above_minor >= 0", name=op.f("ck_approval_rules_amount_not_negative")),
        sa.CheckConstraint("cardinality(approver_ids) > 0", name=op.f("ck_approval_rules_names_an_approver")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_approval_rules_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_rules")),
    )
    op.create_index("ix_approval_rules_organization_id", "approval_rules", ["organization_id"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("counterparty_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="pending", nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.String(length=2000), nullable=True),
        sa.CheckConstraint(
            "(state IN ('approved', 'rejected')) = (decided_by IS NOT NULL)",
            name=op.f("ck_approvals_decision_has_author"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'rejected', 'withdrawn')", name=op.f("ck_approvals_state_known")
        ),
        sa.CheckConstraint("subject_kind IN ('award', 'order')", name=op.f("ck_approvals_subject_kind_known")),
        sa.CheckConstraint("decided_by <> requested_by", name=op.f("ck_approvals_four_eyes")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_approvals_amount_not_negative")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_approvals_currency_is_iso4217")),
        sa.ForeignKeyConstraint(["counterparty_id"], ["organizations.id"], name=op.f("fk_approvals_counterparty_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_approvals_decided_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_approvals_organization_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["people.id"], name=op.f("fk_approvals_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_organization_id_id", "approvals", ["organization_id", "id"], unique=False)
    op.create_index(
        "uq_approvals_subject_pending",
        "approvals",
        ["organization_id", "subject_kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "approval_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("approver_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="pending", nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_for", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('approved', 'rejected')) = (decided_by IS NOT NULL)",
            name=op.f("ck_approval_steps_decision_has_author"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'rejected', 'withdrawn')", name=op.f("ck_approval_steps_state_known")
        ),
        sa.CheckConstraint(
            "decided_by <> requested_by AND decided_for <> requested_by", name=op.f("ck_approval_steps_four_eyes")
        ),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name=op.f("fk_approval_steps_approval_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_approval_steps_decided_by")),
        sa.ForeignKeyConstraint(["decided_for"], ["people.id"], name=op.f("fk_approval_steps_decided_for")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_approval_steps_organization_id")
        ),
        sa.ForeignKeyConstraint(["requested_by"], ["people.id"], name=op.f("fk_approval_steps_requested_by")),
        sa.ForeignKeyConstraint(["rule_id"], ["approval_rules.id"], name=op.f("fk_approval_steps_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_steps")),
    )
    op.create_index("ix_approval_steps_approval_id", "approval_steps", ["approval_id"], unique=False)
    op.create_index("ix_approval_steps_rule_id", "approval_steps", ["rule_id"], unique=False)


def _exchange_tables() -> None:
    op.create_table(
        "fx_rates",
        sa.Column("base", sa.String(length=3), nullable=False),
        sa.Column("quote", sa.String(length=3), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=24, scale=12), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("base ~ '^[A-Z]{3}$' AND quote ~ '^[A-Z]{3}$'", name=op.f("ck_fx_rates_codes_are_iso4217")),
        sa.CheckConstraint("base <> quote", name=op.f("ck_fx_rates_two_currencies")),
        sa.CheckConstraint("rate > 0", name=op.f("ck_fx_rates_rate_positive")),
        sa.PrimaryKeyConstraint("base", "quote", "on_date", name=op.f("pk_fx_rates")),
    )


def downgrade() -> None:
    raise RuntimeError("what people and firms entrusted to us is not taken away")
