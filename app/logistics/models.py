"""Tables of shipments, of what partners were asked to carry and have accepted, and of what they tell on the way.

`shipper_id` is the organization that sends, `partner_id` one that carries a leg. What tracking makes of a shipment stands beside
it, in a table that partners may write.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db.base import Base, CreatedAt, Id, one_of
from app.logistics.states import BookingState, Mode, ShipmentState


class Shipment(Base):
    """Goods that travel together from one door to another, over one or more legs; the main leg is the one that `mode` names.

    Goods of several who receive travel in one inbound shipment to a hub, and from there each one's in an onward shipment, which
    names it. Who receives those reads what is told of the inbound one, and nothing else of it.
    """

    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("id", "shipper_id"),
        ForeignKeyConstraint(["inbound_id", "shipper_id"], ["shipments.id", "shipments.shipper_id"]),
        Index("ix_shipments_inbound_id", "inbound_id", "id", postgresql_where=text("inbound_id IS NOT NULL")),
        # What somebody else had planned is planned once, however often he tries.
        Index(
            "uq_shipments_plan_key",
            "shipper_id",
            "plan_key",
            unique=True,
            postgresql_where=text("plan_key IS NOT NULL"),
        ),
        Index("ix_shipments_shipper_id_id", "shipper_id", "id"),
        Index("ix_shipments_consignee_id_id", "consignee_id", "id"),
        CheckConstraint(f"mode IN ({one_of(Mode)})", name="mode_known"),
        CheckConstraint(
            "load ~ '^[A-Z]{2}[A-Z2-9]{3}$' AND discharge ~ '^[A-Z]{2}[A-Z2-9]{3}$' "
            "AND origin ~ '^[A-Z]{2}[A-Z2-9]{3}$' AND destination ~ '^[A-Z]{2}[A-Z2-9]{3}$'",
            name="places_are_unlocodes",
        ),
        # An onward shipment may end in the hub's own town.
        CheckConstraint("load <> discharge OR inbound_id IS NOT NULL", name="goes_somewhere"),
        CheckConstraint("inbound_id IS NULL OR num_nonnulls(consignee_id, plan_key) = 2", name="onward_is_somebodys"),
        CheckConstraint("cardinality(containers) <= 100", name="containers_bounded"),
    )

    id: Mapped[Id]
    shipper_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    consignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    reference: Mapped[str] = mapped_column(String(80), server_default=text("''"))
    mode: Mapped[str] = mapped_column(String(8))
    origin: Mapped[str] = mapped_column(String(5))
    load: Mapped[str] = mapped_column(String(5))
    discharge: Mapped[str] = mapped_column(String(5))
    destination: Mapped[str] = mapped_column(String(5))
    ready_on: Mapped[date] = mapped_column(Date)
    containers: Mapped[list[str]] = mapped_column(ARRAY(String(11)), server_default=text("'{}'"))
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    # Of an onward shipment: the one by which its goods come to where it begins.
    inbound_id: Mapped[UUID | None]
    # What names the goods to whoever had the shipment planned.
    plan_key: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class Booking(Base):
    """That a partner is asked to carry a leg of a shipment, and his answer. He is known to himself by its number."""

    __tablename__ = "bookings"
    __table_args__ = (
        ForeignKeyConstraint(["shipment_id", "shipper_id"], ["shipments.id", "shipments.shipper_id"]),
        UniqueConstraint("number"),
        UniqueConstraint("id", "shipment_id", "partner_id"),
        UniqueConstraint("id", "shipper_id", "partner_id"),
        ForeignKeyConstraint(
            ["freight_option_id", "shipper_id", "partner_id"],
            ["freight_options.id", "freight_options.shipper_id", "freight_options.partner_id"],
        ),
        # A price is for goods that travel once.
        Index(
            "uq_bookings_one_an_option",
            "freight_option_id",
            unique=True,
            postgresql_where=text("state IN ('offered', 'accepted')"),
        ),
        # Of a leg at most one is open or taken.
        Index(
            "uq_bookings_one_a_leg",
            "shipment_id",
            "leg",
            unique=True,
            postgresql_where=text("state IN ('offered', 'accepted')"),
        ),
        Index("ix_bookings_shipment_id_partner_id", "shipment_id", "partner_id"),
        Index("ix_bookings_partner_id_id", "partner_id", "id"),
        Index("ix_bookings_shipper_id_id", "shipper_id", "id"),
        Index("ix_bookings_expires_at", "expires_at", postgresql_where=text("state = 'offered'")),
        CheckConstraint(f"state IN ({one_of(BookingState)})", name="state_known"),
        CheckConstraint(f"mode IN ({one_of(Mode)})", name="mode_known"),
        CheckConstraint("leg BETWEEN 1 AND 9", name="leg_in_range"),
        CheckConstraint("number ~ '^PL[0-9A-Z]{12}$'", name="number_form"),
        CheckConstraint(
            "from_place ~ '^[A-Z]{2}[A-Z2-9]{3}$' AND to_place ~ '^[A-Z]{2}[A-Z2-9]{3}$' AND from_place <> to_place",
            name="places_are_unlocodes",
        ),
        CheckConstraint("shipper_id <> partner_id", name="not_oneself"),
        CheckConstraint("(state = 'offered') = (ended_at IS NULL)", name="answered_has_time"),
        CheckConstraint("num_nonnulls(freight_option_id, price_minor, currency) IN (0, 3)", name="price_of_an_option"),
    )

    id: Mapped[Id]
    shipment_id: Mapped[UUID]
    shipper_id: Mapped[UUID]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    number: Mapped[str] = mapped_column(String(14, collation="C"))
    leg: Mapped[int] = mapped_column(SmallInteger)
    mode: Mapped[str] = mapped_column(String(8))
    from_place: Mapped[str] = mapped_column(String(5))
    to_place: Mapped[str] = mapped_column(String(5))
    note: Mapped[str] = mapped_column(String(1000), server_default=text("''"))
    state: Mapped[str] = mapped_column(String(9), server_default=text("'offered'"))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    partner_reference: Mapped[str | None] = mapped_column(String(80))
    answer: Mapped[str | None] = mapped_column(String(1000))
    # When it was accepted, or ended otherwise.
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # What was quoted, where the booking names an option; between the shipper and this partner.
    freight_option_id: Mapped[UUID | None]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[CreatedAt]


class TrackedShipment(Base):
    """What the events of a shipment say: the summary that new ones are merged into, and the account that it gives."""

    __tablename__ = "shipment_tracks"
    __table_args__ = (
        ForeignKeyConstraint(["shipment_id", "shipper_id"], ["shipments.id", "shipments.shipper_id"]),
        CheckConstraint(f"state IN ({one_of(ShipmentState)})", name="state_known"),
        CheckConstraint("events >= 0", name="events_counted"),
        Index("ix_shipment_tracks_shipper_id", "shipper_id"),
    )

    shipment_id: Mapped[UUID] = mapped_column(primary_key=True)
    shipper_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(16), server_default=text("'planned'"))
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    events: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    last_event_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class TrackingEvent(Base):
    """One event as a partner sent it. Append-only: what was wrong is corrected or retracted by a later one."""

    __tablename__ = "tracking_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["booking_id", "shipment_id", "partner_id"],
            [f"bookings.{column}" for column in ("id", "shipment_id", "partner_id")],
        ),
        Index("ix_tracking_events_shipment_id_event_at", "shipment_id", "event_at", "event_id"),
        Index("ix_tracking_events_booking_id", "booking_id"),
        CheckConstraint("classifier IN ('PLN', 'EST', 'ACT')", name="classifier_known"),
        CheckConstraint("length(digest) = 32", name="digest_is_sha256"),
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    shipment_id: Mapped[UUID]
    booking_id: Mapped[UUID]
    partner_id: Mapped[UUID]
    classifier: Mapped[str] = mapped_column(String(3))
    event_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    # As it was sent, times with the offset of the place.
    event: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    received_at: Mapped[CreatedAt]
