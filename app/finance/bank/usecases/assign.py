"""What the operator says of an entry, and takes back again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank import booking, queries
from app.finance.bank.errors import MatchIsFinal, NotAssignable, ReferenceUnknown
from app.finance.bank.models import BankEntry, BankMatch, BankTask
from app.finance.bank.registry import OWNERS, awaited
from app.finance.bank.states import Disposal, MatchKind, MatchSource
from app.finance.bank.usecases.settle import received_again, set_off, settle_awaited, take_charge
from app.finance.einvoicing.references import plain
from app.finance.ledger import facade as ledger
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.ids import new_id

ENTITY = "bank_entry"


async def assign(
    session: AsyncSession, actor: Actor, row: BankEntry, reference: str, amount_minor: int | None, *, now: datetime
) -> None:
    """An entry, or so much of it, is what is awaited under a reference. Raises `ReferenceUnknown`, `NotAssignable`, and what the
    part that awaits it refuses."""
    task = await _locked(session, row)
    sign = 1 if task.left_minor > 0 else -1
    known = await awaited(session, [plain(reference)])
    found = [one for one in known if one.leaves == (sign < 0)]
    if not known:
        raise ReferenceUnknown(reference=reference)
    if len(found) != 1:
        raise NotAssignable()
    [one] = found
    most = min(abs(task.left_minor), one.amount_minor)
    amount = most if amount_minor is None else amount_minor
    whole = amount >= one.enough(row.booked_on) or one.takes_parts or one.asks
    if not 0 < amount <= most or one.currency != row.currency or not whole:
        raise NotAssignable()
    await settle_awaited(session, row, one, sign * amount, MatchSource.HAND, person_id=actor.person_id, now=now)
    after = {"reference": one.reference, "amount_minor": sign * amount, "currency": row.currency}
    await audit.record(session, actor, "bank_entry.assign", ENTITY, row.id, after=after)


async def set_off_by_hand(session: AsyncSession, actor: Actor, row: BankEntry, other_id: UUID, reason: str) -> None:
    """What is left of an entry is made up for by another one. Raises `NotAssignable`."""
    other = await queries.entry(session, other_id)
    if other is None or other.id == row.id or other.currency != row.currency:
        raise NotAssignable()
    tasks = await queries.lock_tasks(session, [row.id, other.id])
    left, against = tasks[row.id].left_minor, tasks[other.id].left_minor
    if left * against >= 0:
        raise NotAssignable()
    amount = min(abs(left), abs(against)) * (1 if left > 0 else -1)
    await set_off(session, row.id, other.id, amount, MatchSource.HAND, person_id=actor.person_id, reason=reason)
    after = {"offset": other.id, "amount_minor": amount, "reason": reason}
    await audit.record(session, actor, "bank_entry.set_off", ENTITY, row.id, after=after)


async def dispose(
    session: AsyncSession, actor: Actor, row: BankEntry, disposal: Disposal, reason: str, *, now: datetime
) -> None:
    """What is left of an entry is not for the house, or is a charge or interest of the bank. What is not for it stays on the
    account of what is unassigned until it goes back. Raises `NotAssignable`."""
    task = await _locked(session, row)
    if disposal is Disposal.CHARGE:
        await take_charge(
            session, row, task.left_minor, MatchSource.HAND, person_id=actor.person_id, reason=reason, now=now
        )
    else:
        await queries.insert_match(
            session,
            id=new_id(),
            entry_id=row.id,
            kind=MatchKind.NOT_OURS,
            source=MatchSource.HAND,
            amount_minor=task.left_minor,
            reason=reason,
            matched_by=actor.person_id,
        )
    after = {"as": str(disposal), "amount_minor": task.left_minor, "reason": reason}
    await audit.record(session, actor, "bank_entry.dispose", ENTITY, row.id, after=after)


async def undo(session: AsyncSession, actor: Actor, row: BankMatch, reason: str, *, now: datetime) -> BankEntry:
    """Take back what was said of an entry; its part of the house takes back what followed. Raises `MatchIsFinal`."""
    entry = await queries.entry(session, row.entry_id)
    if entry is None:
        raise NotFound()
    await queries.lock_tasks(session, [one for one in (row.entry_id, row.offset_id) if one])
    both = [row.id]
    if row.kind == MatchKind.OFFSET:
        pair = await queries.offset_pair(session, row)
        both += [pair.id] if pair else []
    undone = await queries.undo_matches(session, both, person_id=actor.person_id, reason=reason)
    if row.id not in undone:
        raise MatchIsFinal()
    if row.kind == MatchKind.REFERENCE:
        owner = OWNERS.get(row.owner or "")
        if owner is None or owner.undo is None:
            raise MatchIsFinal()
        await owner.undo(session, received_again(row, entry, now), now=now)
    elif row.kind == MatchKind.CHARGE:
        back = booking.charged(row.id, entry.currency, row.amount_minor, now.date(), undone=True)
        await ledger.post(session, back)
    after = {"match": row.id, "amount_minor": row.amount_minor, "reason": reason}
    await audit.record(session, actor, "bank_entry.undo", ENTITY, entry.id, after=after)
    return entry


async def _locked(session: AsyncSession, row: BankEntry) -> BankTask:
    task = (await queries.lock_tasks(session, [row.id]))[row.id]
    if not task.left_minor:
        raise NotAssignable()
    return task
