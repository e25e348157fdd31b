"""The registry of those whose payments, or suppliers' accounts, change at the provider by themselves. A room registers in its
`incoming` module."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.gateways.payments import Account, Dispute, Payment


class HeardTooEarly(Exception):
    """What was told cannot be followed before something else is written down: the answer of the call that made the payment or the
    account, or that money came of which a bank takes some back. The event comes again."""


class Knows(Protocol):
    """Whether a payment, or an account, is one of its own; asked with no tenant set."""

    async def __call__(self, session: AsyncSession, reference: str, /) -> bool:
        """Reads only."""
        ...


class Awaits(Protocol):
    """Whether a payment that nobody knows may have been made by a call of its own whose answer is not written down yet. With no
    tenant set."""

    async def __call__(self, session: AsyncSession, payment: Payment, /) -> bool:
        """Reads only."""
        ...


class AwaitsAccount(Protocol):
    """The same of an account."""

    async def __call__(self, session: AsyncSession, account: Account, /) -> bool:
        """Reads only."""
        ...


class Follows(Protocol):
    """Does what follows from how a payment stands now. Told twice, late or of nothing new, it changes nothing."""

    async def __call__(self, session: AsyncSession, payment: Payment, /, *, now: datetime) -> None:
        """In a transaction of the worker, with no tenant set."""
        ...


class FollowsDispute(Protocol):
    """Does what follows from how a dispute stands now: a payer has his bank take money back. Told twice, late or of nothing new,
    it changes nothing."""

    async def __call__(self, session: AsyncSession, dispute: Dispute, /, *, now: datetime) -> None:
        """In a transaction of the worker, with no tenant set. Raises `HeardTooEarly`."""
        ...


class FollowsAccount(Protocol):
    """Does what follows from how a supplier's account stands now. Told twice, late or of nothing new, it changes nothing."""

    async def __call__(self, session: AsyncSession, account: Account, /, *, now: datetime) -> None:
        """In a transaction of the worker, with no tenant set."""
        ...


@dataclass(frozen=True, slots=True)
class Owner:
    """A part of the house that has payments at the provider."""

    name: str
    knows: Knows
    awaits: Awaits
    follows: Follows


@dataclass(frozen=True, slots=True)
class DisputeOwner:
    """A part of the house that answers for it when a payment is disputed."""

    name: str
    knows: Knows
    follows: FollowsDispute


@dataclass(frozen=True, slots=True)
class AccountOwner:
    """A part of the house that keeps suppliers' accounts at the provider."""

    name: str
    knows: Knows
    awaits: AwaitsAccount
    follows: FollowsAccount


OWNERS: dict[str, Owner] = {}
"""By name."""

DISPUTE_OWNERS: dict[str, DisputeOwner] = {}
"""By name."""


ACCOUNT_OWNERS: dict[str, AccountOwner] = {}
"""By name."""


def named_in(cause: str, kind: str) -> UUID | None:
    """The id of that kind of thing for which a payment was made, as its room told the provider; None where it says another."""
    of, _, told = cause.partition("/")
    try:
        return UUID(told) if of == kind else None
    except ValueError:
        return None


def follows_payments(name: str, *, knows: Knows, awaits: Awaits, follows: Follows) -> None:
    """Register who follows payments that move at the provider without a call of ours."""
    if name in OWNERS:
        raise RuntimeError(f"two owners of payments are called {name}")
    OWNERS[name] = Owner(name, knows, awaits, follows)


def follows_accounts(name: str, *, knows: Knows, awaits: AwaitsAccount, follows: FollowsAccount) -> None:
    """Register who follows suppliers' accounts: whatever happens at one, its owner is told how it stands."""
    if name in ACCOUNT_OWNERS:
        raise RuntimeError(f"two owners of accounts are called {name}")
    ACCOUNT_OWNERS[name] = AccountOwner(name, knows, awaits, follows)


def follows_disputes(name: str, *, knows: Knows, follows: FollowsDispute) -> None:
    """Register who follows disputes of payments that it knows."""
    if name in DISPUTE_OWNERS:
        raise RuntimeError(f"two owners of disputes are called {name}")
    DISPUTE_OWNERS[name] = DisputeOwner(name, knows, follows)
