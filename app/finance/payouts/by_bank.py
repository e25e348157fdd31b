"""Payouts by bank on the statements of the house's bank: the entry by which one leaves, and the one by which it comes back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank.facade import MOST_OFFERED, Awaited, Moved, Received, moved_for
from app.finance.payouts import bank_queries, queries
from app.finance.payouts.errors import PayoutNotByBank
from app.finance.payouts.models import Payout
from app.finance.payouts.states import PayoutState
from app.finance.payouts.usecases.record import record_bank, record_return
from app.kit.db.tenancy import acting_for

NAME = "finance.payouts"
SUBJECT = "payout"


async def find(session: AsyncSession, references: Sequence[str], /) -> Sequence[Awaited]:
    """Each payout twice: what of it has not left yet by any statement, and what of it may come back."""
    rows = await bank_queries.known_by(session, references)
    moved = await moved_for(session, NAME, [row.id for row in rows])
    return [one for row in rows for one in _both(row, moved.get(row.id, Moved()))]


def _both(row: Payout, moved: Moved) -> list[Awaited]:
    assert row.reference is not None
    leaves = row.amount_minor if row.state == PayoutState.SENDING else row.sent_minor
    comes = row.sent_minor - row.kept_minor if row.state in (PayoutState.SENT, PayoutState.RETURNED) else 0
    subject, returned = (SUBJECT, row.id), row.state == PayoutState.RETURNED
    return [
        Awaited(
            row.reference, subject, max(0, leaves - moved.left_minor), row.currency, takes_parts=False, leaves=True
        ),
        Awaited(row.reference, subject, max(0, comes - moved.came_minor), row.currency, takes_parts=returned),
    ]


async def fits(session: AsyncSession, amount_minor: int, currency: str, leaves: bool, /) -> Sequence[Awaited]:
    """Payouts of so much that no statement has told of yet."""
    rows = await bank_queries.of_amount(session, amount_minor, currency, not leaves, MOST_OFFERED)
    moved = await moved_for(session, NAME, [row.id for row in rows])
    found = [one for row in rows for one in _both(row, moved.get(row.id, Moved())) if one.leaves == leaves]
    return [one for one in found if one.amount_minor == amount_minor]


async def settle(session: AsyncSession, received: Received, /, *, now: datetime) -> None:
    """What left closes a payout that is still to be sent; what came makes it owed again. Of one that the operator has marked
    himself the entry is known from now on. Raises `PayoutNotByBank`."""
    row = await queries.payout(session, received.subject[1])
    if row is None:
        raise PayoutNotByBank()
    async with acting_for(session, row.supplier_id):
        if received.amount_minor < 0 and row.state == PayoutState.SENDING:
            named = received.bank_reference or received.reference
            items = await queries.items_to_send(session, row.id)
            await record_bank(session, row, items, received.day, named, now=now, sent_on=received.received_on)
        elif received.amount_minor > 0 and row.state == PayoutState.SENT:
            await record_return(session, row, received.day, now=now, returned_on=received.received_on)


async def undo(session: AsyncSession, received: Received, /, *, now: datetime) -> None:
    """The entry was another one. What was sent stays so, and what came back: the books have both by the payout itself."""
