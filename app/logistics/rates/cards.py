"""What a partner charges and for whom: rate cards, their surcharges and limits; and the facts of a shipment to be priced."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from app.kit.locales import NP_
from app.logistics.chargeable import Package, weight_rules
from app.logistics.states import Mode

_PLACE = re.compile(r"[A-Z]{2}([A-Z2-9]{3}|-[0-9A-Z]{1,7})?")


class Basis(StrEnum):
    """What an amount is charged by. Packages and mass are those of the packages that a surcharge's conditions concern."""

    SHIPMENT = "shipment"
    CONTAINER = "container"
    PACKAGE = "package"
    MASS = "mass"
    QUANTITY = "quantity"
    PERCENT_OF_FREIGHT = "percent_of_freight"
    PERCENT_OF_ALL = "percent_of_all"


BASIS_LABELS = {
    Basis.SHIPMENT: NP_("basis of a charge", "per shipment"),
    Basis.CONTAINER: NP_("basis of a charge", "per container"),
    Basis.PACKAGE: NP_("basis of a charge", "per package concerned"),
    Basis.MASS: NP_("basis of a charge", "per kg of gross weight"),
    Basis.QUANTITY: NP_("basis of a charge", "per kg or W/M charged"),
    Basis.PERCENT_OF_FREIGHT: NP_("basis of a charge", "percent of the freight"),
    Basis.PERCENT_OF_ALL: NP_("basis of a charge", "percent of all charges"),
}

CHARGE_LABELS = {
    "FREIGHT": NP_("freight charge", "Freight"),
    "BASE": NP_("freight charge", "Base charge per shipment"),
    "BAF": NP_("freight charge", "Bunker adjustment factor (BAF)"),
    "CAF": NP_("freight charge", "Currency adjustment factor (CAF)"),
    "PSS": NP_("freight charge", "Peak season surcharge (PSS)"),
    "FSC": NP_("freight charge", "Fuel surcharge"),
    "SSC": NP_("freight charge", "Security surcharge"),
    "THC_ORIGIN": NP_("freight charge", "Terminal handling at origin (THC)"),
    "THC_DESTINATION": NP_("freight charge", "Terminal handling at destination (THC)"),
    "DOC": NP_("freight charge", "Documentation fee"),
    "PICKUP": NP_("freight charge", "Pick-up"),
    "DELIVERY": NP_("freight charge", "Delivery"),
    "DG": NP_("freight charge", "Dangerous goods surcharge"),
    "HEAVY": NP_("freight charge", "Heavy lift surcharge"),
    "LONG": NP_("freight charge", "Over-length surcharge"),
    "TOLL": NP_("freight charge", "Road toll"),
    "OTHER": NP_("freight charge", "Other charges"),
}
"""What charges are called."""

SURCHARGE_CODES = frozenset(CHARGE_LABELS) - {"FREIGHT", "BASE"}
"""Codes that a surcharge may bear; the other two are the card's own lines."""


def _letters(postal_code: str | None) -> str:
    return (postal_code or "").replace(" ", "").replace("-", "").upper()


@dataclass(frozen=True, slots=True)
class End:
    """One end of a shipment: a UN/LOCODE or at least a country, with a postal code where a truck goes to the door."""

    country: str
    unlocode: str | None = None
    postal_code: str | None = None

    def lies_in(self, place: str) -> bool:
        """Whether this end lies in a place of a card: `CNSZX` (UN/LOCODE), `CN` (country), `DE-70` (postal codes 70…)."""
        if len(place) == 2:
            return self.country == place
        if place[2] == "-":
            return self.country == place[:2] and _letters(self.postal_code).startswith(place[3:])
        return self.unlocode == place


@dataclass(frozen=True, slots=True)
class WeightBreak:
    """From this quantity on (kg or W/M), each unit costs so many minor units; fractions of a minor unit are usual in tariffs."""

    from_quantity: Decimal
    per_unit_minor: Decimal


@dataclass(frozen=True, slots=True)
class When:
    """When a surcharge is due: all conditions given must hold. Mass and length are those of a single package."""

    dangerous: bool = False
    mass_above_kg: Decimal | None = None
    length_above_mm: int | None = None

    def concerns(self, package: Package) -> bool:
        """Whether a package is so heavy and so long."""
        heavy = self.mass_above_kg is None or package.mass_kg > self.mass_above_kg
        return heavy and (self.length_above_mm is None or package.longest_mm > self.length_above_mm)


@dataclass(frozen=True, slots=True)
class Surcharge:
    """A further charge. `amount` is minor units per unit of the basis, or percent; validity is the card's where none is given."""

    code: str
    basis: Basis
    amount: Decimal
    minimum_minor: int = 0
    maximum_minor: int | None = None
    container_type: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    when: When = When()

    def __post_init__(self) -> None:
        if self.code not in SURCHARGE_CODES or not self.amount.is_finite() or self.amount < 0:
            raise ValueError("a surcharge has a known code and an amount that is not negative")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a service takes at most. None: no limit."""

    package_mass_kg: Decimal | None = None
    package_length_mm: int | None = None
    shipment_mass_kg: Decimal | None = None
    dangerous_goods: bool = False


@dataclass(frozen=True, slots=True)
class RateCard:
    """A partner's prices for one service on one lane, in one currency.

    Full containers are priced `per_container_minor` by type; everything else by `breaks`, whose first begins at the least
    quantity that is charged. `weight_rule` names a row of `data/chargeable.yaml` other than the mode's own.
    """

    card_id: str
    partner_id: str
    mode: Mode
    service: str
    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    currency: str
    valid_from: date
    valid_until: date
    transit_days_min: int
    transit_days_max: int
    breaks: tuple[WeightBreak, ...] = ()
    minimum_minor: int = 0
    per_shipment_minor: int = 0
    per_container_minor: Mapping[str, int] = field(default_factory=dict)
    surcharges: tuple[Surcharge, ...] = ()
    limits: Limits = Limits()
    weight_rule: str | None = None

    def __post_init__(self) -> None:
        wrong = [place for place in (*self.origins, *self.destinations) if not _PLACE.fullmatch(place)]
        if wrong or not self.origins or not self.destinations:
            raise ValueError(f"a lane has places at both ends, and these are none: {wrong}")
        if bool(self.per_container_minor) != (self.mode == Mode.SEA_FCL) or bool(self.breaks) == (
            self.mode == Mode.SEA_FCL
        ):
            raise ValueError("full containers are priced by the container, everything else by breaks")
        if self.weight_rule is not None and weight_rules()[self.weight_rule].mode != self.mode:
            raise ValueError("the weight rule is one of the mode's own")
        steps = [one.from_quantity for one in self.breaks]
        if steps != sorted(set(steps)) or any(one.per_unit_minor < 0 or one.from_quantity < 0 for one in self.breaks):
            raise ValueError("breaks rise, and no rate is negative")
        amounts = (self.minimum_minor, self.per_shipment_minor, *self.per_container_minor.values())
        if min(amounts) < 0 or not 0 <= self.transit_days_min <= self.transit_days_max:
            raise ValueError("no amount is negative, and the transit time is a range")


@dataclass(frozen=True, slots=True)
class ShipmentFacts:
    """What is to be carried. `containers`: how many of each type, by the code that cards name it by, when it fills containers;
    then what is in them need not be known."""

    origin: End
    destination: End
    packages: tuple[Package, ...]
    ready_on: date
    containers: Mapping[str, int] = field(default_factory=dict)
    dangerous: bool = False
    modes: frozenset[Mode] = frozenset(Mode)

    def __post_init__(self) -> None:
        if not (self.packages or self.containers) or any(count < 1 for count in self.containers.values()):
            raise ValueError("a shipment has packages or containers, and of each container type at least one")
