"""Find out what entries are for, as far as that is sure; everything else becomes a task of the operator's."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank import queries
from app.finance.bank.models import BankEntry
from app.finance.bank.registry import awaited
from app.finance.bank.rules import Awaited, decided
from app.finance.bank.states import Finding, MatchSource
from app.finance.bank.usecases.settle import set_off, settle_awaited, take_charge
from app.kit.errors import Problem

AT_ONCE = 50


async def match_entries(session: AsyncSession, after: UUID | None, *, now: datetime) -> UUID | None:
    """Look at some entries that are new, or, after an id, at some whose reference nobody awaited so far. The last one's id when
    there may be more. As the operator."""
    ids = await queries.claim(session, after, AT_ONCE)
    rows = await queries.entries_by_id(session, ids)
    named = sorted({reference for row in rows.values() for reference in (*row.structured, *row.written)})
    known = await awaited(session, named)
    paid: set[str] = set()
    for entry_id in ids:
        # A person may have said already what a part of it is, and a reversal just now may have made up for all of it.
        row, left_minor = rows[entry_id], (await queries.tasks(session, [entry_id]))[entry_id].left_minor
        if not left_minor:
            continue
        if row.reversal and await _took_back(session, row, left_minor):
            continue
        if row.is_charge and not row.reversal:
            await take_charge(session, row, left_minor, MatchSource.BANK, person_id=None, reason=None, now=now)
        else:
            await _look_for(session, row, left_minor, known, paid, now=now)
    return ids[-1] if len(ids) == AT_ONCE else None


async def _look_for(
    session: AsyncSession,
    row: BankEntry,
    left_minor: int,
    known: Sequence[Awaited],
    paid: set[str],
    *,
    now: datetime,
) -> None:
    named = {*row.structured, *row.written}
    if named & paid:
        # An entry before this one has changed what is awaited.
        known = await awaited(session, sorted(named))
    found = decided(left_minor, row.currency, row.structured, row.written, known, row.booked_on)
    finding, refusal = found.finding, None
    if found.awaited is None and finding is not Finding.AMBIGUOUS:
        finding = Finding.REVERSAL if row.reversal else Finding.MONEY_OUT if row.amount_minor < 0 else finding
    if found.awaited is not None and found.source is not None and found.amount_minor:
        paid.add(found.awaited.reference)
        amount = found.amount_minor if left_minor > 0 else -found.amount_minor
        try:
            async with session.begin_nested():
                await settle_awaited(session, row, found.awaited, amount, found.source, person_id=None, now=now)
        except Problem as problem:
            finding, refusal = Finding.REFUSED, problem.code
    if finding is not None:
        await queries.open_task(session, row.id, finding, refusal)


async def _took_back(session: AsyncSession, row: BankEntry, left_minor: int) -> bool:
    """A reversal of what nobody has assigned yet makes up for it. What was assigned is taken back by who knows it, where the
    reversal names it; else a person has to undo that first."""
    before = await queries.reversed_by(session, row)
    if len(before) != 1:
        return False
    held = await queries.lock_tasks(session, [before[0].id], waiting=False)
    task = held.get(before[0].id)
    if task is None or task.left_minor != -left_minor:
        return False
    await set_off(session, row.id, task.entry_id, left_minor, MatchSource.BANK, person_id=None)
    return True
