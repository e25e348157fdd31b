"""The registry of those whose payments, or suppliers' accounts, change at the provider by themselves. A room registers in its
`incoming` module."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from app.gateways.payments import Account, Dispute, Payment


class HeardTooEarly(Exception):
    """What was told cannot be followed before something else is, such as a dispute before its payment: the event comes again."""


class Knows(Protocol):
    """Whether a payment, or an account, is one of its own; asked with no tenant set."""

    async def __call__(self, session: AsyncSession, reference: str, /) -> bool:
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
    follows: FollowsAccount


OWNERS: dict[str, Owner] = {}
"""By name."""

DISPUTE_OWNERS: dict[str, DisputeOwner] = {}
"""By name."""


ACCOUNT_OWNERS: dict[str, AccountOwner] = {}
"""By name."""


def follows_payments(name: str, *, knows: Knows, follows: Follows) -> None:
    """Register who follows payments that move at the provider without a call of ours."""
    if name in OWNERS:
        raise RuntimeError(f"two owners of payments are called {name}")
    OWNERS[name] = Owner(name, knows, follows)


def follows_accounts(name: str, *, knows: Knows, follows: FollowsAccount) -> None:
    """Register who follows suppliers' accounts: whatever happens at one, its owner is told how it stands."""
    if name in ACCOUNT_OWNERS:
        raise RuntimeError(f"two owners of accounts are called {name}")
    ACCOUNT_OWNERS[name] = AccountOwner(name, knows, follows)


def follows_disputes(name: str, *, knows: Knows, follows: FollowsDispute) -> None:
    """Register who follows disputes of payments that it knows."""
    if name in DISPUTE_OWNERS:
        raise RuntimeError(f"two owners of disputes are called {name}")
    DISPUTE_OWNERS[name] = DisputeOwner(name, knows, follows)
