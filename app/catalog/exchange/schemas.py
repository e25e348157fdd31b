"""What suppliers send and get when listings travel in files."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.catalog.schemas import Slug
from app.kit.schemas import Input, Labelled, LocaleTag, Output

Header = Annotated[str, StringConstraints(min_length=1, max_length=200)]
ColumnKey = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class ListingImportIn(Input):
    """A file of listings to take over."""

    document_id: UUID = Field(
        description="A file that you uploaded with `POST /v1/documents`: CSV, XLSX or BMEcat 2005."
    )
    dry_run: bool = Field(default=False, description="Only report what would happen; nothing is written.")
    default_category: Slug | None = Field(default=None, description="For rows that name no category.")
    source_locale: LocaleTag | None = Field(
        default=None, description="The language of texts whose column names none; by default your organization's."
    )
    encoding: Literal["utf-8", "utf-16", "gb18030", "shift_jis", "windows-1252", "big5"] | None = Field(
        default=None, description="Of a CSV file; by default it is found out."
    )


class ColumnOut(Output):
    """A column of the file and what it was taken for."""

    header: str
    fields: list[str] = Field(description="Column keys; several where the category of a row decides; none: left out.")
    unit: str | None = Field(description="UN/CEFACT code of the unit that the header names.")
    how: str = Field(description="`recognised`, `mapped` (as you said), `unknown`, `duplicate` or `empty`.")


class FailureOut(Output):
    """Why a whole file was not taken over to its end."""

    code: str
    detail: str


class ListingImportOut(Output):
    """An import and how far it is."""

    id: UUID
    document_id: UUID
    filename: str
    format: str
    dry_run: bool
    state: Labelled
    percent: int = Field(ge=0, le=100)
    rows_total: int | None = Field(description="Known once the file was read.")
    rows_read: int
    rows_accepted: int = Field(description="Rows of products that are created, changed or unchanged.")
    rows_refused: int
    rows_unchanged: int
    products_created: int
    products_changed: int
    products_unchanged: int
    products_refused: int
    products_published: int = Field(description="Created or changed ones that everybody sees.")
    findings: int
    media_noted: int = Field(description="Pictures that a BMEcat file names. Attach them to the listings.")
    failure: FailureOut | None
    columns: list[ColumnOut] | None
    version: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class FindingOut(Output):
    """One thing that is wrong with a row."""

    number: int
    row: int = Field(description="Line of the file; 0 for the line of headers. Products of a BMEcat file are counted.")
    product_code: str
    sku: str
    column: str
    code: str
    detail: str
    params: dict[str, Any]


class MappingIn(Input):
    """What the columns of a file hold, for this and every later file with the same line of headers."""

    columns: dict[Header, ColumnKey | None] = Field(
        min_length=1, max_length=400, description="Header → column key as in the template, or null to leave it out."
    )
