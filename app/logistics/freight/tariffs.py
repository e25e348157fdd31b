"""Is a card sound, and what does a stored one say to the rules. Pure."""

from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson

from app.kit.errors import FieldError
from app.kit.locales import N_
from app.logistics.chargeable import weight_rules
from app.logistics.freight.models import RateCardVersion
from app.logistics.freight.schemas.cards import MAX_PERCENT, PERCENT, RateCardIn, SurchargeIn
from app.logistics.loading.containers import container_types
from app.logistics.places import SANDBOX_PLACES
from app.logistics.rates.cards import SURCHARGE_CODES, Limits, RateCard, Surcharge, WeightBreak, When
from app.logistics.states import Mode
from app.reference import facade as reference

TARIFF = ("containers", "breaks", "minimum_minor", "per_shipment_minor", "surcharges", "limits", "weight_rule")

UNKNOWN_PLACE = N_(
    "This place is not known here. Give a UN/LOCODE of GET /v1/reference/places, a country, or a country with the beginning of "
    "its postal codes, such as DE-58."
)
SAME_PLACE = N_("The goods must go somewhere else.")
UNKNOWN_CONTAINER = N_("Name a type of container that is known here, such as 20DC, 40DC or 40HC.")


def is_known_place(place: str) -> bool:
    """Whether a place of a card, or an end of a lane, is one: its country exists, and its UN/LOCODE stands in our list; or it is
    one of the sandboxes'."""
    if place in SANDBOX_PLACES:
        return True
    if len(place) == 5 and place[2] != "-":
        return reference.find_place(place) is not None
    return reference.is_country(place[:2])


def is_sea_container(code: str) -> bool:
    """Whether this is a container, and not a truck, of `data/containers.yaml`."""
    return code in container_types() and code[:2].isdigit()


def card_errors(form: RateCardIn) -> list[FieldError]:
    """Everything that is wrong with a card beyond its form."""
    found = [
        FieldError(f"/{name}", "unknown-place", UNKNOWN_PLACE)
        for name in ("from_place", "to_place")
        if not is_known_place(getattr(form, name))
    ]
    if form.from_place == form.to_place and len(form.from_place) > 2:
        found.append(FieldError("/to_place", "same-place", SAME_PLACE))
    if form.valid_until < form.valid_from:
        message = N_("The last day must not be before the first.")
        found.append(FieldError("/valid_until", "validity-reversed", message))
    if form.transit_days_max < form.transit_days_min:
        message = N_("The longest transit time must not be shorter than the shortest.")
        found.append(FieldError("/transit_days_max", "transit-reversed", message))
    if form.weight_rule is not None:
        rule = weight_rules().get(form.weight_rule)
        if rule is None or rule.mode != form.mode:
            message = N_("There is no such weight rule for this mode of transport.")
            found.append(FieldError("/weight_rule", "unknown-weight-rule", message))
    found += _price_errors(form)
    for at, one in enumerate(form.surcharges):
        found += _surcharge_errors(f"/surcharges/{at}", one)
    return found


def _price_errors(form: RateCardIn) -> Iterator[FieldError]:
    full = form.mode == Mode.SEA_FCL
    message = N_("Full containers are priced by type of container, and everything else by breaks.")
    if full != bool(form.containers):
        yield FieldError("/containers", "priced-by-mode", message)
    if full == bool(form.breaks):
        yield FieldError("/breaks", "priced-by-mode", message)
    for kind in form.containers:
        if not is_sea_container(kind):
            yield FieldError("/containers", "unknown-container", UNKNOWN_CONTAINER)
    for at in range(1, len(form.breaks)):
        if form.breaks[at].from_quantity <= form.breaks[at - 1].from_quantity:
            message = N_("Each break must begin above the one before; these overlap.")
            yield FieldError(f"/breaks/{at}/from_quantity", "breaks-overlap", message)


def _surcharge_errors(at: str, one: SurchargeIn) -> Iterator[FieldError]:
    if one.code not in SURCHARGE_CODES:
        message = N_("This surcharge is not known. Choose one of: {expected}.")
        yield FieldError(f"{at}/code", "unknown-surcharge", message, {"expected": sorted(SURCHARGE_CODES)})
    if one.basis in PERCENT and one.amount > MAX_PERCENT:
        yield FieldError(f"{at}/amount", "percent-too-high", N_("Give at most {le} percent."), {"le": MAX_PERCENT})
    if one.maximum_minor is not None and one.maximum_minor < one.minimum_minor:
        message = N_("The greatest charge must not be below the least.")
        yield FieldError(f"{at}/maximum_minor", "bounds-reversed", message)
    if one.container_type is not None and not is_sea_container(one.container_type):
        yield FieldError(f"{at}/container_type", "unknown-container", UNKNOWN_CONTAINER)
    if one.valid_from and one.valid_until and one.valid_until < one.valid_from:
        message = N_("The last day must not be before the first.")
        yield FieldError(f"{at}/valid_until", "validity-reversed", message)


def digest_of(form: RateCardIn) -> bytes:
    """The same for the same card, however its numbers and fields were written."""
    return sha256(orjson.dumps(_plain(form.model_dump(mode="json")), option=orjson.OPT_SORT_KEYS)).digest()


def _plain(value: Any) -> Any:
    """Decimals without trailing zeros: "900" and "900.0" are one rate. Texts that are no numbers stay."""
    if isinstance(value, dict):
        numbers = ("from_quantity", "per_unit_minor", "amount", "mass_above_kg", "package_mass_kg", "shipment_mass_kg")
        return {
            name: format(Decimal(one).normalize(), "f") if name in numbers and one is not None else _plain(one)
            for name, one in value.items()
        }
    return [_plain(one) for one in value] if isinstance(value, list) else value


def card_of(row: RateCardVersion) -> RateCard:
    """A stored card as the rules price by it."""
    tariff = row.tariff
    limits = tariff["limits"]
    return RateCard(
        card_id=str(row.id),
        partner_id=str(row.partner_id),
        mode=Mode(row.mode),
        service=row.service,
        origins=(row.from_place,),
        destinations=(row.to_place,),
        currency=row.currency,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        transit_days_min=row.transit_days_min,
        transit_days_max=row.transit_days_max,
        breaks=tuple(
            WeightBreak(Decimal(one["from_quantity"]), Decimal(one["per_unit_minor"])) for one in tariff["breaks"]
        ),
        minimum_minor=tariff["minimum_minor"],
        per_shipment_minor=tariff["per_shipment_minor"],
        per_container_minor=tariff["containers"],
        surcharges=tuple(map(_surcharge, tariff["surcharges"])),
        limits=Limits(
            package_mass_kg=_decimal(limits["package_mass_kg"]),
            package_length_mm=limits["package_length_mm"],
            shipment_mass_kg=_decimal(limits["shipment_mass_kg"]),
            dangerous_goods=limits["dangerous_goods"],
        ),
        weight_rule=tariff["weight_rule"],
    )


def _surcharge(stored: dict[str, Any]) -> Surcharge:
    one = SurchargeIn.model_validate(stored)
    when = When(one.when.dangerous, one.when.mass_above_kg, one.when.length_above_mm)
    return Surcharge(
        one.code,
        one.basis,
        one.amount,
        minimum_minor=one.minimum_minor,
        maximum_minor=one.maximum_minor,
        container_type=one.container_type,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        when=when,
    )


def _decimal(value: str | None) -> Decimal | None:
    return Decimal(value) if value is not None else None
