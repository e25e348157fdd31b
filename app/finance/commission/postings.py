"""Commission as facts of the ledger: the one place where it is booked."""

from datetime import date
from uuid import UUID

from app.finance.ledger.facade import AccountOf, CauseKind, FactKind, Posting, Purpose, credit, debit

Cause = tuple[CauseKind, UUID]


def posting_of(supplier_id: UUID, currency: str, taken_minor: int, cause: Cause, occasion: int, day: date) -> Posting:
    """Commission, taken off what is owed to the supplier."""
    return _posting(FactKind.COMMISSION, supplier_id, currency, taken_minor, cause, occasion, day)


def posting_of_return(
    supplier_id: UUID, currency: str, returned_minor: int, cause: Cause, occasion: int, day: date
) -> Posting:
    """Commission that goes back to the supplier, with what is not his any more."""
    return _posting(FactKind.COMMISSION_RETURNED, supplier_id, currency, -returned_minor, cause, occasion, day)


def _posting(
    kind: FactKind, supplier_id: UUID, currency: str, taken_minor: int, cause: Cause, occasion: int, day: date
) -> Posting:
    owed = AccountOf(supplier_id, Purpose.PAYABLE_TO_SUPPLIER, currency)
    income = AccountOf(None, Purpose.COMMISSION_INCOME, currency)
    return Posting(kind, cause, day, (debit(owed, taken_minor), credit(income, taken_minor)), occasion)
