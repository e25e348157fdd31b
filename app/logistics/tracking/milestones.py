"""Which event means which milestone of a shipment, given where it is planned to go."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from app.kit.locales import NP_
from app.logistics.states import Mode
from app.logistics.tracking.summary import Observation

Carriage = Literal["VESSEL", "RAIL", "TRUCK", "BARGE", "AIR"]

CARRIAGE_OF_MODE: dict[Mode, Carriage] = {
    Mode.SEA_FCL: "VESSEL",
    Mode.SEA_LCL: "VESSEL",
    Mode.AIR: "AIR",
    Mode.ROAD: "TRUCK",
    Mode.RAIL: "RAIL",
    Mode.COURIER: "AIR",
}


class Milestone(StrEnum):
    """What a shipper waits for, in the order in which it happens when all goes well."""

    BOOKED = "booked"
    PICKED_UP = "picked_up"
    EXPORT_CLEARED = "export_cleared"
    LOADED = "loaded"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    DISCHARGED = "discharged"
    IMPORT_CLEARED = "import_cleared"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    PROVED = "proved"
    EMPTY_RETURNED = "empty_returned"


MILESTONE_LABELS = {
    Milestone.BOOKED: NP_("shipment milestone", "Booking confirmed"),
    Milestone.PICKED_UP: NP_("shipment milestone", "Picked up"),
    Milestone.EXPORT_CLEARED: NP_("shipment milestone", "Cleared for export"),
    Milestone.LOADED: NP_("shipment milestone", "Loaded on board"),
    Milestone.DEPARTED: NP_("shipment milestone", "Departed"),
    Milestone.ARRIVED: NP_("shipment milestone", "Arrived"),
    Milestone.DISCHARGED: NP_("shipment milestone", "Discharged"),
    Milestone.IMPORT_CLEARED: NP_("shipment milestone", "Cleared by customs"),
    Milestone.OUT_FOR_DELIVERY: NP_("shipment milestone", "Out for delivery"),
    Milestone.DELIVERED: NP_("shipment milestone", "Delivered"),
    Milestone.PROVED: NP_("shipment milestone", "Proof of delivery"),
    Milestone.EMPTY_RETURNED: NP_("shipment milestone", "Empty container returned"),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a shipment is planned to go, by UN/LOCODE: `load` and `discharge` end the main leg, `origin` and `destination` are
    the doors. With several `containers`, a milestone is reached when the last of them has reached it."""

    load: str
    discharge: str
    carriage: Carriage
    origin: str | None = None
    destination: str | None = None
    containers: frozenset[str] = frozenset()

    @property
    def from_door(self) -> str:
        """Where the goods are picked up."""
        return self.origin or self.load

    @property
    def to_door(self) -> str:
        """Where the goods are delivered."""
        return self.destination or self.discharge


BOOKING_DOCUMENTS = ("BKG", "CBR")
_AT_A_CUSTOMER = ("", "CLOC", "BOCR")


def milestone_of(seen: Observation, plan: Plan) -> Milestone | None:
    """The milestone that an event tells of, or None: calls on the way, empty containers going to the shipper, other documents.

    Customs releases are not here: whose clearance it was depends on when the goods left (`track`).
    """
    if seen.document:
        if seen.document in BOOKING_DOCUMENTS and seen.code == "CONF":
            return Milestone.BOOKED
        return Milestone.PROVED if seen.document == "POD" and seen.code in ("RECE", "ISSU", "CMPL") else None
    if seen.code in ("ARRI", "DEPA"):
        return _of_transport(seen, plan)
    return _of_equipment(seen, plan)


def _of_transport(seen: Observation, plan: Plan) -> Milestone | None:
    main = seen.mode == plan.carriage
    if seen.code == "ARRI":
        return Milestone.ARRIVED if main and seen.place == plan.discharge else None
    if seen.place == plan.load:
        return Milestone.DEPARTED if main else Milestone.PICKED_UP
    if seen.place == plan.from_door:
        return Milestone.PICKED_UP
    # Vessels and aircraft go on from the discharge port without the goods.
    onward = seen.mode in ("TRUCK", "RAIL", "BARGE")
    return Milestone.OUT_FOR_DELIVERY if onward and seen.place == plan.discharge else None


def _of_equipment(seen: Observation, plan: Plan) -> Milestone | None:
    code, place = seen.code, seen.place
    before, behind = place in (plan.load, plan.from_door), place in (plan.discharge, plan.to_door)
    if seen.empty:
        return Milestone.EMPTY_RETURNED if code == "GTIN" and behind and not before else None
    found: Milestone | None = None
    if code == "LOAD":
        found = Milestone.LOADED if place == plan.load else None
    elif code == "DISC":
        found = Milestone.DISCHARGED if place == plan.discharge else None
    elif before and (code in ("PICK", "STUF", "GTIN") or (code == "GTOT" and place != plan.load)):
        found = Milestone.PICKED_UP
    elif place == plan.discharge and code in ("GTOT", "PICK"):
        found = Milestone.OUT_FOR_DELIVERY
    elif place == plan.to_door and (
        (code == "DROP" and seen.facility in _AT_A_CUSTOMER) or (code == "STRP" and seen.facility == "CLOC")
    ):
        # A container stripped at a freight station holds the goods of many: that is no delivery.
        found = Milestone.DELIVERED
    return found
