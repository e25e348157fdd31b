"""Warehouses with zones and bins, what is stocked, lots and serials, balances, the ledger of moves, reservations."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import OWNER, append_only, policy, tenant_table

revision = "20261126_2000"
down_revision = "20261126_1930"
branch_labels = None
depends_on = None

KEPT = "keeper_id = app_organization_id()"
OWNED = "owner_id = app_organization_id()"
OUTSIDE = "'supplier', 'customer', 'count', 'scrap'"
STATUSES = "'available', 'quality_hold', 'damaged', 'in_transit'"


def upgrade() -> None:
    _stock_reservations()
    _warehouses()
    _warehouse_zones()
    _stock_items()
    _warehouse_bins()
    _stock_lots()
    _stock_balances()
    _stock_reservation_lines()
    _stock_moves()
    _walls()


def _stock_reservations() -> None:
    op.create_table(
        "stock_reservations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("holder_kind", sa.String(length=40), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'held'"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'held') = (ended_at IS NULL)", name=op.f("ck_stock_reservations_ended_has_time")),
        sa.CheckConstraint(
            "state IN ('held', 'fulfilled', 'released', 'expired')", name=op.f("ck_stock_reservations_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_stock_reservations_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_stock_reservations_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_reservations")),
        sa.UniqueConstraint("id", "organization_id", name=op.f("uq_stock_reservations_id_organization_id")),
    )
    op.create_index(
        "ix_stock_reservations_expires_at",
        "stock_reservations",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index("ix_stock_reservations_holder", "stock_reservations", ["holder_kind", "holder_id"], unique=False)
    op.create_index(
        "ix_stock_reservations_organization_id_id", "stock_reservations", ["organization_id", "id"], unique=False
    )


def _warehouses() -> None:
    op.create_table(
        "warehouses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=400), server_default=sa.text("''"), nullable=False),
        sa.Column("unlocode", sa.String(length=5), nullable=True),
        sa.Column("latitude", sa.Numeric(precision=8, scale=5), nullable=True),
        sa.Column("longitude", sa.Numeric(precision=8, scale=5), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("handling_fee_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("100"), nullable=False),
        sa.Column("offers", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_warehouses_country_is_iso3166")),
        sa.CheckConstraint("kind IN ('own', 'supplier', 'third_party')", name=op.f("ck_warehouses_kind_known")),
        sa.CheckConstraint("unlocode ~ '^[A-Z]{2}[A-Z2-9]{3}$'", name=op.f("ck_warehouses_unlocode_form")),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_warehouses_position_whole")),
        sa.CheckConstraint("handling_fee_minor >= 0", name=op.f("ck_warehouses_handling_fee_not_negative")),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180",
            name=op.f("ck_warehouses_position_on_earth"),
        ),
        sa.CheckConstraint("priority BETWEEN 0 AND 1000", name=op.f("ck_warehouses_priority_in_range")),
        sa.ForeignKeyConstraint(["keeper_id"], ["organizations.id"], name=op.f("fk_warehouses_keeper_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouses")),
        sa.UniqueConstraint("id", "keeper_id", name=op.f("uq_warehouses_id_keeper_id")),
        sa.UniqueConstraint("keeper_id", "code", name=op.f("uq_warehouses_keeper_id_code")),
    )


def _warehouse_zones() -> None:
    op.create_table(
        "warehouse_zones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('receiving', 'storage', 'quality', 'packing', 'dispatch', 'returns', 'transit')",
            name=op.f("ck_warehouse_zones_purpose_known"),
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id", "keeper_id"],
            ["warehouses.id", "warehouses.keeper_id"],
            name=op.f("fk_warehouse_zones_warehouse_id_keeper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse_zones")),
        sa.UniqueConstraint(
            "id", "warehouse_id", "keeper_id", name=op.f("uq_warehouse_zones_id_warehouse_id_keeper_id")
        ),
        sa.UniqueConstraint("warehouse_id", "code", name=op.f("uq_warehouse_zones_warehouse_id_code")),
    )


def _stock_items() -> None:
    op.create_table(
        "stock_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(length=80, collation="C"), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("unit", sa.String(length=3), server_default=sa.text("'H87'"), nullable=False),
        sa.Column("tracking", sa.String(length=6), server_default=sa.text("'none'"), nullable=False),
        sa.Column("expires", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("mass_kg", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("length_mm", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("width_mm", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("height_mm", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column(
            "volume_dm3",
            sa.Numeric(precision=18, scale=4),
            sa.Computed("length_mm * width_mm * height_mm / 1000000", persisted=True),
            nullable=True,
        ),
        sa.Column("offered", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("tracking IN ('none', 'lot', 'serial')", name=op.f("ck_stock_items_tracking_known")),
        sa.CheckConstraint(
            "mass_kg > 0 AND length_mm > 0 AND width_mm > 0 AND height_mm > 0",
            name=op.f("ck_stock_items_measures_positive"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_stock_items_organization_id")),
        sa.ForeignKeyConstraint(
            ["variant_id", "organization_id"],
            ["variants.id", "variants.supplier_id"],
            name=op.f("fk_stock_items_variant_id_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_items")),
        sa.UniqueConstraint("id", "organization_id", name=op.f("uq_stock_items_id_organization_id")),
        sa.UniqueConstraint("organization_id", "sku", name=op.f("uq_stock_items_organization_id_sku")),
        sa.UniqueConstraint("variant_id", name=op.f("uq_stock_items_variant_id")),
    )


def _warehouse_bins() -> None:
    op.create_table(
        "warehouse_bins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("max_mass_kg", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("max_volume_dm3", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column("mass_kg", sa.Numeric(precision=18, scale=4), server_default=sa.text("0"), nullable=False),
        sa.Column("volume_dm3", sa.Numeric(precision=20, scale=4), server_default=sa.text("0"), nullable=False),
        sa.Column("blocked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("mass_kg <= max_mass_kg", name=op.f("ck_warehouse_bins_mass_within_capacity")),
        sa.CheckConstraint("mass_kg >= 0 AND volume_dm3 >= 0", name=op.f("ck_warehouse_bins_contents_not_negative")),
        sa.CheckConstraint("max_mass_kg > 0 AND max_volume_dm3 > 0", name=op.f("ck_warehouse_bins_capacity_positive")),
        sa.CheckConstraint("volume_dm3 <= max_volume_dm3", name=op.f("ck_warehouse_bins_volume_within_capacity")),
        sa.ForeignKeyConstraint(
            ["zone_id", "warehouse_id", "keeper_id"],
            ["warehouse_zones.id", "warehouse_zones.warehouse_id", "warehouse_zones.keeper_id"],
            name=op.f("fk_warehouse_bins_zone_id_warehouse_id_keeper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse_bins")),
        sa.UniqueConstraint(
            "id", "warehouse_id", "keeper_id", name=op.f("uq_warehouse_bins_id_warehouse_id_keeper_id")
        ),
        sa.UniqueConstraint("warehouse_id", "code", name=op.f("uq_warehouse_bins_warehouse_id_code")),
    )
    op.create_index("ix_warehouse_bins_zone_id", "warehouse_bins", ["zone_id"], unique=False)


def _stock_lots() -> None:
    op.create_table(
        "stock_lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=80, collation="C"), nullable=False),
        sa.Column("manufactured_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("expires_on > manufactured_on", name=op.f("ck_stock_lots_expires_after_making")),
        sa.ForeignKeyConstraint(
            ["item_id", "organization_id"],
            ["stock_items.id", "stock_items.organization_id"],
            name=op.f("fk_stock_lots_item_id_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_lots")),
        sa.UniqueConstraint("id", "item_id", name=op.f("uq_stock_lots_id_item_id")),
        sa.UniqueConstraint("item_id", "code", name=op.f("uq_stock_lots_item_id_code")),
    )


def _stock_balances() -> None:
    op.create_table(
        "stock_balances",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("bin_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=15, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved", sa.Numeric(precision=15, scale=3), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "status = 'available' OR reserved = 0", name=op.f("ck_stock_balances_only_available_is_reserved")
        ),
        sa.CheckConstraint(
            f"status IN ({STATUSES})",
            name=op.f("ck_stock_balances_status_known"),
        ),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_balances_on_hand_not_negative")),
        sa.CheckConstraint("reserved BETWEEN 0 AND on_hand", name=op.f("ck_stock_balances_reserved_is_there")),
        sa.ForeignKeyConstraint(
            ["bin_id", "warehouse_id", "keeper_id"],
            ["warehouse_bins.id", "warehouse_bins.warehouse_id", "warehouse_bins.keeper_id"],
            name=op.f("fk_stock_balances_bin_id_warehouse_id_keeper_id"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["stock_items.id"], name=op.f("fk_stock_balances_item_id")),
        sa.ForeignKeyConstraint(
            ["lot_id", "item_id"],
            ["stock_lots.id", "stock_lots.item_id"],
            name=op.f("fk_stock_balances_lot_id_item_id"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organizations.id"], name=op.f("fk_stock_balances_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_balances")),
        sa.UniqueConstraint(
            "item_id",
            "bin_id",
            "lot_id",
            "owner_id",
            "status",
            name="uq_stock_balances_place",
            postgresql_nulls_not_distinct=True,
        ),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("ix_stock_balances_bin_id", "stock_balances", ["bin_id"], unique=False)
    op.create_index("ix_stock_balances_keeper_id_id", "stock_balances", ["keeper_id", "id"], unique=False)
    op.create_index("ix_stock_balances_lot_id", "stock_balances", ["lot_id"], unique=False)
    op.create_index("ix_stock_balances_owner_id_id", "stock_balances", ["owner_id", "id"], unique=False)
    op.create_index(
        "ix_stock_balances_warehouse_id_owner_id", "stock_balances", ["warehouse_id", "owner_id"], unique=False
    )


def _stock_reservation_lines() -> None:
    op.create_table(
        "stock_reservation_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("balance_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=True),
        sa.Column("warehouse_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("picked", sa.Numeric(precision=15, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("released", sa.Numeric(precision=15, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "open",
            sa.Numeric(precision=15, scale=3),
            sa.Computed("quantity - picked - released", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(balance_id IS NULL) = (keeper_id IS NULL) AND (balance_id IS NULL) = (warehouse_id IS NULL)",
            name=op.f("ck_stock_reservation_lines_place_of_balance"),
        ),
        sa.CheckConstraint(
            "balance_id IS NOT NULL OR picked = 0", name=op.f("ck_stock_reservation_lines_backorder_is_not_picked")
        ),
        sa.CheckConstraint("picked + released <= quantity", name=op.f("ck_stock_reservation_lines_no_more_than_held")),
        sa.CheckConstraint(
            "quantity > 0 AND picked >= 0 AND released >= 0",
            name=op.f("ck_stock_reservation_lines_quantities_in_range"),
        ),
        sa.ForeignKeyConstraint(
            ["balance_id"], ["stock_balances.id"], name=op.f("fk_stock_reservation_lines_balance_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["stock_items.id"], name=op.f("fk_stock_reservation_lines_item_id")),
        sa.ForeignKeyConstraint(
            ["reservation_id", "organization_id"],
            ["stock_reservations.id", "stock_reservations.organization_id"],
            name=op.f("fk_stock_reservation_lines_reservation_id_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name=op.f("fk_stock_reservation_lines_warehouse_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_reservation_lines")),
    )
    op.create_index("ix_stock_reservation_lines_balance_id", "stock_reservation_lines", ["balance_id"], unique=False)
    op.create_index(
        "ix_stock_reservation_lines_item_id_expires_at",
        "stock_reservation_lines",
        ["item_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("open > 0"),
    )
    op.create_index(
        "ix_stock_reservation_lines_keeper_id_id", "stock_reservation_lines", ["keeper_id", "id"], unique=False
    )
    op.create_index(
        "ix_stock_reservation_lines_owner_id_id", "stock_reservation_lines", ["owner_id", "id"], unique=False
    )
    op.create_index(
        "ix_stock_reservation_lines_reservation_id", "stock_reservation_lines", ["reservation_id"], unique=False
    )
    op.create_index(
        "ix_stock_reservation_lines_warehouse_id", "stock_reservation_lines", ["warehouse_id"], unique=False
    )


def _stock_moves() -> None:
    op.create_table(
        "stock_moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("from_bin_id", sa.Uuid(), nullable=True),
        sa.Column("from_outside", sa.String(length=8), nullable=True),
        sa.Column("from_status", sa.String(length=12), nullable=True),
        sa.Column("from_owner_id", sa.Uuid(), nullable=False),
        sa.Column("to_bin_id", sa.Uuid(), nullable=True),
        sa.Column("to_outside", sa.String(length=8), nullable=True),
        sa.Column("to_status", sa.String(length=12), nullable=True),
        sa.Column("to_owner_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("reservation_line_id", sa.Uuid(), nullable=True),
        sa.Column("cause_kind", sa.String(length=40), nullable=True),
        sa.Column("cause_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=400), server_default=sa.text("''"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            f"from_outside IN ({OUTSIDE}) AND to_outside IN ({OUTSIDE})",
            name=op.f("ck_stock_moves_outside_known"),
        ),
        sa.CheckConstraint(
            "from_owner_id = to_owner_id OR reason = 'title'", name=op.f("ck_stock_moves_owner_changes_by_title")
        ),
        sa.CheckConstraint(
            f"from_status IN ({STATUSES}) AND to_status IN ({STATUSES})",
            name=op.f("ck_stock_moves_status_known"),
        ),
        sa.CheckConstraint(
            "reason IN ('receipt', 'put_away', 'pick', 'dispatch', 'return', 'transfer', 'inspection', 'count', 'scrap', "
            "'title')",
            name=op.f("ck_stock_moves_reason_known"),
        ),
        sa.CheckConstraint(
            "reservation_line_id IS NULL OR (from_bin_id IS NOT NULL AND from_status = 'available')",
            name=op.f("ck_stock_moves_reserved_is_taken_from_a_bin"),
        ),
        sa.CheckConstraint(
            "(from_bin_id IS NULL) <> (from_outside IS NULL) AND (to_bin_id IS NULL) <> (to_outside IS NULL)",
            name=op.f("ck_stock_moves_from_and_to_one_place"),
        ),
        sa.CheckConstraint(
            "(from_bin_id IS NULL) = (from_status IS NULL) AND (to_bin_id IS NULL) = (to_status IS NULL)",
            name=op.f("ck_stock_moves_status_in_a_bin"),
        ),
        sa.CheckConstraint(
            "from_bin_id IS NOT NULL OR to_bin_id IS NOT NULL", name=op.f("ck_stock_moves_touches_a_bin")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_moves_quantity_positive")),
        sa.ForeignKeyConstraint(["from_bin_id"], ["warehouse_bins.id"], name=op.f("fk_stock_moves_from_bin_id")),
        sa.ForeignKeyConstraint(["from_owner_id"], ["organizations.id"], name=op.f("fk_stock_moves_from_owner_id")),
        sa.ForeignKeyConstraint(["item_id"], ["stock_items.id"], name=op.f("fk_stock_moves_item_id")),
        sa.ForeignKeyConstraint(["keeper_id"], ["organizations.id"], name=op.f("fk_stock_moves_keeper_id")),
        sa.ForeignKeyConstraint(
            ["lot_id", "item_id"], ["stock_lots.id", "stock_lots.item_id"], name=op.f("fk_stock_moves_lot_id_item_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_stock_moves_person_id")),
        sa.ForeignKeyConstraint(
            ["reservation_line_id"], ["stock_reservation_lines.id"], name=op.f("fk_stock_moves_reservation_line_id")
        ),
        sa.ForeignKeyConstraint(["to_bin_id"], ["warehouse_bins.id"], name=op.f("fk_stock_moves_to_bin_id")),
        sa.ForeignKeyConstraint(["to_owner_id"], ["organizations.id"], name=op.f("fk_stock_moves_to_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_moves")),
    )
    op.create_index("ix_stock_moves_cause", "stock_moves", ["cause_kind", "cause_id"], unique=False)
    op.create_index("ix_stock_moves_from_bin_id", "stock_moves", ["from_bin_id"], unique=False)
    op.create_index("ix_stock_moves_from_owner_id_id", "stock_moves", ["from_owner_id", "id"], unique=False)
    op.create_index("ix_stock_moves_item_id_id", "stock_moves", ["item_id", "id"], unique=False)
    op.create_index("ix_stock_moves_keeper_id_id", "stock_moves", ["keeper_id", "id"], unique=False)
    op.create_index("ix_stock_moves_lot_id", "stock_moves", ["lot_id"], unique=False)
    op.create_index("ix_stock_moves_reservation_line_id", "stock_moves", ["reservation_line_id"], unique=False)
    op.create_index("ix_stock_moves_to_bin_id", "stock_moves", ["to_bin_id"], unique=False)
    op.create_index("ix_stock_moves_to_owner_id_id", "stock_moves", ["to_owner_id", "id"], unique=False)


def _walls() -> None:
    here = (
        "EXISTS (SELECT 1 FROM stock_balances b WHERE b.{column} = {table}.id AND b.owner_id = app_organization_id())"
    )
    for table, column in (("warehouses", "warehouse_id"), ("warehouse_bins", "bin_id")):
        tenant_table(table, owner=KEPT, read=f"{KEPT} OR {here.format(table=table, column=column)}")
    tenant_table("warehouse_zones", owner=KEPT, privileges=("SELECT", "INSERT"))
    own = "organization_id = app_organization_id()"
    # Whoever keeps some of it, or owns some, knows what it is; what is offered is known to every firm.
    seen = (
        "EXISTS (SELECT 1 FROM stock_balances b WHERE b.item_id = {item} "
        "AND (b.keeper_id = app_organization_id() OR b.owner_id = app_organization_id()))"
    )
    offered = "(offered AND app_organization_id() IS NOT NULL)"
    tenant_table("stock_items", owner=own, read=f"{own} OR {offered} OR {seen.format(item='stock_items.id')}")
    tenant_table(
        "stock_lots",
        owner=own,
        read=f"{own} OR {seen.format(item='stock_lots.item_id')}",
        privileges=("SELECT", "INSERT"),
    )
    # Written by the functions of the stock alone.
    tenant_table("stock_balances", owner=f"{KEPT} OR {OWNED}", privileges=("SELECT",))
    tenant_table("stock_reservation_lines", owner=f"{own} OR {KEPT} OR {OWNED}", privileges=("SELECT",))
    of_line = (
        "EXISTS (SELECT 1 FROM stock_reservation_lines l WHERE l.reservation_id = stock_reservations.id "
        "AND (l.keeper_id = app_organization_id() OR l.owner_id = app_organization_id()))"
    )
    tenant_table("stock_reservations", owner=own, read=f"{own} OR {of_line}", privileges=("SELECT",))
    mine = "from_owner_id = app_organization_id() OR to_owner_id = app_organization_id()"
    tenant_table("stock_moves", owner=KEPT, read=f"{KEPT} OR {mine}", privileges=("SELECT", "INSERT"))
    append_only("stock_moves")
    for table in (
        "warehouses", "warehouse_bins", "stock_items", "stock_lots", "stock_balances", "stock_moves", "stock_reservations",
        "stock_reservation_lines",
    ):  # fmt: skip
        # The functions of the stock act as `owner`.
        policy(table, f"{table}_kept", "ALL", "true", "true", OWNER)
