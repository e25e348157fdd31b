"""A supplier's public page: what he sends, and what readers get."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, LocaleTag, Output, PlainDecimal
from app.parties.schemas.organizations import OrganizationOut
from app.parties.states import EmployeesBand

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", min_length=1, max_length=40)]
Spoken = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$", max_length=3)]
Measure = Annotated[PlainDecimal, Field(gt=0, le=10**6, max_digits=7, decimal_places=1)]
Force = Annotated[PlainDecimal, Field(gt=0, le=10**7, max_digits=8, decimal_places=1)]
Figure = Annotated[PlainDecimal, Field(gt=0, le=10**8, max_digits=12, decimal_places=3)]
Description = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class MachineIn(Input):
    """A machine, or several alike."""

    kind: Code = Field(description="A kind of `GET /v1/supplier-terms`.")
    make: Line
    model: Line
    year: int | None = Field(default=None, ge=1900, le=2200, description="Year of construction.")
    count: int = Field(default=1, ge=1, le=1000)
    figures: dict[Code, Figure] = Field(
        default={}, max_length=10, description="Key figures that the kind has, each in its own unit."
    )


class SupplierProfileIn(Input):
    """The whole profile; what is left out is no longer stated. Texts in further languages stay as they are."""

    source_locale: LocaleTag
    texts: dict[LocaleTag, Description] = Field(
        default={}, max_length=9, description="The description by language; at least the source's if any."
    )
    capabilities: list[Code] = Field(default=[], max_length=60, description="Codes of `GET /v1/supplier-terms`.")
    languages: list[Spoken] = Field(default=[], max_length=20, description="ISO 639 codes of languages spoken.")
    founded_year: int | None = Field(default=None, ge=1600, le=2200)
    employees: EmployeesBand | None = None
    max_mould_mass_kg: Measure | None = None
    max_mould_length_mm: Measure | None = None
    max_mould_width_mm: Measure | None = None
    max_mould_height_mm: Measure | None = None
    max_clamp_force_kn: Force | None = Field(default=None, description="Of the largest press for trials.")
    moulds_per_year: int | None = Field(default=None, ge=1, le=100_000)
    tolerance_group: int | None = Field(
        default=None, ge=1, le=9, description="The tightest group of ISO 20457 that is reached; lower is tighter."
    )
    machines: list[MachineIn] = Field(default=[], max_length=60)


class CertificateIn(Input):
    """A certificate as it is printed."""

    scheme: Code = Field(description="A scheme of `GET /v1/supplier-terms`.")
    number: Line
    issuer: str = Field(min_length=1, max_length=120, description="The body that certified.")
    scope: str | None = Field(default=None, max_length=300, description="What it covers, in its own words.")
    issued_on: date
    expires_on: date = Field(description="The last day on which it is valid.")


class FigureOut(Output):
    """A key figure in the reader's unit system next to the raw value."""

    code: str
    name: str
    text: str
    value: PlainDecimal
    unit: str


class MachineOut(Output):
    """A machine as readers see it."""

    kind: Labelled
    make: str
    model: str
    year: int | None
    count: int
    figures: list[FigureOut]


class CapabilityOut(Labelled):
    """A process that moulds are made for, or a service."""

    kind: str = Field(description="process or service")


class CertificationOut(Labelled):
    """A scheme that the supplier holds a valid certificate of; the label is its name."""

    subject: str = Field(description="What the scheme is about, in the reader's language.")


class CertificateOut(Output):
    """A certificate, as its holder states it."""

    id: UUID
    scheme: CertificationOut
    number: str
    issuer: str
    scope: str | None
    issued_on: date
    expires_on: date
    expires_on_text: str
    file_url: str | None = Field(description="The certificate's file, for everybody; null when none was given.")


class OwnCertificateOut(CertificateOut):
    """A certificate as its holder sees it."""

    state: Labelled
    days_left: int = Field(description="Until the last day of its validity; negative when it is over.")
    document_id: UUID | None
    version: int


class ResponseOut(Output):
    """How the supplier answers inquiries, measured. Shown from three cases on; inquiries count when they have ended."""

    days: int = Field(description="The span that is looked at.")
    cases: int = Field(description="Inquiries that the supplier was asked to quote on.")
    answered_percent: int = Field(description="Share of these that it answered: a quote, a question or a refusal.")
    median_hours: PlainDecimal | None = Field(description="From the inquiry to the first answer; null without one.")
    text: str


class SupplierText(Output):
    """A text in the reader's language, with where it comes from."""

    locale: str
    text: str
    state: str = Field(description="human, reviewed, machine or stale")
    source_locale: str


class ListedSupplier(OrganizationOut):
    """A supplier in the directory."""

    capabilities: list[CapabilityOut]
    certifications: list[CertificationOut]
    languages: list[Labelled]
    founded_year: int | None
    employees: Labelled | None
    description: SupplierText | None
    response: ResponseOut | None


class SupplierLimits(Output):
    """The largest that a supplier can make."""

    mould_mass: FigureOut | None
    mould_size: list[FigureOut] = Field(description="Length, width and height, as far as they are stated.")
    clamp_force: FigureOut | None
    moulds_per_year: int | None
    tolerance_group: str | None


class SupplierPage(ListedSupplier):
    """A supplier's public page."""

    limits: SupplierLimits
    machines: list[MachineOut]
    certificates: list[CertificateOut]


class ProfileText(Output):
    """One version of the description."""

    text: str
    state: str
    is_source: bool


class OwnMachineOut(Output):
    """A machine as it was sent."""

    kind: str
    make: str
    model: str
    year: int | None
    count: int
    figures: dict[str, Decimal]


class OwnSupplierProfile(Output):
    """Your profile as you sent it, with all certificates and what everybody sees of your answers."""

    source_locale: str
    texts: dict[str, ProfileText]
    capabilities: list[str]
    languages: list[str]
    founded_year: int | None
    employees: str | None
    max_mould_mass_kg: PlainDecimal | None
    max_mould_length_mm: PlainDecimal | None
    max_mould_width_mm: PlainDecimal | None
    max_mould_height_mm: PlainDecimal | None
    max_clamp_force_kn: PlainDecimal | None
    moulds_per_year: int | None
    tolerance_group: int | None
    machines: list[OwnMachineOut]
    certificates: list[OwnCertificateOut]
    response: ResponseOut | None
    version: int


class FigureTerm(Output):
    """A key figure and its unit."""

    code: str
    name: str
    unit: str


class MachineTerm(Labelled):
    """A kind of machine and the figures that are stated of it."""

    figures: list[FigureTerm]


class SupplierTerms(Output):
    """The codes in which suppliers describe themselves, in the reader's language."""

    capabilities: list[CapabilityOut]
    machine_kinds: list[MachineTerm]
    certification_schemes: list[CertificationOut]
    employees: list[Labelled]
