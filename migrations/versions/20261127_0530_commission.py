"""Commission: dated rules of the operator, and the terms that were frozen for deals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import (
    APP,
    AUDITOR,
    BACKOFFICE,
    OWNER,
    WORKER,
    append_only,
    grant,
    policy,
    tenant_table,
    wall,
)

revision = "20261127_0530"
down_revision = "20261127_0522"
branch_labels = None
depends_on = None

SCOPES = "'campaign', 'supplier', 'category', 'default'"
NAMED = (
    "num_nonnulls(campaign_id, supplier_id, category_code) <= 1 AND (scope = 'campaign') = (campaign_id IS NOT NULL) "
    "AND (scope = 'supplier') = (supplier_id IS NOT NULL) AND (scope = 'category') = (category_code IS NOT NULL)"
)
KEY = "scope || ':' || coalesce(campaign_id::text, supplier_id::text, category_code, '')"
OWN = "supplier_id = app_organization_id()"


def upgrade() -> None:
    op.execute(SOUND)
    _rules()
    _agreements()
    op.execute(GUARDS)
    _walls()


# Bounds by currency: {"EUR": {"least_minor": 500, "most_minor": 50000}}; without an upper one "most_minor" is null.
SOUND = """
CREATE FUNCTION commission_bounds_sound(p_bounds jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb_typeof(p_bounds) = 'object' AND (
    SELECT coalesce(bool_and(currency ~ '^[A-Z]{3}$' AND CASE jsonb_typeof(bound) WHEN 'object' THEN coalesce(
        bound - '{least_minor,most_minor}'::text[] = '{}'::jsonb
        AND jsonb_typeof(bound -> 'least_minor') = 'number' AND jsonb_typeof(bound -> 'most_minor') IN ('number', 'null')
        AND (bound ->> 'least_minor')::numeric BETWEEN 0 AND 1000000000000000
        AND (bound ->> 'least_minor')::numeric = trunc((bound ->> 'least_minor')::numeric)
        AND coalesce((bound ->> 'most_minor')::numeric BETWEEN (bound ->> 'least_minor')::numeric AND 1000000000000000, true)
        AND coalesce((bound ->> 'most_minor')::numeric = trunc((bound ->> 'most_minor')::numeric), true), false)
        ELSE false END
    ), true) FROM jsonb_each(CASE jsonb_typeof(p_bounds) WHEN 'object' THEN p_bounds ELSE '{}' END) AS b (currency, bound));
"""


def _rules() -> None:
    op.create_table(
        "commission_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("category_code", sa.String(length=80, collation="C"), nullable=True),
        sa.Column("scope_key", sa.String(length=100, collation="C"), sa.Computed(KEY, persisted=True), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.Column("bounds", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(f"scope IN ({SCOPES})", name=op.f("ck_commission_rules_scope_known")),
        sa.CheckConstraint(NAMED, name=op.f("ck_commission_rules_scope_names_one")),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000", name=op.f("ck_commission_rules_rate_in_range")),
        sa.CheckConstraint("commission_bounds_sound(bounds)", name=op.f("ck_commission_rules_bounds_sound")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_commission_rules_validity_in_order")),
        sa.ForeignKeyConstraint(["category_code"], ["categories.code"], name=op.f("fk_commission_rules_category_code")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_commission_rules_created_by")),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_commission_rules_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_rules")),
    )
    op.create_index("ix_commission_rules_category_code", "commission_rules", ["category_code"])
    op.create_index("ix_commission_rules_scope_key_valid_from", "commission_rules", ["scope_key", "valid_from"])
    # Of what is named alike one rule holds on a day.
    op.execute(
        "ALTER TABLE commission_rules ADD CONSTRAINT ex_commission_rules_one_at_a_time EXCLUDE USING gist "
        "(scope_key WITH =, daterange(valid_from, valid_until, '[]') WITH &&) WHERE (withdrawn_at IS NULL)"
    )


def _agreements() -> None:
    op.create_table(
        "commission_agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_kind", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("category_code", sa.String(length=80, collation="C"), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.Column("least_minor", sa.BigInteger(), nullable=False),
        sa.Column("most_minor", sa.BigInteger(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_commission_agreements_currency_is_iso4217")),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000", name=op.f("ck_commission_agreements_rate_in_range")),
        sa.CheckConstraint(
            "least_minor BETWEEN 0 AND 1000000000000000 AND most_minor BETWEEN least_minor AND 1000000000000000",
            name=op.f("ck_commission_agreements_bounds_in_order"),
        ),
        sa.CheckConstraint(
            "rule_id IS NOT NULL OR (rate_bp = 0 AND least_minor = 0 AND most_minor IS NULL)",
            name=op.f("ck_commission_agreements_no_rule_no_commission"),
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["commission_rules.id"], name=op.f("fk_commission_agreements_rule_id")),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organizations.id"], name=op.f("fk_commission_agreements_supplier_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_agreements")),
        sa.UniqueConstraint("deal_kind", "deal_id", name=op.f("uq_commission_agreements_deal_kind_deal_id")),
    )
    op.create_index("ix_commission_agreements_rule_id", "commission_agreements", ["rule_id"])
    op.create_index("ix_commission_agreements_supplier_id_id", "commission_agreements", ["supplier_id", "id"])


GUARDS = """
CREATE FUNCTION commission_refuse(p_guard text, p_what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_what USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;

-- What held on a day that is over is never changed, so that every agreement can be proved.
CREATE FUNCTION commission_rules_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today date := (app_now() AT TIME ZONE 'UTC')::date;
    -- What is generated is not known yet before the row is written.
    moves text[] := '{valid_until,withdrawn_at,scope_key}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.valid_from < today OR NEW.withdrawn_at IS NOT NULL THEN
            PERFORM commission_refuse('commission_rules_ahead', 'a rule begins today or later');
        END IF;
        NEW.created_at := app_now();
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR OLD.withdrawn_at IS NOT NULL THEN
        PERFORM commission_refuse('commission_rules_stay', 'of a rule nothing but its last day is changed');
    END IF;
    IF NEW.valid_until IS DISTINCT FROM OLD.valid_until AND least(NEW.valid_until, OLD.valid_until) < today THEN
        PERFORM commission_refuse('commission_rules_ahead', 'what is over stays as it was');
    END IF;
    IF NEW.withdrawn_at IS NOT NULL AND OLD.valid_from <= today THEN
        PERFORM commission_refuse('commission_rules_ahead', 'a rule that has begun is ended, and not withdrawn');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER commission_rules_guarded BEFORE INSERT OR UPDATE ON commission_rules
FOR EACH ROW EXECUTE FUNCTION commission_rules_guard();
CREATE TRIGGER commission_rules_not_deleted BEFORE DELETE ON commission_rules
FOR EACH ROW EXECUTE FUNCTION app_refuse_change();
CREATE TRIGGER commission_rules_no_truncate BEFORE TRUNCATE ON commission_rules
FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change();

CREATE FUNCTION commission_agreements_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    rule commission_rules;
    bound jsonb;
BEGIN
    NEW.agreed_at := app_now();
    IF NEW.rule_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO rule FROM commission_rules WHERE id = NEW.rule_id;
    bound := coalesce(rule.bounds -> NEW.currency, '{"least_minor": 0, "most_minor": null}');
    IF rule.withdrawn_at IS NOT NULL OR NOT daterange(rule.valid_from, rule.valid_until, '[]') @> NEW.agreed_on
        OR (NEW.rate_bp, NEW.least_minor, NEW.most_minor)
           IS DISTINCT FROM (rule.rate_bp, (bound ->> 'least_minor')::bigint, (bound ->> 'most_minor')::bigint)
        OR (rule.supplier_id IS NOT NULL AND rule.supplier_id <> NEW.supplier_id)
        OR (rule.campaign_id IS NOT NULL AND rule.campaign_id IS DISTINCT FROM NEW.campaign_id) THEN
        PERFORM commission_refuse('commission_agreements_of_rule', 'what is agreed is what the rule says on that day');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER commission_agreements_guarded BEFORE INSERT ON commission_agreements
FOR EACH ROW EXECUTE FUNCTION commission_agreements_guard();

-- Whoever settles a deal has to know its terms, on whichever side he acts.
CREATE FUNCTION commission_agreed(p_kind text, p_id uuid) RETURNS SETOF commission_agreements
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT * FROM commission_agreements WHERE deal_kind = p_kind AND deal_id = p_id;
END;
"""


def _walls() -> None:
    wall("commission_rules")
    grant("commission_rules", ("SELECT",), APP, WORKER, AUDITOR, BACKOFFICE)
    grant("commission_rules", ("INSERT", "UPDATE"), APP)
    known = f"(supplier_id IS NULL AND app_organization_id() IS NOT NULL) OR {OWN} OR app_is_operator()"
    policy("commission_rules", "commission_rules_read", "SELECT", known, None, APP, WORKER)
    policy("commission_rules", "commission_rules_insert", "INSERT", None, "app_is_operator()", APP)
    policy("commission_rules", "commission_rules_update", "UPDATE", "app_is_operator()", "app_is_operator()", APP)
    policy("commission_rules", "commission_rules_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)
    policy("commission_rules", "commission_rules_guards", "SELECT", "true", None, OWNER)
    tenant_table("commission_agreements", owner=OWN, privileges=("SELECT", "INSERT"))
    policy("commission_agreements", "commission_agreements_guards", "SELECT", "true", None, OWNER)
    append_only("commission_agreements")
    op.execute("REVOKE ALL ON FUNCTION commission_agreed(text, uuid) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION commission_agreed(text, uuid) TO {APP}, {WORKER}")
