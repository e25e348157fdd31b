"""From what a shipper asks to the facts that cards are priced by. Pure."""

from typing import Any

from app.kit.errors import FieldError
from app.kit.locales import N_
from app.logistics.chargeable import Package
from app.logistics.freight.schemas.quotes import EndIn, FreightAsked, FreightPackageIn
from app.logistics.freight.tariffs import SAME_PLACE, UNKNOWN_CONTAINER, UNKNOWN_PLACE, is_known_place, is_sea_container
from app.logistics.rates.cards import End, ShipmentFacts
from app.logistics.states import Mode

TRAILER_HEIGHT_MM = 2600
"""What may be stacked in a trailer: its inside height of 2.7 m less some room for lifting."""
MAX_MASS_KG = 10**7
MAX_VOLUME_MM3 = 10**14


def end_of(form: EndIn) -> End:
    """One end of the way."""
    return End(form.country or (form.place or "")[:2], form.place, form.postal_code)


def keys_of(end: End) -> list[str]:
    """Every place of a card in which an end lies: its UN/LOCODE, its country, and the beginnings of its postal code."""
    postal = (end.postal_code or "").replace(" ", "").replace("-", "").upper()[:7]
    beginnings = [f"{end.country}-{postal[:length]}" for length in range(1, len(postal) + 1)]
    return [*([end.unlocode] if end.unlocode else []), end.country, *beginnings]


def name_of(end: End) -> str:
    """An end as options and bookings name it: the narrowest place."""
    return end.unlocode or keys_of(end)[-1]


def _package(form: FreightPackageIn) -> Package:
    stack = max(1, min(form.quantity, TRAILER_HEIGHT_MM // form.height_mm)) if form.stackable else 1
    return Package(form.quantity, form.mass_kg, form.length_mm, form.width_mm, form.height_mm, stack)


def facts_of(form: FreightAsked) -> ShipmentFacts:
    """What is to be carried."""
    return ShipmentFacts(
        origin=end_of(form.from_),
        destination=end_of(form.to),
        packages=tuple(map(_package, form.goods.packages)),
        ready_on=form.ready_on,
        containers=form.goods.containers,
        dangerous=form.goods.dangerous,
        modes=frozenset(form.modes or Mode),
    )


def asked_errors(form: FreightAsked) -> list[FieldError]:
    """Everything that is wrong with a question beyond its form."""
    found = []
    for name, end in (("from", form.from_), ("to", form.to)):
        if end.place is not None and not is_known_place(end.place):
            found.append(FieldError(f"/{name}/place", "unknown-place", UNKNOWN_PLACE))
    if name_of(end_of(form.from_)) == name_of(end_of(form.to)):
        found.append(FieldError("/to", "same-place", SAME_PLACE))
    found += [
        FieldError(f"/goods/containers/{kind}", "unknown-container", UNKNOWN_CONTAINER)
        for kind in form.goods.containers
        if not is_sea_container(kind)
    ]
    mass_kg = sum(one.quantity * one.mass_kg for one in form.goods.packages)
    volume_mm3 = sum(one.quantity * one.length_mm * one.width_mm * one.height_mm for one in form.goods.packages)
    if mass_kg > MAX_MASS_KG or volume_mm3 > MAX_VOLUME_MM3:
        message = N_("These are more goods than can be reckoned with here. Divide them.")
        found.append(FieldError("/goods/packages", "too-much", message))
    return found


def kept(form: FreightAsked) -> dict[str, Any]:
    """The question as it is stored and shown again."""
    shown = {"from", "to", "ready_on", "goods", "modes"}
    dumped = form.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: value for name, value in dumped.items() if name in shown}
