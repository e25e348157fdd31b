"""All the SQL on the ledger. It is written by functions of the database alone."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Date, Select, String, Uuid, bindparam, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.finance.ledger.models import (
    HOUSE_ID,
    LedgerAccount,
    LedgerBalance,
    LedgerClosing,
    LedgerEntry,
    LedgerPeriod,
    LedgerPosting,
)
from app.finance.ledger.rules import AccountOf, Posting, month_after
from app.finance.ledger.states import CauseKind, FactKind, Purpose
from app.kit.ids import new_id

_POST = text("SELECT asked, stands FROM ledger_post(CAST(:facts AS jsonb))").columns(asked=Uuid, stands=Uuid)
_REVERSE = text("SELECT ledger_reverse(:posting, :id, :day, :reason, :person)").bindparams(
    bindparam("posting", type_=Uuid),
    bindparam("id", type_=Uuid),
    bindparam("day", type_=Date),
    bindparam("reason", type_=String),
    bindparam("person", type_=Uuid),
)
_CLOSE = text("SELECT ledger_close(:period, :person)").bindparams(
    bindparam("period", type_=Date), bindparam("person", type_=Uuid)
)
_MONTHS = text("""
SELECT m.month::date AS period, p.closed_at, (
    SELECT count(*) FROM ledger_postings t
    WHERE t.occurred_on >= m.month::date AND t.occurred_on < (m.month + interval '1 month')::date
) AS postings
FROM generate_series(
    least(CAST(:newest AS date), CAST(:before AS date) - interval '1 month'),
    greatest(date_trunc('month', coalesce((SELECT min(occurred_on) FROM ledger_postings), CAST(:newest AS date))::timestamp),
             least(CAST(:newest AS date), CAST(:before AS date) - interval '1 month') - (:most - 1) * interval '1 month'),
    interval '-1 month') m (month)
LEFT JOIN ledger_periods p ON p.period = m.month::date
ORDER BY m.month DESC
""")

# What was undone belongs to the cause of what it undoes.
_HOUSE_SUMS = text("""
WITH RECURSIVE wanted AS (
    SELECT cause_kind, cause_id FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS uuid[])) AS w (cause_kind, cause_id)
), told AS (
    SELECT p.id, p.cause_kind::text, p.cause_id FROM wanted w JOIN ledger_postings p USING (cause_kind, cause_id)
    UNION ALL
    SELECT p.id, t.cause_kind, t.cause_id FROM told t JOIN ledger_postings p ON p.reverses_id = t.id
)
SELECT t.cause_kind, t.cause_id, a.purpose, a.currency, sum(e.amount_minor)::bigint AS minor, count(DISTINCT t.id) AS postings
FROM told t JOIN ledger_entries e ON e.posting_id = t.id JOIN ledger_accounts a ON a.id = e.account_id
WHERE e.holder_id = :house AND a.purpose = ANY(CAST(:purposes AS text[]))
GROUP BY t.cause_kind, t.cause_id, a.purpose, a.currency
""").bindparams(bindparam("house", HOUSE_ID, Uuid))


@dataclass(frozen=True, slots=True)
class Month:
    """A month, when it was closed if it was, and how many postings are dated into it."""

    period: date
    closed_at: datetime | None
    postings: int


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, and what its posting is about."""

    id: UUID
    occurred_on: date
    amount_minor: int
    posting_id: UUID
    kind: str
    cause_kind: str
    cause_id: UUID


async def post(session: AsyncSession, facts: Sequence[Posting]) -> list[UUID]:
    """Post facts in one statement; the postings that tell them, in the order given."""
    told = [(new_id(), fact) for fact in facts]
    document = [
        {
            "id": str(posting_id),
            "cause_kind": fact.cause[0].value,
            "cause_id": str(fact.cause[1]),
            "kind": fact.kind.value,
            "occasion": fact.occasion,
            "occurred_on": fact.occurred_on.isoformat(),
            "legs": [
                {
                    "organization_id": str(account.organization_id) if account.organization_id else None,
                    "purpose": account.purpose.value,
                    "currency": account.currency,
                    "amount_minor": amount,
                }
                for account, amount in fact.legs
            ],
        }
        for posting_id, fact in told
    ]
    rows = await session.execute(_POST, {"facts": json.dumps(document)})
    stands = {row.asked: row.stands for row in rows}
    return [stands[posting_id] for posting_id, _ in told]


async def reverse(
    session: AsyncSession, posting_id: UUID, day: date, reason: str, person_id: UUID | None
) -> UUID | None:
    """Undo a posting; the reversal, or None when there is one already. Only as the operator."""
    made = new_id()
    values = {"posting": posting_id, "id": made, "day": day, "reason": reason, "person": person_id}
    return made if await session.scalar(_REVERSE, values) else None


async def close(session: AsyncSession, period: date, person_id: UUID | None) -> int:
    """Close a month; how many accounts were carried forward. Only as the operator."""
    return int(await session.scalar(_CLOSE, {"period": period, "person": person_id}) or 0)


def _holder(organization_id: UUID | None) -> UUID:
    return organization_id or HOUSE_ID


def accounts_of(organization_id: UUID | None) -> Select[LedgerAccount]:
    """The accounts kept for an organization; with None, the house's."""
    return select(LedgerAccount).where(LedgerAccount.holder_id == _holder(organization_id))


async def accounts_for(session: AsyncSession, organization_id: UUID, purpose: Purpose) -> Sequence[LedgerAccount]:
    """An organization's accounts for a purpose: one for each currency."""
    return (await session.scalars(accounts_of(organization_id).where(LedgerAccount.purpose == purpose))).all()


async def account(session: AsyncSession, account_id: UUID) -> LedgerAccount | None:
    """An account that whoever acts may see."""
    return await session.scalar(select(LedgerAccount).where(LedgerAccount.id == account_id))


async def find_account(session: AsyncSession, wanted: AccountOf) -> LedgerAccount | None:
    """The account, if something was posted to it and whoever acts may see it."""
    statement = accounts_of(wanted.organization_id).where(
        LedgerAccount.purpose == wanted.purpose, LedgerAccount.currency == wanted.currency
    )
    return await session.scalar(statement)


async def balances(session: AsyncSession, account_ids: Iterable[UUID]) -> dict[UUID, int]:
    """What these accounts come to: a debit is positive."""
    statement = select(LedgerBalance.account_id, LedgerBalance.balance_minor)
    rows = await session.execute(statement.where(LedgerBalance.account_id.in_(set(account_ids))))
    return {row[0]: row[1] for row in rows}


async def balance_before(session: AsyncSession, account_id: UUID, day: date | None) -> int:
    """What an account came to when a day began: carried forward from the last month closed before, and posted since."""
    if day is None:
        return 0
    month_begins = func.date_trunc("month", bindparam("day", day, Date)).cast(Date)
    carried = (
        await session.execute(
            select(LedgerClosing.period, LedgerClosing.balance_minor)
            .where(LedgerClosing.account_id == account_id, LedgerClosing.period < month_begins)
            .order_by(LedgerClosing.period.desc())
            .limit(1)
        )
    ).first()
    since = select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0)).where(
        LedgerEntry.account_id == account_id, LedgerEntry.occurred_on < day
    )
    if carried is not None:
        since = since.where(LedgerEntry.occurred_on >= month_after(carried.period))
    return int(await session.scalar(since) or 0) + (carried.balance_minor if carried else 0)


async def house_balances(session: AsyncSession, purpose: Purpose, day: date) -> dict[str, int]:
    """What the house's accounts for a purpose came to when a day ended, by currency: a debit is positive. As the operator."""
    accounts = await session.scalars(accounts_of(None).where(LedgerAccount.purpose == purpose))
    return {row.currency: await balance_before(session, row.id, day + timedelta(days=1)) for row in accounts.all()}


def entries_of(account_id: UUID, first_day: date | None, last_day: date | None) -> Select[LedgerEntry]:
    """The entries of an account on some days."""
    statement = select(LedgerEntry).where(LedgerEntry.account_id == account_id)
    if first_day is not None:
        statement = statement.where(LedgerEntry.occurred_on >= first_day)
    return statement if last_day is None else statement.where(LedgerEntry.occurred_on <= last_day)


async def totals_of_causes(
    session: AsyncSession, kind: CauseKind, cause_ids: Iterable[UUID]
) -> list[tuple[UUID, str, str, int]]:
    """(cause, kind of fact, purpose, total) of the postings with some causes: a debit is positive."""
    statement = (
        select(LedgerPosting.cause_id, LedgerPosting.kind, LedgerAccount.purpose, func.sum(LedgerEntry.amount_minor))
        .select_from(LedgerPosting)
        .join(LedgerEntry, LedgerEntry.posting_id == LedgerPosting.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(LedgerPosting.cause_kind == kind, LedgerPosting.cause_id.in_(set(cause_ids)))
        .group_by(LedgerPosting.cause_id, LedgerPosting.kind, LedgerAccount.purpose)
    )
    return [(row[0], row[1], row[2], int(row[3])) for row in await session.execute(statement)]


async def keepers(session: AsyncSession, purpose: Purpose, after: UUID | None, most: int) -> list[LedgerAccount]:
    """The next accounts for a purpose, in the order of their ids, that whoever acts may see."""
    statement = select(LedgerAccount).where(LedgerAccount.purpose == purpose).order_by(LedgerAccount.id).limit(most)
    return list(await session.scalars(statement if after is None else statement.where(LedgerAccount.id > after)))


async def monthly_sums(
    session: AsyncSession, account_id: UUID, kinds: Collection[FactKind], before: date
) -> list[tuple[date, str, UUID, str, int]]:
    """(month, kind of cause, cause, kind of fact, total) of an account's entries of some kinds before a day. What undoes a fact
    is told of its cause and kind, in its own month."""
    undone = aliased(LedgerPosting)
    kind = func.coalesce(undone.kind, LedgerPosting.kind)
    cause_kind = func.coalesce(undone.cause_kind, LedgerPosting.cause_kind)
    cause_id = func.coalesce(undone.cause_id, LedgerPosting.cause_id)
    statement = (
        select(LedgerPosting.period, cause_kind, cause_id, kind, func.sum(LedgerEntry.amount_minor))
        .select_from(LedgerEntry)
        .join(LedgerPosting, LedgerPosting.id == LedgerEntry.posting_id)
        .outerjoin(undone, undone.id == LedgerPosting.reverses_id)
        .where(LedgerEntry.account_id == account_id, LedgerEntry.occurred_on < before, kind.in_(list(kinds)))
        .group_by(LedgerPosting.period, cause_kind, cause_id, kind)
    )
    return [(row[0], row[1], row[2], row[3], int(row[4])) for row in await session.execute(statement)]


async def sums_of_cause(
    session: AsyncSession, organization_id: UUID, cause: tuple[CauseKind, UUID]
) -> dict[Purpose, int]:
    """What the postings with a cause come to on each kind of account of an organization."""
    statement = (
        select(LedgerAccount.purpose, func.sum(LedgerEntry.amount_minor))
        .select_from(LedgerPosting)
        .join(LedgerEntry, LedgerEntry.posting_id == LedgerPosting.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(
            LedgerPosting.cause_kind == cause[0],
            LedgerPosting.cause_id == cause[1],
            LedgerEntry.holder_id == organization_id,
        )
        .group_by(LedgerAccount.purpose)
    )
    return {Purpose(row[0]): int(row[1]) for row in await session.execute(statement)}


async def house_sums_of_causes(
    session: AsyncSession, causes: Sequence[tuple[CauseKind, UUID]], purposes: Sequence[Purpose]
) -> dict[tuple[CauseKind, UUID, Purpose, str], tuple[int, int]]:
    """What the postings with these causes come to on accounts of the house: (debits less credits, postings) by cause, purpose and
    currency. Only as the operator."""
    values = {
        "kinds": [kind.value for kind, _ in causes],
        "ids": [cause_id for _, cause_id in causes],
        "purposes": [purpose.value for purpose in purposes],
    }
    return {
        (CauseKind(row.cause_kind), row.cause_id, Purpose(row.purpose), row.currency): (row.minor, row.postings)
        for row in await session.execute(_HOUSE_SUMS, values)
    }


async def count_entries(session: AsyncSession, account_id: UUID, first: date | None, last: date | None) -> int:
    """How many there are."""
    found = entries_of(account_id, first, last).with_only_columns(func.count())
    return int(await session.scalar(found) or 0)


async def lines_after(
    session: AsyncSession, account_id: UUID, first: date | None, last: date | None, after: Line | None, most: int
) -> list[Line]:
    """The next entries of an account, in the order of their days, each with what it is about."""
    statement = (
        entries_of(account_id, first, last)
        .join(LedgerPosting, LedgerPosting.id == LedgerEntry.posting_id)
        .with_only_columns(
            LedgerEntry.id,
            LedgerEntry.occurred_on,
            LedgerEntry.amount_minor,
            LedgerEntry.posting_id,
            LedgerPosting.kind,
            LedgerPosting.cause_kind,
            LedgerPosting.cause_id,
        )
    )
    if after is not None:
        statement = statement.where(tuple_(LedgerEntry.occurred_on, LedgerEntry.id) > (after.occurred_on, after.id))
    rows = await session.execute(statement.order_by(LedgerEntry.occurred_on, LedgerEntry.id).limit(most))
    return [Line(*row) for row in rows]


async def postings(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, LedgerPosting]:
    """Postings with an entry that whoever acts may see."""
    statement = select(LedgerPosting).where(LedgerPosting.id.in_(set(ids)))
    return {row.id: row for row in await session.scalars(statement)}


async def legs_of(session: AsyncSession, posting_id: UUID) -> list[tuple[LedgerEntry, LedgerAccount]]:
    """The entries of a posting with their accounts, those that whoever acts may see."""
    statement = (
        select(LedgerEntry, LedgerAccount)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(LedgerEntry.posting_id == posting_id)
        .order_by(LedgerEntry.id)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def reversal_of(session: AsyncSession, posting_id: UUID) -> UUID | None:
    """The posting that undoes this one."""
    return await session.scalar(select(LedgerPosting.id).where(LedgerPosting.reverses_id == posting_id))


async def months(session: AsyncSession, newest: date, before: date | None, most: int) -> list[Month]:
    """So many months from the newest back to the first with a posting, or those before one of them."""
    values = {"newest": newest, "before": before or month_after(newest), "most": most}
    return [Month(row.period, row.closed_at, row.postings) for row in await session.execute(_MONTHS, values)]


async def last_closed(session: AsyncSession) -> date | None:
    """The last month that was closed."""
    return await session.scalar(select(func.max(LedgerPeriod.period)))
