"""What the payment provider should say of transfers to suppliers and of those that were taken back."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger.facade import CauseKind
from app.finance.payouts import queries
from app.finance.reconciliation.facade import ExpectedLine, LineKind, Scope

MADE = frozenset({"made"})


async def lines(session: AsyncSession, scope: Scope, after: UUID | None, most: int) -> list[ExpectedLine]:
    """Transfers and reversals, each with its item as its cause. While a reversal of an item is asked for, nothing of the item is
    compared."""
    rows = await queries.at_provider(session, scope.start, scope.end, scope.references, after, most)
    return [
        ExpectedLine(
            row.id,
            LineKind(row.kind),
            row.reference,
            row.amount_minor,
            row.currency,
            frozenset() if row.moves else MADE,
            (CauseKind.PAYOUT, row.item_id),
            row.of,
        )
        for row in rows
    ]
