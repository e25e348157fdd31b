"""The functions that write balances and reservations: how moves are applied, how stock is held, released and waited for."""

from alembic import op

from app.kit.db.policies import APP, OWNER, WORKER, policy

revision = "20261126_2010"
down_revision = "20261126_2000"
branch_labels = None
depends_on = None

# Rows are locked in one order everywhere: items, balances, bins, each by id; then lines of reservations; then reservations.
# Holding stock locks balances alone, so that buyers wait for moves of the same stock and for one another, and for nobody else.
LOCK = """
CREATE FUNCTION stock_lock(p_items uuid[], p_bins uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM stock_items WHERE id = ANY (p_items) ORDER BY id FOR NO KEY UPDATE;
    PERFORM 1 FROM stock_balances WHERE item_id = ANY (p_items) ORDER BY id FOR NO KEY UPDATE;
    PERFORM 1 FROM warehouse_bins WHERE id = ANY (p_bins) ORDER BY id FOR NO KEY UPDATE;
END $$
"""

APPLY = """
CREATE FUNCTION stock_refuse(p_guard text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'stock does not move so: %', p_guard USING ERRCODE = 'check_violation', CONSTRAINT = p_guard;
END $$;

CREATE FUNCTION stock_apply_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    item stock_items;
    taken uuid;
    fulfilled uuid;
BEGIN
    PERFORM stock_lock(ARRAY[NEW.item_id], ARRAY[NEW.from_bin_id, NEW.to_bin_id]);
    SELECT * INTO STRICT item FROM stock_items WHERE id = NEW.item_id;
    IF (item.tracking = 'none') <> (NEW.lot_id IS NULL) THEN
        PERFORM stock_refuse('stock_moves_lot_as_tracked');
    END IF;
    IF item.tracking = 'serial' AND NEW.quantity <> 1 THEN
        PERFORM stock_refuse('stock_moves_serial_is_one');
    END IF;
    IF item.tracking = 'serial' AND NEW.from_bin_id IS NULL
        AND EXISTS (SELECT 1 FROM stock_balances WHERE lot_id = NEW.lot_id AND on_hand > 0) THEN
        PERFORM stock_refuse('stock_moves_serial_is_once');
    END IF;
    IF EXISTS (SELECT 1 FROM warehouse_bins
               WHERE id IN (NEW.from_bin_id, NEW.to_bin_id) AND keeper_id <> NEW.keeper_id) THEN
        PERFORM stock_refuse('stock_moves_own_bins');
    END IF;
    IF NEW.from_bin_id IS NOT NULL THEN
        UPDATE stock_balances b
        SET on_hand = b.on_hand - NEW.quantity,
            reserved = b.reserved - CASE WHEN NEW.reservation_line_id IS NULL THEN 0 ELSE NEW.quantity END
        WHERE b.item_id = NEW.item_id AND b.bin_id = NEW.from_bin_id AND b.lot_id IS NOT DISTINCT FROM NEW.lot_id
          AND b.owner_id = NEW.from_owner_id AND b.status = NEW.from_status
          AND CASE WHEN NEW.reservation_line_id IS NULL THEN b.on_hand - b.reserved ELSE b.reserved END >= NEW.quantity
        RETURNING b.id INTO taken;
        IF taken IS NULL THEN
            PERFORM stock_refuse('stock_moves_enough_there');
        END IF;
    END IF;
    IF NEW.reservation_line_id IS NOT NULL THEN
        UPDATE stock_reservation_lines SET picked = picked + NEW.quantity
        WHERE id = NEW.reservation_line_id AND balance_id = taken AND open >= NEW.quantity
        RETURNING reservation_id INTO fulfilled;
        IF fulfilled IS NULL THEN
            PERFORM stock_refuse('stock_moves_as_reserved');
        END IF;
        UPDATE stock_reservations r SET state = 'fulfilled', ended_at = app_now()
        WHERE r.id = fulfilled AND r.state = 'held' AND NOT EXISTS (
            SELECT 1 FROM stock_reservation_lines l WHERE l.reservation_id = r.id AND l.open > 0);
    END IF;
    IF NEW.to_bin_id IS NOT NULL THEN
        IF EXISTS (SELECT 1 FROM warehouse_bins WHERE id = NEW.to_bin_id AND blocked) THEN
            PERFORM stock_refuse('stock_moves_bin_open');
        END IF;
        INSERT INTO stock_balances (item_id, bin_id, warehouse_id, keeper_id, lot_id, owner_id, status, on_hand)
        SELECT NEW.item_id, b.id, b.warehouse_id, b.keeper_id, NEW.lot_id, NEW.to_owner_id, NEW.to_status, NEW.quantity
        FROM warehouse_bins b WHERE b.id = NEW.to_bin_id
        ON CONFLICT ON CONSTRAINT uq_stock_balances_place DO UPDATE
        SET on_hand = stock_balances.on_hand + EXCLUDED.on_hand;
    END IF;
    IF NEW.from_bin_id IS DISTINCT FROM NEW.to_bin_id THEN
        UPDATE warehouse_bins b
        SET mass_kg = b.mass_kg + d.sign * NEW.quantity * coalesce(item.mass_kg, 0),
            volume_dm3 = b.volume_dm3 + d.sign * NEW.quantity * coalesce(item.volume_dm3, 0)
        FROM (VALUES (NEW.from_bin_id, -1), (NEW.to_bin_id, 1)) d (bin_id, sign)
        WHERE b.id = d.bin_id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER stock_moves_apply AFTER INSERT ON stock_moves FOR EACH ROW EXECUTE FUNCTION stock_apply_move();
"""

ITEMS = """
CREATE FUNCTION stock_item_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.unit, NEW.tracking) IS DISTINCT FROM (OLD.unit, OLD.tracking)
        AND EXISTS (SELECT 1 FROM stock_moves WHERE item_id = NEW.id) THEN
        PERFORM stock_refuse('stock_items_counted_alike');
    END IF;
    IF (NEW.mass_kg, NEW.volume_dm3) IS DISTINCT FROM (OLD.mass_kg, OLD.volume_dm3) THEN
        PERFORM stock_lock('{}', array(SELECT bin_id FROM stock_balances WHERE item_id = NEW.id AND on_hand > 0));
        UPDATE warehouse_bins b SET mass_kg = c.mass_kg, volume_dm3 = c.volume_dm3
        FROM (SELECT s.bin_id, sum(s.on_hand * coalesce(i.mass_kg, 0)) AS mass_kg,
                     sum(s.on_hand * coalesce(i.volume_dm3, 0)) AS volume_dm3
              FROM stock_balances s JOIN stock_items i ON i.id = s.item_id
              WHERE s.bin_id IN (SELECT bin_id FROM stock_balances WHERE item_id = NEW.id AND on_hand > 0)
              GROUP BY s.bin_id) c
        WHERE b.id = c.bin_id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER stock_items_changed AFTER UPDATE ON stock_items FOR EACH ROW EXECUTE FUNCTION stock_item_changed();
"""

# What may be held: one's own stock, and what an organization offers of its own, where the warehouse sends goods to buyers.
ON_OFFER = """
CREATE VIEW stock_on_offer AS
SELECT b.id, b.item_id, b.warehouse_id, b.lot_id, b.owner_id, b.keeper_id, b.on_hand - b.reserved AS amount, l.expires_on,
    h.priority, h.latitude, h.longitude, h.handling_fee_minor, h.currency
FROM stock_balances b
JOIN stock_items i ON i.id = b.item_id
JOIN warehouses h ON h.id = b.warehouse_id
LEFT JOIN stock_lots l ON l.id = b.lot_id
WHERE b.status = 'available' AND b.on_hand > b.reserved AND h.closed_at IS NULL
  AND (b.owner_id = app_organization_id() OR (i.offered AND b.owner_id = i.organization_id AND h.offers))
  AND (l.expires_on IS NULL OR l.expires_on > (app_now() AT TIME ZONE 'UTC')::date)
"""

# Of the warehouses that may be taken from, those that come first by the rule are emptied first; without splitting, all comes from
# one. Expired holds of the same items end first. Nothing is held unless all is, or the rest may wait (backorder).
RESERVE = """
CREATE FUNCTION stock_reserve(
    p_reservation uuid, p_holder_kind text, p_holder_id uuid, p_expires_at timestamptz, p_person uuid, p_client uuid,
    p_items uuid[], p_quantities numeric[], p_rule text, p_split boolean, p_backorder boolean,
    p_latitude float8, p_longitude float8, p_warehouses uuid[]
) RETURNS TABLE (
    item_position integer, line_id uuid, held_item_id uuid, held_balance_id uuid, held_warehouse_id uuid, held_lot_id uuid,
    held_owner_id uuid, held numeric, free numeric
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    me uuid := app_organization_id();
    nearby record;
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION 'stock is held for an organization' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM 1 FROM stock_balances b WHERE b.item_id = ANY (p_items) AND b.status = 'available' AND b.on_hand > 0
        ORDER BY b.id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM stock_reservation_lines l
               WHERE l.item_id = ANY (p_items) AND l.open > 0 AND l.expires_at <= app_now()) THEN
        PERFORM stock_drop_expired(p_items);
    END IF;
    -- The usual wish, for one item that lies ready: what the statement below would choose, without its many steps.
    IF cardinality(p_items) = 1 AND p_rule = 'priority' AND p_warehouses IS NULL THEN
        SELECT o.* INTO nearby FROM stock_on_offer o WHERE o.item_id = p_items[1]
        ORDER BY o.priority, o.warehouse_id, o.expires_on NULLS LAST, o.id LIMIT 1;
        IF nearby.amount >= p_quantities[1] THEN
            UPDATE stock_balances b SET reserved = b.reserved + p_quantities[1] WHERE b.id = nearby.id;
            INSERT INTO stock_reservations (id, organization_id, holder_kind, holder_id, expires_at, person_id, client_id)
            VALUES (p_reservation, me, p_holder_kind, p_holder_id, p_expires_at, p_person, p_client);
            RETURN QUERY
            INSERT INTO stock_reservation_lines AS n
                (reservation_id, organization_id, position, item_id, balance_id, owner_id, keeper_id, warehouse_id, quantity,
                 expires_at)
            VALUES (p_reservation, me, 1, nearby.item_id, nearby.id, nearby.owner_id, nearby.keeper_id, nearby.warehouse_id,
                p_quantities[1], p_expires_at)
            RETURNING 1, n.id, n.item_id, n.balance_id, n.warehouse_id, nearby.lot_id, n.owner_id, n.quantity, NULL::numeric;
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
    WITH wanted AS MATERIALIZED (
        SELECT w.place::integer AS place, w.item_id, w.quantity
        FROM unnest(p_items, p_quantities) WITH ORDINALITY w (item_id, quantity, place)
    ), stock AS MATERIALIZED (
        SELECT w.place, w.quantity AS asked, h.id, h.item_id, h.warehouse_id, h.lot_id, h.owner_id, h.keeper_id, h.amount,
            h.expires_on, h.priority,
            CASE p_rule
                WHEN 'nearest' THEN 12742 * asin(sqrt(
                    sin(radians(h.latitude::float8 - p_latitude) / 2) ^ 2
                    + cos(radians(p_latitude)) * cos(radians(h.latitude::float8))
                    * sin(radians(h.longitude::float8 - p_longitude) / 2) ^ 2))
                -- Compared in euro, at the latest rates.
                WHEN 'cheapest' THEN (
                    SELECT h.handling_fee_minor * c.one_minor * CASE WHEN c.currency = 'EUR' THEN 1 ELSE r.rate END
                    FROM currency_formats c LEFT JOIN LATERAL latest_rate(c.currency, 'EUR') r ON true
                    WHERE c.currency = h.currency AND c.locale = 'en')::float8
                ELSE h.priority
            END AS rank
        FROM wanted w JOIN stock_on_offer h ON h.item_id = w.item_id
        WHERE p_warehouses IS NULL OR h.warehouse_id = ANY (p_warehouses)
    ), whole AS (
        SELECT s.warehouse_id FROM (
            SELECT o.warehouse_id, o.place FROM stock o GROUP BY o.warehouse_id, o.place, o.asked HAVING sum(o.amount) >= o.asked
        ) s GROUP BY s.warehouse_id HAVING count(*) = cardinality(p_items)
    ), ranked AS (
        SELECT s.*, s.warehouse_id IN (SELECT k.warehouse_id FROM whole k) AS is_whole FROM stock s
    ), chosen AS (
        SELECT r.warehouse_id FROM ranked r ORDER BY r.is_whole DESC, r.rank NULLS LAST, r.priority, r.warehouse_id LIMIT 1
    ), allowed AS (
        SELECT r.*, sum(r.amount) OVER (
            PARTITION BY r.place
            ORDER BY (p_rule = 'single_shipment' AND r.is_whole) DESC,
                CASE WHEN p_rule = 'first_expiring' THEN r.expires_on END NULLS LAST,
                r.rank NULLS LAST, r.priority, r.warehouse_id, r.expires_on NULLS LAST, r.id
            ROWS UNBOUNDED PRECEDING
        ) AS so_far
        FROM ranked r WHERE p_split OR r.warehouse_id = (SELECT c.warehouse_id FROM chosen c)
    ), taken AS MATERIALIZED (
        SELECT a.*, least(a.amount, a.asked - (a.so_far - a.amount)) AS take FROM allowed a WHERE a.so_far - a.amount < a.asked
    ), short AS MATERIALIZED (
        SELECT w.place, w.item_id, w.quantity - coalesce(sum(t.take), 0) AS missing,
            (SELECT coalesce(sum(s.amount), 0) FROM stock s WHERE s.place = w.place) AS free
        FROM wanted w LEFT JOIN taken t ON t.place = w.place GROUP BY w.place, w.item_id, w.quantity
    ), decided AS MATERIALIZED (
        SELECT p_backorder OR bool_and(s.missing <= 0) AS holds FROM short s
    ), head AS (
        INSERT INTO stock_reservations (id, organization_id, holder_kind, holder_id, expires_at, person_id, client_id)
        SELECT p_reservation, me, p_holder_kind, p_holder_id, p_expires_at, p_person, p_client FROM decided d WHERE d.holds
    ), written AS (
        UPDATE stock_balances b SET reserved = b.reserved + t.take
        FROM taken t, decided d WHERE d.holds AND b.id = t.id
    ), lines AS (
        INSERT INTO stock_reservation_lines AS n
            (reservation_id, organization_id, position, item_id, balance_id, owner_id, keeper_id, warehouse_id, quantity,
             expires_at)
        SELECT p_reservation, me, t.place, t.item_id, t.id, t.owner_id, t.keeper_id, t.warehouse_id, t.take, p_expires_at
        FROM taken t, decided d WHERE d.holds
        UNION ALL
        SELECT p_reservation, me, s.place, s.item_id, NULL, i.organization_id, NULL, NULL, s.missing, p_expires_at
        FROM short s JOIN stock_items i ON i.id = s.item_id, decided d WHERE d.holds AND s.missing > 0
        RETURNING n.id, n.position, n.item_id, n.balance_id, n.warehouse_id, n.owner_id, n.quantity
    )
    SELECT n.position::integer, n.id, n.item_id, n.balance_id, n.warehouse_id, t.lot_id, n.owner_id, n.quantity, NULL::numeric
    FROM lines n LEFT JOIN taken t ON t.id = n.balance_id
    UNION ALL
    SELECT s.place, NULL, s.item_id, NULL, NULL, NULL, NULL, NULL, s.free
    FROM short s, decided d WHERE NOT d.holds AND s.missing > 0
    ORDER BY 1, 2;
END $$
"""

RELEASE = """
CREATE FUNCTION stock_drop_expired(p_items uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Their balances are locked by whoever asks for them; their reservations are ended by the next sweep.
    WITH dropped AS (
        UPDATE stock_reservation_lines l SET released = l.released + l.open
        WHERE l.item_id = ANY (p_items) AND l.open > 0 AND l.expires_at <= app_now()
        RETURNING l.balance_id, OLD.open AS amount
    )
    UPDATE stock_balances b SET reserved = b.reserved - d.amount
    FROM (SELECT balance_id, sum(amount) AS amount FROM dropped GROUP BY balance_id) d WHERE b.id = d.balance_id;
END $$;

CREATE FUNCTION stock_end_reservation(p_reservation uuid, p_state text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM stock_balances WHERE id IN (
        SELECT balance_id FROM stock_reservation_lines WHERE reservation_id = p_reservation AND open > 0
    ) ORDER BY id FOR NO KEY UPDATE;
    WITH dropped AS (
        UPDATE stock_reservation_lines l SET released = l.released + l.open
        WHERE l.reservation_id = p_reservation AND l.open > 0
        RETURNING l.balance_id, OLD.open AS amount
    )
    UPDATE stock_balances b SET reserved = b.reserved - d.amount
    FROM (SELECT balance_id, sum(amount) AS amount FROM dropped GROUP BY balance_id) d WHERE b.id = d.balance_id;
    UPDATE stock_reservations SET state = p_state, ended_at = app_now() WHERE id = p_reservation AND state = 'held';
    RETURN FOUND;
END $$;

CREATE FUNCTION stock_release(p_reservation uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM stock_reservations
                   WHERE id = p_reservation AND (organization_id = app_organization_id() OR app_is_operator())) THEN
        RETURN false;
    END IF;
    RETURN stock_end_reservation(p_reservation, 'released');
END $$;

CREATE FUNCTION stock_expire(p_most integer) RETURNS TABLE (reservation_id uuid, organization_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    due record;
BEGIN
    FOR due IN
        SELECT r.id, r.organization_id FROM stock_reservations r
        WHERE r.state = 'held' AND r.expires_at <= app_now() ORDER BY r.expires_at, r.id LIMIT p_most
    LOOP
        IF stock_end_reservation(due.id, 'expired') THEN
            reservation_id := due.id;
            organization_id := due.organization_id;
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;
"""

# Whoever has waited longest is served first. What a waiting line is given becomes a line of its own.
FILL = """
CREATE FUNCTION stock_fill_backorders(p_items uuid[]) RETURNS TABLE (
    reservation_id uuid, organization_id uuid, filled_item_id uuid, filled numeric
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    waiting record;
    source record;
    missing numeric;
    take numeric;
BEGIN
    PERFORM 1 FROM stock_balances b WHERE b.item_id = ANY (p_items) ORDER BY b.id FOR NO KEY UPDATE;
    FOR waiting IN
        SELECT l.* FROM stock_reservation_lines l JOIN stock_reservations r ON r.id = l.reservation_id
        WHERE l.item_id = ANY (p_items) AND l.balance_id IS NULL AND l.open > 0 AND r.state = 'held'
          AND (l.expires_at IS NULL OR l.expires_at > app_now())
        ORDER BY l.id FOR UPDATE OF l
    LOOP
        missing := waiting.open;
        FOR source IN
            SELECT b.id, b.owner_id, b.keeper_id, b.warehouse_id, b.on_hand - b.reserved AS amount
            FROM stock_balances b
            JOIN stock_items i ON i.id = b.item_id
            JOIN warehouses h ON h.id = b.warehouse_id
            LEFT JOIN stock_lots o ON o.id = b.lot_id
            WHERE b.item_id = waiting.item_id AND b.status = 'available' AND b.on_hand > b.reserved
              AND (b.owner_id = waiting.organization_id
                   OR (i.offered AND b.owner_id = i.organization_id AND h.offers))
              AND h.closed_at IS NULL
              AND (o.expires_on IS NULL OR o.expires_on > (app_now() AT TIME ZONE 'UTC')::date)
            ORDER BY h.priority, h.id, o.expires_on NULLS LAST, b.id
        LOOP
            EXIT WHEN missing <= 0;
            take := least(missing, source.amount);
            UPDATE stock_balances SET reserved = reserved + take WHERE id = source.id;
            INSERT INTO stock_reservation_lines
                (reservation_id, organization_id, position, item_id, balance_id, owner_id, keeper_id, warehouse_id, quantity,
                 expires_at)
            VALUES (waiting.reservation_id, waiting.organization_id, waiting.position, waiting.item_id, source.id,
                source.owner_id, source.keeper_id, source.warehouse_id, take, waiting.expires_at);
            missing := missing - take;
        END LOOP;
        IF missing < waiting.open THEN
            UPDATE stock_reservation_lines l SET released = l.released + (waiting.open - missing) WHERE l.id = waiting.id;
            reservation_id := waiting.reservation_id;
            organization_id := waiting.organization_id;
            filled_item_id := waiting.item_id;
            filled := waiting.open - missing;
            RETURN NEXT;
        END IF;
    END LOOP;
END $$
"""

# How much buyers may hold of what is offered. How it is spread over warehouses is its owner's business.
AVAILABLE = """
CREATE FUNCTION stock_available(p_variants uuid[]) RETURNS TABLE (variant_id uuid, item_id uuid, available numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.variant_id, i.id, coalesce(sum(b.on_hand - b.reserved) FILTER (
        WHERE h.offers AND h.closed_at IS NULL
          AND (l.expires_on IS NULL OR l.expires_on > (app_now() AT TIME ZONE 'UTC')::date)), 0)
    FROM stock_items i
    LEFT JOIN stock_balances b ON b.item_id = i.id AND b.owner_id = i.organization_id AND b.status = 'available'
    LEFT JOIN warehouses h ON h.id = b.warehouse_id
    LEFT JOIN stock_lots l ON l.id = b.lot_id
    WHERE i.variant_id = ANY (p_variants) AND i.offered AND app_organization_id() IS NOT NULL
    GROUP BY i.id
$$
"""

RESERVE_TYPES = (
    "uuid, text, uuid, timestamptz, uuid, uuid, uuid[], numeric[], text, boolean, boolean, float8, float8, uuid[]"
)
CALLED = {
    "stock_lock(uuid[], uuid[])": (APP, WORKER),
    f"stock_reserve({RESERVE_TYPES})": (APP, WORKER),
    "stock_release(uuid)": (APP, WORKER),
    "stock_fill_backorders(uuid[])": (APP, WORKER),
    "stock_available(uuid[])": (APP, WORKER),
    "stock_expire(integer)": (WORKER,),
}
WITHIN = ("stock_drop_expired(uuid[])", "stock_end_reservation(uuid, text)")


def upgrade() -> None:
    # Fees of warehouses are compared at rates of exchange.
    policy("fx_rates", "fx_rates_own", "SELECT", "true", None, OWNER)
    for functions in (LOCK, APPLY, ITEMS, RELEASE, ON_OFFER, RESERVE, FILL, AVAILABLE):
        op.execute(functions)
    for function in (*CALLED, *WITHIN):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    for function, roles in CALLED.items():
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {', '.join(roles)}")
