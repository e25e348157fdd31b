"""The registry of those who have payments, refunds, transfers or reversals at the provider. A part registers in its `incoming`
module."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger.facade import CauseKind
from app.finance.reconciliation.states import LineKind


@dataclass(frozen=True, slots=True)
class ExpectedLine:
    """What a part of the house knows of a thing at the provider.

    `key` orders the part's lines. `states` are the provider's states that fit what the part knows; while a call is under way
    there is none, and the line is not compared. `cause` is what the ledger was told of its money with: all lines of a cause are
    listed together. `of` is the payment of a refund, or the transfer of a reversal. `given_back_minor` is what the part knows was
    given back of a payment, by whomever; nothing where the part does not follow that.
    """

    key: UUID
    kind: LineKind
    reference: str
    amount_minor: int
    currency: str
    states: frozenset[str]
    cause: tuple[CauseKind, UUID] | None
    of: str | None = None
    given_back_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which lines are wanted: those that last changed from a moment on and before another one, and those of some references."""

    start: datetime
    end: datetime
    references: frozenset[str] = frozenset()


class Lines(Protocol):
    """A part's lines in the order of their keys, after one of them."""

    async def __call__(
        self, session: AsyncSession, scope: Scope, after: UUID | None, most: int, /
    ) -> Sequence[ExpectedLine]:
        """In a transaction of the worker, acting as the operator. Reads only."""
        ...


OWNERS: dict[str, Lines] = {}
"""By name."""


def reconciles(name: str, *, lines: Lines) -> None:
    """Register whose lines are compared."""
    if name in OWNERS:
        raise RuntimeError(f"two parts with lines at the provider are called {name}")
    OWNERS[name] = lines
