"""Packages and documents of shipments, in and out."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output, PlainDecimal, ShortText
from app.logistics.papers.states import Audience, PaperType
from app.reference.facade import PackageTypeCode

MAX_LINES = 500

Measure = Annotated[int, Field(ge=1, le=60_000, description="Of one piece, mm.")]
Mass = Annotated[
    PlainDecimal, Field(gt=0, le=500_000, max_digits=9, decimal_places=3, description="Of one piece, with packing, kg.")
]


class GoodsIn(Input):
    """What a carrier and customs want to know of a package beside its measures."""

    description: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        description="Of the goods, as customs shall read it."
    )
    hs_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}([0-9]{2}){0,2}$")] | None = Field(
        default=None, description="6, 8 or 10 digits."
    )
    stackable: bool = False
    container: Annotated[str, StringConstraints(min_length=11, max_length=15)] | None = Field(
        default=None, description="One of the shipment's containers."
    )
    dangerous: bool = Field(default=False, description="Dangerous goods are not taken here.")


class ShipmentPackageIn(GoodsIn):
    """Equal packages: measures and mass are of one piece."""

    pieces: int = Field(default=1, ge=1, le=9_999)
    package_type: PackageTypeCode = Field(description="A code of UN/ECE Recommendation 21.")
    sscc: Annotated[str, StringConstraints(min_length=18, max_length=30)] | None = Field(
        default=None, description="GS1 Serial Shipping Container Code; of a line of one piece."
    )
    length_mm: Measure
    width_mm: Measure
    height_mm: Measure
    gross_mass_kg: Mass
    marks: Annotated[str, StringConstraints(max_length=500)] = Field(
        default="", description="Shipping marks and numbers."
    )


class ShipmentPackagesIn(Input):
    """All packages of a shipment, in the order of the packing list."""

    packages: Annotated[list[ShipmentPackageIn], Field(max_length=MAX_LINES)]


class PackedPackageIn(GoodsIn):
    """A package of a warehouse: its type, SSCC, measures, mass and marks are those that it was packed with."""

    package_id: UUID = Field(description="Of a closed package that is in no other one.")


class PackedPackagesIn(Input):
    """Packages of a warehouse that go with a shipment."""

    packages: Annotated[list[PackedPackageIn], Field(min_length=1, max_length=MAX_LINES)]


class CargoOut(Output):
    """What the packages come to."""

    lines: int
    pieces: int
    gross_mass_kg: PlainDecimal
    volume_m3: PlainDecimal
    version: int


class ShipmentPackageOut(Output):
    """Equal packages."""

    id: UUID
    line: int
    pieces: int
    package_type: Labelled
    sscc: str | None
    length_mm: int
    width_mm: int
    height_mm: int
    gross_mass_kg: PlainDecimal
    total_mass_kg: PlainDecimal = Field(description="Of all pieces, kg.")
    volume_m3: PlainDecimal = Field(description="Of all pieces, m³.")
    marks: str
    description: str
    hs_code: str | None
    stackable: bool
    container: str | None


class ShipmentDocumentIn(Input):
    """A file that your organization has uploaded, and what it is."""

    document_id: UUID
    type: PaperType
    number: Annotated[str, StringConstraints(max_length=80)] = ""
    issued_on: date | None = None
    audience: Audience = Field(
        default=Audience.PARTIES,
        description="`parties`: shipper, consignee and all who carry; `two`: the shipper and one who carries.",
    )
    booking_id: UUID | None = Field(
        default=None,
        description="The leg that it is about. Its partner is the one meant by `two`; a partner's own first leg when absent.",
    )


class WithdrawalIn(Input):
    """Why a document does not stand any more."""

    reason: ShortText


class PaperFileOut(Output):
    """The file; it answers at `url` once its checks are done."""

    id: UUID
    filename: str
    media_type: str
    size_bytes: int
    sha256: str
    url: str
    scan_state: Labelled


class ShipmentDocumentOut(Output):
    """A document of a shipment. The file of a withdrawn one is its owner's alone."""

    id: UUID
    shipment_id: UUID
    type: Labelled
    number: str
    issued_on: date | None
    audience: Labelled
    attached_by: Labelled = Field(description="Shipper or carrier.")
    leg: int | None = Field(description="Which leg it is about, where you may know it.")
    file: PaperFileOut | None
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawn_because: str | None
    version: int
