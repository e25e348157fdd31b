"""Pieces that the room's schemas share: money, quantities, firms and texts, raw and as the reader sees them."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Output, PlainDecimal
from app.reference.facade import AcceptedCurrency, UnitCode

__all__ = [
    "AcceptedCurrency",
    "AdviceOut",
    "DocumentOut",
    "FirmOut",
    "IncotermCode",
    "MoneyOut",
    "PlaceName",
    "Quantity",
    "QuantityOut",
    "Reason",
    "TextOut",
    "TranslationOut",
    "UnitCode",
]

Quantity = Annotated[
    PlainDecimal,
    Field(gt=0, max_digits=18, decimal_places=6, description="A positive quantity in its unit, at most 6 decimals."),
]
IncotermCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="Incoterms 2020 rule, such as FCA.")
]
PlaceName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=120),
    Field(description="Named place, as exact as possible, or its UN/LOCODE."),
]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class MoneyOut(Output):
    """An amount."""

    minor: int = Field(description="Minor units of the currency.")
    currency: str
    text: str = Field(description="As the reader writes it.")


class QuantityOut(Output):
    """A quantity."""

    value: PlainDecimal
    unit: str
    text: str = Field(description="In the reader's language and unit system.")


class FirmOut(Output):
    """The other side of a deal."""

    id: UUID
    code: str
    name: str
    name_latin: str
    country: str
    city: str
    verified: bool


class TranslationOut(Output):
    """A translation of a text."""

    locale: str
    text: str
    state: str = Field(description="`human`, `reviewed`, `machine` or `stale`.")
    engine: str | None = Field(default=None, description="Which machine wrote it, or wrote it first.")


class TextOut(Output):
    """A text as it was written, and its translation for this reader when there is one."""

    text: str
    locale: str
    translation: TranslationOut | None = None


class AdviceOut(Output):
    """Something unwise that does not stop anybody."""

    pointer: str
    code: str
    detail: str


class DocumentOut(Output):
    """An attached file."""

    id: UUID
    filename: str
    media_type: str
    size_bytes: int
    sha256: str
    url: str
    scan_state: str
    nda_required: bool
