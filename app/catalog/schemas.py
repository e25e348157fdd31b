"""What suppliers send and what readers get."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import (
    Input,
    Labelled,
    LocaleTag,
    Output,
    PlainDecimal,
)
from app.reference.facade import AcceptedCurrency, Country, UnitCode

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=1, max_length=80)]
Sku = Annotated[str, StringConstraints(pattern=r"^[!-~]+( [!-~]+)*$", min_length=1, max_length=80)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(min_length=1, max_length=8000)]
Measure = Annotated[PlainDecimal, Field(gt=0, le=10**7, max_digits=12, decimal_places=2)]
Mass = Annotated[PlainDecimal, Field(gt=0, le=10**7, max_digits=12, decimal_places=4)]
Quantity = Annotated[PlainDecimal, Field(gt=0, le=10**9, max_digits=13, decimal_places=3)]


class ListingTextIn(Input):
    """A listing's texts in one language."""

    title: Title
    description: Description | None = None


class ProductIn(Input):
    """A new listing: a draft until it is published."""

    code: Slug
    category_code: Slug
    source_locale: LocaleTag
    texts: dict[LocaleTag, ListingTextIn] = Field(
        min_length=1, max_length=9, description="At least the source language; others as far as you have them."
    )
    attributes: dict[Annotated[str, StringConstraints(max_length=60)], Any] = Field(default={}, max_length=100)


class ProductChange(Input):
    """A change of a listing. What is absent stays as it is; an attribute set to null is removed."""

    category_code: Slug | None = None
    attributes: dict[Annotated[str, StringConstraints(max_length=60)], Any] | None = Field(default=None, max_length=100)
    texts: dict[LocaleTag, ListingTextIn] | None = Field(default=None, min_length=1, max_length=9)


class PriceTierIn(Input):
    """From `min_quantity` on, one unit costs `price_minor`."""

    currency: AcceptedCurrency
    min_quantity: Quantity
    price_minor: int = Field(gt=0, le=10**15)


class VariantIn(Input):
    """One size or execution, with its prices."""

    sku: Sku
    label: str = Field(default="", max_length=120)
    unit: UnitCode = "H87"
    minimum_order_quantity: Quantity = Decimal(1)
    lead_time_days: int = Field(ge=0, le=1000)
    made_to_order: bool = False
    mass_kg: Mass | None = None
    length_mm: Measure | None = None
    width_mm: Measure | None = None
    height_mm: Measure | None = None
    hs_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}([0-9]{2}){0,2}$")] | None = None
    origin_country: Country
    prices: list[PriceTierIn] = Field(default=[], max_length=50)


class PriceTierOut(Output):
    """A price tier as stored."""

    currency: str
    min_quantity: PlainDecimal
    price_minor: int


class VariantOut(Output):
    """A variant as its supplier sees it."""

    id: UUID
    product_id: UUID
    sku: str
    label: str
    unit: str
    minimum_order_quantity: PlainDecimal
    lead_time_days: int
    made_to_order: bool
    mass_kg: PlainDecimal | None
    length_mm: PlainDecimal | None
    width_mm: PlainDecimal | None
    height_mm: PlainDecimal | None
    hs_code: str | None
    origin_country: str
    prices: list[PriceTierOut] = []


class TextOut(Output):
    """A text in the reader's language, with where it comes from."""

    locale: str
    text: str
    state: str = Field(description="human, reviewed, machine or stale")
    source_locale: str


class ProductOut(Output):
    """A listing as its supplier sees it."""

    id: UUID
    code: str
    category_code: str
    state: Labelled
    source_locale: str
    title: TextOut | None
    attributes: dict[str, Any]
    variants: list[VariantOut]
    media: list[UUID] = []
    version: int
    created_at: datetime
    published_at: datetime | None


class CategoryOut(Output):
    """A category with its place in the tree."""

    code: str
    name: str
    parent: str | None
    path: list[Labelled]
    hs_code: str | None
    is_leaf: bool


class AttributeOut(Output):
    """An attribute that listings of a category have."""

    code: str
    name: str
    kind: str
    required: bool
    unit: str | None
    unit_name: str | None
    minimum: PlainDecimal | None
    maximum: PlainDecimal | None
    decimals: int | None
    values: list[Labelled]


class CategoryDetail(CategoryOut):
    """A category with all attributes, inherited ones included, and its direct subcategories."""

    attributes: list[AttributeOut]
    children: list[Labelled]


class DisplayedAttribute(Output):
    """An attribute in the reader's words next to the raw value."""

    code: str
    name: str
    text: str
    value: Any
    unit: str | None


class ConvertedPrice(Output):
    """What a price would be in the currency that the reader prefers: an indication by a dated rate, not an offer."""

    text: str
    currency: str
    price_minor: int
    rate_date: date
    indication: str = Field(description="What this figure is, in the reader's language.")


class DisplayedPrice(Output):
    """A price tier in the reader's format next to the raw values."""

    text: str
    currency: str
    price_minor: int
    min_quantity: PlainDecimal
    min_quantity_text: str
    converted: ConvertedPrice | None = Field(
        default=None, description="Where the supplier gives no price in the asked currency and a rate is known."
    )


class DisplayedMeasure(Output):
    """A measure in the reader's unit system next to the raw value."""

    text: str
    value: PlainDecimal
    unit: str


class DisplayedStock(Labelled):
    """What its supplier has of a variant in stock, as of some minutes ago. Exact quantities are not public."""

    at_least: DisplayedMeasure | None = Field(description="Lower end of the band that the quantity stands in.")


class DisplayedVariant(Output):
    """A variant as a reader sees it."""

    id: UUID
    sku: str
    label: str
    minimum_order: DisplayedMeasure
    lead_time: DisplayedMeasure
    made_to_order: bool
    stock: DisplayedStock | None = Field(
        description="`in_stock`, `few_left` or `none`; null where it is not offered from stock."
    )
    mass: DisplayedMeasure | None
    dimensions: list[DisplayedMeasure]
    hs_code: str | None
    origin_country: Labelled
    prices: list[DisplayedPrice]


class SupplierOut(Output):
    """Who offers it."""

    id: UUID
    code: str
    name: str
    name_latin: str
    country: Labelled
    verified: bool
    certifications: list[str] = Field(description="Codes of the certificates that are valid.")
    url: str


class Rendition(Output):
    """One size of a picture."""

    width_px: int
    height_px: int
    url: str


class Medium(Output):
    """A picture or drawing of a listing, open to everybody. A picture's `url` leads to its widest rendition; all are WebP
    for who accepts it, else JPEG."""

    id: UUID
    filename: str
    media_type: str
    url: str
    width_px: int | None = Field(default=None, description="Of a picture, as its supplier gave it.")
    height_px: int | None = None
    alt: dict[str, str] = Field(default={}, description="What it shows, by language, as far as its supplier said so.")
    renditions: list[Rendition] = Field(default=[], description="Of a picture, from narrow to wide.")


class ListedProduct(Output):
    """A published listing in a list."""

    id: UUID
    code: str
    title: TextOut
    category: Labelled
    supplier: SupplierOut
    from_price: DisplayedPrice | None = Field(
        description="The lowest price: in the asked currency where there is one, else in the listing's main one."
    )
    variant_count: int
    highlights: list[DisplayedAttribute] = Field(max_length=4, description="The attributes that tell it from others.")
    lead_time: DisplayedMeasure = Field(description="The shortest of its variants.")
    made_to_order: bool = Field(description="Whether every variant is made to order.")
    medium: Medium | None = Field(description="Its first picture.")


class EquivalentProduct(Output):
    """A listing of another supplier that is alike, and how its steel is tied to that of the one asked about."""

    product: ListedProduct
    relation: Labelled | None = Field(description="`nominal`, `brand` or `near`; missing where no steel is named.")


class Equivalents(Output):
    """Listings of other suppliers that are alike in what such parts are ordered by; the closest steel first."""

    items: list[EquivalentProduct] = Field(max_length=24)
    note: str = Field(description="What being alike does not mean.")


class SparePart(Output):
    """A part that wears out in a listing, and why."""

    product: ListedProduct
    reason: Labelled


class SpareParts(Output):
    """Listings of parts that wear out in what is listed, those of the same supplier first."""

    items: list[SparePart] = Field(max_length=48)


class Alternate(Output):
    """The same listing in another language."""

    locale: str
    url: str


class DisplayedProduct(ListedProduct):
    """A published listing in full, in the reader's language, units and format."""

    description: TextOut | None
    category_path: list[Labelled]
    attributes: list[DisplayedAttribute]
    variants: list[DisplayedVariant]
    media: list[Medium]
    locales: list[str] = Field(description="Languages that the supplier wrote or had translated.")
    alternates: list[Alternate]
    equivalents_url: str
    spare_parts_url: str
