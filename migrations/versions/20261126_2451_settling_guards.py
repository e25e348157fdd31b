"""What the database holds of settling: when a campaign is ordered or cleared again, how deposits go, that orders add up."""

from alembic import op

from app.kit.db.policies import APP, OWNER, WORKER, policy

revision = "20261126_2451"
down_revision = "20261126_2450"
branch_labels = None
depends_on = None

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
    for statements in (CAMPAIGNS, DEPOSITS, ORDERS):
        op.execute(statements)
    policy("purchase_orders", "purchase_orders_pooled", "SELECT", "origin = 'pool'", None, OWNER)
    for function in ("campaign_is_left_by_somebody(uuid)", "campaign_is_ordered(uuid)"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}, {WORKER}")
