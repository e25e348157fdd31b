"""Who may come near waves, packages, dispatches and returns: authenticate, find in scope (404), permit (403)."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.kit.actor import Actor, CurrentActor, Permission, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.warehousing import queries as stock
from app.warehousing.models import Warehouse
from app.warehousing.picking import queries
from app.warehousing.picking.models import Dispatch, GoodsReturn, PackedUnit, PickWave

Storeman = Annotated[Actor, Depends(permitted(Permission.STOCK))]


async def looked_into(warehouse_id: UUID, actor: CurrentActor, session: Session) -> Warehouse:
    """The people of its keeper. Owners of goods in it see their goods, not the keeper's work."""
    row = await stock.warehouse(session, warehouse_id)
    if row is None or row.keeper_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def own_wave(wave_id: UUID, actor: CurrentActor, session: Session) -> PickWave:
    """The people of its keeper."""
    row = await queries.wave(session, wave_id)
    if row is None or row.keeper_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def wave_keeper(wave_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Those of them who move stock."""
    await own_wave(wave_id, actor, session)
    actor.require(Permission.STOCK)
    return actor


async def own_package(package_id: UUID, actor: CurrentActor, session: Session) -> PackedUnit:
    """The people of its keeper. Whom it goes to reads the packing list once it has left."""
    row = await queries.package(session, package_id)
    if row is None or row.keeper_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def package_keeper(package_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Those of them who move stock."""
    await own_package(package_id, actor, session)
    actor.require(Permission.STOCK)
    return actor


async def seen_dispatch(dispatch_id: UUID, actor: CurrentActor, session: Session) -> Dispatch:
    """Its keeper, and whom it went to."""
    row = await queries.dispatch(session, dispatch_id)
    if row is None or actor.organization_id not in (row.keeper_id, row.holder_id):
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def dispatch_keeper(dispatch_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The keeper's people who move stock. For the consignee the verbs do not exist."""
    row = await queries.dispatch(session, dispatch_id)
    if row is None or row.keeper_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.STOCK)
    return actor


async def seen_return(return_id: UUID, actor: CurrentActor, session: Session) -> GoodsReturn:
    """Whose warehouse it comes to, and who sends it back."""
    row = await queries.goods_return(session, return_id)
    if row is None or actor.organization_id not in (row.keeper_id, row.holder_id):
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def return_keeper(return_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The keeper's people who move stock."""
    row = await queries.goods_return(session, return_id)
    if row is None or row.keeper_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.STOCK)
    return actor


OwnWarehouse = Annotated[Warehouse, Depends(looked_into)]
OwnWave = Annotated[PickWave, Depends(own_wave)]
WaveKeeper = Annotated[Actor, Depends(wave_keeper)]
OwnPackage = Annotated[PackedUnit, Depends(own_package)]
PackageKeeper = Annotated[Actor, Depends(package_keeper)]
SeenDispatch = Annotated[Dispatch, Depends(seen_dispatch)]
DispatchKeeper = Annotated[Actor, Depends(dispatch_keeper)]
SeenReturn = Annotated[GoodsReturn, Depends(seen_return)]
ReturnKeeper = Annotated[Actor, Depends(return_keeper)]
