"""What shippers ask, and the options that they are answered."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.kit.schemas import Input, Labelled, Output, PlainDecimal
from app.logistics.freight.schemas.cards import ContainerType, Day
from app.logistics.states import Mode
from app.reference.facade import AcceptedCurrency, Country

Side = Annotated[int, Field(ge=1, le=50_000, description="Outside, in millimetres.")]


class EndIn(Input):
    """One end of the way: a UN/LOCODE, or a country with a postal code where a truck goes to the door."""

    place: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")] | None = Field(
        default=None, description="UN/LOCODE."
    )
    country: Country | None = None
    postal_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z](?:[0-9A-Z -]{0,8}[0-9A-Z])?$")] | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        """Either names a country, and both name the same."""
        if self.place is None and self.country is None:
            raise PydanticCustomError("missing", "missing")
        if self.place is not None and self.country not in (None, self.place[:2]):
            raise PydanticCustomError("value_error", "two countries")
        return self


class FreightPackageIn(Input):
    """Equal packages."""

    quantity: int = Field(default=1, ge=1, le=10_000)
    mass_kg: Annotated[PlainDecimal, Field(gt=0, le=10**6, max_digits=10, decimal_places=3)] = Field(
        description="Gross, of one."
    )
    length_mm: Side
    width_mm: Side
    height_mm: Side
    stackable: bool = Field(default=False, description="Whether they may stand on one another in a trailer.")


class GoodsIn(Input):
    """What is to be carried: packages, full containers, or both (then full containers are priced by the container)."""

    packages: Annotated[list[FreightPackageIn], Field(max_length=200)] = []
    containers: Annotated[dict[ContainerType, Annotated[int, Field(ge=1, le=500)]], Field(max_length=10)] = Field(
        default={}, description="How many of each type."
    )
    dangerous: bool = False

    @model_validator(mode="after")
    def _something(self) -> Self:
        """There are goods."""
        if not self.packages and not self.containers:
            raise PydanticCustomError("missing", "missing")
        return self


EXAMPLE_QUOTE: dict[str, Any] = {
    "from": {"place": "CNNGB"},
    "to": {"place": "DEHAM"},
    "ready_on": "2027-01-15",
    "goods": {
        "packages": [
            {"quantity": 1, "mass_kg": "2450", "length_mm": 1400, "width_mm": 1100, "height_mm": 950},
            {"quantity": 4, "mass_kg": "180", "length_mm": 1200, "width_mm": 800, "height_mm": 700, "stackable": True},
        ],
        "containers": {"20DC": 1},
    },
    "modes": ["sea_fcl", "sea_lcl"],
    "currency": "EUR",
}


class FreightAsked(Input):
    """Goods, a lane and a day."""

    from_: EndIn = Field(alias="from")
    to: EndIn
    ready_on: Day
    goods: GoodsIn
    modes: Annotated[list[Mode], Field(max_length=6)] = Field(default=[], description="All modes when empty.")


class FreightQuoteIn(FreightAsked):
    """What would it cost? Insurance is not part of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_QUOTE]})

    currency: AcceptedCurrency | None = Field(
        default=None, description="What totals are compared in; your own currency when absent."
    )


class ChargeOut(Output):
    """One charge: `quantity` of the basis at `rate` (minor units, or percent of `of_minor`)."""

    charge: Labelled
    basis: Labelled
    quantity: PlainDecimal
    rate: PlainDecimal
    amount_minor: int
    of_minor: int | None
    container_type: Labelled | None
    bound: Literal["minimum", "maximum"] | None = Field(
        description="Set where the least or greatest charge holds instead."
    )


class ChargeableOut(Output):
    """What is charged, and how it was found."""

    quantity: PlainDecimal
    unit: Labelled
    decisive: Labelled
    weight_rule: str
    mass_kg: PlainDecimal
    volume_m3: PlainDecimal
    volumetric_kg: PlainDecimal
    loading_m: PlainDecimal


class ConvertedOut(Output):
    """A total in the reader's currency."""

    currency: str
    total_minor: int
    rate: PlainDecimal = Field(description="How many of this currency one of the card's bought.")
    rate_on: date


class FreightOptionOut(Output):
    """A price to book at: name its `id` as `freight_option_id` of the booking."""

    id: UUID
    partner_id: UUID
    partner_name: str
    mode: Labelled
    service: str
    from_place: str
    to_place: str
    transit_days_min: int
    transit_days_max: int
    currency: str
    total_minor: int
    lines: list[ChargeOut]
    chargeable: ChargeableOut | None
    converted: ConvertedOut | None
    valid_until: datetime
    freight_quote_id: UUID | None
    freight_offer_id: UUID | None


class UnfitOut(Output):
    """Why some rates of the lane do not fit. Whose they are is not told."""

    mode: Labelled
    code: str
    detail: str
    cards: int = Field(description="How many rate cards.")


class FreightQuoteSummary(Output):
    """A quote in a list."""

    id: UUID
    asked: dict[str, Any]
    currency: str
    valid_until: datetime
    created_at: datetime


class FreightQuoteOut(FreightQuoteSummary):
    """All options, and why other rates of the lane do not fit."""

    options: list[FreightOptionOut]
    unfit: list[UnfitOut]
