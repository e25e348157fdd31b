"""Who may come near a warehouse, an item or a reservation: authenticate, find in scope (404), permit (403)."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.kit.actor import Actor, CurrentActor, Permission, lacking, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.warehousing import queries
from app.warehousing.models import Reservation, StockItem, Warehouse

Storeman = Annotated[Actor, Depends(permitted(Permission.STOCK))]


async def seen_warehouse(warehouse_id: UUID, actor: CurrentActor, session: Session) -> Warehouse:
    """Its keeper, or an owner of goods in it."""
    row = await queries.warehouse(session, warehouse_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def kept_warehouse(warehouse_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Its keeper's people who move stock. For owners of goods in it the verbs do not exist."""
    row = await queries.warehouse(session, warehouse_id)
    if row is None or row.keeper_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.STOCK)
    return actor


async def kept_bin(bin_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The same for a bin."""
    row = (await queries.bins_by_id(session, [bin_id])).get(bin_id)
    if row is None or row.keeper_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.STOCK)
    return actor


async def own_item(item_id: UUID, actor: CurrentActor, session: Session) -> StockItem:
    """An item of the actor's organization."""
    row = await queries.item(session, item_id)
    if row is None or row.organization_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def changed_item(item_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The same for those who may change it."""
    await own_item(item_id, actor, session)
    actor.require(Permission.STOCK)
    return actor


def require_holder(actor: Actor) -> None:
    """Whoever places orders or moves stock may hold some."""
    if not (actor.may(Permission.ORDER) or actor.may(Permission.STOCK)):
        raise lacking(Permission.ORDER)


async def holder(actor: CurrentActor) -> Actor:
    """An actor who may hold stock."""
    require_holder(actor)
    return actor


async def own_reservation(reservation_id: UUID, actor: CurrentActor, session: Session) -> Reservation:
    """A reservation of the actor's organization."""
    row = await queries.reservation(session, reservation_id, actor.organization_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def held_reservation(reservation_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The same for those who may let go of it."""
    await own_reservation(reservation_id, actor, session)
    require_holder(actor)
    return actor


SeenWarehouse = Annotated[Warehouse, Depends(seen_warehouse)]
Keeper = Annotated[Actor, Depends(kept_warehouse)]
BinKeeper = Annotated[Actor, Depends(kept_bin)]
OwnItem = Annotated[StockItem, Depends(own_item)]
ItemKeeper = Annotated[Actor, Depends(changed_item)]
Holder = Annotated[Actor, Depends(holder)]
OwnReservation = Annotated[Reservation, Depends(own_reservation)]
ReservationHolder = Annotated[Actor, Depends(held_reservation)]
