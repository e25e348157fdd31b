"""Who may come near a dispute: authenticate, find in scope (404), permit (403), in this order."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.finance.disputes import milestones, queries
from app.finance.disputes.models import Dispute
from app.finance.disputes.states import PARTIES, Side
from app.finance.disputes.usecases.steps import Author, side_of
from app.kit.actor import Actor, CurrentActor, Permission, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound

SPEAKS_BY = {Side.BUYER: Permission.ACCEPT, Side.SUPPLIER: Permission.FULFIL, Side.OPERATOR: Permission.OPERATE}
"""Who speaks for a side: the buyer's people who accept milestones, the supplier's who show evidence of them."""

Operator = Annotated[Actor, Depends(permitted(Permission.OPERATE))]


@dataclass(frozen=True, slots=True)
class AtDispute:
    """An actor at a dispute that he may see, on one of its sides."""

    actor: Actor
    row: Dispute
    side: Side

    @property
    def author(self) -> Author:
        """Him, as who takes a step."""
        return Author(self.actor, self.side)


async def at_dispute(dispute_id: UUID, actor: CurrentActor, session: Session) -> AtDispute:
    """Both sides, and the operator's people."""
    row = await queries.dispute(session, dispute_id)
    side = side_of(row, actor) if row else None
    if row is None or side is None:
        raise NotFound()
    actor.require(Permission.READ)
    return AtDispute(actor, row, side)


SeenDispute = Annotated[AtDispute, Depends(at_dispute)]


async def speaking(at: SeenDispute) -> AtDispute:
    """Those of each side who may speak for it."""
    at.actor.require(SPEAKS_BY[at.side])
    return at


async def dealing(at: SeenDispute) -> AtDispute:
    """Those of both sides. For the operator the verb does not exist."""
    if at.side not in PARTIES:
        raise NotFound()
    return await speaking(at)


async def disputing(at: SeenDispute) -> AtDispute:
    """The buyer's. For others the verb does not exist."""
    if at.side is not Side.BUYER:
        raise NotFound()
    return await speaking(at)


async def deciding(dispute_id: UUID, actor: Operator, session: Session) -> AtDispute:
    """The operator's people, and nobody who is a side himself. Others are refused before anything is looked for."""
    at = await at_dispute(dispute_id, actor, session)
    if at.side is not Side.OPERATOR:
        raise NotFound()
    return at


SpeakingSide = Annotated[AtDispute, Depends(speaking)]
DealingSide = Annotated[AtDispute, Depends(dealing)]
DisputingBuyer = Annotated[AtDispute, Depends(disputing)]
DecidingOperator = Annotated[AtDispute, Depends(deciding)]


async def of_a_side(session: Session, actor: Actor, milestone_id: UUID) -> Side:
    """On which side of a milestone somebody is. Raises `NotFound`."""
    found = await milestones.milestone(session, milestone_id)
    if found is not None and actor.organization_id == found.buyer_id:
        return Side.BUYER
    if found is not None and actor.organization_id == found.supplier_id:
        return Side.SUPPLIER
    raise NotFound()


async def paying(payment_milestone_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The buyer's people who accept milestones. For the supplier the verb does not exist."""
    if await of_a_side(session, actor, payment_milestone_id) is not Side.BUYER:
        raise NotFound()
    actor.require(SPEAKS_BY[Side.BUYER])
    return actor


async def seeing(payment_milestone_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """Both sides of a milestone."""
    await of_a_side(session, actor, payment_milestone_id)
    actor.require(Permission.READ)
    return actor


PayingBuyer = Annotated[Actor, Depends(paying)]
SideOfMilestone = Annotated[Actor, Depends(seeing)]
