"""Webhooks into the house: their sources, and the inbox of what they sent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, BACKOFFICE, OWNER, WORKER, grant, policy, tenant_table

revision = "20261126_2260"
down_revision = "20261126_2250"
branch_labels = None
depends_on = None

# The operator's screens show neither secrets nor what partners' systems told.
SHOWN = {
    "webhook_sources": (
        "id, organization_id, name, scopes, secret_since, previous_secret_until, created_by, client_id, created_at, revoked_at, "
        "refusal_told_at, version"
    ),
    "incoming_messages": (
        "id, organization_id, source_id, webhook_id, type, state, attempts, next_attempt_at, received_at, ended_at"
    ),
}


def upgrade() -> None:
    _webhook_sources()
    _incoming_messages()
    op.execute(GUARDS)
    _walls()


def _webhook_sources() -> None:
    op.create_table(
        "webhook_sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("secret_since", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("previous_secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("previous_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(previous_secret_sealed IS NULL) = (previous_secret_until IS NULL)",
            name=op.f("ck_webhook_sources_previous_secret_ends"),
        ),
        sa.CheckConstraint(
            "NOT scopes && ARRAY['approve', 'operate']::varchar[]", name=op.f("ck_webhook_sources_decides_nothing")
        ),
        sa.CheckConstraint("cardinality(scopes) BETWEEN 1 AND 30", name=op.f("ck_webhook_sources_has_scopes")),
        sa.ForeignKeyConstraint(["client_id"], ["api_clients.id"], name=op.f("fk_webhook_sources_client_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_webhook_sources_created_by")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_webhook_sources_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_sources")),
        sa.UniqueConstraint("id", "organization_id", name=op.f("uq_webhook_sources_id_organization_id")),
    )
    op.create_index("ix_webhook_sources_client_id", "webhook_sources", ["client_id"], unique=False)
    op.create_index("ix_webhook_sources_organization_id_id", "webhook_sources", ["organization_id", "id"], unique=False)


def _incoming_messages() -> None:
    op.create_table(
        "incoming_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.String(length=255, collation="C"), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("outcome", postgresql.JSONB(), nullable=True),
        sa.Column("problem", postgresql.JSONB(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_incoming_messages_ended_has_time")
        ),
        sa.CheckConstraint(
            "(state IN ('refused', 'failed')) = (problem IS NOT NULL)",
            name=op.f("ck_incoming_messages_refused_has_reason"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_incoming_messages_attempts_counted")),
        sa.CheckConstraint("length(digest) = 32", name=op.f("ck_incoming_messages_digest_is_sha256")),
        sa.CheckConstraint(
            "state IN ('waiting', 'handled', 'refused', 'failed')", name=op.f("ck_incoming_messages_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_incoming_messages_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_id", "organization_id"],
            ["webhook_sources.id", "webhook_sources.organization_id"],
            name=op.f("fk_incoming_messages_source_id_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_messages")),
        sa.UniqueConstraint("source_id", "webhook_id", name=op.f("uq_incoming_messages_source_id_webhook_id")),
    )
    op.create_index("ix_incoming_messages_source_id_id", "incoming_messages", ["source_id", "id"], unique=False)
    for name, column, state in (
        ("ended", "received_at", "state <> 'waiting'"),
        ("waiting", "source_id", "state = 'waiting'"),
        ("due", "next_attempt_at", "state = 'waiting'"),
    ):
        op.create_index(
            f"ix_incoming_messages_{name}",
            "incoming_messages",
            [column],
            unique=False,
            postgresql_where=sa.text(state),
        )


GUARDS = """
CREATE FUNCTION app_organization_of_webhook_source(uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
    RETURN (SELECT organization_id FROM public.webhook_sources WHERE id = $1);

CREATE FUNCTION app_incoming_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.organization_id, NEW.source_id, NEW.webhook_id, NEW.type, NEW.body, NEW.digest, NEW.received_at)
        IS DISTINCT FROM
       (OLD.organization_id, OLD.source_id, OLD.webhook_id, OLD.type, OLD.body, OLD.digest, OLD.received_at) THEN
        RAISE EXCEPTION 'a message stays as it came' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
        'waiting>handled', 'waiting>refused', 'waiting>failed', 'failed>waiting'
    ) THEN
        RAISE EXCEPTION 'a message does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER incoming_messages_moves BEFORE UPDATE ON incoming_messages
    FOR EACH ROW EXECUTE FUNCTION app_incoming_moves();

CREATE FUNCTION app_source_stays_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE EXCEPTION 'a revoked source stays revoked' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.organization_id, NEW.scopes, NEW.created_by, NEW.client_id) IS DISTINCT FROM
       (OLD.organization_id, OLD.scopes, OLD.created_by, OLD.client_id) THEN
        RAISE EXCEPTION 'a source keeps its scopes and its maker' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER webhook_sources_guarded BEFORE UPDATE ON webhook_sources
    FOR EACH ROW EXECUTE FUNCTION app_source_stays_revoked();
"""


def _walls() -> None:
    tenant_table("webhook_sources")
    # Before anybody is known, a message must find whom its address belongs to. Only `owner`, who defines the function, may look.
    policy("webhook_sources", "webhook_sources_lookup", "SELECT", "true", None, OWNER)
    function = "app_organization_of_webhook_source(uuid)"
    op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}")
    tenant_table("incoming_messages")
    # Across organizations the worker sees those that still have to be handled, and those that are old enough to be forgotten.
    policy("incoming_messages", "incoming_messages_waiting", "SELECT", "state = 'waiting'", None, WORKER)
    old = "state <> 'waiting' AND received_at < app_now() - interval '90 days'"
    grant("incoming_messages", ("DELETE",), WORKER)
    policy("incoming_messages", "incoming_messages_forget_see", "SELECT", old, None, WORKER)
    policy("incoming_messages", "incoming_messages_forget", "DELETE", old, None, WORKER)
    for table, columns in SHOWN.items():
        op.execute(f"REVOKE SELECT ON {table} FROM {BACKOFFICE}")
        op.execute(f"GRANT SELECT ({columns}) ON {table} TO {BACKOFFICE}")
