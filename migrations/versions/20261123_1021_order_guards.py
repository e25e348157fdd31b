"""Procurement: the walls and guards of awards, purchase orders and milestones.

What the rules in Python allow stands here once more: who sees what, legal transitions and whose step each is, what may
still change, and that every order adds up whenever a transaction commits.
"""

from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, WORKER, append_only, grant, policy, tenant_table, wall

revision = "20261123_1021"
down_revision = "20261123_1020"
branch_labels = None
depends_on = None

BUYER = "buyer_id = app_organization_id()"
SUPPLIER = "supplier_id = app_organization_id()"
ISSUED = "EXISTS (SELECT 1 FROM purchase_orders o WHERE o.id = {table}.order_id AND o.issued_at IS NOT NULL)"


ORDER_GUARDS = """
CREATE FUNCTION order_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mover text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'an order begins as a draft' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_transition';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.buyer_id, NEW.supplier_id, NEW.number, NEW.inquiry_id, NEW.award_id, NEW.quote_id, NEW.title,
        NEW.title_locale, NEW.currency, NEW.total_minor, NEW.incoterm, NEW.incoterm_place, NEW.lead_time_days,
        NEW.quote_reference, NEW.created_by)
       IS DISTINCT FROM
       (OLD.id, OLD.buyer_id, OLD.supplier_id, OLD.number, OLD.inquiry_id, OLD.award_id, OLD.quote_id, OLD.title,
        OLD.title_locale, OLD.currency, OLD.total_minor, OLD.incoterm, OLD.incoterm_place, OLD.lead_time_days,
        OLD.quote_reference, OLD.created_by) THEN
        RAISE EXCEPTION 'what was awarded cannot change' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_snapshot';
    END IF;
    IF OLD.state <> 'draft' AND
       (NEW.milestone_template, NEW.buyer_reference, NEW.requested_on, NEW.terms, NEW.terms_locale) IS DISTINCT FROM
       (OLD.milestone_template, OLD.buyer_reference, OLD.requested_on, OLD.terms, OLD.terms_locale) THEN
        RAISE EXCEPTION 'only a draft can be edited' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_draft';
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
CREATE TRIGGER order_guard BEFORE INSERT OR UPDATE ON purchase_orders FOR EACH ROW EXECUTE FUNCTION order_guard();

CREATE FUNCTION order_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.state = OLD.state THEN
        RETURN NULL;
    END IF;
    INSERT INTO order_events (order_id, buyer_id, supplier_id, state, organization_id, person_id, shared)
        VALUES (NEW.id, NEW.buyer_id, NEW.supplier_id, NEW.state, app_organization_id(), app_person_id(),
                NEW.issued_at IS NOT NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER order_history AFTER INSERT OR UPDATE ON purchase_orders FOR EACH ROW EXECUTE FUNCTION order_history();

CREATE FUNCTION order_lines_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM purchase_orders WHERE id = NEW.order_id AND state = 'draft';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only a draft can be edited' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_draft';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_lines_guard BEFORE INSERT ON order_lines FOR EACH ROW EXECUTE FUNCTION order_lines_guard();

CREATE FUNCTION award_lines_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- Before the opening the buyer sees no price, so this finds none.
        PERFORM 1 FROM quote_prices p JOIN quotes q ON q.id = p.quote_id
            WHERE p.id = NEW.price_id AND q.state = 'submitted' AND p.line_id IS NOT DISTINCT FROM NEW.line_id
              AND (p.inquiry_id, p.buyer_id, p.supplier_id) = (NEW.inquiry_id, NEW.buyer_id, NEW.supplier_id)
              AND EXISTS (SELECT 1 FROM inquiry_openings o WHERE o.inquiry_id = NEW.inquiry_id);
        IF NOT FOUND OR NEW.released_at IS NOT NULL THEN
            RAISE EXCEPTION 'only a price of an opened quote is awarded'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'award_of_opened_quote';
        END IF;
        RETURN NEW;
    END IF;
    PERFORM 1 FROM purchase_orders WHERE id = NEW.order_id AND state IN ('rejected', 'cancelled');
    IF NOT FOUND OR OLD.released_at IS NOT NULL OR NEW.released_at IS NULL
       OR (NEW.id, NEW.award_id, NEW.inquiry_id, NEW.buyer_id, NEW.supplier_id, NEW.order_id, NEW.line_id, NEW.price_id)
          IS DISTINCT FROM
          (OLD.id, OLD.award_id, OLD.inquiry_id, OLD.buyer_id, OLD.supplier_id, OLD.order_id, OLD.line_id, OLD.price_id)
    THEN
        RAISE EXCEPTION 'an award is released with its order, once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'award_released_with_order';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER award_lines_guard BEFORE INSERT OR UPDATE ON award_lines
    FOR EACH ROW EXECUTE FUNCTION award_lines_guard();
"""

MILESTONE_GUARDS = """
CREATE FUNCTION milestone_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    order_state text;
    mover text;
BEGIN
    SELECT state INTO order_state FROM purchase_orders
        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.order_id ELSE NEW.order_id END;
    IF TG_OP = 'DELETE' THEN
        IF order_state IS DISTINCT FROM 'draft' THEN
            RAISE EXCEPTION 'only a draft can be edited' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_draft';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'planned' OR order_state IS NULL OR (order_state <> 'draft' AND NOT (
            order_state IN ('acknowledged', 'in_production') AND NEW.share_bp = 0 AND NEW.code ~ '^t[0-9]+$')) THEN
            RAISE EXCEPTION 'a binding order gets no milestone but a further trial'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'order_draft';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.order_id, NEW.buyer_id, NEW.supplier_id, NEW.position, NEW.code, NEW.share_bp, NEW.amount_minor,
        NEW.due_offset_weeks, NEW.evidence_kinds, NEW.after, NEW.optional)
       IS DISTINCT FROM
       (OLD.id, OLD.order_id, OLD.buyer_id, OLD.supplier_id, OLD.position, OLD.code, OLD.share_bp, OLD.amount_minor,
        OLD.due_offset_weeks, OLD.evidence_kinds, OLD.after, OLD.optional)
       OR (OLD.due_on IS NOT NULL AND NEW.due_on IS DISTINCT FROM OLD.due_on) THEN
        RAISE EXCEPTION 'a milestone is not rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'milestone_snapshot';
    END IF;
    IF NEW.state = OLD.state THEN
        IF (NEW.decided_at, NEW.decided_by) IS DISTINCT FROM (OLD.decided_at, OLD.decided_by)
           OR app_organization_id() IS DISTINCT FROM NEW.buyer_id THEN
            RAISE EXCEPTION 'a decision is not rewritten'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'milestone_snapshot';
        END IF;
        RETURN NEW;
    END IF;
    SELECT side INTO mover FROM (VALUES
        ('planned', 'submitted', 'supplier'), ('returned', 'submitted', 'supplier'), ('submitted', 'accepted', 'buyer'),
        ('submitted', 'returned', 'buyer'), ('planned', 'waived', 'buyer'), ('returned', 'waived', 'buyer'))
        AS legal (was, becomes, side) WHERE was = OLD.state AND becomes = NEW.state;
    IF mover IS NULL OR order_state IS NULL
       OR order_state NOT IN ('acknowledged', 'in_production', 'shipped', 'accepted') THEN
        RAISE EXCEPTION 'a milestone cannot go from % to % in a % order', OLD.state, NEW.state, order_state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'milestone_transition';
    END IF;
    IF app_organization_id() IS DISTINCT FROM (CASE mover WHEN 'buyer' THEN NEW.buyer_id ELSE NEW.supplier_id END) THEN
        RAISE EXCEPTION 'this step is the %''s', mover USING ERRCODE = 'check_violation', CONSTRAINT = 'milestone_mover';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER milestone_guard BEFORE INSERT OR UPDATE OR DELETE ON order_milestones
    FOR EACH ROW EXECUTE FUNCTION milestone_guard();

CREATE FUNCTION order_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    concerned uuid;
    buyer uuid;
    acting text := coalesce(current_setting('app.organization_id', true), '');
    total bigint;
    of_lines numeric;
    of_milestones numeric;
    shares bigint;
BEGIN
    IF TG_TABLE_NAME = 'purchase_orders' THEN
        concerned := NEW.id; buyer := NEW.buyer_id;
    ELSIF TG_OP = 'DELETE' THEN
        concerned := OLD.order_id; buyer := OLD.buyer_id;
    ELSE
        concerned := NEW.order_id; buyer := NEW.buyer_id;
    END IF;
    -- It runs at the commit, when the transaction may act for somebody else or for nobody.
    PERFORM set_config('app.organization_id', buyer::text, true);
    SELECT total_minor INTO total FROM purchase_orders WHERE id = concerned;
    SELECT coalesce(sum(total_minor), -1) INTO of_lines FROM order_lines WHERE order_id = concerned;
    SELECT coalesce(sum(amount_minor), -1), coalesce(sum(share_bp), 0) INTO of_milestones, shares
        FROM order_milestones WHERE order_id = concerned;
    PERFORM set_config('app.organization_id', acting, true);
    IF total IS NULL OR of_lines <> total OR of_milestones <> total OR shares <> 10000 THEN
        RAISE EXCEPTION 'order %: total %, lines %, milestones %, shares %', concerned, total, of_lines, of_milestones, shares
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_adds_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER order_adds_up AFTER INSERT ON purchase_orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_adds_up();
CREATE CONSTRAINT TRIGGER order_lines_add_up AFTER INSERT ON order_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_adds_up();
CREATE CONSTRAINT TRIGGER order_milestones_add_up AFTER INSERT OR DELETE ON order_milestones
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_adds_up();
"""


def upgrade() -> None:
    _orders()
    tenant_table("awards", owner=BUYER, privileges=("SELECT", "INSERT"))
    append_only("awards")
    tenant_table("order_counters", owner=BUYER)
    for table, privileges in (
        ("order_lines", ("SELECT", "INSERT")),
        ("award_lines", ("SELECT", "INSERT", "UPDATE")),
        ("order_milestones", ("SELECT", "INSERT", "UPDATE", "DELETE")),
    ):
        _of_order(table, privileges)
    append_only("order_lines")
    own = f"organization_id = app_organization_id() AND ({BUYER} OR {SUPPLIER})"
    seen = f"{BUYER} OR ({SUPPLIER} AND {ISSUED.format(table='milestone_events')})"
    tenant_table("milestone_events", owner=own, read=seen, privileges=("SELECT", "INSERT"))
    append_only("milestone_events")
    tenant_table("order_events", owner=own, read=f"{BUYER} OR ({SUPPLIER} AND shared)", privileges=("SELECT", "INSERT"))
    append_only("order_events")
    op.execute(ORDER_GUARDS)
    op.execute(MILESTONE_GUARDS)


def _orders() -> None:
    """The supplier knows of an order from its issue on; until then it is the buyer's alone."""
    table = "purchase_orders"
    wall(table)
    grant(table, ("SELECT", "INSERT", "UPDATE"), APP, WORKER)
    grant(table, ("SELECT",), AUDITOR, BACKOFFICE)
    seen = f"{BUYER} OR ({SUPPLIER} AND issued_at IS NOT NULL)"
    policy(table, f"{table}_read", "SELECT", f"{seen} OR app_is_operator()", None, APP, WORKER)
    policy(table, f"{table}_insert", "INSERT", None, BUYER, APP, WORKER)
    policy(table, f"{table}_update", "UPDATE", seen, seen, APP, WORKER)
    policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)


def _of_order(table: str, privileges: tuple[str, ...]) -> None:
    """What hangs on an order is made and removed by the buyer, and read and moved by both once it is issued."""
    wall(table)
    grant(table, privileges, APP, WORKER)
    grant(table, ("SELECT",), AUDITOR, BACKOFFICE)
    seen = f"{BUYER} OR ({SUPPLIER} AND {ISSUED.format(table=table)})"
    policy(table, f"{table}_read", "SELECT", f"{seen} OR app_is_operator()", None, APP, WORKER)
    policy(table, f"{table}_insert", "INSERT", None, BUYER, APP, WORKER)
    if "UPDATE" in privileges:
        policy(table, f"{table}_update", "UPDATE", seen, seen, APP, WORKER)
    if "DELETE" in privileges:
        policy(table, f"{table}_delete", "DELETE", BUYER, None, APP, WORKER)
    policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR, BACKOFFICE)


def downgrade() -> None:
    for function in ("order_guard", "order_history", "order_lines_guard", "award_lines_guard", "milestone_guard",
                     "order_adds_up"):  # fmt: skip
        op.execute(f"DROP FUNCTION {function}() CASCADE")
