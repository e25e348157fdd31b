"""The registry of those to whom a supplier may have assigned what he is owed of a milestone. A part registers in its `incoming`
module.

Whatever a step leaves with the supplier, net of commission, is first claimed by whom it is assigned to; what is taken back again
the supplier bears first, with what he has of the step.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger.facade import CauseKind, Posting


@dataclass(frozen=True, slots=True)
class Left:
    """What a step of a milestone has left with its supplier, net of commission, since it changed by `changed_minor`: given, or
    taken again."""

    milestone_id: UUID
    supplier_id: UUID
    step: int
    given: bool
    amount_minor: int
    changed_minor: int
    day: date


@dataclass(frozen=True, slots=True)
class Diverted:
    """So much of what was given goes to somebody else, or so much of what is taken again is not the supplier's to bring back: it
    is owed no more to that somebody, by the occasion that gave it, unless the supplier has `made_good`, and owes, all of it."""

    holder_id: UUID
    amount_minor: int
    cause: tuple[CauseKind, UUID]
    occasion: int
    facts: tuple[Posting, ...]
    made_good: bool = False


class Claim(Protocol):
    """What of it is somebody else's; None when nothing is."""

    async def __call__(self, session: AsyncSession, left: Left, /) -> Diverted | None:
        """In the transaction that has locked the milestone, before anything of it is posted."""
        ...


class Ended(Protocol):
    """Nothing more comes of a milestone."""

    async def __call__(self, session: AsyncSession, milestone_id: UUID, supplier_id: UUID, day: date, /) -> None:
        """In the transaction that has locked the milestone. Told again it changes nothing."""
        ...


class Binds(Protocol):
    """Whether the supplier may not give back by himself what he has assigned."""

    async def __call__(self, session: AsyncSession, milestone_id: UUID, supplier_id: UUID, /) -> bool:
        """In the transaction that has locked the milestone."""
        ...


@dataclass(frozen=True, slots=True)
class Assignees:
    """What a part does about assigned milestones."""

    claim: Claim
    ended: Ended
    binds: Binds


ASSIGNEES: dict[str, Assignees] = {}
"""By name."""


def assigns(name: str, *, claim: Claim, ended: Ended, binds: Binds) -> None:
    """Register who claims what of milestones."""
    if name in ASSIGNEES:
        raise RuntimeError(f"two parts that milestones are assigned to are called {name}")
    ASSIGNEES[name] = Assignees(claim, ended, binds)


async def claimed(session: AsyncSession, left: Left) -> Diverted | None:
    """The first claim on what a step left: a milestone is assigned once."""
    for one in ASSIGNEES.values():
        diverted = await one.claim(session, left)
        if diverted is not None:
            return diverted
    return None


async def nothing_more_comes(session: AsyncSession, milestone_id: UUID, supplier_id: UUID, day: date) -> None:
    """Tell them."""
    for one in ASSIGNEES.values():
        await one.ended(session, milestone_id, supplier_id, day)


async def is_bound(session: AsyncSession, milestone_id: UUID, supplier_id: UUID) -> bool:
    """Whether anybody binds the supplier."""
    return any([await one.binds(session, milestone_id, supplier_id) for one in ASSIGNEES.values()])
