"""SQL on shared containers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.logistics.freight.models import Consolidation, ConsolidationMember
from app.logistics.models import Booking


async def consolidation(session: AsyncSession, consolidation_id: UUID) -> Consolidation | None:
    """One of the acting partner's."""
    return await session.scalar(select(Consolidation).where(Consolidation.id == consolidation_id))


async def lock_consolidation(session: AsyncSession, consolidation_id: UUID) -> Consolidation | None:
    """The same, locked: whoever changes what is in it comes one after the other."""
    return await session.scalar(
        select(Consolidation)
        .where(Consolidation.id == consolidation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def consolidations_of(partner_id: UUID, state: str | None) -> Select[Consolidation]:
    """A partner's shared containers."""
    statement = select(Consolidation).where(Consolidation.partner_id == partner_id)
    return statement.where(Consolidation.state == state) if state else statement


async def members(session: AsyncSession, consolidation_id: UUID) -> list[ConsolidationMember]:
    """What is in a container."""
    statement = select(ConsolidationMember).where(
        ConsolidationMember.consolidation_id == consolidation_id, ConsolidationMember.removed_at.is_(None)
    )
    statement = statement.order_by(ConsolidationMember.id).execution_options(populate_existing=True)
    return list((await session.scalars(statement)).all())


async def member(session: AsyncSession, member_id: UUID) -> ConsolidationMember | None:
    """One of what is in a container."""
    return await session.scalar(select(ConsolidationMember).where(ConsolidationMember.id == member_id))


async def bookings_of(session: AsyncSession, consolidation_id: UUID) -> list[Booking]:
    """The bookings in a container, as they are now."""
    statement = (
        select(Booking)
        .join(ConsolidationMember, ConsolidationMember.booking_id == Booking.id)
        .where(ConsolidationMember.consolidation_id == consolidation_id, ConsolidationMember.removed_at.is_(None))
        .execution_options(populate_existing=True)
    )
    return list((await session.scalars(statement)).all())


async def insert_member(session: AsyncSession, values: Mapping[str, Any]) -> ConsolidationMember | None:
    """Put a booking in; None when it is in a container already."""
    statement = insert(ConsolidationMember).values(**values).on_conflict_do_nothing().returning(ConsolidationMember)
    found: ConsolidationMember | None = await session.scalar(statement)
    return found


async def remove_members(session: AsyncSession, consolidation_id: UUID, member_id: UUID | None = None) -> None:
    """Take one out, or all."""
    statement = update(ConsolidationMember).where(
        ConsolidationMember.consolidation_id == consolidation_id, ConsolidationMember.removed_at.is_(None)
    )
    if member_id is not None:
        statement = statement.where(ConsolidationMember.id == member_id)
    await session.execute(statement.values(removed_at=func.app_now()).execution_options(synchronize_session=False))


def shares_of(shipper_id: UUID, booking_id: UUID | None) -> Select[ConsolidationMember]:
    """What a shipper pays of shared containers."""
    statement = select(ConsolidationMember).where(
        ConsolidationMember.shipper_id == shipper_id, ConsolidationMember.share_minor.is_not(None)
    )
    return statement.where(ConsolidationMember.booking_id == booking_id) if booking_id else statement
