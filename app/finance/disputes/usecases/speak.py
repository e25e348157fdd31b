"""Say something in a dispute, with files as evidence. The supplier's first words are his answer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.disputes.models import Dispute
from app.finance.disputes.states import Act
from app.finance.disputes.usecases.steps import Author, Words, answered, go_on, take_in_hand, write


async def speak(session: AsyncSession, author: Author, dispute_id: UUID, words: Words, *, now: datetime) -> Dispute:
    """Add a message. Raises `NotFound`, `DisputeStateConflict`, and what attaching files raises."""
    row = await take_in_hand(session, dispute_id, author, Act.MESSAGE)
    entry = await write(session, row, author, Act.MESSAGE, words)
    answered(row, author, now=now)
    await go_on(session, row, entry)
    return row
