"""All that other rooms may call, each in the caller's own transaction.

What a transaction posts is posted in one call where it can be: balances are then locked in one order, and no two transactions
wait for each other. The ledger writes whoever's accounts a fact concerns; what is read is what the transaction acts for.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.ledger import queries
from app.finance.ledger.errors import BelowFloor, DayAhead, PeriodClosed
from app.finance.ledger.rules import (
    AccountOf,
    Leg,
    Posting,
    credit,
    debit,
    exchanged,
    month_after,
    month_of,
    natural,
    shared,
)
from app.finance.ledger.schemas import LedgerAmount
from app.finance.ledger.states import CAUSE_LABELS, CauseKind, FactKind, Purpose
from app.finance.ledger.usecases.post import post as _post
from app.finance.ledger.views import amount_out

__all__ = [
    "CAUSE_LABELS",
    "AccountOf",
    "BelowFloor",
    "CauseKind",
    "DayAhead",
    "FactKind",
    "HouseSums",
    "LedgerAmount",
    "Leg",
    "Moved",
    "PeriodClosed",
    "Posting",
    "Purpose",
    "StatementLine",
    "accounts_after",
    "amount_out",
    "balance",
    "balances_of",
    "balances_of_cause",
    "credit",
    "debit",
    "exchanged",
    "first_open_day",
    "house_balances",
    "house_sums_of_causes",
    "is_posting",
    "month_after",
    "month_of",
    "moved_by_month",
    "post",
    "shared",
    "statement",
    "totals_of_causes",
]

MOST_LINES = 500

HouseSums = dict[tuple[CauseKind, UUID, Purpose, str], tuple[int, int]]
"""(minor units, postings) by kind and id of a cause, purpose and currency."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """An entry of an account: minor units, positive on the side on which the account grows."""

    posting_id: UUID
    occurred_on: date
    kind: FactKind
    cause: tuple[CauseKind, UUID]
    amount_minor: int
    balance_minor: int


async def post(session: AsyncSession, *facts: Posting) -> list[UUID]:
    """Post facts, all or none; a fact that was posted before stands as it is. Their postings, in the order given.

    Raises `BelowFloor`, `PeriodClosed`, `DayAhead`; an error of the database where a fact was posted before with other legs.
    After any of them the transaction can only be rolled back.
    """
    return await _post(session, facts)


async def balance(session: AsyncSession, account: AccountOf) -> int:
    """What an account comes to now, in minor units, positive on the side on which it grows. Nothing was posted: 0."""
    row = await queries.find_account(session, account)
    if row is None:
        return 0
    return natural(account.purpose, (await queries.balances(session, [row.id]))[row.id])


async def balances_of(session: AsyncSession, organization_id: UUID, purpose: Purpose) -> dict[str, int]:
    """What an organization's accounts for a purpose come to now, by currency."""
    rows = {row.id: row.currency for row in await queries.accounts_for(session, organization_id, purpose)}
    found = await queries.balances(session, rows)
    return {currency: natural(purpose, found.get(account_id, 0)) for account_id, currency in rows.items()}


async def first_open_day(session: AsyncSession) -> date | None:
    """The first day that still takes postings; None when no month was closed yet."""
    closed = await queries.last_closed(session)
    return None if closed is None else month_after(closed)


async def balances_of_cause(
    session: AsyncSession, organization_id: UUID, cause: tuple[CauseKind, UUID]
) -> dict[Purpose, int]:
    """What is left on an organization's accounts of what was posted with a cause, positive on the side on which each grows."""
    sums = await queries.sums_of_cause(session, organization_id, cause)
    return {purpose: natural(purpose, total) for purpose, total in sums.items()}


async def house_balances(session: AsyncSession, purpose: Purpose, day: date) -> dict[str, int]:
    """What the house's accounts for a purpose came to when a day ended, by currency; a debit is positive. As the operator."""
    return await queries.house_balances(session, purpose, day)


async def house_sums_of_causes(
    session: AsyncSession, causes: Sequence[tuple[CauseKind, UUID]], purposes: Sequence[Purpose]
) -> HouseSums:
    """What postings with these causes, and what undid them, come to on some of the house's accounts: debits less credits, and of
    how many postings. Only as the operator."""
    return await queries.house_sums_of_causes(session, causes, purposes) if causes else {}


async def is_posting(session: AsyncSession, posting_id: UUID) -> bool:
    """Whether there is such a posting, for whoever acts."""
    return bool(await queries.postings(session, [posting_id]))


async def totals_of_causes(
    session: AsyncSession, kind: CauseKind, cause_ids: Iterable[UUID]
) -> dict[UUID, dict[tuple[FactKind, Purpose], int]]:
    """What was posted with each of these causes, by kind of fact and of account, positive on the side on which each grows.
    What was reversed is not taken off. For proofs: a transaction sees of it what it may see of the ledger."""
    found: dict[UUID, dict[tuple[FactKind, Purpose], int]] = {}
    for cause_id, fact, purpose, total in await queries.totals_of_causes(session, kind, cause_ids):
        found.setdefault(cause_id, {})[FactKind(fact), Purpose(purpose)] = natural(Purpose(purpose), total)
    return found


@dataclass(frozen=True, slots=True)
class Moved:
    """What facts of a kind moved on an account in a month with a cause, positive on the side on which the account grows."""

    month: date
    kind: FactKind
    cause: tuple[CauseKind, UUID]
    amount_minor: int


async def accounts_after(
    session: AsyncSession, purpose: Purpose, after: UUID | None, most: int
) -> list[tuple[UUID, UUID | None, str]]:
    """(id, organization, currency) of the next accounts for a purpose, in the order of their ids. As the operator."""
    return [(row.id, row.organization_id, row.currency) for row in await queries.keepers(session, purpose, after, most)]


async def moved_by_month(
    session: AsyncSession, account: AccountOf, kinds: Collection[FactKind], before: date
) -> list[Moved]:
    """What facts of some kinds moved on an account before a day; what undid one counts against it, in its own month."""
    row = await queries.find_account(session, account)
    if row is None:
        return []
    return [
        Moved(month, FactKind(kind), (CauseKind(cause_kind), cause_id), natural(account.purpose, total))
        for month, cause_kind, cause_id, kind, total in await queries.monthly_sums(session, row.id, kinds, before)
    ]


async def statement(
    session: AsyncSession, account: AccountOf, first_day: date | None = None, last_day: date | None = None
) -> tuple[int, list[StatementLine]]:
    """(balance before, the first 500 entries) of an account on some days."""
    row = await queries.find_account(session, account)
    if row is None:
        return 0, []
    balance_minor = opening = natural(account.purpose, await queries.balance_before(session, row.id, first_day))
    found = []
    for line in await queries.lines_after(session, row.id, first_day, last_day, None, MOST_LINES):
        amount = natural(account.purpose, line.amount_minor)
        balance_minor += amount
        cause = (CauseKind(line.cause_kind), line.cause_id)
        found.append(
            StatementLine(line.posting_id, line.occurred_on, FactKind(line.kind), cause, amount, balance_minor)
        )
    return opening, found
