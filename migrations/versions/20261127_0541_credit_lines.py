"""Credit lines: what suppliers grant, what is used of it, what deals took; orders on account."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, grant, policy, tenant_table, wall

revision = "20261127_0541"
down_revision = "20261127_0540"
branch_labels = None
depends_on = None

GRANTED = "supplier_id = app_organization_id()"
SIDES = f"{GRANTED} OR buyer_id = app_organization_id()"
# What the operator's screens show: not why a supplier has suspended a line.
SHOWN = (
    "id, supplier_id, buyer_id, currency, limit_minor, payment_days, valid_from, valid_until, suspend_after_days, suspension, "
    "suspended_at, created_by, version, created_at, changed_at"
)


def upgrade() -> None:
    _lines()
    _exposures()
    _takes()
    op.execute(GUARDS)
    op.execute(FUNCTIONS)
    for function in ("credit_take(uuid, uuid, uuid, text, bigint, text, uuid)", "credit_end_take(text, uuid, text)"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}, {WORKER}")
    _walls()
    op.execute(OF_BEFORE)
    _orders()


def _organization(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["organizations.id"], name=op.f(f"fk_{table}_{column}"))


def _lines() -> None:
    table = "credit_lines"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("payment_days", sa.SmallInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("suspend_after_days", sa.SmallInteger(), nullable=True),
        sa.Column("suspension", sa.String(length=8), nullable=True),
        sa.Column("suspension_reason", sa.String(length=500), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(suspension IS NULL) = (suspended_at IS NULL)", name=op.f("ck_credit_lines_suspended_has_time")
        ),
        sa.CheckConstraint(
            "(suspension_reason IS NOT NULL) = coalesce(suspension = 'supplier', false)",
            name=op.f("ck_credit_lines_supplier_says_why"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_credit_lines_currency_is_iso4217")),
        sa.CheckConstraint("limit_minor BETWEEN 0 AND 1000000000000000", name=op.f("ck_credit_lines_limit_in_range")),
        sa.CheckConstraint("payment_days BETWEEN 0 AND 365", name=op.f("ck_credit_lines_payment_days_in_range")),
        sa.CheckConstraint("supplier_id <> buyer_id", name=op.f("ck_credit_lines_not_oneself")),
        sa.CheckConstraint("suspend_after_days BETWEEN 0 AND 365", name=op.f("ck_credit_lines_suspend_after_in_range")),
        sa.CheckConstraint("suspension IN ('supplier', 'overdue')", name=op.f("ck_credit_lines_suspension_known")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_credit_lines_validity_in_order")),
        _organization(table, "buyer_id"),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_credit_lines_created_by")),
        _organization(table, "supplier_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_lines")),
        sa.UniqueConstraint(
            "supplier_id", "buyer_id", "currency", name=op.f("uq_credit_lines_supplier_id_buyer_id_currency")
        ),
    )
    op.create_index("ix_credit_lines_buyer_id_id", table, ["buyer_id", "id"])
    op.create_index("ix_credit_lines_supplier_id_id", table, ["supplier_id", "id"])


def _exposures() -> None:
    table = "credit_exposures"
    op.create_table(
        table,
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3, collation="C"), nullable=False),
        sa.Column("ordered_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("invoiced_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "ordered_minor >= 0 AND invoiced_minor >= 0", name=op.f("ck_credit_exposures_never_below_nothing")
        ),
        _organization(table, "buyer_id"),
        _organization(table, "supplier_id"),
        sa.PrimaryKeyConstraint("supplier_id", "buyer_id", "currency", name=op.f("pk_credit_exposures")),
    )
    op.create_index("ix_credit_exposures_buyer_id", table, ["buyer_id"])


def _takes() -> None:
    table = "credit_takes"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("deal_kind", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'taken'"), nullable=False),
        sa.Column("exposure_minor", sa.BigInteger(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'taken') = (ended_at IS NULL)", name=op.f("ck_credit_takes_ended_has_time")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_credit_takes_amount_positive")),
        # The limit of that moment: it may be lowered later, and what was taken stays.
        sa.CheckConstraint("exposure_minor <= limit_minor", name=op.f("ck_credit_takes_within_limit")),
        sa.CheckConstraint("state IN ('taken', 'invoiced', 'given_back')", name=op.f("ck_credit_takes_state_known")),
        _organization(table, "buyer_id"),
        sa.ForeignKeyConstraint(["line_id"], ["credit_lines.id"], name=op.f("fk_credit_takes_line_id")),
        _organization(table, "supplier_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_takes")),
    )
    op.create_index("ix_credit_takes_line_id_id", table, ["line_id", "id"])
    stands = sa.text("state <> 'given_back'")
    op.create_index("uq_credit_takes_deal", table, ["deal_kind", "deal_id"], unique=True, postgresql_where=stands)


GUARDS = """
CREATE TRIGGER credit_lines_one_world BEFORE INSERT OR UPDATE OF supplier_id, buyer_id ON credit_lines
FOR EACH ROW EXECUTE FUNCTION parties_one_world('supplier_id', 'buyer_id');

CREATE FUNCTION credit_lines_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.supplier_id, NEW.buyer_id, NEW.currency, NEW.valid_from)
        <> (OLD.id, OLD.supplier_id, OLD.buyer_id, OLD.currency, OLD.valid_from) THEN
        PERFORM receivables_refuse('credit_lines_stay', 'a line stays with its pair and its currency');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_lines_guarded BEFORE UPDATE ON credit_lines FOR EACH ROW EXECUTE FUNCTION credit_lines_guard();
CREATE TRIGGER credit_lines_not_deleted BEFORE DELETE ON credit_lines FOR EACH ROW EXECUTE FUNCTION app_refuse_change();

CREATE FUNCTION credit_takes_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,ended_at}';
BEGIN
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR (OLD.state, NEW.state) NOT IN (
        ('taken', 'invoiced'), ('taken', 'given_back')) THEN
        PERFORM receivables_refuse('credit_takes_way', 'what was taken is invoiced or given back, once');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_takes_guarded BEFORE UPDATE ON credit_takes FOR EACH ROW EXECUTE FUNCTION credit_takes_guard();
CREATE TRIGGER credit_takes_not_deleted BEFORE DELETE OR TRUNCATE ON credit_takes
FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change();
CREATE TRIGGER credit_exposures_not_deleted BEFORE DELETE OR TRUNCATE ON credit_exposures
FOR EACH STATEMENT EXECUTE FUNCTION app_refuse_change();

-- What is open of an invoice is owed, whoever issues or settles it, in the same transaction.
CREATE FUNCTION credit_follow_item() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moved bigint := NEW.amount_minor - NEW.settled_minor;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        moved := OLD.settled_minor - NEW.settled_minor;
    END IF;
    INSERT INTO credit_exposures (supplier_id, buyer_id, currency) VALUES (NEW.issuer_id, NEW.recipient_id, NEW.currency)
    ON CONFLICT DO NOTHING;
    UPDATE credit_exposures SET invoiced_minor = invoiced_minor + moved
    WHERE (supplier_id, buyer_id, currency) = (NEW.issuer_id, NEW.recipient_id, NEW.currency);
    RETURN NULL;
END $$;
CREATE TRIGGER open_items_owed AFTER INSERT ON open_items
FOR EACH ROW WHEN (NEW.kind = 'invoice') EXECUTE FUNCTION credit_follow_item();
CREATE TRIGGER open_items_owed_less AFTER UPDATE OF settled_minor ON open_items
FOR EACH ROW WHEN (NEW.kind = 'invoice' AND NEW.settled_minor <> OLD.settled_minor) EXECUTE FUNCTION credit_follow_item();
"""

# Whoever takes of a pair waits for whoever takes of it before him: the row of its exposure is the lock. A line that is changed
# meanwhile waits for both.
FUNCTIONS = """
CREATE FUNCTION credit_take(
    p_id uuid, p_supplier uuid, p_buyer uuid, p_currency text, p_amount bigint, p_kind text, p_deal uuid
) RETURNS TABLE (outcome text, limit_now bigint, exposure_now bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    today date := (app_now() AT TIME ZONE 'UTC')::date;
    line credit_lines;
    used bigint;
    before bigint;
BEGIN
    IF app_organization_id() IS NULL OR app_organization_id() NOT IN (p_supplier, p_buyer) THEN
        RAISE EXCEPTION 'credit is taken between two' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO line FROM credit_lines
    WHERE (supplier_id, buyer_id, currency) = (p_supplier, p_buyer, p_currency) FOR SHARE;
    INSERT INTO credit_exposures (supplier_id, buyer_id, currency) VALUES (p_supplier, p_buyer, p_currency)
    ON CONFLICT DO NOTHING;
    SELECT ordered_minor + invoiced_minor INTO used FROM credit_exposures
    WHERE (supplier_id, buyer_id, currency) = (p_supplier, p_buyer, p_currency) FOR NO KEY UPDATE;
    SELECT amount_minor INTO before FROM credit_takes
    WHERE (deal_kind, deal_id) = (p_kind, p_deal) AND state <> 'given_back';

    outcome := CASE
        WHEN before = p_amount THEN 'stands'
        WHEN before IS NOT NULL THEN 'otherwise'
        WHEN line.id IS NULL OR today < line.valid_from OR line.valid_until < today THEN 'none'
        WHEN line.suspension IS NOT NULL OR EXISTS (
            SELECT 1 FROM open_items WHERE (issuer_id, recipient_id, currency) = (p_supplier, p_buyer, p_currency)
              AND kind = 'invoice' AND closed_on IS NULL AND hold IS NULL AND due_on < today - line.suspend_after_days)
            THEN 'suspended'
        WHEN used + p_amount > line.limit_minor THEN 'exceeded'
        ELSE 'taken' END;
    IF outcome = 'taken' THEN
        UPDATE credit_exposures SET ordered_minor = ordered_minor + p_amount
        WHERE (supplier_id, buyer_id, currency) = (p_supplier, p_buyer, p_currency);
        INSERT INTO credit_takes (id, line_id, supplier_id, buyer_id, currency, deal_kind, deal_id, amount_minor,
            exposure_minor, limit_minor)
        VALUES (p_id, line.id, p_supplier, p_buyer, p_currency, p_kind, p_deal, p_amount, used + p_amount, line.limit_minor);
        used := used + p_amount;
    END IF;
    limit_now := coalesce(line.limit_minor, 0);
    exposure_now := used;
    RETURN NEXT;
END $$;

CREATE FUNCTION credit_end_take(p_kind text, p_deal uuid, p_state text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    taken credit_takes;
BEGIN
    SELECT * INTO taken FROM credit_takes WHERE (deal_kind, deal_id, state) = (p_kind, p_deal, 'taken');
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF app_organization_id() IS NULL OR app_organization_id() NOT IN (taken.supplier_id, taken.buyer_id) THEN
        RAISE EXCEPTION 'credit is given back between two' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM 1 FROM credit_exposures
    WHERE (supplier_id, buyer_id, currency) = (taken.supplier_id, taken.buyer_id, taken.currency) FOR NO KEY UPDATE;
    UPDATE credit_takes SET state = p_state, ended_at = app_now() WHERE id = taken.id AND state = 'taken';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE credit_exposures SET ordered_minor = ordered_minor - taken.amount_minor
    WHERE (supplier_id, buyer_id, currency) = (taken.supplier_id, taken.buyer_id, taken.currency);
    RETURN true;
END $$;
"""


def _walls() -> None:
    tenant_table("credit_lines", owner=GRANTED, read=SIDES)
    op.execute(f"REVOKE SELECT ON credit_lines FROM {BACKOFFICE}")
    op.execute(f"GRANT SELECT ({SHOWN}) ON credit_lines TO {BACKOFFICE}")
    policy("credit_lines", "credit_lines_guards", "ALL", "true", "true", OWNER)
    watched = "suspend_after_days IS NOT NULL OR suspension = 'overdue'"
    policy("credit_lines", "credit_lines_watch", "SELECT", watched, None, WORKER)
    for table in ("credit_exposures", "credit_takes"):
        wall(table)
        grant(table, ("SELECT",), APP, WORKER, AUDITOR, BACKOFFICE)
        policy(table, f"{table}_read", "SELECT", f"{SIDES} OR app_is_operator()", None, APP, WORKER)
        policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)
        policy(table, f"{table}_kept", "ALL", "true", "true", OWNER)


OF_BEFORE = """
INSERT INTO credit_exposures (supplier_id, buyer_id, currency, invoiced_minor)
SELECT issuer_id, recipient_id, currency, sum(amount_minor - settled_minor)
FROM open_items WHERE kind = 'invoice' GROUP BY 1, 2, 3
"""


def _orders() -> None:
    """How an order is paid is settled with its draft."""
    table = "purchase_orders"
    column = sa.Column("payment", sa.String(length=8), server_default=sa.text("'schedule'"), nullable=False)
    op.add_column(table, column)
    op.create_check_constraint(
        op.f("ck_purchase_orders_payment_known"),
        table,
        "payment IN ('schedule', 'account') AND (origin <> 'pool' OR payment = 'schedule')",
    )
    op.execute(ORDER_GUARD)


ORDER_GUARD = """
CREATE OR REPLACE FUNCTION order_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mover text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'an order begins as a draft' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_transition';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.buyer_id, NEW.supplier_id, NEW.number, NEW.origin, NEW.inquiry_id, NEW.award_id, NEW.quote_id,
        NEW.pool_id, NEW.pool_number, NEW.pool_key, NEW.title, NEW.title_locale, NEW.title_texts, NEW.currency,
        NEW.total_minor, NEW.incoterm, NEW.incoterm_place, NEW.lead_time_days, NEW.quote_reference, NEW.created_by)
       IS DISTINCT FROM
       (OLD.id, OLD.buyer_id, OLD.supplier_id, OLD.number, OLD.origin, OLD.inquiry_id, OLD.award_id, OLD.quote_id,
        OLD.pool_id, OLD.pool_number, OLD.pool_key, OLD.title, OLD.title_locale, OLD.title_texts, OLD.currency,
        OLD.total_minor, OLD.incoterm, OLD.incoterm_place, OLD.lead_time_days, OLD.quote_reference, OLD.created_by) THEN
        RAISE EXCEPTION 'what was ordered cannot change' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_snapshot';
    END IF;
    IF OLD.state <> 'draft' AND
       (NEW.milestone_template, NEW.payment, NEW.buyer_reference, NEW.requested_on, NEW.terms, NEW.terms_locale)
       IS DISTINCT FROM
       (OLD.milestone_template, OLD.payment, OLD.buyer_reference, OLD.requested_on, OLD.terms, OLD.terms_locale) THEN
        RAISE EXCEPTION 'only a draft can be edited' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_draft';
    END IF;
    -- A commitment binds: nothing is left to approve, and its pool alone, which is no person of the buyer, lets go of it.
    IF NEW.origin = 'pool' AND NEW.state <> OLD.state AND (NEW.state = 'awaiting_approval' OR NEW.state = 'cancelled' AND
        (OLD.state = 'draft' OR NOT NEW.ended_by_pool OR app_person_id() IS NOT NULL)) THEN
        RAISE EXCEPTION 'a pooled order binds its buyer'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pooled_order_binds';
    END IF;
    IF NEW.state <> OLD.state THEN
        SELECT side INTO mover FROM (VALUES
            ('draft', 'awaiting_approval', 'buyer'), ('draft', 'issued', 'buyer'), ('draft', 'cancelled', 'buyer'),
            ('awaiting_approval', 'issued', 'buyer'), ('awaiting_approval', 'draft', 'buyer'),
            ('awaiting_approval', 'cancelled', 'buyer'), ('issued', 'acknowledged', 'supplier'),
            ('issued', 'rejected', 'supplier'), ('issued', 'cancelled', 'buyer'),
            ('acknowledged', 'in_production', 'buyer'), ('in_production', 'shipped', 'buyer'),
            ('shipped', 'accepted', 'buyer'), ('accepted', 'closed', 'buyer')) AS legal (was, becomes, side)
            WHERE was = OLD.state AND becomes = NEW.state;
        IF mover IS NULL THEN
            RAISE EXCEPTION 'an order cannot go from % to %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation', CONSTRAINT = 'order_transition';
        END IF;
        IF app_organization_id() IS DISTINCT FROM (CASE mover WHEN 'buyer' THEN NEW.buyer_id ELSE NEW.supplier_id END) THEN
            RAISE EXCEPTION 'this step is the %''s', mover USING ERRCODE = 'check_violation', CONSTRAINT = 'order_mover';
        END IF;
    ELSIF app_organization_id() IS DISTINCT FROM NEW.buyer_id
        -- Evidence makes the order another version; nothing else of it is the supplier's to change.
        AND (to_jsonb(NEW) - 'version') IS DISTINCT FROM (to_jsonb(OLD) - 'version') THEN
        RAISE EXCEPTION 'this change is the buyer''s' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_mover';
    END IF;
    IF NEW.issued_at IS DISTINCT FROM OLD.issued_at AND NOT (OLD.issued_at IS NULL AND NEW.state = 'issued')
       OR NEW.state = 'closed' AND EXISTS (
           SELECT 1 FROM order_milestones WHERE order_id = NEW.id AND state NOT IN ('accepted', 'waived')) THEN
        RAISE EXCEPTION 'an order is issued once, and closed when all is done'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_transition';
    END IF;
    RETURN NEW;
END $$;
"""
