"""The payments gateway as rooms know it: methods, payments, refunds, and what can be asked of a provider."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.gateways.payments.errors import DeclineReason, PaymentRefused
from app.gateways.payments.suppliers import Account, Reversal, Transfer
from app.gateways.payments.suppliers import Amount as Amount


def given_at(back_url: str, reference: str) -> str:
    """The address that a payer is led back to, with the reference of what he has given."""
    return f"{back_url}{'&' if '?' in back_url else '?'}given={reference}"


class MethodKind(StrEnum):
    """What money is taken from."""

    CARD = "card"
    BANK_DEBIT = "bank_debit"
    BANK_TRANSFER = "bank_transfer"


class PaymentState(StrEnum):
    """Where a payment stands. `processing`: the money is under way, or the payer is still to send it by his bank."""

    HELD = "held"
    PROCESSING = "processing"
    CAPTURED = "captured"
    REFUNDED = "refunded"
    RELEASED = "released"
    EXPIRED = "expired"
    DECLINED = "declined"


class RefundState(StrEnum):
    """Where a refund stands."""

    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"


class Operation(StrEnum):
    """What can happen at the provider: what rooms ask for, and what comes with time."""

    SAVE_METHOD = "save_method"
    FORGET_METHOD = "forget_method"
    HOLD = "hold"
    CHARGE = "charge"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"
    EXPECT_TRANSFER = "expect_transfer"
    OPEN_ACCOUNT = "open_account"
    TRANSFER = "transfer"
    REVERSE = "reverse"
    EXPIRE = "expire"
    SETTLE = "settle"


@dataclass(frozen=True, slots=True)
class Method:
    """A payer's saved method, as far as it may be shown: never the data of a card or an account.

    `last_digits` are the last digits of the card or of the IBAN; `expires_on` is the last day that is printed on a card.
    """

    reference: str
    payer: str
    kind: MethodKind
    brand: str
    last_digits: str
    can_hold: bool
    expires_on: date | None = None
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Saving:
    """What the payer's browser needs to hand a payment method to the provider. `client_secret` is for that browser alone; when
    it is done, `reference` is the token for `save_method`."""

    reference: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HostedSaving:
    """A page of the provider's own on which the payer gives a method. `url` is for his browser alone; when he has been led back,
    `reference` is the token for `save_method`."""

    reference: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Payment:
    """A hold or a charge, as it stood when it was answered or read.

    `amount` is what was asked for, `captured_minor` what was taken of it, `released_minor` what was held and let go,
    `refunded_minor` what was given back of what was taken; all in the currency of `amount`. From `held_until` on nothing
    can be captured. `cause` is what the room said of it; `decline` stands beside the state `declined`.
    """

    reference: str
    payer: str
    method: str
    cause: str
    state: PaymentState
    amount: Amount
    captured_minor: int
    released_minor: int
    refunded_minor: int
    made_at: datetime
    held_until: datetime | None = None
    decline: DeclineReason | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """A sum given back of a payment."""

    reference: str
    payment: str
    amount: Amount
    state: RefundState
    made_at: datetime


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where the payer's bank is to send money: an account of the provider's, for this payer alone. `kind` says what `number`
    and `bank` are: `iban` (IBAN and BIC), `sort_code`, `aba`, `zengin`, `spei`, `swift`."""

    kind: str
    holder: str
    number: str
    bank: str
    country: str


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """A payment that is awaited from the payer's bank, and what he has to tell his bank."""

    payment: Payment
    accounts: tuple[BankAccount, ...]
    remittance: str
    instructions_url: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call: its answer, or the refusal that it got (with the payment, when one was declined)."""

    operation: Operation
    at: datetime
    answer: "Answer | None"
    refusal: PaymentRefused | None


Answer = Method | Payment | Refund | BankTransfer | Account | Transfer | Reversal
"""What a call that has an effect is answered by."""


class Payments(Protocol):
    """A payment provider.

    Every call that changes something carries a `key`. The same key with the same request gets the same answer (or the
    same refusal) and has one effect, however often and from wherever it comes; with another request it is refused by
    `PaymentKeyReused`. Keys and `payer` are the house's own ids (up to 200 of ``A-Z a-z 0-9 . _ : / -``); a row's id and
    the verb make a good key. `cause` says what the money is for (kind and id) and stands beside it at the provider.

    Any call may raise `PaymentUnavailable`: whether it had an effect is then unknown until it is made again with the
    same key, or until `outcome_of` finds it. Wrong calls raise `PaymentRequestInvalid`, and what looks like a card
    number `CardDataRefused`, before anything leaves the house.

    The payer is never asked during a call: what he has to confirm he confirms in his browser when the token is made.
    Who must confirm once more is declined by `authentication_required` and saves his method again.
    """

    hold_lives: timedelta
    """How long a hold can be relied upon, whatever the card; `held_until` says how long one does live."""

    async def begin_saving(self, *, payer: str, kinds: Sequence[MethodKind], key: str) -> Saving:
        """Let the payer's browser give a method of one of these kinds, and confirm there what is to be confirmed."""
        ...

    async def begin_hosted_saving(
        self, *, payer: str, kinds: Sequence[MethodKind], back_url: str, locale: str, key: str
    ) -> HostedSaving:
        """Let the payer give a method of one of these kinds on a page of the provider's, in his language if it has that.

        He is led back to `back_url` with `given`, the reference, in its query, and to `back_url` alone when he gives up. Raises
        `PaymentRequestInvalid` for kinds that the provider does not offer.
        """
        ...

    async def save_method(self, *, payer: str, token: str, key: str) -> Method:
        """Keep what the payer's browser handed to the provider, known to us by a token. Raises `PaymentDeclined`."""
        ...

    async def forget_method(self, method: str, *, payer: str, key: str) -> Method:
        """Let nobody use a method any more; what was held or charged stays. Raises `MethodUnknown`."""
        ...

    async def hold(self, amount: Amount, *, payer: str, method: str, cause: str, key: str) -> Payment:
        """Reserve money for about a week. Raises `PaymentDeclined`, `MethodCannotHold`, `MethodUnknown`."""
        ...

    async def charge(self, amount: Amount, *, payer: str, method: str, cause: str, key: str) -> Payment:
        """Take money at once; a debit is `processing` for days. Raises `PaymentDeclined`, `MethodUnknown`."""
        ...

    async def expect_transfer(self, amount: Amount, *, payer: str, country: str, cause: str, key: str) -> BankTransfer:
        """Await money from the payer's bank: `processing` until it comes, and released by `release` if it is not wanted any more.
        `country` (ISO 3166-1) is where the account shall be. Raises `PaymentRequestInvalid` for a currency without such."""
        ...

    async def capture(self, payment: str, amount: Amount | None = None, *, key: str) -> Payment:
        """Take what is held, or a part of it: the rest is released. Raises `PaymentDeclined` (nothing is held any more),
        `HoldExpired`, `PaymentStateForbids`, `AmountExceeded`, `CurrencyDiffers`, `PaymentUnknown`."""
        ...

    async def release(self, payment: str, *, key: str) -> Payment:
        """Let go all that is held, or await a bank transfer no more. Raises `HoldExpired`, `PaymentStateForbids`,
        `PaymentUnknown`."""
        ...

    async def refund(self, payment: str, amount: Amount | None = None, *, key: str) -> Refund:
        """Give back what was taken, or a part of it. Raises `PaymentStateForbids`, `AmountExceeded`, `CurrencyDiffers`,
        `PaymentUnknown`."""
        ...

    async def find_method(self, reference: str) -> Method:
        """A method as it stands. Raises `MethodUnknown`."""
        ...

    async def find_payment(self, reference: str) -> Payment:
        """A payment as it stands. Raises `PaymentUnknown`."""
        ...

    async def find_refund(self, reference: str) -> Refund:
        """A refund as it stands. Raises `PaymentUnknown`."""
        ...

    async def outcome_of(self, key: str, *, payer: str) -> Outcome | None:
        """What became of a payer's call; None when none with this key has arrived. It may still arrive: only the same
        call made again is certain."""
        ...
