"""Why a rate card does not fit a shipment: reasons with codes and parameters, all of them, for people to act upon."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from app.kit.locales import N_
from app.logistics.rates.cards import RateCard, ShipmentFacts
from app.logistics.states import Mode

REASON_TEXTS: dict[str, str] = {
    "rate-not-valid": N_("These rates are valid from {valid_from} until {valid_until}."),
    "rate-other-lane": N_("These rates are for another lane."),
    "rate-other-mode": N_("This mode of transport was not asked for."),
    "rate-needs-containers": N_("Rates for full containers need a container plan."),
    "rate-needs-packages": N_("These rates need the packages with their weights and dimensions."),
    "rate-container-not-offered": N_("Containers of type {container} are not offered."),
    "rate-package-too-heavy": N_("A package weighs {mass_kg} kg; this service takes at most {limit_kg} kg."),
    "rate-package-too-long": N_("A package is {length_mm} mm long; this service takes at most {limit_mm} mm."),
    "rate-shipment-too-heavy": N_("The shipment weighs {mass_kg} kg; this service takes at most {limit_kg} kg."),
    "rate-no-dangerous-goods": N_("This service does not take dangerous goods."),
    "rate-not-convertible": N_("There is no exchange rate for {currency}."),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not. `params` go into the text of `REASON_TEXTS`; dates and numbers are values, not yet in the reader's format."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def shipping_day(facts: ShipmentFacts, on: date) -> date:
    """The day by which rates are valid or not: when the goods can leave, and not before today."""
    return max(on, facts.ready_on)


def reasons_against(card: RateCard, facts: ShipmentFacts, *, on: date) -> tuple[Reason, ...]:
    """Everything that keeps this card from this shipment; empty when it fits."""
    found: list[Reason] = []
    day = shipping_day(facts, on)
    if not card.valid_from <= day <= card.valid_until:
        found.append(Reason("rate-not-valid", {"valid_from": card.valid_from, "valid_until": card.valid_until}))
    there = any(facts.origin.lies_in(place) for place in card.origins)
    if not there or not any(facts.destination.lies_in(place) for place in card.destinations):
        found.append(Reason("rate-other-lane"))
    if card.mode not in facts.modes:
        found.append(Reason("rate-other-mode"))
    if card.mode == Mode.SEA_FCL:
        if not facts.containers:
            found.append(Reason("rate-needs-containers"))
        missing = sorted(facts.containers.keys() - card.per_container_minor.keys())
        found += [Reason("rate-container-not-offered", {"container": kind}) for kind in missing]
    elif not facts.packages:
        found.append(Reason("rate-needs-packages"))
    return (*found, *_over_limits(card, facts))


def _over_limits(card: RateCard, facts: ShipmentFacts) -> list[Reason]:
    limits, found = card.limits, []
    heaviest = max((package.mass_kg for package in facts.packages), default=Decimal(0))
    longest = max((package.longest_mm for package in facts.packages), default=0)
    mass_kg = sum((package.count * package.mass_kg for package in facts.packages), Decimal(0))
    if limits.package_mass_kg is not None and heaviest > limits.package_mass_kg:
        found.append(Reason("rate-package-too-heavy", {"mass_kg": heaviest, "limit_kg": limits.package_mass_kg}))
    if limits.package_length_mm is not None and longest > limits.package_length_mm:
        found.append(Reason("rate-package-too-long", {"length_mm": longest, "limit_mm": limits.package_length_mm}))
    if limits.shipment_mass_kg is not None and mass_kg > limits.shipment_mass_kg:
        found.append(Reason("rate-shipment-too-heavy", {"mass_kg": mass_kg, "limit_kg": limits.shipment_mass_kg}))
    if facts.dangerous and not limits.dangerous_goods:
        found.append(Reason("rate-no-dangerous-goods"))
    return found
