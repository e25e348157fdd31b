"""All the SQL on framework orders and the members' orders under them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.pooling.ordering.models import FrameworkLine, FrameworkOrder, FrameworkShipment


@dataclass(frozen=True, slots=True)
class Sent:
    """So many lots of an item to a place, for so many commitments."""

    item_id: UUID
    place: str
    lots: int
    commitments: int


@dataclass(frozen=True, slots=True)
class Sums:
    """So many framework orders, and what they come to; amounts in minor units."""

    count: int
    lots: int
    total_minor: int
    members_minor: int


async def insert_plan(
    session: AsyncSession, frameworks: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]
) -> None:
    """The framework orders of a campaign, and what is to be ordered under them."""
    await session.execute(insert(FrameworkOrder), list(frameworks))
    await session.execute(insert(FrameworkLine), list(lines))


async def to_place(session: AsyncSession, campaign_id: UUID, most: int) -> list[tuple[FrameworkLine, FrameworkOrder]]:
    """Some lines whose order is not placed yet, locked."""
    statement = (
        select(FrameworkLine, FrameworkOrder)
        .join(FrameworkOrder, FrameworkOrder.id == FrameworkLine.framework_id)
        .where(FrameworkLine.campaign_id == campaign_id, FrameworkLine.order_id.is_(None))
        .order_by(FrameworkLine.id)
        .limit(most)
        .with_for_update(of=FrameworkLine)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def placed(session: AsyncSession, line_id: UUID, order_id: UUID) -> None:
    """Keep which order a line came to."""
    await session.execute(
        update(FrameworkLine)
        .where(FrameworkLine.id == line_id, FrameworkLine.order_id.is_(None))
        .values(order_id=order_id)
        .execution_options(synchronize_session=False)
    )


def frameworks_of(organization_id: UUID, campaign_id: UUID | None) -> Select[FrameworkOrder]:
    """Framework orders to a supplier, and those of campaigns that an organization leads."""
    whose = (FrameworkOrder.supplier_id == organization_id) | (FrameworkOrder.lead_id == organization_id)
    statement = select(FrameworkOrder).where(whose)
    return statement.where(FrameworkOrder.campaign_id == campaign_id) if campaign_id else statement


async def framework(session: AsyncSession, framework_id: UUID) -> FrameworkOrder | None:
    """One that the acting organization may see."""
    return await session.scalar(select(FrameworkOrder).where(FrameworkOrder.id == framework_id))


async def lines_of(session: AsyncSession, framework_ids: Iterable[UUID]) -> dict[UUID, list[FrameworkLine]]:
    """Lines by framework order, as far as the acting organization may see them."""
    statement = select(FrameworkLine).where(FrameworkLine.framework_id.in_(set(framework_ids)))
    found: dict[UUID, list[FrameworkLine]] = {}
    for row in await session.scalars(statement.order_by(FrameworkLine.framework_id, FrameworkLine.id)):
        found.setdefault(row.framework_id, []).append(row)
    return found


def lines_under(framework_id: UUID, supplier_id: UUID) -> Select[FrameworkLine]:
    """The lines that a supplier has under a framework order: none for anybody else, not even a member's own."""
    of_supplier = FrameworkLine.supplier_id == supplier_id
    return select(FrameworkLine).where(FrameworkLine.framework_id == framework_id, of_supplier)


async def lines_of_commitments(
    session: AsyncSession, commitment_ids: Iterable[UUID]
) -> dict[UUID, list[FrameworkLine]]:
    """By commitment: what each supplier delivers of it, as far as the acting organization may see it."""
    statement = select(FrameworkLine).where(FrameworkLine.commitment_id.in_(set(commitment_ids)))
    found: dict[UUID, list[FrameworkLine]] = {}
    for row in await session.scalars(statement.order_by(FrameworkLine.id)):
        found.setdefault(row.commitment_id, []).append(row)
    return found


async def sent_to_places(session: AsyncSession, framework_id: UUID) -> list[Sent]:
    """What goes where under a framework order, summed up; for its supplier."""
    statement = (
        select(FrameworkLine.item_id, FrameworkLine.place, func.sum(FrameworkLine.lots), func.count())
        .where(FrameworkLine.framework_id == framework_id)
        .group_by(FrameworkLine.item_id, FrameworkLine.place)
        .order_by(FrameworkLine.place, FrameworkLine.item_id)
    )
    return [Sent(row[0], row[1], int(row[2]), row[3]) for row in await session.execute(statement)]


async def sums_of(session: AsyncSession, campaign_id: UUID) -> Sums:
    """What the framework orders of a campaign come to, as far as the acting organization may see them."""
    columns = (FrameworkOrder.lots, FrameworkOrder.total_minor, FrameworkOrder.members_minor)
    statement = select(func.count(), *(func.coalesce(func.sum(column), 0) for column in columns))
    row = (await session.execute(statement.where(FrameworkOrder.campaign_id == campaign_id))).one()
    return Sums(row[0], int(row[1]), int(row[2]), int(row[3]))


async def orders_of(session: AsyncSession, commitment_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The purchase orders that commitments came to."""
    statement = select(FrameworkLine.commitment_id, FrameworkLine.order_id).where(
        FrameworkLine.commitment_id.in_(set(commitment_ids)), FrameworkLine.order_id.is_not(None)
    )
    found: dict[UUID, list[UUID]] = {}
    for commitment_id, order_id in await session.execute(statement.order_by(FrameworkLine.id)):
        if order_id is not None:
            found.setdefault(commitment_id, []).append(order_id)
    return found


async def shipment_of(session: AsyncSession, framework_id: UUID) -> FrameworkShipment | None:
    """The shipment that brings a framework order, once it is planned."""
    return await session.scalar(select(FrameworkShipment).where(FrameworkShipment.framework_id == framework_id))


async def shipments_of(session: AsyncSession, framework_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Shipments by framework order."""
    statement = select(FrameworkShipment).where(FrameworkShipment.framework_id.in_(set(framework_ids)))
    return {row.framework_id: row.shipment_id for row in await session.scalars(statement)}


async def insert_shipment(session: AsyncSession, framework: FrameworkOrder, shipment_id: UUID) -> FrameworkShipment:
    """Keep which shipment brings a framework order."""
    values = {
        "framework_id": framework.id,
        "campaign_id": framework.campaign_id,
        "supplier_id": framework.supplier_id,
        "lead_id": framework.lead_id,
        "shipment_id": shipment_id,
    }
    statement = insert(FrameworkShipment).values(**values).returning(FrameworkShipment)
    row: FrameworkShipment = (await session.scalars(statement)).one()
    return row
