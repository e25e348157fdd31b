"""The registry of those whose money commission is taken of: what a line of its invoice names. A part registers in its `reactions`
module."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger.facade import CauseKind


@dataclass(frozen=True, slots=True)
class ChargedDeal:
    """A part of a deal: what both sides call the deal, and which part of it this is."""

    deal: tuple[str, UUID]
    number: str
    position: int


class TellsDeals(Protocol):
    """Says of which deals some causes are."""

    async def __call__(self, session: AsyncSession, ids: Collection[UUID], /) -> Mapping[UUID, ChargedDeal]:
        """Acting as the operator. Reads only."""
        ...


TELLERS: dict[CauseKind, TellsDeals] = {}
"""By what the ledger names as the cause of commission."""


def tells_deals(kind: CauseKind, tells: TellsDeals) -> None:
    """Register who knows the causes of a kind."""
    if kind in TELLERS:
        raise RuntimeError(f"two parts tell of deals by {kind}")
    TELLERS[kind] = tells
