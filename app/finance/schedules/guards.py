"""Who may come near a payment schedule: authenticate, find in scope (404), permit (403), in this order."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.finance.schedules import queries
from app.finance.schedules.models import MilestoneRefund, PaymentMilestone, PaymentSchedule
from app.kit.actor import Actor, CurrentActor, Permission, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound

Operator = Annotated[Actor, Depends(permitted(Permission.OPERATE))]


@dataclass(frozen=True, slots=True)
class AtSchedule:
    """An actor at a schedule, on one of its sides."""

    actor: Actor
    row: PaymentSchedule


@dataclass(frozen=True, slots=True)
class AtMilestone:
    """An actor at a milestone."""

    actor: Actor
    row: PaymentMilestone


async def at_schedule(payment_schedule_id: UUID, actor: CurrentActor, session: Session) -> AtSchedule:
    """Whoever pays or is paid by it."""
    row = await queries.schedule(session, payment_schedule_id)
    if row is None or actor.organization_id not in (row.buyer_id, row.supplier_id):
        raise NotFound()
    actor.require(Permission.READ)
    return AtSchedule(actor, row)


async def at_milestone(payment_milestone_id: UUID, actor: CurrentActor, session: Session) -> AtMilestone:
    """Whoever pays it or is paid by it."""
    row = await queries.milestone(session, payment_milestone_id)
    if row is None or actor.organization_id not in (row.buyer_id, row.supplier_id):
        raise NotFound()
    actor.require(Permission.READ)
    return AtMilestone(actor, row)


async def paying(payment_milestone_id: UUID, actor: CurrentActor, session: Session) -> AtMilestone:
    """The buyer's people who may order, and so bind him to pay. For the supplier the verb does not exist."""
    row = await queries.milestone(session, payment_milestone_id)
    if row is None or row.buyer_id != actor.organization_id:
        raise NotFound()
    actor.require(Permission.ORDER)
    return AtMilestone(actor, row)


async def giving_back(payment_milestone_id: UUID, actor: CurrentActor, session: Session) -> AtMilestone:
    """The supplier's people who may invoice, and so take back; or the operator's."""
    row = await queries.milestone(session, payment_milestone_id)
    if row is None or not (row.supplier_id == actor.organization_id or actor.is_operator):
        raise NotFound()
    actor.require(Permission.INVOICE if row.supplier_id == actor.organization_id else Permission.OPERATE)
    return AtMilestone(actor, row)


async def any_refund(milestone_refund_id: UUID, actor: Operator, session: Session) -> MilestoneRefund:
    """Any, for the operator."""
    row = await queries.refund(session, milestone_refund_id)
    if row is None:
        raise NotFound()
    return row


AnyRefund = Annotated[MilestoneRefund, Depends(any_refund)]
SeenSchedule = Annotated[AtSchedule, Depends(at_schedule)]
SeenMilestone = Annotated[AtMilestone, Depends(at_milestone)]
Paying = Annotated[AtMilestone, Depends(paying)]
GivingBack = Annotated[AtMilestone, Depends(giving_back)]
