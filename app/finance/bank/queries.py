"""All the SQL on statements, entries and what they are for. All of it as the operator."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank.models import BankEntry, BankMatch, BankStatement, BankTask
from app.finance.bank.states import Finding, TaskState

INSERTED_AT_ONCE = 1000
_ACCOUNT_LOCK = 7241181


async def lock_account(session: AsyncSession, account: str, currency: str) -> None:
    """Statements of an account are taken over one after the other."""
    await session.execute(select(func.pg_advisory_xact_lock(_ACCOUNT_LOCK, func.hashtext(f"{account}/{currency}"))))


async def last_statement(session: AsyncSession, account: str, currency: str) -> BankStatement | None:
    """The newest of an account."""
    return await session.scalar(
        select(BankStatement)
        .where(BankStatement.account == account, BankStatement.currency == currency)
        .order_by(BankStatement.position.desc())
        .limit(1)
    )


async def same_statement(
    session: AsyncSession, account: str, currency: str, identification: str, sha256: bytes
) -> BankStatement | None:
    """One of the account with this name, or with these contents."""
    return await session.scalar(
        select(BankStatement)
        .where(
            BankStatement.account == account,
            BankStatement.currency == currency,
            or_(BankStatement.identification == identification, BankStatement.sha256 == sha256),
        )
        .order_by(BankStatement.sha256 != sha256, BankStatement.position)
        .limit(1)
    )


async def insert_statement(session: AsyncSession, values: dict[str, Any], entries: Sequence[dict[str, Any]]) -> None:
    """A statement with its entries; their tasks come by a trigger."""
    await session.execute(insert(BankStatement).values(**values))
    for begin in range(0, len(entries), INSERTED_AT_ONCE):
        await session.execute(insert(BankEntry), list(entries[begin : begin + INSERTED_AT_ONCE]))


def statements() -> Select[BankStatement]:
    """All of them."""
    return select(BankStatement)


async def statement(session: AsyncSession, statement_id: UUID) -> BankStatement | None:
    """One of them."""
    return await session.scalar(select(BankStatement).where(BankStatement.id == statement_id))


async def statements_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, BankStatement]:
    """Some of them."""
    rows = await session.scalars(select(BankStatement).where(BankStatement.id.in_(set(ids))))
    return {row.id: row for row in rows}


def entries(*, state: TaskState | None, finding: Finding | None, statement_id: UUID | None) -> Select[BankEntry]:
    """Entries, those that stand so."""
    found = select(BankEntry).join(BankTask, BankTask.entry_id == BankEntry.id)
    if state is not None:
        found = found.where(BankTask.state == state)
    if finding is not None:
        found = found.where(BankTask.finding == finding)
    return found if statement_id is None else found.where(BankEntry.statement_id == statement_id)


async def entry(session: AsyncSession, entry_id: UUID) -> BankEntry | None:
    """One of them."""
    return await session.scalar(select(BankEntry).where(BankEntry.id == entry_id))


async def entries_by_id(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, BankEntry]:
    """Some of them."""
    return {row.id: row for row in await session.scalars(select(BankEntry).where(BankEntry.id.in_(set(ids))))}


async def tasks(session: AsyncSession, entry_ids: Iterable[UUID]) -> dict[UUID, BankTask]:
    """How entries stand."""
    statement = select(BankTask).where(BankTask.entry_id.in_(set(entry_ids)))
    return {row.entry_id: row for row in await session.scalars(statement.execution_options(populate_existing=True))}


async def lock_tasks(session: AsyncSession, entry_ids: Iterable[UUID], *, waiting: bool = True) -> dict[UUID, BankTask]:
    """The same, locked in the order of their ids; without waiting, those that nobody else holds."""
    rows = await session.scalars(
        select(BankTask)
        .where(BankTask.entry_id.in_(set(entry_ids)))
        .order_by(BankTask.entry_id)
        .with_for_update(skip_locked=not waiting)
        .execution_options(populate_existing=True)
    )
    return {row.entry_id: row for row in rows}


async def claim(session: AsyncSession, after: UUID | None, most: int) -> list[UUID]:
    """The next entries that are new, locked; those that somebody else holds are left to him. After an id, the next of those whose
    reference nobody awaited."""
    found = select(BankTask.entry_id)
    if after is None:
        found = found.where(BankTask.state == TaskState.NEW)
    else:
        found = found.where(BankTask.finding == Finding.UNKNOWN_REFERENCE, BankTask.entry_id > after)
    rows = await session.scalars(found.order_by(BankTask.entry_id).limit(most).with_for_update(skip_locked=True))
    return list(rows)


async def open_task(session: AsyncSession, entry_id: UUID, finding: Finding, refusal: str | None = None) -> None:
    """Let a person look at what is left of an entry."""
    await session.execute(
        update(BankTask)
        .where(BankTask.entry_id == entry_id, BankTask.left_minor != 0)
        .values(state=TaskState.OPEN, finding=finding, refusal=refusal, changed_at=func.app_now())
    )


async def insert_match(session: AsyncSession, **values: Any) -> None:
    """What an entry is for; its task follows by a trigger."""
    await session.execute(insert(BankMatch).values(**values))


async def match(session: AsyncSession, match_id: UUID) -> BankMatch | None:
    """One of them."""
    statement = select(BankMatch).where(BankMatch.id == match_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def matches_of(session: AsyncSession, entry_ids: Iterable[UUID]) -> dict[UUID, list[BankMatch]]:
    """By entry, the oldest first, those that were undone included."""
    found: dict[UUID, list[BankMatch]] = {one: [] for one in entry_ids}
    statement = select(BankMatch).where(BankMatch.entry_id.in_(set(found))).order_by(BankMatch.id)
    for row in await session.scalars(statement.execution_options(populate_existing=True)):
        found[row.entry_id].append(row)
    return found


async def matched_sums(session: AsyncSession, owner: str, subject_ids: Iterable[UUID]) -> list[tuple[UUID, int, int]]:
    """(subject, what left, what came) by matches that stand."""
    amount = BankMatch.amount_minor
    statement = (
        select(
            BankMatch.subject_id,
            func.coalesce(-func.sum(amount).filter(amount < 0), 0),
            func.coalesce(func.sum(amount).filter(amount > 0), 0),
        )
        .where(BankMatch.subject_id.in_(set(subject_ids)), BankMatch.owner == owner, BankMatch.undone_at.is_(None))
        .group_by(BankMatch.subject_id)
    )
    rows = await session.execute(statement)
    return [(row[0], int(row[1]), int(row[2])) for row in rows if row[0] is not None]


async def parties_of(session: AsyncSession, match_ids: Iterable[UUID]) -> list[tuple[UUID, str | None, str | None]]:
    """(match, name, account) of who is on the other side of the movements that matches are of."""
    statement = select(BankMatch.id, BankEntry.party_name, BankEntry.party_account)
    statement = statement.join(BankEntry, BankEntry.id == BankMatch.entry_id)
    rows = await session.execute(statement.where(BankMatch.id.in_(set(match_ids))))
    return [(row[0], row[1], row[2]) for row in rows]


async def undo_matches(
    session: AsyncSession, ids: Iterable[UUID], *, person_id: UUID | None, reason: str
) -> list[UUID]:
    """Undo those of these that stand; which they were."""
    rows = await session.scalars(
        update(BankMatch)
        .where(BankMatch.id.in_(set(ids)), BankMatch.undone_at.is_(None))
        .values(undone_at=func.app_now(), undone_by=person_id, undone_because=reason)
        .returning(BankMatch.id)
    )
    return list(rows)


async def offset_pair(session: AsyncSession, row: BankMatch) -> BankMatch | None:
    """The other half of a set-off: two entries may be set off against each other more than once, in parts."""
    return await session.scalar(
        select(BankMatch).where(
            BankMatch.entry_id == row.offset_id,
            BankMatch.offset_id == row.entry_id,
            BankMatch.amount_minor == -row.amount_minor,
            BankMatch.undone_at.is_(None),
        )
    )


async def reversed_by(session: AsyncSession, of: BankEntry) -> list[BankEntry]:
    """Entries that a reversal may take back: of the same account, of the opposite amount, under the same name."""
    account = select(BankStatement.account).where(BankStatement.id == of.statement_id).scalar_subquery()
    named = [
        column == value
        for column, value in ((BankEntry.original, of.original), (BankEntry.bank_reference, of.bank_reference))
        if value
    ]
    if not named:
        return []
    rows = await session.scalars(
        select(BankEntry)
        .join(BankStatement, BankStatement.id == BankEntry.statement_id)
        .where(
            BankStatement.account == account,
            BankEntry.currency == of.currency,
            BankEntry.booked_minor == -of.booked_minor,
            BankEntry.reversal.is_(False),
            BankEntry.booked_on <= of.booked_on,
            BankEntry.id != of.id,
            or_(*named),
        )
        .order_by(BankEntry.id)
        .limit(2)
    )
    return list(rows)
