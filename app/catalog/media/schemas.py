"""What suppliers send about their media and what they are answered."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, LocaleTag, Output

WebAddress = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Alt = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class MediaIn(Input):
    """What to show with a listing: documents that you uploaded, addresses to fetch pictures and drawings from, or both."""

    document_ids: list[UUID] = Field(default=[], max_length=20)
    urls: list[WebAddress] = Field(
        default=[], max_length=20, description="https addresses of pictures and drawings; each is fetched and kept."
    )


class MediaOrderIn(Input):
    """Every medium of the listing, in the order in which they are shown."""

    document_ids: list[UUID] = Field(max_length=40)


class MediumTextsIn(Input):
    """What a medium shows, by language, for those who do not see it. What was written before is replaced."""

    alt: dict[LocaleTag, Alt] = Field(max_length=9)


class OwnMedium(Output):
    """A picture or drawing of your listing. `scan` and, for pictures, `picture` tell whether it is shown."""

    document_id: UUID
    filename: str
    media_type: str
    size_bytes: int
    content_path: str = Field(description="The file as you uploaded it, for your organization alone.")
    scan: Labelled
    scan_reason: Labelled | None
    picture: Labelled | None = Field(description="Of a picture: whether its renditions are made.")
    picture_reason: Labelled | None
    width_px: int | None
    height_px: int | None
    shown: bool = Field(description="Whether everybody sees it as long as the listing is published.")
    alt: dict[str, str]


class MediaUrlOut(Output):
    """An address that you named, and what came of it. `reason` tells why it was refused, or why the last try failed."""

    id: UUID
    url: str
    state: Labelled
    reason: Labelled | None
    document_id: UUID | None
    created_at: datetime
    ended_at: datetime | None
