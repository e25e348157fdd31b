"""What is gained and lost by rates of exchange. Pure; amounts are minor units, a debit is positive."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from app.finance.ledger.facade import (
    AccountOf,
    CauseKind,
    FactKind,
    Leg,
    Posting,
    Purpose,
    credit,
    debit,
    exchanged,
    month_after,
)
from app.reference import facade as reference


@dataclass(frozen=True, slots=True)
class LockedRate:
    """How many of `quote` one `base` buys in a deal, whatever the market does; of which day's rate, by whom."""

    base: str
    quote: str
    value: Decimal
    day: date
    source: str

    def into(self, currency: str) -> tuple[str, Fraction]:
        """(the other currency, how many of `currency` one of it buys). Raises `ValueError` for a third one."""
        ways = {self.quote: (self.base, Fraction(self.value)), self.base: (self.quote, 1 / Fraction(self.value))}
        if currency not in ways:
            raise ValueError(f"a rate between {self.base} and {self.quote} does not lead to {currency}")
        return ways[currency]

    def exchange_minor(self, amount_minor: int, currency: str) -> int:
        """An amount of one of the two currencies in the other: rounded once, half away from nought."""
        other = self.quote if currency == self.base else self.base
        source, rate = self.into(other)
        if source != currency:
            raise ValueError(f"a rate between {self.base} and {self.quote} says nothing of {currency}")
        return reference.exchange_minor(amount_minor, currency, other, rate)


def worth_of(amounts: Mapping[str, int], rates: Mapping[str, Decimal], into: str) -> int:
    """What amounts in several currencies come to in one of them, rounded once; `rates`: how many of `into` one of each buys."""
    exact = sum(
        (
            reference.exact_exchange(amount, currency, into, Decimal(1) if currency == into else rates[currency])
            for currency, amount in amounts.items()
            if amount
        ),
        Fraction(0),
    )
    return reference.round_half_away(exact)


def facts_of_difference(
    kind: FactKind,
    cause: tuple[CauseKind, UUID],
    day: date,
    legs: Sequence[Leg],
    *,
    rates: Mapping[str, Decimal],
    into: str,
    occasion: int = 1,
) -> Posting:
    """A payment in one currency that settles a debt in another, by the rates of the day on which it is paid.

    `legs` say what was agreed: so much is paid, so much debt is settled. What the one is worth more than the other in `into` is
    the house's gain, what it is worth less its loss. Its positions take the rest, so that each currency comes to nothing.
    """
    amounts: dict[str, int] = defaultdict(int)
    for account, amount in legs:
        amounts[account.currency] += amount
    gain_minor = worth_of(amounts, rates, into)
    result = (credit(AccountOf(None, Purpose.FX_GAIN_LOSS, into), gain_minor),) if gain_minor else ()
    return Posting(kind, cause, day, exchanged((*legs, *result)), occasion)


def gain_of(positions: Mapping[str, int], rates: Mapping[str, Decimal], into: str) -> int:
    """What the house has gained by its open positions since they were valued last. A position is what the ledger's account says:
    a debit where the house owes the currency, a credit where it has it."""
    return worth_of({currency: -position for currency, position in positions.items()}, rates, into)


def facts_of_revaluation(revaluation_id: UUID, last_day: date, gain_minor: int, into: str) -> Posting | None:
    """A month's gain or loss; None for neither. Afterwards the positions are worth nothing at the month's rates."""
    if not gain_minor:
        return None
    legs = (
        debit(AccountOf(None, Purpose.FX_POSITION, into), gain_minor),
        credit(AccountOf(None, Purpose.FX_GAIN_LOSS, into), gain_minor),
    )
    return Posting(FactKind.CURRENCY_REVALUED, (CauseKind.REVALUATION, revaluation_id), last_day, legs)


def last_of_month(period: date) -> date:
    """The last day of the month that begins on a day."""
    return month_after(period) - timedelta(days=1)
