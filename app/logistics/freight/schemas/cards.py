"""Rate cards as partners send them and read them again."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output, PlainDecimal, PriceMinor
from app.logistics.freight.states import ISO_CONTAINERS
from app.logistics.rates.cards import Basis
from app.logistics.states import Mode
from app.reference.facade import AcceptedCurrency

CardPlace = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}([A-Z2-9]{3}|-[0-9A-Z]{1,7})?$"),
    Field(
        description="UN/LOCODE (`CNNGB`), a country (`DE`), or a country with the beginning of postal codes (`DE-58`)."
    ),
]
ContainerType = Annotated[
    str,
    StringConstraints(min_length=2, max_length=20),
    BeforeValidator(lambda value: ISO_CONTAINERS.get(value, value) if isinstance(value, str) else value),
    Field(description="`20DC`, `40DC`, `40HC` …, or size and type by ISO 6346 (`22G1`, `42G1`, `45G1` …)."),
]
Rate = Annotated[PlainDecimal, Field(ge=0, le=10**9, max_digits=14, decimal_places=4)]
Amount = Annotated[int, Field(ge=0, le=10**12, description="Minor units of the card's currency (cents; whole yen).")]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]
Kilograms = Annotated[PlainDecimal, Field(gt=0, le=10**7, max_digits=11, decimal_places=3)]


class BreakIn(Input):
    """From this quantity on, each unit costs so much."""

    from_quantity: Annotated[PlainDecimal, Field(ge=0, le=10**9, max_digits=13, decimal_places=3)] = Field(
        description="kg (air, road, rail, courier) or revenue tons (LCL)."
    )
    per_unit_minor: Rate = Field(description="Minor units for each; fractions of a minor unit are usual.")


class WhenIn(Input):
    """When a surcharge is due: all conditions given must hold. Mass and length are those of a single package."""

    dangerous: bool = False
    mass_above_kg: Kilograms | None = None
    length_above_mm: int | None = Field(default=None, ge=1, le=50_000)


class SurchargeIn(Input):
    """A further charge."""

    code: str = Field(
        max_length=20, description="`BAF`, `CAF`, `PSS`, `FSC`, `SSC`, `THC_ORIGIN`, `THC_DESTINATION`, `DOC` …"
    )
    basis: Basis = Field(description="What it is charged by.")
    amount: Rate = Field(description="Minor units for each unit of the basis; percent where the basis is a percentage.")
    minimum_minor: Amount = 0
    maximum_minor: Amount | None = None
    container_type: ContainerType | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None
    when: WhenIn = WhenIn()


class LimitsIn(Input):
    """What the service takes at most; what is absent has no limit."""

    package_mass_kg: Kilograms | None = None
    package_length_mm: int | None = Field(default=None, ge=1, le=50_000)
    shipment_mass_kg: Kilograms | None = None
    dangerous_goods: bool = False


EXAMPLE_FCL: dict[str, Any] = {
    "reference": "NGB-HAM-FCL",
    "version": 1,
    "mode": "sea_fcl",
    "service": "Weekly, direct",
    "from_place": "CNNGB",
    "to_place": "DEHAM",
    "valid_from": "2027-01-01",
    "valid_until": "2027-03-31",
    "transit_days_min": 31,
    "transit_days_max": 35,
    "currency": "USD",
    "containers": {"20DC": 145000, "40DC": 238000, "40HC": 245000},
    "surcharges": [
        {"code": "BAF", "basis": "container", "amount": "18500"},
        {"code": "THC_DESTINATION", "basis": "container", "amount": "26000"},
        {"code": "DOC", "basis": "shipment", "amount": "5500"},
    ],
}
EXAMPLE_AIR: dict[str, Any] = {
    "reference": "SHA-FRA-AIR",
    "version": 3,
    "mode": "air",
    "service": "Standard",
    "from_place": "CNSHA",
    "to_place": "DEFRA",
    "valid_from": "2027-01-01",
    "valid_until": "2027-01-31",
    "transit_days_min": 3,
    "transit_days_max": 5,
    "currency": "USD",
    "minimum_minor": 9500,
    "breaks": [
        {"from_quantity": "0", "per_unit_minor": "620"},
        {"from_quantity": "45", "per_unit_minor": "540"},
        {"from_quantity": "100", "per_unit_minor": "455"},
        {"from_quantity": "500", "per_unit_minor": "410.5"},
    ],
    "surcharges": [
        {"code": "FSC", "basis": "quantity", "amount": "65", "minimum_minor": 2000},
        {"code": "HEAVY", "basis": "package", "amount": "9900", "when": {"mass_above_kg": "800"}},
    ],
    "limits": {"package_mass_kg": "3000"},
}


class RateCardIn(Input):
    """A partner's prices for one service on one lane. Send a higher `version` of the same `reference` to replace it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_FCL, EXAMPLE_AIR]})

    reference: Annotated[str, StringConstraints(min_length=1, max_length=80)] = Field(
        description="Your own name for the card; each lane and service has one."
    )
    version: int = Field(default=1, ge=1, le=10**9, description="Rises with every change of the same card.")
    mode: Mode
    service: Annotated[str, StringConstraints(max_length=80)] = Field(default="", description="What shippers read.")
    from_place: CardPlace
    to_place: CardPlace
    valid_from: Day
    valid_until: Day = Field(description="The last day.")
    transit_days_min: int = Field(ge=0, le=365)
    transit_days_max: int = Field(ge=0, le=365)
    currency: AcceptedCurrency
    containers: Annotated[dict[ContainerType, Amount], Field(max_length=20)] = Field(
        default={}, description="Full containers: the price of each type. Everything else is priced by `breaks`."
    )
    breaks: Annotated[list[BreakIn], Field(max_length=50)] = []
    minimum_minor: Amount = Field(default=0, description="The least that the weight costs.")
    per_shipment_minor: Amount = Field(default=0, description="A base charge besides.")
    surcharges: Annotated[list[SurchargeIn], Field(max_length=50)] = []
    limits: LimitsIn = LimitsIn()
    weight_rule: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        default=None,
        description="How volume becomes weight, where it is not the custom of the mode, such as `road_1850`.",
    )


class RateCardsIn(Input):
    """Up to 1,000 cards; each is judged by itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"cards": [EXAMPLE_FCL, EXAMPLE_AIR]}]})

    cards: Annotated[list[Any], Field(min_length=1, max_length=1000)] = Field(
        description="Each in the form of `POST /v1/rate-cards`."
    )


class RateCardOut(Output):
    """A version of a card."""

    id: UUID
    reference: str
    version: int
    state: Labelled
    mode: Labelled
    service: str
    from_place: str
    to_place: str
    valid_from: date
    valid_until: date
    transit_days_min: int
    transit_days_max: int
    currency: str
    containers: dict[str, PriceMinor]
    breaks: list[BreakIn]
    minimum_minor: int
    per_shipment_minor: int
    surcharges: list[SurchargeIn]
    limits: LimitsIn
    weight_rule: str | None
    ended_at: datetime | None
    created_at: datetime


class CardProblemOut(Output):
    """What is wrong with a card."""

    code: str
    field: str = Field(description="JSON Pointer into the card; empty when it is about the whole.")
    detail: str


class RefusedCardOut(Output):
    """A card that does not stand, by its place in the batch."""

    index: int
    reference: str | None
    problems: list[CardProblemOut]


class RateCardsOut(Output):
    """What became of a batch: the good ones stand, the bad ones are named."""

    accepted: int = Field(description="New versions that stand now.")
    known: int = Field(description="Versions that stood already, in the same words.")
    refused: list[RefusedCardOut]


PERCENT = (Basis.PERCENT_OF_FREIGHT, Basis.PERCENT_OF_ALL)
MAX_PERCENT = Decimal(1000)
