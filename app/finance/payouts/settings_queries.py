"""All the SQL on suppliers' accounts at the provider and on how they are paid out, locks included."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.payouts.models import PayoutCalendar, PayoutDefaults, SupplierAccount
from app.gateways.payments import AccountState


async def account(session: AsyncSession, organization_id: UUID) -> SupplierAccount | None:
    """The account of the organization acted for."""
    statement = select(SupplierAccount).where(SupplierAccount.organization_id == organization_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def account_of_reference(session: AsyncSession, reference: str) -> SupplierAccount | None:
    """The one that the provider knows by a reference; only as the operator."""
    return await session.scalar(select(SupplierAccount).where(SupplierAccount.reference == reference))


async def insert_account(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """A new account; False if a colleague was quicker."""
    statement = insert(SupplierAccount).values(**values).on_conflict_do_nothing(index_elements=["organization_id"])
    return await session.scalar(statement.returning(SupplierAccount.organization_id)) is not None


async def lock_account(session: AsyncSession, organization_id: UUID) -> SupplierAccount | None:
    """The account of the organization acted for, locked."""
    statement = select(SupplierAccount).where(SupplierAccount.organization_id == organization_id).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def accounts_not_ready(session: AsyncSession, before: datetime, most: int) -> list[tuple[UUID, str]]:
    """(organization, reference) of accounts that are not ready and were not looked at for long; only as the operator."""
    statement = select(SupplierAccount.organization_id, SupplierAccount.reference).where(
        SupplierAccount.state != AccountState.READY, SupplierAccount.looked_at < before
    )
    rows = await session.execute(statement.order_by(SupplierAccount.looked_at).limit(most))
    return [(row[0], row[1]) for row in rows]


async def defaults(session: AsyncSession) -> PayoutDefaults:
    """How suppliers are paid out who have said nothing."""
    return (await session.scalars(select(PayoutDefaults).execution_options(populate_existing=True))).one()


async def lock_defaults(session: AsyncSession) -> PayoutDefaults:
    """The same, locked; only as the operator."""
    statement = select(PayoutDefaults).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one()


async def calendar(session: AsyncSession, organization_id: UUID) -> PayoutCalendar | None:
    """What was said about an organization."""
    statement = select(PayoutCalendar).where(PayoutCalendar.organization_id == organization_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def lock_calendar(session: AsyncSession, organization_id: UUID) -> PayoutCalendar | None:
    """The same, locked."""
    statement = select(PayoutCalendar).where(PayoutCalendar.organization_id == organization_id).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def insert_calendar(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """The first words about an organization; False if somebody was quicker."""
    statement = insert(PayoutCalendar).values(**values).on_conflict_do_nothing(index_elements=["organization_id"])
    return await session.scalar(statement.returning(PayoutCalendar.organization_id)) is not None


async def change_calendar(session: AsyncSession, organization_id: UUID, values: Mapping[str, Any]) -> None:
    """Say something else about an organization, whose row is locked."""
    changed = {**values, "version": PayoutCalendar.version + 1, "changed_at": func.app_now()}
    statement = update(PayoutCalendar).where(PayoutCalendar.organization_id == organization_id)
    await session.execute(statement.values(**changed))
