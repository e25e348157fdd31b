"""A statement as a bank tells it, in our words. Amounts are minor units; what came in is positive, what left negative."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Line:
    """One movement: an entry, or one transaction of an entry that is a batch.

    `booked_minor` is what the account moved by; `charge_minor` is what the bank kept of it for itself, so that the payer sent
    both. `entry` and `part` count from one: the entry of the statement, the transaction of the entry. `structured` are references
    in fields of their own, `texts` everything that the payer or the bank wrote. `original` is the payer's own name for the
    payment, which comes back with a reversal.
    """

    entry: int
    part: int
    booked_minor: int
    charge_minor: int
    booked_on: date
    value_on: date | None
    reversal: bool
    is_charge: bool
    bank_reference: str | None
    original: str | None
    structured: tuple[str, ...]
    texts: tuple[str, ...]
    party: str | None
    party_account: str | None
    instructed_minor: int | None = None
    instructed_currency: str | None = None

    @property
    def amount_minor(self) -> int:
        """What the payer sent, or what left."""
        return self.booked_minor + self.charge_minor

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.entry}.{self.part}"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one account over some time. `lines` are booked: what is pending or for information is not among them."""

    number: int
    identification: str
    account: str
    currency: str
    electronic_number: int | None
    legal_number: int | None
    opening_minor: int
    opening_on: date
    closing_minor: int
    closing_on: date
    lines: tuple[Line, ...] = field(repr=False)

    @property
    def sum_minor(self) -> int:
        """What the lines come to."""
        return sum(line.booked_minor for line in self.lines)

    @property
    def order(self) -> tuple[str, str, date, date, int, int]:
        """In which order statements of a file follow one another."""
        return (
            self.account,
            self.currency,
            self.opening_on,
            self.closing_on,
            self.electronic_number or self.legal_number or 0,
            self.number,
        )


def digest(statement: Statement) -> bytes:
    """SHA-256 of what a statement says, whatever it is called: the same entries sent again under another name have the same."""
    said = [
        (statement.account, statement.currency),
        (statement.opening_minor, statement.closing_minor, statement.closing_on.isoformat()),
    ]
    return sha256(repr([*said, *_said(statement.lines)]).encode()).digest()


def _said(lines: Iterable[Line]) -> list[tuple[object, ...]]:
    return sorted(
        (
            line.booked_on.isoformat(),
            line.booked_minor,
            line.charge_minor,
            line.reversal,
            line.bank_reference or "",
            line.original or "",
            line.structured,
            line.texts,
        )
        for line in lines
    )
