"""Words of the logistics room: modes of transport, the states of a shipment and the legal transitions."""

from enum import StrEnum
from functools import cache

from app.kit.locales import NP_


class Mode(StrEnum):
    """How a shipment travels on its main leg, as freight is sold."""

    SEA_FCL = "sea_fcl"
    SEA_LCL = "sea_lcl"
    AIR = "air"
    ROAD = "road"
    RAIL = "rail"
    COURIER = "courier"


class ShipmentState(StrEnum):
    """Where a shipment stands. Clearance before departure is the exporter's, after arrival the importer's."""

    PLANNED = "planned"
    BOOKED = "booked"
    PICKED_UP = "picked_up"
    EXPORT_CLEARED = "export_cleared"
    IN_TRANSIT = "in_transit"
    ARRIVED = "arrived"
    AT_CUSTOMS = "at_customs"
    IMPORT_CLEARED = "import_cleared"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class BookingState(StrEnum):
    """Offered → accepted, declined, expired or withdrawn. All but the first are ends."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


BOOKING_STATE_LABELS = {
    BookingState.OFFERED: NP_("booking state", "Offered"),
    BookingState.ACCEPTED: NP_("booking state", "Accepted"),
    BookingState.DECLINED: NP_("booking state", "Declined"),
    BookingState.EXPIRED: NP_("booking state", "Expired"),
    BookingState.WITHDRAWN: NP_("booking state", "Withdrawn"),
}

MODE_LABELS = {
    Mode.SEA_FCL: NP_("transport mode", "Sea freight, full container (FCL)"),
    Mode.SEA_LCL: NP_("transport mode", "Sea freight, less than a container (LCL)"),
    Mode.AIR: NP_("transport mode", "Air freight"),
    Mode.ROAD: NP_("transport mode", "Road freight"),
    Mode.RAIL: NP_("transport mode", "Rail freight"),
    Mode.COURIER: NP_("transport mode", "Courier"),
}

SHIPMENT_STATE_LABELS = {
    ShipmentState.PLANNED: NP_("shipment state", "Planned"),
    ShipmentState.BOOKED: NP_("shipment state", "Booked"),
    ShipmentState.PICKED_UP: NP_("shipment state", "Picked up"),
    ShipmentState.EXPORT_CLEARED: NP_("shipment state", "Cleared for export"),
    ShipmentState.IN_TRANSIT: NP_("shipment state", "In transit"),
    ShipmentState.ARRIVED: NP_("shipment state", "Arrived"),
    ShipmentState.AT_CUSTOMS: NP_("shipment state", "At customs"),
    ShipmentState.IMPORT_CLEARED: NP_("shipment state", "Cleared by customs"),
    ShipmentState.OUT_FOR_DELIVERY: NP_("shipment state", "Out for delivery"),
    ShipmentState.DELIVERED: NP_("shipment state", "Delivered"),
    ShipmentState.CANCELLED: NP_("shipment state", "Cancelled"),
}

# A shipment that has left is not cancelled any more: it is stopped, returned or delivered.
SHIPMENT_TRANSITIONS: dict[ShipmentState, frozenset[ShipmentState]] = {
    ShipmentState.PLANNED: frozenset({ShipmentState.BOOKED, ShipmentState.CANCELLED}),
    ShipmentState.BOOKED: frozenset(
        {ShipmentState.PICKED_UP, ShipmentState.EXPORT_CLEARED, ShipmentState.IN_TRANSIT, ShipmentState.CANCELLED}
    ),
    ShipmentState.PICKED_UP: frozenset(
        {ShipmentState.EXPORT_CLEARED, ShipmentState.IN_TRANSIT, ShipmentState.CANCELLED}
    ),
    ShipmentState.EXPORT_CLEARED: frozenset({ShipmentState.IN_TRANSIT, ShipmentState.CANCELLED}),
    ShipmentState.IN_TRANSIT: frozenset({ShipmentState.ARRIVED}),
    ShipmentState.ARRIVED: frozenset(
        {
            ShipmentState.AT_CUSTOMS,
            ShipmentState.IMPORT_CLEARED,
            ShipmentState.OUT_FOR_DELIVERY,
            ShipmentState.DELIVERED,
        }
    ),
    ShipmentState.AT_CUSTOMS: frozenset({ShipmentState.IMPORT_CLEARED}),
    # Customs may call a cleared consignment back for inspection.
    ShipmentState.IMPORT_CLEARED: frozenset(
        {ShipmentState.AT_CUSTOMS, ShipmentState.OUT_FOR_DELIVERY, ShipmentState.DELIVERED}
    ),
    # An attempt at delivery that failed brings the goods back to the carrier's depot.
    ShipmentState.OUT_FOR_DELIVERY: frozenset({ShipmentState.DELIVERED, ShipmentState.ARRIVED}),
    ShipmentState.DELIVERED: frozenset(),
    ShipmentState.CANCELLED: frozenset(),
}


def may_become(current: ShipmentState, asked: ShipmentState) -> bool:
    """Whether a person may take a shipment from one state to the other."""
    return asked in SHIPMENT_TRANSITIONS[current]


@cache
def may_be_reported(current: ShipmentState, found: ShipmentState) -> bool:
    """Whether tracking may report `found` after `current` without anything having been corrected.

    News is lost on the way, so tracking may skip states: what several transitions lead to may follow at once. Where this says
    no, an event was corrected or retracted, and a person should look at it.
    """
    seen: set[ShipmentState] = set()
    open_states = [current]
    while open_states:
        for state in SHIPMENT_TRANSITIONS[open_states.pop()] - seen:
            seen.add(state)
            open_states.append(state)
    return found == current or found in seen
