"""Who may come near a price list: authenticate, find in scope (404), permit (403), in this order."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from app.catalog.pricing import queries
from app.catalog.pricing.models import PriceList
from app.kit.actor import Actor, CurrentActor, KnownActor, Permission
from app.kit.db.engine import Database, Role
from app.kit.db.session import Session
from app.kit.db.tenancy import act_for
from app.kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class AtPriceList:
    """An actor at a price list that he may see."""

    actor: Actor
    row: PriceList


async def at_price_list(price_list_id: UUID, actor: CurrentActor, session: Session) -> AtPriceList:
    """Its supplier, or a buyer to whom it is granted while it is active."""
    row = await queries.price_list(session, price_list_id)
    if row is None or (row.supplier_id != actor.organization_id and not await queries.buys_at(
        session, row.id, actor.organization_id)):  # fmt: skip
        raise NotFound()
    actor.require(Permission.READ)
    return AtPriceList(actor, row)


async def own_price_list(price_list_id: UUID, actor: CurrentActor, session: Session) -> AtPriceList:
    """Its supplier, with the permission to edit listings. For a buyer of the list the verb does not exist."""
    row = await queries.price_list(session, price_list_id)
    if row is None or row.supplier_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.CATALOG_EDIT)
    return AtPriceList(actor, row)


async def own_price_list_to_stream(price_list_id: UUID, actor: KnownActor, request: Request) -> AtPriceList:
    """The same for a stream, found in a short transaction of its own."""
    database: Database = request.app.state.database
    async with database.transaction(Role.APP, readonly=True) as session:
        await act_for(session, actor.organization_id, person_id=actor.person_id)
        row = await queries.price_list(session, price_list_id)
    if row is None or row.supplier_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.READ)
    return AtPriceList(actor, row)


SeenList = Annotated[AtPriceList, Depends(at_price_list)]
OwnList = Annotated[AtPriceList, Depends(own_price_list)]
StreamedList = Annotated[AtPriceList, Depends(own_price_list_to_stream)]
