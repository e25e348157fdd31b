"""A dispute ends: agreed, withdrawn or decided. The milestone is frozen no longer, in the same transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.disputes import milestones, queries
from app.finance.disputes.events import DisputeEnded
from app.finance.disputes.models import Dispute, DisputeEntry
from app.finance.disputes.states import Act, DisputeState, ProposalState, Side
from app.finance.disputes.usecases.steps import Author, Words, require_split, take_in_hand, write
from app.kit.actor import Actor
from app.kit.outbox import announce


async def withdraw(session: AsyncSession, actor: Actor, dispute_id: UUID, words: Words, *, now: datetime) -> Dispute:
    """The buyer has nothing against the milestone any more: it goes on as if there had been no dispute. Raises `NotFound`,
    `DisputeStateConflict`."""
    author = Author(actor, Side.BUYER)
    row = await take_in_hand(session, dispute_id, author, Act.WITHDRAWN)
    entry = await write(session, row, author, Act.WITHDRAWN, words)
    await settle(session, row, entry, DisputeState.WITHDRAWN, None, now=now)
    return row


async def decide(
    session: AsyncSession, actor: Actor, dispute_id: UUID, words: Words, split: tuple[int, int], *, now: datetime
) -> Dispute:
    """The operator decides, with his reasons; nothing follows a decision. Raises `NotFound`, `DisputeStateConflict`,
    `Invalid`."""
    author = Author(actor, Side.OPERATOR)
    row = await take_in_hand(session, dispute_id, author, Act.DECIDED)
    require_split(row, *split)
    entry = await write(session, row, author, Act.DECIDED, words, split=split)
    await settle(session, row, entry, DisputeState.DECIDED, split, now=now)
    return row


async def settle(
    session: AsyncSession,
    row: Dispute,
    entry: DisputeEntry,
    state: DisputeState,
    split: tuple[int, int] | None,
    *,
    now: datetime,
) -> None:
    """End a dispute in hand, divide the money, and announce it. Proposals that still stand lapse."""
    await queries.close_proposals(session, row.id, ProposalState.LAPSED, now=now)
    row.state, row.ended_at = state, now
    row.version += 1
    if split is not None:
        row.release_minor, row.refund_minor = split
    await session.flush()
    release_minor, refund_minor = split or (0, 0)
    await milestones.settle_dispute(
        session,
        row.buyer_id,
        row.milestone_id,
        row.id,
        release_minor=release_minor,
        refund_minor=refund_minor,
        day=now.date(),
    )
    event = DisputeEnded(
        dispute_id=row.id,
        entry_id=entry.id,
        milestone_id=row.milestone_id,
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        state=row.state,
        currency=row.currency,
        release_minor=row.release_minor,
        refund_minor=row.refund_minor,
    )
    await announce(session, event, organizations=[row.buyer_id, row.supplier_id])
