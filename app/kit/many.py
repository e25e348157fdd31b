"""Jobs that do something about many rows: each in a transaction of its own, so that one that fails stops no other."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime

log = structlog.get_logger(__name__)

Row = TypeVar("Row")
Whose = tuple[UUID, UUID]
"""(row, organization that is acted for)."""
Find = Callable[[AsyncSession, UUID | None, int], Awaitable[Iterable[Whose]]]
"""The next rows after an id in the order of their ids, so many at most; asked as the operator."""

AT_ONCE = 200


async def each(
    runtime: Runtime, name: str, rows: Iterable[Row], act: Callable[[AsyncSession, Row], Awaitable[None]]
) -> None:
    """Do something about some rows. What fails is logged, and the others are done all the same."""
    for row in rows:
        try:
            async with runtime.database.transaction(Role.WORKER) as session:
                await act(session, row)
        except Exception:
            log.exception("row_failed", job=name, row=str(row))


async def every(
    runtime: Runtime,
    name: str,
    find: Find,
    act: Callable[[AsyncSession, UUID, UUID], Awaitable[None]],
    *,
    at_once: int = AT_ONCE,
) -> None:
    """Do something about all that is found, some at a time, acting for whose each is. What fails is not looked at twice."""

    async def done(session: AsyncSession, row: Whose) -> None:
        await act_for(session, row[1])
        await act(session, *row)

    after: UUID | None = None
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, None, operator=True)
            found = list(await find(session, after, at_once))
        await each(runtime, name, found, done)
        if len(found) < at_once:
            return
        after = found[-1][0]
