"""Messages: notifications, mails, webhooks and their deliveries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, WORKER, grant, policy, tenant_table, wall

revision = "20261123_0940"
down_revision = "20261123_0930"
branch_labels = None
depends_on = None

MOVES = """
CREATE FUNCTION app_mail_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.message_id IS NOT NULL AND NEW.message_id IS DISTINCT FROM OLD.message_id THEN
        RAISE EXCEPTION 'a mail keeps its Message-ID' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
        'queued>sending', 'queued>suppressed', 'sending>queued', 'sending>sent', 'sending>failed'
    ) THEN
        RAISE EXCEPTION 'a mail does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION app_delivery_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.endpoint_id, NEW.event_id, NEW.organization_id) IS DISTINCT FROM
       (OLD.endpoint_id, OLD.event_id, OLD.organization_id) THEN
        RAISE EXCEPTION 'a delivery keeps its event and endpoint' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
        'waiting>sending', 'waiting>dead', 'sending>waiting', 'sending>delivered', 'sending>dead',
        'delivered>waiting', 'dead>waiting'
    ) THEN
        RAISE EXCEPTION 'a delivery does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    _tables()
    op.execute(MOVES)
    op.execute("CREATE TRIGGER mails_moves BEFORE UPDATE ON mails FOR EACH ROW EXECUTE FUNCTION app_mail_moves()")
    op.execute(
        "CREATE TRIGGER webhook_deliveries_moves BEFORE UPDATE ON webhook_deliveries "
        "FOR EACH ROW EXECUTE FUNCTION app_delivery_moves()"
    )
    _people()
    _mails()
    _webhooks()


def _people() -> None:
    """A person reads his own rows. The worker, for an organization, tells its people and reads what they want mailed."""
    tenant = "organization_id = app_organization_id()"
    own = f"{tenant} AND person_id = app_person_id()"
    for table in ("notifications", "notice_preferences"):
        wall(table)
        policy(table, f"{table}_own", "SELECT", own, None, APP)
        policy(table, f"{table}_change", "UPDATE", own, own, APP)
        policy(table, f"{table}_worker", "SELECT", tenant, None, WORKER)
        grant(table, ("SELECT",), WORKER, AUDITOR, BACKOFFICE)
        policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)
    grant("notifications", ("SELECT",), APP)
    op.execute(f"GRANT UPDATE (read_at) ON notifications TO {APP}")
    grant("notifications", ("INSERT",), WORKER)
    policy("notifications", "notifications_tell", "INSERT", None, tenant, WORKER)
    grant("notice_preferences", ("SELECT", "INSERT", "UPDATE"), APP)
    policy("notice_preferences", "notice_preferences_choose", "INSERT", None, own, APP)


def _mails() -> None:
    """The worker alone writes and reads mails. Across organizations it sees those that still have to be sent."""
    tenant_table("mails", operator_reads=False, roles=(WORKER,))
    policy("mails", "mails_unfinished", "SELECT", "state IN ('queued', 'sending')", None, WORKER)
    # Addresses are not kept for ever.
    old = "state IN ('sent', 'failed', 'suppressed') AND created_at < app_now() - interval '90 days'"
    grant("mails", ("DELETE",), WORKER)
    policy("mails", "mails_forget_see", "SELECT", old, None, WORKER)
    policy("mails", "mails_forget", "DELETE", old, None, WORKER)


def _webhooks() -> None:
    tenant = "organization_id = app_organization_id()"
    tenant_table("webhook_endpoints")
    tenant_table("webhook_deliveries")
    unfinished = "state IN ('waiting', 'sending')"
    policy("webhook_deliveries", "webhook_deliveries_unfinished", "SELECT", unfinished, None, WORKER)
    # The log of tries: requests read it, the worker adds to it, nobody changes it.
    tenant_table("webhook_attempts", privileges=("SELECT",))
    grant("webhook_attempts", ("INSERT",), WORKER)
    policy("webhook_attempts", "webhook_attempts_insert", "INSERT", None, tenant, WORKER)


def _tables() -> None:
    op.create_table(
        "mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("recipient_name", sa.String(length=120), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("notice", sa.String(length=80), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=True),
        sa.Column("state", sa.String(length=10), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("last_error", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_mails_sent_has_time")),
        sa.CheckConstraint(
            "locale IN ('en', 'zh-Hans', 'zh-Hant', 'de', 'es', 'fr', 'ja', 'pt-BR', 'ar')",
            name=op.f("ck_mails_locale_known"),
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed', 'suppressed')", name=op.f("ck_mails_state_known")
        ),
        sa.CheckConstraint(
            "state NOT IN ('sending', 'sent') OR message_id IS NOT NULL", name=op.f("ck_mails_sent_under_an_id")
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_mails_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_mails_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mails_message_id")),
        sa.UniqueConstraint("recipient", "event_id", "notice", name=op.f("uq_mails_recipient_event_id_notice")),
    )
    op.create_index("ix_mails_organization_id_id", "mails", ["organization_id", "id"], unique=False)
    op.create_index(
        "ix_mails_unfinished",
        "mails",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_table(
        "notice_preferences",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("muted_groups", sa.ARRAY(sa.String(length=20)), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "NOT muted_groups && ARRAY['security']::varchar[]", name=op.f("ck_notice_preferences_security_is_mailed")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_notice_preferences_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notice_preferences_person_id")),
        sa.PrimaryKeyConstraint("organization_id", "person_id", name=op.f("pk_notice_preferences")),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("notice", sa.String(length=80), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_notifications_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notifications_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("person_id", "event_id", "notice", name=op.f("uq_notifications_person_id_event_id_notice")),
    )
    op.create_index(
        "ix_notifications_organization_id_person_id_id",
        "notifications",
        ["organization_id", "person_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["organization_id", "person_id", "id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("description", sa.String(length=200), server_default="", nullable=False),
        sa.Column("event_types", sa.ARRAY(sa.String(length=120)), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="enabled", nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("secret_since", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("previous_secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("previous_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("state IN ('enabled', 'disabled', 'gone')", name=op.f("ck_webhook_endpoints_state_known")),
        sa.CheckConstraint(
            "(previous_secret_sealed IS NULL) = (previous_secret_until IS NULL)",
            name=op.f("ck_webhook_endpoints_previous_secret_ends"),
        ),
        sa.CheckConstraint(
            "cardinality(event_types) BETWEEN 1 AND 50", name=op.f("ck_webhook_endpoints_has_event_types")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_webhook_endpoints_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
        sa.UniqueConstraint("id", "organization_id", name=op.f("uq_webhook_endpoints_id_organization_id")),
    )
    op.create_index(
        "ix_webhook_endpoints_organization_id_id", "webhook_endpoints", ["organization_id", "id"], unique=False
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'delivered' OR delivered_at IS NOT NULL", name=op.f("ck_webhook_deliveries_delivered_has_time")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'delivered', 'dead')", name=op.f("ck_webhook_deliveries_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id", "organization_id"],
            ["webhook_endpoints.id", "webhook_endpoints.organization_id"],
            name=op.f("fk_webhook_deliveries_endpoint_id_organization_id"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["outbox_events.id"], name=op.f("fk_webhook_deliveries_event_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_webhook_deliveries_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("endpoint_id", "event_id", name=op.f("uq_webhook_deliveries_endpoint_id_event_id")),
        sa.UniqueConstraint("id", "organization_id", name=op.f("uq_webhook_deliveries_id_organization_id")),
    )
    op.create_index("ix_webhook_deliveries_endpoint_id_id", "webhook_deliveries", ["endpoint_id", "id"], unique=False)
    op.create_index(
        "ix_webhook_deliveries_unfinished",
        "webhook_deliveries",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'sending')"),
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.Column("response_body", sa.String(length=1000), nullable=True),
        sa.CheckConstraint("(status IS NULL) <> (error IS NULL)", name=op.f("ck_webhook_attempts_answered_or_failed")),
        sa.CheckConstraint("duration_ms >= 0", name=op.f("ck_webhook_attempts_took_time")),
        sa.ForeignKeyConstraint(
            ["delivery_id", "organization_id"],
            ["webhook_deliveries.id", "webhook_deliveries.organization_id"],
            name=op.f("fk_webhook_attempts_delivery_id_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_webhook_attempts_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempts")),
    )
    op.create_index("ix_webhook_attempts_delivery_id_id", "webhook_attempts", ["delivery_id", "id"], unique=False)


def downgrade() -> None:
    for table in (
        "webhook_attempts",
        "webhook_deliveries",
        "webhook_endpoints",
        "mails",
        "notice_preferences",
        "notifications",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION app_mail_moves(); DROP FUNCTION app_delivery_moves()")
