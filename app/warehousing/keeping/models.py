"""Tables of counts and transfers. All of them are the keeper's alone; owners of goods see the moves in the ledger."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.warehousing.keeping.states import RUNNING, CountState, TransferState
from app.warehousing.states import StockStatus


class StockCount(Base):
    """What lies in some bins is counted, of all items or of one, and compared with the books. Blind: without their figures."""

    __tablename__ = "stock_counts"
    __table_args__ = (
        ForeignKeyConstraint(["warehouse_id", "keeper_id"], ["warehouses.id", "warehouses.keeper_id"]),
        UniqueConstraint("id", "warehouse_id", "keeper_id"),
        UniqueConstraint("id", "state"),
        Index("ix_stock_counts_keeper_id_id", "keeper_id", "id"),
        Index("ix_stock_counts_warehouse_id_id", "warehouse_id", "id"),
        Index("ix_stock_counts_item_id", "item_id"),
        CheckConstraint(f"state IN ({one_of(CountState)})", name="state_known"),
        CheckConstraint("(state = 'approved') = (approved_by IS NOT NULL)", name="approved_by_a_person"),
        CheckConstraint("(state IN ('approved', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("state IN ('open', 'cancelled') OR counted_at IS NOT NULL", name="counted_has_time"),
    )

    id: Mapped[Id]
    warehouse_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    # Only this item is counted; everything when absent.
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("stock_items.id"))
    blind: Mapped[bool] = mapped_column(Boolean)
    note: Mapped[str] = mapped_column(String(400), server_default=text("''"))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'open'"))
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[CreatedAt]
    counted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CountedBin(Base):
    """A bin of a count, in the order of the walk. `round` says how often it was counted; the last time is what holds."""

    __tablename__ = "stock_count_bins"
    __table_args__ = (
        PrimaryKeyConstraint("count_id", "bin_id"),
        ForeignKeyConstraint(
            ["count_id", "warehouse_id", "keeper_id"],
            [f"stock_counts.{column}" for column in ("id", "warehouse_id", "keeper_id")],
        ),
        ForeignKeyConstraint(
            ["count_id", "count_state"], ["stock_counts.id", "stock_counts.state"], onupdate="CASCADE"
        ),
        ForeignKeyConstraint(
            ["bin_id", "warehouse_id", "keeper_id"],
            [f"warehouse_bins.{column}" for column in ("id", "warehouse_id", "keeper_id")],
        ),
        UniqueConstraint("count_id", "position"),
        Index("ix_stock_count_bins_bin_id_counted_at", "bin_id", "counted_at"),
        # In one running count at most.
        Index(
            "uq_stock_count_bins_running",
            "bin_id",
            unique=True,
            postgresql_where=text(f"count_state IN ({one_of(RUNNING)})"),
        ),
        CheckConstraint("round BETWEEN 0 AND 100", name="round_in_range"),
        CheckConstraint("(round = 0) = (counted_at IS NULL)", name="counted_has_time"),
    )

    count_id: Mapped[UUID]
    bin_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    # The count's, kept alike by the foreign key.
    count_state: Mapped[str] = mapped_column(String(9), server_default=text("'open'"))
    round: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    counted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    client_id: Mapped[UUID | None]


class CountLine(Base):
    """What was counted in a bin of an item, lot, owner and status, and what the books said at that moment. Append-only."""

    __tablename__ = "stock_count_lines"
    __table_args__ = (
        ForeignKeyConstraint(["count_id", "bin_id"], ["stock_count_bins.count_id", "stock_count_bins.bin_id"]),
        ForeignKeyConstraint(["lot_id", "item_id"], ["stock_lots.id", "stock_lots.item_id"]),
        UniqueConstraint(
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
        Index("ix_stock_count_lines_count_id_id", "count_id", "id"),
        Index("ix_stock_count_lines_item_id", "item_id"),
        Index("ix_stock_count_lines_lot_id", "lot_id"),
        CheckConstraint(f"status IN ({one_of(StockStatus)})", name="status_known"),
        CheckConstraint("expected >= 0 AND counted >= 0", name="quantities_not_negative"),
    )

    id: Mapped[Id]
    count_id: Mapped[UUID]
    bin_id: Mapped[UUID]
    keeper_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    round: Mapped[int] = mapped_column(SmallInteger)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("stock_items.id"))
    lot_id: Mapped[UUID | None]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    status: Mapped[str] = mapped_column(String(12))
    expected: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    counted: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    difference: Mapped[Decimal] = mapped_column(Numeric(15, 3), Computed("counted - expected", persisted=True))


class StockTransfer(Base):
    """Goods that go from one warehouse of a keeper to another of the same; on the way they lie in a transit bin of the other."""

    __tablename__ = "stock_transfers"
    __table_args__ = (
        ForeignKeyConstraint(["from_warehouse_id", "keeper_id"], ["warehouses.id", "warehouses.keeper_id"]),
        ForeignKeyConstraint(["to_warehouse_id", "keeper_id"], ["warehouses.id", "warehouses.keeper_id"]),
        ForeignKeyConstraint(
            ["transit_bin_id", "to_warehouse_id", "keeper_id"],
            [f"warehouse_bins.{column}" for column in ("id", "warehouse_id", "keeper_id")],
        ),
        UniqueConstraint("id", "from_warehouse_id", "keeper_id"),
        Index("ix_stock_transfers_keeper_id_id", "keeper_id", "id"),
        Index("ix_stock_transfers_from_warehouse_id", "from_warehouse_id"),
        Index("ix_stock_transfers_to_warehouse_id", "to_warehouse_id"),
        Index("ix_stock_transfers_transit_bin_id", "transit_bin_id"),
        CheckConstraint(f"state IN ({one_of(TransferState)})", name="state_known"),
        CheckConstraint("from_warehouse_id <> to_warehouse_id", name="goes_elsewhere"),
        CheckConstraint(
            "(state IN ('in_transit', 'received')) = (transit_bin_id IS NOT NULL AND dispatched_at IS NOT NULL)",
            name="dispatched_has_place_and_time",
        ),
        CheckConstraint("(state IN ('received', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_has_time"),
    )

    id: Mapped[Id]
    keeper_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    from_warehouse_id: Mapped[UUID]
    to_warehouse_id: Mapped[UUID]
    transit_bin_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(String(400), server_default=text("''"))
    state: Mapped[str] = mapped_column(String(10), server_default=text("'planned'"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[CreatedAt]
    dispatched_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class TransferLine(Base):
    """A quantity that a transfer takes from a bin, how much of it has arrived, and how much is given up as lost."""

    __tablename__ = "stock_transfer_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["transfer_id", "warehouse_id", "keeper_id"],
            [f"stock_transfers.{column}" for column in ("id", "from_warehouse_id", "keeper_id")],
        ),
        ForeignKeyConstraint(
            ["bin_id", "warehouse_id", "keeper_id"],
            [f"warehouse_bins.{column}" for column in ("id", "warehouse_id", "keeper_id")],
        ),
        ForeignKeyConstraint(["lot_id", "item_id"], ["stock_lots.id", "stock_lots.item_id"]),
        UniqueConstraint("transfer_id", "position"),
        Index("ix_stock_transfer_lines_bin_id", "bin_id"),
        Index("ix_stock_transfer_lines_item_id", "item_id"),
        Index("ix_stock_transfer_lines_lot_id", "lot_id"),
        CheckConstraint(f"status IN ({one_of(StockStatus)}) AND status <> 'in_transit'", name="status_known"),
        CheckConstraint("quantity > 0 AND received >= 0 AND lost >= 0", name="quantities_in_range"),
        CheckConstraint("received + lost <= quantity", name="no_more_than_sent"),
    )

    id: Mapped[Id]
    transfer_id: Mapped[UUID]
    warehouse_id: Mapped[UUID]
    keeper_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    bin_id: Mapped[UUID]
    item_id: Mapped[UUID] = mapped_column(ForeignKey("stock_items.id"))
    lot_id: Mapped[UUID | None]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    status: Mapped[str] = mapped_column(String(12), server_default=text("'available'"))
    quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    received: Mapped[Decimal] = mapped_column(Numeric(15, 3), server_default=text("0"))
    lost: Mapped[Decimal] = mapped_column(Numeric(15, 3), server_default=text("0"))
    open: Mapped[Decimal] = mapped_column(Numeric(15, 3), Computed("quantity - received - lost", persisted=True))
