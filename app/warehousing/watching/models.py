"""Tables of what is watched: when to order again, alerts, and what the catalogue was last told."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.warehousing.watching.states import StockLevel


class ReorderRule(Base):
    """When so little of an organization's own item is available, in one warehouse or in all, it is ordered up to the target."""

    __tablename__ = "stock_reorder_rules"
    __table_args__ = (
        ForeignKeyConstraint(["item_id", "organization_id"], ["stock_items.id", "stock_items.organization_id"]),
        UniqueConstraint("id", "organization_id"),
        Index(
            "uq_stock_reorder_rules_running",
            "item_id",
            "warehouse_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_stock_reorder_rules_organization_id_id", "organization_id", "id"),
        Index("ix_stock_reorder_rules_warehouse_id", "warehouse_id"),
        CheckConstraint("reorder_point >= 0 AND target_quantity > reorder_point", name="target_above_point"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    item_id: Mapped[UUID]
    warehouse_id: Mapped[UUID | None] = mapped_column(ForeignKey("warehouses.id"))
    reorder_point: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    target_quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class StockAlert(Base):
    """That stock was low, from when to when, with the figures of when it was noticed. A rule has one open at most."""

    __tablename__ = "stock_alerts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["rule_id", "organization_id"], ["stock_reorder_rules.id", "stock_reorder_rules.organization_id"]
        ),
        ForeignKeyConstraint(["item_id", "organization_id"], ["stock_items.id", "stock_items.organization_id"]),
        Index("uq_stock_alerts_open", "rule_id", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("ix_stock_alerts_rule_id", "rule_id"),
        Index("ix_stock_alerts_item_id", "item_id"),
        Index("ix_stock_alerts_warehouse_id", "warehouse_id"),
        Index("ix_stock_alerts_organization_id_id", "organization_id", "id"),
        CheckConstraint("available <= reorder_point AND target_quantity > reorder_point", name="was_low"),
        CheckConstraint("closed_at >= opened_at", name="closed_after_opening"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    rule_id: Mapped[UUID]
    item_id: Mapped[UUID]
    warehouse_id: Mapped[UUID | None] = mapped_column(ForeignKey("warehouses.id"))
    available: Mapped[Decimal] = mapped_column(Numeric(18, 3))
    reorder_point: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    target_quantity: Mapped[Decimal] = mapped_column(Numeric(15, 3))
    opened_at: Mapped[CreatedAt]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ShownLevel(Base):
    """What the catalogue was last told of an offered variant: `at_least` is the lower end of a band, 0 when there is none."""

    __tablename__ = "stock_levels"
    __table_args__ = (
        ForeignKeyConstraint(["item_id", "organization_id"], ["stock_items.id", "stock_items.organization_id"]),
        Index("ix_stock_levels_item_id", "item_id"),
        CheckConstraint(f"level IN ({one_of(StockLevel)})", name="level_known"),
        CheckConstraint("at_least >= 0 AND (at_least = 0) = (level = 'none')", name="none_is_nothing"),
    )

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    item_id: Mapped[UUID]
    level: Mapped[str] = mapped_column(String(8))
    at_least: Mapped[int] = mapped_column(Integer)
    unit: Mapped[str] = mapped_column(String(3))
    pushed_at: Mapped[CreatedAt]
