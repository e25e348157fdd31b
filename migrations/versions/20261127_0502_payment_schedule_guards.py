"""What the database holds of payment schedules: shares are whole, sums are those of what happened, nothing goes a wrong way, and
nothing of a disputed milestone moves. Orders say on what terms they are paid, and milestones may be accepted by silence."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, append_only, grant, policy, tenant_table, wall

revision = "20261127_0502"
down_revision = "20261127_0501"
branch_labels = None
depends_on = None

BUYER = "buyer_id = app_organization_id()"
SIDES = f"{BUYER} OR supplier_id = app_organization_id()"
# What the operator's screens show: not where money is sent, nor what the payer's browser was handed, nor what the sides write.
SHOWN = (
    "id, milestone_id, buyer_id, supplier_id, currency, number, way, state, amount_minor, captured_minor, country, shown, "
    "payment, reason, asked_by, looked_at, changed_at, created_at"
)
SHOWN_OF_REFUNDS = (
    "id, milestone_id, buyer_id, supplier_id, currency, payment_id, number, kind, state, from_escrow_minor, from_supplier_minor, "
    "refund, decided_by, changed_at, created_at"
)
TABLES = (
    "payment_schedules",
    "payment_milestones",
    "milestone_payments",
    "milestone_releases",
    "milestone_refunds",
    "milestone_chargebacks",
)


def upgrade() -> None:
    _walls()
    for statements in (SHARES, MILESTONES, PAYMENTS, BACK, SUMS):
        op.execute(statements)
    for table in ("payment_schedules", "milestone_releases"):
        append_only(table)
    for table in set(TABLES) - {"payment_schedules", "milestone_releases"}:
        op.execute(
            f"CREATE TRIGGER {table}_not_deleted BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION app_refuse_change()"
        )
    _orders()


def _walls() -> None:
    tenant_table("payment_schedules", owner=SIDES, privileges=("SELECT", "INSERT"))
    tenant_table("payment_milestones", owner=SIDES)
    tenant_table("milestone_releases", owner=BUYER, read=SIDES, privileges=("SELECT", "INSERT"))
    tenant_table("milestone_refunds", owner=BUYER, read=SIDES)
    tenant_table("milestone_chargebacks", owner=BUYER, read=SIDES)
    op.execute(f"REVOKE SELECT ON milestone_refunds FROM {BACKOFFICE}")
    op.execute(f"GRANT SELECT ({SHOWN_OF_REFUNDS}) ON milestone_refunds TO {BACKOFFICE}")
    # How the buyer pays is his own; the worker finds a payment by what the provider calls it.
    table = "milestone_payments"
    wall(table)
    grant(table, ("SELECT", "INSERT", "UPDATE"), APP, WORKER)
    policy(table, f"{table}_read", "SELECT", BUYER, None, APP)
    policy(table, f"{table}_find", "SELECT", f"{BUYER} OR app_is_operator()", None, WORKER)
    policy(table, f"{table}_insert", "INSERT", None, BUYER, APP, WORKER)
    policy(table, f"{table}_update", "UPDATE", BUYER, BUYER, APP, WORKER)
    grant(table, ("SELECT",), AUDITOR)
    op.execute(f"GRANT SELECT ({SHOWN}) ON {table} TO {BACKOFFICE}")
    policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)
    for one in TABLES:
        policy(one, f"{one}_guards", "SELECT", "true", None, OWNER)


# Looked at when the transaction ends.
SHARES = """
CREATE FUNCTION schedules_refuse(p_guard text, p_what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_what USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;

CREATE FUNCTION payment_schedule_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    concerned uuid;
BEGIN
    IF TG_TABLE_NAME = 'payment_schedules' THEN
        concerned := NEW.id;
    ELSE
        concerned := NEW.schedule_id;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM payment_schedules s WHERE s.id = concerned AND (s.total_minor, 10000) = (
            SELECT coalesce(sum(m.amount_minor), 0), coalesce(sum(m.share_bp), 0) FROM payment_milestones m
            WHERE m.schedule_id = s.id)) THEN
        PERFORM schedules_refuse('payment_schedules_whole', 'milestones share all of a schedule');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_schedules_whole AFTER INSERT ON payment_schedules
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_schedule_whole();
CREATE CONSTRAINT TRIGGER payment_milestones_whole AFTER INSERT ON payment_milestones
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_schedule_whole();
"""

MILESTONES = """
CREATE FUNCTION payment_milestones_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,silent_at,accepted_at,accepted_by,free_on,retention_settled,due_on,pay_by,frozen_by,funded_minor,'
        'released_minor,refunding_minor,refunded_minor,surplus_minor,charged_back_minor,taken_back_minor,steps,version}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'planned' OR NEW.steps <> 0 OR NEW.frozen_by IS NOT NULL OR NEW.retention_settled THEN
            PERFORM schedules_refuse('payment_milestones_way', 'a milestone begins as planned');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR NEW.steps < OLD.steps
        OR (OLD.retention_settled AND NOT NEW.retention_settled) THEN
        PERFORM schedules_refuse('payment_milestones_stay', 'what was agreed on stays, and what has happened');
    END IF;
    IF OLD.state = 'accepted' AND (NEW.state, NEW.accepted_at, NEW.accepted_by, NEW.free_on)
        IS DISTINCT FROM (OLD.state, OLD.accepted_at, OLD.accepted_by, OLD.free_on)
        OR NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('planned', 'evidenced'), ('returned', 'evidenced'), ('evidenced', 'returned'),
            ('planned', 'accepted'), ('evidenced', 'accepted'), ('returned', 'accepted')) THEN
        PERFORM schedules_refuse('payment_milestones_way', format('a milestone does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'accepted' AND OLD.state <> 'accepted' AND NOT (
        NEW.accepted_by = 'buyer' AND app_organization_id() IS NOT DISTINCT FROM NEW.buyer_id
        OR NEW.accepted_by = 'silence' AND OLD.state = 'evidenced' AND OLD.silent_at <= app_now()
        OR NEW.accepted_by = 'terms' AND NEW.evidence IN ('none', 'order_acknowledged')
        OR NEW.accepted_by = 'dispute' AND NEW.funded_minor > 0) THEN
        PERFORM schedules_refuse('payment_milestones_accepted', 'a milestone is accepted by its buyer, or by his silence');
    END IF;
    IF OLD.frozen_by IS NOT NULL AND (NEW.frozen_by <> OLD.frozen_by OR NEW.frozen_by IS NOT NULL AND (
        NEW.state <> OLD.state OR NEW.released_minor <> OLD.released_minor OR NEW.refunding_minor > OLD.refunding_minor)) THEN
        PERFORM schedules_refuse('payment_milestones_frozen', 'nothing of a disputed milestone moves');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_milestones_guarded BEFORE INSERT OR UPDATE ON payment_milestones
FOR EACH ROW EXECUTE FUNCTION payment_milestones_guard();
"""

PAYMENTS = """
CREATE FUNCTION milestone_payments_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,captured_minor,token,method,shown,payment,bank_accounts,remittance,instructions_url,reason,looked_at,'
        'changed_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'pending' THEN
            PERFORM schedules_refuse('milestone_payments_way', 'a payment begins pending');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves
        OR OLD.payment IS NOT NULL AND NEW.payment IS DISTINCT FROM OLD.payment
        OR OLD.state = 'captured' AND NEW.captured_minor <> OLD.captured_minor THEN
        PERFORM schedules_refuse('milestone_payments_stay', 'a payment stays what it is, and what came stays');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('pending', 'processing'), ('pending', 'captured'), ('pending', 'declined'), ('processing', 'captured'),
        ('processing', 'declined'), ('processing', 'withdrawing'), ('processing', 'withdrawn'), ('withdrawing', 'withdrawn'),
        ('withdrawing', 'captured'), ('withdrawing', 'declined'), ('declined', 'captured'), ('withdrawn', 'captured')) THEN
        PERFORM schedules_refuse('milestone_payments_way', format('a payment does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER milestone_payments_guarded BEFORE INSERT OR UPDATE ON milestone_payments
FOR EACH ROW EXECUTE FUNCTION milestone_payments_guard();
"""

BACK = """
CREATE FUNCTION milestone_refunds_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (NEW.kind = 'foreign') <> (NEW.state = 'done') OR NEW.state NOT IN ('pending', 'done') THEN
            PERFORM schedules_refuse('milestone_refunds_way', 'a refund begins pending, unless the provider gave it back');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - '{state,refund,changed_at}'::text[] <> to_jsonb(OLD) - '{state,refund,changed_at}'::text[]
        OR OLD.refund IS NOT NULL AND NEW.refund IS DISTINCT FROM OLD.refund THEN
        PERFORM schedules_refuse('milestone_refunds_stay', 'a refund stays what was decided');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('pending', 'processing'), ('pending', 'done'), ('pending', 'failed'),
        ('processing', 'done'), ('processing', 'failed')) THEN
        PERFORM schedules_refuse('milestone_refunds_way', format('a refund does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER milestone_refunds_guarded BEFORE INSERT OR UPDATE ON milestone_refunds
FOR EACH ROW EXECUTE FUNCTION milestone_refunds_guard();

CREATE FUNCTION milestone_chargebacks_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            PERFORM schedules_refuse('milestone_chargebacks_way', 'a chargeback begins open');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - '{state,ended_at}'::text[] <> to_jsonb(OLD) - '{state,ended_at}'::text[] OR OLD.state <> 'open' THEN
        PERFORM schedules_refuse('milestone_chargebacks_way', 'a chargeback ends once, and else stays');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER milestone_chargebacks_guarded BEFORE INSERT OR UPDATE ON milestone_chargebacks
FOR EACH ROW EXECUTE FUNCTION milestone_chargebacks_guard();
"""

# Looked at when the transaction ends: a milestone's sums are those of what happened to it.
SUMS = """
CREATE FUNCTION payment_milestone_sums() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    concerned uuid;
    stands payment_milestones;
    back record;
    charged record;
BEGIN
    IF TG_TABLE_NAME = 'payment_milestones' THEN
        concerned := NEW.id;
    ELSE
        concerned := NEW.milestone_id;
    END IF;
    SELECT * INTO stands FROM payment_milestones WHERE id = concerned;
    SELECT coalesce(sum(from_escrow_minor + from_supplier_minor) FILTER (WHERE state = 'done'), 0) AS done,
        coalesce(sum(from_escrow_minor + from_supplier_minor) FILTER (WHERE state <> 'done'), 0) AS put_aside,
        coalesce(sum(from_escrow_minor + from_supplier_minor) FILTER (WHERE kind = 'surplus'), 0) AS surplus,
        coalesce(sum(from_supplier_minor), 0) AS from_supplier
    INTO back FROM milestone_refunds WHERE milestone_id = concerned AND state <> 'failed';
    SELECT coalesce(sum(from_escrow_minor + from_supplier_minor), 0) AS taken,
        coalesce(sum(from_supplier_minor), 0) AS from_supplier
    INTO charged FROM milestone_chargebacks WHERE milestone_id = concerned AND state <> 'won';
    IF (stands.funded_minor, stands.released_minor, stands.refunded_minor, stands.refunding_minor, stands.surplus_minor,
        stands.charged_back_minor, stands.taken_back_minor) <> (
            (SELECT coalesce(sum(captured_minor), 0) FROM milestone_payments WHERE milestone_id = concerned),
            (SELECT coalesce(sum(amount_minor), 0) FROM milestone_releases WHERE milestone_id = concerned),
            back.done, back.put_aside, back.surplus, charged.taken, back.from_supplier + charged.from_supplier) THEN
        PERFORM schedules_refuse('payment_milestones_sums', format('sums of milestone %s', concerned));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_milestones_sums AFTER UPDATE ON payment_milestones
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_milestone_sums();
CREATE CONSTRAINT TRIGGER milestone_payments_sums AFTER INSERT OR UPDATE ON milestone_payments
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_milestone_sums();
CREATE CONSTRAINT TRIGGER milestone_releases_sums AFTER INSERT ON milestone_releases
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_milestone_sums();
CREATE CONSTRAINT TRIGGER milestone_refunds_sums AFTER INSERT OR UPDATE ON milestone_refunds
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_milestone_sums();
CREATE CONSTRAINT TRIGGER milestone_chargebacks_sums AFTER INSERT OR UPDATE ON milestone_chargebacks
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_milestone_sums();
"""

ORDER_TERMS = """
CREATE FUNCTION order_payment_terms_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'only a draft can be edited' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_draft';
END $$;
CREATE TRIGGER order_payment_terms_stay BEFORE UPDATE ON purchase_orders FOR EACH ROW
WHEN (OLD.state <> 'draft' AND (NEW.retention_bp, NEW.retention_days, NEW.silence_days, NEW.payment_days)
      IS DISTINCT FROM (OLD.retention_bp, OLD.retention_days, OLD.silence_days, OLD.payment_days))
EXECUTE FUNCTION order_payment_terms_guard();
"""


def _orders() -> None:
    for name, days in (("retention_bp", "0"), ("retention_days", "0"), ("silence_days", "14"), ("payment_days", "14")):
        column = sa.Column(name, sa.SmallInteger(), server_default=sa.text(days), nullable=False)
        op.add_column("purchase_orders", column)
    op.create_check_constraint(
        op.f("ck_purchase_orders_payment_terms_in_range"),
        "purchase_orders",
        "retention_bp BETWEEN 0 AND 5000 AND (retention_bp = 0) = (retention_days = 0) AND retention_days BETWEEN 0 AND 3650 "
        "AND silence_days BETWEEN 1 AND 365 AND payment_days BETWEEN 0 AND 365",
    )
    op.execute(ORDER_TERMS)
    op.drop_constraint(op.f("ck_milestone_events_act_known"), "milestone_events")
    acts = "'added', 'submitted', 'accepted', 'returned', 'waived', 'counted'"
    op.create_check_constraint(op.f("ck_milestone_events_act_known"), "milestone_events", f"act IN ({acts})")
    op.create_check_constraint(
        op.f("ck_milestone_events_counted_by_nobody"), "milestone_events", "act <> 'counted' OR person_id IS NULL"
    )
