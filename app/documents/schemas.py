"""What the documents room is sent and answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output


class DocumentOut(Output):
    """A file. `content_path` answers when `scan.code` is `clean`, and to readers once the terms were accepted."""

    id: UUID
    filename: str
    kind: str
    media_type: str
    size_bytes: int
    sha256: str
    scan: Labelled
    scan_reason: Labelled | None
    nda_required: bool
    own: bool = Field(description="Whether it is your organization's own.")
    content_path: str
    version: int
    created_at: datetime


class NdaIn(Input):
    """The terms readers must accept before they can open the file; null: none."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=50_000)] | None


class NdaOut(Output):
    """The terms in force."""

    document_id: UUID
    text: str
    sha256: str = Field(description="Of the wording in UTF-8. Send it back when you accept.")
    accepted: bool = Field(description="Whether your organization accepted this wording.")


class NdaAcceptanceIn(Input):
    """Which wording is accepted."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class NdaAcceptanceOut(Output):
    """Who accepted which wording."""

    id: UUID
    document_id: UUID
    organization_id: UUID
    nda_sha256: str
    accepted_at: datetime


class DownloadOut(Output):
    """Somebody asked for the content. `first_byte` and `last_byte` are null for the whole file."""

    id: UUID
    organization_id: UUID
    outcome: str
    reason: str | None
    first_byte: int | None
    last_byte: int | None
    occurred_at: datetime


class CertificateFileIn(Input):
    """The file that shows a certificate."""

    document_id: UUID
