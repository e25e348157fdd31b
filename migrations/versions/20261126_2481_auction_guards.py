"""What the database holds of auctions: who bids when, what a bid comes to, that it is a step, and when it extends."""

from alembic import op

from app.kit.db.policies import APP, WORKER

revision = "20261126_2481"
down_revision = "20261126_2480"
branch_labels = None
depends_on = None

MOMENTS = """
-- The present moment: app_now() is that at which the transaction began, before it waited for its turn.
CREATE FUNCTION auction_moment() RETURNS timestamptz LANGUAGE sql VOLATILE
    RETURN clock_timestamp() + (app_now() - now());

-- In turn with all who bid and with the close: the moment at which an auction takes a bid, or nothing. It stays so until this
-- transaction has ended.
CREATE FUNCTION auction_hold(p_campaign uuid) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    running boolean;
    ending timestamptz;
    moment timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('campaign ' || p_campaign, 7));
    SELECT c.state = 'bidding' AND app_deal(c.lead_id, app_organization_id()) INTO running
    FROM campaigns c WHERE c.id = p_campaign FOR SHARE;
    SELECT a.ends_at INTO ending FROM auctions a WHERE a.campaign_id = p_campaign FOR UPDATE;
    moment := auction_moment();
    RETURN CASE WHEN running AND moment < ending THEN moment END;
END $$;

CREATE FUNCTION auction_is_over(p_campaign uuid) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
    RETURN coalesce((SELECT auction_moment() >= a.ends_at FROM auctions a WHERE a.campaign_id = p_campaign), false);

CREATE FUNCTION auctions_begin() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moment timestamptz := auction_moment();
BEGIN
    -- From when it really began: nobody loses time to a worker that was late.
    INSERT INTO auctions (campaign_id, begun_at, ends_at)
    VALUES (NEW.id, moment, moment + make_interval(mins => NEW.bidding_minutes));
    RETURN NULL;
END $$;
CREATE TRIGGER campaigns_bidding AFTER UPDATE ON campaigns FOR EACH ROW
WHEN (OLD.state = 'open' AND NEW.state = 'bidding') EXECUTE FUNCTION auctions_begin();
"""

CAMPAIGNS = """
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
        OR (OLD.state = 'open' AND NEW.state = CASE OLD.competition WHEN 'auction' THEN 'bidding' ELSE 'frozen' END
            AND app_now() >= OLD.closes_at)
        OR (OLD.state = 'bidding' AND NEW.state = 'frozen' AND auction_is_over(NEW.id))
        OR (OLD.state = 'frozen' AND NEW.state IN ('cleared', 'failed'))
        OR (OLD.state = 'cleared' AND NEW.state IN ('frozen', 'ordering'))
        OR (OLD.state = 'ordering' AND NEW.state = 'ordered')
    ) THEN
        PERFORM pooling_refuse('campaigns_way', format('a campaign does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'open' AND (NEW.closes_at <= app_now() OR NOT campaign_is_whole(NEW.id, NEW.seed_digest)) THEN
        PERFORM pooling_refuse('campaigns_whole', 'a campaign opens with items, places, a seed and time left');
    END IF;
    IF NEW.state = 'bidding' AND NEW.seed IS NOT NULL THEN
        PERFORM pooling_refuse('campaigns_seed', 'nobody knows the seed while suppliers bid');
    END IF;
    IF NEW.state = 'frozen' AND OLD.state IN ('open', 'bidding')
        AND sha256(convert_to(NEW.seed, 'UTF8')) IS DISTINCT FROM OLD.seed_digest THEN
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

-- Tells the lead's worker the seed, once nobody can commit, offer or bid any more.
CREATE OR REPLACE FUNCTION campaign_reveal(p_campaign uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (SELECT s.seed FROM campaign_seeds s JOIN campaigns c ON c.id = s.campaign_id
        WHERE c.id = p_campaign AND c.lead_id = app_organization_id()
          AND CASE c.competition WHEN 'auction' THEN c.state = 'bidding' AND auction_is_over(c.id)
              ELSE c.state = 'open' AND app_now() >= c.closes_at END);
"""

SEEN = """
-- What is pooled, by item and place, once members are frozen. Nobody learns from it who they are or what they would pay.
CREATE FUNCTION auction_pooled(p_campaign uuid) RETURNS TABLE (item_id uuid, place text, lots bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT m.item_id, m.place, sum(m.lots)::bigint FROM commitments m JOIN campaigns c ON c.id = m.campaign_id
    WHERE c.id = p_campaign AND m.state = 'standing' AND c.competition = 'auction'
      AND c.state NOT IN ('draft', 'open', 'cancelled') AND app_deal(c.lead_id, app_organization_id())
    GROUP BY m.item_id, m.place ORDER BY m.item_id, m.place;
END;

-- The best price of each item, and the asking organization's own with its rank. What others bid is not told, nor how many.
CREATE FUNCTION auction_standing(p_campaign uuid)
RETURNS TABLE (item_id uuid, best_minor bigint, own_minor bigint, own_rank integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    WITH lowest AS (
        SELECT priced.key::uuid AS item_id, b.supplier_id, min(priced.value::bigint) AS minor
        FROM auction_bids b JOIN campaigns c ON c.id = b.campaign_id, jsonb_each_text(b.prices) AS priced
        WHERE b.campaign_id = p_campaign AND app_deal(c.lead_id, app_organization_id())
        GROUP BY 1, 2
    )
    SELECT l.item_id, min(l.minor), min(own.minor),
        CASE WHEN min(own.minor) IS NOT NULL THEN 1 + count(*) FILTER (WHERE l.minor < own.minor) END::integer
    FROM lowest l LEFT JOIN lowest own ON own.item_id = l.item_id AND own.supplier_id = app_organization_id()
    GROUP BY l.item_id;
END;

-- What a lot costs landed on average, if all that is pooled where he delivers came from this supplier, as far as he can: goods at
-- his tier, set-up, freight; rounded up. Nothing where nothing is pooled there, or less than he sells.
CREATE FUNCTION auction_reference(p_terms pool_offer_terms) RETURNS bigint LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH pooled AS (
        SELECT sum(p.lots)::numeric AS lots, sum(p.lots * ((p_terms).freight_minor ->> p.place)::numeric) AS freight
        FROM auction_pooled((p_terms).campaign_id) p
        WHERE p.item_id = (p_terms).item_id AND (p_terms).freight_minor ->> p.place IS NOT NULL
    ), sold AS (
        SELECT pooled.lots AS pooled, pooled.freight, least((p_terms).capacity_lots, pooled.lots) AS lots
        FROM pooled WHERE pooled.lots > 0
    )
    SELECT ((SELECT min((tier ->> 1)::numeric) FROM jsonb_array_elements((p_terms).tiers) AS tier
             WHERE (tier ->> 0)::integer <= sold.lots)
        + div((p_terms).setup_minor * sold.pooled + sold.freight * sold.lots + sold.lots * sold.pooled - 1,
              sold.lots * sold.pooled))::bigint
    FROM sold;
END;
"""

OFFERS = """
CREATE OR REPLACE FUNCTION pool_offers_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_auction boolean := EXISTS (SELECT 1 FROM campaigns c WHERE c.id = NEW.campaign_id AND c.competition = 'auction');
BEGIN
    IF NOT (CASE WHEN is_auction THEN auction_hold(NEW.campaign_id) IS NOT NULL ELSE campaign_hold_open(NEW.campaign_id) END) THEN
        PERFORM pooling_refuse('pool_offers_in_time', 'suppliers offer until the freeze, and bid until the close');
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state <> 'standing' OR to_jsonb(NEW) - '{state,ended_at,version}'::text[]
            <> to_jsonb(OLD) - '{state,ended_at,version}'::text[] THEN
            PERFORM pooling_refuse('pool_offers_way', 'what was offered stays');
        END IF;
        IF EXISTS (SELECT 1 FROM campaigns c WHERE c.id = NEW.campaign_id AND c.led_as = 'supplier') THEN
            PERFORM pooling_refuse('pool_offers_published', 'what a supplier published stands');
        END IF;
        IF is_auction AND NEW.state <> 'revised' THEN
            PERFORM pooling_refuse('pool_offers_bid', 'what was bid binds');
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

-- Looked at when the transaction ends: in an auction every offer is a bid, and whoever has bid has an offer that stands.
CREATE FUNCTION pool_offers_bid() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM campaigns c WHERE c.id = NEW.campaign_id AND c.competition = 'auction') AND (
        NOT EXISTS (SELECT 1 FROM auction_bids b WHERE b.offer_id = NEW.id)
        OR NOT EXISTS (SELECT 1 FROM pool_offers o WHERE o.campaign_id = NEW.campaign_id
                       AND o.supplier_id = NEW.supplier_id AND o.state = 'standing')) THEN
        PERFORM pooling_refuse('pool_offers_bid', 'in an auction an offer is a bid');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER pool_offers_are_bids AFTER INSERT OR UPDATE ON pool_offers
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pool_offers_bid();
"""

BIDS = """
CREATE FUNCTION auction_bids_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rules campaigns;
    auction auctions;
    former auction_bids;
    priced jsonb;
BEGIN
    NEW.at := auction_hold(NEW.campaign_id);
    IF NEW.at IS NULL THEN
        PERFORM pooling_refuse('auction_bids_in_time', 'suppliers bid from the members'' freeze to the close');
    END IF;
    IF NEW.supplier_id IS DISTINCT FROM app_organization_id() OR NOT EXISTS (
        SELECT 1 FROM pool_offers o WHERE o.id = NEW.offer_id AND o.campaign_id = NEW.campaign_id AND o.state = 'standing'
          AND o.transaction_id = (pg_current_xact_id()::text)::bigint) THEN
        PERFORM pooling_refuse('auction_bids_way', 'a supplier bids for himself, together with the offer');
    END IF;
    SELECT * INTO rules FROM campaigns WHERE id = NEW.campaign_id;
    SELECT * INTO auction FROM auctions WHERE campaign_id = NEW.campaign_id;
    SELECT * INTO former FROM auction_bids WHERE campaign_id = NEW.campaign_id AND supplier_id = NEW.supplier_id
    ORDER BY number DESC LIMIT 1;
    IF (SELECT count(*) FROM auction_bids WHERE campaign_id = NEW.campaign_id AND supplier_id = NEW.supplier_id) >= 500 THEN
        PERFORM pooling_refuse('auction_bids_of_supplier', 'a supplier bids so often at most');
    END IF;
    SELECT jsonb_object_agg(t.item_id, auction_reference(t)) INTO priced FROM pool_offer_terms t WHERE t.offer_id = NEW.offer_id;
    IF priced IS DISTINCT FROM NEW.prices THEN
        PERFORM pooling_refuse('auction_bids_price', 'a bid counts at the price that its terms come to');
    END IF;
    IF EXISTS (SELECT 1 FROM jsonb_each_text(NEW.prices) p JOIN campaign_items i ON i.id = p.key::uuid
               WHERE p.value::bigint < i.floor_minor) THEN
        PERFORM pooling_refuse('auction_bids_floor', 'nobody bids below the floor');
    END IF;
    -- Of each item as before, or by a step below; and of one at least by a step below, or for the first time.
    IF EXISTS (SELECT 1 FROM jsonb_each_text(NEW.prices) p JOIN jsonb_each_text(former.prices) f USING (key)
               WHERE p.value::bigint <> f.value::bigint AND p.value::bigint > f.value::bigint * (10000 - rules.step_bp) / 10000)
        OR NOT EXISTS (SELECT 1 FROM jsonb_each_text(NEW.prices) p LEFT JOIN jsonb_each_text(former.prices) f USING (key)
                       WHERE f.value IS NULL OR p.value::bigint < f.value::bigint) THEN
        PERFORM pooling_refuse('auction_bids_step', 'a further bid is a step below the former one');
    END IF;
    IF EXISTS (SELECT 1 FROM pool_offer_terms f WHERE f.offer_id = former.offer_id AND NOT EXISTS (
        SELECT 1 FROM pool_offer_terms t WHERE t.offer_id = NEW.offer_id AND t.item_id = f.item_id
          AND t.capacity_lots >= f.capacity_lots AND t.setup_minor <= f.setup_minor AND t.lead_time_days <= f.lead_time_days
          AND NOT EXISTS (SELECT 1 FROM jsonb_each_text(f.freight_minor) g
                          WHERE NOT coalesce((t.freight_minor ->> g.key)::bigint <= g.value::bigint, false))
          AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(f.tiers) g WHERE NOT EXISTS (
              SELECT 1 FROM jsonb_array_elements(t.tiers) n
              WHERE (n ->> 0)::integer <= (g ->> 0)::integer AND (n ->> 1)::bigint <= (g ->> 1)::bigint)))) THEN
        PERFORM pooling_refuse('auction_bids_worse', 'nothing of a bid becomes worse');
    END IF;
    NEW.number := auction.bids + 1;
    NEW.extended_to := CASE
        WHEN auction.ends_at - NEW.at <= make_interval(mins => rules.round_minutes)
            AND auction.extensions < rules.most_extensions
        THEN auction.ends_at + make_interval(mins => rules.round_minutes) END;
    RETURN NEW;
END $$;
CREATE TRIGGER auction_bids_guarded BEFORE INSERT ON auction_bids FOR EACH ROW EXECUTE FUNCTION auction_bids_guard();

CREATE FUNCTION auction_bids_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE auctions SET bids = NEW.number, ends_at = coalesce(NEW.extended_to, ends_at),
        extensions = extensions + (NEW.extended_to IS NOT NULL)::integer
    WHERE campaign_id = NEW.campaign_id;
    RETURN NULL;
END $$;
CREATE TRIGGER auction_bids_counted AFTER INSERT ON auction_bids FOR EACH ROW EXECUTE FUNCTION auction_bids_count();
"""

OVERTAKEN = """
-- Who was first of an item until the acting organization's bid, and is so no more. For the worker: nobody is told who did it.
CREATE FUNCTION auction_overtaken(p_bid uuid) RETURNS TABLE (item_id uuid, supplier_id uuid, offer_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    WITH bid AS (
        SELECT b.*, priced.key AS item, priced.value::bigint AS minor
        FROM auction_bids b, jsonb_each_text(b.prices) AS priced
        WHERE b.id = p_bid AND b.supplier_id = app_organization_id()
    ), former AS (
        SELECT DISTINCT ON (bid.item, o.supplier_id) bid.item, bid.supplier_id AS bidder_id, bid.minor AS now_minor,
            o.supplier_id, o.offer_id, (o.prices ->> bid.item)::bigint AS minor
        FROM bid JOIN auction_bids o ON o.campaign_id = bid.campaign_id AND o.number < bid.number AND o.prices ? bid.item
        ORDER BY bid.item, o.supplier_id, o.number DESC
    ), best AS (
        SELECT f.item, min(f.minor) AS minor FROM former f GROUP BY f.item
    )
    SELECT f.item::uuid, f.supplier_id, f.offer_id FROM former f JOIN best USING (item)
    WHERE f.minor = best.minor AND f.supplier_id <> f.bidder_id AND f.now_minor < f.minor
    ORDER BY 1, 2;
END;
"""

CALLED = (
    "auction_hold(uuid)",
    "auction_is_over(uuid)",
    "auction_pooled(uuid)",
    "auction_standing(uuid)",
)


def upgrade() -> None:
    for statements in (MOMENTS, CAMPAIGNS, SEEN, OFFERS, BIDS, OVERTAKEN):
        op.execute(statements)
    for function in CALLED:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}, {WORKER}")
    op.execute("REVOKE ALL ON FUNCTION auction_overtaken(uuid) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION auction_overtaken(uuid) TO {WORKER}")
