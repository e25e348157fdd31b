"""What a statement says, whatever it is written as."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.finance.ledger.models import LedgerAccount
from app.finance.ledger.queries import Line
from app.finance.ledger.rules import natural
from app.finance.ledger.states import (
    CAUSE_LABELS,
    FACT_LABELS,
    PURPOSE_LABELS,
    CauseKind,
    FactKind,
    Purpose,
)
from app.kit.locales import N_, NP_, translate
from app.reference import facade as reference

HEADINGS = (
    NP_("statement of account", "Date"),
    NP_("statement of account", "Posting"),
    NP_("statement of account", "Cause"),
    NP_("statement of account", "Reference"),
    NP_("statement of account", "Debit"),
    NP_("statement of account", "Credit"),
    NP_("statement of account", "Balance"),
)
TITLE = N_("Statement of account")
OPENING = NP_("statement of account", "Opening balance")
CLOSING = NP_("statement of account", "Closing balance")
FROM = NP_("statement of account", "From {first} to {last}")
PAGE = NP_("statement of account", "Page")


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the lines. Amounts are minor units, positive on the side on which the account grows."""

    holder: str
    account: LedgerAccount
    first_day: date
    last_day: date
    opening_minor: int
    locale: str

    @property
    def exponent(self) -> int:
        """Decimals of the currency."""
        return reference.currency(self.account.currency).exponent

    @property
    def purpose(self) -> str:
        """The account's name."""
        return translate(PURPOSE_LABELS[Purpose(self.account.purpose)], self.locale)

    @property
    def headings(self) -> list[str]:
        """Of the columns."""
        return [translate(heading, self.locale) for heading in HEADINGS]

    @property
    def days(self) -> str:
        """Which days it is about."""
        shown = [reference.display_date(day, self.locale) for day in (self.first_day, self.last_day)]
        return translate(FROM, self.locale, first=shown[0], last=shown[1])


@dataclass(frozen=True, slots=True)
class Row:
    """A line: `debit` or `credit` is given, and what the account comes to after it. In units of the currency."""

    day: date
    posting: str
    cause: str
    reference: str
    debit: Decimal | None
    credit: Decimal | None
    balance: Decimal


def amount(head: Head, minor: int) -> Decimal:
    """Minor units as units of the currency."""
    return Decimal(minor).scaleb(-head.exponent)


def opening(head: Head) -> Row:
    """The first row."""
    text = translate(OPENING, head.locale)
    return Row(head.first_day, text, "", "", None, None, amount(head, head.opening_minor))


def closing(head: Head, balance_minor: int) -> Row:
    """The last row."""
    return Row(head.last_day, translate(CLOSING, head.locale), "", "", None, None, amount(head, balance_minor))


def rows(head: Head, lines: Sequence[Line], balance_minor: int) -> tuple[list[Row], int]:
    """The rows of some entries that follow a balance, and the balance after them."""
    purpose, found = Purpose(head.account.purpose), []
    for line in lines:
        balance_minor += natural(purpose, line.amount_minor)
        size = amount(head, abs(line.amount_minor))
        found.append(
            Row(
                day=line.occurred_on,
                posting=translate(FACT_LABELS[FactKind(line.kind)], head.locale),
                cause=translate(CAUSE_LABELS[CauseKind(line.cause_kind)], head.locale),
                reference=str(line.cause_id),
                debit=size if line.amount_minor > 0 else None,
                credit=size if line.amount_minor < 0 else None,
                balance=amount(head, balance_minor),
            )
        )
    return found, balance_minor
