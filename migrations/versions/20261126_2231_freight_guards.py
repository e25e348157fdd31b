"""What the database holds of freight: what a card, an offer and a share may become, who is quoted of whose cards, and prices."""

from alembic import op

from app.kit.db.policies import APP, WORKER

revision = "20261126_2231"
down_revision = "20261126_2230"
branch_labels = None
depends_on = None

REFUSE = """
CREATE FUNCTION freight_refuse(p_guard text, p_what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_what USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;
"""

CARDS = """
CREATE FUNCTION rate_cards_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'current' OR NEW.state = 'current'
        OR to_jsonb(NEW) - 'state' - 'ended_at' <> to_jsonb(OLD) - 'state' - 'ended_at' THEN
        PERFORM freight_refuse('rate_cards_stay', 'a version of a card only ends');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rate_cards_guarded BEFORE UPDATE ON rate_cards FOR EACH ROW EXECUTE FUNCTION rate_cards_guard();

-- Shippers are quoted of everybody's cards, and who carries of his own alone: competitors do not read each other's prices.
CREATE FUNCTION freight_cards(p_from text[], p_to text[], p_modes text[], p_day date, p_most integer)
RETURNS SETOF rate_cards LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    me uuid := app_organization_id();
    carries boolean := coalesce((SELECT 'logistics' = ANY (o.roles) FROM organizations o WHERE o.id = me), true);
BEGIN
    RETURN QUERY
    SELECT c.* FROM rate_cards c
    WHERE c.state = 'current' AND c.from_place = ANY (p_from) AND c.to_place = ANY (p_to) AND c.mode = ANY (p_modes)
      AND c.valid_until >= p_day AND (NOT carries OR c.partner_id = me)
    ORDER BY c.valid_from > p_day, c.id LIMIT p_most;
END $$;
"""

OPTIONS = """
-- What came of an offer costs what was offered.
CREATE FUNCTION freight_options_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.booked_at IS NOT NULL OR (NEW.offer_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM freight_offers o WHERE o.id = NEW.offer_id AND o.state = 'taken'
              AND (o.mode, o.currency, o.total_minor, o.valid_until)
                = (NEW.mode, NEW.currency, NEW.total_minor, NEW.valid_until))) THEN
            PERFORM freight_refuse('freight_options_as_offered', 'an option is what was offered and taken');
        END IF;
    ELSIF OLD.booked_at IS NOT NULL OR to_jsonb(NEW) - 'booked_at' <> to_jsonb(OLD) - 'booked_at' THEN
        PERFORM freight_refuse('freight_options_stay', 'an option stays as it was quoted');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER freight_options_guarded BEFORE INSERT OR UPDATE ON freight_options
FOR EACH ROW EXECUTE FUNCTION freight_options_guard();

-- A booking that names an option costs what that says.
CREATE FUNCTION bookings_price() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.freight_option_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF TG_WHEN = 'AFTER' THEN
        UPDATE freight_options SET booked_at = app_now() WHERE id = NEW.freight_option_id AND booked_at IS NULL;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM freight_options o
        WHERE o.id = NEW.freight_option_id AND o.shipper_id = NEW.shipper_id AND o.partner_id = NEW.partner_id
          AND (o.mode, o.total_minor, o.currency) = (NEW.mode, NEW.price_minor, NEW.currency)
          AND o.valid_until > app_now() AND freight_lies_in(NEW.from_place, o.from_place)
          AND freight_lies_in(NEW.to_place, o.to_place)
    ) THEN
        PERFORM freight_refuse('bookings_price_as_quoted', 'a booking costs what its option says');
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION freight_lies_in(p_place text, p_named text) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN p_named ~ '^[A-Z]{2}[A-Z2-9]{3}$' THEN p_place = p_named ELSE left(p_place, 2) = left(p_named, 2) END;
CREATE TRIGGER bookings_priced BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_price();
CREATE TRIGGER bookings_show_option AFTER INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_price();
"""

# As before, and now for the price too.
BOOKINGS = """
CREATE OR REPLACE FUNCTION bookings_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.shipment_id, NEW.shipper_id, NEW.partner_id, NEW.number, NEW.leg, NEW.mode, NEW.from_place, NEW.to_place, NEW.note,
        NEW.expires_at, NEW.freight_option_id, NEW.price_minor, NEW.currency) IS DISTINCT FROM (OLD.shipment_id, OLD.shipper_id,
        OLD.partner_id, OLD.number, OLD.leg, OLD.mode, OLD.from_place, OLD.to_place, OLD.note, OLD.expires_at,
        OLD.freight_option_id, OLD.price_minor, OLD.currency) THEN
        RAISE EXCEPTION 'what was offered stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_offer_stays';
    END IF;
    IF NEW.state <> OLD.state AND NOT (
        (OLD.state = 'offered' AND NEW.state IN ('accepted', 'declined') AND NEW.partner_id = app_organization_id()
            AND app_now() < OLD.expires_at)
        OR (OLD.state IN ('offered', 'accepted') AND NEW.state = 'withdrawn' AND NEW.shipper_id = app_organization_id())
        OR (OLD.state = 'offered' AND NEW.state = 'expired' AND app_now() >= OLD.expires_at)
    ) THEN
        RAISE EXCEPTION 'a booking does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_way';
    END IF;
    RETURN NEW;
END $$;
"""

INQUIRIES = """
-- Whether the acting partner may still offer. Then nobody closes the inquiry before this transaction has ended, and his offers to
-- it come one after the other.
CREATE FUNCTION freight_hold_inquiry(p_inquiry uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_open boolean;
BEGIN
    PERFORM 1 FROM freight_invitations WHERE inquiry_id = p_inquiry AND partner_id = app_organization_id() FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT state = 'open' AND closes_at > app_now() INTO is_open FROM freight_inquiries WHERE id = p_inquiry FOR SHARE;
    RETURN coalesce(is_open, false);
END $$;

CREATE FUNCTION freight_inquiries_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            PERFORM freight_refuse('freight_inquiries_way', 'an inquiry begins open');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - '{state,ended_at,taken_offer_id,version}'::text[]
        <> to_jsonb(OLD) - '{state,ended_at,taken_offer_id,version}'::text[] THEN
        PERFORM freight_refuse('freight_inquiries_stay', 'what was asked stays');
    END IF;
    IF NEW.state = OLD.state OR NOT (
        (OLD.state = 'open' AND NEW.state IN ('closed', 'cancelled'))
        OR (OLD.state = 'closed' AND NEW.state = 'cancelled')
        OR (OLD.state = 'closed' AND NEW.state = 'taken' AND EXISTS (
            SELECT 1 FROM freight_offers o
            WHERE o.id = NEW.taken_offer_id AND o.inquiry_id = NEW.id AND o.state = 'taken'))
    ) THEN
        PERFORM freight_refuse('freight_inquiries_way', format('an inquiry does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER freight_inquiries_guarded BEFORE INSERT OR UPDATE ON freight_inquiries
FOR EACH ROW EXECUTE FUNCTION freight_inquiries_guard();

-- A partner offers, revises and withdraws while it is open; afterwards the shipper takes one.
CREATE FUNCTION freight_offers_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'offered' OR NEW.partner_id IS DISTINCT FROM app_organization_id()
            OR NOT freight_hold_inquiry(NEW.inquiry_id) THEN
            PERFORM freight_refuse('freight_offers_in_time', 'offers are taken in from who is asked, until the closing');
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' - 'ended_at' <> to_jsonb(OLD) - 'state' - 'ended_at' THEN
        PERFORM freight_refuse('freight_offers_stay', 'what was offered stays');
    END IF;
    IF OLD.state <> 'offered' OR NOT (
        (NEW.state IN ('revised', 'withdrawn') AND NEW.partner_id = app_organization_id()
            AND freight_hold_inquiry(NEW.inquiry_id))
        OR (NEW.state IN ('taken', 'not_taken') AND NEW.shipper_id = app_organization_id() AND EXISTS (
            SELECT 1 FROM freight_inquiries i WHERE i.id = NEW.inquiry_id AND i.state = 'closed'))
    ) THEN
        PERFORM freight_refuse('freight_offers_way', format('an offer does not go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER freight_offers_guarded BEFORE INSERT OR UPDATE ON freight_offers
FOR EACH ROW EXECUTE FUNCTION freight_offers_guard();
"""

SHARES = """
CREATE FUNCTION consolidations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            PERFORM freight_refuse('consolidations_way', 'a shared container begins open');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'open' OR to_jsonb(NEW) - '{reference,container_number,cost_minor,basis,state,ended_at,version}'::text[]
        <> to_jsonb(OLD) - '{reference,container_number,cost_minor,basis,state,ended_at,version}'::text[] THEN
        PERFORM freight_refuse('consolidations_stay', 'a shared container that was closed or cancelled stays');
    END IF;
    IF NEW.state = 'closed' THEN
        PERFORM 1 FROM bookings b JOIN consolidation_members m ON m.booking_id = b.id
        WHERE m.consolidation_id = NEW.id AND m.removed_at IS NULL FOR SHARE OF b;
        IF EXISTS (SELECT 1 FROM bookings b JOIN consolidation_members m ON m.booking_id = b.id
                   WHERE m.consolidation_id = NEW.id AND m.removed_at IS NULL AND b.state <> 'accepted') THEN
            PERFORM freight_refuse('consolidations_booked', 'who is not booked any more shares nothing');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER consolidations_guarded BEFORE INSERT OR UPDATE ON consolidations
FOR EACH ROW EXECUTE FUNCTION consolidations_guard();

CREATE FUNCTION consolidation_members_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    container consolidations;
BEGIN
    SELECT * INTO container FROM consolidations WHERE id = NEW.consolidation_id FOR SHARE;
    IF container.state IS DISTINCT FROM 'open' THEN
        PERFORM freight_refuse('consolidation_members_open', 'what is in a container changes while that is open');
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.removed_at IS NOT NULL OR to_jsonb(NEW) - '{share_minor,currency,removed_at}'::text[]
            <> to_jsonb(OLD) - '{share_minor,currency,removed_at}'::text[] THEN
            PERFORM freight_refuse('consolidation_members_stay', 'what was put in stays as it was measured');
        END IF;
        RETURN NEW;
    END IF;
    PERFORM 1 FROM bookings b
    WHERE b.id = NEW.booking_id AND b.partner_id = container.partner_id AND b.state = 'accepted' AND b.mode = 'sea_lcl'
      AND (b.from_place, b.to_place) = (container.from_place, container.to_place) FOR SHARE;
    IF NOT FOUND THEN
        PERFORM freight_refuse('consolidation_members_booked', 'only accepted LCL bookings of the same lane share a container');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER consolidation_members_guarded BEFORE INSERT OR UPDATE ON consolidation_members
FOR EACH ROW EXECUTE FUNCTION consolidation_members_guard();

-- Looked at when the transaction ends: shares of a closed container sum to its cost, and of another there are none.
CREATE FUNCTION consolidations_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    container consolidations;
    sums record;
BEGIN
    IF TG_TABLE_NAME = 'consolidations' THEN
        SELECT * INTO container FROM consolidations WHERE id = NEW.id;
    ELSE
        SELECT * INTO container FROM consolidations WHERE id = NEW.consolidation_id;
    END IF;
    SELECT sum(share_minor) AS shared, count(*) AS members, count(share_minor) AS sharing,
        count(DISTINCT shipper_id) AS shippers, bool_and(currency = container.currency) AS same
    INTO sums FROM consolidation_members WHERE consolidation_id = container.id AND removed_at IS NULL;
    IF container.state = 'closed' THEN
        IF sums.shared IS DISTINCT FROM container.cost_minor OR sums.sharing <> sums.members OR sums.shippers < 2
            OR sums.same IS NOT TRUE THEN
            PERFORM freight_refuse('consolidations_shares_sum', 'shares sum to the cost');
        END IF;
    ELSIF sums.sharing > 0 THEN
        PERFORM freight_refuse('consolidations_shares_sum', 'shares are fixed when a container is closed');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER consolidations_balanced AFTER INSERT OR UPDATE ON consolidations
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consolidations_balance();
CREATE CONSTRAINT TRIGGER consolidation_members_balanced AFTER INSERT OR UPDATE ON consolidation_members
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consolidations_balance();
"""

CALLED = ("freight_cards(text[], text[], text[], date, integer)", "freight_hold_inquiry(uuid)")
KEPT = (
    "rate_cards",
    "freight_options",
    "freight_inquiries",
    "freight_offers",
    "consolidations",
    "consolidation_members",
)


def upgrade() -> None:
    for statements in (REFUSE, CARDS, OPTIONS, BOOKINGS, INQUIRIES, SHARES):
        op.execute(statements)
    for function in CALLED:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}, {WORKER}")
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_not_deleted BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION app_refuse_change()"
        )
