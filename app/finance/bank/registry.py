"""The registry of those who await money by bank transfer, or have it sent. A part registers in its `incoming` module."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank.rules import Awaited
from app.finance.ledger.facade import AccountOf


@dataclass(frozen=True, slots=True)
class Received:
    """Money that came for a thing that awaited it, or, with a negative amount, left for a thing that it was sent for.

    `account` is the ledger account on which it stands: whoever settles debits it by `amount_minor`, in one posting dated `day`.
    `received_on` is the day on which the bank booked it, which is what counts for terms. `match_id` tells this receipt from
    others: a part that is told of it again does nothing. `bank_reference` is what the bank calls the movement.
    """

    match_id: UUID
    reference: str
    subject: tuple[str, UUID]
    amount_minor: int
    currency: str
    received_on: date
    day: date
    account: AccountOf
    bank_reference: str | None = None


class Find(Protocol):
    """Which of these references are awaited; asked as the operator. Those that are paid are found too, with nothing awaited."""

    async def __call__(self, session: AsyncSession, references: Sequence[str], /) -> Sequence[Awaited]:
        """Reads only, in one statement however many there are."""
        ...


class Fits(Protocol):
    """What of such an amount is awaited, or is to be sent: a person is offered it for a movement that names nothing."""

    async def __call__(
        self, session: AsyncSession, amount_minor: int, currency: str, leaves: bool, /
    ) -> Sequence[Awaited]:
        """Reads only, as the operator; `MOST_OFFERED` at most."""
        ...


class Settle(Protocol):
    """Takes the money: posts it from its account to where it belongs, and does what follows. Raises a `Problem` where it cannot;
    then nothing of it stands."""

    async def __call__(self, session: AsyncSession, received: Received, /, *, now: datetime) -> None:
        """In the caller's transaction, acting as the operator; for an organization's rows act for it by `acting_for`."""
        ...


@dataclass(frozen=True, slots=True)
class Owner:
    """A part of the house that awaits money."""

    name: str
    find: Find
    settle: Settle
    undo: Settle | None = None
    fits: Fits | None = None


MOST_OFFERED = 20
OWNERS: dict[str, Owner] = {}
"""By name."""


def matches_reference(
    name: str, *, find: Find, settle: Settle, undo: Settle | None = None, fits: Fits | None = None
) -> None:
    """Register who awaits money under references.

    `undo` takes a settlement back: it posts the opposite, and raises a `Problem` where it is too late. Without it what was
    settled stays so. `fits` finds by amount what a movement without a reference may be.
    """
    if name in OWNERS:
        raise RuntimeError(f"two parts that await money are called {name}")
    OWNERS[name] = Owner(name, find, settle, undo, fits)


async def awaited(session: AsyncSession, references: Sequence[str]) -> list[Awaited]:
    """What all parts await under these references."""
    found: list[Awaited] = []
    if references:
        for owner in OWNERS.values():
            found += [replace(one, owner=owner.name) for one in await owner.find(session, references)]
    return found


async def fitting(session: AsyncSession, amount_minor: int, currency: str) -> list[Awaited]:
    """What all parts await, or have to send where it is negative, of exactly this amount."""
    found: list[Awaited] = []
    for owner in OWNERS.values():
        if owner.fits is not None:
            rows = await owner.fits(session, abs(amount_minor), currency, amount_minor < 0)
            found += [replace(one, owner=owner.name) for one in rows]
    return found
