"""All the SQL on load plans, locks included."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from app.logistics.models import Booking
from app.logistics.planning.limits import MOST_ATTEMPTS, MOST_WAITING
from app.logistics.planning.models import LoadPlan
from app.logistics.planning.states import OPEN_STATES, PlanState
from app.logistics.states import BookingState


@dataclass(frozen=True, slots=True)
class Claimed:
    """A task that somebody works at. `attempt` tells his work from that of one who came after him."""

    attempt: int
    seconds: int
    task: Mapping[str, Any]


async def insert_plan(session: AsyncSession, values: Mapping[str, Any]) -> LoadPlan | None:
    """Take a free place among the owner's unfinished plans; None when there is none.

    Two who take the same place at the same time meet at the unique index: the later one looks again.
    """
    places = select(func.generate_series(1, MOST_WAITING).label("place")).subquery()
    taken = select(LoadPlan.place).where(LoadPlan.owner_id == values["owner_id"], LoadPlan.state.in_(OPEN_STATES))
    free = select(func.min(places.c.place)).where(places.c.place.not_in(taken))
    while (place := await session.scalar(free)) is not None:
        statement = insert(LoadPlan).values(**values, place=place).on_conflict_do_nothing().returning(LoadPlan)
        row: LoadPlan | None = await session.scalar(statement)
        if row is not None:
            return row
    return None


async def load_plan(session: AsyncSession, load_plan_id: UUID, *, whole: bool = False) -> LoadPlan | None:
    """A plan that the acting organization may see; `whole` with its task and result."""
    statement = select(LoadPlan).where(LoadPlan.id == load_plan_id)
    if whole:
        statement = statement.options(undefer(LoadPlan.task), undefer(LoadPlan.plan))
    return await session.scalar(statement.execution_options(populate_existing=True))


async def lock_plan(session: AsyncSession, owner_id: UUID, load_plan_id: UUID) -> LoadPlan | None:
    """One of the owner's, locked."""
    return await session.scalar(
        select(LoadPlan)
        .where(LoadPlan.id == load_plan_id, LoadPlan.owner_id == owner_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def plans_of(organization_id: UUID, shipment_id: UUID | None, state: PlanState | None) -> Select[LoadPlan]:
    """The plans that an organization asked for, and the finished ones of shipments that it receives or carries."""
    carried = select(Booking.shipment_id).where(
        Booking.partner_id == organization_id, Booking.state == BookingState.ACCEPTED
    )
    shared = (LoadPlan.consignee_id == organization_id) | LoadPlan.shipment_id.in_(carried)
    statement = select(LoadPlan).where(
        (LoadPlan.owner_id == organization_id) | ((LoadPlan.state == PlanState.DONE) & shared)
    )
    if shipment_id is not None:
        statement = statement.where(LoadPlan.shipment_id == shipment_id)
    return statement.where(LoadPlan.state == state) if state else statement


async def claim(session: AsyncSession, load_plan_id: UUID) -> Claimed | None:
    """Begin to work at a plan, or again after somebody who did not end; None when there is nothing to do."""
    statement = (
        update(LoadPlan)
        .where(LoadPlan.id == load_plan_id, LoadPlan.state.in_(OPEN_STATES), LoadPlan.attempts < MOST_ATTEMPTS)
        .values(
            state=PlanState.SOLVING,
            attempts=LoadPlan.attempts + 1,
            started_at=func.app_now(),
            version=LoadPlan.version + 1,
        )
        .returning(LoadPlan.attempts, LoadPlan.seconds, LoadPlan.task)
    )
    row = (await session.execute(statement)).one_or_none()
    return Claimed(*row) if row else None


async def is_wanted(session: AsyncSession, load_plan_id: UUID, attempt: int) -> bool:
    """Whether this attempt is still the one that counts."""
    statement = select(LoadPlan.id).where(
        LoadPlan.id == load_plan_id, LoadPlan.state == PlanState.SOLVING, LoadPlan.attempts == attempt
    )
    return await session.scalar(statement) is not None


async def end(
    session: AsyncSession, load_plan_id: UUID, values: Mapping[str, Any], *, attempt: int | None = None
) -> LoadPlan | None:
    """End an unfinished plan; with `attempt` only if that one is still the one that counts. None when it has ended already."""
    statement = update(LoadPlan).where(LoadPlan.id == load_plan_id, LoadPlan.state.in_(OPEN_STATES))
    if attempt is not None:
        statement = statement.where(LoadPlan.state == PlanState.SOLVING, LoadPlan.attempts == attempt)
    changed = statement.values(**values, ended_at=func.app_now(), version=LoadPlan.version + 1)
    row: LoadPlan | None = await session.scalar(
        changed.returning(LoadPlan), execution_options={"populate_existing": True}
    )
    return row


async def carriers_of(session: AsyncSession, shipment_id: UUID) -> set[UUID]:
    """The partners who carry a leg of a shipment; only as its shipper."""
    statement = select(Booking.partner_id).where(
        Booking.shipment_id == shipment_id, Booking.state == BookingState.ACCEPTED
    )
    return set(await session.scalars(statement))


async def unfinished(session: AsyncSession, most: int) -> list[tuple[UUID, UUID, int]]:
    """(plan, owner, attempts) of plans that have not ended, the oldest first; only as the operator."""
    statement = (
        select(LoadPlan.id, LoadPlan.owner_id, LoadPlan.attempts)
        .where(LoadPlan.state.in_(OPEN_STATES))
        .order_by(LoadPlan.id)
        .limit(most)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(statement)]
