"""What `partingline verify` proves of reconciliation: what the last run saw, it told."""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.reconciliation.models import Reconciliation, ReconciliationDifference
from app.finance.reconciliation.queries import compared, lines_after
from app.finance.reconciliation.rules import line_differences
from app.finance.reconciliation.states import RunPhase
from app.kit.verify import check

AT_ONCE = 1000
_PATIENTLY = text("SET LOCAL statement_timeout = 0")


@check("reconciliation")
async def reconciliation(session: AsyncSession) -> tuple[int, list[str]]:
    """Every line that the last run compared and that differs is a difference, every one that does not is none, and the run has
    counted its lines."""
    await session.execute(_PATIENTLY)
    done = select(Reconciliation).where(Reconciliation.phase == RunPhase.DONE).order_by(Reconciliation.id.desc())
    run = await session.scalar(done.limit(1))
    if run is None:
        return 0, []
    told = select(ReconciliationDifference).where(ReconciliationDifference.last_run_id == run.id)
    left = {(row.kind, row.line_kind, row.reference): row for row in await session.scalars(told)}
    looked, broken, after = 0, [], ("", "")
    while lines := await lines_after(session, run.id, after, AT_ONCE):
        looked += len(lines)
        for line in lines:
            for found in [] if line.moving else line_differences(compared(line)):
                row = left.pop((found.kind, found.line_kind, found.reference), None)
                if row is None or (row.here, row.there) != (found.here, found.there):
                    broken.append(f"{found.line_kind} {found.reference} differs ({found.kind}), and is not told so")
        after = (lines[-1].kind, lines[-1].reference)
        session.expunge_all()
    # What the ledger has of a cause moves on, and is not reckoned again.
    broken += [
        f"{row.line_kind} {row.reference} is told to differ ({row.kind}), and does not"
        for row in left.values()
        if not row.here.startswith("ledger ")
    ]
    if looked != run.looked_at:
        broken.append(f"run {run.id} has {looked} lines, and says {run.looked_at}")
    return looked + await _runs(session), broken


async def _runs(session: AsyncSession) -> int:
    return int(await session.scalar(text("SELECT count(*) FROM reconciliations WHERE phase = 'done'")) or 0)
