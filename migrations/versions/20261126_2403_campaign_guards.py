"""What the database holds of campaigns: what may follow what, until when, what is pooled, and that clearings add up."""

from alembic import op

from app.kit.db.policies import APP, WORKER

revision = "20261126_2403"
down_revision = "20261126_2402"
branch_labels = None
depends_on = None

REFUSE = """
CREATE FUNCTION pooling_refuse(p_guard text, p_what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_what USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;
"""

CAMPAIGNS = """
CREATE FUNCTION campaigns_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
    ) THEN
        PERFORM pooling_refuse('campaigns_way', format('a campaign does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'open' AND (NEW.closes_at <= app_now() OR NOT campaign_is_whole(NEW.id, NEW.seed_digest)) THEN
        PERFORM pooling_refuse('campaigns_whole', 'a campaign opens with items, places, a seed and time left');
    END IF;
    IF NEW.state = 'frozen' AND sha256(convert_to(NEW.seed, 'UTF8')) IS DISTINCT FROM OLD.seed_digest THEN
        PERFORM pooling_refuse('campaigns_seed', 'the seed told at the freeze is the one promised at the opening');
    END IF;
    IF NEW.state IN ('cleared', 'failed') AND NOT EXISTS (
        SELECT 1 FROM clearings c WHERE c.campaign_id = NEW.id
          AND c.round = (SELECT max(l.round) FROM clearings l WHERE l.campaign_id = NEW.id)
          AND c.state = CASE NEW.state WHEN 'cleared' THEN 'done' ELSE 'failed' END) THEN
        PERFORM pooling_refuse('campaigns_cleared', 'a campaign ends as its last clearing did');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaigns_guarded BEFORE INSERT OR UPDATE ON campaigns FOR EACH ROW EXECUTE FUNCTION campaigns_guard();

CREATE FUNCTION campaign_is_whole(p_campaign uuid, p_digest bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN EXISTS (SELECT 1 FROM campaign_items i WHERE i.campaign_id = p_campaign)
   AND NOT EXISTS (SELECT 1 FROM campaign_items i JOIN campaigns c ON c.id = i.campaign_id
                   WHERE c.id = p_campaign AND (c.led_as = 'supplier') <> (i.published IS NOT NULL))
   AND EXISTS (SELECT 1 FROM campaign_places p WHERE p.campaign_id = p_campaign)
   AND EXISTS (SELECT 1 FROM campaign_seeds s
               WHERE s.campaign_id = p_campaign AND sha256(convert_to(s.seed, 'UTF8')) = p_digest);

-- The sums begin at nothing with the opening.
CREATE FUNCTION campaigns_begin() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO campaign_totals (item_id, campaign_id) SELECT i.id, i.campaign_id FROM campaign_items i
    WHERE i.campaign_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER campaigns_begun AFTER UPDATE ON campaigns FOR EACH ROW
WHEN (OLD.state = 'draft' AND NEW.state = 'open') EXECUTE FUNCTION campaigns_begin();

-- Tells the lead's worker the seed, once nobody can commit or offer any more.
CREATE FUNCTION campaign_reveal(p_campaign uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (SELECT s.seed FROM campaign_seeds s JOIN campaigns c ON c.id = s.campaign_id
        WHERE c.id = p_campaign AND c.lead_id = app_organization_id() AND c.state = 'open' AND app_now() >= c.closes_at);

-- Whether a campaign takes commitments and offers. Then nobody freezes it before this transaction has ended.
CREATE FUNCTION campaign_hold_open(p_campaign uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_open boolean;
BEGIN
    -- In turn: who shares a row overtakes whoever waits to change it, so a rush would hold the freeze up.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('campaign ' || p_campaign, 7));
    SELECT c.state = 'open' AND app_now() < c.closes_at AND app_deal(c.lead_id, app_organization_id())
    INTO is_open FROM campaigns c WHERE c.id = p_campaign FOR SHARE;
    RETURN coalesce(is_open, false);
END $$;

-- Who takes part, where the campaign tells its members' names: for who takes part himself, and for the lead.
CREATE FUNCTION campaign_members(p_campaign uuid, p_most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT m.member_id FROM commitments m JOIN campaigns c ON c.id = m.campaign_id
    WHERE c.id = p_campaign AND c.confidentiality = 'names' AND m.state = 'standing'
      AND (c.lead_id = app_organization_id() OR EXISTS (
          SELECT 1 FROM commitments own WHERE own.campaign_id = c.id AND own.state = 'standing'
            AND own.member_id = app_organization_id()))
    ORDER BY m.member_id LIMIT p_most;
END;

-- What a campaign is made of is written while it is a draft.
CREATE FUNCTION campaign_parts_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    concerned uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.campaign_id ELSE NEW.campaign_id END;
BEGIN
    PERFORM 1 FROM campaigns WHERE id = concerned AND state = 'draft' FOR SHARE;
    IF NOT FOUND THEN
        PERFORM pooling_refuse('campaigns_stay', 'what a campaign was opened with stays');
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_items_guarded BEFORE INSERT OR UPDATE OR DELETE ON campaign_items
FOR EACH ROW EXECUTE FUNCTION campaign_parts_guard();
CREATE TRIGGER campaign_tiers_guarded BEFORE INSERT OR UPDATE OR DELETE ON campaign_tiers
FOR EACH ROW EXECUTE FUNCTION campaign_parts_guard();
CREATE TRIGGER campaign_places_guarded BEFORE INSERT OR UPDATE OR DELETE ON campaign_places
FOR EACH ROW EXECUTE FUNCTION campaign_parts_guard();
"""

COMMITMENTS = """
-- In a campaign a firm buys or sells: whoever did both would know what its rivals are kept from. One after the other, per firm.
CREATE FUNCTION pooling_one_side(p_campaign uuid, p_organization uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_campaign::text || p_organization::text, 5));
END $$;

CREATE FUNCTION commitments_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    item record;
    instead record;
BEGIN
    IF NOT campaign_hold_open(NEW.campaign_id) THEN
        PERFORM pooling_refuse('commitments_in_time', 'members commit themselves until the freeze');
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state <> 'standing' OR (NEW.id, NEW.campaign_id, NEW.member_id, NEW.currency)
            IS DISTINCT FROM (OLD.id, OLD.campaign_id, OLD.member_id, OLD.currency) THEN
            PERFORM pooling_refuse('commitments_way', 'what was withdrawn stays so, and nobody else takes a commitment over');
        END IF;
        IF NEW.state = 'withdrawn' THEN
            IF (NEW.item_id, NEW.place, NEW.lots) IS DISTINCT FROM (OLD.item_id, OLD.place, OLD.lots) THEN
                PERFORM pooling_refuse('commitments_way', 'what is withdrawn stays as it was');
            END IF;
            RETURN NEW;
        END IF;
    ELSE
        IF NEW.state <> 'standing' OR NEW.member_id IS DISTINCT FROM app_organization_id() THEN
            PERFORM pooling_refuse('commitments_way', 'a member commits himself, and nobody else');
        END IF;
        PERFORM pooling_one_side(NEW.campaign_id, NEW.member_id);
        IF EXISTS (SELECT 1 FROM pool_offers o WHERE o.campaign_id = NEW.campaign_id AND o.supplier_id = NEW.member_id
                   AND o.state = 'standing') THEN
            PERFORM pooling_refuse('pooling_one_side', 'who offers does not commit himself');
        END IF;
        IF (SELECT count(*) FROM commitments c WHERE c.campaign_id = NEW.campaign_id AND c.member_id = NEW.member_id
            AND c.state = 'standing') >= 40 THEN
            PERFORM pooling_refuse('commitments_of_member', 'a member has so many commitments at most');
        END IF;
    END IF;
    SELECT member_min_lots, member_max_lots INTO item FROM campaign_items
    WHERE id = NEW.item_id AND campaign_id = NEW.campaign_id;
    SELECT member_min_lots, member_max_lots INTO instead FROM campaign_items
    WHERE id = NEW.substitute_item_id AND campaign_id = NEW.campaign_id;
    IF NOT coalesce(NEW.lots BETWEEN item.member_min_lots AND item.member_max_lots, true) OR NOT coalesce(
        NEW.substitute_lots BETWEEN instead.member_min_lots AND instead.member_max_lots, true) THEN
        PERFORM pooling_refuse('commitments_lots', 'a member commits himself to as many lots as the campaign allows');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER commitments_guarded BEFORE INSERT OR UPDATE ON commitments FOR EACH ROW EXECUTE FUNCTION commitments_guard();
CREATE TRIGGER commitments_not_deleted BEFORE DELETE ON commitments FOR EACH ROW EXECUTE FUNCTION app_refuse_change();

-- Writes the log and the sums, items in the order of their ids so that two who change items with each other do not wait for ever.
CREATE FUNCTION commitments_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    change record;
BEGIN
    FOR change IN
        SELECT item, sum(lots)::integer AS lots, sum(counted)::integer AS counted FROM (
            SELECT NEW.item_id AS item, NEW.lots AS lots, 1 AS counted WHERE NEW.state = 'standing'
            UNION ALL
            SELECT OLD.item_id, -OLD.lots, -1 WHERE TG_OP = 'UPDATE' AND OLD.state = 'standing'
        ) AS changes GROUP BY item HAVING sum(lots) <> 0 OR sum(counted) <> 0 ORDER BY item
    LOOP
        INSERT INTO commitment_events (commitment_id, campaign_id, member_id, item_id, lots, counted)
        VALUES (NEW.id, NEW.campaign_id, NEW.member_id, change.item, change.lots, change.counted);
        UPDATE campaign_totals SET lots = campaign_totals.lots + change.lots,
            commitments = campaign_totals.commitments + change.counted, changed_at = app_now()
        WHERE item_id = change.item;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER commitments_counted AFTER INSERT OR UPDATE ON commitments FOR EACH ROW EXECUTE FUNCTION commitments_count();

CREATE FUNCTION commitment_limits_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT campaign_hold_open(NEW.campaign_id)
        OR (TG_OP = 'UPDATE' AND (NEW.commitment_id, NEW.campaign_id, NEW.member_id)
            IS DISTINCT FROM (OLD.commitment_id, OLD.campaign_id, OLD.member_id))
        OR NOT EXISTS (SELECT 1 FROM commitments c WHERE c.id = NEW.commitment_id AND c.state = 'standing'
            AND (c.substitute_item_id IS NULL) = (NEW.substitute_limit_minor IS NULL)) THEN
        PERFORM pooling_refuse('commitments_in_time', 'limits are set until the freeze, one for each wish');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER commitment_limits_guarded BEFORE INSERT OR UPDATE ON commitment_limits
FOR EACH ROW EXECUTE FUNCTION commitment_limits_guard();
"""

OFFERS = """
CREATE FUNCTION pool_offers_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT campaign_hold_open(NEW.campaign_id) THEN
        PERFORM pooling_refuse('pool_offers_in_time', 'suppliers offer until the freeze');
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state <> 'standing' OR to_jsonb(NEW) - '{state,ended_at,version}'::text[]
            <> to_jsonb(OLD) - '{state,ended_at,version}'::text[] THEN
            PERFORM pooling_refuse('pool_offers_way', 'what was offered stays');
        END IF;
        IF EXISTS (SELECT 1 FROM campaigns c WHERE c.id = NEW.campaign_id AND c.led_as = 'supplier') THEN
            PERFORM pooling_refuse('pool_offers_published', 'what a supplier published stands');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> 'standing' OR NEW.supplier_id IS DISTINCT FROM app_organization_id() THEN
        PERFORM pooling_refuse('pool_offers_way', 'a supplier offers for himself');
    END IF;
    PERFORM pooling_one_side(NEW.campaign_id, NEW.supplier_id);
    IF EXISTS (SELECT 1 FROM commitments c WHERE c.campaign_id = NEW.campaign_id AND c.member_id = NEW.supplier_id
               AND c.state = 'standing') THEN
        PERFORM pooling_refuse('pooling_one_side', 'who has committed himself does not offer');
    END IF;
    IF EXISTS (SELECT 1 FROM campaigns c WHERE c.id = NEW.campaign_id AND c.led_as = 'supplier'
               AND c.lead_id <> NEW.supplier_id) THEN
        PERFORM pooling_refuse('pool_offers_published', 'in his own campaign a supplier is alone');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pool_offers_guarded BEFORE INSERT OR UPDATE ON pool_offers FOR EACH ROW EXECUTE FUNCTION pool_offers_guard();
CREATE TRIGGER pool_offers_not_deleted BEFORE DELETE ON pool_offers FOR EACH ROW EXECUTE FUNCTION app_refuse_change();

CREATE FUNCTION pool_offer_terms_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM pool_offers o WHERE o.id = NEW.offer_id AND o.state = 'standing'
        AND o.transaction_id = (pg_current_xact_id()::text)::bigint;
    IF NOT FOUND THEN
        PERFORM pooling_refuse('pool_offers_way', 'what is offered is written with the offer');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pool_offer_terms_guarded BEFORE INSERT ON pool_offer_terms
FOR EACH ROW EXECUTE FUNCTION pool_offer_terms_guard();
"""

CLEARINGS = """
CREATE FUNCTION clearings_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := '{state,attempts,failure,lots,cost_minor,remainder_minor,certificate,ended_at}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM 1 FROM campaigns WHERE id = NEW.campaign_id AND state = 'frozen' FOR UPDATE;
        IF NOT FOUND OR NEW.state <> 'working' THEN
            PERFORM pooling_refuse('clearings_frozen', 'what is frozen is cleared');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'working' OR to_jsonb(NEW) - moves <> to_jsonb(OLD) - moves THEN
        PERFORM pooling_refuse('clearings_stay', 'what was cleared stays');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER clearings_guarded BEFORE INSERT OR UPDATE ON clearings FOR EACH ROW EXECUTE FUNCTION clearings_guard();
CREATE TRIGGER clearings_not_deleted BEFORE DELETE ON clearings FOR EACH ROW EXECUTE FUNCTION app_refuse_change();

-- Looked at when the transaction ends: members pay what suppliers are paid and the remainder, less than one minor unit a member;
-- what is allotted at a place is what is priced there, and what suppliers send there.
CREATE FUNCTION clearings_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    cleared clearings;
    paying record;
    paid bigint;
BEGIN
    SELECT * INTO cleared FROM clearings WHERE id = NEW.id;
    SELECT coalesce(sum(payment_minor), 0) AS minor, count(*) FILTER (WHERE served) AS members, coalesce(sum(lots), 0) AS lots
    INTO paying FROM allotments WHERE clearing_id = NEW.id;
    SELECT coalesce(sum(paid_minor), 0) INTO paid FROM supplier_shares WHERE clearing_id = NEW.id;
    IF cleared.state <> 'done' THEN
        IF paying.lots > 0 OR paid > 0 THEN
            PERFORM pooling_refuse('clearings_balance', 'nothing is allotted by a clearing that is not done');
        END IF;
        RETURN NULL;
    END IF;
    IF paying.minor <> paid + cleared.remainder_minor OR cleared.remainder_minor >= greatest(paying.members, 1)
        OR paid <> cleared.cost_minor OR paying.lots <> cleared.lots OR EXISTS (
            SELECT 1 FROM (
                SELECT item_id, place, lots FROM clearing_prices WHERE clearing_id = NEW.id
                UNION ALL
                SELECT a.item_id, c.place, -a.lots FROM allotments a JOIN commitments c ON c.id = a.commitment_id
                WHERE a.clearing_id = NEW.id AND a.served
            ) AS priced GROUP BY item_id, place HAVING sum(lots) <> 0
        ) OR EXISTS (
            SELECT 1 FROM (
                SELECT item_id, place, lots FROM clearing_prices WHERE clearing_id = NEW.id
                UNION ALL
                SELECT s.item_id, sent.key, -sent.value::bigint FROM supplier_shares s, jsonb_each_text(s.to_places) AS sent
                WHERE s.clearing_id = NEW.id
            ) AS sent GROUP BY item_id, place HAVING sum(lots) <> 0
        ) THEN
        PERFORM pooling_refuse('clearings_balance', 'a clearing adds up');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER clearings_balanced AFTER INSERT OR UPDATE ON clearings
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION clearings_balance();
"""

CALLED = (
    "campaign_hold_open(uuid)",
    "campaign_reveal(uuid)",
    "campaign_is_whole(uuid, bytea)",
    "campaign_members(uuid, integer)",
)


def upgrade() -> None:
    for statements in (REFUSE, CAMPAIGNS, COMMITMENTS, OFFERS, CLEARINGS):
        op.execute(statements)
    for function in CALLED:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}, {WORKER}")
