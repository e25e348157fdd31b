"""Rates of exchange by source, loaded by jobs too; rates locked for deals; revaluations of the house's positions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, append_only, grant, policy, wall

revision = "20261127_0531"
down_revision = "20261127_0530"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rates()
    _locked()
    _revaluations()
    op.execute(GUARDS)
    _walls()


def _rates() -> None:
    op.execute('ALTER TABLE fx_rates ALTER COLUMN source TYPE varchar(120) COLLATE "C"')
    op.execute("ALTER TABLE fx_rates DROP CONSTRAINT pk_fx_rates")
    op.create_primary_key("pk_fx_rates", "fx_rates", ["base", "quote", "on_date", "source"])
    op.create_index("ix_fx_rates_on_date", "fx_rates", ["on_date"])
    op.execute(PAIR)
    grant("fx_rates", ("INSERT", "UPDATE"), WORKER)
    grant("rate_editions", ("UPDATE",), WORKER)
    policy("fx_rates", "fx_rates_fetched", "INSERT", None, "true", WORKER)
    policy("fx_rates", "fx_rates_corrected", "UPDATE", "true", "true", WORKER)


# Of several sources' rates of one day, the one that was loaded last.
PAIR = """
CREATE OR REPLACE FUNCTION pair_rate(source text, target text) RETURNS TABLE (rate numeric, on_date date)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT found.rate, found.on_date
    FROM (
        (SELECT 0 AS turned, f.rate::numeric, f.on_date FROM fx_rates f
         WHERE f.base = pair_rate.source AND f.quote = pair_rate.target AND f.on_date <= (app_now() AT TIME ZONE 'UTC')::date
         ORDER BY f.on_date DESC, f.loaded_at DESC, f.source LIMIT 1)
        UNION ALL
        (SELECT 1, round(1.000000000000000000000000 / f.rate, 12), f.on_date FROM fx_rates f
         WHERE f.base = pair_rate.target AND f.quote = pair_rate.source AND f.on_date <= (app_now() AT TIME ZONE 'UTC')::date
         ORDER BY f.on_date DESC, f.loaded_at DESC, f.source LIMIT 1)
    ) found
    ORDER BY found.turned LIMIT 1;
END;
"""


def _locked() -> None:
    op.create_table(
        "fx_locked_rates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_kind", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("base", sa.String(length=3), nullable=False),
        sa.Column("quote", sa.String(length=3), nullable=False),
        sa.Column("rate", sa.Numeric(), nullable=False),
        sa.Column("rate_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=250), nullable=False),
        sa.Column("locked_on", sa.Date(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("rate > 0 AND rate < 'Infinity'", name=op.f("ck_fx_locked_rates_rate_positive")),
        sa.CheckConstraint("base <> quote", name=op.f("ck_fx_locked_rates_two_currencies")),
        sa.CheckConstraint(
            "base ~ '^[A-Z]{3}$' AND quote ~ '^[A-Z]{3}$'", name=op.f("ck_fx_locked_rates_codes_are_iso4217")
        ),
        sa.CheckConstraint("rate_on <= locked_on", name=op.f("ck_fx_locked_rates_rate_was_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fx_locked_rates")),
    )
    # One of a pair for a deal, whichever way round it was asked for.
    op.execute(
        "CREATE UNIQUE INDEX uq_fx_locked_rates_pair ON fx_locked_rates "
        "(deal_kind, deal_id, least(base, quote), greatest(base, quote))"
    )


def _revaluations() -> None:
    op.create_table(
        "fx_revaluations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("gain_minor", sa.BigInteger(), nullable=False),
        sa.Column("positions", postgresql.JSONB(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=True),
        sa.Column("revalued_by", sa.Uuid(), nullable=True),
        sa.Column("revalued_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("extract(day FROM period) = 1", name=op.f("ck_fx_revaluations_first_of_month")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_fx_revaluations_currency_is_iso4217")),
        sa.CheckConstraint(
            "(gain_minor = 0) = (posting_id IS NULL)", name=op.f("ck_fx_revaluations_what_changes_is_posted")
        ),
        sa.ForeignKeyConstraint(["posting_id"], ["ledger_postings.id"], name=op.f("fk_fx_revaluations_posting_id")),
        sa.ForeignKeyConstraint(["revalued_by"], ["people.id"], name=op.f("fk_fx_revaluations_revalued_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fx_revaluations")),
        sa.UniqueConstraint("period", name=op.f("uq_fx_revaluations_period")),
        sa.UniqueConstraint("posting_id", name=op.f("uq_fx_revaluations_posting_id")),
    )


GUARDS = """
CREATE FUNCTION fx_refuse(p_guard text, p_what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_what USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;

-- A later month's revaluation holds all that was before it.
CREATE FUNCTION fx_revaluations_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.period + interval '1 month' > (app_now() AT TIME ZONE 'UTC')::date
        OR NEW.period < (SELECT max(period) FROM fx_revaluations) THEN
        PERFORM fx_refuse('fx_revaluations_in_order', 'months are revalued in their order, when they are over');
    END IF;
    NEW.revalued_at := app_now();
    RETURN NEW;
END $$;
CREATE TRIGGER fx_revaluations_guarded BEFORE INSERT ON fx_revaluations
FOR EACH ROW EXECUTE FUNCTION fx_revaluations_guard();

-- Whoever settles a deal has to know its rate, on whichever side he acts.
CREATE FUNCTION fx_locked(p_kind text, p_id uuid) RETURNS SETOF fx_locked_rates
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT * FROM fx_locked_rates WHERE deal_kind = p_kind AND deal_id = p_id;
END;
"""


def _walls() -> None:
    """A locked rate says nothing of who deals: it is put in by whoever acts, and found by who knows the deal."""
    wall("fx_locked_rates")
    grant("fx_locked_rates", ("SELECT", "INSERT"), APP, WORKER)
    acts = "app_organization_id() IS NOT NULL OR app_is_operator()"
    policy("fx_locked_rates", "fx_locked_rates_insert", "INSERT", None, acts, APP, WORKER)
    policy("fx_locked_rates", "fx_locked_rates_read", "SELECT", "app_is_operator()", None, APP, WORKER)
    wall("fx_revaluations")
    grant("fx_revaluations", ("SELECT",), APP, WORKER)
    grant("fx_revaluations", ("INSERT",), APP)
    policy("fx_revaluations", "fx_revaluations_insert", "INSERT", None, "app_is_operator()", APP)
    policy("fx_revaluations", "fx_revaluations_read", "SELECT", "app_is_operator()", None, APP, WORKER)
    for table in ("fx_locked_rates", "fx_revaluations"):
        grant(table, ("SELECT",), AUDITOR, BACKOFFICE)
        policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)
        policy(table, f"{table}_guards", "SELECT", "true", None, OWNER)
        append_only(table)
    op.execute("REVOKE ALL ON FUNCTION fx_locked(text, uuid) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION fx_locked(text, uuid) TO {APP}, {WORKER}")
