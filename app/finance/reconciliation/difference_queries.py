"""All the SQL on differences, as the operator."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.finance.reconciliation.models import ReconciliationDifference, ReconciliationLine
from app.finance.reconciliation.rules import Found
from app.finance.reconciliation.states import OF_THE_LEDGER, DifferenceKind, DifferenceState

MOST_REOPENED = 10_000


async def put_doubted(session: AsyncSession, run_id: UUID) -> None:
    """What differed before and is not settled is looked at again, however old it is."""
    doubted = (
        select(
            ReconciliationDifference.line_kind,
            ReconciliationDifference.reference,
            func.max(ReconciliationDifference.of),
        )
        .where(ReconciliationDifference.state == DifferenceState.OPEN)
        .group_by(ReconciliationDifference.line_kind, ReconciliationDifference.reference)
        .limit(MOST_REOPENED)
    )
    rows = (await session.execute(doubted)).all()
    if rows:
        lines = [{"run_id": run_id, "kind": row[0], "reference": row[1], "of": row[2]} for row in rows]
        await session.execute(insert(ReconciliationLine).values(lines).on_conflict_do_nothing())


async def open_references(session: AsyncSession) -> frozenset[str]:
    """What differs and is open."""
    statement = select(ReconciliationDifference.reference).where(ReconciliationDifference.state == DifferenceState.OPEN)
    return frozenset(await session.scalars(statement.limit(MOST_REOPENED)))


async def put_differences(session: AsyncSession, run_id: UUID, ids: Iterable[UUID], found: Sequence[Found]) -> None:
    """Keep what differs. What was closed stays so as long as both sides say what they said then; otherwise it is open again."""
    if not found:
        return
    row = ReconciliationDifference
    statement = insert(row).values(
        [
            {
                "id": one_id,
                "kind": one.kind,
                "line_kind": one.line_kind,
                "reference": one.reference,
                "of": one.of,
                "owner": one.owner,
                "cause_kind": one.cause[0] if one.cause else None,
                "cause_id": one.cause[1] if one.cause else None,
                "here": one.here,
                "there": one.there,
                "first_run_id": run_id,
                "last_run_id": run_id,
            }
            for one_id, one in zip(ids, found, strict=True)
        ]
    )
    given = statement.excluded
    stays = (row.state == DifferenceState.CLOSED) & (row.here == given.here) & (row.there == given.there)
    kept = {
        column.key: case((stays, column), else_=None)
        for column in (row.reason, row.posting_id, row.closed_by, row.ended_at)
    }
    again = case((row.last_run_id == run_id, 0), else_=1)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "line_kind", "reference"],
            set_={
                "here": given.here,
                "there": given.there,
                "of": given.of,
                "owner": given.owner,
                "cause_kind": given.cause_kind,
                "cause_id": given.cause_id,
                "state": case((stays, DifferenceState.CLOSED), else_=DifferenceState.OPEN),
                "times_found": row.times_found + again,
                "last_run_id": run_id,
                "last_found_at": func.app_now(),
                **kept,
            },
        )
    )


async def causes_differing(session: AsyncSession, run_id: UUID, cause_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these causes of which a line differs in this run, and nobody has looked into that."""
    statement = select(ReconciliationDifference.cause_id).where(
        ReconciliationDifference.last_run_id == run_id,
        ReconciliationDifference.state == DifferenceState.OPEN,
        ReconciliationDifference.kind.not_in(OF_THE_LEDGER),
        ReconciliationDifference.cause_id.in_(set(cause_ids)),
    )
    return {one for one in await session.scalars(statement) if one}


async def mark_vanished(session: AsyncSession, run_id: UUID) -> None:
    """What was looked at and not found again has vanished: what was open, and what was closed, so that it is told anew should it
    come back. What the ledger has of a cause was looked at where all lines of the cause were, and none of them differs openly."""
    line, row, other = ReconciliationLine, ReconciliationDifference, aliased(ReconciliationDifference)
    of_run = line.run_id == run_id
    waits = line.moving | ((line.owner.is_not(None)) & (func.cardinality(line.states) == 0))
    of_cause = of_run & (line.cause_id == row.cause_id)
    differs = (other.cause_id == row.cause_id) & (other.last_run_id == run_id) & (other.state == DifferenceState.OPEN)
    summed = (
        exists().where(of_cause)
        & ~exists().where(of_cause, waits)
        & ~exists().where(differs, other.kind.not_in(OF_THE_LEDGER))
    )
    looked_at = exists().where(of_run, line.kind == row.line_kind, line.reference == row.reference, ~waits)
    await session.execute(
        update(row)
        .where(
            row.state.in_((DifferenceState.OPEN, DifferenceState.CLOSED)),
            row.last_run_id != run_id,
            looked_at,
            row.cause_id.is_(None) | row.kind.not_in(OF_THE_LEDGER) | summed,
        )
        .values(state=DifferenceState.VANISHED, ended_at=func.app_now())
        .execution_options(synchronize_session=False)
    )


def differences(
    *, state: DifferenceState | None, kind: DifferenceKind | None, run_id: UUID | None
) -> Select[ReconciliationDifference]:
    """Differences, those that stand so; of a run those that it found last."""
    found = select(ReconciliationDifference)
    if state is not None:
        found = found.where(ReconciliationDifference.state == state)
    if kind is not None:
        found = found.where(ReconciliationDifference.kind == kind)
    if run_id is None:
        return found
    return found.where(
        or_(ReconciliationDifference.last_run_id == run_id, ReconciliationDifference.first_run_id == run_id)
    )


async def difference(session: AsyncSession, difference_id: UUID) -> ReconciliationDifference | None:
    """One of them."""
    statement = select(ReconciliationDifference).where(ReconciliationDifference.id == difference_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def open_of_run(session: AsyncSession, run_id: UUID, most: int) -> list[ReconciliationDifference]:
    """What a run found and is open."""
    statement = differences(state=DifferenceState.OPEN, kind=None, run_id=None).where(
        ReconciliationDifference.last_run_id == run_id
    )
    return list(await session.scalars(statement.order_by(ReconciliationDifference.id).limit(most)))


async def close_difference(session: AsyncSession, difference_id: UUID, **values: Any) -> bool:
    """Close one that is open; False when it is not."""
    done = await session.scalar(
        update(ReconciliationDifference)
        .where(ReconciliationDifference.id == difference_id, ReconciliationDifference.state == DifferenceState.OPEN)
        .values(state=DifferenceState.CLOSED, ended_at=func.app_now(), **values)
        .returning(ReconciliationDifference.id)
    )
    return done is not None
