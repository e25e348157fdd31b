"""Words of freight: states of cards, inquiries, offers and shared containers, and what is known of container types."""

from enum import StrEnum

from app.kit.locales import NP_


class CardState(StrEnum):
    """Current → replaced by a later version, or withdrawn. Quotes that were made of it stand."""

    CURRENT = "current"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class FreightInquiryState(StrEnum):
    """Open → closed → taken; open or closed → cancelled."""

    OPEN = "open"
    CLOSED = "closed"
    TAKEN = "taken"
    CANCELLED = "cancelled"


class FreightOfferState(StrEnum):
    """Offered → revised or withdrawn by the partner before the closing; taken or not taken afterwards, by the shipper."""

    OFFERED = "offered"
    REVISED = "revised"
    WITHDRAWN = "withdrawn"
    TAKEN = "taken"
    NOT_TAKEN = "not_taken"


class ConsolidationState(StrEnum):
    """Open → closed, which fixes the shares; or cancelled."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class SharingBasis(StrEnum):
    """What volume and mass are parts of: all that is in the container, or what the container holds."""

    GOODS = "goods"
    CONTAINER = "container"


class QuoteOrder(StrEnum):
    """How options are ordered."""

    PRICE = "price"
    TRANSIT = "transit"


CARD_STATE_LABELS = {
    CardState.CURRENT: NP_("rate card state", "Current"),
    CardState.REPLACED: NP_("rate card state", "Replaced"),
    CardState.WITHDRAWN: NP_("rate card state", "Withdrawn"),
}

FREIGHT_INQUIRY_STATE_LABELS = {
    FreightInquiryState.OPEN: NP_("freight inquiry state", "Open"),
    FreightInquiryState.CLOSED: NP_("freight inquiry state", "Closed"),
    FreightInquiryState.TAKEN: NP_("freight inquiry state", "An offer was taken"),
    FreightInquiryState.CANCELLED: NP_("freight inquiry state", "Cancelled"),
}

FREIGHT_OFFER_STATE_LABELS = {
    FreightOfferState.OFFERED: NP_("freight offer state", "Offered"),
    FreightOfferState.REVISED: NP_("freight offer state", "Revised"),
    FreightOfferState.WITHDRAWN: NP_("freight offer state", "Withdrawn"),
    FreightOfferState.TAKEN: NP_("freight offer state", "Taken"),
    FreightOfferState.NOT_TAKEN: NP_("freight offer state", "Not taken"),
}

CONSOLIDATION_STATE_LABELS = {
    ConsolidationState.OPEN: NP_("consolidation state", "Open"),
    ConsolidationState.CLOSED: NP_("consolidation state", "Closed"),
    ConsolidationState.CANCELLED: NP_("consolidation state", "Cancelled"),
}

SHARING_BASIS_LABELS = {
    SharingBasis.GOODS: NP_("basis of sharing", "By parts of the goods"),
    SharingBasis.CONTAINER: NP_("basis of sharing", "By parts of the container"),
}

CHARGE_UNIT_LABELS = {
    "kg": NP_("charged unit", "kg"),
    "wm": NP_("charged unit", "W/M"),
    "container": NP_("charged unit", "Containers"),
}

ISO_CONTAINERS = {"22G1": "20DC", "42G1": "40DC", "45G1": "40HC", "L5G1": "45HC", "22U1": "20OT", "42U1": "40OT"}
"""Size and type codes of ISO 6346 that carriers' systems send, and the codes of `data/containers.yaml` that they are kept as."""
