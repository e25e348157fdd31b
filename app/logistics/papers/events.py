"""What is announced about packages and documents of shipments. No event says who carries other legs."""

from uuid import UUID

from app.kit.outbox import Event


class PackagesChanged(Event, name="logistics.packages_changed.v1", subject=("shipment", "shipment_id")):
    """The shipper has told what the shipment consists of."""

    shipment_id: UUID
    shipper_id: UUID
    lines: int
    pieces: int


class ShipmentDocumentAttached(
    Event, name="logistics.document_attached.v1", subject=("shipment_document", "shipment_document_id")
):
    """A document goes with a shipment now."""

    shipment_document_id: UUID
    shipment_id: UUID
    shipper_id: UUID
    type: str
    audience: str
    number: str


class ShipmentDocumentWithdrawn(
    Event, name="logistics.document_withdrawn.v1", subject=("shipment_document", "shipment_document_id")
):
    """A document of a shipment does not stand any more."""

    shipment_document_id: UUID
    shipment_id: UUID
    shipper_id: UUID
    type: str
    audience: str
