"""All the SQL on saved payment methods, locks included."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.methods.models import PaymentMethod
from app.finance.methods.states import MethodState

_SAVED = PaymentMethod.state == MethodState.SAVED


async def lock_methods_of(session: AsyncSession, organization_id: UUID) -> None:
    """Let nobody else add, choose or forget a method of this organization until the transaction ends: which one is the default
    is a matter of all of them."""
    await session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"payment methods of {organization_id}", 7)))
    )


def methods_of(organization_id: UUID) -> Select[PaymentMethod]:
    """What an organization can pay with."""
    return select(PaymentMethod).where(PaymentMethod.organization_id == organization_id, _SAVED)


async def method(session: AsyncSession, method_id: UUID) -> PaymentMethod | None:
    """One of the organization acted for, forgotten ones included."""
    statement = select(PaymentMethod).where(PaymentMethod.id == method_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def of_reference(session: AsyncSession, reference: str) -> PaymentMethod | None:
    """The one that the provider knows by a reference."""
    statement = select(PaymentMethod).where(PaymentMethod.reference == reference)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def default_of(session: AsyncSession, organization_id: UUID) -> PaymentMethod | None:
    """The one that is charged when nothing else is said."""
    return await session.scalar(methods_of(organization_id).where(PaymentMethod.is_default))


async def newest_of(session: AsyncSession, organization_id: UUID) -> PaymentMethod | None:
    """The one that was saved last."""
    return await session.scalar(methods_of(organization_id).order_by(PaymentMethod.id.desc()).limit(1))


async def insert_method(session: AsyncSession, values: Mapping[str, Any]) -> UUID | None:
    """A new method; None when the provider's reference is known already."""
    statement = insert(PaymentMethod).values(**values).on_conflict_do_nothing(index_elements=["reference"])
    return await session.scalar(statement.returning(PaymentMethod.id))


async def change(session: AsyncSession, method_id: UUID, was: MethodState, **values: Any) -> bool:
    """Change a method that stands so; whether it did."""
    statement = (
        update(PaymentMethod)
        .where(PaymentMethod.id == method_id, PaymentMethod.state == was)
        .values(**values, version=PaymentMethod.version + 1, changed_at=func.app_now())
    )
    return await session.scalar(statement.returning(PaymentMethod.id)) is not None


async def undefault(session: AsyncSession, organization_id: UUID) -> None:
    """Let none be the default, for the moment."""
    await session.execute(
        update(PaymentMethod)
        .where(PaymentMethod.organization_id == organization_id, PaymentMethod.is_default)
        .values(is_default=False, version=PaymentMethod.version + 1, changed_at=func.app_now())
    )


async def to_forget(session: AsyncSession, most: int) -> list[tuple[UUID, UUID]]:
    """(method, organization) of methods that the provider is still to forget; only as the operator."""
    statement = select(PaymentMethod.id, PaymentMethod.organization_id).where(
        PaymentMethod.state == MethodState.FORGETTING
    )
    rows = await session.execute(statement.order_by(PaymentMethod.id).limit(most))
    return [(row[0], row[1]) for row in rows]
