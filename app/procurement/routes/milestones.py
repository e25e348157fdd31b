"""Routes of milestones: the supplier shows evidence, the buyer decides."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from starlette.status import HTTP_201_CREATED

from app.documents.facade import DocumentRefused
from app.finance.facade import MilestoneAcceptedAlready, MilestoneFrozen
from app.kit.actor import Permission
from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.idempotency import IdempotencyGuard
from app.kit.problems import ONCE, problems
from app.kit.routing import house_router
from app.procurement.order_errors import (
    MilestoneNotOptional,
    MilestoneStateConflict,
    MilestoneWaits,
    NoFurtherTrial,
    OrderStateConflict,
)
from app.procurement.order_guards import AtOrder, at_order_as
from app.procurement.order_states import Side
from app.procurement.routes.inquiries import WRITE
from app.procurement.routes.orders import shown
from app.procurement.schemas.orders import AcceptanceIn, DecisionReasonIn, EvidenceIn, OrderOut
from app.procurement.usecases.add_trial import add_trial
from app.procurement.usecases.decide_milestone import accept_milestone, return_milestone, waive_milestone
from app.procurement.usecases.submit_evidence import submit_evidence

router = house_router(tags=["orders"])

Deciding = Annotated[AtOrder, Depends(at_order_as(Side.BUYER, Permission.ACCEPT))]
Fulfilling = Annotated[AtOrder, Depends(at_order_as(Side.SUPPLIER, Permission.FULFIL))]
STEP = (*WRITE, *ONCE, OrderStateConflict, MilestoneStateConflict)
PAID = (*STEP, MilestoneFrozen)


@router.post(
    "/orders/{order_id}/milestones/{milestone_id}/evidence",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(*PAID, MilestoneAcceptedAlready, MilestoneWaits, DocumentRefused),
)
async def post_evidence(
    at: Fulfilling, milestone_id: UUID, form: EvidenceIn, session: Session, now: Now, response: Response
) -> OrderOut:
    """Show that a milestone is reached, with files and a note in your language; again after it was returned."""
    order = await submit_evidence(session, at.actor, at.order.id, milestone_id, form, now=now)
    return await shown(session, at, order, response)


@router.post(
    "/orders/{order_id}/milestones/{milestone_id}/acceptance",
    dependencies=[IdempotencyGuard],
    responses=problems(*PAID),
)
async def post_acceptance(
    at: Deciding, milestone_id: UUID, form: AcceptanceIn, session: Session, now: Now, response: Response
) -> OrderOut:
    """Agree that a milestone is reached. The order follows into production, shipped or accepted."""
    order = await accept_milestone(session, at.actor, at.order.id, milestone_id, form, now=now)
    return await shown(session, at, order, response)


@router.post(
    "/orders/{order_id}/milestones/{milestone_id}/return",
    dependencies=[IdempotencyGuard],
    responses=problems(*PAID, MilestoneAcceptedAlready),
)
async def post_return(
    at: Deciding, milestone_id: UUID, form: DecisionReasonIn, session: Session, response: Response
) -> OrderOut:
    """Ask for other evidence, with the reason."""
    order = await return_milestone(session, at.actor, at.order.id, milestone_id, form)
    return await shown(session, at, order, response)


@router.post(
    "/orders/{order_id}/milestones/{milestone_id}/waiver",
    dependencies=[IdempotencyGuard],
    responses=problems(*STEP, MilestoneNotOptional),
)
async def post_waiver(
    at: Deciding, milestone_id: UUID, form: DecisionReasonIn, session: Session, now: Now, response: Response
) -> OrderOut:
    """Do without an optional milestone that carries no share of the price."""
    order = await waive_milestone(session, at.actor, at.order.id, milestone_id, form, now=now)
    return await shown(session, at, order, response)


@router.post(
    "/orders/{order_id}/trials",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, OrderStateConflict, NoFurtherTrial),
)
async def post_trial(at: Deciding, form: DecisionReasonIn, session: Session, response: Response) -> OrderOut:
    """Ask for a further trial (T2, T3 …) and say what it shall show. It carries no share of the price."""
    order = await add_trial(session, at.actor, at.order.id, form)
    return await shown(session, at, order, response)
