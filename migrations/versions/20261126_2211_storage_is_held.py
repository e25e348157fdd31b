"""What lies in storage zones may be held for buyers; what is being received, packed or sent, and what came back, may not."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, OWNER, WORKER, policy

revision = "20261126_2211"
down_revision = "20261126_2210"
branch_labels = None
depends_on = None

# A zone keeps its purpose and a bin its zone, so that a balance is told once whether it may be held: whoever reserves reads no
# more than before. Of the functions below nothing else has changed.
APPLY = """
CREATE OR REPLACE FUNCTION stock_apply_move() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
        INSERT INTO stock_balances
            (item_id, bin_id, warehouse_id, keeper_id, lot_id, owner_id, status, on_hand, reservable)
        SELECT NEW.item_id, b.id, b.warehouse_id, b.keeper_id, NEW.lot_id, NEW.to_owner_id, NEW.to_status, NEW.quantity,
            z.purpose = 'storage'
        FROM warehouse_bins b JOIN warehouse_zones z ON z.id = b.zone_id WHERE b.id = NEW.to_bin_id
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
END $$
"""

ON_OFFER = """
CREATE OR REPLACE VIEW stock_on_offer AS
SELECT b.id, b.item_id, b.warehouse_id, b.lot_id, b.owner_id, b.keeper_id, b.on_hand - b.reserved AS amount, l.expires_on,
    h.priority, h.latitude, h.longitude, h.handling_fee_minor, h.currency
FROM stock_balances b
JOIN stock_items i ON i.id = b.item_id
JOIN warehouses h ON h.id = b.warehouse_id
LEFT JOIN stock_lots l ON l.id = b.lot_id
WHERE b.reservable AND b.status = 'available' AND b.on_hand > b.reserved AND h.closed_at IS NULL
  AND (b.owner_id = app_organization_id() OR (i.offered AND b.owner_id = i.organization_id AND h.offers))
  AND (l.expires_on IS NULL OR l.expires_on > (app_now() AT TIME ZONE 'UTC')::date)
"""

RESERVE = """
CREATE OR REPLACE FUNCTION stock_reserve(
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
    PERFORM 1 FROM stock_balances b
        WHERE b.item_id = ANY (p_items) AND b.reservable AND b.status = 'available' AND b.on_hand > 0
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

FILL = """
CREATE OR REPLACE FUNCTION stock_fill_backorders(p_items uuid[]) RETURNS TABLE (
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
            WHERE b.item_id = waiting.item_id AND b.reservable AND b.status = 'available' AND b.on_hand > b.reserved
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

AVAILABLE = """
CREATE OR REPLACE FUNCTION stock_available(p_variants uuid[]) RETURNS TABLE (variant_id uuid, item_id uuid, available numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.variant_id, i.id, coalesce(sum(b.on_hand - b.reserved) FILTER (
        WHERE h.offers AND h.closed_at IS NULL
          AND (l.expires_on IS NULL OR l.expires_on > (app_now() AT TIME ZONE 'UTC')::date)), 0)
    FROM stock_items i
    LEFT JOIN stock_balances b ON b.item_id = i.id AND b.owner_id = i.organization_id AND b.reservable
        AND b.status = 'available'
    LEFT JOIN warehouses h ON h.id = b.warehouse_id
    LEFT JOIN stock_lots l ON l.id = b.lot_id
    WHERE i.variant_id = ANY (p_variants) AND i.offered AND app_organization_id() IS NOT NULL
    GROUP BY i.id
$$
"""

# Less was there than a line said. Its rest waits for stock again. What could not be found is left to whoever calls:
# he has locked the balance, and takes it out of what may be held.
SHORT = """
CREATE FUNCTION stock_short_pick(p_line uuid, p_missing numeric) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    line stock_reservation_lines;
BEGIN
    PERFORM 1 FROM stock_balances WHERE id = (SELECT balance_id FROM stock_reservation_lines WHERE id = p_line)
        FOR NO KEY UPDATE;
    UPDATE stock_reservation_lines l SET released = l.released + p_missing
    WHERE l.id = p_line AND l.keeper_id = app_organization_id() AND l.balance_id IS NOT NULL AND l.open >= p_missing
      AND p_missing > 0
    RETURNING * INTO line;
    IF line.id IS NULL THEN
        PERFORM stock_refuse('stock_moves_as_reserved');
    END IF;
    UPDATE stock_balances SET reserved = reserved - p_missing WHERE id = line.balance_id;
    INSERT INTO stock_reservation_lines (reservation_id, organization_id, position, item_id, owner_id, quantity, expires_at)
    VALUES (line.reservation_id, line.organization_id, line.position, line.item_id, line.owner_id, p_missing, line.expires_at);
END $$
"""


def upgrade() -> None:
    # The functions of the stock act as `owner`; so does this migration.
    policy("warehouse_zones", "warehouse_zones_kept", "SELECT", "true", None, OWNER)
    op.add_column(
        "stock_balances", sa.Column("reservable", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    # What is held elsewhere already stays where it is held.
    op.execute(
        "UPDATE stock_balances b SET reservable = true FROM warehouse_bins p JOIN warehouse_zones z ON z.id = p.zone_id "
        "WHERE p.id = b.bin_id AND (z.purpose = 'storage' OR b.reserved > 0)"
    )
    op.create_check_constraint(
        op.f("ck_stock_balances_only_stored_is_reserved"), "stock_balances", "reservable OR reserved = 0"
    )
    for functions in (APPLY, ON_OFFER, RESERVE, FILL, AVAILABLE, SHORT):
        op.execute(functions)
    op.execute("REVOKE ALL ON FUNCTION stock_short_pick(uuid, numeric) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION stock_short_pick(uuid, numeric) TO {APP}, {WORKER}")
