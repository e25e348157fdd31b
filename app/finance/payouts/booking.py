"""What the ledger is told of payouts: what was sent, and what came back of it; of each item once, by its id."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import AccountOf, CauseKind, FactKind, Posting, Purpose, credit, debit
from app.finance.payouts.models import PayoutItem, PayoutTakeBack
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
        )
        for row, minor in sent
    ]
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
