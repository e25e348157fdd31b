"""The inbox of the payment provider's events, and deposits whose hold ended or was taken at the provider."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, WORKER, grant, policy, wall

revision = "20261127_0400"
down_revision = "20261127_0330"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _provider_events()
    op.execute(GUARD)
    _walls()
    _pool_deposits()


def _provider_events() -> None:
    op.create_table(
        "provider_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=10), nullable=False),
        sa.Column("event_id", sa.String(length=120, collation="C"), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=True),
        sa.Column("thing", sa.String(length=120), nullable=True),
        sa.Column("payment", sa.String(length=120), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'applied') = (owner IS NOT NULL)", name=op.f("ck_provider_events_applied_has_owner")
        ),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_provider_events_ended_has_time")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_provider_events_attempts_counted")),
        sa.CheckConstraint("provider IN ('stripe')", name=op.f("ck_provider_events_provider_known")),
        sa.CheckConstraint(
            "state IN ('waiting', 'applied', 'not_ours', 'failed')", name=op.f("ck_provider_events_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_events")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_provider_events_provider_event_id")),
    )
    for name, column, which in (
        ("due", "next_attempt_at", "state = 'waiting'"),
        ("ended", "received_at", "state <> 'waiting'"),
        ("payment", "payment", "payment IS NOT NULL"),
    ):
        op.create_index(
            f"ix_provider_events_{name}", "provider_events", [column], unique=False, postgresql_where=sa.text(which)
        )


GUARD = """
CREATE FUNCTION provider_events_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,owner,attempts,next_attempt_at,ended_at}';
BEGIN
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves THEN
        RAISE EXCEPTION 'an event stays as it came' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> 'waiting' THEN
        RAISE EXCEPTION 'an event that has ended stays so' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER provider_events_guarded BEFORE UPDATE ON provider_events
FOR EACH ROW EXECUTE FUNCTION provider_events_guard();
"""


def _walls() -> None:
    """Requests act for nobody when an event comes: they put it in, and can read none."""
    wall("provider_events")
    grant("provider_events", ("INSERT",), APP)
    policy("provider_events", "provider_events_come", "INSERT", None, "state = 'waiting' AND attempts = 0", APP)
    grant("provider_events", ("SELECT", "UPDATE", "DELETE"), WORKER)
    policy("provider_events", "provider_events_read", "SELECT", "true", None, WORKER)
    policy("provider_events", "provider_events_follow", "UPDATE", "state = 'waiting'", "true", WORKER)
    old = "state <> 'waiting' AND received_at < app_now() - interval '90 days'"
    policy("provider_events", "provider_events_forget", "DELETE", old, None, WORKER)
    grant("provider_events", ("SELECT",), AUDITOR, BACKOFFICE)
    policy("provider_events", "provider_events_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)


DEPOSITS = """
CREATE OR REPLACE FUNCTION pool_deposits_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,attempt,token,method,shown,payment,reason,give_back,due_at,version,changed_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('waiting', 'pending') OR NEW.attempt <> 1 OR NEW.give_back THEN
            PERFORM pooling_refuse('pool_deposits_way', 'a deposit begins pending, or waiting for an approval');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR (OLD.give_back AND NOT NEW.give_back)
        OR NEW.attempt <> OLD.attempt + (OLD.state = 'declined' AND NEW.state = 'pending')::integer THEN
        PERFORM pooling_refuse('pool_deposits_stay', 'what is secured stays, and what is to be given back');
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


def _pool_deposits() -> None:
    """A hold may end, or be taken, at the provider without a call of ours."""
    op.execute(DEPOSITS)
    op.create_index(
        "ix_pool_deposits_payment",
        "pool_deposits",
        ["payment"],
        unique=False,
        postgresql_where=sa.text("payment IS NOT NULL"),
    )
