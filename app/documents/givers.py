"""Rooms that show files to others by rules of their own. Where a right may end, no grant is written: the room is asked, and
a policy of the database lets in whom it would name."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

Giver = Callable[[AsyncSession, UUID], Awaitable[bool]]

GIVERS: dict[str, Giver] = {}
"""What a file is shown with → whether the acting organization is shown it so now."""


def register_giver(kind: str) -> Callable[[Giver], Giver]:
    """Register a function that says whether the acting organization is shown a file with a thing of this kind."""

    def register(giver: Giver) -> Giver:
        if kind in GIVERS:
            raise RuntimeError(f"two givers are named {kind}")
        GIVERS[kind] = giver
        return giver

    return register


async def is_given(session: AsyncSession, document_id: UUID) -> bool:
    """Whether any room shows the acting organization this file."""
    for giver in GIVERS.values():
        if await giver(session, document_id):
            return True
    return False
