"""Shipments, the partners who are asked to carry their legs, and what is told on the way."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, WORKER, append_only, policy, tenant_table

revision = "20261126_2100"
down_revision = "20261126_2010"
branch_labels = None
depends_on = None

SHIPPED = "shipper_id = app_organization_id()"
CARRIED = "partner_id = app_organization_id()"


def upgrade() -> None:
    _shipments()
    _bookings()
    _shipment_tracks()
    _tracking_events()
    op.execute(GUARD)
    _walls()


def _shipments() -> None:
    op.create_table(
        "shipments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("consignee_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("origin", sa.String(length=5), nullable=False),
        sa.Column("load", sa.String(length=5), nullable=False),
        sa.Column("discharge", sa.String(length=5), nullable=False),
        sa.Column("destination", sa.String(length=5), nullable=False),
        sa.Column("ready_on", sa.Date(), nullable=False),
        sa.Column("containers", postgresql.ARRAY(sa.String(length=11)), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "load ~ '^[A-Z]{2}[A-Z2-9]{3}$' AND discharge ~ '^[A-Z]{2}[A-Z2-9]{3}$' "
            "AND origin ~ '^[A-Z]{2}[A-Z2-9]{3}$' AND destination ~ '^[A-Z]{2}[A-Z2-9]{3}$'",
            name=op.f("ck_shipments_places_are_unlocodes"),
        ),
        sa.CheckConstraint(
            "mode IN ('sea_fcl', 'sea_lcl', 'air', 'road', 'rail', 'courier')", name=op.f("ck_shipments_mode_known")
        ),
        sa.CheckConstraint("cardinality(containers) <= 100", name=op.f("ck_shipments_containers_bounded")),
        sa.CheckConstraint("load <> discharge", name=op.f("ck_shipments_goes_somewhere")),
        sa.ForeignKeyConstraint(["consignee_id"], ["organizations.id"], name=op.f("fk_shipments_consignee_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_shipments_created_by")),
        sa.ForeignKeyConstraint(["shipper_id"], ["organizations.id"], name=op.f("fk_shipments_shipper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
        sa.UniqueConstraint("id", "shipper_id", name=op.f("uq_shipments_id_shipper_id")),
    )
    op.create_index("ix_shipments_consignee_id_id", "shipments", ["consignee_id", "id"], unique=False)
    op.create_index("ix_shipments_shipper_id_id", "shipments", ["shipper_id", "id"], unique=False)


def _bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=14, collation="C"), nullable=False),
        sa.Column("leg", sa.SmallInteger(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("from_place", sa.String(length=5), nullable=False),
        sa.Column("to_place", sa.String(length=5), nullable=False),
        sa.Column("note", sa.String(length=1000), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'offered'"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_reference", sa.String(length=80), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("(state = 'offered') = (ended_at IS NULL)", name=op.f("ck_bookings_answered_has_time")),
        sa.CheckConstraint(
            "from_place ~ '^[A-Z]{2}[A-Z2-9]{3}$' AND to_place ~ '^[A-Z]{2}[A-Z2-9]{3}$' AND from_place <> to_place",
            name=op.f("ck_bookings_places_are_unlocodes"),
        ),
        sa.CheckConstraint(
            "mode IN ('sea_fcl', 'sea_lcl', 'air', 'road', 'rail', 'courier')", name=op.f("ck_bookings_mode_known")
        ),
        sa.CheckConstraint("number ~ '^PL[0-9A-Z]{12}$'", name=op.f("ck_bookings_number_form")),
        sa.CheckConstraint(
            "state IN ('offered', 'accepted', 'declined', 'expired', 'withdrawn')", name=op.f("ck_bookings_state_known")
        ),
        sa.CheckConstraint("leg BETWEEN 1 AND 9", name=op.f("ck_bookings_leg_in_range")),
        sa.CheckConstraint("shipper_id <> partner_id", name=op.f("ck_bookings_not_oneself")),
        sa.ForeignKeyConstraint(["partner_id"], ["organizations.id"], name=op.f("fk_bookings_partner_id")),
        sa.ForeignKeyConstraint(
            ["shipment_id", "shipper_id"],
            ["shipments.id", "shipments.shipper_id"],
            name=op.f("fk_bookings_shipment_id_shipper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("id", "shipment_id", "partner_id", name=op.f("uq_bookings_id_shipment_id_partner_id")),
        sa.UniqueConstraint("number", name=op.f("uq_bookings_number")),
    )
    op.create_index(
        "ix_bookings_expires_at",
        "bookings",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_index("ix_bookings_partner_id_id", "bookings", ["partner_id", "id"], unique=False)
    op.create_index("ix_bookings_shipment_id_partner_id", "bookings", ["shipment_id", "partner_id"], unique=False)
    op.create_index("ix_bookings_shipper_id_id", "bookings", ["shipper_id", "id"], unique=False)
    op.create_index(
        "uq_bookings_one_a_leg",
        "bookings",
        ["shipment_id", "leg"],
        unique=True,
        postgresql_where=sa.text("state IN ('offered', 'accepted')"),
    )


def _shipment_tracks() -> None:
    op.create_table(
        "shipment_tracks",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default=sa.text("'planned'"), nullable=False),
        sa.Column("summary", postgresql.JSONB(), nullable=True),
        sa.Column("events", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'booked', 'picked_up', 'export_cleared', 'in_transit', 'arrived', 'at_customs', "
            "'import_cleared', 'out_for_delivery', 'delivered', 'cancelled')",
            name=op.f("ck_shipment_tracks_state_known"),
        ),
        sa.CheckConstraint("events >= 0", name=op.f("ck_shipment_tracks_events_counted")),
        sa.ForeignKeyConstraint(
            ["shipment_id", "shipper_id"],
            ["shipments.id", "shipments.shipper_id"],
            name=op.f("fk_shipment_tracks_shipment_id_shipper_id"),
        ),
        sa.PrimaryKeyConstraint("shipment_id", name=op.f("pk_shipment_tracks")),
    )
    op.create_index("ix_shipment_tracks_shipper_id", "shipment_tracks", ["shipper_id"], unique=False)


def _tracking_events() -> None:
    op.create_table(
        "tracking_events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("classifier", sa.String(length=3), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("classifier IN ('PLN', 'EST', 'ACT')", name=op.f("ck_tracking_events_classifier_known")),
        sa.CheckConstraint("length(digest) = 32", name=op.f("ck_tracking_events_digest_is_sha256")),
        sa.ForeignKeyConstraint(
            ["booking_id", "shipment_id", "partner_id"],
            ["bookings.id", "bookings.shipment_id", "bookings.partner_id"],
            name=op.f("fk_tracking_events_booking_id_shipment_id_partner_id"),
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_tracking_events")),
    )
    op.create_index("ix_tracking_events_booking_id", "tracking_events", ["booking_id"], unique=False)
    op.create_index(
        "ix_tracking_events_shipment_id_event_at",
        "tracking_events",
        ["shipment_id", "event_at", "event_id"],
        unique=False,
    )


# What was agreed stays as it was agreed; each side moves a booking only where it may.
GUARD = """
CREATE FUNCTION bookings_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.shipment_id, NEW.shipper_id, NEW.partner_id, NEW.number, NEW.leg, NEW.mode, NEW.from_place, NEW.to_place, NEW.note,
        NEW.expires_at) IS DISTINCT FROM (OLD.shipment_id, OLD.shipper_id, OLD.partner_id, OLD.number, OLD.leg, OLD.mode,
        OLD.from_place, OLD.to_place, OLD.note, OLD.expires_at) THEN
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

CREATE TRIGGER bookings_guarded BEFORE UPDATE ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_guard();
"""


def _walls() -> None:
    asked = "EXISTS (SELECT 1 FROM bookings b WHERE b.shipment_id = {id} AND b.partner_id = app_organization_id()"
    # Whose offer ended reads nothing further.
    tenant_table(
        "shipments",
        owner=SHIPPED,
        read=(
            f"{SHIPPED} OR consignee_id = app_organization_id() "
            f"OR {asked.format(id='shipments.id')} AND b.state IN ('offered', 'accepted'))"
        ),
    )
    # A partner answers what he was offered; he offers nothing himself.
    tenant_table("bookings", owner=SHIPPED, read=f"{SHIPPED} OR {CARRIED}", privileges=("SELECT", "INSERT"))
    op.execute("GRANT UPDATE ON bookings TO partingline_app, partingline_worker")
    both = f"{SHIPPED} OR {CARRIED}"
    policy("bookings", "bookings_update", "UPDATE", both, both, APP, WORKER)
    # Whoever carries a leg brings the account up to date; it is read with its shipment.
    carries = f"{asked.format(id='shipment_tracks.shipment_id')} AND b.state = 'accepted')"
    seen = "EXISTS (SELECT 1 FROM shipments s WHERE s.id = {id})"
    tenant_table(
        "shipment_tracks",
        owner=SHIPPED,
        read=seen.format(id="shipment_tracks.shipment_id"),
        privileges=("SELECT", "INSERT"),
    )
    op.execute("GRANT UPDATE ON shipment_tracks TO partingline_app, partingline_worker")
    policy(
        "shipment_tracks",
        "shipment_tracks_update",
        "UPDATE",
        f"{SHIPPED} OR {carries}",
        f"{SHIPPED} OR {carries}",
        APP,
        WORKER,
    )
    # Only who has accepted a booking tells of it.
    accepted = "EXISTS (SELECT 1 FROM bookings b WHERE b.id = tracking_events.booking_id AND b.state = 'accepted')"
    tenant_table(
        "tracking_events",
        owner=f"{CARRIED} AND {accepted}",
        read=f"{CARRIED} OR {seen.format(id='tracking_events.shipment_id')}",
        privileges=("SELECT", "INSERT"),
    )
    append_only("tracking_events")
