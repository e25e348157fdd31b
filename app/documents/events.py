"""What the documents room announces. Never a file's name: it may tell of a sealed quote."""

from uuid import UUID

from app.kit.outbox import Event


class DocumentScanned(Event, name="documents.document_scanned.v1", subject=("document", "document_id")):
    """The structural checks of an uploaded file ended. `reason` is None for a clean one."""

    document_id: UUID
    organization_id: UUID
    state: str
    reason: str | None


class RenditionsMade(Event, name="documents.renditions_made.v1", subject=("document", "document_id")):
    """The renditions of a picture are ready, or none can be made. `reason` is None when they are ready."""

    document_id: UUID
    organization_id: UUID
    state: str
    reason: str | None


class NdaAccepted(Event, name="documents.nda_accepted.v1", subject=("document", "document_id")):
    """An organization accepted the confidentiality terms of a document. `owner_id` is whose document it is."""

    document_id: UUID
    owner_id: UUID
    accepted_by_organization_id: UUID
    nda_sha256: str
