"""What is announced to keepers of warehouses, what came and how it differs, and what was inspected."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, OWNER, WORKER, append_only, policy, tenant_table

revision = "20261126_2200"
down_revision = "20261126_2190"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _arrivals()
    _arrival_lines()
    _receipts()
    _receipt_lines()
    _arrival_differences()
    _inspections()
    _inspection_characteristics()
    for functions in (ADDRESS, LOTS, GUARDS):
        op.execute(functions)
    _walls()


def _arrivals() -> None:
    op.create_table(
        "arrivals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_code", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("cause_kind", sa.String(length=40), nullable=True),
        sa.Column("cause_id", sa.Uuid(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=1000), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'announced'"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(state IN ('received', 'cancelled')) = (ended_at IS NOT NULL)", name=op.f("ck_arrivals_ended_has_time")
        ),
        sa.CheckConstraint(
            "state IN ('announced', 'receiving', 'received', 'cancelled')", name=op.f("ck_arrivals_state_known")
        ),
        sa.CheckConstraint("(cause_kind IS NULL) = (cause_id IS NULL)", name=op.f("ck_arrivals_cause_whole")),
        sa.ForeignKeyConstraint(["keeper_id"], ["organizations.id"], name=op.f("fk_arrivals_keeper_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["organizations.id"], name=op.f("fk_arrivals_owner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_arrivals_person_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["organizations.id"], name=op.f("fk_arrivals_sender_id")),
        sa.ForeignKeyConstraint(
            ["warehouse_id", "keeper_id"],
            ["warehouses.id", "warehouses.keeper_id"],
            name=op.f("fk_arrivals_warehouse_id_keeper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrivals")),
        sa.UniqueConstraint(
            "id", "keeper_id", "sender_id", "owner_id", name=op.f("uq_arrivals_id_keeper_id_sender_id_owner_id")
        ),
    )
    op.create_index("ix_arrivals_keeper_id_id", "arrivals", ["keeper_id", "id"], unique=False)
    op.create_index("ix_arrivals_owner_id_id", "arrivals", ["owner_id", "id"], unique=False)
    op.create_index("ix_arrivals_sender_id_id", "arrivals", ["sender_id", "id"], unique=False)
    op.create_index("ix_arrivals_warehouse_id", "arrivals", ["warehouse_id"], unique=False)


def _arrival_lines() -> None:
    op.create_table(
        "arrival_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("arrival_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("lot", sa.String(length=80, collation="C"), nullable=True),
        sa.Column("manufactured_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("sscc", sa.String(length=18), nullable=True),
        sa.CheckConstraint("sscc ~ '^[0-9]{18}$'", name=op.f("ck_arrival_lines_sscc_form")),
        sa.CheckConstraint("expires_on > manufactured_on", name=op.f("ck_arrival_lines_expires_after_making")),
        sa.CheckConstraint(
            "lot IS NOT NULL OR (manufactured_on IS NULL AND expires_on IS NULL)",
            name=op.f("ck_arrival_lines_dates_are_of_a_lot"),
        ),
        sa.CheckConstraint("position BETWEEN 1 AND 200", name=op.f("ck_arrival_lines_position_in_range")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_arrival_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["arrival_id", "keeper_id", "sender_id", "owner_id"],
            ["arrivals.id", "arrivals.keeper_id", "arrivals.sender_id", "arrivals.owner_id"],
            name=op.f("fk_arrival_lines_arrival_id_keeper_id_sender_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["stock_items.id"], name=op.f("fk_arrival_lines_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival_lines")),
        sa.UniqueConstraint("arrival_id", "position", name=op.f("uq_arrival_lines_arrival_id_position")),
        sa.UniqueConstraint("id", "arrival_id", "item_id", name=op.f("uq_arrival_lines_id_arrival_id_item_id")),
    )
    op.create_index("ix_arrival_lines_item_id", "arrival_lines", ["item_id"], unique=False)


def _receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("arrival_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=400), server_default=sa.text("''"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("reverses_id <> id", name=op.f("ck_receipts_reverses_another")),
        sa.ForeignKeyConstraint(
            ["arrival_id", "keeper_id", "sender_id", "owner_id"],
            ["arrivals.id", "arrivals.keeper_id", "arrivals.sender_id", "arrivals.owner_id"],
            name=op.f("fk_receipts_arrival_id_keeper_id_sender_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_receipts_person_id")),
        sa.ForeignKeyConstraint(
            ["reverses_id", "arrival_id"],
            ["receipts.id", "receipts.arrival_id"],
            name=op.f("fk_receipts_reverses_id_arrival_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint(
            "id",
            "arrival_id",
            "keeper_id",
            "sender_id",
            "owner_id",
            name=op.f("uq_receipts_id_arrival_id_keeper_id_sender_id_owner_id"),
        ),
        sa.UniqueConstraint("id", "arrival_id", name=op.f("uq_receipts_id_arrival_id")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_receipts_reverses_id")),
    )
    op.create_index("ix_receipts_arrival_id_id", "receipts", ["arrival_id", "id"], unique=False)
    op.create_index("ix_receipts_keeper_id_id", "receipts", ["keeper_id", "id"], unique=False)


def _receipt_lines() -> None:
    op.create_table(
        "receipt_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("arrival_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("bin_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("move_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.String(length=400), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            "line_id IS NOT NULL OR status <> 'available'", name=op.f("ck_receipt_lines_unannounced_is_held")
        ),
        sa.CheckConstraint(
            "status IN ('available', 'quality_hold', 'damaged')", name=op.f("ck_receipt_lines_status_known")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_receipt_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["bin_id"], ["warehouse_bins.id"], name=op.f("fk_receipt_lines_bin_id")),
        sa.ForeignKeyConstraint(["item_id"], ["stock_items.id"], name=op.f("fk_receipt_lines_item_id")),
        sa.ForeignKeyConstraint(
            ["line_id", "arrival_id", "item_id"],
            ["arrival_lines.id", "arrival_lines.arrival_id", "arrival_lines.item_id"],
            name=op.f("fk_receipt_lines_line_id_arrival_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["lot_id", "item_id"], ["stock_lots.id", "stock_lots.item_id"], name=op.f("fk_receipt_lines_lot_id_item_id")
        ),
        sa.ForeignKeyConstraint(["move_id"], ["stock_moves.id"], name=op.f("fk_receipt_lines_move_id")),
        sa.ForeignKeyConstraint(
            ["receipt_id", "arrival_id", "keeper_id", "sender_id", "owner_id"],
            ["receipts.id", "receipts.arrival_id", "receipts.keeper_id", "receipts.sender_id", "receipts.owner_id"],
            name=op.f("fk_receipt_lines_receipt_id_arrival_id_keeper_id_sender_id_owner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_lines")),
        sa.UniqueConstraint("move_id", name=op.f("uq_receipt_lines_move_id")),
        sa.UniqueConstraint("receipt_id", "position", name=op.f("uq_receipt_lines_receipt_id_position")),
    )
    op.create_index("ix_receipt_lines_arrival_id", "receipt_lines", ["arrival_id"], unique=False)
    op.create_index("ix_receipt_lines_bin_id", "receipt_lines", ["bin_id"], unique=False)
    op.create_index("ix_receipt_lines_item_id", "receipt_lines", ["item_id"], unique=False)
    op.create_index("ix_receipt_lines_line_id", "receipt_lines", ["line_id"], unique=False)
    op.create_index("ix_receipt_lines_lot_id", "receipt_lines", ["lot_id"], unique=False)


def _arrival_differences() -> None:
    op.create_table(
        "arrival_differences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("arrival_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "(line_id IS NULL) = (kind = 'unannounced')", name=op.f("ck_arrival_differences_unannounced_has_no_line")
        ),
        sa.CheckConstraint(
            "kind IN ('short', 'over', 'damaged', 'unannounced')", name=op.f("ck_arrival_differences_kind_known")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_arrival_differences_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["arrival_id", "keeper_id", "sender_id", "owner_id"],
            ["arrivals.id", "arrivals.keeper_id", "arrivals.sender_id", "arrivals.owner_id"],
            name=op.f("fk_arrival_differences_arrival_id_keeper_id_sender_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["stock_items.id"], name=op.f("fk_arrival_differences_item_id")),
        sa.ForeignKeyConstraint(
            ["line_id", "arrival_id", "item_id"],
            ["arrival_lines.id", "arrival_lines.arrival_id", "arrival_lines.item_id"],
            name=op.f("fk_arrival_differences_line_id_arrival_id_item_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival_differences")),
        sa.UniqueConstraint(
            "arrival_id",
            "line_id",
            "item_id",
            "kind",
            name=op.f("uq_arrival_differences_arrival_id_line_id_item_id_kind"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_arrival_differences_item_id", "arrival_differences", ["item_id"], unique=False)
    op.create_index("ix_arrival_differences_line_id", "arrival_differences", ["line_id"], unique=False)


def _inspections() -> None:
    op.create_table(
        "inspections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=True),
        sa.Column("receipt_line_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("bin_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("note", sa.String(length=1000), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'open'"), nullable=False),
        sa.Column("reason", sa.String(length=1000), server_default=sa.text("''"), nullable=False),
        sa.Column("conceded_by", sa.String(length=200), server_default=sa.text("''"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_inspections_decided_has_time")),
        sa.CheckConstraint(
            "state <> 'conceded' OR (reason <> '' AND conceded_by <> '')",
            name=op.f("ck_inspections_concession_is_signed"),
        ),
        sa.CheckConstraint("state <> 'rejected' OR reason <> ''", name=op.f("ck_inspections_rejection_has_reason")),
        sa.CheckConstraint(
            "state = 'conceded' OR conceded_by = ''", name=op.f("ck_inspections_only_concessions_are_conceded")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'rejected', 'conceded', 'cancelled')",
            name=op.f("ck_inspections_state_known"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_inspections_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["bin_id", "warehouse_id", "keeper_id"],
            ["warehouse_bins.id", "warehouse_bins.warehouse_id", "warehouse_bins.keeper_id"],
            name=op.f("fk_inspections_bin_id_warehouse_id_keeper_id"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_inspections_decided_by")),
        sa.ForeignKeyConstraint(["item_id"], ["stock_items.id"], name=op.f("fk_inspections_item_id")),
        sa.ForeignKeyConstraint(["keeper_id"], ["organizations.id"], name=op.f("fk_inspections_keeper_id")),
        sa.ForeignKeyConstraint(
            ["lot_id", "item_id"], ["stock_lots.id", "stock_lots.item_id"], name=op.f("fk_inspections_lot_id_item_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organizations.id"], name=op.f("fk_inspections_owner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_inspections_person_id")),
        sa.ForeignKeyConstraint(["receipt_line_id"], ["receipt_lines.id"], name=op.f("fk_inspections_receipt_line_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["organizations.id"], name=op.f("fk_inspections_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspections")),
        sa.UniqueConstraint("id", "keeper_id", "owner_id", name=op.f("uq_inspections_id_keeper_id_owner_id")),
    )
    op.create_index("ix_inspections_bin_id", "inspections", ["bin_id"], unique=False)
    op.create_index("ix_inspections_item_id", "inspections", ["item_id"], unique=False)
    op.create_index("ix_inspections_keeper_id_id", "inspections", ["keeper_id", "id"], unique=False)
    op.create_index("ix_inspections_lot_id", "inspections", ["lot_id"], unique=False)
    op.create_index("ix_inspections_owner_id_id", "inspections", ["owner_id", "id"], unique=False)
    op.create_index("ix_inspections_receipt_line_id", "inspections", ["receipt_line_id"], unique=False)
    op.create_index("ix_inspections_sender_id_id", "inspections", ["sender_id", "id"], unique=False)


def _inspection_characteristics() -> None:
    op.create_table(
        "inspection_characteristics",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("nominal", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("lower_deviation", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("upper_deviation", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column(
            "measured", sa.ARRAY(sa.Numeric(precision=18, scale=6)), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.CheckConstraint(
            "array_position(measured, NULL) IS NULL", name=op.f("ck_inspection_characteristics_values_known")
        ),
        sa.CheckConstraint("cardinality(measured) <= 500", name=op.f("ck_inspection_characteristics_values_bounded")),
        sa.CheckConstraint("position BETWEEN 1 AND 200", name=op.f("ck_inspection_characteristics_position_in_range")),
        sa.CheckConstraint(
            "upper_deviation > lower_deviation", name=op.f("ck_inspection_characteristics_band_positive")
        ),
        sa.CheckConstraint(
            "upper_deviation IS NOT NULL OR lower_deviation IS NOT NULL",
            name=op.f("ck_inspection_characteristics_has_a_limit"),
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id", "keeper_id", "owner_id"],
            ["inspections.id", "inspections.keeper_id", "inspections.owner_id"],
            name=op.f("fk_inspection_characteristics_inspection_id_keeper_id_owner_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_characteristics")),
        sa.UniqueConstraint(
            "inspection_id", "position", name=op.f("uq_inspection_characteristics_inspection_id_position")
        ),
    )
    # ### end Alembic commands ###


# Whoever sees nothing of a warehouse learns that it is there, when he knows whose it is and its code; no more.
ADDRESS = """
CREATE FUNCTION warehouse_at(p_keeper uuid, p_code text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM warehouses
    WHERE keeper_id = p_keeper AND code = p_code AND closed_at IS NULL AND app_organization_id() IS NOT NULL
$$;
"""

# A keeper makes lots of an item only where its organization has announced goods of it to him: nobody else fills its list of lots.
LOTS = """
CREATE FUNCTION arrival_make_lot(p_arrival uuid, p_item uuid, p_code text, p_made date, p_expires date) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO stock_lots (id, item_id, organization_id, code, manufactured_on, expires_on)
    SELECT uuidv7(), i.id, i.organization_id, p_code, p_made, p_expires
    FROM stock_items i JOIN arrivals a ON a.id = p_arrival
    WHERE i.id = p_item AND i.tracking <> 'none' AND i.organization_id = a.sender_id
      AND a.keeper_id = app_organization_id() AND a.state = 'receiving'
      AND EXISTS (SELECT 1 FROM arrival_lines l WHERE l.arrival_id = a.id AND l.item_id = i.id)
    ON CONFLICT (item_id, code) DO NOTHING
$$;
"""

GUARDS = """
CREATE FUNCTION arrivals_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.sender_id, NEW.owner_id, NEW.keeper_id, NEW.warehouse_id, NEW.warehouse_code, NEW.reference, NEW.cause_kind,
        NEW.cause_id, NEW.expected_on, NEW.note, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.sender_id, OLD.owner_id,
        OLD.keeper_id, OLD.warehouse_id, OLD.warehouse_code, OLD.reference, OLD.cause_kind, OLD.cause_id, OLD.expected_on,
        OLD.note, OLD.created_at) THEN
        RAISE EXCEPTION 'what was announced stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'arrivals_notice_stays';
    END IF;
    IF NEW.state = OLD.state OR NOT (
        (OLD.state = 'announced' AND NEW.state = 'cancelled' AND app_organization_id() IN (OLD.sender_id, OLD.keeper_id))
        OR (OLD.state = 'announced' AND NEW.state = 'receiving' AND app_organization_id() = OLD.keeper_id)
        OR (OLD.state IN ('announced', 'receiving') AND NEW.state = 'received' AND app_organization_id() = OLD.keeper_id)
    ) THEN
        RAISE EXCEPTION 'an arrival does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'arrivals_way';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER arrivals_guarded BEFORE UPDATE ON arrivals FOR EACH ROW EXECUTE FUNCTION arrivals_guard();

-- The share lock waits for whoever closes or cancels at the same time, and then reads what he has left.
CREATE FUNCTION arrivals_state_of(p_arrival uuid) RETURNS text LANGUAGE sql AS $$
    SELECT state FROM arrivals WHERE id = p_arrival FOR SHARE
$$;

CREATE FUNCTION arrivals_part_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF arrivals_state_of(NEW.arrival_id) IS DISTINCT FROM TG_ARGV[0] THEN
        RAISE EXCEPTION 'the arrival is not %', TG_ARGV[0]
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_in_time';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER arrival_lines_in_time BEFORE INSERT ON arrival_lines
    FOR EACH ROW EXECUTE FUNCTION arrivals_part_guard('announced');
CREATE TRIGGER receipts_in_time BEFORE INSERT ON receipts
    FOR EACH ROW EXECUTE FUNCTION arrivals_part_guard('receiving');
CREATE TRIGGER receipt_lines_in_time BEFORE INSERT ON receipt_lines
    FOR EACH ROW EXECUTE FUNCTION arrivals_part_guard('receiving');
CREATE TRIGGER arrival_differences_in_time BEFORE INSERT ON arrival_differences
    FOR EACH ROW EXECUTE FUNCTION arrivals_part_guard('received');

CREATE FUNCTION inspections_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open' THEN
        RAISE EXCEPTION 'a decision stands' USING ERRCODE = 'check_violation', CONSTRAINT = 'inspections_decided_once';
    END IF;
    IF (NEW.id, NEW.keeper_id, NEW.owner_id, NEW.sender_id, NEW.receipt_line_id, NEW.item_id, NEW.lot_id, NEW.warehouse_id,
        NEW.bin_id, NEW.quantity, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.keeper_id, OLD.owner_id, OLD.sender_id,
        OLD.receipt_line_id, OLD.item_id, OLD.lot_id, OLD.warehouse_id, OLD.bin_id, OLD.quantity, OLD.created_at) THEN
        RAISE EXCEPTION 'what is inspected stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'inspections_goods_stay';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER inspections_guarded BEFORE UPDATE ON inspections FOR EACH ROW EXECUTE FUNCTION inspections_guard();

CREATE FUNCTION inspection_characteristics_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.id, NEW.inspection_id, NEW.keeper_id, NEW.owner_id, NEW.sender_id, NEW.position, NEW.name,
        NEW.unit, NEW.nominal, NEW.lower_deviation, NEW.upper_deviation) IS DISTINCT FROM (OLD.id, OLD.inspection_id,
        OLD.keeper_id, OLD.owner_id, OLD.sender_id, OLD.position, OLD.name, OLD.unit, OLD.nominal, OLD.lower_deviation,
        OLD.upper_deviation) THEN
        RAISE EXCEPTION 'what is measured stays' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'inspection_characteristics_stay';
    END IF;
    PERFORM 1 FROM inspections WHERE id = NEW.inspection_id AND state = 'open' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a decision stands' USING ERRCODE = 'check_violation', CONSTRAINT = 'inspections_decided_once';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER inspection_characteristics_guarded BEFORE INSERT OR UPDATE ON inspection_characteristics
    FOR EACH ROW EXECUTE FUNCTION inspection_characteristics_guard();
"""


def _walls() -> None:
    kept, sent, owned = (f"{name}_id = app_organization_id()" for name in ("keeper", "sender", "owner"))
    concerned = f"{kept} OR {sent} OR {owned}"
    tenant_table("arrivals", owner=sent, read=concerned, privileges=("SELECT", "INSERT"))
    # The sender takes his notice back, the keeper receives.
    op.execute(f"GRANT UPDATE ON arrivals TO {APP}, {WORKER}")
    both = f"{kept} OR {sent}"
    policy("arrivals", "arrivals_update", "UPDATE", both, both, APP, WORKER)
    tenant_table("arrival_lines", owner=sent, read=concerned, privileges=("SELECT", "INSERT"))
    for table in ("receipts", "receipt_lines", "arrival_differences"):
        tenant_table(table, owner=kept, read=concerned, privileges=("SELECT", "INSERT"))
    for table in ("arrival_lines", "receipts", "receipt_lines", "arrival_differences"):
        append_only(table)
    for table in ("inspections", "inspection_characteristics"):
        tenant_table(table, owner=kept, read=concerned)
    # The functions above act as `owner`.
    for table in ("arrivals", "arrival_lines"):
        policy(table, f"{table}_kept", "SELECT", "true", None, OWNER)
    # Those whom an announced line concerns know what its item is before any of it lies anywhere, and its lots, of which the
    # keeper may find another; those whom a receipt concerns, what came that nobody had announced.
    for table, item in (("stock_items", "stock_items.id"), ("stock_lots", "stock_lots.item_id")):
        announced = f"EXISTS (SELECT 1 FROM arrival_lines l WHERE l.item_id = {item} AND ({_concerned('l')}))"
        policy(table, f"{table}_announced", "SELECT", announced, None, APP, WORKER)
    for table, column in (("stock_items", "item_id"), ("stock_lots", "lot_id")):
        came = f"EXISTS (SELECT 1 FROM receipt_lines l WHERE l.{column} = {table}.id AND ({_concerned('l')}))"
        policy(table, f"{table}_received", "SELECT", came, None, APP, WORKER)
    for function in ("warehouse_at(uuid, text)", "arrival_make_lot(uuid, uuid, text, date, date)"):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP}, {WORKER}")


def _concerned(row: str) -> str:
    return " OR ".join(f"{row}.{name}_id = app_organization_id()" for name in ("keeper", "sender", "owner"))
