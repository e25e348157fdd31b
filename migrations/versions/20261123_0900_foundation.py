"""The foundation: functions of row-level security, the job queue, organizations and people, events, audit, saved answers."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, READER, WORKER, append_only, grant, policy, tenant_table, wall

revision = "20261123_0900"
down_revision = None
branch_labels = None
depends_on = None

FUNCTIONS = """
CREATE FUNCTION app_organization_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.organization_id', true), '')::uuid;

CREATE FUNCTION app_person_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('app.person_id', true), '')::uuid;

CREATE FUNCTION app_is_operator() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('app.operator', true), '') = 'on';

CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN now() + coalesce((SELECT moved_by FROM clock_offset), interval '0');

CREATE FUNCTION app_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "clock_offset",
        sa.Column(
            "only_row",
            sa.Boolean(),
            sa.CheckConstraint("only_row", name="only_row"),
            primary_key=True,
            server_default=sa.true(),
        ),
        sa.Column("moved_by", postgresql.INTERVAL(), nullable=False),
    )
    grant("clock_offset", ("SELECT",), APP, WORKER, READER, AUDITOR, BACKOFFICE)
    op.execute(FUNCTIONS)
    _job_queue()
    _tables()
    _parties()
    _events()
    _audit()
    _saved_answers()


def _job_queue() -> None:
    """procrastinate 3.10's own schema. Requests may only add jobs; the worker does the rest."""
    op.execute(sa.text(SchemaManager.get_schema().replace(":", "\\:")))
    tables = "procrastinate_jobs, procrastinate_periodic_defers, procrastinate_events, procrastinate_workers"
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {WORKER}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {WORKER}, {APP}")
    op.execute(f"GRANT SELECT, INSERT ON procrastinate_jobs, procrastinate_events TO {APP}")


def _parties() -> None:
    wall("organizations")
    grant("organizations", ("SELECT", "INSERT", "UPDATE"), APP, WORKER)
    grant("organizations", ("SELECT",), AUDITOR, BACKOFFICE)
    known = "listed OR app_organization_id() IS NOT NULL OR app_is_operator()"
    policy("organizations", "organizations_read", "SELECT", known, None, APP, WORKER)
    policy("organizations", "organizations_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)
    policy("organizations", "organizations_insert", "INSERT", None, "id = app_organization_id()", APP, WORKER)
    own = "id = app_organization_id() OR app_is_operator()"
    policy("organizations", "organizations_update", "UPDATE", own, own, APP, WORKER)

    wall("people")
    grant("people", ("SELECT", "INSERT", "UPDATE"), APP, WORKER)
    grant("people", ("SELECT",), AUDITOR, BACKOFFICE)
    colleague = "EXISTS (SELECT 1 FROM memberships m WHERE m.person_id = people.id AND m.organization_id = app_organization_id())"
    seen = f"id = app_person_id() OR {colleague} OR app_is_operator()"
    policy("people", "people_read", "SELECT", seen, None, APP, WORKER)
    policy("people", "people_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)
    policy("people", "people_insert", "INSERT", None, "id = app_person_id()", APP, WORKER)
    policy("people", "people_update", "UPDATE", "id = app_person_id()", "id = app_person_id()", APP, WORKER)

    tenant_table("memberships", read="organization_id = app_organization_id() OR person_id = app_person_id()")


def _events() -> None:
    wall("outbox_events")
    grant("outbox_events", ("SELECT", "INSERT"), APP, WORKER)
    grant("outbox_events", ("SELECT",), AUDITOR, BACKOFFICE)
    concerned = "app_organization_id() = ANY (organization_ids)"
    policy("outbox_events", "outbox_events_read", "SELECT", f"{concerned} OR app_is_operator()", None, APP)
    policy("outbox_events", "outbox_events_insert", "INSERT", None, f"{concerned} OR app_is_operator()", APP)
    policy("outbox_events", "outbox_events_carry", "SELECT", "true", None, WORKER, AUDITOR, BACKOFFICE)
    policy("outbox_events", "outbox_events_continue", "INSERT", None, "true", WORKER)
    append_only("outbox_events")
    # Numbers and names of reactions hold nothing of a tenant.
    grant("outbox_sequences", ("SELECT", "INSERT", "UPDATE"), APP, WORKER)
    grant("outbox_sequences", ("SELECT",), AUDITOR, BACKOFFICE)
    grant("reactions_done", ("SELECT", "INSERT"), WORKER)
    grant("reactions_done", ("SELECT",), AUDITOR, BACKOFFICE)


def _audit() -> None:
    for table in ("audit_entries", "audit_values"):
        wall(table)
        grant(table, ("SELECT", "INSERT"), APP, WORKER)
        grant(table, ("SELECT",), AUDITOR, BACKOFFICE)
        own = "organization_id = app_organization_id()"
        policy(table, f"{table}_read", "SELECT", f"{own} OR app_is_operator()", None, APP)
        policy(table, f"{table}_insert", "INSERT", None, f"{own} OR app_is_operator()", APP, WORKER)
        policy(table, f"{table}_chain", "SELECT", "true", None, WORKER, AUDITOR, BACKOFFICE)
    append_only("audit_entries")
    # A person may be forgotten, on the operator's decision.
    grant("audit_values", ("DELETE",), APP)
    policy("audit_values", "audit_values_forget", "DELETE", "app_is_operator()", None, APP)
    wall("audit_chain")
    grant("audit_chain", ("SELECT",), APP, AUDITOR, BACKOFFICE)
    grant("audit_chain", ("SELECT", "INSERT"), WORKER)
    policy(
        "audit_chain",
        "audit_chain_read",
        "SELECT",
        "organization_id = app_organization_id() OR app_is_operator()",
        None,
        APP,
    )
    policy("audit_chain", "audit_chain_all", "SELECT", "true", None, WORKER, AUDITOR, BACKOFFICE)
    policy("audit_chain", "audit_chain_append", "INSERT", None, "true", WORKER)
    append_only("audit_chain")


def _saved_answers() -> None:
    tenant_table(
        "idempotency_answers",
        privileges=("SELECT", "INSERT"),
        operator_reads=False,
        auditor_reads=False,
        roles=(APP,),
    )
    # The tidying job sees their age and nothing else.
    op.execute(f"GRANT DELETE, SELECT (created_at) ON idempotency_answers TO {WORKER}")
    policy("idempotency_answers", "idempotency_answers_age", "SELECT", "true", None, WORKER)
    policy("idempotency_answers", "idempotency_answers_tidy", "DELETE", "true", None, WORKER)


def _tables() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60, collation="C"), nullable=False),
        sa.Column("legal_name_local", sa.String(length=200), nullable=False),
        sa.Column("legal_name_latin", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.String(length=20)), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("listed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_organizations_code_is_slug")),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_organizations_country_is_iso3166")),
        sa.CheckConstraint(
            "locale IN ('en', 'zh-Hans', 'zh-Hant', 'de', 'es', 'fr', 'ja', 'pt-BR', 'ar')",
            name=op.f("ck_organizations_locale_known"),
        ),
        sa.CheckConstraint(
            "roles <@ ARRAY['buyer', 'supplier', 'logistics', 'financier', 'operator']::varchar[] AND cardinality(roles) > 0",
            name=op.f("ck_organizations_roles_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("code", name=op.f("uq_organizations_code")),
    )
    op.create_table(
        "outbox_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("organization_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("traceparent", sa.String(length=55), nullable=True),
        sa.Column(
            "transaction_id",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_events")),
        sa.UniqueConstraint("subject", "sequence", name=op.f("uq_outbox_events_subject_sequence")),
    )
    op.create_index(
        "ix_outbox_events_organization_ids", "outbox_events", ["organization_ids"], unique=False, postgresql_using="gin"
    )
    op.create_index("ix_outbox_events_transaction_id_id", "outbox_events", ["transaction_id", "id"], unique=False)
    op.create_table(
        "outbox_sequences",
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_outbox_sequences")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("time_zone", sa.String(length=64), server_default=sa.text("'UTC'"), nullable=False),
        sa.Column("unit_system", sa.String(length=8), server_default=sa.text("'metric'"), nullable=False),
        sa.Column("currency", sa.String(length=3), server_default=sa.text("'EUR'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_people_currency_is_iso4217")),
        sa.CheckConstraint(
            "locale IN ('en', 'zh-Hans', 'zh-Hant', 'de', 'es', 'fr', 'ja', 'pt-BR', 'ar')",
            name=op.f("ck_people_locale_known"),
        ),
        sa.CheckConstraint("unit_system IN ('metric', 'inch')", name=op.f("ck_people_unit_system_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index("uq_people_email", "people", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("entity", sa.String(length=80), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "transaction_id",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_audit_entries_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_organization_id_id", "audit_entries", ["organization_id", "id"], unique=False)
    op.create_table(
        "idempotency_answers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("route", sa.String(length=400), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("payload_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("status BETWEEN 200 AND 499", name=op.f("ck_idempotency_answers_status_is_final")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_idempotency_answers_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "client", "route", "key", name=op.f("pk_idempotency_answers")),
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.String(length=20)), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "roles <@ ARRAY['owner', 'admin', 'purchaser', 'approver', 'sales', 'warehouse', 'finance', 'viewer']::varchar[] "
            "AND cardinality(roles) > 0",
            name=op.f("ck_memberships_roles_known"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_memberships_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_memberships_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_organization_id", "memberships", ["organization_id"], unique=False)
    op.create_index(
        "uq_memberships_person_id_organization_id",
        "memberships",
        ["person_id", "organization_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "reactions_done",
        sa.Column("reaction", sa.String(length=120), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["outbox_events.id"], name=op.f("fk_reactions_done_event_id")),
        sa.PrimaryKeyConstraint("reaction", "event_id", name=op.f("pk_reactions_done")),
    )
    op.create_table(
        "audit_chain",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entries.id"], name=op.f("fk_audit_chain_entry_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_audit_chain_organization_id")),
        sa.PrimaryKeyConstraint("organization_id", "position", name=op.f("pk_audit_chain")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_chain_entry_id")),
    )
    op.create_table(
        "audit_values",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entries.id"], name=op.f("fk_audit_values_entry_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_audit_values_organization_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_values")),
    )


def downgrade() -> None:
    raise RuntimeError("the foundation cannot be taken away")
