"""A dispute goes before the operator: asked for by a side, or by the clock. The clock also notes that no answer came."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.disputes import rules
from app.finance.disputes.errors import EscalationTooEarly
from app.finance.disputes.models import Dispute
from app.finance.disputes.states import Act, DisputeState
from app.finance.disputes.usecases.steps import CLOCK, NO_WORDS, Author, Words, go_on, take_in_hand, write


async def escalate(session: AsyncSession, author: Author, dispute_id: UUID, words: Words, *, now: datetime) -> Dispute:
    """Bring it before the operator. Raises `NotFound`, `DisputeStateConflict`, `EscalationTooEarly`."""
    row = await take_in_hand(session, dispute_id, author, Act.ESCALATED)
    if not rules.may_escalate(DisputeState(row.state), row.answer_due_at, now=now):
        raise EscalationTooEarly(answer_due_at=row.answer_due_at)
    await _escalate(session, row, author, words, now=now)
    return row


async def note_deadlines(session: AsyncSession, row: Dispute, *, now: datetime) -> None:
    """Write down which deadlines of a locked dispute have passed, once for each. Acts for the buyer."""
    unanswered = rules.may(Act.ANSWER_OVERDUE, None, DisputeState(row.state)) and row.answer_overdue_at is None
    if unanswered and row.answer_due_at <= now:
        entry = await write(session, row, CLOCK, Act.ANSWER_OVERDUE)
        row.answer_overdue_at = now
        await go_on(session, row, entry)
    if row.escalates_at <= now and rules.may(Act.ESCALATED, None, DisputeState(row.state)):
        await _escalate(session, row, CLOCK, NO_WORDS, now=now)


async def _escalate(session: AsyncSession, row: Dispute, author: Author, words: Words, *, now: datetime) -> None:
    entry = await write(session, row, author, Act.ESCALATED, words)
    row.state, row.escalated_at = DisputeState.ESCALATED, now
    await go_on(session, row, entry)
