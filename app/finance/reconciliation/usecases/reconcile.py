"""A run: what the house knows, what the provider lists, what it says when it is asked, and what of both differs.

Each step is short and written down, so that a run that was stopped goes on where it was; while the provider is asked no
transaction is open.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.reconciliation import difference_queries, queries
from app.finance.reconciliation.errors import RunUnderWay
from app.finance.reconciliation.models import Reconciliation, ReconciliationLine
from app.finance.reconciliation.registry import OWNERS, ExpectedLine, Scope
from app.finance.reconciliation.rules import NOTHING, There, told_by
from app.finance.reconciliation.states import LineKind, RunPhase
from app.finance.reconciliation.usecases.asking import asked, listed
from app.finance.reconciliation.usecases.comparing import compare
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.jobs import Runtime

LOOKED_BACK = timedelta(days=40)
"""Longer than cards' holds, debits and refunds take; what differs and is older is looked at until it is settled."""

GRACE = timedelta(minutes=10)
"""What is younger may be between the provider's answer and its record here."""

EXPECTED_AT_ONCE = 500
ASKED_AT_ONCE = 64
KINDS = tuple(LineKind)


def usual(now: datetime) -> tuple[datetime, datetime]:
    """The time that a nightly run looks at."""
    return now - LOOKED_BACK, now - GRACE


@dataclass(frozen=True, slots=True)
class _Held:
    """A run that is ours to work on, until it is done or somebody else takes it over."""

    run_id: UUID
    held_by: UUID
    is_new: bool


async def reconcile(runtime: Runtime, start: datetime, end: datetime) -> UUID:
    """A whole run over some time; one that was stopped is done first. Raises `RunUnderWay`, `PaymentUnavailable`."""
    while (held := await _begun(runtime, start, end)) is not None:
        try:
            while await _step(runtime, held):
                pass
        except BaseException:
            async with runtime.database.transaction(Role.WORKER) as session:
                await act_for(session, None, operator=True)
                await queries.give_up(session, held.run_id, held.held_by)
            raise
        if held.is_new:
            return held.run_id
    raise RunUnderWay()


async def _begun(runtime: Runtime, start: datetime, end: datetime) -> _Held | None:
    """A run of this time, or one that somebody has left; None while somebody else works on one, or has just begun."""
    now, held_by = runtime.clock.now(), new_id()
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        row = await queries.lock_unfinished(session)
        if row is None:
            run_id = new_id()
            values = {"busy_until": now + queries.LEASE, "held_by": held_by, "begun_at": now}
            if not await queries.insert_run(session, id=run_id, starts_at=start, ends_at=end, **values):
                return None
            await difference_queries.put_doubted(session, run_id)
            return _Held(run_id, held_by, is_new=True)
        if row.busy_until is not None and row.busy_until > now:
            return None
        await queries.go_on(session, row.id, RunPhase(row.phase), row.cursor, now, held_by=held_by)
        return _Held(row.id, held_by, (row.starts_at, row.ends_at) == (start, end))


@asynccontextmanager
async def _turn(runtime: Runtime, held: _Held) -> AsyncIterator[tuple[AsyncSession, Reconciliation]]:
    """A transaction in which the run is ours alone. Raises `RunUnderWay` where somebody has taken it over: what we were about to
    write down he finds by himself."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        row = await queries.lock_held(session, held.run_id, held.held_by)
        if row is None:
            raise RunUnderWay()
        yield session, row


async def _step(runtime: Runtime, held: _Held) -> bool:
    """The next step of a run; whether anything is left."""
    async with _turn(runtime, held) as (session, row):
        phase, now = RunPhase(row.phase), runtime.clock.now()
        if phase is RunPhase.EXPECTING:
            await _expect(session, row, now)
            return True
        if phase is RunPhase.COMPARING:
            return await compare(session, row, now)
        lines = await queries.not_seen(session, row.id, ASKED_AT_ONCE) if phase is RunPhase.ASKING else []
        session.expunge_all()
    if phase is RunPhase.LISTING:
        await _list(runtime, held, row)
    else:
        await _ask(runtime, held, lines)
    return True


async def _ask(runtime: Runtime, held: _Held, lines: Sequence[ReconciliationLine]) -> None:
    """How some things stand; nothing left to ask for is the end of asking."""
    answers, missing = await asked(runtime.gateways["payments"], lines)
    async with _turn(runtime, held) as (session, row):
        await queries.put_seen(session, row.id, answers)
        for kind in KINDS:
            await queries.put_missing(session, row.id, kind, [one for k, one in missing if k is kind])
        phase = RunPhase.ASKING if lines else RunPhase.COMPARING
        await queries.go_on(session, row.id, phase, None, runtime.clock.now())


async def _expect(session: AsyncSession, row: Reconciliation, now: datetime) -> None:
    """The next page of what a part knows. The cursor names the part and its last key."""
    names = sorted(OWNERS)
    name, _, after = (row.cursor or " ").partition(" ")
    left = [one for one in names if one >= name]
    if not left:
        await queries.go_on(session, row.id, RunPhase.LISTING, None, now)
        return
    after = after if left[0] == name else ""
    scope = Scope(row.starts_at, row.ends_at, await difference_queries.open_references(session))
    lines = await OWNERS[left[0]](session, scope, UUID(after) if after else None, EXPECTED_AT_ONCE)
    await queries.put_expected(session, row.id, left[0], lines)
    if len(lines) < EXPECTED_AT_ONCE:
        rest = left[1:]
        phase, cursor = (RunPhase.EXPECTING, f"{rest[0]} ") if rest else (RunPhase.LISTING, None)
    else:
        phase, cursor = RunPhase.EXPECTING, f"{left[0]} {lines[-1].key}"
    await queries.go_on(session, row.id, phase, cursor, now)


async def _list(runtime: Runtime, held: _Held, row: Reconciliation) -> None:
    """The next page of what the provider lists. The cursor names the kind and where its page begins."""
    kind_name, _, after = (row.cursor or KINDS[0]).partition(" ")
    kind = LineKind(kind_name)
    things, more = await listed(runtime.gateways["payments"], kind, row.starts_at, row.ends_at, after or None)
    answers = [told_by(thing) for thing in things]
    following = KINDS[KINDS.index(kind) + 1 :]
    cursor = f"{kind} {more}" if more else str(following[0]) if following else None
    async with _turn(runtime, held) as (session, row):
        await queries.put_seen(session, row.id, await _of_interest(session, row, answers))
        phase = RunPhase.LISTING if cursor else RunPhase.ASKING
        await queries.go_on(session, row.id, phase, cursor, runtime.clock.now())


async def _of_interest(session: AsyncSession, row: Reconciliation, answers: list[There]) -> list[There]:
    """Without what nobody here knows and nothing was moved by, and without parts of what is known as a whole: a refund by its
    payment, a reversal by its transfer. Parts are asked for what changed at another time than this run looks at."""
    named = {one for there in answers for one in (there.reference, there.of) if one}
    known = await queries.known(session, row.id, named)
    for owner, lines in (await expected(session, row, named - known)).items():
        await queries.put_expected(session, row.id, owner, lines)
        known |= {line.reference for line in lines}
    return [
        there for there in answers if there.reference in known or (there.of not in known and there.state not in NOTHING)
    ]


async def expected(session: AsyncSession, row: Reconciliation, references: set[str]) -> dict[str, list[ExpectedLine]]:
    """What parts know of these things now, by part."""
    found: dict[str, list[ExpectedLine]] = {}
    if references:
        # Nothing changed in no time: those with these references alone.
        scope = Scope(row.starts_at, row.starts_at, frozenset(references))
        for name in sorted(OWNERS):
            found[name] = list(await OWNERS[name](session, scope, None, len(references) * 2))
    return found
