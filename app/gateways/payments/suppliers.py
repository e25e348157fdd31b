"""The other side of payments: suppliers' accounts at the provider, what they are sent of a payment, and what comes of it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Amount:
    """Money: integer minor units of an ISO 4217 currency."""

    minor: int
    currency: str


class AccountState(StrEnum):
    """Whether a supplier can be paid: he still has to tell something, the provider looks at it, he can, or he may not."""

    NEW = "new"
    CHECKED = "checked"
    READY = "ready"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class Account:
    """A supplier's account at the provider. `due` are the provider's codes of what he has to tell; `pays_out`: what he is sent
    goes on to his bank."""

    reference: str
    supplier: str
    country: str
    state: AccountState
    pays_out: bool
    due: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Onboarding:
    """Where the supplier tells the provider who he is. It is for him alone, opens once, and ends within minutes."""

    url: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Transfer:
    """A share of a payment that was sent to a supplier's account. `reversed_minor` of it was taken back."""

    reference: str
    account: str
    payment: str
    cause: str
    amount: Amount
    reversed_minor: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Reversal:
    """A part of a transfer that was taken back."""

    reference: str
    transfer: str
    amount: Amount
    made_at: datetime


class PayoutState(StrEnum):
    """Where a payout to a supplier's bank stands."""

    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Payout:
    """What went from a supplier's account to his bank. The provider makes payouts; we look at them."""

    reference: str
    account: str
    amount: Amount
    state: PayoutState
    arrives_on: date
    made_at: datetime


class DisputeState(StrEnum):
    """Whether an answer is awaited from us, the payer's bank looks at it, or who was found to be right."""

    TO_ANSWER = "to_answer"
    LOOKED_AT = "looked_at"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Dispute:
    """A payer has his bank ask for the money back. `reason` is the provider's code."""

    reference: str
    payment: str
    amount: Amount
    state: DisputeState
    reason: str
    answer_by: datetime | None
    made_at: datetime


class SupplierPayments(Protocol):
    """What a provider does for those who are paid. Keys are as in `Payments`.

    A payment is taken whole by the house; transfers send shares of it on, and what is sent to nobody is the house's fee. All
    transfers of one payment together never exceed what was taken of it; a refund takes nothing back of them: reverse first.
    """

    async def open_account(self, *, supplier: str, country: str, key: str) -> Account:
        """An account for a supplier, with nothing told yet. Raises `PaymentRequestInvalid` for a country that has none."""
        ...

    async def onboarding(self, account: str, *, return_url: str, again_url: str) -> Onboarding:
        """Where he tells who he is: comes back to `return_url`, or to `again_url` for another link. Raises `AccountUnknown`."""
        ...

    async def find_account(self, reference: str) -> Account:
        """An account as it stands. Raises `AccountUnknown`."""
        ...

    async def transfer(self, amount: Amount, *, account: str, payment: str, key: str) -> Transfer:
        """Send a share of a captured payment to a supplier. Raises `AccountNotReady`, `AccountUnknown`, `AmountExceeded`,
        `CurrencyDiffers`, `PaymentStateForbids`, `PaymentUnknown`."""
        ...

    async def reverse(self, transfer: str, amount: Amount | None = None, *, key: str) -> Reversal:
        """Take a transfer back, or a part. Raises `AmountExceeded`, `BalanceTooLow`, `CurrencyDiffers`, `TransferUnknown`."""
        ...

    async def find_transfer(self, reference: str) -> Transfer:
        """A transfer as it stands. Raises `TransferUnknown`."""
        ...

    async def payouts_of(self, account: str, *, most: int = 20) -> list[Payout]:
        """The last payouts of a supplier's account (100 at most), newest first. Raises `AccountUnknown`."""
        ...

    async def find_dispute(self, reference: str) -> Dispute:
        """A dispute as it stands. Raises `DisputeUnknown`."""
        ...
