"""Who may come near an arrival, a receipt or an inspection: authenticate, find in scope (404), permit (403)."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import NotFound
from app.warehousing.receiving import queries
from app.warehousing.receiving.models import Arrival, Inspection, Receipt


@dataclass(frozen=True, slots=True)
class AtArrival:
    """An actor at an arrival that he may see."""

    actor: Actor
    row: Arrival


@dataclass(frozen=True, slots=True)
class AtReceipt:
    """An actor at a receipt of his own warehouse."""

    actor: Actor
    row: Receipt


@dataclass(frozen=True, slots=True)
class AtInspection:
    """An actor at an inspection that he may see."""

    actor: Actor
    row: Inspection


async def at_arrival(arrival_id: UUID, actor: CurrentActor, session: Session) -> AtArrival:
    """Its sender, its keeper, or the owner of the goods."""
    row = await queries.arrival(session, arrival_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return AtArrival(actor, row)


async def given_up_arrival(arrival_id: UUID, actor: CurrentActor, session: Session) -> AtArrival:
    """Its sender or its keeper, with the permission to move stock. For the owner of the goods the verb does not exist."""
    found = await at_arrival(arrival_id, actor, session)
    if actor.organization_id not in (found.row.sender_id, found.row.keeper_id):
        raise NotFound()
    actor.require(Permission.STOCK)
    return found


async def received_arrival(arrival_id: UUID, actor: CurrentActor, session: Session) -> AtArrival:
    """Its keeper's people who move stock."""
    found = await at_arrival(arrival_id, actor, session)
    if found.row.keeper_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.STOCK)
    return found


async def kept_receipt(receipt_id: UUID, actor: CurrentActor, session: Session) -> AtReceipt:
    """The same for what came."""
    row = await queries.receipt(session, receipt_id)
    if row is None or row.keeper_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.STOCK)
    return AtReceipt(actor, row)


async def at_inspection(inspection_id: UUID, actor: CurrentActor, session: Session) -> AtInspection:
    """Who inspects, and owner and sender of the goods."""
    row = await queries.inspection(session, inspection_id)
    if row is None:
        raise NotFound()
    actor.require(Permission.READ)
    return AtInspection(actor, row)


async def own_inspection(inspection_id: UUID, actor: CurrentActor, session: Session) -> AtInspection:
    """Who inspects, with the permission to move stock."""
    found = await at_inspection(inspection_id, actor, session)
    if found.row.keeper_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.STOCK)
    return found


SeenArrival = Annotated[AtArrival, Depends(at_arrival)]
GivenUpArrival = Annotated[AtArrival, Depends(given_up_arrival)]
ReceivedArrival = Annotated[AtArrival, Depends(received_arrival)]
KeptReceipt = Annotated[AtReceipt, Depends(kept_receipt)]
SeenInspection = Annotated[AtInspection, Depends(at_inspection)]
OwnInspection = Annotated[AtInspection, Depends(own_inspection)]
