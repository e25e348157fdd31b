"""How waves, packages and returns may change, and what is counted with them."""

from alembic import op

from app.kit.db.policies import APP, WORKER

revision = "20261126_2212"
down_revision = "20261126_2211"
branch_labels = None
depends_on = None

# What is planned stays; what was done is done once.
WAVES = """
CREATE FUNCTION pick_waves_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.keeper_id, NEW.warehouse_id, NEW.packing_bin_id) IS DISTINCT FROM
        (OLD.keeper_id, OLD.warehouse_id, OLD.packing_bin_id) OR (NEW.state <> OLD.state AND NOT (
            (OLD.state = 'open' AND NEW.state IN ('picking', 'picked', 'cancelled'))
            OR (OLD.state = 'picking' AND NEW.state = 'picked'))) THEN
        PERFORM stock_refuse('pick_waves_way');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER pick_waves_guarded BEFORE UPDATE ON pick_waves FOR EACH ROW EXECUTE FUNCTION pick_waves_guard();

CREATE FUNCTION pick_lines_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NEW.packed <> 0 THEN
            PERFORM stock_refuse('pick_lines_way');
        END IF;
    ELSIF OLD.state <> 'open' AND (NEW.state, NEW.picked, NEW.missing) IS DISTINCT FROM (OLD.state, OLD.picked, OLD.missing) THEN
        PERFORM stock_refuse('pick_lines_way');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER pick_lines_guarded BEFORE INSERT OR UPDATE ON pick_lines FOR EACH ROW EXECUTE FUNCTION pick_lines_guard();
"""

# A number of a series is given once, whoever asks.
COUNTER = """
CREATE FUNCTION packing_next(p_series text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    given bigint;
BEGIN
    INSERT INTO packing_counters AS c (keeper_id, series, next_value) VALUES (app_organization_id(), p_series, 2)
    ON CONFLICT (keeper_id, series) DO UPDATE SET next_value = c.next_value + 1
    RETURNING c.next_value - 1 INTO given;
    RETURN given;
END $$
"""

# A package is put into one that is open, and taken out of one that is open. It is closed when something is in it, all packages
# in it are closed, and it weighs what they weigh at least.
PACKAGES = """
CREATE FUNCTION packages_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    weighs numeric;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            PERFORM stock_refuse('packages_way');
        END IF;
    ELSE
        IF (NEW.keeper_id, NEW.warehouse_id, NEW.holder_id, NEW.number, NEW.sscc) IS DISTINCT FROM
            (OLD.keeper_id, OLD.warehouse_id, OLD.holder_id, OLD.number, OLD.sscc)
            OR (NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (('open', 'closed'), ('closed', 'dispatched'))) THEN
            PERFORM stock_refuse('packages_way');
        END IF;
        IF OLD.state <> 'open' AND (NEW.type, NEW.length_mm, NEW.width_mm, NEW.height_mm, NEW.tare_kg, NEW.gross_kg, NEW.marks,
            NEW.closed_at) IS DISTINCT FROM (OLD.type, OLD.length_mm, OLD.width_mm, OLD.height_mm, OLD.tare_kg, OLD.gross_kg,
            OLD.marks, OLD.closed_at) THEN
            PERFORM stock_refuse('packages_closed_stays');
        END IF;
        IF OLD.state = 'dispatched' THEN
            PERFORM stock_refuse('packages_closed_stays');
        END IF;
    END IF;
    IF TG_OP = 'INSERT' OR NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN
        PERFORM 1 FROM packages WHERE id IN (NEW.parent_id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.parent_id END)
            ORDER BY id FOR NO KEY UPDATE;
        IF EXISTS (SELECT 1 FROM packages WHERE state <> 'open'
                   AND id IN (NEW.parent_id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.parent_id END)) THEN
            PERFORM stock_refuse('packages_parent_open');
        END IF;
        -- The row's own level is derived from it.
        NEW.parent_level := (SELECT level FROM packages WHERE id = NEW.parent_id);
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.state = 'closed' AND OLD.state = 'open' THEN
        IF EXISTS (SELECT 1 FROM packages WHERE parent_id = NEW.id AND state = 'open') THEN
            PERFORM stock_refuse('packages_inner_closed');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM packages WHERE parent_id = NEW.id)
            AND NOT EXISTS (SELECT 1 FROM package_contents WHERE package_id = NEW.id) THEN
            PERFORM stock_refuse('packages_not_empty');
        END IF;
        SELECT NEW.tare_kg + coalesce((SELECT sum(c.quantity * c.mass_kg) FROM package_contents c WHERE c.package_id = NEW.id), 0)
            + coalesce((SELECT sum(i.gross_kg) FROM packages i WHERE i.parent_id = NEW.id), 0) INTO weighs;
        IF NEW.gross_kg < round(weighs, 3) THEN
            PERFORM stock_refuse('packages_gross_covers_contents');
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER packages_guarded BEFORE INSERT OR UPDATE ON packages FOR EACH ROW EXECUTE FUNCTION packages_guard();
"""

# What is packed is counted where it was picked, and what comes back where it was packed.
CONTENTS = """
CREATE FUNCTION package_contents_count() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM packages WHERE id = coalesce(NEW.package_id, OLD.package_id) AND state = 'open' FOR SHARE;
    IF NOT FOUND THEN
        PERFORM stock_refuse('packages_closed_stays');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.returned <> 0 THEN
            PERFORM stock_refuse('package_contents_way');
        END IF;
        UPDATE pick_lines SET packed = packed + NEW.quantity WHERE id = NEW.pick_line_id;
    ELSE
        UPDATE pick_lines SET packed = packed - OLD.quantity WHERE id = OLD.pick_line_id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER package_contents_counted AFTER INSERT OR DELETE ON package_contents
    FOR EACH ROW EXECUTE FUNCTION package_contents_count();
"""

RETURNS = """
CREATE FUNCTION goods_returns_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'authorised' OR NEW.state = 'authorised' THEN
        PERFORM stock_refuse('goods_returns_way');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER goods_returns_guarded BEFORE UPDATE ON goods_returns FOR EACH ROW EXECUTE FUNCTION goods_returns_guard();

CREATE FUNCTION goods_return_lines_count() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.received IS NOT NULL THEN
            PERFORM stock_refuse('goods_returns_way');
        END IF;
        UPDATE package_contents c SET returned = c.returned + NEW.quantity FROM packages p
        WHERE c.id = NEW.content_id AND p.id = c.package_id AND p.dispatch_id = NEW.dispatch_id;
        IF NOT FOUND THEN
            PERFORM stock_refuse('goods_return_lines_was_dispatched');
        END IF;
    ELSE
        IF OLD.received IS NOT NULL OR NEW.received IS NULL THEN
            PERFORM stock_refuse('goods_returns_way');
        END IF;
        UPDATE package_contents SET returned = returned - (NEW.quantity - NEW.received) WHERE id = NEW.content_id;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER goods_return_lines_counted AFTER INSERT OR UPDATE ON goods_return_lines
    FOR EACH ROW EXECUTE FUNCTION goods_return_lines_count();
"""


def upgrade() -> None:
    for functions in (WAVES, COUNTER, PACKAGES, CONTENTS, RETURNS):
        op.execute(functions)
    op.execute("REVOKE ALL ON FUNCTION packing_next(text) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION packing_next(text) TO {APP}, {WORKER}")
