"""What is looked at, and told, whenever the packing list of a shipment changes."""

from collections.abc import Awaitable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Labelled
from app.kit.locales import N_
from app.kit.outbox import announce
from app.logistics import queries as shipments
from app.logistics.models import Shipment
from app.logistics.papers import queries
from app.logistics.papers.errors import PackagesFixed
from app.logistics.papers.events import PackagesChanged
from app.logistics.papers.models import Cargo
from app.logistics.papers.schemas import GoodsIn
from app.logistics.states import SHIPMENT_STATE_LABELS, ShipmentState
from app.reference import facade as reference

OPEN = frozenset({ShipmentState.PLANNED, ShipmentState.BOOKED})
"""Before anything was picked up or cleared."""

MOST_KG, MOST_M3 = 10**8, 10**6
"""What all packages of a shipment may come to: the largest ships hold about as much."""

_DANGEROUS = N_(
    "Dangerous goods are not taken here. Remove preservatives, gas springs and batteries that are dangerous goods, or book them "
    "with a forwarder who takes them."
)


def checked_goods(shipment: Shipment, goods: GoodsIn, at: str) -> tuple[dict[str, Any], list[FieldError]]:
    """What a line says of its goods, with the container's number in its kept form, and what is wrong with it."""
    errors: list[FieldError] = []
    if goods.dangerous:
        errors.append(FieldError(f"{at}/dangerous", "dangerous-goods", _DANGEROUS))
    kept = {name: getattr(goods, name) for name in GoodsIn.model_fields if name != "dangerous"}
    if goods.container is not None:
        kept["container"] = reference.check_cargo_number("container", goods.container).normalized
        if kept["container"] not in shipment.containers:
            message = N_("Name one of the shipment's containers.")
            errors.append(FieldError(f"{at}/container", "unknown-container", message))
    return kept, errors


def too_much(rows: Iterable[Mapping[str, Any]], before: Cargo | None = None) -> list[FieldError]:
    """What is wrong when all lines come to more than any ship holds; `before` is what they come on top of."""
    mass_kg = before.gross_mass_kg if before else Decimal(0)
    volume_m3 = before.volume_m3 if before else Decimal(0)
    for row in rows:
        sides = row["length_mm"] * row["width_mm"] * row["height_mm"]
        mass_kg += row["pieces"] * row["gross_mass_kg"]
        volume_m3 += Decimal(row["pieces"] * sides) / 10**9
    if mass_kg <= MOST_KG and volume_m3 <= MOST_M3:
        return []
    message = N_("These are more goods than can be reckoned with here. Divide them.")
    return [FieldError("/packages", "too-much", message)]


async def change(session: AsyncSession, actor: Actor, shipment: Shipment, writing: Awaitable[None]) -> Cargo | None:
    """Write, and tell all who have to do with the shipment what its packages come to now. Raises `PackagesFixed`.

    The database decides that nothing was picked up yet: it holds the account of the shipment meanwhile.
    """
    try:
        async with session.begin_nested():
            await writing
    except DBAPIError as error:
        if refused_by(error, "shipment_packages_open"):
            await require_open(session, shipment)
        raise
    after = await queries.cargo(session, shipment.id)
    lines, pieces = (after.lines, after.pieces) if after else (0, 0)
    legs = await shipments.carried_legs(session, shipment.id)
    concerned = {shipment.shipper_id, shipment.consignee_id, *(leg.partner_id for leg in legs)}
    event = PackagesChanged(shipment_id=shipment.id, shipper_id=shipment.shipper_id, lines=lines, pieces=pieces)
    await announce(session, event, organizations=[one for one in concerned if one is not None])
    told = {"lines": lines, "pieces": pieces}
    await audit.record(session, actor, "shipment.pack", "shipment", shipment.id, after=told)
    return after


async def require_open(session: AsyncSession, shipment: Shipment) -> None:
    """Raises `PackagesFixed` once something was picked up."""
    state = ShipmentState((await shipments.tracks(session, [shipment.id]))[shipment.id].state)
    if state not in OPEN:
        raise PackagesFixed(state=Labelled.of(state, SHIPMENT_STATE_LABELS))
