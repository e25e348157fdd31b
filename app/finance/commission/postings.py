"""Commission as facts of the ledger."""

from datetime import date
from uuid import UUID

from app.finance.commission.rules import Terms, commission_of
from app.finance.ledger.facade import AccountOf, CauseKind, FactKind, Leg, Posting, Purpose, credit, debit


def facts(
    terms: Terms,
    supplier_id: UUID,
    currency: str,
    amount_minor: int,
    cause: tuple[CauseKind, UUID],
    occasion: int,
    day: date,
) -> Posting | None:
    """Commission on a payment, taken off what is owed to the supplier; None where it is nothing.

    Raises `ValueError` for a payment in another currency than the deal's.
    """
    if currency != terms.currency:
        raise ValueError(f"the terms of this deal are in {terms.currency}, and not in {currency}")
    taken_minor = commission_of(terms, amount_minor)
    return _posting(FactKind.COMMISSION, supplier_id, currency, taken_minor, cause, occasion, day)


def facts_of_return(
    supplier_id: UUID,
    currency: str,
    returned_minor: int,
    cause: tuple[CauseKind, UUID],
    occasion: int,
    day: date,
) -> Posting | None:
    """Commission that goes back to the supplier with a refund (`returned`); None where it is nothing."""
    return _posting(FactKind.COMMISSION_RETURNED, supplier_id, currency, -returned_minor, cause, occasion, day)


def _posting(
    kind: FactKind,
    supplier_id: UUID,
    currency: str,
    taken_minor: int,
    cause: tuple[CauseKind, UUID],
    occasion: int,
    day: date,
) -> Posting | None:
    owed, income = (
        AccountOf(supplier_id, Purpose.PAYABLE_TO_SUPPLIER, currency),
        AccountOf(None, Purpose.COMMISSION_INCOME, currency),
    )
    legs: tuple[Leg, ...] = (debit(owed, taken_minor), credit(income, taken_minor))
    return Posting(kind, cause, day, legs, occasion) if taken_minor else None
