"""Cycle counts, transfers between warehouses, reorder rules with their alerts, and what the public sees of stock."""

import sqlalchemy as sa
from alembic import op

from app.kit.db.policies import APP, WORKER, append_only, policy, tenant_table

revision = "20261126_2220"
down_revision = "20261126_2212"
branch_labels = None
depends_on = None

KEPT = "keeper_id = app_organization_id()"
STATUSES = "'available', 'quality_hold', 'damaged', 'in_transit'"


def upgrade() -> None:
    _stock_counts()
    _stock_count_bins()
    _stock_count_lines()
    _stock_transfers()
    _stock_transfer_lines()
    _stock_reorder_rules()
    _stock_alerts()
    _stock_levels()
    _variants()
    for functions in (COUNT_GUARD, TRANSFER_GUARD, SHORTEN):
        op.execute(functions)
    op.execute(VARIANT.replace(":", "\\:"))
    op.execute("REVOKE ALL ON FUNCTION stock_shorten(uuid, numeric) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION stock_shorten(uuid, numeric) TO {APP}, {WORKER}")
    _walls()


def _stock_counts() -> None:
    op.create_table(
        "stock_counts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=400), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.String(length=9), server_default=sa.text("'open'"), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_by IS NOT NULL)", name=op.f("ck_stock_counts_approved_by_a_person")
        ),
        sa.CheckConstraint(
            "(state IN ('approved', 'cancelled')) = (ended_at IS NOT NULL)", name=op.f("ck_stock_counts_ended_has_time")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'cancelled') OR counted_at IS NOT NULL", name=op.f("ck_stock_counts_counted_has_time")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'counted', 'approved', 'cancelled')", name=op.f("ck_stock_counts_state_known")
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["people.id"], name=op.f("fk_stock_counts_approved_by")),
        sa.ForeignKeyConstraint(["item_id"], ["stock_items.id"], name=op.f("fk_stock_counts_item_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["people.id"], name=op.f("fk_stock_counts_opened_by")),
        sa.ForeignKeyConstraint(
            ["warehouse_id", "keeper_id"],
            ["warehouses.id", "warehouses.keeper_id"],
            name=op.f("fk_stock_counts_warehouse_id_keeper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_counts")),
        sa.UniqueConstraint("id", "state", name=op.f("uq_stock_counts_id_state")),
        sa.UniqueConstraint("id", "warehouse_id", "keeper_id", name=op.f("uq_stock_counts_id_warehouse_id_keeper_id")),
    )
    op.create_index("ix_stock_counts_item_id", "stock_counts", ["item_id"], unique=False)
    op.create_index("ix_stock_counts_keeper_id_id", "stock_counts", ["keeper_id", "id"], unique=False)
    op.create_index("ix_stock_counts_warehouse_id_id", "stock_counts", ["warehouse_id", "id"], unique=False)


def _stock_count_bins() -> None:
    op.create_table(
        "stock_count_bins",
        sa.Column("count_id", sa.Uuid(), nullable=False),
        sa.Column("bin_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("count_state", sa.String(length=9), server_default=sa.text("'open'"), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(round = 0) = (counted_at IS NULL)", name=op.f("ck_stock_count_bins_counted_has_time")),
        sa.CheckConstraint("round BETWEEN 0 AND 100", name=op.f("ck_stock_count_bins_round_in_range")),
        sa.ForeignKeyConstraint(
            ["bin_id", "warehouse_id", "keeper_id"],
            ["warehouse_bins.id", "warehouse_bins.warehouse_id", "warehouse_bins.keeper_id"],
            name=op.f("fk_stock_count_bins_bin_id_warehouse_id_keeper_id"),
        ),
        sa.ForeignKeyConstraint(
            ["count_id", "count_state"],
            ["stock_counts.id", "stock_counts.state"],
            name=op.f("fk_stock_count_bins_count_id_count_state"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["count_id", "warehouse_id", "keeper_id"],
            ["stock_counts.id", "stock_counts.warehouse_id", "stock_counts.keeper_id"],
            name=op.f("fk_stock_count_bins_count_id_warehouse_id_keeper_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_stock_count_bins_person_id")),
        sa.PrimaryKeyConstraint("count_id", "bin_id", name=op.f("pk_stock_count_bins")),
        sa.UniqueConstraint("count_id", "position", name=op.f("uq_stock_count_bins_count_id_position")),
    )
    op.create_index("ix_stock_count_bins_bin_id_counted_at", "stock_count_bins", ["bin_id", "counted_at"], unique=False)
    op.create_index(
        "uq_stock_count_bins_running",
        "stock_count_bins",
        ["bin_id"],
        unique=True,
        postgresql_where=sa.text("count_state IN ('open', 'counted')"),
    )


def _stock_count_lines() -> None:
    op.create_table(
        "stock_count_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("count_id", sa.Uuid(), nullable=False),
        sa.Column("bin_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("expected", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("counted", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column(
            "difference",
            sa.Numeric(precision=15, scale=3),
            sa.Computed("counted - expected", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('available', 'quality_hold', 'damaged', 'in_transit')",
            name=op.f("ck_stock_count_lines_status_known"),
        ),
        sa.CheckConstraint("expected >= 0 AND counted >= 0", name=op.f("ck_stock_count_lines_quantities_not_negative")),
        sa.ForeignKeyConstraint(
            ["count_id", "bin_id"],
            ["stock_count_bins.count_id", "stock_count_bins.bin_id"],
            name=op.f("fk_stock_count_lines_count_id_bin_id"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["stock_items.id"], name=op.f("fk_stock_count_lines_item_id")),
        sa.ForeignKeyConstraint(["keeper_id"], ["organizations.id"], name=op.f("fk_stock_count_lines_keeper_id")),
        sa.ForeignKeyConstraint(
            ["lot_id", "item_id"],
            ["stock_lots.id", "stock_lots.item_id"],
            name=op.f("fk_stock_count_lines_lot_id_item_id"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organizations.id"], name=op.f("fk_stock_count_lines_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count_lines")),
        sa.UniqueConstraint(
            "count_id",
            "bin_id",
            "round",
            "item_id",
            "lot_id",
            "owner_id",
            "status",
            name="uq_stock_count_lines_place",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_stock_count_lines_count_id_id", "stock_count_lines", ["count_id", "id"], unique=False)
    op.create_index("ix_stock_count_lines_item_id", "stock_count_lines", ["item_id"], unique=False)
    op.create_index("ix_stock_count_lines_lot_id", "stock_count_lines", ["lot_id"], unique=False)


def _stock_transfers() -> None:
    op.create_table(
        "stock_transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("from_warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("to_warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("transit_bin_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=400), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.String(length=10), server_default=sa.text("'planned'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('in_transit', 'received')) = (transit_bin_id IS NOT NULL AND dispatched_at IS NOT NULL)",
            name=op.f("ck_stock_transfers_dispatched_has_place_and_time"),
        ),
        sa.CheckConstraint(
            "(state IN ('received', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_stock_transfers_ended_has_time"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'in_transit', 'received', 'cancelled')", name=op.f("ck_stock_transfers_state_known")
        ),
        sa.CheckConstraint("from_warehouse_id <> to_warehouse_id", name=op.f("ck_stock_transfers_goes_elsewhere")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_stock_transfers_created_by")),
        sa.ForeignKeyConstraint(
            ["from_warehouse_id", "keeper_id"],
            ["warehouses.id", "warehouses.keeper_id"],
            name=op.f("fk_stock_transfers_from_warehouse_id_keeper_id"),
        ),
        sa.ForeignKeyConstraint(["keeper_id"], ["organizations.id"], name=op.f("fk_stock_transfers_keeper_id")),
        sa.ForeignKeyConstraint(
            ["to_warehouse_id", "keeper_id"],
            ["warehouses.id", "warehouses.keeper_id"],
            name=op.f("fk_stock_transfers_to_warehouse_id_keeper_id"),
        ),
        sa.ForeignKeyConstraint(
            ["transit_bin_id", "to_warehouse_id", "keeper_id"],
            ["warehouse_bins.id", "warehouse_bins.warehouse_id", "warehouse_bins.keeper_id"],
            name=op.f("fk_stock_transfers_transit_bin_id_to_warehouse_id_keeper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transfers")),
        sa.UniqueConstraint(
            "id", "from_warehouse_id", "keeper_id", name=op.f("uq_stock_transfers_id_from_warehouse_id_keeper_id")
        ),
    )
    op.create_index("ix_stock_transfers_from_warehouse_id", "stock_transfers", ["from_warehouse_id"], unique=False)
    op.create_index("ix_stock_transfers_keeper_id_id", "stock_transfers", ["keeper_id", "id"], unique=False)
    op.create_index("ix_stock_transfers_to_warehouse_id", "stock_transfers", ["to_warehouse_id"], unique=False)
    op.create_index("ix_stock_transfers_transit_bin_id", "stock_transfers", ["transit_bin_id"], unique=False)


def _stock_transfer_lines() -> None:
    op.create_table(
        "stock_transfer_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("keeper_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("bin_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=12), server_default=sa.text("'available'"), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("received", sa.Numeric(precision=15, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("lost", sa.Numeric(precision=15, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "open",
            sa.Numeric(precision=15, scale=3),
            sa.Computed("quantity - received - lost", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('available', 'quality_hold', 'damaged', 'in_transit') AND status <> 'in_transit'",
            name=op.f("ck_stock_transfer_lines_status_known"),
        ),
        sa.CheckConstraint(
            "quantity > 0 AND received >= 0 AND lost >= 0", name=op.f("ck_stock_transfer_lines_quantities_in_range")
        ),
        sa.CheckConstraint("received + lost <= quantity", name=op.f("ck_stock_transfer_lines_no_more_than_sent")),
        sa.ForeignKeyConstraint(
            ["bin_id", "warehouse_id", "keeper_id"],
            ["warehouse_bins.id", "warehouse_bins.warehouse_id", "warehouse_bins.keeper_id"],
            name=op.f("fk_stock_transfer_lines_bin_id_warehouse_id_keeper_id"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["stock_items.id"], name=op.f("fk_stock_transfer_lines_item_id")),
        sa.ForeignKeyConstraint(
            ["lot_id", "item_id"],
            ["stock_lots.id", "stock_lots.item_id"],
            name=op.f("fk_stock_transfer_lines_lot_id_item_id"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organizations.id"], name=op.f("fk_stock_transfer_lines_owner_id")),
        sa.ForeignKeyConstraint(
            ["transfer_id", "warehouse_id", "keeper_id"],
            ["stock_transfers.id", "stock_transfers.from_warehouse_id", "stock_transfers.keeper_id"],
            name=op.f("fk_stock_transfer_lines_transfer_id_warehouse_id_keeper_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transfer_lines")),
        sa.UniqueConstraint("transfer_id", "position", name=op.f("uq_stock_transfer_lines_transfer_id_position")),
    )
    op.create_index("ix_stock_transfer_lines_bin_id", "stock_transfer_lines", ["bin_id"], unique=False)
    op.create_index("ix_stock_transfer_lines_item_id", "stock_transfer_lines", ["item_id"], unique=False)
    op.create_index("ix_stock_transfer_lines_lot_id", "stock_transfer_lines", ["lot_id"], unique=False)


def _stock_reorder_rules() -> None:
    op.create_table(
        "stock_reorder_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=True),
        sa.Column("reorder_point", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("target_quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reorder_point >= 0 AND target_quantity > reorder_point",
            name=op.f("ck_stock_reorder_rules_target_above_point"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "organization_id"],
            ["stock_items.id", "stock_items.organization_id"],
            name=op.f("fk_stock_reorder_rules_item_id_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_stock_reorder_rules_organization_id")
        ),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouses.id"], name=op.f("fk_stock_reorder_rules_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_reorder_rules")),
        sa.UniqueConstraint("id", "organization_id", name=op.f("uq_stock_reorder_rules_id_organization_id")),
    )
    op.create_index(
        "ix_stock_reorder_rules_organization_id_id", "stock_reorder_rules", ["organization_id", "id"], unique=False
    )
    op.create_index("ix_stock_reorder_rules_warehouse_id", "stock_reorder_rules", ["warehouse_id"], unique=False)
    op.create_index(
        "uq_stock_reorder_rules_running",
        "stock_reorder_rules",
        ["item_id", "warehouse_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _stock_alerts() -> None:
    op.create_table(
        "stock_alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=True),
        sa.Column("available", sa.Numeric(precision=18, scale=3), nullable=False),
        sa.Column("reorder_point", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("target_quantity", sa.Numeric(precision=15, scale=3), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "available <= reorder_point AND target_quantity > reorder_point", name=op.f("ck_stock_alerts_was_low")
        ),
        sa.CheckConstraint("closed_at >= opened_at", name=op.f("ck_stock_alerts_closed_after_opening")),
        sa.ForeignKeyConstraint(
            ["item_id", "organization_id"],
            ["stock_items.id", "stock_items.organization_id"],
            name=op.f("fk_stock_alerts_item_id_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_stock_alerts_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id", "organization_id"],
            ["stock_reorder_rules.id", "stock_reorder_rules.organization_id"],
            name=op.f("fk_stock_alerts_rule_id_organization_id"),
        ),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouses.id"], name=op.f("fk_stock_alerts_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_alerts")),
    )
    op.create_index("ix_stock_alerts_item_id", "stock_alerts", ["item_id"], unique=False)
    op.create_index("ix_stock_alerts_organization_id_id", "stock_alerts", ["organization_id", "id"], unique=False)
    op.create_index("ix_stock_alerts_rule_id", "stock_alerts", ["rule_id"], unique=False)
    op.create_index("ix_stock_alerts_warehouse_id", "stock_alerts", ["warehouse_id"], unique=False)
    op.create_index(
        "uq_stock_alerts_open", "stock_alerts", ["rule_id"], unique=True, postgresql_where=sa.text("closed_at IS NULL")
    )


def _stock_levels() -> None:
    op.create_table(
        "stock_levels",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("at_least", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("pushed_at", sa.DateTime(timezone=True), server_default=sa.text("app_now()"), nullable=False),
        sa.CheckConstraint(
            "at_least >= 0 AND (at_least = 0) = (level = 'none')", name=op.f("ck_stock_levels_none_is_nothing")
        ),
        sa.CheckConstraint("level IN ('in_stock', 'few_left', 'none')", name=op.f("ck_stock_levels_level_known")),
        sa.ForeignKeyConstraint(
            ["item_id", "organization_id"],
            ["stock_items.id", "stock_items.organization_id"],
            name=op.f("fk_stock_levels_item_id_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_stock_levels_organization_id")
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_stock_levels_variant_id")),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_stock_levels")),
    )
    op.create_index("ix_stock_levels_item_id", "stock_levels", ["item_id"], unique=False)


def _variants() -> None:
    op.add_column("variants", sa.Column("stock_level", sa.String(length=8), nullable=True))
    op.add_column("variants", sa.Column("stock_at_least", sa.Integer(), nullable=True))
    op.add_column("variants", sa.Column("stock_unit", sa.String(length=3), nullable=True))
    op.create_check_constraint(
        op.f("ck_variants_stock_level_known"), "variants", "stock_level IN ('in_stock', 'few_left', 'none')"
    )
    op.create_check_constraint(
        op.f("ck_variants_stock_whole"),
        "variants",
        "(stock_level IS NULL) = (stock_at_least IS NULL) AND (stock_level IS NULL) = (stock_unit IS NULL)",
    )


# A count goes its way: approved only when every bin was counted, and what has ended stays as it was. A bin is counted again and
# again, never back.
COUNT_GUARD = """
CREATE FUNCTION stock_counts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.warehouse_id, NEW.keeper_id, NEW.item_id, NEW.blind, NEW.opened_by, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.warehouse_id, OLD.keeper_id, OLD.item_id, OLD.blind, OLD.opened_by, OLD.created_at) THEN
        RAISE EXCEPTION 'what a count is of stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_counts_stay';
    END IF;
    IF NOT (
        (OLD.state = 'open' AND NEW.state IN ('open', 'counted', 'cancelled'))
        OR (OLD.state = 'counted' AND NEW.state IN ('counted', 'approved', 'cancelled'))
    ) OR (NEW.state IN ('counted', 'approved')
          AND EXISTS (SELECT 1 FROM stock_count_bins b WHERE b.count_id = NEW.id AND b.round = 0)) THEN
        RAISE EXCEPTION 'a count does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_counts_way';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stock_counts_guarded BEFORE UPDATE ON stock_counts FOR EACH ROW EXECUTE FUNCTION stock_counts_guard();

CREATE FUNCTION stock_count_bins_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.count_id, NEW.bin_id, NEW.warehouse_id, NEW.keeper_id, NEW.position)
        IS DISTINCT FROM (OLD.count_id, OLD.bin_id, OLD.warehouse_id, OLD.keeper_id, OLD.position)
        OR (NEW.round <> OLD.round AND (NEW.round <> OLD.round + 1 OR OLD.count_state NOT IN ('open', 'counted')))
        OR (NEW.round = OLD.round AND NEW.counted_at IS DISTINCT FROM OLD.counted_at) THEN
        RAISE EXCEPTION 'a bin is counted once more, while its count runs'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_count_bins_way';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stock_count_bins_guarded BEFORE UPDATE ON stock_count_bins
    FOR EACH ROW EXECUTE FUNCTION stock_count_bins_guard();

CREATE FUNCTION stock_count_lines_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM stock_count_bins b
                   WHERE b.count_id = NEW.count_id AND b.bin_id = NEW.bin_id AND b.keeper_id = NEW.keeper_id
                     AND b.round = NEW.round AND b.round > 0 AND b.count_state IN ('open', 'counted')) THEN
        RAISE EXCEPTION 'a line is of the round that is being counted'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_count_lines_of_round';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stock_count_lines_guarded BEFORE INSERT ON stock_count_lines
    FOR EACH ROW EXECUTE FUNCTION stock_count_lines_guard();
"""

TRANSFER_GUARD = """
CREATE FUNCTION stock_transfers_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.keeper_id, NEW.from_warehouse_id, NEW.to_warehouse_id, NEW.created_by, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.keeper_id, OLD.from_warehouse_id, OLD.to_warehouse_id, OLD.created_by, OLD.created_at)
        OR (OLD.transit_bin_id IS NOT NULL AND NEW.transit_bin_id IS DISTINCT FROM OLD.transit_bin_id) THEN
        RAISE EXCEPTION 'where a transfer goes stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_transfers_stay';
    END IF;
    IF NOT (
        (OLD.state = 'planned' AND NEW.state IN ('planned', 'in_transit', 'cancelled'))
        OR (OLD.state = 'in_transit' AND NEW.state IN ('in_transit', 'received'))
    ) OR (NEW.state = 'received'
          AND EXISTS (SELECT 1 FROM stock_transfer_lines l WHERE l.transfer_id = NEW.id AND l.open > 0)) THEN
        RAISE EXCEPTION 'a transfer does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_transfers_way';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stock_transfers_guarded BEFORE UPDATE ON stock_transfers
    FOR EACH ROW EXECUTE FUNCTION stock_transfers_guard();

CREATE FUNCTION stock_transfer_lines_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.transfer_id, NEW.position, NEW.bin_id, NEW.item_id, NEW.lot_id, NEW.owner_id, NEW.status, NEW.quantity)
        IS DISTINCT FROM (OLD.id, OLD.transfer_id, OLD.position, OLD.bin_id, OLD.item_id, OLD.lot_id, OLD.owner_id, OLD.status,
        OLD.quantity) OR NEW.received < OLD.received OR NEW.lost < OLD.lost
        OR NOT EXISTS (SELECT 1 FROM stock_transfers t WHERE t.id = NEW.transfer_id AND t.state = 'in_transit') THEN
        RAISE EXCEPTION 'what is on its way arrives or is lost'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_transfer_lines_way';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stock_transfer_lines_guarded BEFORE UPDATE ON stock_transfer_lines
    FOR EACH ROW EXECUTE FUNCTION stock_transfer_lines_guard();
"""

# What a count did not find cannot stay reserved. What is held beyond its time goes first, then what was reserved last; it waits
# for stock and keeps the place in the queue that it had by the time of its reservation.
SHORTEN = """
CREATE FUNCTION stock_shorten(p_balance uuid, p_left numeric) RETURNS TABLE (
    reservation_id uuid, organization_id uuid, short_item_id uuid, short numeric
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    item stock_items;
    line stock_reservation_lines;
    excess numeric;
    take numeric;
BEGIN
    SELECT i.* INTO item FROM stock_items i JOIN stock_balances b ON b.item_id = i.id
    WHERE b.id = p_balance AND b.keeper_id = app_organization_id();
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM stock_lock(ARRAY[item.id], '{}');
    PERFORM stock_drop_expired(ARRAY[item.id]);
    SELECT b.reserved - greatest(p_left, 0) INTO excess FROM stock_balances b WHERE b.id = p_balance;
    FOR line IN
        SELECT l.* FROM stock_reservation_lines l WHERE l.balance_id = p_balance AND l.open > 0 ORDER BY l.id DESC FOR UPDATE
    LOOP
        EXIT WHEN excess <= 0;
        take := least(line.open, excess);
        UPDATE stock_reservation_lines l SET released = l.released + take WHERE l.id = line.id;
        UPDATE stock_balances b SET reserved = b.reserved - take WHERE b.id = p_balance;
        INSERT INTO stock_reservation_lines
            (id, reservation_id, organization_id, position, item_id, owner_id, quantity, expires_at)
        VALUES (uuidv7(uuid_extract_timestamp(line.id) - clock_timestamp()), line.reservation_id, line.organization_id,
            line.position, line.item_id, item.organization_id, take, line.expires_at);
        excess := excess - take;
        reservation_id := line.reservation_id;
        organization_id := line.organization_id;
        short_item_id := line.item_id;
        short := take;
        RETURN NEXT;
    END LOOP;
END $$;
"""

VARIANT = """
CREATE OR REPLACE FUNCTION shown_variant(variant jsonb, locale text, system text, wanted text) RETURNS TABLE (shown json)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT json_build_object(
        'id', variant->>'id',
        'sku', variant->>'sku',
        'label', variant->>'label',
        'minimum_order', (SELECT m.shown FROM shown_measure(
            variant->>'minimum_order_quantity', variant->>'unit', locale, system) m),
        'lead_time', (SELECT m.shown FROM shown_measure(variant->>'lead_time_days', 'DAY', locale, system) m),
        'made_to_order', variant->'made_to_order',
        'stock', CASE WHEN variant ? 'stock' THEN json_build_object(
            'code', variant->'stock'->>'level',
            'label', (SELECT l.label FROM catalog_label('word', 'stock-' || (variant->'stock'->>'level'), locale) l),
            'at_least', CASE WHEN variant->'stock'->>'at_least' <> '0' THEN (SELECT m.shown FROM shown_measure(
                variant->'stock'->>'at_least', variant->'stock'->>'unit', locale, system) m) END
        ) END,
        'mass', CASE WHEN variant->>'mass_kg' IS NOT NULL THEN
            (SELECT m.shown FROM shown_measure(variant->>'mass_kg', 'KGM', locale, system) m) END,
        'dimensions', (SELECT coalesce(json_agg(m.shown), '[]')
            FROM unnest(ARRAY[variant->>'length_mm', variant->>'width_mm', variant->>'height_mm']) d (value),
                LATERAL shown_measure(d.value, 'MMT', locale, system) m
            WHERE d.value IS NOT NULL),
        'hs_code', variant->>'hs_code',
        'origin_country', (SELECT c.shown FROM shown_country(variant->>'origin_country', locale) c),
        'prices', (SELECT coalesce(json_agg(p.shown), '[]')
            FROM jsonb_array_elements(variant->'prices') t,
                LATERAL shown_price((t.value->>'price_minor')::bigint, t.value->>'currency', t.value->>'min_quantity',
                                    variant->>'unit', locale, system, wanted) p
            WHERE t.value->>'currency' = wanted
               OR wanted IS NULL OR NOT variant->'prices' @> jsonb_build_array(jsonb_build_object('currency', wanted)))
    );
END;
"""


def _walls() -> None:
    # The keeper's alone; owners of goods see the moves in the ledger.
    for table in ("stock_counts", "stock_count_bins", "stock_transfers", "stock_transfer_lines"):
        tenant_table(table, owner=KEPT)
    tenant_table("stock_count_lines", owner=KEPT, privileges=("SELECT", "INSERT"))
    append_only("stock_count_lines")
    tenant_table("stock_reorder_rules")
    # Opened by the job alone; whoever ends a rule closes its alert.
    own = "organization_id = app_organization_id()"
    tenant_table("stock_alerts", privileges=("SELECT",))
    op.execute(f"GRANT INSERT ON stock_alerts TO {WORKER}")
    op.execute(f"GRANT UPDATE (closed_at) ON stock_alerts TO {APP}, {WORKER}")
    policy("stock_alerts", "stock_alerts_insert", "INSERT", None, own, WORKER)
    policy("stock_alerts", "stock_alerts_update", "UPDATE", f"{own} AND closed_at IS NULL", own, APP, WORKER)
    tenant_table("stock_levels", privileges=("SELECT", "INSERT", "UPDATE", "DELETE"), roles=(WORKER,))
