"""Words of a shipment's papers: kinds of documents, and who reads them."""

from enum import StrEnum

from app.kit.locales import NP_


class PaperType(StrEnum):
    """What a document is."""

    LABEL = "label"
    BOOKING_CONFIRMATION = "booking_confirmation"
    BILL_OF_LADING = "bill_of_lading"
    AIR_WAYBILL = "air_waybill"
    CMR_NOTE = "cmr_note"
    PACKING_LIST = "packing_list"
    COMMERCIAL_INVOICE = "commercial_invoice"
    CERTIFICATE_OF_ORIGIN = "certificate_of_origin"
    CUSTOMS_DECLARATION = "customs_declaration"
    PROOF_OF_DELIVERY = "proof_of_delivery"
    DAMAGE_PHOTO = "damage_photo"
    FREIGHT_INVOICE = "freight_invoice"
    OTHER = "other"


class Audience(StrEnum):
    """Who reads a document: shipper, consignee and all who carry; or the shipper and one who carries."""

    PARTIES = "parties"
    TWO = "two"


FOR_TWO = frozenset({PaperType.FREIGHT_INVOICE})
"""What tells a partner's prices is never for all."""

PAPER_TYPE_LABELS = {
    PaperType.LABEL: NP_("shipment document", "Label"),
    PaperType.BOOKING_CONFIRMATION: NP_("shipment document", "Booking confirmation"),
    PaperType.BILL_OF_LADING: NP_("shipment document", "Bill of lading"),
    PaperType.AIR_WAYBILL: NP_("shipment document", "Air waybill"),
    PaperType.CMR_NOTE: NP_("shipment document", "CMR consignment note"),
    PaperType.PACKING_LIST: NP_("shipment document", "Packing list"),
    PaperType.COMMERCIAL_INVOICE: NP_("shipment document", "Commercial invoice"),
    PaperType.CERTIFICATE_OF_ORIGIN: NP_("shipment document", "Certificate of origin"),
    PaperType.CUSTOMS_DECLARATION: NP_("shipment document", "Customs declaration"),
    PaperType.PROOF_OF_DELIVERY: NP_("shipment document", "Proof of delivery"),
    PaperType.DAMAGE_PHOTO: NP_("shipment document", "Photograph of damage"),
    PaperType.FREIGHT_INVOICE: NP_("shipment document", "Freight invoice"),
    PaperType.OTHER: NP_("shipment document", "Other document"),
}

AUDIENCE_LABELS = {
    Audience.PARTIES: NP_("readers of a document", "Shipper, consignee and all who carry"),
    Audience.TWO: NP_("readers of a document", "Shipper and one who carries"),
}
