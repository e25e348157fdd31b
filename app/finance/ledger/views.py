"""The ledger as its readers see it."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance import shown
from app.finance.ledger import queries
from app.finance.ledger.models import LedgerAccount, LedgerEntry, LedgerPosting
from app.finance.ledger.rules import natural
from app.finance.ledger.schemas import (
    LedgerAccountOut,
    LedgerAmount,
    LedgerCause,
    LedgerEntryOut,
    LedgerLeg,
    LedgerPeriodOut,
    LedgerPostingOut,
)
from app.finance.ledger.states import (
    CAUSE_LABELS,
    FACT_LABELS,
    PERIOD_STATE_LABELS,
    PURPOSE_LABELS,
    SIDE_LABELS,
    PeriodState,
    Purpose,
    Side,
)
from app.kit.schemas import Labelled, labelled

amount_out = shown.amounts(LedgerAmount)


def side_of(amount_minor: int) -> Labelled:
    """On which side an entry stands."""
    return labelled(Side.DEBIT if amount_minor > 0 else Side.CREDIT, SIDE_LABELS)


async def accounts_out(session: AsyncSession, rows: Sequence[LedgerAccount]) -> list[LedgerAccountOut]:
    """Accounts with what they come to."""
    balances = await queries.balances(session, [row.id for row in rows])
    return [
        LedgerAccountOut(
            id=row.id,
            organization_id=row.organization_id,
            purpose=labelled(row.purpose, PURPOSE_LABELS),
            currency=row.currency,
            side=labelled(row.side, SIDE_LABELS),
            balance=amount_out(natural(Purpose(row.purpose), balances[row.id]), row.currency),
            opened_at=row.opened_at,
        )
        for row in rows
    ]


def cause_out(posting: LedgerPosting) -> LedgerCause:
    """What a posting is about."""
    return LedgerCause(kind=labelled(posting.cause_kind, CAUSE_LABELS), id=posting.cause_id)


async def entries_out(session: AsyncSession, rows: Sequence[LedgerEntry]) -> list[LedgerEntryOut]:
    """Entries with what they are about."""
    postings = await queries.postings(session, [row.posting_id for row in rows])
    return [_entry_out(row, postings[row.posting_id]) for row in rows]


def _entry_out(row: LedgerEntry, posting: LedgerPosting) -> LedgerEntryOut:
    return LedgerEntryOut(
        id=row.id,
        posting_id=row.posting_id,
        occurred_on=row.occurred_on,
        posted_at=posting.posted_at,
        kind=labelled(posting.kind, FACT_LABELS),
        cause=cause_out(posting),
        side=side_of(row.amount_minor),
        amount=amount_out(abs(row.amount_minor), row.currency),
    )


async def posting_out(session: AsyncSession, row: LedgerPosting) -> LedgerPostingOut:
    """A posting with its legs, and what undid it."""
    legs = [
        LedgerLeg(
            account_id=account.id,
            organization_id=account.organization_id,
            purpose=labelled(account.purpose, PURPOSE_LABELS),
            side=side_of(entry.amount_minor),
            amount=amount_out(abs(entry.amount_minor), entry.currency),
        )
        for entry, account in await queries.legs_of(session, row.id)
    ]
    return LedgerPostingOut(
        id=row.id,
        kind=labelled(row.kind, FACT_LABELS),
        cause=cause_out(row),
        occasion=row.occasion,
        occurred_on=row.occurred_on,
        posted_at=row.posted_at,
        reason=row.reason,
        reverses_id=row.reverses_id,
        reversed_by_id=await queries.reversal_of(session, row.id),
        legs=legs,
    )


def period_out(month: queries.Month) -> LedgerPeriodOut:
    """A month."""
    state = PeriodState.OPEN if month.closed_at is None else PeriodState.CLOSED
    return LedgerPeriodOut(
        period=f"{month.period:%Y-%m}",
        state=labelled(state, PERIOD_STATE_LABELS),
        closed_at=month.closed_at,
        postings=month.postings,
    )
