"""Payment schedules as their pages show them, and what is done there. Everything comes and is refused as over the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.schedules import queries
from app.finance.schedules.guards import AtMilestone, giving_back, paying
from app.finance.schedules.models import PaymentMilestone, PaymentSchedule
from app.finance.schedules.schemas import MilestonePaymentIn, MilestoneRefundIn
from app.finance.schedules.states import UNDER_WAY, PaymentStep, PaymentWay, Progress, ScheduleRole
from app.finance.schedules.usecases.go_on import held_of, owed
from app.finance.schedules.usecases.pay import pay, withdraw_transfer
from app.finance.schedules.usecases.refund import refund
from app.finance.schedules.views import amount, milestone_out, refund_out, schedule_out, summaries
from app.kit.actor import Actor, Permission
from app.kit.errors import NotFound
from app.kit.findings import validated
from app.kit.paging import PageRequest, fetch_page

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A milestone's money, what was given back of it, its dispute while there is one, and what this person may do now: `pay`,
    `withdraw` an awaited transfer, give `back`, `finance`."""

    money: Document
    refunds: Sequence[Document]
    dispute_id: UUID | None
    may: frozenset[str]
    refundable: Document


@dataclass(frozen=True, slots=True)
class Plan:
    """How a deal is paid; its milestones by the deal's own ids of them."""

    schedule: Document
    is_buyer: bool
    parts: Mapping[str, Part]


async def own_schedules(
    session: AsyncSession, actor: Actor, role: ScheduleRole | None, page: PageRequest
) -> tuple[list[Document], str | None]:
    """A page of the schedules that the actor's organization pays or is paid by, newest first."""
    actor.require(Permission.READ)
    rows, cursor = await fetch_page(
        session,
        queries.schedules_of(actor.organization_id, role=role),
        page,
        keys=[PaymentSchedule.id],
        descending=True,
    )
    return [one.model_dump(mode="json") for one in await summaries(session, actor, rows)], cursor


async def plan_of(session: AsyncSession, actor: Actor, deal: tuple[str, UUID]) -> Plan | None:
    """How a deal is paid, for its two sides; None where it has no schedule (yet)."""
    row = await queries.schedule_of(session, deal)
    if row is None or actor.organization_id not in (row.buyer_id, row.supplier_id):
        return None
    actor.require(Permission.READ)
    rows = (await queries.milestones(session, [row.id]))[row.id]
    paid = await queries.last_payments(session, [one.id for one in rows])
    given = await queries.refunds_of_all(session, [one.id for one in rows])
    parts = {}
    for one in rows:
        last = paid.get(one.id)
        parts[str(one.part_id)] = Part(
            money=milestone_out(one, last).model_dump(mode="json"),
            refunds=[refund_out(back).model_dump(mode="json") for back in given.get(one.id, ())],
            dispute_id=one.frozen_by,
            may=_may(actor, one, last.way if last else None, last.state if last else None),
            refundable=amount(_refundable(one), one.currency).model_dump(mode="json"),
        )
    shown = (await schedule_out(session, actor, row)).model_dump(mode="json")
    return Plan(shown, row.buyer_id == actor.organization_id, parts)


def _refundable(row: PaymentMilestone) -> int:
    return held_of(row) + row.released_minor - row.taken_back_minor


def _may(actor: Actor, row: PaymentMilestone, way: str | None, state: str | None) -> frozenset[str]:
    if row.frozen_by is not None:
        return frozenset()
    found = set()
    if actor.organization_id == row.buyer_id and actor.may(Permission.ORDER):
        if owed(row) and state not in UNDER_WAY:
            found.add("pay")
        if (way, state) == (PaymentWay.TRANSFER, PaymentStep.PROCESSING):
            found.add("withdraw")
    if actor.organization_id == row.supplier_id and actor.may(Permission.INVOICE):
        if _refundable(row) > 0:
            found.add("back")
        if row.state == Progress.ACCEPTED and owed(row):
            found.add("finance")
    return frozenset(found)


async def pay_one(session: AsyncSession, actor: Actor, milestone_id: UUID, values: Mapping[str, Any]) -> None:
    """Pay what is owed of a milestone. Raises `NotFound` before `Forbidden`, and what the route is refused with."""
    at: AtMilestone = await paying(milestone_id, actor, session)
    await pay(session, at.actor, at.row.id, validated(MilestonePaymentIn, values))


async def await_no_transfer(session: AsyncSession, actor: Actor, milestone_id: UUID) -> None:
    """Await a bank transfer no more. Raises `NotFound` before `Forbidden`, `NoTransferAwaited`."""
    at = await paying(milestone_id, actor, session)
    await withdraw_transfer(session, at.actor, at.row.id)


async def give_money_back(
    session: AsyncSession, actor: Actor, milestone_id: UUID, values: Mapping[str, Any], *, now: datetime
) -> None:
    """Give money back to the buyer. Raises `NotFound` before `Forbidden`, and what the route is refused with."""
    at = await giving_back(milestone_id, actor, session)
    if at.row.supplier_id != actor.organization_id:
        raise NotFound()
    await refund(session, at.actor, at.row, validated(MilestoneRefundIn, values), now=now)


async def milestone_of(session: AsyncSession, actor: Actor, milestone_id: UUID) -> tuple[Document, PaymentSchedule]:
    """A milestone as its supplier reads it, and its schedule. Raises `NotFound`."""
    row = await queries.milestone(session, milestone_id)
    if row is None or row.supplier_id != actor.organization_id:
        raise NotFound()
    schedule = await queries.schedule(session, row.schedule_id)
    assert schedule is not None
    return milestone_out(row, None).model_dump(mode="json"), schedule
