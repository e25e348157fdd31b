"""What `partingline verify` proves of reconciliation: what the last run saw, it told."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.reconciliation.models import Reconciliation, ReconciliationDifference
from app.finance.reconciliation.queries import compared, lines_after
from app.finance.reconciliation.rules import line_differences, said_of
from app.finance.reconciliation.states import OF_THE_LEDGER, RunPhase
from app.kit.verify import check

AT_ONCE = 1000
_PATIENTLY = text("SET LOCAL statement_timeout = 0")
_SUMS = text(
    "SELECT cause_id, coalesce(there_currency, currency) AS currency, coalesce(sum(cash_minor), 0)::bigint AS cash, "
    "coalesce(sum(hold_minor), 0)::bigint AS hold FROM reconciliation_lines "
    "WHERE run_id = :run AND cause_id IS NOT NULL GROUP BY 1, 2"
)


@check("reconciliation")
async def reconciliation(session: AsyncSession) -> tuple[int, list[str]]:
    """Every line that the last run compared and that differs is a difference, every one that does not is none; what is told of a
    cause is what the lines of that cause come to; and the run has counted its lines. Looked at are lines and differences."""
    await session.execute(_PATIENTLY)
    done = select(Reconciliation).where(Reconciliation.phase == RunPhase.DONE).order_by(Reconciliation.id.desc())
    run = await session.scalar(done.limit(1))
    if run is None:
        return 0, []
    told = select(ReconciliationDifference).where(ReconciliationDifference.last_run_id == run.id)
    left = {(row.kind, row.line_kind, row.reference): row for row in await session.scalars(told)}
    looked, differences, broken, after = 0, len(left), [], ("", "")
    while lines := await lines_after(session, run.id, after, AT_ONCE):
        looked += len(lines)
        for line in lines:
            for found in [] if line.moving else line_differences(compared(line)):
                row = left.pop((found.kind, found.line_kind, found.reference), None)
                if row is None or (row.here, row.there) != (found.here, found.there):
                    broken.append(f"{found.line_kind} {found.reference} differs ({found.kind}), and is not told so")
        after = (lines[-1].kind, lines[-1].reference)
        session.expunge_all()
    sums = await _there(session, run.id)
    broken += [
        f"{row.line_kind} {row.reference} is told to differ ({row.kind}), and does not"
        for row in left.values()
        if not _says_what_was_there(row, sums)
    ]
    if looked != run.looked_at:
        broken.append(f"run {run.id} has {looked} lines, and says {run.looked_at}")
    return looked + differences, broken


async def _there(session: AsyncSession, run_id: UUID) -> dict[tuple[UUID, str], str]:
    """What the provider has of each cause and currency, as differences say it."""
    rows = (await session.execute(_SUMS, {"run": run_id})).all()
    return {(row.cause_id, row.currency): said_of(row.cash, row.currency, row.hold) for row in rows}


def _says_what_was_there(row: ReconciliationDifference, sums: dict[tuple[UUID, str], str]) -> bool:
    """A difference that no line shows by itself is one of the ledger. What the ledger has of a cause moves on, and is not
    reckoned again; what the provider had of it is."""
    if row.kind not in OF_THE_LEDGER or row.cause_id is None:
        return False
    told = {one.split(" ")[1].rstrip(","): one for one in row.there.split("; ")}
    return all(one == sums.get((row.cause_id, code), said_of(0, code, 0)) for code, one in told.items())
