"""Words of picking, packing and sending."""

from enum import StrEnum

from app.kit.locales import NP_


class WaveState(StrEnum):
    """Open → picking → picked; or cancelled before anything was picked."""

    OPEN = "open"
    PICKING = "picking"
    PICKED = "picked"
    CANCELLED = "cancelled"


class PickState(StrEnum):
    """What became of a line of a wave. `short`: less was there than said; `dropped`: nobody wants it any more."""

    OPEN = "open"
    PICKED = "picked"
    SHORT = "short"
    DROPPED = "dropped"


class PackageState(StrEnum):
    """Open → closed → dispatched. What is closed stays as it is."""

    OPEN = "open"
    CLOSED = "closed"
    DISPATCHED = "dispatched"


class ReturnState(StrEnum):
    """Authorised → received, or cancelled."""

    AUTHORISED = "authorised"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class ReturnReason(StrEnum):
    """Why goods come back."""

    WRONG_ITEM = "wrong_item"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    SURPLUS = "surplus"
    WARRANTY = "warranty"
    OTHER = "other"


WAVE_STATE_LABELS = {
    WaveState.OPEN: NP_("wave state", "Open"),
    WaveState.PICKING: NP_("wave state", "Being picked"),
    WaveState.PICKED: NP_("wave state", "Picked"),
    WaveState.CANCELLED: NP_("wave state", "Cancelled"),
}

PICK_STATE_LABELS = {
    PickState.OPEN: NP_("pick state", "To be picked"),
    PickState.PICKED: NP_("pick state", "Picked"),
    PickState.SHORT: NP_("pick state", "Short pick"),
    PickState.DROPPED: NP_("pick state", "No longer wanted"),
}

PACKAGE_STATE_LABELS = {
    PackageState.OPEN: NP_("package state", "Being packed"),
    PackageState.CLOSED: NP_("package state", "Closed"),
    PackageState.DISPATCHED: NP_("package state", "Dispatched"),
}

RETURN_STATE_LABELS = {
    ReturnState.AUTHORISED: NP_("return state", "Authorised"),
    ReturnState.RECEIVED: NP_("return state", "Received"),
    ReturnState.CANCELLED: NP_("return state", "Cancelled"),
}

RETURN_REASON_LABELS = {
    ReturnReason.WRONG_ITEM: NP_("return reason", "Wrong item"),
    ReturnReason.DAMAGED: NP_("return reason", "Damaged in transit"),
    ReturnReason.DEFECTIVE: NP_("return reason", "Defective"),
    ReturnReason.SURPLUS: NP_("return reason", "Delivered in excess"),
    ReturnReason.WARRANTY: NP_("return reason", "Warranty"),
    ReturnReason.OTHER: NP_("return reason", "Other"),
}
