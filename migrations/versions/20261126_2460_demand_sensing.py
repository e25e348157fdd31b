"""Demand sensing: who lets his demand be counted, what was suggested, and who stood behind what still stands."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, WORKER, append_only, grant, policy, tenant_table, wall

revision = "20261126_2460"
down_revision = "20261126_2451"
branch_labels = None
depends_on = None

OWN = "organization_id = app_organization_id()"


def upgrade() -> None:
    _demand_consents()
    _demand_suggestions()
    _demand_members()
    op.execute(GUARDS)
    _walls()


def _demand_consents() -> None:
    op.create_table(
        "demand_consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_demand_consents_version_positive")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_demand_consents_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_consents")),
        sa.UniqueConstraint("organization_id", "version", name=op.f("uq_demand_consents_organization_id_version")),
    )


def _demand_suggestions() -> None:
    op.create_table(
        "demand_suggestions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category_code", sa.String(length=80, collation="C"), nullable=False),
        sa.Column("steel", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("size_steps", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("buyers", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("expected_saving_bp", sa.Integer(), nullable=True),
        sa.Column("saving_source", sa.String(length=12), nullable=True),
        sa.Column("asked_since", sa.Date(), nullable=False),
        sa.Column("asked_until", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), server_default=sa.text("'current'"), nullable=False),
        sa.Column("left_since", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(expected_saving_bp IS NULL) = (saving_source IS NULL)",
            name=op.f("ck_demand_suggestions_saving_has_source"),
        ),
        sa.CheckConstraint(
            "(state = 'past') = (ended_at IS NOT NULL)", name=op.f("ck_demand_suggestions_past_has_time")
        ),
        sa.CheckConstraint("asked_until >= asked_since", name=op.f("ck_demand_suggestions_asked_in_order")),
        sa.CheckConstraint("buyers >= 5", name=op.f("ck_demand_suggestions_buyers_are_many")),
        sa.CheckConstraint(
            "cardinality(size_steps) BETWEEN 1 AND 3", name=op.f("ck_demand_suggestions_size_has_sides")
        ),
        sa.CheckConstraint(
            "expected_saving_bp BETWEEN 100 AND 9900 AND expected_saving_bp % 100 = 0",
            name=op.f("ck_demand_suggestions_saving_whole_percent"),
        ),
        sa.CheckConstraint(
            "left_since = 0 OR state = 'past'", name=op.f("ck_demand_suggestions_nobody_left_what_stands")
        ),
        sa.CheckConstraint("left_since BETWEEN 0 AND buyers", name=op.f("ck_demand_suggestions_left_were_there")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_demand_suggestions_quantity_positive")),
        sa.CheckConstraint(
            "saving_source IN ('list_prices', 'past_orders')", name=op.f("ck_demand_suggestions_saving_source_known")
        ),
        sa.CheckConstraint("state IN ('current', 'past')", name=op.f("ck_demand_suggestions_state_known")),
        sa.CheckConstraint("unit IN ('H87', 'SET', 'KGM', 'MTR')", name=op.f("ck_demand_suggestions_unit_known")),
        sa.ForeignKeyConstraint(
            ["category_code"], ["categories.code"], name=op.f("fk_demand_suggestions_category_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_suggestions")),
    )
    op.create_index(
        "ix_demand_suggestions_category_code_id", "demand_suggestions", ["category_code", "id"], unique=False
    )
    op.create_index("ix_demand_suggestions_made_at", "demand_suggestions", ["made_at"], unique=False)
    op.create_index("ix_demand_suggestions_state_id", "demand_suggestions", ["state", "id"], unique=False)
    op.create_index(
        "uq_demand_suggestions_current",
        "demand_suggestions",
        ["category_code", "steel", "unit", "size_steps"],
        unique=True,
        postgresql_where=sa.text("state = 'current'"),
    )


def _demand_members() -> None:
    op.create_table(
        "demand_members",
        sa.Column("suggestion_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_demand_members_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["suggestion_id"], ["demand_suggestions.id"], name=op.f("fk_demand_members_suggestion_id")
        ),
        sa.PrimaryKeyConstraint("suggestion_id", "organization_id", name=op.f("pk_demand_members")),
    )
    op.create_index("ix_demand_members_organization_id", "demand_members", ["organization_id"], unique=False)


# What was told stays as it was told and only ends. Nobody stands behind a suggestion who has not consented, and behind one that
# stands there are, at every commit, as many as it says.
GUARDS = """
CREATE FUNCTION demand_suggestions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'current' THEN
            RAISE EXCEPTION 'a suggestion begins as a current one'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'demand_suggestions_begins_current';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - '{state,ended_at,left_since}'::text[]) IS DISTINCT FROM
       (to_jsonb(OLD) - '{state,ended_at,left_since}'::text[]) THEN
        RAISE EXCEPTION 'what was suggested stays as it was'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'demand_suggestions_figures_stay';
    END IF;
    IF OLD.state = 'past' AND (NEW.state, NEW.ended_at) IS DISTINCT FROM (OLD.state, OLD.ended_at)
       OR NEW.left_since < OLD.left_since THEN
        RAISE EXCEPTION 'a suggestion ends once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'demand_suggestions_way';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER demand_suggestions_guarded BEFORE INSERT OR UPDATE ON demand_suggestions
    FOR EACH ROW EXECUTE FUNCTION demand_suggestions_guard();

CREATE FUNCTION demand_members_consented() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT coalesce((SELECT c.given FROM demand_consents c WHERE c.organization_id = NEW.organization_id
                     ORDER BY c.version DESC LIMIT 1), false) THEN
        RAISE EXCEPTION 'nobody is counted who did not consent'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'demand_members_consented';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER demand_members_consented BEFORE INSERT OR UPDATE ON demand_members
    FOR EACH ROW EXECUTE FUNCTION demand_members_consented();

CREATE FUNCTION demand_members_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given jsonb := to_jsonb(coalesce(NEW, OLD));
    concerned uuid := (given ->> TG_ARGV[0])::uuid;
BEGIN
    IF EXISTS (SELECT 1 FROM demand_suggestions s WHERE s.id = concerned AND s.state = 'current'
               AND s.buyers <> (SELECT count(*) FROM demand_members m WHERE m.suggestion_id = s.id)) THEN
        RAISE EXCEPTION 'behind a suggestion are as many as it says'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'demand_members_counted';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER demand_members_counted AFTER INSERT OR UPDATE OR DELETE ON demand_members
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION demand_members_counted('suggestion_id');
CREATE CONSTRAINT TRIGGER demand_suggestions_counted AFTER INSERT OR UPDATE ON demand_suggestions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION demand_members_counted('id');
"""


def _walls() -> None:
    # Whether its demand is counted is an organization's own business: neither the operator's people nor the back office read it.
    tenant_table(
        "demand_consents",
        owner=OWN,
        privileges=("SELECT", "INSERT"),
        operator_reads=False,
        auditor_reads=False,
    )
    append_only("demand_consents")
    # The job finds who consents before it acts for anybody.
    policy("demand_consents", "demand_consents_counting", "SELECT", "true", None, WORKER)
    grant("demand_consents", ("SELECT",), AUDITOR)
    policy("demand_consents", "demand_consents_audit", "SELECT", "true", None, AUDITOR)

    # It names nobody: whoever acts on the real market reads it, the job alone writes it.
    wall("demand_suggestions")
    grant("demand_suggestions", ("SELECT",), APP, WORKER, AUDITOR, BACKOFFICE)
    grant("demand_suggestions", ("INSERT", "UPDATE"), WORKER)
    real = "app_is_operator() OR app_organization_id() IS NOT NULL AND (SELECT app_sandbox_of(app_organization_id())) IS NULL"
    policy("demand_suggestions", "demand_suggestions_read", "SELECT", real, None, APP)
    policy("demand_suggestions", "demand_suggestions_work", "SELECT", "true", None, WORKER)
    policy("demand_suggestions", "demand_suggestions_insert", "INSERT", None, "true", WORKER)
    policy("demand_suggestions", "demand_suggestions_update", "UPDATE", "true", "true", WORKER)
    policy("demand_suggestions", "demand_suggestions_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)

    # An organization reads whether it is in a suggestion itself; nobody else does, but for the job and the proofs.
    wall("demand_members")
    grant("demand_members", ("SELECT",), APP, WORKER, AUDITOR)
    grant("demand_members", ("INSERT", "DELETE"), WORKER)
    policy("demand_members", "demand_members_read", "SELECT", OWN, None, APP)
    policy("demand_members", "demand_members_work", "SELECT", "true", None, WORKER)
    policy("demand_members", "demand_members_insert", "INSERT", None, "true", WORKER)
    policy("demand_members", "demand_members_delete", "DELETE", "true", None, WORKER)
    policy("demand_members", "demand_members_audit", "SELECT", "true", None, AUDITOR)
