"""Tables of what goes out: waves and their lines, packages with their contents, dispatches, returns.

`keeper_id` runs the warehouse; `holder_id` is the organization that the stock was held for, and whom the goods go to. What is
packed together, and what leaves together, has one holder: composite foreign keys hold it.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.warehousing.picking.states import (
    PackageState,
    PickState,
    ReturnReason,
    ReturnState,
    WaveState,
)

PLACE = ("keeper_id", "warehouse_id")
HELD = (*PLACE, "holder_id")


def _in_warehouse() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["warehouse_id", "keeper_id"], ["warehouses.id", "warehouses.keeper_id"])


def _to(table: str, column: str, *shared: str, name: str | None = None) -> ForeignKeyConstraint:
    return ForeignKeyConstraint([column, *shared], [f"{table}.{one}" for one in ("id", *shared)], name=name)


class PickWave(Base):
    """Reservations that are picked in one walk, into one bin of a packing zone."""

    __tablename__ = "pick_waves"
    __table_args__ = (
        _in_warehouse(),
        ForeignKeyConstraint(
            ["packing_bin_id", "warehouse_id", "keeper_id"],
            [f"warehouse_bins.{name}" for name in ("id", "warehouse_id", "keeper_id")],
        ),
        UniqueConstraint("id", *PLACE),
        Index("ix_pick_waves_warehouse_id_id", "warehouse_id", "id"),
        Index("ix_pick_waves_packing_bin_id", "packing_bin_id"),
        CheckConstraint(f"state IN ({one_of(WaveState)})", name="state_known"),
        CheckConstraint("(state IN ('open', 'picking')) = (ended_at IS NULL)", name="ended_has_time"),
    )

    id: Mapped[Id]
    keeper_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    packing_bin_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(9), server_default=text("'open'"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    client_id: Mapped[UUID | None]
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PickLine(Base):
    """A held line of a reservation in a wave. Lines of one stop lie together. At most one open line for each held one."""

    __tablename__ = "pick_lines"
    __table_args__ = (
        _to("pick_waves", "wave_id", *PLACE),
        ForeignKeyConstraint(["lot_id", "item_id"], ["stock_lots.id", "stock_lots.item_id"]),
        UniqueConstraint("id", *HELD, "owner_id", "item_id", name="uq_pick_lines_id_held"),
        Index("ix_pick_lines_wave_id_stop", "wave_id", "stop"),
        Index(
            "uq_pick_lines_reservation_line_id_open",
            "reservation_line_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_pick_lines_reservation_line_id", "reservation_line_id"),
        Index("ix_pick_lines_reservation_id", "reservation_id"),
        Index("ix_pick_lines_item_id", "item_id"),
        Index("ix_pick_lines_lot_id", "lot_id"),
        Index("ix_pick_lines_bin_id", "bin_id"),
        CheckConstraint(f"state IN ({one_of(PickState)})", name="state_known"),
        CheckConstraint("stop > 0 AND expected > 0 AND picked >= 0 AND missing >= 0", name="quantities_in_range"),
        CheckConstraint("picked + missing <= expected", name="no_more_than_expected"),
        CheckConstraint("packed BETWEEN 0 AND picked", name="packed_was_picked"),
        CheckConstraint(
            "CASE state WHEN 'picked' THEN picked > 0 AND missing = 0 WHEN 'short' THEN missing > 0 "
            "ELSE picked = 0 AND missing = 0 END",
            name="state_as_counted",
        ),
    )

    id: Mapped[Id]
    wave_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    stop: Mapped[int] = mapped_column(SmallInteger)
    reservation_line_id: Mapped[UUID] = mapped_column(ForeignKey("stock_reservation_lines.id"))
    reservation_id: Mapped[UUID] = mapped_column(ForeignKey("stock_reservations.id"))
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("stock_items.id"))
    lot_id: Mapped[UUID | None]
    bin_id: Mapped[UUID] = mapped_column(ForeignKey("warehouse_bins.id"))
    expected: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    picked: Mapped[Decimal] = mapped_column(Numeric(15, 3), server_default=text("0"))
    missing: Mapped[Decimal] = mapped_column(Numeric(15, 3), server_default=text("0"))
    # Counted by the contents of packages.
    packed: Mapped[Decimal] = mapped_column(Numeric(15, 3), server_default=text("0"))
    state: Mapped[str] = mapped_column(String(7), server_default=text("'open'"))


class PackingSettings(Base):
    """What a keeper's packages are numbered with. Without a company prefix of GS1 they bear no SSCC."""

    __tablename__ = "packing_settings"
    __table_args__ = (
        CheckConstraint("gs1_prefix ~ '^[0-9]{4,12}$'", name="prefix_form"),
        CheckConstraint("extension_digit BETWEEN 0 AND 9", name="extension_is_digit"),
    )

    keeper_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    gs1_prefix: Mapped[str | None] = mapped_column(String(12))
    extension_digit: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class PackingCounter(Base):
    """The next number of a keeper's series: `house`, or extension digit and company prefix. It only grows."""

    __tablename__ = "packing_counters"
    __table_args__ = (CheckConstraint("next_value > 0", name="counts_up"),)

    keeper_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    series: Mapped[str] = mapped_column(String(13, collation="C"), primary_key=True)
    next_value: Mapped[int] = mapped_column(BigInteger)


class Dispatch(Base):
    """Packages of one consignee that left together. Append-only. `shipment_kind` and `shipment_id`: what carries them, in the
    words of whoever carries."""

    __tablename__ = "dispatches"
    __table_args__ = (
        _in_warehouse(),
        UniqueConstraint("id", *HELD),
        Index("ix_dispatches_keeper_id_id", "keeper_id", "id"),
        Index("ix_dispatches_holder_id_id", "holder_id", "id"),
        Index("ix_dispatches_warehouse_id", "warehouse_id"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_iso3166"),
        CheckConstraint("(shipment_kind IS NULL) = (shipment_id IS NULL)", name="shipment_whole"),
    )

    id: Mapped[Id]
    keeper_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    consignee_name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(400), server_default=text("''"))
    country: Mapped[str | None] = mapped_column(String(2))
    reference: Mapped[str] = mapped_column(String(80), server_default=text("''"))
    shipment_kind: Mapped[str | None] = mapped_column(String(40))
    shipment_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    client_id: Mapped[UUID | None]
    dispatched_at: Mapped[CreatedAt]


class PackedUnit(Base):
    """A package: goods, other packages, or both. `level` counts from outside and grows by one inwards: nothing is in itself."""

    __tablename__ = "packages"
    __table_args__ = (
        _in_warehouse(),
        _to("dispatches", "dispatch_id", *HELD),
        _to("packages", "parent_id", *HELD),
        ForeignKeyConstraint(
            ["parent_id", "parent_level"],
            ["packages.id", "packages.level"],
            name="fk_packages_parent_id_level",
            onupdate="CASCADE",
        ),
        UniqueConstraint("id", *HELD),
        UniqueConstraint("id", "level"),
        UniqueConstraint("keeper_id", "number"),
        UniqueConstraint("keeper_id", "sscc"),
        Index("ix_packages_warehouse_id_id", "warehouse_id", "id"),
        Index("ix_packages_parent_id", "parent_id"),
        Index("ix_packages_dispatch_id", "dispatch_id"),
        CheckConstraint(f"state IN ({one_of(PackageState)})", name="state_known"),
        CheckConstraint("type ~ '^[0-9A-Z]{2}$'", name="type_form"),
        CheckConstraint("sscc ~ '^[0-9]{18}$'", name="sscc_form"),
        CheckConstraint("(parent_id IS NULL) = (parent_level IS NULL)", name="parent_whole"),
        CheckConstraint("level BETWEEN 1 AND 3", name="nested_three_deep"),
        CheckConstraint("parent_id <> id", name="not_in_itself"),
        CheckConstraint("length_mm > 0 AND width_mm > 0 AND height_mm > 0", name="measures_positive"),
        CheckConstraint("tare_kg >= 0 AND gross_kg > 0 AND gross_kg >= tare_kg", name="gross_covers_tare"),
        CheckConstraint("(state = 'dispatched') = (dispatch_id IS NOT NULL)", name="dispatched_with_something"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_time"),
        CheckConstraint(
            "state = 'open' OR num_nulls(length_mm, width_mm, height_mm, gross_kg) = 0", name="closed_is_measured"
        ),
    )

    id: Mapped[Id]
    keeper_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    parent_id: Mapped[UUID | None]
    parent_level: Mapped[int | None] = mapped_column(SmallInteger)
    level: Mapped[int] = mapped_column(
        SmallInteger, Computed("(coalesce(parent_level, 0) + 1)::smallint", persisted=True)
    )
    dispatch_id: Mapped[UUID | None]
    number: Mapped[str] = mapped_column(String(20, collation="C"))
    sscc: Mapped[str | None] = mapped_column(String(18, collation="C"))
    type: Mapped[str] = mapped_column(String(2))
    length_mm: Mapped[int | None] = mapped_column(Integer)
    width_mm: Mapped[int | None] = mapped_column(Integer)
    height_mm: Mapped[int | None] = mapped_column(Integer)
    tare_kg: Mapped[Decimal] = mapped_column(Numeric(12, 3), server_default=text("0"))
    gross_kg: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    marks: Mapped[str] = mapped_column(String(400), server_default=text("''"))
    state: Mapped[str] = mapped_column(String(10), server_default=text("'open'"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PackageContent(Base):
    """So much of what was picked, in a package, in the words of that moment: a packing list stays what it was."""

    __tablename__ = "package_contents"
    __table_args__ = (
        _to("packages", "package_id", *HELD),
        _to("pick_lines", "pick_line_id", *HELD, "owner_id", "item_id", name="fk_package_contents_pick_line_id"),
        UniqueConstraint("package_id", "pick_line_id"),
        Index("ix_package_contents_pick_line_id", "pick_line_id"),
        Index("ix_package_contents_item_id", "item_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("returned BETWEEN 0 AND quantity", name="returned_was_sent"),
    )

    id: Mapped[Id]
    package_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    holder_id: Mapped[UUID]
    pick_line_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    item_id: Mapped[UUID] = mapped_column(ForeignKey("stock_items.id"))
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    # Counted by the lines of returns.
    returned: Mapped[Decimal] = mapped_column(Numeric(15, 3), server_default=text("0"))
    sku: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(3))
    lot: Mapped[str | None] = mapped_column(String(80))
    mass_kg: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))


class GoodsReturn(Base):
    """That some of what was dispatched may come back, and that it did."""

    __tablename__ = "goods_returns"
    __table_args__ = (
        _to("dispatches", "dispatch_id", *HELD),
        UniqueConstraint("id", "dispatch_id", "keeper_id", "holder_id"),
        Index("ix_goods_returns_dispatch_id", "dispatch_id"),
        Index("ix_goods_returns_keeper_id_id", "keeper_id", "id"),
        Index("ix_goods_returns_holder_id_id", "holder_id", "id"),
        CheckConstraint(f"state IN ({one_of(ReturnState)})", name="state_known"),
        CheckConstraint(f"reason IN ({one_of(ReturnReason)})", name="reason_known"),
        CheckConstraint("(state = 'authorised') = (ended_at IS NULL)", name="ended_has_time"),
    )

    id: Mapped[Id]
    dispatch_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    holder_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(400), server_default=text("''"))
    state: Mapped[str] = mapped_column(String(10), server_default=text("'authorised'"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    client_id: Mapped[UUID | None]
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class GoodsReturnLine(Base):
    """So much of what was in a package may come back; `received` is what did."""

    __tablename__ = "goods_return_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["return_id", "dispatch_id", "keeper_id", "holder_id"],
            [f"goods_returns.{name}" for name in ("id", "dispatch_id", "keeper_id", "holder_id")],
        ),
        UniqueConstraint("return_id", "content_id"),
        Index("ix_goods_return_lines_content_id", "content_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("received BETWEEN 0 AND quantity", name="received_was_authorised"),
    )

    id: Mapped[Id]
    return_id: Mapped[UUID]
    dispatch_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    holder_id: Mapped[UUID]
    content_id: Mapped[UUID] = mapped_column(ForeignKey("package_contents.id"))
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    # Null until the return has ended.
    received: Mapped[Decimal | None] = mapped_column(Numeric(15, 3))
