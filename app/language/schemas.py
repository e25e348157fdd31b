"""What the language room is sent and answers."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, LocaleTag, Output

EntityKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$", max_length=40)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class TextOut(Output):
    """One version of one field."""

    field: str
    locale: str
    text: str
    state: Labelled
    is_source: bool
    engine: str | None = Field(description="The machine that wrote it; `glossary` replaced known trade terms only.")
    version: int = Field(description="What `If-Match` names when this version is replaced.")


class TextsOut(Output):
    """Every version of every field of one thing that you may read."""

    entity_kind: str
    entity_id: UUID
    texts: list[TextOut]


class TranslationIn(Input):
    """A translation by a person."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    state: Literal["human", "reviewed"] = Field(
        default="human", description="`reviewed`: you checked what a machine wrote, and vouch for it."
    )
    source_version: int | None = Field(
        default=None,
        ge=1,
        le=10**9,
        description="The version of the original that you translated: 409 when it changed.",
    )


class TranslationsWanted(Input):
    """Which languages to translate into."""

    locales: Annotated[list[LocaleTag], Field(min_length=1, max_length=9)]


class TranslationsRequested(Output):
    """What was put into the queue."""

    jobs: int = Field(description="One for each owner and language that an original is not written in.")


class CoverageRow(Output):
    """How far one language is covered."""

    locale: str
    name: str
    total: int = Field(description="Fields of published or shared things.")
    human: int
    reviewed: int
    machine: int
    stale: int
    missing: int


class CoverageOut(Output):
    """How far each language is covered, over the organization's published and shared texts."""

    rows: list[CoverageRow]


class LocaleOut(Output):
    """A language of the house."""

    locale: str
    own_name: str
    name: str = Field(description="In the reader's language.")
    direction: Literal["ltr", "rtl"]


class TermOut(Output):
    """A term of the trade."""

    term_id: str
    part: Literal["noun", "verb", "adjective"]
    group: str
    term: str = Field(description="In the language asked for.")
    variants: list[str] = Field(description="Other spellings and synonyms in that language, best first.")
    texts: dict[str, str] = Field(description="The term in every language of the house.")
    source: str
    edition: str
