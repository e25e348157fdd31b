"""Deposits of commitments, framework orders, and the members' orders under them."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, AUDITOR, BACKOFFICE, OWNER, WORKER, grant, policy, wall

revision = "20261126_2450"
down_revision = "20261126_2420"
branch_labels = None
depends_on = None

LEAD = "lead_id = app_organization_id()"
MEMBER = "member_id = app_organization_id()"
SUPPLIER = "supplier_id = app_organization_id()"

CAMPAIGNS = """
ALTER TABLE campaigns DROP CONSTRAINT ck_campaigns_state_known;
ALTER TABLE campaigns ADD CONSTRAINT ck_campaigns_state_known CHECK (
    state IN ('draft', 'open', 'frozen', 'cleared', 'ordering', 'ordered', 'failed', 'cancelled'));

CREATE OR REPLACE FUNCTION campaigns_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,closes_at,seed_digest,seed,opened_at,frozen_at,ended_at,cancelled_at,cancel_reason,version}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.seed_digest IS NOT NULL THEN
            PERFORM pooling_refuse('campaigns_way', 'a campaign begins as a draft');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'draft' AND (to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves
        OR NEW.seed_digest IS DISTINCT FROM OLD.seed_digest OR NEW.opened_at IS DISTINCT FROM OLD.opened_at
        OR (OLD.seed IS NOT NULL AND NEW.seed <> OLD.seed)) THEN
        PERFORM pooling_refuse('campaigns_stay', 'what a campaign was opened with stays');
    END IF;
    IF OLD.state <> 'draft' AND NEW.closes_at <> OLD.closes_at
        AND NOT (OLD.state = 'open' AND NEW.state = 'open' AND NEW.closes_at > OLD.closes_at AND app_now() < OLD.closes_at) THEN
        PERFORM pooling_refuse('campaigns_close_later', 'a campaign closes later than it was told, or as it was told');
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NOT (
        (OLD.state = 'draft' AND NEW.state IN ('open', 'cancelled'))
        OR (OLD.state = 'open' AND NEW.state = 'cancelled' AND app_now() < OLD.closes_at)
        OR (OLD.state = 'open' AND NEW.state = 'frozen' AND app_now() >= OLD.closes_at)
        OR (OLD.state = 'frozen' AND NEW.state IN ('cleared', 'failed'))
        OR (OLD.state = 'cleared' AND NEW.state IN ('frozen', 'ordering'))
        OR (OLD.state = 'ordering' AND NEW.state = 'ordered')
    ) THEN
        PERFORM pooling_refuse('campaigns_way', format('a campaign does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'open' AND (NEW.closes_at <= app_now() OR NOT campaign_is_whole(NEW.id, NEW.seed_digest)) THEN
        PERFORM pooling_refuse('campaigns_whole', 'a campaign opens with items, places, a seed and time left');
    END IF;
    IF NEW.state = 'frozen' AND OLD.state = 'open' AND sha256(convert_to(NEW.seed, 'UTF8')) IS DISTINCT FROM OLD.seed_digest THEN
        PERFORM pooling_refuse('campaigns_seed', 'the seed told at the freeze is the one promised at the opening');
    END IF;
    IF NEW.state IN ('cleared', 'failed') AND NOT EXISTS (
        SELECT 1 FROM clearings c WHERE c.campaign_id = NEW.id
          AND c.round = (SELECT max(l.round) FROM clearings l WHERE l.campaign_id = NEW.id)
          AND c.state = CASE NEW.state WHEN 'cleared' THEN 'done' ELSE 'failed' END) THEN
        PERFORM pooling_refuse('campaigns_cleared', 'a campaign ends as its last clearing did');
    END IF;
    IF OLD.state = 'cleared' AND (NEW.state = 'frozen') <> campaign_is_left_by_somebody(NEW.id) THEN
        PERFORM pooling_refuse('campaigns_paid', 'what is cleared is ordered when all have paid, else cleared again');
    END IF;
    IF NEW.state = 'ordered' AND NOT campaign_is_ordered(NEW.id) THEN
        PERFORM pooling_refuse('campaigns_ordered', 'a campaign is ordered when every order stands');
    END IF;
    RETURN NEW;
END $$;

-- Whether one whom the last clearing serves has not paid in time. Raises while somebody else's payment is not decided.
CREATE FUNCTION campaign_is_left_by_somebody(p_campaign uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last_done uuid := (SELECT id FROM clearings WHERE campaign_id = p_campaign AND state = 'done' ORDER BY round DESC LIMIT 1);
    unpaid bigint;
    defaulted bigint;
BEGIN
    SELECT count(*) FILTER (WHERE d.state IS DISTINCT FROM 'captured'), count(*) FILTER (WHERE d.state = 'defaulted')
    INTO unpaid, defaulted
    FROM allotments a JOIN campaigns c ON c.id = a.campaign_id
    LEFT JOIN LATERAL (
        SELECT p.state FROM pool_deposits p WHERE p.commitment_id = a.commitment_id ORDER BY p.id DESC LIMIT 1
    ) d ON true
    WHERE a.clearing_id = last_done AND a.served AND c.deposit_bp > 0;
    IF unpaid > 0 AND defaulted = 0 THEN
        PERFORM pooling_refuse('campaigns_paid', 'somebody has still time to pay');
    END IF;
    RETURN defaulted > 0;
END $$;

CREATE FUNCTION campaign_is_ordered(p_campaign uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN EXISTS (SELECT 1 FROM framework_lines l WHERE l.campaign_id = p_campaign)
   AND NOT EXISTS (SELECT 1 FROM framework_lines l WHERE l.campaign_id = p_campaign AND l.order_id IS NULL);
"""

DEPOSITS = """
CREATE FUNCTION pool_deposits_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,attempt,token,method,shown,payment,reason,give_back,due_at,version,changed_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'pending' OR NEW.attempt <> 1 OR NEW.give_back THEN
            PERFORM pooling_refuse('pool_deposits_way', 'a deposit begins pending');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves OR (OLD.give_back AND NOT NEW.give_back)
        OR NEW.attempt <> OLD.attempt + (OLD.state = 'declined' AND NEW.state = 'pending')::integer THEN
        PERFORM pooling_refuse('pool_deposits_stay', 'what is secured stays, and what is to be given back');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('pending', 'held'), ('pending', 'saved'), ('pending', 'declined'), ('pending', 'releasing'), ('held', 'capturing'),
        ('held', 'releasing'), ('saved', 'charging'), ('saved', 'releasing'), ('charging', 'captured'), ('charging', 'declined'),
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
CREATE TRIGGER pool_deposits_guarded BEFORE INSERT OR UPDATE ON pool_deposits
FOR EACH ROW EXECUTE FUNCTION pool_deposits_guard();
CREATE TRIGGER pool_deposits_not_deleted BEFORE DELETE ON pool_deposits FOR EACH ROW EXECUTE FUNCTION app_refuse_change();
"""

ORDERS = """
-- A line is tied to an order once, and to the member's own of this supplier under this framework order.
CREATE FUNCTION framework_lines_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.order_id IS NOT NULL THEN
            PERFORM pooling_refuse('framework_lines_way', 'orders are placed after they were planned');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.order_id IS NOT NULL OR to_jsonb(NEW) - 'order_id' <> to_jsonb(OLD) - 'order_id' OR NOT EXISTS (
        SELECT 1 FROM purchase_orders o WHERE o.id = NEW.order_id AND o.origin = 'pool' AND o.pool_id = NEW.framework_id
          AND (o.pool_key, o.buyer_id, o.supplier_id, o.total_minor)
            = (NEW.commitment_id, NEW.member_id, NEW.supplier_id, NEW.payment_minor)) THEN
        PERFORM pooling_refuse('framework_lines_way', 'a line becomes the order that it was planned as');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER framework_lines_guarded BEFORE INSERT OR UPDATE ON framework_lines
FOR EACH ROW EXECUTE FUNCTION framework_lines_guard();
CREATE TRIGGER framework_lines_not_deleted BEFORE DELETE ON framework_lines
FOR EACH ROW EXECUTE FUNCTION app_refuse_change();
CREATE TRIGGER framework_orders_append_only BEFORE UPDATE OR DELETE ON framework_orders
FOR EACH ROW EXECUTE FUNCTION app_refuse_change();

-- Looked at when the transaction ends: framework orders come to what suppliers are paid, their lines to what members pay.
CREATE FUNCTION framework_orders_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whole record;
    cleared clearings;
BEGIN
    SELECT * INTO cleared FROM clearings WHERE id = NEW.clearing_id;
    SELECT sum(total_minor) AS total, sum(members_minor) AS members, sum(lots) AS lots INTO whole
    FROM framework_orders WHERE campaign_id = NEW.campaign_id;
    IF whole.total <> cleared.cost_minor OR whole.lots <> cleared.lots
        OR whole.members <> cleared.cost_minor + cleared.remainder_minor
        OR (SELECT (coalesce(sum(payment_minor), 0)::bigint, coalesce(sum(lots), 0)::bigint)
            FROM framework_lines WHERE framework_id = NEW.id) <> (NEW.members_minor, NEW.lots)
        OR EXISTS (
            SELECT 1 FROM (
                SELECT commitment_id, lots, payment_minor FROM framework_lines WHERE campaign_id = NEW.campaign_id
                UNION ALL
                SELECT commitment_id, -lots, -payment_minor FROM allotments WHERE clearing_id = NEW.clearing_id AND served
            ) AS ordered GROUP BY commitment_id HAVING sum(lots) <> 0 OR sum(payment_minor) <> 0
        ) THEN
        PERFORM pooling_refuse('framework_orders_balance', 'what is ordered is what was cleared');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER framework_orders_balanced AFTER INSERT ON framework_orders
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION framework_orders_balance();
"""


def upgrade() -> None:
    _pool_deposits()
    _framework_orders()
    _framework_lines()
    for statements in (CAMPAIGNS, DEPOSITS, ORDERS):
        op.execute(statements)
    _walls()


def _pool_deposits() -> None:
    op.create_table(
        "pool_deposits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("token", sa.String(length=200), nullable=True),
        sa.Column("method", sa.String(length=200), nullable=True),
        sa.Column("shown", sa.String(length=80), nullable=True),
        sa.Column("payment", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.Column("give_back", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(state IN ('declined', 'defaulted')) <= (reason IS NOT NULL)",
            name=op.f("ck_pool_deposits_declined_has_reason"),
        ),
        sa.CheckConstraint(
            "reason IN ('generic', 'insufficient_funds', 'expired_method', 'authentication_required', 'limit_exceeded', "
            "'blocked_method', 'cannot_hold', 'not_saved')",
            name=op.f("ck_pool_deposits_reason_known"),
        ),
        sa.CheckConstraint(
            "state <> 'captured' OR payment IS NOT NULL", name=op.f("ck_pool_deposits_captured_has_payment")
        ),
        sa.CheckConstraint(
            "state <> 'pending' OR num_nonnulls(token, method) > 0", name=op.f("ck_pool_deposits_pending_has_method")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'held', 'saved', 'charging', 'capturing', 'captured', "
            "'declined', 'releasing', 'released', 'defaulted')",
            name=op.f("ck_pool_deposits_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('held', 'capturing') OR payment IS NOT NULL", name=op.f("ck_pool_deposits_held_has_payment")
        ),
        sa.CheckConstraint(
            "state NOT IN ('saved', 'charging') OR method IS NOT NULL", name=op.f("ck_pool_deposits_saved_has_method")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_pool_deposits_amount_positive")),
        sa.CheckConstraint("attempt > 0", name=op.f("ck_pool_deposits_attempts_count")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "currency"],
            ["campaigns.id", "campaigns.currency"],
            name=op.f("fk_pool_deposits_campaign_id_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "lead_id"],
            ["campaigns.id", "campaigns.lead_id"],
            name=op.f("fk_pool_deposits_campaign_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id", "campaign_id", "member_id"],
            ["commitments.id", "commitments.campaign_id", "commitments.member_id"],
            name=op.f("fk_pool_deposits_commitment_id_campaign_id_member_id"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["organizations.id"], name=op.f("fk_pool_deposits_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_deposits")),
    )
    op.create_index("ix_pool_deposits_campaign_id_state", "pool_deposits", ["campaign_id", "state"], unique=False)
    op.create_index("ix_pool_deposits_commitment_id", "pool_deposits", ["commitment_id"], unique=False)
    op.create_index(
        "ix_pool_deposits_due",
        "pool_deposits",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'declined' AND due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_pool_deposits_moving",
        "pool_deposits",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending', 'charging', 'capturing', 'releasing')"),
    )
    op.create_index(
        "uq_pool_deposits_one_stands",
        "pool_deposits",
        ["commitment_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('releasing', 'released', 'defaulted') AND NOT give_back"),
    )


def _framework_orders() -> None:
    op.create_table(
        "framework_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("clearing_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("lots", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("members_minor", sa.BigInteger(), nullable=False),
        sa.Column("lead_time_days", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "lots > 0 AND total_minor > 0 AND members_minor >= 0", name=op.f("ck_framework_orders_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "currency"],
            ["campaigns.id", "campaigns.currency"],
            name=op.f("fk_framework_orders_campaign_id_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["clearing_id", "campaign_id", "lead_id"],
            ["clearings.id", "clearings.campaign_id", "clearings.lead_id"],
            name=op.f("fk_framework_orders_clearing_id_campaign_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["organizations.id"], name=op.f("fk_framework_orders_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_framework_orders")),
        sa.UniqueConstraint("campaign_id", "supplier_id", name=op.f("uq_framework_orders_campaign_id_supplier_id")),
        sa.UniqueConstraint(
            "id", "campaign_id", "supplier_id", name=op.f("uq_framework_orders_id_campaign_id_supplier_id")
        ),
    )
    op.create_index(
        "ix_framework_orders_clearing", "framework_orders", ["clearing_id", "campaign_id", "lead_id"], unique=False
    )
    op.create_index("ix_framework_orders_supplier_id_id", "framework_orders", ["supplier_id", "id"], unique=False)


def _framework_lines() -> None:
    op.create_table(
        "framework_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=5), nullable=False),
        sa.Column("lots", sa.Integer(), nullable=False),
        sa.Column("payment_minor", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("lots > 0 AND payment_minor >= 0", name=op.f("ck_framework_lines_in_range")),
        sa.ForeignKeyConstraint(
            ["commitment_id", "campaign_id", "member_id"],
            ["commitments.id", "commitments.campaign_id", "commitments.member_id"],
            name=op.f("fk_framework_lines_commitment_id_campaign_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["framework_id", "campaign_id", "supplier_id"],
            ["framework_orders.id", "framework_orders.campaign_id", "framework_orders.supplier_id"],
            name=op.f("fk_framework_lines_framework_id_campaign_id_supplier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "campaign_id"],
            ["campaign_items.id", "campaign_items.campaign_id"],
            name=op.f("fk_framework_lines_item_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["organizations.id"], name=op.f("fk_framework_lines_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_orders.id"], name=op.f("fk_framework_lines_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_framework_lines")),
        sa.UniqueConstraint(
            "framework_id", "commitment_id", name=op.f("uq_framework_lines_framework_id_commitment_id")
        ),
    )
    op.create_index("ix_framework_lines_commitment_id", "framework_lines", ["commitment_id"], unique=False)
    op.create_index(
        "ix_framework_lines_item_id_campaign_id", "framework_lines", ["item_id", "campaign_id"], unique=False
    )
    op.create_index("ix_framework_lines_order_id", "framework_lines", ["order_id"], unique=False)
    op.create_index(
        "ix_framework_lines_to_place",
        "framework_lines",
        ["campaign_id", "id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NULL"),
    )


def _walls() -> None:
    for table in ("pool_deposits", "framework_orders", "framework_lines"):
        wall(table)
        grant(table, ("SELECT",), AUDITOR, OWNER)
        policy(table, f"{table}_audit", "SELECT", "true", None, AUDITOR)
        # Triggers and functions act as `owner`; the worker acts for the lead.
        policy(table, f"{table}_held", "SELECT", "true", None, OWNER)
        policy(table, f"{table}_work", "ALL", LEAD, LEAD, WORKER)
    grant("pool_deposits", ("SELECT", "INSERT", "UPDATE"), APP, WORKER)
    policy("pool_deposits", "pool_deposits_own", "ALL", MEMBER, MEMBER, APP)
    policy("pool_deposits", "pool_deposits_moving", "SELECT", f"{MEMBER} OR app_is_operator()", None, WORKER)
    grant("framework_orders", ("SELECT", "INSERT"), WORKER)
    grant("framework_lines", ("SELECT", "INSERT", "UPDATE"), WORKER)
    _read("framework_orders", f"{SUPPLIER} OR {LEAD}")
    _read("framework_lines", f"{SUPPLIER} OR {MEMBER}")
    policy("purchase_orders", "purchase_orders_pooled", "SELECT", "origin = 'pool'", None, OWNER)
    for function in ("campaign_is_left_by_somebody(uuid)", "campaign_is_ordered(uuid)"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}, {WORKER}")


def _read(table: str, whose: str) -> None:
    grant(table, ("SELECT",), APP, BACKOFFICE)
    policy(table, f"{table}_read", "SELECT", f"({whose}) OR app_is_operator()", None, APP, WORKER)
    policy(table, f"{table}_screens", "SELECT", "true", None, BACKOFFICE)
