"""All the SQL on reconciliation, as the operator."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.reconciliation.models import Reconciliation, ReconciliationDifference, ReconciliationLine
from app.finance.reconciliation.registry import ExpectedLine
from app.finance.reconciliation.rules import Compared, Found, There
from app.finance.reconciliation.states import DifferenceKind, DifferenceState, LineKind, RunPhase

LEASE = timedelta(minutes=10)
MOST_REOPENED = 10_000
_LINE = ("run_id", "kind", "reference")


async def lock_unfinished(session: AsyncSession) -> Reconciliation | None:
    """The run that is not done."""
    return await session.scalar(
        select(Reconciliation)
        .where(Reconciliation.phase != RunPhase.DONE)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def insert_run(session: AsyncSession, **values: Any) -> None:
    """A new run; a unique index lets one be under way."""
    await session.execute(insert(Reconciliation).values(**values))


async def run(session: AsyncSession, run_id: UUID) -> Reconciliation | None:
    """One of them."""
    statement = select(Reconciliation).where(Reconciliation.id == run_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


def runs() -> Select[Reconciliation]:
    """All of them."""
    return select(Reconciliation)


async def go_on(
    session: AsyncSession, run_id: UUID, phase: RunPhase, cursor: str | None, now: datetime, **values: Any
) -> None:
    """Write down how far a run is; whoever works on it has it for himself a while longer."""
    told = {"phase": phase, "cursor": cursor, "busy_until": now + LEASE, **values}
    await session.execute(update(Reconciliation).where(Reconciliation.id == run_id).values(**told))


async def give_up(session: AsyncSession, run_id: UUID) -> None:
    """Nobody works on it any more."""
    await session.execute(update(Reconciliation).where(Reconciliation.id == run_id).values(busy_until=None))


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


async def put_expected(session: AsyncSession, run_id: UUID, owner: str, lines: Iterable[ExpectedLine]) -> None:
    """What a part knows. What another one told first stands."""
    values = [
        {
            "run_id": run_id,
            "kind": line.kind,
            "reference": line.reference,
            "of": line.of,
            "owner": owner,
            "amount_minor": line.amount_minor,
            "currency": line.currency,
            "states": sorted(line.states),
            "cause_kind": line.cause[0] if line.cause else None,
            "cause_id": line.cause[1] if line.cause else None,
        }
        for line in {(line.kind, line.reference): line for line in lines}.values()
    ]
    if not values:
        return
    statement = insert(ReconciliationLine).values(values)
    told = {name: statement.excluded[name] for name in values[0] if name not in _LINE}
    await session.execute(
        statement.on_conflict_do_update(index_elements=_LINE, set_=told, where=ReconciliationLine.owner.is_(None))
    )


async def put_seen(session: AsyncSession, run_id: UUID, answers: Sequence[There]) -> None:
    """What the provider says of things."""
    values = [
        {
            "run_id": run_id,
            "kind": there.kind,
            "reference": there.reference,
            "of": there.of,
            "seen": True,
            "there_minor": there.amount_minor,
            "there_currency": there.currency,
            "there_state": there.state,
            "cash_minor": there.cash_minor,
            "hold_minor": there.hold_minor,
        }
        for there in {(there.kind, there.reference): there for there in answers}.values()
    ]
    if not values:
        return
    statement = insert(ReconciliationLine).values(values)
    told = {name: statement.excluded[name] for name in values[0] if name not in (*_LINE, "of")}
    await session.execute(statement.on_conflict_do_update(index_elements=_LINE, set_=told))


async def put_missing(session: AsyncSession, run_id: UUID, kind: LineKind, references: Iterable[str]) -> None:
    """The provider does not know them."""
    await session.execute(
        update(ReconciliationLine)
        .where(
            ReconciliationLine.run_id == run_id,
            ReconciliationLine.kind == kind,
            ReconciliationLine.reference.in_(set(references)),
        )
        .values(seen=True)
    )


async def known(session: AsyncSession, run_id: UUID, references: Iterable[str]) -> set[str]:
    """Those of these references that a part of the house knows, as far as the run knows."""
    statement = select(ReconciliationLine.reference).where(
        ReconciliationLine.run_id == run_id,
        ReconciliationLine.reference.in_(set(references)),
        ReconciliationLine.owner.is_not(None),
    )
    return set(await session.scalars(statement))


async def not_seen(session: AsyncSession, run_id: UUID, most: int) -> list[ReconciliationLine]:
    """The next things that the provider was not asked for."""
    rows = await session.scalars(
        select(ReconciliationLine)
        .where(ReconciliationLine.run_id == run_id, ReconciliationLine.seen.is_(False))
        .order_by(ReconciliationLine.kind, ReconciliationLine.reference)
        .limit(most)
    )
    return list(rows)


async def lines_after(
    session: AsyncSession, run_id: UUID, after: tuple[str, str], most: int
) -> list[ReconciliationLine]:
    """The next lines of a run."""
    rows = await session.scalars(
        select(ReconciliationLine)
        .where(
            ReconciliationLine.run_id == run_id,
            tuple_(ReconciliationLine.kind, ReconciliationLine.reference) > after,
        )
        .order_by(ReconciliationLine.kind, ReconciliationLine.reference)
        .limit(most)
        .execution_options(populate_existing=True)
    )
    return list(rows)


def compared(row: ReconciliationLine) -> Compared:
    """A line for the rules."""
    return Compared(
        LineKind(row.kind),
        row.reference,
        row.owner,
        (row.cause_kind, row.cause_id) if row.cause_kind and row.cause_id else None,
        row.amount_minor,
        row.currency,
        frozenset(row.states or ()),
        row.there_minor,
        row.there_currency,
        row.there_state,
        row.of,
    )


async def mark_moving(session: AsyncSession, run_id: UUID, references: Iterable[str]) -> None:
    """They changed here while the provider was asked."""
    await session.execute(
        update(ReconciliationLine)
        .where(ReconciliationLine.run_id == run_id, ReconciliationLine.reference.in_(set(references)))
        .values(moving=True)
    )


@dataclass(frozen=True, slots=True)
class ThereByCause:
    """What the provider has of a cause's lines in a currency, and the line that names it."""

    cause: tuple[str, UUID]
    currency: str
    cash_minor: int
    hold_minor: int
    kind: LineKind
    reference: str
    owner: str


async def causes_after(session: AsyncSession, run_id: UUID, after: UUID, most: int) -> list[ThereByCause]:
    """The next causes of a run whose lines can be compared, in the order of their ids; a cause's currencies all together."""
    line = ReconciliationLine
    of_cause = (
        select(line.cause_id)
        .where(line.run_id == run_id, line.cause_id > after)
        .group_by(line.cause_id)
        .having(func.bool_and(func.cardinality(line.states) > 0), func.bool_and(line.moving.is_(False)))
        .order_by(line.cause_id)
        .limit(most)
    )
    first = case((line.kind == LineKind.PAYMENT, 0), else_=1)
    currency = func.coalesce(line.there_currency, line.currency)

    def leading(column: Any) -> Any:
        return func.array_agg(aggregate_order_by(column, first, line.reference))[1]

    statement = (
        select(
            line.cause_kind,
            line.cause_id,
            currency,
            func.coalesce(func.sum(line.cash_minor), 0),
            func.coalesce(func.sum(line.hold_minor), 0),
            leading(line.kind),
            leading(line.reference),
            leading(line.owner),
        )
        .where(line.run_id == run_id, line.cause_id.in_(of_cause))
        .group_by(line.cause_kind, line.cause_id, currency)
        .order_by(line.cause_id)
    )
    return [
        ThereByCause((row[0], row[1]), row[2], int(row[3]), int(row[4]), LineKind(row[5]), row[6], row[7])
        for row in await session.execute(statement)
    ]


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
    """Those of these causes of which a line differs already in this run."""
    statement = select(ReconciliationDifference.cause_id).where(
        ReconciliationDifference.last_run_id == run_id, ReconciliationDifference.cause_id.in_(set(cause_ids))
    )
    return {one for one in await session.scalars(statement) if one}


async def mark_vanished(session: AsyncSession, run_id: UUID) -> None:
    """What was open, was looked at and was not found again has vanished by itself."""
    line, row = ReconciliationLine, ReconciliationDifference
    looked_at = (
        select(line.reference)
        .where(
            line.run_id == run_id, line.kind == row.line_kind, line.reference == row.reference, line.moving.is_(False)
        )
        .exists()
    )
    await session.execute(
        update(row)
        .where(row.state == DifferenceState.OPEN, row.last_run_id != run_id, looked_at)
        .values(state=DifferenceState.VANISHED, ended_at=func.app_now())
        .execution_options(synchronize_session=False)
    )


async def counts(session: AsyncSession, run_id: UUID) -> tuple[int, int]:
    """(things looked at, differences of them that are open)."""
    looked_at = select(func.count()).select_from(ReconciliationLine).where(ReconciliationLine.run_id == run_id)
    differing = (
        select(func.count())
        .select_from(ReconciliationDifference)
        .where(ReconciliationDifference.last_run_id == run_id, ReconciliationDifference.state == DifferenceState.OPEN)
    )
    return int(await session.scalar(looked_at) or 0), int(await session.scalar(differing) or 0)


async def forget_lines(session: AsyncSession, run_id: UUID) -> None:
    """Delete the lines of other runs."""
    await session.execute(delete(ReconciliationLine).where(ReconciliationLine.run_id != run_id))


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
