"""Tables of framework orders, and of the members' orders under them."""

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Currency, Id
from app.pooling.models.clearings import CLEARED
from app.pooling.models.commitments import COMMITTED


class FrameworkOrder(Base):
    """All that is bought of one supplier in a campaign. He is paid `total_minor`; members pay `members_minor` under it: what is
    between the two is evened out among the suppliers of a campaign, to the remainder."""

    __tablename__ = "framework_orders"
    __table_args__ = (
        ForeignKeyConstraint(["clearing_id", "campaign_id", "lead_id"], CLEARED),
        ForeignKeyConstraint(["campaign_id", "currency"], ["campaigns.id", "campaigns.currency"]),
        UniqueConstraint("campaign_id", "supplier_id"),
        UniqueConstraint("id", "campaign_id", "supplier_id"),
        Index("ix_framework_orders_supplier_id_id", "supplier_id", "id"),
        Index("ix_framework_orders_clearing", "clearing_id", "campaign_id", "lead_id"),
        CheckConstraint("lots > 0 AND total_minor > 0 AND members_minor >= 0", name="in_range"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    clearing_id: Mapped[UUID]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    number: Mapped[str] = mapped_column(String(40))
    currency: Mapped[Currency]
    lots: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    members_minor: Mapped[int] = mapped_column(BigInteger)
    lead_time_days: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[CreatedAt]


class FrameworkLine(Base):
    """What a supplier delivers of a commitment; `order_id` is the member's purchase order, once it is placed."""

    __tablename__ = "framework_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["framework_id", "campaign_id", "supplier_id"],
            ["framework_orders.id", "framework_orders.campaign_id", "framework_orders.supplier_id"],
        ),
        ForeignKeyConstraint(["commitment_id", "campaign_id", "member_id"], COMMITTED),
        ForeignKeyConstraint(["item_id", "campaign_id"], ["campaign_items.id", "campaign_items.campaign_id"]),
        UniqueConstraint("framework_id", "commitment_id"),
        Index("ix_framework_lines_commitment_id", "commitment_id"),
        Index("ix_framework_lines_item_id_campaign_id", "item_id", "campaign_id"),
        Index("ix_framework_lines_to_place", "campaign_id", "id", postgresql_where=text("order_id IS NULL")),
        Index("ix_framework_lines_order_id", "order_id"),
        CheckConstraint("lots > 0 AND payment_minor >= 0", name="in_range"),
    )

    id: Mapped[Id]
    framework_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    commitment_id: Mapped[UUID]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    item_id: Mapped[UUID]
    place: Mapped[str] = mapped_column(String(5))
    lots: Mapped[int] = mapped_column(Integer)
    payment_minor: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("purchase_orders.id"))


class FrameworkShipment(Base):
    """The shipment that brings all of a framework order to a hub."""

    __tablename__ = "framework_shipments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["framework_id", "campaign_id", "supplier_id"],
            ["framework_orders.id", "framework_orders.campaign_id", "framework_orders.supplier_id"],
        ),
        ForeignKeyConstraint(["shipment_id", "supplier_id"], ["shipments.id", "shipments.shipper_id"]),
        Index("ix_framework_shipments_shipment_id", "shipment_id", "supplier_id"),
        Index("ix_framework_shipments_campaign_id", "campaign_id"),
    )

    framework_id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
    supplier_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    shipment_id: Mapped[UUID]
    created_at: Mapped[CreatedAt]
