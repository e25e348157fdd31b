"""All the SQL on runs and their lines, as the operator."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.reconciliation.models import Reconciliation, ReconciliationDifference, ReconciliationLine
from app.finance.reconciliation.registry import ExpectedLine
from app.finance.reconciliation.rules import Compared, There
from app.finance.reconciliation.states import DifferenceState, LineKind, RunPhase

LEASE = timedelta(minutes=10)
_LINE = ("run_id", "kind", "reference")


async def lock_unfinished(session: AsyncSession) -> Reconciliation | None:
    """The run that is not done."""
    return await session.scalar(
        select(Reconciliation)
        .where(Reconciliation.phase != RunPhase.DONE)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def insert_run(session: AsyncSession, **values: Any) -> bool:
    """A new run; False when somebody else began one at the same time: a unique index lets one be under way."""
    done = insert(Reconciliation).values(**values).on_conflict_do_nothing().returning(Reconciliation.id)
    return await session.scalar(done) is not None


async def lock_held(session: AsyncSession, run_id: UUID, held_by: UUID) -> Reconciliation | None:
    """A run, as long as whoever works on it still has it."""
    return await session.scalar(
        select(Reconciliation)
        .where(Reconciliation.id == run_id, Reconciliation.held_by == held_by)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


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


async def give_up(session: AsyncSession, run_id: UUID, held_by: UUID) -> None:
    """He works on it no more; nothing when somebody else has taken it over."""
    mine = update(Reconciliation).where(Reconciliation.id == run_id, Reconciliation.held_by == held_by)
    await session.execute(mine.values(busy_until=None, held_by=None))


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
            "given_back_minor": line.given_back_minor,
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
            "there_given_back_minor": there.given_back_minor,
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
        row.given_back_minor,
        row.there_given_back_minor,
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
