"""Waves of picks, packages with their contents, dispatches and returns."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, OWNER, WORKER, append_only, policy, tenant_table

revision = "20261126_2210"
down_revision = "20261126_2200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _pick_waves()
    _pick_lines()
    _packing_settings()
    _packing_counters()
    _dispatches()
    _packages()
    _package_contents()
    _goods_returns()
    _goods_return_lines()
    _walls()


def _pick_waves() -> None:
    op.create_table(
        "pick_waves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("packing_bin_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'open'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('open', 'picking')) = (ended_at IS NULL)", name=op.f("ck_pick_waves_ended_has_time")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'picking', 'picked', 'cancelled')", name=op.f("ck_pick_waves_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["packing_bin_id", "warehouse_id", "keeper_id"],
            ["warehouse_bins.id", "warehouse_bins.warehouse_id", "warehouse_bins.keeper_id"],
            name=op.f("fk_pick_waves_packing_bin_id_warehouse_id_keeper_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pick_waves_person_id")),
        sa.ForeignKeyConstraint(
            ["warehouse_id", "keeper_id"],
            ["warehouses.id", "warehouses.keeper_id"],
            name=op.f("fk_pick_waves_warehouse_id_keeper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pick_waves")),
        sa.UniqueConstraint("id", "keeper_id", "warehouse_id", name=op.f("uq_pick_waves_id_keeper_id_warehouse_id")),
    )
    op.create_index("ix_pick_waves_packing_bin_id", "pick_waves", ["packing_bin_id"], unique=False)
    op.create_index("ix_pick_waves_warehouse_id_id", "pick_waves", ["warehouse_id", "id"], unique=False)


def _pick_lines() -> None:
    op.create_table(
        "pick_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wave_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("stop", sa.SmallInteger(), nullable=False),
        sa.Column("reservation_line_id", sa.Uuid(), nullable=False),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("bin_id", sa.Uuid(), nullable=False),
        sa.Column("expected", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("picked", sa.Numeric(precision=15, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("missing", sa.Numeric(precision=15, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("packed", sa.Numeric(precision=15, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.String(length=7), server_default=sa.text("'open'"), nullable=False),
        sa.CheckConstraint(
            "CASE state WHEN 'picked' THEN picked > 0 AND missing = 0 WHEN 'short' THEN missing > 0 "
            "ELSE picked = 0 AND missing = 0 END",
            name=op.f("ck_pick_lines_state_as_counted"),
        ),
        sa.CheckConstraint("state IN ('open', 'picked', 'short', 'dropped')", name=op.f("ck_pick_lines_state_known")),
        sa.CheckConstraint("packed BETWEEN 0 AND picked", name=op.f("ck_pick_lines_packed_was_picked")),
        sa.CheckConstraint("picked + missing <= expected", name=op.f("ck_pick_lines_no_more_than_expected")),
        sa.CheckConstraint(
            "stop > 0 AND expected > 0 AND picked >= 0 AND missing >= 0", name=op.f("ck_pick_lines_quantities_in_range")
        ),
        sa.ForeignKeyConstraint(["bin_id"], ["warehouse_bins.id"], name=op.f("fk_pick_lines_bin_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["organizations.id"], name=op.f("fk_pick_lines_holder_id")),
        sa.ForeignKeyConstraint(["item_id"], ["stock_items.id"], name=op.f("fk_pick_lines_item_id")),
        sa.ForeignKeyConstraint(
            ["lot_id", "item_id"], ["stock_lots.id", "stock_lots.item_id"], name=op.f("fk_pick_lines_lot_id_item_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organizations.id"], name=op.f("fk_pick_lines_owner_id")),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["stock_reservations.id"], name=op.f("fk_pick_lines_reservation_id")
        ),
        sa.ForeignKeyConstraint(
            ["reservation_line_id"], ["stock_reservation_lines.id"], name=op.f("fk_pick_lines_reservation_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["wave_id", "keeper_id", "warehouse_id"],
            ["pick_waves.id", "pick_waves.keeper_id", "pick_waves.warehouse_id"],
            name=op.f("fk_pick_lines_wave_id_keeper_id_warehouse_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pick_lines")),
        sa.UniqueConstraint(
            "id", "keeper_id", "warehouse_id", "holder_id", "owner_id", "item_id", name="uq_pick_lines_id_held"
        ),
    )
    op.create_index("ix_pick_lines_bin_id", "pick_lines", ["bin_id"], unique=False)
    op.create_index("ix_pick_lines_item_id", "pick_lines", ["item_id"], unique=False)
    op.create_index("ix_pick_lines_lot_id", "pick_lines", ["lot_id"], unique=False)
    op.create_index("ix_pick_lines_reservation_id", "pick_lines", ["reservation_id"], unique=False)
    op.create_index("ix_pick_lines_reservation_line_id", "pick_lines", ["reservation_line_id"], unique=False)
    op.create_index("ix_pick_lines_wave_id_stop", "pick_lines", ["wave_id", "stop"], unique=False)
    op.create_index(
        "uq_pick_lines_reservation_line_id_open",
        "pick_lines",
        ["reservation_line_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def _packing_settings() -> None:
    op.create_table(
        "packing_settings",
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("gs1_prefix", sa.String(length=12), nullable=True),
        sa.Column("extension_digit", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("gs1_prefix ~ '^[0-9]{4,12}$'", name=op.f("ck_packing_settings_prefix_form")),
        sa.CheckConstraint("extension_digit BETWEEN 0 AND 9", name=op.f("ck_packing_settings_extension_is_digit")),
        sa.ForeignKeyConstraint(["keeper_id"], ["organizations.id"], name=op.f("fk_packing_settings_keeper_id")),
        sa.PrimaryKeyConstraint("keeper_id", name=op.f("pk_packing_settings")),
    )


def _packing_counters() -> None:
    op.create_table(
        "packing_counters",
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.String(length=13, collation="C"), nullable=False),
        sa.Column("next_value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("next_value > 0", name=op.f("ck_packing_counters_counts_up")),
        sa.ForeignKeyConstraint(["keeper_id"], ["organizations.id"], name=op.f("fk_packing_counters_keeper_id")),
        sa.PrimaryKeyConstraint("keeper_id", "series", name=op.f("pk_packing_counters")),
    )


def _dispatches() -> None:
    op.create_table(
        "dispatches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("consignee_name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=400), server_default=sa.text("''"), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("reference", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("shipment_kind", sa.String(length=40), nullable=True),
        sa.Column("shipment_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_dispatches_country_is_iso3166")),
        sa.CheckConstraint(
            "(shipment_kind IS NULL) = (shipment_id IS NULL)", name=op.f("ck_dispatches_shipment_whole")
        ),
        sa.ForeignKeyConstraint(["holder_id"], ["organizations.id"], name=op.f("fk_dispatches_holder_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_dispatches_person_id")),
        sa.ForeignKeyConstraint(
            ["warehouse_id", "keeper_id"],
            ["warehouses.id", "warehouses.keeper_id"],
            name=op.f("fk_dispatches_warehouse_id_keeper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
        sa.UniqueConstraint(
            "id",
            "keeper_id",
            "warehouse_id",
            "holder_id",
            name=op.f("uq_dispatches_id_keeper_id_warehouse_id_holder_id"),
        ),
    )
    op.create_index("ix_dispatches_holder_id_id", "dispatches", ["holder_id", "id"], unique=False)
    op.create_index("ix_dispatches_keeper_id_id", "dispatches", ["keeper_id", "id"], unique=False)
    op.create_index("ix_dispatches_warehouse_id", "dispatches", ["warehouse_id"], unique=False)


def _packages() -> None:
    op.create_table(
        "packages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("parent_level", sa.SmallInteger(), nullable=True),
        sa.Column(
            "level",
            sa.SmallInteger(),
            sa.Computed("(coalesce(parent_level, 0) + 1)::smallint", persisted=True),
            nullable=False,
        ),
        sa.Column("dispatch_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.String(length=20, collation="C"), nullable=False),
        sa.Column("sscc", sa.String(length=18, collation="C"), nullable=True),
        sa.Column("type", sa.String(length=2), nullable=False),
        sa.Column("length_mm", sa.Integer(), nullable=True),
        sa.Column("width_mm", sa.Integer(), nullable=True),
        sa.Column("height_mm", sa.Integer(), nullable=True),
        sa.Column("tare_kg", sa.Numeric(precision=12, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("gross_kg", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("marks", sa.String(length=400), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'open'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'dispatched') = (dispatch_id IS NOT NULL)", name=op.f("ck_packages_dispatched_with_something")
        ),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_packages_closed_has_time")),
        sa.CheckConstraint("sscc ~ '^[0-9]{18}$'", name=op.f("ck_packages_sscc_form")),
        sa.CheckConstraint(
            "state = 'open' OR num_nulls(length_mm, width_mm, height_mm, gross_kg) = 0",
            name=op.f("ck_packages_closed_is_measured"),
        ),
        sa.CheckConstraint("state IN ('open', 'closed', 'dispatched')", name=op.f("ck_packages_state_known")),
        sa.CheckConstraint("type ~ '^[0-9A-Z]{2}$'", name=op.f("ck_packages_type_form")),
        sa.CheckConstraint("(parent_id IS NULL) = (parent_level IS NULL)", name=op.f("ck_packages_parent_whole")),
        sa.CheckConstraint(
            "length_mm > 0 AND width_mm > 0 AND height_mm > 0", name=op.f("ck_packages_measures_positive")
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 3", name=op.f("ck_packages_nested_three_deep")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_packages_not_in_itself")),
        sa.CheckConstraint(
            "tare_kg >= 0 AND gross_kg > 0 AND gross_kg >= tare_kg", name=op.f("ck_packages_gross_covers_tare")
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_id", "keeper_id", "warehouse_id", "holder_id"],
            ["dispatches.id", "dispatches.keeper_id", "dispatches.warehouse_id", "dispatches.holder_id"],
            name=op.f("fk_packages_dispatch_id_keeper_id_warehouse_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(["holder_id"], ["organizations.id"], name=op.f("fk_packages_holder_id")),
        sa.ForeignKeyConstraint(
            ["parent_id", "keeper_id", "warehouse_id", "holder_id"],
            ["packages.id", "packages.keeper_id", "packages.warehouse_id", "packages.holder_id"],
            name=op.f("fk_packages_parent_id_keeper_id_warehouse_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id", "parent_level"],
            ["packages.id", "packages.level"],
            name="fk_packages_parent_id_level",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id", "keeper_id"],
            ["warehouses.id", "warehouses.keeper_id"],
            name=op.f("fk_packages_warehouse_id_keeper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packages")),
        sa.UniqueConstraint(
            "id", "keeper_id", "warehouse_id", "holder_id", name=op.f("uq_packages_id_keeper_id_warehouse_id_holder_id")
        ),
        sa.UniqueConstraint("id", "level", name=op.f("uq_packages_id_level")),
        sa.UniqueConstraint("keeper_id", "number", name=op.f("uq_packages_keeper_id_number")),
        sa.UniqueConstraint("keeper_id", "sscc", name=op.f("uq_packages_keeper_id_sscc")),
    )
    op.create_index("ix_packages_dispatch_id", "packages", ["dispatch_id"], unique=False)
    op.create_index("ix_packages_parent_id", "packages", ["parent_id"], unique=False)
    op.create_index("ix_packages_warehouse_id_id", "packages", ["warehouse_id", "id"], unique=False)


def _package_contents() -> None:
    op.create_table(
        "package_contents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("pick_line_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("returned", sa.Numeric(precision=15, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("lot", sa.String(length=80), nullable=True),
        sa.Column("mass_kg", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_package_contents_quantity_positive")),
        sa.CheckConstraint("returned BETWEEN 0 AND quantity", name=op.f("ck_package_contents_returned_was_sent")),
        sa.ForeignKeyConstraint(["item_id"], ["stock_items.id"], name=op.f("fk_package_contents_item_id")),
        sa.ForeignKeyConstraint(
            ["package_id", "keeper_id", "warehouse_id", "holder_id"],
            ["packages.id", "packages.keeper_id", "packages.warehouse_id", "packages.holder_id"],
            name=op.f("fk_package_contents_package_id_keeper_id_warehouse_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(
            ["pick_line_id", "keeper_id", "warehouse_id", "holder_id", "owner_id", "item_id"],
            [
                "pick_lines.id",
                "pick_lines.keeper_id",
                "pick_lines.warehouse_id",
                "pick_lines.holder_id",
                "pick_lines.owner_id",
                "pick_lines.item_id",
            ],
            name="fk_package_contents_pick_line_id",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_contents")),
        sa.UniqueConstraint("package_id", "pick_line_id", name=op.f("uq_package_contents_package_id_pick_line_id")),
    )
    op.create_index("ix_package_contents_item_id", "package_contents", ["item_id"], unique=False)
    op.create_index("ix_package_contents_pick_line_id", "package_contents", ["pick_line_id"], unique=False)


def _goods_returns() -> None:
    op.create_table(
        "goods_returns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispatch_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=400), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'authorised'"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'authorised') = (ended_at IS NULL)", name=op.f("ck_goods_returns_ended_has_time")),
        sa.CheckConstraint(
            "reason IN ('wrong_item', 'damaged', 'defective', 'surplus', 'warranty', 'other')",
            name=op.f("ck_goods_returns_reason_known"),
        ),
        sa.CheckConstraint(
            "state IN ('authorised', 'received', 'cancelled')", name=op.f("ck_goods_returns_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_id", "keeper_id", "warehouse_id", "holder_id"],
            ["dispatches.id", "dispatches.keeper_id", "dispatches.warehouse_id", "dispatches.holder_id"],
            name=op.f("fk_goods_returns_dispatch_id_keeper_id_warehouse_id_holder_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_goods_returns_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_returns")),
        sa.UniqueConstraint(
            "id",
            "dispatch_id",
            "keeper_id",
            "holder_id",
            name=op.f("uq_goods_returns_id_dispatch_id_keeper_id_holder_id"),
        ),
    )
    op.create_index("ix_goods_returns_dispatch_id", "goods_returns", ["dispatch_id"], unique=False)
    op.create_index("ix_goods_returns_holder_id_id", "goods_returns", ["holder_id", "id"], unique=False)
    op.create_index("ix_goods_returns_keeper_id_id", "goods_returns", ["keeper_id", "id"], unique=False)


def _goods_return_lines() -> None:
    op.create_table(
        "goods_return_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("dispatch_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("content_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("received", sa.Numeric(precision=15, scale=3), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_goods_return_lines_quantity_positive")),
        sa.CheckConstraint(
            "received BETWEEN 0 AND quantity", name=op.f("ck_goods_return_lines_received_was_authorised")
        ),
        sa.ForeignKeyConstraint(["content_id"], ["package_contents.id"], name=op.f("fk_goods_return_lines_content_id")),
        sa.ForeignKeyConstraint(
            ["return_id", "dispatch_id", "keeper_id", "holder_id"],
            ["goods_returns.id", "goods_returns.dispatch_id", "goods_returns.keeper_id", "goods_returns.holder_id"],
            name=op.f("fk_goods_return_lines_return_id_dispatch_id_keeper_id_holder_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_return_lines")),
        sa.UniqueConstraint("return_id", "content_id", name=op.f("uq_goods_return_lines_return_id_content_id")),
    )
    op.create_index("ix_goods_return_lines_content_id", "goods_return_lines", ["content_id"], unique=False)


def _walls() -> None:
    kept = "keeper_id = app_organization_id()"
    received = "holder_id = app_organization_id()"
    for table in ("pick_waves", "pick_lines"):
        tenant_table(table, owner=kept, privileges=("SELECT", "INSERT"))
    tenant_table("packing_settings", owner=kept)
    # Counted by a function alone.
    tenant_table("packing_counters", owner=kept, privileges=("SELECT",), auditor_reads=False)
    # Whom goods go to knows of them once they have left.
    tenant_table("packages", owner=kept, read=f"{kept} OR ({received} AND state = 'dispatched')")
    tenant_table(
        "package_contents", owner=kept, read=f"{kept} OR {received}", privileges=("SELECT", "INSERT", "DELETE")
    )
    for table in ("dispatches", "goods_returns", "goods_return_lines"):
        tenant_table(table, owner=kept, read=f"{kept} OR {received}", privileges=("SELECT", "INSERT"))
    append_only("dispatches")
    # What is counted elsewhere is written by triggers, which act as `owner`; of the rest, what a verb says.
    for table, columns in (
        ("pick_waves", "state, version, ended_at"),
        ("pick_lines", "state, picked, missing"),
        ("goods_returns", "state, ended_at"),
        ("goods_return_lines", "received"),
    ):
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {APP}, {WORKER}")
        policy(table, f"{table}_update", "UPDATE", kept, kept, APP, WORKER)
    for table in ("pick_lines", "packing_counters", "packages", "package_contents"):
        policy(table, f"{table}_kept", "ALL", "true", "true", OWNER)
