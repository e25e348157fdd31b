"""A run: what the house knows, what the provider lists, what it says when it is asked, and what of both differs.

Each step is short and written down, so that a run that was stopped goes on where it was; while the provider is asked no
transaction is open.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.reconciliation import queries
from app.finance.reconciliation.errors import RunUnderWay
from app.finance.reconciliation.models import Reconciliation
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


async def reconcile(runtime: Runtime, start: datetime, end: datetime) -> UUID:
    """A whole run over some time; one that was stopped is done first. Raises `RunUnderWay`, `PaymentUnavailable`."""
    while (stopped := await _begun(runtime, start, end)) is not None:
        run_id, is_new = stopped
        try:
            await _worked_off(runtime, run_id)
        except BaseException:
            async with runtime.database.transaction(Role.WORKER) as session:
                await act_for(session, None, operator=True)
                await queries.give_up(session, run_id)
            raise
        if is_new:
            return run_id
    raise RunUnderWay()


async def _begun(runtime: Runtime, start: datetime, end: datetime) -> tuple[UUID, bool] | None:
    """(run, whether it is new); None while somebody else works on one."""
    now = runtime.clock.now()
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
        row = await queries.lock_unfinished(session)
        if row is None:
            run_id = new_id()
            values = {"starts_at": start, "ends_at": end, "busy_until": now + queries.LEASE, "begun_at": now}
            await queries.insert_run(session, id=run_id, **values)
            await queries.put_doubted(session, run_id)
            return run_id, True
        if row.busy_until is not None and row.busy_until > now:
            return None
        await queries.go_on(session, row.id, RunPhase(row.phase), row.cursor, now)
        return row.id, (row.starts_at, row.ends_at) == (start, end)


async def _worked_off(runtime: Runtime, run_id: UUID) -> None:
    while True:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, None, operator=True)
            row = await queries.run(session, run_id)
            assert row is not None
            match RunPhase(row.phase):
                case RunPhase.DONE:
                    return
                case RunPhase.EXPECTING:
                    await _expect(session, row, runtime.clock.now())
                    continue
                case RunPhase.COMPARING:
                    await compare(session, row, runtime.clock.now())
                    continue
                case _:
                    lines = await queries.not_seen(session, run_id, ASKED_AT_ONCE)
        if row.phase == RunPhase.LISTING:
            await _list(runtime, row)
        else:
            answers, missing = await asked(runtime.gateways["payments"], lines)
            async with runtime.database.transaction(Role.WORKER) as session:
                await act_for(session, None, operator=True)
                await queries.put_seen(session, run_id, answers)
                for kind in KINDS:
                    await queries.put_missing(session, run_id, kind, [one for k, one in missing if k is kind])
                phase = RunPhase.ASKING if lines else RunPhase.COMPARING
                await queries.go_on(session, run_id, phase, None, runtime.clock.now())


async def _expect(session: AsyncSession, row: Reconciliation, now: datetime) -> None:
    """The next page of what a part knows. The cursor names the part and its last key."""
    names = sorted(OWNERS)
    name, _, after = (row.cursor or " ").partition(" ")
    left = [one for one in names if one >= name]
    if not left:
        await queries.go_on(session, row.id, RunPhase.LISTING, None, now)
        return
    after = after if left[0] == name else ""
    scope = Scope(row.starts_at, row.ends_at, await queries.open_references(session))
    lines = await OWNERS[left[0]](session, scope, UUID(after) if after else None, EXPECTED_AT_ONCE)
    await queries.put_expected(session, row.id, left[0], lines)
    if len(lines) < EXPECTED_AT_ONCE:
        rest = left[1:]
        phase, cursor = (RunPhase.EXPECTING, f"{rest[0]} ") if rest else (RunPhase.LISTING, None)
    else:
        phase, cursor = RunPhase.EXPECTING, f"{left[0]} {lines[-1].key}"
    await queries.go_on(session, row.id, phase, cursor, now)


async def _list(runtime: Runtime, row: Reconciliation) -> None:
    """The next page of what the provider lists. The cursor names the kind and where its page begins."""
    kind_name, _, after = (row.cursor or KINDS[0]).partition(" ")
    kind = LineKind(kind_name)
    things, more = await listed(runtime.gateways["payments"], kind, row.starts_at, row.ends_at, after or None)
    answers = [told_by(thing) for thing in things]
    following = KINDS[KINDS.index(kind) + 1 :]
    cursor = f"{kind} {more}" if more else str(following[0]) if following else None
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, None, operator=True)
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
