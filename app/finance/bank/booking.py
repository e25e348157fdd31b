"""What the ledger is told of the bank.

Whatever moves an account moves `bank` in the same transaction, so that at every moment both say the same. What came in and is not
known yet stands on `unassigned`, and so does, on its other side, what left.
"""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from app.finance.bank.models import BankEntry
from app.finance.ledger.facade import AccountOf, CauseKind, FactKind, Leg, Posting, Purpose, debit

POSTED_AT_ONCE = 500


def bank(currency: str) -> AccountOf:
    """What the house has at its banks."""
    return AccountOf(None, Purpose.BANK, currency)


def unassigned(currency: str) -> AccountOf:
    """What of it nobody knows yet."""
    return AccountOf(None, Purpose.UNASSIGNED, currency)


def _charges(currency: str) -> AccountOf:
    return AccountOf(None, Purpose.BANK_CHARGES, currency)


def opened(statement_id: UUID, currency: str, opening_minor: int, day: date) -> Posting | None:
    """What an account held before its first statement was earned before the books began."""
    if not opening_minor:
        return None
    legs = (
        debit(bank(currency), opening_minor),
        debit(AccountOf(None, Purpose.RETAINED, currency), -opening_minor),
    )
    return Posting(FactKind.BANK_OPENED, (CauseKind.BANK_STATEMENT, statement_id), day, legs)


def moved(entry: BankEntry, day: date) -> Posting:
    """A movement of an account. What the bank kept of it is the house's cost: whoever paid has paid it."""
    legs: list[Leg] = [debit(unassigned(entry.currency), -entry.amount_minor)]
    if entry.booked_minor:
        legs.append(debit(bank(entry.currency), entry.booked_minor))
    if entry.charge_minor:
        legs.append(debit(_charges(entry.currency), entry.charge_minor))
    kind = FactKind.BANK_RECEIVED if entry.amount_minor > 0 else FactKind.BANK_PAID
    return Posting(kind, (CauseKind.BANK_ENTRY, entry.id), day, tuple(legs))


def charged(match_id: UUID, currency: str, amount_minor: int, day: date, *, undone: bool = False) -> Posting:
    """A movement, or a part, was a charge or interest of the bank; or was not."""
    amount = -amount_minor if undone else amount_minor
    legs = (debit(unassigned(currency), amount), debit(_charges(currency), -amount))
    kind = FactKind.BANK_UNCHARGED if undone else FactKind.BANK_CHARGED
    return Posting(kind, (CauseKind.BANK_MATCH, match_id), day, legs)


def portions(postings: list[Posting]) -> Iterable[list[Posting]]:
    """So many as are posted in one statement."""
    return (postings[at : at + POSTED_AT_ONCE] for at in range(0, len(postings), POSTED_AT_ONCE))
