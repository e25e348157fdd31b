"""Who may come near a count or a transfer: its keeper's people alone (404), those who move stock (403)."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.warehousing.keeping import queries
from app.warehousing.keeping.models import CountedBin, StockCount, StockTransfer


async def seen_count(count_id: UUID, actor: CurrentActor, session: Session) -> StockCount:
    """A count of the actor's organization."""
    row = await queries.count(session, actor.organization_id, count_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


SeenCount = Annotated[StockCount, Depends(seen_count)]


async def counter(count_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The same for those who move stock."""
    await seen_count(count_id, actor, session)
    actor.require(Permission.STOCK)
    return actor


async def seen_bin(bin_id: UUID, row: SeenCount, session: Session) -> CountedBin:
    """A bin of a count."""
    found = await queries.count_bin(session, row.id, bin_id)
    if found is None:
        raise NotFound()
    return found


async def bin_counter(count_id: UUID, bin_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The same for those who count it."""
    if await queries.count(session, actor.organization_id, count_id) is None:
        raise NotFound()
    if await queries.count_bin(session, count_id, bin_id) is None:
        raise NotFound()
    actor.require(Permission.STOCK)
    return actor


async def seen_transfer(transfer_id: UUID, actor: CurrentActor, session: Session) -> StockTransfer:
    """A transfer of the actor's organization."""
    row = await queries.transfer(session, actor.organization_id, transfer_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return row


async def mover(transfer_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The same for those who move stock."""
    await seen_transfer(transfer_id, actor, session)
    actor.require(Permission.STOCK)
    return actor


Counter = Annotated[Actor, Depends(counter)]
SeenBin = Annotated[CountedBin, Depends(seen_bin)]
BinCounter = Annotated[Actor, Depends(bin_counter)]
SeenTransfer = Annotated[StockTransfer, Depends(seen_transfer)]
Mover = Annotated[Actor, Depends(mover)]
