"""Saved payment methods: what may be shown of them, and which one is charged when nothing else is said."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, OWNER, WORKER, grant, policy, wall

revision = "20261127_0520"
down_revision = "20261127_0510"
branch_labels = None
depends_on = None

OWN = "organization_id = app_organization_id()"


def upgrade() -> None:
    _payment_methods()
    op.execute(GUARDS)
    _walls()


def _payment_methods() -> None:
    op.create_table(
        "payment_methods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=200, collation="C"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("brand", sa.String(length=40), nullable=False),
        sa.Column("last_digits", sa.String(length=4), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("can_hold", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'saved'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("NOT is_default OR state = 'saved'", name=op.f("ck_payment_methods_default_is_saved")),
        sa.CheckConstraint("kind IN ('card', 'bank_debit')", name=op.f("ck_payment_methods_kind_known")),
        sa.CheckConstraint("last_digits ~ '^[0-9A-Za-z]{0,4}$'", name=op.f("ck_payment_methods_no_whole_number")),
        sa.CheckConstraint(
            "state IN ('saved', 'forgetting', 'forgotten')", name=op.f("ck_payment_methods_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_payment_methods_organization_id")
        ),
        sa.ForeignKeyConstraint(["saved_by"], ["people.id"], name=op.f("fk_payment_methods_saved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_methods")),
        sa.UniqueConstraint("reference", name=op.f("uq_payment_methods_reference")),
    )
    op.create_index("ix_payment_methods_organization_id_id", "payment_methods", ["organization_id", "id"], unique=False)
    op.create_index(
        "uq_payment_methods_one_default",
        "payment_methods",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_index(
        "ix_payment_methods_forgetting",
        "payment_methods",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'forgetting'"),
    )


# Whether there is a default is looked at when the transaction ends: between two statements there may be none.
GUARDS = """
CREATE FUNCTION payment_methods_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{is_default,state,version,changed_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'saved' THEN
            RAISE EXCEPTION 'a payment method begins saved' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves THEN
        RAISE EXCEPTION 'a payment method stays as it was saved' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (('saved', 'forgetting'), ('forgetting', 'forgotten')) THEN
        RAISE EXCEPTION 'a payment method does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_methods_guarded BEFORE INSERT OR UPDATE ON payment_methods
FOR EACH ROW EXECUTE FUNCTION payment_methods_guard();
CREATE TRIGGER payment_methods_not_deleted BEFORE DELETE ON payment_methods
FOR EACH ROW EXECUTE FUNCTION app_refuse_change();

CREATE FUNCTION payment_methods_have_default() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM payment_methods WHERE organization_id = NEW.organization_id AND state = 'saved')
        AND NOT EXISTS (SELECT 1 FROM payment_methods WHERE organization_id = NEW.organization_id AND is_default) THEN
        RAISE EXCEPTION 'one of the methods of % is the default', NEW.organization_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_methods_have_default';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_methods_have_default AFTER INSERT OR UPDATE ON payment_methods
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_methods_have_default();
"""


def _walls() -> None:
    """An organization's own. The worker, as the operator, finds what is still to be forgotten; no screens show any."""
    wall("payment_methods")
    grant("payment_methods", ("SELECT", "INSERT", "UPDATE"), APP, WORKER)
    policy("payment_methods", "payment_methods_read", "SELECT", OWN, None, APP)
    policy("payment_methods", "payment_methods_work", "SELECT", f"{OWN} OR app_is_operator()", None, WORKER)
    policy("payment_methods", "payment_methods_insert", "INSERT", None, OWN, APP, WORKER)
    policy("payment_methods", "payment_methods_update", "UPDATE", OWN, OWN, APP, WORKER)
    policy("payment_methods", "payment_methods_held", "SELECT", "true", None, OWNER)
    grant("payment_methods", ("SELECT",), AUDITOR)
    policy("payment_methods", "payment_methods_audit", "SELECT", "true", None, AUDITOR)
