"""Compare what both sides say, and keep what differs. Nothing is put right here."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger import facade as ledger
from app.finance.ledger.facade import CauseKind, Purpose
from app.finance.reconciliation import difference_queries, queries
from app.finance.reconciliation.models import Reconciliation, ReconciliationLine
from app.finance.reconciliation.registry import OWNERS, Scope
from app.finance.reconciliation.rules import CauseSums, Found, ledger_differences, line_differences
from app.finance.reconciliation.states import RunPhase
from app.kit.ids import new_id

AT_ONCE = 500
NOBODY = UUID(int=0)
_LINES, _CAUSES = "lines", "causes"


async def compare(session: AsyncSession, row: Reconciliation, now: datetime) -> bool:
    """The next lines; after them the next causes; at the end the run is done, and nobody works on it. Whether there is more."""
    what, _, after = (row.cursor or _LINES).partition(" ")
    if what == _LINES:
        cursor: str | None = await _compare_lines(session, row, after)
    else:
        cursor = await _compare_causes(session, row, after)
    if cursor is not None:
        await queries.go_on(session, row.id, RunPhase.COMPARING, cursor, now)
        return True
    await difference_queries.mark_vanished(session, row.id)
    looked_at, differing = await queries.counts(session, row.id)
    await queries.forget_lines(session, row.id)
    done = {"looked_at": looked_at, "differing": differing, "ended_at": now, "busy_until": None, "held_by": None}
    await queries.go_on(session, row.id, RunPhase.DONE, None, now, **done)
    return False


async def _compare_lines(session: AsyncSession, row: Reconciliation, after: str) -> str:
    kind, _, reference = after.partition(" ")
    lines = await queries.lines_after(session, row.id, (kind, reference), AT_ONCE)
    moving = await _moving(session, row, lines)
    found = [one for line in lines if line.reference not in moving for one in line_differences(queries.compared(line))]
    if moving:
        await queries.mark_moving(session, row.id, moving)
    await _keep(session, row, found)
    return f"{_LINES} {lines[-1].kind} {lines[-1].reference}" if len(lines) == AT_ONCE else _CAUSES


async def _moving(session: AsyncSession, row: Reconciliation, lines: Sequence[ReconciliationLine]) -> set[str]:
    """What parts know otherwise now than when the run asked them: it changed meanwhile, and the next run looks at it."""
    references = frozenset(line.reference for line in lines)
    if not references:
        return set()
    scope = Scope(row.starts_at, row.starts_at, references)
    now: dict[str, tuple[object, ...]] = {}
    for name in sorted(OWNERS):
        for line in await OWNERS[name](session, scope, None, 2 * len(references)):
            cause = (line.cause[0].value, line.cause[1]) if line.cause else (None, None)
            told = (line.kind.value, name, line.amount_minor, line.currency, line.states, line.given_back_minor, *cause)
            now.setdefault(line.reference, told)
    before: dict[str, tuple[object, ...]] = {
        line.reference: (
            line.kind,
            line.owner,
            line.amount_minor,
            line.currency,
            frozenset(line.states or ()),
            line.given_back_minor,
            line.cause_kind,
            line.cause_id,
        )
        for line in lines
        if line.owner is not None
    }
    return {reference for reference in references if before.get(reference) != now.get(reference)}


async def _compare_causes(session: AsyncSession, row: Reconciliation, after: str) -> str | None:
    there = await queries.causes_after(session, row.id, UUID(after) if after else NOBODY, AT_ONCE)
    if not there:
        return None
    causes = sorted({one.cause for one in there})
    here = await ledger.house_sums_of_causes(
        session, [(CauseKind(kind), cause_id) for kind, cause_id in causes], _AT_PROVIDER
    )
    differing = await difference_queries.causes_differing(session, row.id, [cause_id for _, cause_id in causes])
    found = ledger_differences(one for one in _both(there, here) if one.cause[1] not in differing)
    await _keep(session, row, found)
    return f"{_CAUSES} {there[-1].cause[1]}"


_AT_PROVIDER = (Purpose.CASH_AT_PROVIDER, Purpose.HOLD_AT_PROVIDER)


def _both(there: Sequence[queries.ThereByCause], here: ledger.HouseSums) -> list[CauseSums]:
    """Each cause in each currency that one of both sides names."""
    sums: dict[tuple[tuple[str, UUID], str], queries.ThereByCause] = {(one.cause, one.currency): one for one in there}
    told = {one.cause: one for one in reversed(there)}
    postings: dict[tuple[str, UUID], int] = {}
    minor: dict[tuple[tuple[str, UUID], str, Purpose], int] = {}
    for (kind, cause_id, purpose, currency), (amount, count) in here.items():
        cause = (kind.value, cause_id)
        minor[cause, currency, purpose] = amount
        postings[cause] = max(postings.get(cause, 0), count)
    named = {*sums, *((cause, currency) for cause, currency, _ in minor)}
    return [
        CauseSums(
            told[cause].kind,
            told[cause].reference,
            told[cause].owner,
            cause,
            currency,
            postings.get(cause, 0),
            minor.get((cause, currency, Purpose.CASH_AT_PROVIDER), 0),
            minor.get((cause, currency, Purpose.HOLD_AT_PROVIDER), 0),
            sums[cause, currency].cash_minor if (cause, currency) in sums else 0,
            sums[cause, currency].hold_minor if (cause, currency) in sums else 0,
        )
        for cause, currency in sorted(named)
    ]


async def _keep(session: AsyncSession, row: Reconciliation, found: Sequence[Found]) -> None:
    # Of one thing there is one difference of a kind; the first one names it.
    once = list({(one.kind, one.line_kind, one.reference): one for one in reversed(found)}.values())
    await difference_queries.put_differences(session, row.id, [new_id() for _ in once], once)
