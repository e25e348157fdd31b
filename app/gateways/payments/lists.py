"""What a provider lists of some time, whoever asked for it: how one finds what nobody here knows of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from app.gateways.payments.model import Payment, Refund
from app.gateways.payments.suppliers import Reversal, Transfer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A page, and what the next one is asked for by; None when there is none."""

    items: tuple[T, ...]
    after: str | None


class ProviderLists(Protocol):
    """Everything that was made from a moment on and before another one, as it stands now, in pages of a hundred at most.

    `after` is what the page before said. What is made or changed meanwhile may be missing or come twice: ask for what is past.
    """

    async def payments_between(self, start: datetime, end: datetime, *, after: str | None = None) -> Listed[Payment]:
        """Holds and charges, those that were declined included."""
        ...

    async def refunds_between(self, start: datetime, end: datetime, *, after: str | None = None) -> Listed[Refund]:
        """What was given back of what was taken. What was held and let go is none."""
        ...

    async def transfers_between(self, start: datetime, end: datetime, *, after: str | None = None) -> Listed[Transfer]:
        """What was sent to suppliers' accounts."""
        ...

    async def reversals_between(self, start: datetime, end: datetime, *, after: str | None = None) -> Listed[Reversal]:
        """What was taken back of it."""
        ...

    async def find_reversal(self, transfer: str, reference: str) -> Reversal:
        """One of these. Raises `TransferUnknown`."""
        ...
