"""Words of the warehousing room."""

from enum import StrEnum

from app.kit.locales import NP_


class WarehouseKind(StrEnum):
    """Whose warehouse it is, seen from the marketplace."""

    OWN = "own"
    SUPPLIER = "supplier"
    THIRD_PARTY = "third_party"


class ZonePurpose(StrEnum):
    """What a part of a warehouse is for."""

    RECEIVING = "receiving"
    STORAGE = "storage"
    QUALITY = "quality"
    PACKING = "packing"
    DISPATCH = "dispatch"
    RETURNS = "returns"
    TRANSIT = "transit"


class Tracking(StrEnum):
    """How an item is told apart: not at all, by lots, or piece by piece."""

    NONE = "none"
    LOT = "lot"
    SERIAL = "serial"


class StockStatus(StrEnum):
    """What may be done with stock. Only what is available is reserved."""

    AVAILABLE = "available"
    QUALITY_HOLD = "quality_hold"
    DAMAGED = "damaged"
    IN_TRANSIT = "in_transit"


class Outside(StrEnum):
    """Where stock comes from or goes to when that is no bin."""

    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    COUNT = "count"
    SCRAP = "scrap"


class MoveReason(StrEnum):
    """Why stock was moved."""

    RECEIPT = "receipt"
    PUT_AWAY = "put_away"
    PICK = "pick"
    DISPATCH = "dispatch"
    RETURN = "return"
    TRANSFER = "transfer"
    INSPECTION = "inspection"
    COUNT = "count"
    SCRAP = "scrap"
    TITLE = "title"


class ReservationState(StrEnum):
    """Held → fulfilled, released or expired. The last three are ends."""

    HELD = "held"
    FULFILLED = "fulfilled"
    RELEASED = "released"
    EXPIRED = "expired"


class AllocationRule(StrEnum):
    """Which stock is reserved first."""

    PRIORITY = "priority"
    NEAREST = "nearest"
    CHEAPEST = "cheapest"
    FIRST_EXPIRING = "first_expiring"
    SINGLE_SHIPMENT = "single_shipment"


WAREHOUSE_KIND_LABELS = {
    WarehouseKind.OWN: NP_("warehouse kind", "Own warehouse"),
    WarehouseKind.SUPPLIER: NP_("warehouse kind", "Supplier's warehouse"),
    WarehouseKind.THIRD_PARTY: NP_("warehouse kind", "Third-party warehouse"),
}

ZONE_PURPOSE_LABELS = {
    ZonePurpose.RECEIVING: NP_("warehouse zone", "Receiving"),
    ZonePurpose.STORAGE: NP_("warehouse zone", "Storage"),
    ZonePurpose.QUALITY: NP_("warehouse zone", "Quality hold"),
    ZonePurpose.PACKING: NP_("warehouse zone", "Packing"),
    ZonePurpose.DISPATCH: NP_("warehouse zone", "Dispatch"),
    ZonePurpose.RETURNS: NP_("warehouse zone", "Returns"),
    ZonePurpose.TRANSIT: NP_("warehouse zone", "In transit"),
}

TRACKING_LABELS = {
    Tracking.NONE: NP_("stock tracking", "By quantity"),
    Tracking.LOT: NP_("stock tracking", "By lot"),
    Tracking.SERIAL: NP_("stock tracking", "By serial number"),
}

STOCK_STATUS_LABELS = {
    StockStatus.AVAILABLE: NP_("stock status", "Available"),
    StockStatus.QUALITY_HOLD: NP_("stock status", "On quality hold"),
    StockStatus.DAMAGED: NP_("stock status", "Damaged"),
    StockStatus.IN_TRANSIT: NP_("stock status", "In transit"),
}

OUTSIDE_LABELS = {
    Outside.SUPPLIER: NP_("outside of a warehouse", "Supplier"),
    Outside.CUSTOMER: NP_("outside of a warehouse", "Customer"),
    Outside.COUNT: NP_("outside of a warehouse", "Count difference"),
    Outside.SCRAP: NP_("outside of a warehouse", "Scrap"),
}

MOVE_REASON_LABELS = {
    MoveReason.RECEIPT: NP_("stock move", "Receipt"),
    MoveReason.PUT_AWAY: NP_("stock move", "Put-away"),
    MoveReason.PICK: NP_("stock move", "Pick"),
    MoveReason.DISPATCH: NP_("stock move", "Dispatch"),
    MoveReason.RETURN: NP_("stock move", "Return"),
    MoveReason.TRANSFER: NP_("stock move", "Transfer"),
    MoveReason.INSPECTION: NP_("stock move", "Inspection"),
    MoveReason.COUNT: NP_("stock move", "Cycle count"),
    MoveReason.SCRAP: NP_("stock move", "Scrapping"),
    MoveReason.TITLE: NP_("stock move", "Change of owner"),
}

RESERVATION_STATE_LABELS = {
    ReservationState.HELD: NP_("reservation state", "Held"),
    ReservationState.FULFILLED: NP_("reservation state", "Fulfilled"),
    ReservationState.RELEASED: NP_("reservation state", "Released"),
    ReservationState.EXPIRED: NP_("reservation state", "Expired"),
}
