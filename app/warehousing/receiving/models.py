"""Tables of what is announced to keepers of warehouses, of what came, of how it differs, and of inspections.

`sender_id` announces, `keeper_id` receives, `owner_id` is whom the goods belong to. Every row names all three, so that each of
them reads it without a look at another table, and a foreign key over all of them holds that they are those of the arrival.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
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

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.warehousing.receiving.states import ArrivalState, DifferenceKind, InspectionState, ReceivedAs

PARTIES = ("keeper_id", "sender_id", "owner_id")
MOST_VALUES = 500


class Arrival(Base):
    """An advance shipping notice: goods that a sender tells a keeper of before they come."""

    __tablename__ = "arrivals"
    __table_args__ = (
        ForeignKeyConstraint(["warehouse_id", "keeper_id"], ["warehouses.id", "warehouses.keeper_id"]),
        UniqueConstraint("id", *PARTIES),
        Index("ix_arrivals_keeper_id_id", "keeper_id", "id"),
        Index("ix_arrivals_sender_id_id", "sender_id", "id"),
        Index("ix_arrivals_owner_id_id", "owner_id", "id"),
        Index("ix_arrivals_warehouse_id", "warehouse_id"),
        CheckConstraint(f"state IN ({one_of(ArrivalState)})", name="state_known"),
        CheckConstraint("(state IN ('received', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("(cause_kind IS NULL) = (cause_id IS NULL)", name="cause_whole"),
    )

    id: Mapped[Id]
    sender_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    keeper_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    warehouse_id: Mapped[UUID]
    # As the sender wrote it: he sees nothing of the warehouse but this.
    warehouse_code: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(80))
    # What it belongs to, in the sender's words: an order, a shipment.
    cause_kind: Mapped[str | None] = mapped_column(String(40))
    cause_id: Mapped[UUID | None]
    expected_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(String(1000), server_default=text("''"))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'announced'"))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    client_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class ArrivalLine(Base):
    """So much of an item that shall come, perhaps of one lot and in one package. Append-only."""

    __tablename__ = "arrival_lines"
    __table_args__ = (
        ForeignKeyConstraint(["arrival_id", *PARTIES], [f"arrivals.{name}" for name in ("id", *PARTIES)]),
        UniqueConstraint("arrival_id", "position"),
        UniqueConstraint("id", "arrival_id", "item_id"),
        Index("ix_arrival_lines_item_id", "item_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("position BETWEEN 1 AND 200", name="position_in_range"),
        CheckConstraint("sscc ~ '^[0-9]{18}$'", name="sscc_form"),
        CheckConstraint(
            "lot IS NOT NULL OR (manufactured_on IS NULL AND expires_on IS NULL)", name="dates_are_of_a_lot"
        ),
        CheckConstraint("expires_on > manufactured_on", name="expires_after_making"),
    )

    id: Mapped[Id]
    arrival_id: Mapped[UUID]
    sender_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("stock_items.id"))
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    # A code only: the lot is made when it comes.
    lot: Mapped[str | None] = mapped_column(String(80, collation="C"))
    manufactured_on: Mapped[date | None] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    sscc: Mapped[str | None] = mapped_column(String(18))


class Receipt(Base):
    """What came at one time; or, with `reverses_id`, that an earlier receipt was a mistake. Append-only."""

    __tablename__ = "receipts"
    __table_args__ = (
        ForeignKeyConstraint(["arrival_id", *PARTIES], [f"arrivals.{name}" for name in ("id", *PARTIES)]),
        ForeignKeyConstraint(["reverses_id", "arrival_id"], ["receipts.id", "receipts.arrival_id"]),
        UniqueConstraint("id", "arrival_id"),
        UniqueConstraint("id", "arrival_id", *PARTIES),
        UniqueConstraint("reverses_id"),
        Index("ix_receipts_arrival_id_id", "arrival_id", "id"),
        Index("ix_receipts_keeper_id_id", "keeper_id", "id"),
        CheckConstraint("reverses_id <> id", name="reverses_another"),
    )

    id: Mapped[Id]
    arrival_id: Mapped[UUID]
    sender_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    reverses_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(String(400), server_default=text("''"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    client_id: Mapped[UUID | None]
    created_at: Mapped[CreatedAt]


class ReceiptLine(Base):
    """So much that really came, into one bin in one status; without `line_id` nobody had announced it. Append-only."""

    __tablename__ = "receipt_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["receipt_id", "arrival_id", *PARTIES], [f"receipts.{name}" for name in ("id", "arrival_id", *PARTIES)]
        ),
        ForeignKeyConstraint(
            ["line_id", "arrival_id", "item_id"], [f"arrival_lines.{name}" for name in ("id", "arrival_id", "item_id")]
        ),
        ForeignKeyConstraint(["lot_id", "item_id"], ["stock_lots.id", "stock_lots.item_id"]),
        UniqueConstraint("receipt_id", "position"),
        UniqueConstraint("move_id"),
        Index("ix_receipt_lines_arrival_id", "arrival_id"),
        Index("ix_receipt_lines_line_id", "line_id"),
        Index("ix_receipt_lines_item_id", "item_id"),
        Index("ix_receipt_lines_bin_id", "bin_id"),
        Index("ix_receipt_lines_lot_id", "lot_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint(f"status IN ({one_of(ReceivedAs)})", name="status_known"),
        CheckConstraint("line_id IS NOT NULL OR status <> 'available'", name="unannounced_is_held"),
    )

    id: Mapped[Id]
    receipt_id: Mapped[UUID]
    arrival_id: Mapped[UUID]
    sender_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    line_id: Mapped[UUID | None]
    item_id: Mapped[UUID] = mapped_column(ForeignKey("stock_items.id"))
    lot_id: Mapped[UUID | None]
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    bin_id: Mapped[UUID] = mapped_column(ForeignKey("warehouse_bins.id"))
    status: Mapped[str] = mapped_column(String(12))
    move_id: Mapped[UUID] = mapped_column(ForeignKey("stock_moves.id"))
    note: Mapped[str] = mapped_column(String(400), server_default=text("''"))


class ArrivalDifference(Base):
    """How what came differs from what was announced, as it was when the arrival was closed. Append-only."""

    __tablename__ = "arrival_differences"
    __table_args__ = (
        ForeignKeyConstraint(["arrival_id", *PARTIES], [f"arrivals.{name}" for name in ("id", *PARTIES)]),
        ForeignKeyConstraint(
            ["line_id", "arrival_id", "item_id"], [f"arrival_lines.{name}" for name in ("id", "arrival_id", "item_id")]
        ),
        UniqueConstraint("arrival_id", "line_id", "item_id", "kind", postgresql_nulls_not_distinct=True),
        Index("ix_arrival_differences_line_id", "line_id"),
        Index("ix_arrival_differences_item_id", "item_id"),
        CheckConstraint(f"kind IN ({one_of(DifferenceKind)})", name="kind_known"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("(line_id IS NULL) = (kind = 'unannounced')", name="unannounced_has_no_line"),
    )

    id: Mapped[Id]
    arrival_id: Mapped[UUID]
    sender_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    item_id: Mapped[UUID] = mapped_column(ForeignKey("stock_items.id"))
    kind: Mapped[str] = mapped_column(String(11))
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    created_at: Mapped[CreatedAt]


class Inspection(Base):
    """What lies on quality hold in a bin is looked at, measured and decided on, once."""

    __tablename__ = "inspections"
    __table_args__ = (
        ForeignKeyConstraint(
            ["bin_id", "warehouse_id", "keeper_id"],
            [f"warehouse_bins.{column}" for column in ("id", "warehouse_id", "keeper_id")],
        ),
        ForeignKeyConstraint(["lot_id", "item_id"], ["stock_lots.id", "stock_lots.item_id"]),
        UniqueConstraint("id", "keeper_id", "owner_id"),
        Index("ix_inspections_keeper_id_id", "keeper_id", "id"),
        Index("ix_inspections_owner_id_id", "owner_id", "id"),
        Index("ix_inspections_sender_id_id", "sender_id", "id"),
        Index("ix_inspections_bin_id", "bin_id"),
        Index("ix_inspections_item_id", "item_id"),
        Index("ix_inspections_lot_id", "lot_id"),
        Index("ix_inspections_receipt_line_id", "receipt_line_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint(f"state IN ({one_of(InspectionState)})", name="state_known"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("state <> 'rejected' OR reason <> ''", name="rejection_has_reason"),
        CheckConstraint("state <> 'conceded' OR (reason <> '' AND conceded_by <> '')", name="concession_is_signed"),
        CheckConstraint("state = 'conceded' OR conceded_by = ''", name="only_concessions_are_conceded"),
    )

    id: Mapped[Id]
    keeper_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    sender_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    receipt_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("receipt_lines.id"))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("stock_items.id"))
    lot_id: Mapped[UUID | None]
    warehouse_id: Mapped[UUID]
    bin_id: Mapped[UUID]
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    note: Mapped[str] = mapped_column(String(1000), server_default=text("''"))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'open'"))
    reason: Mapped[str] = mapped_column(String(1000), server_default=text("''"))
    # Whoever took the deviation upon himself, by name: often somebody of the customer's.
    conceded_by: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    client_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class InspectionCharacteristic(Base):
    """One thing that is measured: nominal size, deviations allowed from it, and the values of the pieces in their order."""

    __tablename__ = "inspection_characteristics"
    __table_args__ = (
        ForeignKeyConstraint(
            ["inspection_id", "keeper_id", "owner_id"],
            ["inspections.id", "inspections.keeper_id", "inspections.owner_id"],
        ),
        UniqueConstraint("inspection_id", "position"),
        CheckConstraint("position BETWEEN 1 AND 200", name="position_in_range"),
        CheckConstraint("upper_deviation > lower_deviation", name="band_positive"),
        CheckConstraint("upper_deviation IS NOT NULL OR lower_deviation IS NOT NULL", name="has_a_limit"),
        CheckConstraint(f"cardinality(measured) <= {MOST_VALUES}", name="values_bounded"),
        CheckConstraint("array_position(measured, NULL) IS NULL", name="values_known"),
    )

    id: Mapped[Id]
    inspection_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    sender_id: Mapped[UUID | None]
    position: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(3))
    nominal: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    lower_deviation: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    upper_deviation: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    measured: Mapped[list[Decimal]] = mapped_column(ARRAY(Numeric(18, 6)), server_default=text("'{}'"))
