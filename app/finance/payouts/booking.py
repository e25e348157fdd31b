"""What the ledger is told of payouts: what was sent, and what came back of it; of each item once for each attempt, by its id."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import AccountOf, CauseKind, FactKind, Posting, Purpose, credit, debit
from app.finance.payouts.models import Payout, PayoutItem, PayoutTakeBack
from app.finance.payouts.states import Way

# What the bank sends leaves `bank` when its statement says so; until then, and against that entry, it stands on `unassigned`.
_FROM = {Way.PROVIDER: Purpose.CASH_AT_PROVIDER, Way.BANK: Purpose.UNASSIGNED}


def _payable(row: PayoutItem | PayoutTakeBack) -> AccountOf:
    return AccountOf(row.supplier_id, Purpose.PAYABLE_TO_SUPPLIER, row.currency)


async def book_sent(session: AsyncSession, sent: Sequence[tuple[PayoutItem, int]], way: Way, day: date) -> None:
    """Post what was sent of some items. Raises `PeriodClosed`, `DayAhead`."""
    facts = [
        Posting(
            FactKind.PAYOUT,
            (CauseKind.PAYOUT, row.id),
            day,
            (
                debit(_payable(row), minor),
                credit(AccountOf(None, _FROM[way], row.currency), minor),
            ),
            row.attempt,
        )
        for row, minor in sent
    ]
    await ledger.post(session, *facts)


async def book_returned(
    session: AsyncSession, payout: Payout, items: Sequence[PayoutItem], kept_minor: int, day: date
) -> None:
    """Post what came back of a payout by bank: all of it is owed again, and what banks on the way kept is the house's cost."""
    unassigned = AccountOf(None, Purpose.UNASSIGNED, payout.currency)
    facts = [
        Posting(
            FactKind.PAYOUT_RETURNED,
            (CauseKind.PAYOUT, row.id),
            day,
            (debit(unassigned, row.sent_minor), credit(_payable(row), row.sent_minor)),
            row.attempt,
        )
        for row in items
    ]
    if kept_minor:
        charges = AccountOf(None, Purpose.BANK_CHARGES, payout.currency)
        legs = (debit(charges, kept_minor), credit(unassigned, kept_minor))
        facts.append(Posting(FactKind.BANK_CHARGED, (CauseKind.PAYOUT, payout.id), day, legs))
    await ledger.post(session, *facts)


async def book_taken_back(session: AsyncSession, row: PayoutTakeBack, day: date) -> None:
    """Post what came back to the provider of an item that was sent."""
    legs = (
        debit(AccountOf(None, Purpose.CASH_AT_PROVIDER, row.currency), row.amount_minor),
        credit(_payable(row), row.amount_minor),
    )
    await ledger.post(
        session, Posting(FactKind.PAYOUT_REVERSED, (CauseKind.PAYOUT, row.item_id), day, legs, row.number)
    )
