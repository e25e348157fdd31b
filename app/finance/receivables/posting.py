"""What is told to the ledger: each trade debt is a pair, what the issuer is owed and what the recipient owes."""

from datetime import date
from uuid import UUID

from app.finance.ledger.facade import AccountOf, CauseKind, FactKind, Leg, Posting, Purpose, credit, debit

Sides = tuple[UUID, UUID, str]
"""Issuer, recipient, currency."""


def _accounts(sides: Sides) -> tuple[AccountOf, AccountOf]:
    issuer_id, recipient_id, currency = sides
    return (
        AccountOf(issuer_id, Purpose.RECEIVABLE, currency),
        AccountOf(recipient_id, Purpose.TRADE_PAYABLE, currency),
    )


def more_owed(kind: FactKind, cause: tuple[CauseKind, UUID], sides: Sides, amount_minor: int, day: date) -> Posting:
    """The recipient owes so much more."""
    receivable, payable = _accounts(sides)
    return _told(kind, cause, (debit(receivable, amount_minor), credit(payable, amount_minor)), day)


def less_owed(kind: FactKind, cause: tuple[CauseKind, UUID], sides: Sides, amount_minor: int, day: date) -> Posting:
    """The recipient owes so much less."""
    receivable, payable = _accounts(sides)
    return _told(kind, cause, (debit(payable, amount_minor), credit(receivable, amount_minor)), day)


def _told(kind: FactKind, cause: tuple[CauseKind, UUID], legs: tuple[Leg, ...], day: date) -> Posting:
    return Posting(kind, cause, day, legs)
