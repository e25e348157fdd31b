"""What shipments consist of, the documents that go with them, and incidents that people open."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.db.policies import APP, WORKER, append_only, policy, tenant_table

revision = "20261126_2240"
down_revision = "20261126_2231"
branch_labels = None
depends_on = None

SHIPPED = "shipper_id = app_organization_id()"
SEEN = "EXISTS (SELECT 1 FROM shipments s WHERE s.id = {table}.shipment_id)"
RECEIVED = (
    "EXISTS (SELECT 1 FROM shipments s WHERE s.id = {table}.shipment_id AND s.consignee_id = app_organization_id())"
)
CARRIED = (
    "EXISTS (SELECT 1 FROM bookings b WHERE b.shipment_id = {table}.shipment_id "
    "AND b.partner_id = app_organization_id() AND b.state = 'accepted')"
)


def upgrade() -> None:
    _shipment_cargo()
    _shipment_packages()
    _shipment_documents()
    _shipment_incidents()
    _shipment_incident_entries()
    op.execute(PACKAGES)
    op.execute(CONTAINERS)
    op.execute(PAPERS)
    op.execute(INCIDENTS)
    _walls_of_papers()
    _walls_of_incidents()


def _shipment_cargo() -> None:
    op.create_table(
        "shipment_cargo",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("lines", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("pieces", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("gross_mass_kg", sa.Numeric(precision=14, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("volume_m3", sa.Numeric(precision=14, scale=6), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("(lines = 0) = (pieces = 0)", name=op.f("ck_shipment_cargo_lines_have_pieces")),
        sa.CheckConstraint("lines BETWEEN 0 AND 500", name=op.f("ck_shipment_cargo_lines_bounded")),
        sa.CheckConstraint(
            "pieces >= 0 AND gross_mass_kg >= 0 AND volume_m3 >= 0", name=op.f("ck_shipment_cargo_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id", "shipper_id"],
            ["shipments.id", "shipments.shipper_id"],
            name=op.f("fk_shipment_cargo_shipment_id_shipper_id"),
        ),
        sa.PrimaryKeyConstraint("shipment_id", name=op.f("pk_shipment_cargo")),
    )
    op.create_index("ix_shipment_cargo_shipper_id", "shipment_cargo", ["shipper_id"], unique=False)


def _shipment_packages() -> None:
    op.create_table(
        "shipment_packages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.SmallInteger(), nullable=False),
        sa.Column("pieces", sa.SmallInteger(), nullable=False),
        sa.Column("package_type", sa.String(length=2), nullable=False),
        sa.Column("sscc", sa.String(length=18, collation="C"), nullable=True),
        sa.Column("length_mm", sa.Integer(), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=False),
        sa.Column("height_mm", sa.Integer(), nullable=False),
        sa.Column("gross_mass_kg", sa.Numeric(precision=10, scale=3), nullable=False),
        sa.Column(
            "volume_m3",
            sa.Numeric(precision=14, scale=6),
            sa.Computed("round(pieces::numeric * length_mm * width_mm * height_mm / 1000000000, 6)", persisted=True),
            nullable=False,
        ),
        sa.Column("marks", sa.String(length=500), server_default=sa.text("''"), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("hs_code", sa.String(length=10), nullable=True),
        sa.Column("stackable", sa.Boolean(), nullable=False),
        sa.Column("container", sa.String(length=11), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("container ~ '^[A-Z]{4}[0-9]{7}$'", name=op.f("ck_shipment_packages_container_form")),
        sa.CheckConstraint("hs_code ~ '^[0-9]{6,10}$'", name=op.f("ck_shipment_packages_hs_code_form")),
        sa.CheckConstraint("package_type ~ '^[0-9A-Z]{2}$'", name=op.f("ck_shipment_packages_package_type_form")),
        sa.CheckConstraint(
            "sscc IS NULL OR (sscc ~ '^[0-9]{18}$' AND pieces = 1)", name=op.f("ck_shipment_packages_sscc_names_one")
        ),
        sa.CheckConstraint(
            "gross_mass_kg > 0 AND gross_mass_kg <= 500000", name=op.f("ck_shipment_packages_mass_in_range")
        ),
        sa.CheckConstraint(
            "length_mm BETWEEN 1 AND 60000 AND width_mm BETWEEN 1 AND 60000 AND height_mm BETWEEN 1 AND 60000",
            name=op.f("ck_shipment_packages_measures_in_range"),
        ),
        sa.CheckConstraint("line BETWEEN 1 AND 500", name=op.f("ck_shipment_packages_line_in_range")),
        sa.CheckConstraint("pieces BETWEEN 1 AND 9999", name=op.f("ck_shipment_packages_pieces_in_range")),
        sa.ForeignKeyConstraint(
            ["shipment_id", "shipper_id"],
            ["shipments.id", "shipments.shipper_id"],
            name=op.f("fk_shipment_packages_shipment_id_shipper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_packages")),
        sa.UniqueConstraint("shipment_id", "line", name=op.f("uq_shipment_packages_shipment_id_line")),
        sa.UniqueConstraint("shipment_id", "sscc", name=op.f("uq_shipment_packages_shipment_id_sscc")),
    )
    op.create_index("ix_shipment_packages_shipper_id", "shipment_packages", ["shipper_id"], unique=False)


def _shipment_documents() -> None:
    op.create_table(
        "shipment_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("audience", sa.String(length=7), nullable=False),
        sa.Column("number", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "audience = 'parties' OR partner_id IS NOT NULL", name=op.f("ck_shipment_documents_two_are_two")
        ),
        sa.CheckConstraint("audience IN ('parties', 'two')", name=op.f("ck_shipment_documents_audience_known")),
        sa.CheckConstraint(
            "type IN ('label', 'booking_confirmation', 'bill_of_lading', 'air_waybill', 'cmr_note', "
            "'packing_list', 'commercial_invoice', 'certificate_of_origin', 'customs_declaration', "
            "'proof_of_delivery', 'damage_photo', 'freight_invoice', 'other')",
            name=op.f("ck_shipment_documents_type_known"),
        ),
        sa.CheckConstraint(
            "type NOT IN ('freight_invoice') OR audience = 'two'", name=op.f("ck_shipment_documents_prices_for_two")
        ),
        sa.CheckConstraint(
            "(booking_id IS NULL) = (partner_id IS NULL)", name=op.f("ck_shipment_documents_partner_by_booking")
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_because IS NULL)",
            name=op.f("ck_shipment_documents_withdrawn_with_reason"),
        ),
        sa.CheckConstraint(
            "owner_id = shipper_id OR (partner_id IS NOT NULL AND owner_id = partner_id)",
            name=op.f("ck_shipment_documents_attached_by_a_side"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id", "shipment_id", "partner_id"],
            ["bookings.id", "bookings.shipment_id", "bookings.partner_id"],
            name=op.f("fk_shipment_documents_booking_id_shipment_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_shipment_documents_created_by")),
        sa.ForeignKeyConstraint(
            ["document_id", "owner_id"],
            ["documents.id", "documents.organization_id"],
            name=op.f("fk_shipment_documents_document_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organizations.id"], name=op.f("fk_shipment_documents_owner_id")),
        sa.ForeignKeyConstraint(
            ["shipment_id", "shipper_id"],
            ["shipments.id", "shipments.shipper_id"],
            name=op.f("fk_shipment_documents_shipment_id_shipper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_documents")),
    )
    op.create_index("ix_shipment_documents_booking_id", "shipment_documents", ["booking_id"], unique=False)
    op.create_index("ix_shipment_documents_document_id", "shipment_documents", ["document_id"], unique=False)
    op.create_index("ix_shipment_documents_shipment_id_id", "shipment_documents", ["shipment_id", "id"], unique=False)
    op.create_index(
        "uq_shipment_documents_attached_once",
        "shipment_documents",
        ["shipment_id", "document_id", "type"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def _shipment_incidents() -> None:
    op.create_table(
        "shipment_incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("description", sa.String(length=2000), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("owner_role", sa.String(length=9), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("party_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("state", sa.String(length=12), server_default=sa.text("'open'"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settle_due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settle_overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(owner_role = 'carrier') = (booking_id IS NOT NULL)", name=op.f("ck_shipment_incidents_carrier_by_booking")
        ),
        sa.CheckConstraint(
            "(state = 'resolved') = (resolved_at IS NOT NULL)", name=op.f("ck_shipment_incidents_resolved_when")
        ),
        sa.CheckConstraint(
            "kind IN ('delay', 'customs_hold', 'inspection', 'left_behind', 'seal_changed', 'damage', "
            "'shortage', 'loss', 'documents_missing', 'documents_wrong', 'delivery_refused', 'silence')",
            name=op.f("ck_shipment_incidents_kind_known"),
        ),
        sa.CheckConstraint(
            "owner_role <> 'shipper' OR owner_id = shipper_id", name=op.f("ck_shipment_incidents_shipper_is_shipper")
        ),
        sa.CheckConstraint(
            "owner_role IN ('shipper', 'consignee', 'carrier')", name=op.f("ck_shipment_incidents_owner_role_known")
        ),
        sa.CheckConstraint(
            "state <> 'open' OR acknowledged_at IS NULL", name=op.f("ck_shipment_incidents_open_is_unanswered")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'acknowledged', 'resolved')", name=op.f("ck_shipment_incidents_state_known")
        ),
        sa.CheckConstraint("cardinality(party_ids) <= 12", name=op.f("ck_shipment_incidents_parties_bounded")),
        sa.CheckConstraint("party_ids @> ARRAY[opened_by, owner_id]", name=op.f("ck_shipment_incidents_parties_named")),
        sa.ForeignKeyConstraint(
            ["booking_id", "shipment_id", "owner_id"],
            ["bookings.id", "bookings.shipment_id", "bookings.partner_id"],
            name=op.f("fk_shipment_incidents_booking_id_shipment_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["organizations.id"], name=op.f("fk_shipment_incidents_opened_by")),
        sa.ForeignKeyConstraint(["owner_id"], ["organizations.id"], name=op.f("fk_shipment_incidents_owner_id")),
        sa.ForeignKeyConstraint(
            ["shipment_id", "shipper_id"],
            ["shipments.id", "shipments.shipper_id"],
            name=op.f("fk_shipment_incidents_shipment_id_shipper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_incidents")),
        sa.UniqueConstraint("id", "shipper_id", name=op.f("uq_shipment_incidents_id_shipper_id")),
    )
    op.create_index(
        "ix_shipment_incidents_answer_due",
        "shipment_incidents",
        ["answer_due"],
        unique=False,
        postgresql_where=sa.text("state = 'open' AND answer_overdue_at IS NULL"),
    )
    op.create_index("ix_shipment_incidents_booking_id", "shipment_incidents", ["booking_id"], unique=False)
    op.create_index(
        "ix_shipment_incidents_settle_due",
        "shipment_incidents",
        ["settle_due"],
        unique=False,
        postgresql_where=sa.text("state <> 'resolved' AND settle_overdue_at IS NULL"),
    )
    op.create_index("ix_shipment_incidents_shipment_id_id", "shipment_incidents", ["shipment_id", "id"], unique=False)


def _shipment_incident_entries() -> None:
    op.create_table(
        "shipment_incident_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("shipper_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(length=14), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(length=2000), server_default=sa.text("''"), nullable=False),
        sa.Column("owner_role", sa.String(length=9), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(act IN ('answer_overdue', 'settle_overdue')) = (author_id IS NULL)",
            name=op.f("ck_shipment_incident_entries_clock_writes_alone"),
        ),
        sa.CheckConstraint(
            "act IN ('opened', 'commented', 'acknowledged', 'assigned', 'resolved', 'reopened', "
            "'answer_overdue', 'settle_overdue')",
            name=op.f("ck_shipment_incident_entries_act_known"),
        ),
        sa.CheckConstraint(
            "owner_role IN ('shipper', 'consignee', 'carrier')",
            name=op.f("ck_shipment_incident_entries_owner_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["organizations.id"], name=op.f("fk_shipment_incident_entries_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id", "shipper_id"],
            ["shipment_incidents.id", "shipment_incidents.shipper_id"],
            name=op.f("fk_shipment_incident_entries_incident_id_shipper_id"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organizations.id"], name=op.f("fk_shipment_incident_entries_owner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_shipment_incident_entries_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_incident_entries")),
    )
    op.create_index(
        "ix_shipment_incident_entries_incident_id_id", "shipment_incident_entries", ["incident_id", "id"], unique=False
    )


# What packages come to is kept with them. The shipment and its account are held meanwhile: whoever picks up, or changes the
# containers, comes before or after.
PACKAGES = """
CREATE FUNCTION shipment_packages_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM shipments s WHERE s.id IN (SELECT c.shipment_id FROM changed c) ORDER BY s.id FOR SHARE;
    PERFORM 1 FROM shipment_tracks t WHERE t.shipment_id IN (SELECT c.shipment_id FROM changed c)
        ORDER BY t.shipment_id FOR SHARE;
    IF EXISTS (
        SELECT 1 FROM changed c WHERE NOT EXISTS (
            SELECT 1 FROM shipment_tracks t WHERE t.shipment_id = c.shipment_id AND t.state IN ('planned', 'booked'))
    ) THEN
        RAISE EXCEPTION 'what was picked up stays as it was told'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shipment_packages_open';
    END IF;
    IF TG_OP = 'DELETE' THEN
        UPDATE shipment_cargo k SET lines = k.lines - gone.lines, pieces = k.pieces - gone.pieces,
            gross_mass_kg = k.gross_mass_kg - gone.mass, volume_m3 = k.volume_m3 - gone.volume, version = k.version + 1
        FROM (
            SELECT c.shipment_id, count(*) AS lines, sum(c.pieces) AS pieces,
                sum(c.pieces * c.gross_mass_kg) AS mass, sum(c.volume_m3) AS volume
            FROM changed c GROUP BY c.shipment_id
        ) gone WHERE gone.shipment_id = k.shipment_id;
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT 1 FROM changed c JOIN shipments s ON s.id = c.shipment_id
        WHERE c.container IS NOT NULL AND c.container <> ALL (s.containers)
    ) THEN
        RAISE EXCEPTION 'a package is in a container of its shipment'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shipment_packages_container';
    END IF;
    INSERT INTO shipment_cargo AS k (shipment_id, shipper_id, lines, pieces, gross_mass_kg, volume_m3)
    SELECT c.shipment_id, c.shipper_id, count(*), sum(c.pieces), sum(c.pieces * c.gross_mass_kg), sum(c.volume_m3)
    FROM changed c GROUP BY c.shipment_id, c.shipper_id
    ON CONFLICT (shipment_id) DO UPDATE SET lines = k.lines + excluded.lines, pieces = k.pieces + excluded.pieces,
        gross_mass_kg = k.gross_mass_kg + excluded.gross_mass_kg, volume_m3 = k.volume_m3 + excluded.volume_m3,
        version = k.version + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER shipment_packages_added AFTER INSERT ON shipment_packages REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION shipment_packages_counted();
CREATE TRIGGER shipment_packages_removed AFTER DELETE ON shipment_packages REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION shipment_packages_counted();
"""

# A container that packages are in is not taken away.
CONTAINERS = """
CREATE FUNCTION shipments_containers_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM shipment_packages p
        WHERE p.shipment_id = NEW.id AND p.container IS NOT NULL AND p.container <> ALL (NEW.containers)
    ) THEN
        RAISE EXCEPTION 'packages are in this container'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shipments_containers_packed';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER shipments_containers_guarded BEFORE UPDATE OF containers ON shipments
    FOR EACH ROW EXECUTE FUNCTION shipments_containers_guard();
"""

# A document is withdrawn once, and else never changed.
PAPERS = """
CREATE FUNCTION shipment_documents_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.withdrawn_at IS NOT NULL OR (NEW.booking_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM bookings b WHERE b.id = NEW.booking_id AND b.state = 'accepted')) THEN
            RAISE EXCEPTION 'a document is about a leg that somebody carries'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'shipment_documents_carried';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.withdrawn_at IS NOT NULL OR (to_jsonb(NEW) - '{withdrawn_at,withdrawn_because,version}'::text[])
        IS DISTINCT FROM (to_jsonb(OLD) - '{withdrawn_at,withdrawn_because,version}'::text[]) THEN
        RAISE EXCEPTION 'a document of a shipment stays as it is' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'shipment_documents_stay';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER shipment_documents_guarded BEFORE INSERT OR UPDATE ON shipment_documents
    FOR EACH ROW EXECUTE FUNCTION shipment_documents_guard();
"""

# Who may take an incident where: its owner answers, he or the shipper resolves or passes it on, it is opened again once.
INCIDENTS = """
CREATE FUNCTION shipment_incidents_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    me uuid := app_organization_id();
    again boolean := false;
    given boolean := true;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NEW.reopened OR NEW.answer_overdue_at IS NOT NULL OR NEW.settle_overdue_at IS NOT NULL
        THEN
            RAISE EXCEPTION 'an incident begins open'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'shipment_incidents_begin';
        END IF;
    ELSE
        again := OLD.state = 'resolved' AND NEW.state = 'open';
        given := NEW.booking_id IS DISTINCT FROM OLD.booking_id OR NEW.owner_id <> OLD.owner_id;
        IF (NEW.shipment_id, NEW.shipper_id, NEW.kind, NEW.description, NEW.opened_by, NEW.opened_at)
            IS DISTINCT FROM (OLD.shipment_id, OLD.shipper_id, OLD.kind, OLD.description, OLD.opened_by, OLD.opened_at)
            OR NOT NEW.party_ids @> OLD.party_ids THEN
            RAISE EXCEPTION 'what was told of an incident stays'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'shipment_incidents_stay';
        END IF;
        IF NOT (
            NEW.state = OLD.state
            OR (OLD.state = 'open' AND NEW.state = 'acknowledged' AND me = OLD.owner_id)
            OR (OLD.state <> 'resolved' AND NEW.state IN ('resolved', 'open') AND me IN (OLD.owner_id, OLD.shipper_id))
            OR (again AND NOT OLD.reopened AND NEW.reopened AND me IN (OLD.opened_by, OLD.shipper_id))
        ) THEN
            RAISE EXCEPTION 'an incident does not go from % to %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation', CONSTRAINT = 'shipment_incidents_way';
        END IF;
        IF (given AND (OLD.state = 'resolved' OR NEW.state <> 'open' OR me NOT IN (OLD.owner_id, OLD.shipper_id)))
            OR (NEW.reopened <> OLD.reopened AND NOT again)
            OR (NEW.settle_due <> OLD.settle_due AND NOT again)
            OR (NEW.answer_due <> OLD.answer_due AND NEW.state <> 'open')
            OR (NEW.answer_overdue_at < OLD.answer_due) OR (NEW.settle_overdue_at < OLD.settle_due)
            OR (OLD.settle_overdue_at IS NOT NULL AND NEW.settle_overdue_at IS DISTINCT FROM OLD.settle_overdue_at
                AND NOT again)
            OR (OLD.answer_overdue_at IS NOT NULL AND NEW.answer_overdue_at IS DISTINCT FROM OLD.answer_overdue_at
                AND NEW.answer_due = OLD.answer_due)
        THEN
            RAISE EXCEPTION 'owner and deadlines change only when an incident is passed on or opened again'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'shipment_incidents_deadlines';
        END IF;
    END IF;
    IF given AND (
        (NEW.owner_role = 'carrier' AND NOT EXISTS (
            SELECT 1 FROM bookings b WHERE b.id = NEW.booking_id AND b.state = 'accepted'))
        OR (NEW.owner_role = 'consignee' AND NOT EXISTS (
            SELECT 1 FROM shipments s WHERE s.id = NEW.shipment_id AND s.consignee_id = NEW.owner_id))
    ) THEN
        RAISE EXCEPTION 'a side of the shipment has to act'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shipment_incidents_owner';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER shipment_incidents_guarded BEFORE INSERT OR UPDATE ON shipment_incidents
    FOR EACH ROW EXECUTE FUNCTION shipment_incidents_guard();
"""


def _party(table: str) -> str:
    """Who sends, who receives, who carries a leg now."""
    return f"{SHIPPED} OR {RECEIVED.format(table=table)} OR {CARRIED.format(table=table)}"


def _walls_of_papers() -> None:
    # Whoever is asked to carry it knows what it comes to; what it is in detail is for those who have to do with it.
    tenant_table("shipment_cargo", owner=SHIPPED, read=SEEN.format(table="shipment_cargo"))
    tenant_table(
        "shipment_packages",
        owner=SHIPPED,
        read=_party("shipment_packages"),
        privileges=("SELECT", "INSERT", "DELETE"),
    )
    carried, received = CARRIED.format(table="shipment_documents"), RECEIVED.format(table="shipment_documents")
    # The operator is let in nowhere here, since files follow these rows.
    tenant_table(
        "shipment_documents",
        owner=f"owner_id = app_organization_id() AND ({SHIPPED} OR partner_id = app_organization_id() AND {carried})",
        read=(
            f"{SHIPPED} OR audience = 'parties' AND ({received} OR {carried}) "
            f"OR partner_id = app_organization_id() AND {carried}"
        ),
        operator_reads=False,
    )
    # A right that ends with a booking is written down nowhere: it is looked up at each opening.
    shown = "EXISTS (SELECT 1 FROM shipment_documents d WHERE d.document_id = documents.id AND d.withdrawn_at IS NULL)"
    policy("documents", "documents_of_shipments", "SELECT", shown, None, APP, WORKER)


def _walls_of_incidents() -> None:
    table = "shipment_incidents"
    carried, received = CARRIED.format(table=table), RECEIVED.format(table=table)
    concerned = f"{SHIPPED} OR {received} OR app_organization_id() = ANY (party_ids) AND {carried}"
    tenant_table(
        table,
        owner=f"opened_by = app_organization_id() AND ({_party(table)})",
        read=concerned,
        privileges=("SELECT", "INSERT"),
    )
    op.execute(f"GRANT UPDATE ON {table} TO partingline_app, partingline_worker")
    # Who passes an incident on to another carrier still reads it; the trigger says who may do what.
    policy(table, f"{table}_update", "UPDATE", concerned, concerned, APP, WORKER)
    seen = "EXISTS (SELECT 1 FROM shipment_incidents i WHERE i.id = shipment_incident_entries.incident_id)"
    tenant_table(
        "shipment_incident_entries",
        owner=f"author_id = app_organization_id() AND {seen}",
        read=seen,
        privileges=("SELECT", "INSERT"),
    )
    policy(
        "shipment_incident_entries",
        "shipment_incident_entries_by_the_clock",
        "INSERT",
        None,
        f"author_id IS NULL AND {SHIPPED}",
        WORKER,
    )
    append_only("shipment_incident_entries")
