"""Financing of milestones: offers, sealed quotes, assignments, what becomes of advances, and financiers' payments."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, WORKER, append_only, grant, policy, tenant_table, wall

revision = "20261127_0620"
down_revision = "20261127_0600"
branch_labels = None
depends_on = None

SUPPLIER = "supplier_id = app_organization_id()"
FINANCIER = "financier_id = app_organization_id()"
SIDES = f"{SUPPLIER} OR {FINANCIER}"
# Open to financiers of the same world: to those who were chosen, or to all.
OPEN_TO_ME = (
    "(financier_ids IS NULL OR app_organization_id() = ANY (financier_ids)) AND app_deal(supplier_id, app_organization_id()) "
    "AND EXISTS (SELECT 1 FROM organizations o WHERE o.id = app_organization_id() AND 'financier' = ANY (o.roles))"
)
# What the operator's screens show: neither where money is sent, nor what the payer's browser was handed.
SHOWN = (
    "id, financing_id, supplier_id, financier_id, currency, way, state, amount_minor, captured_minor, country, shown, payment, "
    "reason, asked_by, changed_at, created_at"
)
KEPT = ("financing_offers", "financing_quotes", "financings", "financing_payments")


def upgrade() -> None:
    _ledger()
    _financing_offers()
    _financing_quotes()
    _financings()
    _financing_moves()
    _financing_payments()
    op.execute(GUARDS)
    append_only("financing_moves")
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_not_deleted BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION app_refuse_change()"
        )
    _walls()


def _ledger() -> None:
    """One more purpose of accounts that are kept for organizations."""
    told = sa.text(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_ledger_accounts_purpose_known'"
    )
    words = set(re.findall(r"'([a-z_]+)'::", str(op.get_bind().execute(told).scalar_one()))) | {"financing_owed"}
    listed = ", ".join(f"'{word}'" for word in sorted(words))
    op.execute("ALTER TABLE ledger_accounts DROP CONSTRAINT ck_ledger_accounts_purpose_known")
    op.execute(
        f"ALTER TABLE ledger_accounts ADD CONSTRAINT ck_ledger_accounts_purpose_known CHECK (purpose IN ({listed}))"
    )


def _financing_offers() -> None:
    op.create_table(
        "financing_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("milestone_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("pay_by", sa.Date(), nullable=False),
        sa.Column("shown_buyer_id", sa.Uuid(), nullable=True),
        sa.Column("buyer_country", sa.String(length=2), nullable=False),
        sa.Column("buyer_size", sa.String(length=10), nullable=True),
        sa.Column("financier_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'open'"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "buyer_size IN ('micro', 'small', 'medium', 'large', 'very_large')",
            name=op.f("ck_financing_offers_size_known"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'assigned', 'withdrawn', 'expired')", name=op.f("ck_financing_offers_state_known")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_financing_offers_amount_positive")),
        sa.CheckConstraint(
            "cardinality(financier_ids) BETWEEN 1 AND 50", name=op.f("ck_financing_offers_chosen_financiers")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_financing_offers_created_by")),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["payment_milestones.id"], name=op.f("fk_financing_offers_milestone_id")
        ),
        sa.ForeignKeyConstraint(
            ["shown_buyer_id"], ["organizations.id"], name=op.f("fk_financing_offers_shown_buyer_id")
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_financing_offers_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_financing_offers")),
        sa.UniqueConstraint("id", "supplier_id", "currency", name=op.f("uq_financing_offers_id_supplier_id_currency")),
    )
    op.create_index(
        "ix_financing_offers_expires_at",
        "financing_offers",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_financing_offers_supplier_id_id", "financing_offers", ["supplier_id", "id"], unique=False)
    op.create_index(
        "uq_financing_offers_open",
        "financing_offers",
        ["milestone_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def _financing_quotes() -> None:
    op.create_table(
        "financing_quotes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("financier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("rate_bp", sa.SmallInteger(), nullable=True),
        sa.Column("fee_minor", sa.BigInteger(), nullable=True),
        sa.Column("advance_bp", sa.SmallInteger(), nullable=False),
        sa.Column("recourse", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("kind IN ('rate', 'fee')", name=op.f("ck_financing_quotes_kind_known")),
        sa.CheckConstraint(
            "num_nonnulls(rate_bp, fee_minor) = 1 AND (kind = 'rate') = (rate_bp IS NOT NULL)",
            name=op.f("ck_financing_quotes_one_charge"),
        ),
        sa.CheckConstraint("advance_bp BETWEEN 1 AND 10000", name=op.f("ck_financing_quotes_advance_in_range")),
        sa.CheckConstraint("num_nonnulls(accepted_at, withdrawn_at) <= 1", name=op.f("ck_financing_quotes_ends_once")),
        sa.CheckConstraint(
            "rate_bp BETWEEN 0 AND 10000 AND fee_minor >= 0", name=op.f("ck_financing_quotes_charge_in_range")
        ),
        sa.CheckConstraint("supplier_id <> financier_id", name=op.f("ck_financing_quotes_not_oneself")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_financing_quotes_created_by")),
        sa.ForeignKeyConstraint(["financier_id"], ["organizations.id"], name=op.f("fk_financing_quotes_financier_id")),
        sa.ForeignKeyConstraint(
            ["offer_id", "supplier_id", "currency"],
            ["financing_offers.id", "financing_offers.supplier_id", "financing_offers.currency"],
            name="fk_financing_quotes_of_offer",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_financing_quotes")),
        sa.UniqueConstraint(
            "id", "offer_id", "supplier_id", "financier_id", "currency", name="uq_financing_quotes_terms"
        ),
    )
    op.create_index("ix_financing_quotes_offer_id_id", "financing_quotes", ["offer_id", "id"], unique=False)
    op.create_index(
        "uq_financing_quotes_one",
        "financing_quotes",
        ["offer_id", "financier_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def _financings() -> None:
    op.create_table(
        "financings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("milestone_id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("financier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("deal_number", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("advance_minor", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("rate_bp", sa.SmallInteger(), nullable=True),
        sa.Column("fee_minor", sa.BigInteger(), nullable=True),
        sa.Column("recourse", sa.Boolean(), nullable=False),
        sa.Column("fund_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'funding'"), nullable=False),
        sa.Column("funded_on", sa.Date(), nullable=True),
        sa.Column("reckoned_on", sa.Date(), nullable=True),
        sa.Column("funded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("charge_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("repaid_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("charged_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("moves", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(state IN ('funding', 'cancelled')) = (funded_on IS NULL)", name=op.f("ck_financings_running_was_funded")
        ),
        sa.CheckConstraint("kind IN ('rate', 'fee')", name=op.f("ck_financings_kind_known")),
        sa.CheckConstraint(
            "num_nonnulls(rate_bp, fee_minor) = 1 AND (kind = 'rate') = (rate_bp IS NOT NULL)",
            name=op.f("ck_financings_one_charge"),
        ),
        sa.CheckConstraint(
            "principal_minor + repaid_minor = funded_minor OR state = 'lost'",
            name=op.f("ck_financings_principal_adds_up"),
        ),
        sa.CheckConstraint(
            "state IN ('funding', 'cancelled', 'running', 'repaid', 'made_good', 'lost')",
            name=op.f("ck_financings_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('repaid', 'made_good', 'lost') OR principal_minor + charge_minor = 0",
            name=op.f("ck_financings_ended_owes_nothing"),
        ),
        sa.CheckConstraint("advance_minor BETWEEN 1 AND amount_minor", name=op.f("ck_financings_advance_is_a_part")),
        sa.CheckConstraint(
            "least(funded_minor, principal_minor, charge_minor, repaid_minor, charged_minor) >= 0",
            name=op.f("ck_financings_nothing_negative"),
        ),
        sa.ForeignKeyConstraint(["accepted_by"], ["people.id"], name=op.f("fk_financings_accepted_by")),
        sa.ForeignKeyConstraint(
            ["milestone_id", "buyer_id", "supplier_id", "currency"],
            [
                "payment_milestones.id",
                "payment_milestones.buyer_id",
                "payment_milestones.supplier_id",
                "payment_milestones.currency",
            ],
            name="fk_financings_of_milestone",
        ),
        sa.ForeignKeyConstraint(
            ["quote_id", "offer_id", "supplier_id", "financier_id", "currency"],
            [
                "financing_quotes.id",
                "financing_quotes.offer_id",
                "financing_quotes.supplier_id",
                "financing_quotes.financier_id",
                "financing_quotes.currency",
            ],
            name="fk_financings_of_quote",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_financings")),
        sa.UniqueConstraint("id", "supplier_id", "financier_id", "currency", name="uq_financings_sides"),
        sa.UniqueConstraint("quote_id", name=op.f("uq_financings_quote_id")),
    )
    op.create_index("ix_financings_financier_id_id", "financings", ["financier_id", "id"], unique=False)
    op.create_index(
        "ix_financings_fund_by", "financings", ["fund_by"], unique=False, postgresql_where=sa.text("state = 'funding'")
    )
    op.create_index("ix_financings_supplier_id_id", "financings", ["supplier_id", "id"], unique=False)
    op.create_index(
        "uq_financings_once",
        "financings",
        ["milestone_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )


def _financing_moves() -> None:
    op.create_table(
        "financing_moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("financing_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("financier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=True),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("charge_minor", sa.BigInteger(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('repaid', 'returned', 'recourse', 'lost')", name=op.f("ck_financing_moves_kind_known")
        ),
        sa.CheckConstraint(
            "principal_minor >= 0 AND charge_minor >= 0 AND principal_minor + charge_minor > 0",
            name=op.f("ck_financing_moves_amount_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["financing_id", "supplier_id", "financier_id", "currency"],
            ["financings.id", "financings.supplier_id", "financings.financier_id", "financings.currency"],
            name="fk_financing_moves_of_financing",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_financing_moves")),
        sa.UniqueConstraint("financing_id", "number", name=op.f("uq_financing_moves_financing_id_number")),
    )


def _financing_payments() -> None:
    op.create_table(
        "financing_payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("financing_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("financier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("token", sa.String(length=200), nullable=True),
        sa.Column("method", sa.String(length=200), nullable=True),
        sa.Column("shown", sa.String(length=80), nullable=True),
        sa.Column("payment", sa.String(length=200, collation="C"), nullable=True),
        sa.Column("bank_accounts", JSONB(), nullable=True),
        sa.Column("remittance", sa.String(length=140), nullable=True),
        sa.Column("instructions_url", sa.String(length=500), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'captured') = (captured_minor > 0)", name=op.f("ck_financing_payments_captured_has_amount")
        ),
        sa.CheckConstraint(
            "(way = 'transfer') = (country IS NOT NULL)", name=op.f("ck_financing_payments_transfer_has_country")
        ),
        sa.CheckConstraint(
            "reason IN ('generic', 'insufficient_funds', 'expired_method', 'authentication_required', 'limit_exceeded', "
            "'blocked_method', 'not_saved', 'no_transfer')",
            name=op.f("ck_financing_payments_reason_known"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'processing', 'captured', 'declined')", name=op.f("ck_financing_payments_state_known")
        ),
        sa.CheckConstraint(
            "state NOT IN ('processing', 'captured') OR payment IS NOT NULL",
            name=op.f("ck_financing_payments_known_to_the_provider"),
        ),
        sa.CheckConstraint("way IN ('method', 'transfer')", name=op.f("ck_financing_payments_way_known")),
        sa.CheckConstraint(
            "amount_minor > 0 AND captured_minor >= 0", name=op.f("ck_financing_payments_amount_positive")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_financing_payments_asked_by")),
        sa.ForeignKeyConstraint(
            ["financing_id", "supplier_id", "financier_id", "currency"],
            ["financings.id", "financings.supplier_id", "financings.financier_id", "financings.currency"],
            name="fk_financing_payments_of_financing",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_financing_payments")),
    )
    op.create_index(
        "ix_financing_payments_waiting",
        "financing_payments",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending', 'processing')"),
    )
    op.create_index(
        "uq_financing_payments_one_under_way",
        "financing_payments",
        ["financing_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('pending', 'processing')"),
    )
    op.create_index(
        "uq_financing_payments_payment",
        "financing_payments",
        ["payment"],
        unique=True,
        postgresql_where=sa.text("payment IS NOT NULL"),
    )


GUARDS = """
CREATE TRIGGER financing_quotes_one_world BEFORE INSERT ON financing_quotes
FOR EACH ROW EXECUTE FUNCTION parties_one_world('supplier_id', 'financier_id');

CREATE FUNCTION financing_refuse(p_guard text, p_what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_what USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;

CREATE FUNCTION financing_offers_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            PERFORM financing_refuse('financing_offers_way', 'an offer begins open');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - '{state,version}'::text[] <> to_jsonb(OLD) - '{state,version}'::text[] OR OLD.state <> 'open' THEN
        PERFORM financing_refuse('financing_offers_way', 'an offer stays as it is, and ends once');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER financing_offers_guarded BEFORE INSERT OR UPDATE ON financing_offers
FOR EACH ROW EXECUTE FUNCTION financing_offers_guard();

CREATE FUNCTION financing_quotes_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ends text[] := '{accepted_at,withdrawn_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF num_nonnulls(NEW.accepted_at, NEW.withdrawn_at) > 0 THEN
            PERFORM financing_refuse('financing_quotes_way', 'a quote begins open');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - ends <> to_jsonb(OLD) - ends OR num_nonnulls(OLD.accepted_at, OLD.withdrawn_at) > 0
        OR NEW.accepted_at IS NOT NULL AND app_organization_id() IS DISTINCT FROM NEW.supplier_id
        OR NEW.withdrawn_at IS NOT NULL AND app_organization_id() IS DISTINCT FROM NEW.financier_id THEN
        PERFORM financing_refuse('financing_quotes_way', 'a quote stays as it is, is accepted by the supplier or withdrawn');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER financing_quotes_guarded BEFORE INSERT OR UPDATE ON financing_quotes
FOR EACH ROW EXECUTE FUNCTION financing_quotes_guard();

CREATE FUNCTION financings_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,funded_on,reckoned_on,funded_minor,principal_minor,charge_minor,repaid_minor,charged_minor,moves,'
        'version}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'funding' OR NEW.funded_minor <> 0 OR app_organization_id() IS DISTINCT FROM NEW.supplier_id THEN
            PERFORM financing_refuse('financings_way', 'the supplier assigns, and the advance is to be paid');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR NEW.moves < OLD.moves OR NEW.reckoned_on < OLD.reckoned_on
        OR OLD.funded_on IS NOT NULL AND (NEW.funded_on, NEW.funded_minor) <> (OLD.funded_on, OLD.funded_minor) THEN
        PERFORM financing_refuse('financings_stay', 'what was assigned stays, and what was paid for it');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('funding', 'running'), ('funding', 'cancelled'), ('running', 'repaid'), ('running', 'made_good'), ('running', 'lost'),
        ('repaid', 'running'), ('made_good', 'running')) THEN
        PERFORM financing_refuse('financings_way', format('a financing does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER financings_guarded BEFORE INSERT OR UPDATE ON financings FOR EACH ROW EXECUTE FUNCTION financings_guard();

CREATE FUNCTION financing_payments_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,captured_minor,token,method,shown,payment,bank_accounts,remittance,instructions_url,reason,'
        'changed_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'pending' THEN
            PERFORM financing_refuse('financing_payments_way', 'a payment begins pending');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves
        OR OLD.payment IS NOT NULL AND NEW.payment IS DISTINCT FROM OLD.payment
        OR OLD.state = 'captured' AND NEW.captured_minor <> OLD.captured_minor
        OR NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('pending', 'processing'), ('pending', 'captured'), ('pending', 'declined'), ('processing', 'captured'),
            ('processing', 'declined'), ('declined', 'captured')) THEN
        PERFORM financing_refuse('financing_payments_way', 'a payment stays what it is, and goes one way');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER financing_payments_guarded BEFORE INSERT OR UPDATE ON financing_payments
FOR EACH ROW EXECUTE FUNCTION financing_payments_guard();
"""


def _walls() -> None:
    tenant_table("financing_offers", owner=SUPPLIER, read=f"{SUPPLIER} OR ({OPEN_TO_ME})")
    # Quotes are sealed: only their two sides read them, not even the operator.
    table = "financing_quotes"
    tenant_table(table, owner=FINANCIER, read=SIDES, operator_reads=False, auditor_reads=False)
    policy(table, f"{table}_accept", "UPDATE", SUPPLIER, SUPPLIER, APP, WORKER)
    tenant_table("financings", owner=SIDES)
    tenant_table("financing_moves", owner=SIDES, privileges=("SELECT", "INSERT"))
    # How the financier pays is his own; the worker finds a payment by what the provider calls it.
    table = "financing_payments"
    wall(table)
    grant(table, ("SELECT", "INSERT", "UPDATE"), APP, WORKER)
    policy(table, f"{table}_read", "SELECT", FINANCIER, None, APP)
    policy(table, f"{table}_find", "SELECT", f"{FINANCIER} OR app_is_operator()", None, WORKER)
    policy(table, f"{table}_insert", "INSERT", None, FINANCIER, APP, WORKER)
    policy(table, f"{table}_update", "UPDATE", FINANCIER, FINANCIER, APP, WORKER)
    grant(table, ("SELECT",), AUDITOR)
    op.execute(f"GRANT SELECT ({SHOWN}) ON {table} TO {BACKOFFICE}")
    policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)
