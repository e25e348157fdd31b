"""Tables of incidents that people open, and of what happened to each.

`party_ids` are those who have to do with an incident: whoever opened it and whoever ever had to act. Shipper and consignee read
every incident of their shipment, others those that they are named in, as long as they carry a leg.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.logistics.cases.states import BY_THE_CLOCK, OWNERS, Act, IncidentState
from app.logistics.incidents import Incident


class ShipmentIncident(Base):
    """Something that keeps goods from going on as planned, as somebody told it. `owner_id` has to act until the two deadlines."""

    __tablename__ = "shipment_incidents"
    __table_args__ = (
        ForeignKeyConstraint(["shipment_id", "shipper_id"], ["shipments.id", "shipments.shipper_id"]),
        # A carrier who has to act carries the leg that it is about.
        ForeignKeyConstraint(
            ["booking_id", "shipment_id", "owner_id"],
            [f"bookings.{column}" for column in ("id", "shipment_id", "partner_id")],
        ),
        UniqueConstraint("id", "shipper_id"),
        Index("ix_shipment_incidents_shipment_id_id", "shipment_id", "id"),
        Index("ix_shipment_incidents_booking_id", "booking_id"),
        Index(
            "ix_shipment_incidents_answer_due",
            "answer_due",
            postgresql_where=text("state = 'open' AND answer_overdue_at IS NULL"),
        ),
        Index(
            "ix_shipment_incidents_settle_due",
            "settle_due",
            postgresql_where=text("state <> 'resolved' AND settle_overdue_at IS NULL"),
        ),
        CheckConstraint(f"kind IN ({one_of(Incident)})", name="kind_known"),
        CheckConstraint(f"state IN ({one_of(IncidentState)})", name="state_known"),
        CheckConstraint(f"owner_role IN ({one_of(OWNERS)})", name="owner_role_known"),
        CheckConstraint("(owner_role = 'carrier') = (booking_id IS NOT NULL)", name="carrier_by_booking"),
        CheckConstraint("owner_role <> 'shipper' OR owner_id = shipper_id", name="shipper_is_shipper"),
        CheckConstraint("party_ids @> ARRAY[opened_by, owner_id]", name="parties_named"),
        CheckConstraint("cardinality(party_ids) <= 12", name="parties_bounded"),
        CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_when"),
        CheckConstraint("state <> 'open' OR acknowledged_at IS NULL", name="open_is_unanswered"),
    )

    id: Mapped[Id]
    shipment_id: Mapped[UUID]
    shipper_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    description: Mapped[str] = mapped_column(String(2000))
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    owner_role: Mapped[str] = mapped_column(String(9))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    booking_id: Mapped[UUID | None]
    party_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    state: Mapped[str] = mapped_column(String(12), server_default=text("'open'"))
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    answer_due: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    settle_due: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    acknowledged_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answer_overdue_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    settle_overdue_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reopened: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class IncidentEntry(Base):
    """What happened to an incident. Append-only; `author_id` is empty where the clock wrote."""

    __tablename__ = "shipment_incident_entries"
    __table_args__ = (
        ForeignKeyConstraint(["incident_id", "shipper_id"], ["shipment_incidents.id", "shipment_incidents.shipper_id"]),
        Index("ix_shipment_incident_entries_incident_id_id", "incident_id", "id"),
        CheckConstraint(f"act IN ({one_of(Act)})", name="act_known"),
        CheckConstraint(f"(act IN ({one_of(BY_THE_CLOCK)})) = (author_id IS NULL)", name="clock_writes_alone"),
        CheckConstraint(f"owner_role IN ({one_of(OWNERS)})", name="owner_role_known"),
    )

    id: Mapped[Id]
    incident_id: Mapped[UUID]
    shipper_id: Mapped[UUID]
    act: Mapped[str] = mapped_column(String(14))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str] = mapped_column(String(2000), server_default=text("''"))
    # Who has to act from then on.
    owner_role: Mapped[str] = mapped_column(String(9))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    created_at: Mapped[CreatedAt]
