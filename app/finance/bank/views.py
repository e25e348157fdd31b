"""Statements and entries as the operator sees them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.bank import queries
from app.finance.bank.models import BankEntry, BankMatch, BankStatement
from app.finance.bank.registry import awaited, fitting
from app.finance.bank.schemas import BankCandidateOut, BankEntryOut, BankMatchOut, BankStatementOut
from app.finance.bank.states import FINDING_LABELS, MATCH_LABELS, SOURCE_LABELS, TASK_LABELS
from app.finance.einvoicing.references import written
from app.finance.ledger.facade import amount_out
from app.kit.schemas import labelled


def statement_out(row: BankStatement) -> BankStatementOut:
    """A statement."""
    return BankStatementOut(
        id=row.id,
        account=row.account,
        currency=row.currency,
        identification=row.identification,
        electronic_number=row.electronic_number,
        legal_number=row.legal_number,
        position=row.position,
        opening=amount_out(row.opening_minor, row.currency),
        opening_on=row.opening_on,
        closing=amount_out(row.closing_minor, row.currency),
        closing_on=row.closing_on,
        entries=row.entries,
        imported_at=row.imported_at,
    )


def match_out(row: BankMatch, currency: str) -> BankMatchOut:
    """What an entry is for."""
    return BankMatchOut(
        id=row.id,
        kind=labelled(row.kind, MATCH_LABELS),
        source=labelled(row.source, SOURCE_LABELS),
        amount=amount_out(row.amount_minor, currency),
        reference=written(row.reference) if row.reference else None,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        offset_id=row.offset_id,
        reason=row.reason,
        matched_at=row.matched_at,
        undone_at=row.undone_at,
        undone_because=row.undone_because,
    )


async def entries_out(session: AsyncSession, rows: Sequence[BankEntry]) -> list[BankEntryOut]:
    """Entries with what they are for."""
    ids = [row.id for row in rows]
    tasks, matches = await queries.tasks(session, ids), await queries.matches_of(session, ids)
    statements = await queries.statements_by_id(session, {row.statement_id for row in rows})
    found = []
    for row in rows:
        task = tasks[row.id]
        instructed = None
        if row.instructed_minor is not None and row.instructed_currency not in (None, row.currency):
            instructed = amount_out(row.instructed_minor, str(row.instructed_currency))
        found.append(
            BankEntryOut(
                id=row.id,
                statement_id=row.statement_id,
                account=statements[row.statement_id].account,
                place=f"{row.entry}.{row.part}",
                state=labelled(task.state, TASK_LABELS),
                finding=labelled(task.finding, FINDING_LABELS) if task.finding else None,
                refusal=task.refusal,
                amount=amount_out(row.amount_minor, row.currency),
                booked=amount_out(row.booked_minor, row.currency),
                left=amount_out(task.left_minor, row.currency),
                instructed=instructed,
                booked_on=row.booked_on,
                value_on=row.value_on,
                reversal=row.reversal,
                references=[written(one) for one in dict.fromkeys((*row.structured, *row.written))],
                remittance=row.remittance,
                party_name=row.party_name,
                party_account=row.party_account,
                matches=[match_out(one, row.currency) for one in matches[row.id]],
            )
        )
    return found


async def candidates_out(session: AsyncSession, row: BankEntry) -> list[BankCandidateOut]:
    """What an entry names, and what of its amount is awaited beside that."""
    left_minor = (await queries.tasks(session, [row.id]))[row.id].left_minor
    leaves = left_minor < 0
    named = [one for one in await awaited(session, [*row.structured, *row.written]) if one.leaves == leaves]
    known = {one.reference for one in named}
    others = [one for one in await fitting(session, left_minor, row.currency) if one.reference not in known]
    return [
        BankCandidateOut(
            reference=written(one.reference),
            subject_kind=one.subject[0],
            subject_id=one.subject[1],
            awaited=amount_out(-one.amount_minor if leaves else one.amount_minor, one.currency),
            named=one.reference in known,
        )
        for one in (*named, *(others if left_minor else ()))
    ]
