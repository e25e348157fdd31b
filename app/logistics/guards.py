"""Who may come near a shipment or a booking: authenticate, find in scope (404), permit (403)."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.kit.actor import Actor, CurrentActor, Permission, lacking, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.logistics import queries
from app.logistics.models import Booking, Shipment

Carrier = Annotated[Actor, Depends(permitted(Permission.FULFIL))]


def require_shipper(actor: Actor) -> None:
    """Whoever fulfils orders or places them may send goods."""
    if not (actor.may(Permission.FULFIL) or actor.may(Permission.ORDER)):
        raise lacking(Permission.FULFIL)


async def shipper(actor: CurrentActor) -> Actor:
    """An actor who may send goods."""
    require_shipper(actor)
    return actor


async def seen_shipment(shipment_id: UUID, actor: CurrentActor, session: Session) -> Shipment:
    """Who sends it, who receives it, who was asked to carry it."""
    row = await queries.shipment(session, shipment_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


@dataclass(frozen=True, slots=True)
class AtShipment:
    """An actor at a shipment that he has to do with."""

    actor: Actor
    row: Shipment


async def at_shipment(shipment_id: UUID, actor: CurrentActor, session: Session) -> AtShipment:
    """Who sends, receives or carries it. Whoever was only asked is none of them."""
    row = await queries.shipment(session, shipment_id)
    if row is None:
        raise NotFound()
    is_end = actor.organization_id in (row.shipper_id, row.consignee_id)
    if not is_end and not await queries.carries(session, shipment_id, actor.organization_id):
        raise NotFound()
    actor.require(Permission.READ)
    return AtShipment(actor, row)


async def acting_at_shipment(at: Annotated[AtShipment, Depends(at_shipment)]) -> AtShipment:
    """Those of their people who send, receive or carry goods."""
    require_shipper(at.actor)
    return at


async def own_shipment(shipment_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Its shipper's people who may send goods. For others the verbs do not exist."""
    row = await queries.shipment(session, shipment_id)
    if row is None or row.shipper_id != actor.organization_id:
        raise NotFound()
    require_shipper(actor)
    return actor


async def seen_booking(booking_id: UUID, actor: CurrentActor, session: Session) -> Booking:
    """Who offered it and whom it was offered."""
    row = await queries.booking(session, booking_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def offered_booking(booking_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The partner's people who may answer it."""
    row = await queries.booking(session, booking_id)
    if row is None or row.partner_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.FULFIL)
    return actor


async def placed_booking(booking_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The shipper's people who may take it back."""
    row = await queries.booking(session, booking_id)
    if row is None or row.shipper_id != actor.organization_id:
        raise NotFound()
    require_shipper(actor)
    return actor


Shipper = Annotated[Actor, Depends(shipper)]
SeenShipment = Annotated[Shipment, Depends(seen_shipment)]
PartyOfShipment = Annotated[AtShipment, Depends(at_shipment)]
ActingParty = Annotated[AtShipment, Depends(acting_at_shipment)]
ShipmentOwner = Annotated[Actor, Depends(own_shipment)]
SeenBooking = Annotated[Booking, Depends(seen_booking)]
BookingPartner = Annotated[Actor, Depends(offered_booking)]
BookingOwner = Annotated[Actor, Depends(placed_booking)]
