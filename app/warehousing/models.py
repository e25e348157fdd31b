"""Tables of warehouses, of what lies in them, of every move, and of what is held for whom.

`keeper_id` is the organization that runs a warehouse, `owner_id` the one that the goods belong to. Balances and reservations are
written by functions of the database alone: the application's roles may read them.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    Date,
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

from app.kit.db.base import Base, CreatedAt, Currency, Id, LocaleTag, one_of
from app.warehousing.states import (
    MoveReason,
    Outside,
    ReservationState,
    StockStatus,
    Tracking,
    WarehouseKind,
    ZonePurpose,
)


class Warehouse(Base):
    """A place that keeps goods. Where `offers` is set, buyers may reserve what its owners offer from there."""

    __tablename__ = "warehouses"
    __table_args__ = (
        UniqueConstraint("keeper_id", "code"),
        UniqueConstraint("id", "keeper_id"),
        CheckConstraint(f"kind IN ({one_of(WarehouseKind)})", name="kind_known"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_iso3166"),
        CheckConstraint("unlocode ~ '^[A-Z]{2}[A-Z2-9]{3}$'", name="unlocode_form"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="position_on_earth"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="position_whole"),
        CheckConstraint("handling_fee_minor >= 0", name="handling_fee_not_negative"),
        CheckConstraint("priority BETWEEN 0 AND 1000", name="priority_in_range"),
    )

    id: Mapped[Id]
    keeper_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    code: Mapped[str] = mapped_column(String(40, collation="C"))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    country: Mapped[str] = mapped_column(String(2))
    city: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(400), server_default=text("''"))
    unlocode: Mapped[str | None] = mapped_column(String(5))
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(8, 5))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(8, 5))
    time_zone: Mapped[str] = mapped_column(String(64))
    # What one line costs that is sent from here, to compare warehouses by.
    handling_fee_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    currency: Mapped[Currency]
    # The lower, the earlier it is taken from.
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("100"))
    offers: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class Zone(Base):
    """A part of a warehouse with one purpose."""

    __tablename__ = "warehouse_zones"
    __table_args__ = (
        ForeignKeyConstraint(["warehouse_id", "keeper_id"], ["warehouses.id", "warehouses.keeper_id"]),
        UniqueConstraint("warehouse_id", "code"),
        UniqueConstraint("id", "warehouse_id", "keeper_id"),
        CheckConstraint(f"purpose IN ({one_of(ZonePurpose)})", name="purpose_known"),
    )

    id: Mapped[Id]
    warehouse_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(40, collation="C"))
    purpose: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[CreatedAt]


class Bin(Base):
    """A place in a zone. What is in it is counted with every move, and never exceeds what it bears."""

    __tablename__ = "warehouse_bins"
    __table_args__ = (
        ForeignKeyConstraint(
            ["zone_id", "warehouse_id", "keeper_id"],
            [f"warehouse_zones.{column}" for column in ("id", "warehouse_id", "keeper_id")],
        ),
        UniqueConstraint("warehouse_id", "code"),
        UniqueConstraint("id", "warehouse_id", "keeper_id"),
        Index("ix_warehouse_bins_zone_id", "zone_id"),
        CheckConstraint("max_mass_kg > 0 AND max_volume_dm3 > 0", name="capacity_positive"),
        CheckConstraint("mass_kg >= 0 AND volume_dm3 >= 0", name="contents_not_negative"),
        CheckConstraint("mass_kg <= max_mass_kg", name="mass_within_capacity"),
        CheckConstraint("volume_dm3 <= max_volume_dm3", name="volume_within_capacity"),
    )

    id: Mapped[Id]
    zone_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(40, collation="C"))
    max_mass_kg: Mapped[Decimal | None] = mapped_column(Numeric(14, 4))
    max_volume_dm3: Mapped[Decimal | None] = mapped_column(Numeric(16, 4))
    mass_kg: Mapped[Decimal] = mapped_column(Numeric(18, 4), server_default=text("0"))
    volume_dm3: Mapped[Decimal] = mapped_column(Numeric(20, 4), server_default=text("0"))
    blocked: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class StockItem(Base):
    """What is stocked under one SKU of an organization: a variant of its catalogue, or a thing of its own such as a mould.

    What is `offered` may be reserved by buyers out of the organization's own stock.
    """

    __tablename__ = "stock_items"
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "organization_id"], ["variants.id", "variants.supplier_id"]),
        UniqueConstraint("organization_id", "sku"),
        UniqueConstraint("variant_id"),
        UniqueConstraint("id", "organization_id"),
        CheckConstraint(f"tracking IN ({one_of(Tracking)})", name="tracking_known"),
        CheckConstraint("mass_kg > 0 AND length_mm > 0 AND width_mm > 0 AND height_mm > 0", name="measures_positive"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    sku: Mapped[str] = mapped_column(String(80, collation="C"))
    variant_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(String(200))
    locale: Mapped[LocaleTag]
    unit: Mapped[str] = mapped_column(String(3), server_default=text("'H87'"))
    tracking: Mapped[str] = mapped_column(String(6), server_default=text("'none'"))
    expires: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    mass_kg: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    length_mm: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    width_mm: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    height_mm: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    volume_dm3: Mapped[Decimal | None] = mapped_column(
        Numeric(18, 4), Computed("length_mm * width_mm * height_mm / 1000000", persisted=True)
    )
    offered: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class StockLot(Base):
    """A lot, or one piece with its serial number."""

    __tablename__ = "stock_lots"
    __table_args__ = (
        ForeignKeyConstraint(["item_id", "organization_id"], ["stock_items.id", "stock_items.organization_id"]),
        UniqueConstraint("item_id", "code"),
        UniqueConstraint("id", "item_id"),
        CheckConstraint("expires_on > manufactured_on", name="expires_after_making"),
    )

    id: Mapped[Id]
    item_id: Mapped[UUID]
    organization_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(80, collation="C"))
    manufactured_on: Mapped[date | None] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[CreatedAt]


class StockBalance(Base):
    """How much of an item (and lot) of an owner is in a bin, in one status, and how much of it is held for somebody."""

    __tablename__ = "stock_balances"
    __table_args__ = (
        ForeignKeyConstraint(
            ["bin_id", "warehouse_id", "keeper_id"],
            [f"warehouse_bins.{column}" for column in ("id", "warehouse_id", "keeper_id")],
        ),
        ForeignKeyConstraint(["lot_id", "item_id"], ["stock_lots.id", "stock_lots.item_id"]),
        UniqueConstraint(
            "item_id",
            "bin_id",
            "lot_id",
            "owner_id",
            "status",
            name="uq_stock_balances_place",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_stock_balances_bin_id", "bin_id"),
        Index("ix_stock_balances_lot_id", "lot_id"),
        Index("ix_stock_balances_owner_id_id", "owner_id", "id"),
        Index("ix_stock_balances_keeper_id_id", "keeper_id", "id"),
        Index("ix_stock_balances_warehouse_id_owner_id", "warehouse_id", "owner_id"),
        CheckConstraint(f"status IN ({one_of(StockStatus)})", name="status_known"),
        CheckConstraint("on_hand >= 0", name="on_hand_not_negative"),
        CheckConstraint("reserved BETWEEN 0 AND on_hand", name="reserved_is_there"),
        CheckConstraint("status = 'available' OR reserved = 0", name="only_available_is_reserved"),
        CheckConstraint("reservable OR reserved = 0", name="only_stored_is_reserved"),
        # Every reservation writes the same row again: the room is for its next version, beside it.
        {"postgresql_with": {"fillfactor": 50}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("stock_items.id"))
    bin_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    lot_id: Mapped[UUID | None]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    status: Mapped[str] = mapped_column(String(12))
    on_hand: Mapped[Decimal] = mapped_column(Numeric(15, 3), server_default=text("0"))
    reserved: Mapped[Decimal] = mapped_column(Numeric(15, 3), server_default=text("0"))
    # Whether the bin is in a storage zone: what is being received, packed or sent is not held for anybody else.
    reservable: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


class StockMove(Base):
    """A quantity taken from one place and put to another: a bin, or outside. Append-only; a trigger writes the balances."""

    __tablename__ = "stock_moves"
    __table_args__ = (
        ForeignKeyConstraint(["lot_id", "item_id"], ["stock_lots.id", "stock_lots.item_id"]),
        Index("ix_stock_moves_item_id_id", "item_id", "id"),
        Index("ix_stock_moves_keeper_id_id", "keeper_id", "id"),
        Index("ix_stock_moves_from_owner_id_id", "from_owner_id", "id"),
        Index("ix_stock_moves_to_owner_id_id", "to_owner_id", "id"),
        Index("ix_stock_moves_from_bin_id", "from_bin_id"),
        Index("ix_stock_moves_to_bin_id", "to_bin_id"),
        Index("ix_stock_moves_lot_id", "lot_id"),
        Index("ix_stock_moves_reservation_line_id", "reservation_line_id"),
        Index("ix_stock_moves_cause", "cause_kind", "cause_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint(f"reason IN ({one_of(MoveReason)})", name="reason_known"),
        CheckConstraint(
            f"from_outside IN ({one_of(Outside)}) AND to_outside IN ({one_of(Outside)})", name="outside_known"
        ),
        CheckConstraint(
            f"from_status IN ({one_of(StockStatus)}) AND to_status IN ({one_of(StockStatus)})", name="status_known"
        ),
        CheckConstraint(
            "(from_bin_id IS NULL) <> (from_outside IS NULL) AND (to_bin_id IS NULL) <> (to_outside IS NULL)",
            name="from_and_to_one_place",
        ),
        CheckConstraint(
            "(from_bin_id IS NULL) = (from_status IS NULL) AND (to_bin_id IS NULL) = (to_status IS NULL)",
            name="status_in_a_bin",
        ),
        CheckConstraint("from_bin_id IS NOT NULL OR to_bin_id IS NOT NULL", name="touches_a_bin"),
        CheckConstraint("from_owner_id = to_owner_id OR reason = 'title'", name="owner_changes_by_title"),
        CheckConstraint(
            "reservation_line_id IS NULL OR (from_bin_id IS NOT NULL AND from_status = 'available')",
            name="reserved_is_taken_from_a_bin",
        ),
    )

    id: Mapped[Id]
    item_id: Mapped[UUID] = mapped_column(ForeignKey("stock_items.id"))
    lot_id: Mapped[UUID | None]
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    from_bin_id: Mapped[UUID | None] = mapped_column(ForeignKey("warehouse_bins.id"))
    from_outside: Mapped[str | None] = mapped_column(String(8))
    from_status: Mapped[str | None] = mapped_column(String(12))
    from_owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    to_bin_id: Mapped[UUID | None] = mapped_column(ForeignKey("warehouse_bins.id"))
    to_outside: Mapped[str | None] = mapped_column(String(8))
    to_status: Mapped[str | None] = mapped_column(String(12))
    to_owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    keeper_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    reason: Mapped[str] = mapped_column(String(12))
    reservation_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_reservation_lines.id"))
    # What it was for, in the words of whoever asked: a receipt, a wave, a count.
    cause_kind: Mapped[str | None] = mapped_column(String(40))
    cause_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(String(400), server_default=text("''"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    client_id: Mapped[UUID | None]
    moved_at: Mapped[CreatedAt]


class Reservation(Base):
    """Stock held for an organization and what it holds it for, such as an order: kind and id, in the holder's own words."""

    __tablename__ = "stock_reservations"
    __table_args__ = (
        UniqueConstraint("id", "organization_id"),
        Index("ix_stock_reservations_organization_id_id", "organization_id", "id"),
        Index("ix_stock_reservations_holder", "holder_kind", "holder_id"),
        Index(
            "ix_stock_reservations_expires_at",
            "expires_at",
            postgresql_where=text("state = 'held'"),
        ),
        CheckConstraint(f"state IN ({one_of(ReservationState)})", name="state_known"),
        CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="ended_has_time"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    holder_kind: Mapped[str] = mapped_column(String(40))
    holder_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(9), server_default=text("'held'"))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    client_id: Mapped[UUID | None]
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ReservationLine(Base):
    """A quantity held of one balance; without a balance it waits for stock (backorder). `open` is what is still held."""

    __tablename__ = "stock_reservation_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["reservation_id", "organization_id"],
            ["stock_reservations.id", "stock_reservations.organization_id"],
        ),
        Index("ix_stock_reservation_lines_reservation_id", "reservation_id"),
        Index("ix_stock_reservation_lines_balance_id", "balance_id"),
        Index(
            "ix_stock_reservation_lines_item_id_expires_at", "item_id", "expires_at", postgresql_where=text("open > 0")
        ),
        Index("ix_stock_reservation_lines_owner_id_id", "owner_id", "id"),
        Index("ix_stock_reservation_lines_keeper_id_id", "keeper_id", "id"),
        Index("ix_stock_reservation_lines_warehouse_id", "warehouse_id"),
        CheckConstraint("quantity > 0 AND picked >= 0 AND released >= 0", name="quantities_in_range"),
        CheckConstraint("picked + released <= quantity", name="no_more_than_held"),
        CheckConstraint(
            "(balance_id IS NULL) = (keeper_id IS NULL) AND (balance_id IS NULL) = (warehouse_id IS NULL)",
            name="place_of_balance",
        ),
        CheckConstraint("balance_id IS NOT NULL OR picked = 0", name="backorder_is_not_picked"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    reservation_id: Mapped[UUID]
    organization_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("stock_items.id"))
    balance_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_balances.id"))
    owner_id: Mapped[UUID]
    keeper_id: Mapped[UUID | None]
    warehouse_id: Mapped[UUID | None] = mapped_column(ForeignKey("warehouses.id"))
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    picked: Mapped[Decimal] = mapped_column(Numeric(15, 3), server_default=text("0"))
    released: Mapped[Decimal] = mapped_column(Numeric(15, 3), server_default=text("0"))
    # The reservation's, so that whoever needs the stock finds what nobody holds any longer.
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    open: Mapped[Decimal] = mapped_column(Numeric(15, 3), Computed("quantity - picked - released", persisted=True))
