"""The request's transaction: opened by the edge, committed by the edge before the answer leaves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.engine import Database, Role
from app.kit.outside import OF_REQUEST

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """One transaction for this request under the `app` role; read-only for safe methods."""
    database: Database = request.app.state.database
    async with database.transaction(Role.APP, readonly=request.method in SAFE_METHODS) as session:
        session.info[OF_REQUEST] = True
        request.state.session = session
        yield session


Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


@asynccontextmanager
async def after_reading(request: Request, session: AsyncSession) -> AsyncIterator[AsyncSession]:
    """A short transaction for what a request leaves behind that otherwise only reads. Its own ends first, so that no request ever
    holds two connections: nothing is read by it afterwards."""
    await session.rollback()
    database: Database = request.app.state.database
    async with database.transaction(Role.APP) as own:
        yield own
