"""Say what an entry, or a part of it, is for, and let follow what follows."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank import booking, queries
from app.finance.bank.models import BankEntry, BankMatch
from app.finance.bank.registry import OWNERS, Received
from app.finance.bank.rules import Awaited
from app.finance.bank.states import MatchKind, MatchSource
from app.finance.ledger import facade as ledger
from app.kit.ids import new_id


async def settle_awaited(
    session: AsyncSession,
    entry: BankEntry,
    awaited: Awaited,
    amount_minor: int,
    source: MatchSource,
    *,
    person_id: UUID | None,
    now: datetime,
) -> UUID:
    """So much of an entry is what a part of the house awaited. Raises what that part refuses: then undo what was done."""
    match_id = new_id()
    await queries.insert_match(
        session,
        id=match_id,
        entry_id=entry.id,
        kind=MatchKind.REFERENCE,
        source=source,
        amount_minor=amount_minor,
        owner=awaited.owner,
        reference=awaited.reference,
        subject_kind=awaited.subject[0],
        subject_id=awaited.subject[1],
        matched_by=person_id,
    )
    received = Received(
        match_id,
        awaited.reference,
        awaited.subject,
        amount_minor,
        entry.currency,
        entry.booked_on,
        now.date(),
        booking.unassigned(entry.currency),
        entry.bank_reference,
    )
    await OWNERS[awaited.owner].settle(session, received, now=now)
    return match_id


def received_again(row: BankMatch, entry: BankEntry, now: datetime) -> Received:
    """What was told when it was settled, for who takes it back."""
    assert row.reference is not None and row.subject_kind is not None and row.subject_id is not None
    return Received(
        row.id,
        row.reference,
        (row.subject_kind, row.subject_id),
        row.amount_minor,
        entry.currency,
        entry.booked_on,
        now.date(),
        booking.unassigned(entry.currency),
        entry.bank_reference,
    )


async def take_charge(
    session: AsyncSession,
    entry: BankEntry,
    amount_minor: int,
    source: MatchSource,
    *,
    person_id: UUID | None,
    reason: str | None,
    now: datetime,
) -> UUID:
    """So much of an entry is what the bank charged, or gave as interest."""
    match_id = new_id()
    await queries.insert_match(
        session,
        id=match_id,
        entry_id=entry.id,
        kind=MatchKind.CHARGE,
        source=source,
        amount_minor=amount_minor,
        reason=reason,
        matched_by=person_id,
    )
    await ledger.post(session, booking.charged(match_id, entry.currency, amount_minor, now.date()))
    return match_id


async def set_off(
    session: AsyncSession,
    entry_id: UUID,
    other_id: UUID,
    amount_minor: int,
    source: MatchSource,
    *,
    person_id: UUID | None,
    reason: str | None = None,
) -> UUID:
    """So much of an entry is made up for by another one, which moved the other way. Nothing is posted: together they come to
    nothing."""
    first = new_id()
    for match_id, one, against, amount in (
        (first, entry_id, other_id, amount_minor),
        (new_id(), other_id, entry_id, -amount_minor),
    ):
        await queries.insert_match(
            session,
            id=match_id,
            entry_id=one,
            kind=MatchKind.OFFSET,
            source=source,
            amount_minor=amount,
            offset_id=against,
            reason=reason,
            matched_by=person_id,
        )
    return first
