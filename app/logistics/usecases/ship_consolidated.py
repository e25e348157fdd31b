"""Plan goods of several who receive: one inbound shipment to a hub, and from there one shipment to each."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.errors import FieldError, Invalid
from app.kit.findings import from_validation
from app.kit.ids import new_id
from app.kit.locales import N_
from app.logistics import queries
from app.logistics.inbound import ConsolidatedRef, ConsolidatedShipment, GoodsPackage, OnwardPart
from app.logistics.models import Shipment, TrackedShipment
from app.logistics.papers import queries as papers
from app.logistics.papers.packing_list import too_much
from app.logistics.papers.schemas import MAX_LINES, ShipmentPackagesIn
from app.logistics.papers.usecases.add_packed import TOO_MANY
from app.logistics.papers.usecases.put_packages import listed
from app.logistics.schemas import ShipmentIn
from app.logistics.usecases.ship import checked
from app.parties import facade as parties

MAX_PARTS = 500
_MARKS = 500


async def ship_consolidated(session: AsyncSession, asked: ConsolidatedShipment) -> ConsolidatedRef:
    """Plan all of it or nothing. Call it while acting for the shipper; nobody is asked to carry anything yet.

    Each who receives sees his own onward shipment and what is told of the inbound one, and nothing of the others. Whoever tries
    again finds what stands, and changes nothing. Raises `Invalid` with pointers into `asked`, and `ValueError` for no parts,
    too many, one twice, or others than were planned under this key.
    """
    keys = {part.key for part in asked.parts}
    if not 1 <= len(asked.parts) <= MAX_PARTS or len(keys) < len(asked.parts) or asked.key in keys:
        raise ValueError(f"goods go on to 1 to {MAX_PARTS}, each named once")
    inbound = await queries.planned_for(session, asked.shipper_id, asked.key)
    if inbound is None:
        inbound = await _plan(session, asked)
    onward = {one.plan_key: one.id for one in await queries.onward_of(session, inbound.id) if one.plan_key is not None}
    if set(onward) != keys:
        raise ValueError(f"other goods are planned under {asked.key}")
    return ConsolidatedRef(inbound.id, onward)


async def _plan(session: AsyncSession, asked: ConsolidatedShipment) -> Shipment:
    values, parts = await _checked(session, asked)
    inbound = await queries.insert_planned(session, values)
    if inbound is None:
        inbound = await queries.planned_for(session, asked.shipper_id, asked.key)
        assert inbound is not None, "somebody planned it meanwhile, and committed"
        return inbound
    rows = [Shipment(**one, inbound_id=inbound.id) for one in parts]
    session.add_all(rows)
    await session.flush()
    await session.refresh(inbound)
    session.add_all(TrackedShipment(shipment_id=one.id, shipper_id=one.shipper_id) for one in (inbound, *rows))
    await session.flush()
    await _pack(session, inbound, rows, asked.parts)
    for one in (inbound, *rows):
        after = {
            "reference": one.reference,
            "consignee_id": one.consignee_id,
            "inbound_id": one.inbound_id,
            "from": one.origin,
            "to": one.destination,
        }
        await audit.record(
            session, None, "shipment.plan", "shipment", one.id, after=after, organization_id=one.shipper_id
        )
    return inbound


async def _checked(session: AsyncSession, asked: ConsolidatedShipment) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The rows of the inbound shipment and of the onward ones."""
    receivers = {asked.hub_keeper_id, *(part.consignee_id for part in asked.parts)}
    known = await parties.organizations(session, [asked.shipper_id, *(one for one in receivers if one is not None)])
    own = known[asked.shipper_id]
    given: list[tuple[UUID, str, dict[str, Any]]] = [
        (asked.key, "", {
            "mode": asked.mode, "origin": asked.origin, "load": asked.load, "discharge": asked.discharge,
            "destination": asked.hub, "consignee_id": asked.hub_keeper_id, "reference": asked.reference,
            "containers": list(asked.containers),
        }),
        *(
            (part.key, f"/parts/{at}", {
                "mode": part.mode, "load": asked.hub, "discharge": part.place, "consignee_id": part.consignee_id,
                "reference": part.reference,
            })
            for at, part in enumerate(asked.parts)
        ),
    ]  # fmt: skip
    rows: list[dict[str, Any]] = []
    errors: list[FieldError] = []
    if asked.load == asked.discharge:
        errors.append(FieldError("/discharge", "same-place", N_("The goods must go somewhere else.")))
    for key, at, fields in given:
        try:
            form = ShipmentIn.model_validate({**fields, "ready_on": asked.ready_on})
        except ValidationError as error:
            errors += _under(at, from_validation(error).errors)
            continue
        values, wrong = checked(form, own, known)
        errors += _under(at, wrong)
        rows.append(
            values | {"id": new_id(), "shipper_id": asked.shipper_id, "created_by": asked.created_by, "plan_key": key}
        )
    if errors:
        raise Invalid(errors=errors)
    return rows[0], rows[1:]


def _under(at: str, errors: Iterable[FieldError]) -> list[FieldError]:
    return [replace(error, pointer=f"{at}{error.pointer}") for error in errors]


async def _pack(
    session: AsyncSession, inbound: Shipment, onward: Sequence[Shipment], parts: Sequence[OnwardPart]
) -> None:
    """Each part's packages are in the onward shipment, and all of them in the inbound one, marked with whose they are."""
    lists = [(row, f"/parts/{at}", part.packages) for at, (row, part) in enumerate(zip(onward, parts, strict=True))]
    everything = [
        replace(one, marks=f"{part.reference} {one.marks}".strip()[:_MARKS]) for part in parts for one in part.packages
    ]
    if len(everything) > MAX_LINES:
        raise Invalid(errors=[FieldError("/parts", "too-many-lines", TOO_MANY, {"most": MAX_LINES})])
    rows: list[dict[str, Any]] = []
    errors: list[FieldError] = []
    for shipment, at, packages in ((inbound, "", everything), *lists):
        try:
            form = ShipmentPackagesIn.model_validate({"packages": [_package(one) for one in packages]})
        except ValidationError as error:
            errors += _under(at, from_validation(error).errors)
            continue
        found, wrong = listed(shipment, form)
        errors += _under(at, [*wrong, *too_much(found)])
        rows += found
    if errors:
        # What is wrong with a package is told once, under its part.
        raise Invalid(errors=[error for error in errors if error.pointer.startswith("/parts/")] or errors)
    if rows:
        await papers.add_packages(session, rows)


def _package(given: GoodsPackage) -> dict[str, Any]:
    return {name: getattr(given, name) for name in GoodsPackage.__dataclass_fields__}
