"""Who a transaction acts for, told to PostgreSQL, where row-level security reads it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_SET = text(
    "SELECT set_config('app.organization_id', :organization_id, true), "
    "set_config('app.person_id', :person_id, true), set_config('app.operator', :operator, true)"
)
# What was set is read before the new is: the outer part runs for a row of the inner.
_SET_INSTEAD = text(
    "WITH before AS MATERIALIZED (SELECT current_setting('app.organization_id', true) AS organization_id, "
    "current_setting('app.person_id', true) AS person_id, current_setting('app.operator', true) AS operator) "
    "SELECT before.*, set_config('app.organization_id', :organization_id, true), "
    "set_config('app.person_id', '', true), set_config('app.operator', :operator, true) FROM before"
)


async def act_for(
    session: AsyncSession, organization_id: UUID | None, *, person_id: UUID | None = None, operator: bool = False
) -> None:
    """Set the tenant of the running transaction. The setting ends with the transaction."""
    await session.execute(
        _SET,
        {
            "organization_id": str(organization_id or ""),
            "person_id": str(person_id or ""),
            "operator": "on" if operator else "",
        },
    )


@asynccontextmanager
async def acting_for(
    session: AsyncSession, organization_id: UUID | None, *, operator: bool = False
) -> AsyncIterator[None]:
    """Within the block, act for an organization; afterwards for whomever it was before. Used by reactions and jobs."""
    await session.flush()
    before = (
        await session.execute(
            _SET_INSTEAD,
            {"organization_id": str(organization_id or ""), "operator": "on" if operator else ""},
        )
    ).one()
    try:
        yield
        await session.flush()
    finally:
        if session.is_active:
            await session.execute(
                _SET,
                {"organization_id": before[0] or "", "person_id": before[1] or "", "operator": before[2] or ""},
            )
