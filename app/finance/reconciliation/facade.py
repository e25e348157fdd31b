"""All that other parts, rooms and commands may call."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.reconciliation import difference_queries, queries
from app.finance.reconciliation.errors import RunUnderWay
from app.finance.reconciliation.registry import ExpectedLine, Scope, reconciles
from app.finance.reconciliation.schemas import DifferenceOut, ReconciliationOut
from app.finance.reconciliation.states import LineKind
from app.finance.reconciliation.usecases.reconcile import GRACE, reconcile, usual
from app.finance.reconciliation.views import difference_out, run_out

__all__ = [
    "GRACE",
    "DifferenceOut",
    "ExpectedLine",
    "LineKind",
    "ReconciliationOut",
    "RunUnderWay",
    "Scope",
    "outcome",
    "reconcile",
    "reconciles",
    "usual",
]

MOST_TOLD = 1000


async def outcome(session: AsyncSession, run_id: UUID) -> tuple[ReconciliationOut, list[DifferenceOut]]:
    """A run, and what it found that is open: the first thousand. Only as the operator."""
    row = await queries.run(session, run_id)
    assert row is not None
    return run_out(row), [
        difference_out(one) for one in await difference_queries.open_of_run(session, run_id, MOST_TOLD)
    ]
