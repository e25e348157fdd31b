"""What the ledger is told of financing. A financing's facts are numbered by its moves; the advance is the first."""

from datetime import date
from uuid import UUID

from app.finance.financing.models import Financing, FinancingMove
from app.finance.financing.rules import Parts
from app.finance.financing.states import MoveKind
from app.finance.ledger.facade import AccountOf, CauseKind, FactKind, Leg, Posting, Purpose, credit, debit

_KINDS = {
    MoveKind.REPAID: FactKind.FINANCING_REPAID,
    MoveKind.RETURNED: FactKind.FINANCING_RETURNED,
    MoveKind.RECOURSE: FactKind.FINANCING_RECOURSE,
    MoveKind.LOST: FactKind.FINANCING_LOST,
}


def came(row: Financing, captured_minor: int, advance_minor: int, number: int, day: date) -> Posting:
    """A payment came. The advance is the supplier's, and owed to the financier; what is beyond it is the financier's."""
    beyond = captured_minor - advance_minor
    legs = [debit(AccountOf(None, Purpose.CASH_AT_PROVIDER, row.currency), captured_minor)]
    if advance_minor:
        legs += [
            credit(_payable(row, row.supplier_id), advance_minor),
            debit(_due(row), advance_minor),
            credit(_owed(row), advance_minor),
        ]
    if beyond:
        legs.append(credit(_payable(row, row.financier_id), beyond))
    return Posting(FactKind.FINANCED, (CauseKind.FINANCING, row.id), day, tuple(legs), number)


def moved(row: Financing, move: FinancingMove) -> Posting:
    """Something was repaid, taken back, made good or lost."""
    kind = MoveKind(move.kind)
    whole, principal = move.principal_minor + move.charge_minor, move.principal_minor
    legs: list[Leg] = []
    if kind is not MoveKind.LOST:
        legs += [debit(_payable(row, row.supplier_id), whole), credit(_payable(row, row.financier_id), whole)]
    if principal:
        legs += [debit(_owed(row), principal), credit(_due(row), principal)]
    if kind is MoveKind.RETURNED:
        legs = [(account, -amount) for account, amount in legs]
    cause = (CauseKind.FINANCING, row.id)
    return Posting(_KINDS[kind], cause, move.occurred_on, tuple(legs), move.number)


def gone(row: Financing, kind: FactKind, parts: Parts, number: int, day: date) -> Posting:
    """The financier has money back: his bank took it, or it was given back at the provider's desk. What of it was the advance is
    not owed to him any more."""
    return Posting(kind, (CauseKind.FINANCING, row.id), day, _back(row, parts), number)


def came_again(row: Financing, parts: Parts, number: int, day: date) -> Posting:
    """His bank gave it back: it is where it was."""
    legs = tuple((account, -amount) for account, amount in _back(row, parts))
    return Posting(FactKind.CHARGEBACK_WON, (CauseKind.FINANCING, row.id), day, legs, number)


def _back(row: Financing, parts: Parts) -> tuple[Leg, ...]:
    legs = [credit(AccountOf(None, Purpose.CASH_AT_PROVIDER, row.currency), parts.whole_minor)]
    if parts.supplier_minor:
        legs += [
            debit(_payable(row, row.supplier_id), parts.supplier_minor),
            debit(_owed(row), parts.supplier_minor),
            credit(_due(row), parts.supplier_minor),
        ]
    if parts.financier_minor:
        legs.append(debit(_payable(row, row.financier_id), parts.financier_minor))
    return tuple(legs)


def _payable(row: Financing, holder_id: UUID) -> AccountOf:
    return AccountOf(holder_id, Purpose.PAYABLE_TO_SUPPLIER, row.currency)


def _due(row: Financing) -> AccountOf:
    return AccountOf(row.financier_id, Purpose.FINANCING_DUE, row.currency)


def _owed(row: Financing) -> AccountOf:
    return AccountOf(row.supplier_id, Purpose.FINANCING_OWED, row.currency)
