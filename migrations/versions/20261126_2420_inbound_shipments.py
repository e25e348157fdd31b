"""Goods of several who receive: an inbound shipment to a hub, and onward shipments that name it."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, OWNER, WORKER, policy

revision = "20261126_2420"
down_revision = "20261126_2410"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = "shipments"
    op.add_column(table, sa.Column("inbound_id", sa.Uuid(), nullable=True))
    op.add_column(table, sa.Column("plan_key", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_shipments_inbound_id_shipper_id"),
        table,
        table,
        ["inbound_id", "shipper_id"],
        ["id", "shipper_id"],
    )
    op.create_index(
        "ix_shipments_inbound_id",
        table,
        ["inbound_id", "id"],
        unique=False,
        postgresql_where=sa.text("inbound_id IS NOT NULL"),
    )
    op.create_index(
        "uq_shipments_plan_key",
        table,
        ["shipper_id", "plan_key"],
        unique=True,
        postgresql_where=sa.text("plan_key IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_shipments_goes_somewhere"), table)
    op.create_check_constraint(
        op.f("ck_shipments_goes_somewhere"), table, "load <> discharge OR inbound_id IS NOT NULL"
    )
    op.create_check_constraint(
        op.f("ck_shipments_onward_is_somebodys"),
        table,
        "inbound_id IS NULL OR num_nonnulls(consignee_id, plan_key) = 2",
    )
    op.execute(GUARD)
    op.execute(ACCOUNT)
    # The function acts as `owner`.
    for kept in ("shipments", "shipment_tracks"):
        policy(kept, f"{kept}_inbound", "SELECT", "true", None, OWNER)
    op.execute("REVOKE EXECUTE ON FUNCTION shipment_inbound(uuid) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION shipment_inbound(uuid) TO {APP}, {WORKER}")


# Goods go on from where they came to. Between shipments that were planned apart nothing is tied or untied later.
GUARD = """
CREATE FUNCTION shipments_inbound_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'a shipment stays what it was planned as'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shipments_inbound_stays';
    END IF;
    PERFORM 1 FROM shipments i WHERE i.id = NEW.inbound_id AND i.inbound_id IS NULL AND i.cancelled_at IS NULL
        AND i.destination = NEW.origin FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'goods go on from where a shipment brings them'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shipments_inbound_ends_there';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER shipments_go_on BEFORE INSERT ON shipments
    FOR EACH ROW WHEN (NEW.inbound_id IS NOT NULL) EXECUTE FUNCTION shipments_inbound_guard();
CREATE TRIGGER shipments_inbound_stays BEFORE UPDATE OF inbound_id, plan_key, consignee_id, origin, destination ON shipments
    FOR EACH ROW WHEN ((NEW.inbound_id, NEW.plan_key, NEW.consignee_id, NEW.origin, NEW.destination)
        IS DISTINCT FROM (OLD.inbound_id, OLD.plan_key, OLD.consignee_id, OLD.origin, OLD.destination))
    EXECUTE FUNCTION shipments_inbound_guard();
"""

# Who receives one of the onward shipments sees no row of the inbound one: its packages, documents and reference are about others
# too. What is told of its way is no secret between them.
ACCOUNT = """
CREATE FUNCTION shipment_inbound(uuid) RETURNS TABLE (
    mode varchar, origin varchar, load varchar, discharge varchar, destination varchar, ready_on date, containers varchar[],
    state varchar, summary jsonb, events integer, last_event_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.mode, i.origin, i.load, i.discharge, i.destination, i.ready_on, i.containers,
           t.state, t.summary, t.events, t.last_event_at
    FROM shipments o JOIN shipments i ON i.id = o.inbound_id JOIN shipment_tracks t ON t.shipment_id = i.id
    WHERE o.id = $1 AND app_organization_id() IN (o.shipper_id, o.consignee_id)
$$;
"""
