"""What the demo market is made of. Every value is plain data, ready for a seeder to hand to the rooms."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Address:
    street: str
    city: str
    region: str
    postal_code: str
    country: str


@dataclass(frozen=True, slots=True)
class RegistrationNumber:
    """`scheme` is the python-stdnum module that checks `number`, such as `cn.uscc` or `de.vat`."""

    scheme: str
    number: str


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    role: str
    email: str


@dataclass(frozen=True, slots=True)
class SupplierSeed:
    """`capabilities` are category codes; `profile` has the source locale and English."""

    code: str
    sku_prefix: str
    legal_name: str
    legal_name_latin: str
    verified: bool
    address: Address
    locale: str
    time_zone: str
    unit_system: str
    currency: str
    registration_numbers: tuple[RegistrationNumber, ...]
    capabilities: tuple[str, ...]
    contacts: tuple[Contact, ...]
    profile: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MachineSeed:
    """`figures` are numbers by the codes of the parties room's terms, each in its figure's unit."""

    kind: str
    make: str
    model: str
    year: int
    count: int
    figures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CertificateSeed:
    """`days_left` counts from the day of the seeding; negative for one that has ended."""

    scheme: str
    number: str
    issuer: str
    days_left: int


@dataclass(frozen=True, slots=True)
class SupplierProfileSeed:
    """What a supplier says of itself beside its description."""

    founded_year: int
    employees: str
    languages: tuple[str, ...]
    capabilities: tuple[str, ...]
    machines: tuple[MachineSeed, ...]
    certificates: tuple[CertificateSeed, ...]
    max_mould_mass_kg: int | None = None
    max_mould_length_mm: int | None = None
    max_mould_width_mm: int | None = None
    max_mould_height_mm: int | None = None
    max_clamp_force_kn: int | None = None
    moulds_per_year: int | None = None
    tolerance_group: int | None = None


class ProductState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class ListedRange:
    """A range attribute in the unit that the attribute's definition names."""

    minimum: Decimal
    maximum: Decimal


AttributeValue = Decimal | ListedRange | str | bool | Mapping[str, str]
"""number | range | enum code | boolean | localized text by locale"""


@dataclass(frozen=True, slots=True)
class ListingText:
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class PriceTier:
    """From `min_quantity` pieces on, one piece costs `price_minor` minor units of `currency`."""

    min_quantity: int
    currency: str
    price_minor: int


@dataclass(frozen=True, slots=True)
class VariantSeed:
    """Mass, dimensions and HS code are None for a service. `label` is the size, the same in every language."""

    sku: str
    label: str
    prices: tuple[PriceTier, ...]
    minimum_order_quantity: int
    lead_time_days: int
    made_to_order: bool
    mass_kg: Decimal | None
    length_mm: Decimal | None
    width_mm: Decimal | None
    height_mm: Decimal | None
    hs_code: str | None
    origin_country: str


@dataclass(frozen=True, slots=True)
class ProductSeed:
    code: str
    supplier_code: str
    category_code: str
    state: ProductState
    source_locale: str
    texts: Mapping[str, ListingText]
    attributes: Mapping[str, AttributeValue]
    variants: tuple[VariantSeed, ...]
