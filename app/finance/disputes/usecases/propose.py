"""Propose how to divide what is disputed, take that back, decline or accept it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.disputes import milestones, queries
from app.finance.disputes.errors import ProposalClosed
from app.finance.disputes.models import Dispute, DisputeProposal
from app.finance.disputes.schemas import ProposalIn
from app.finance.disputes.states import Act, DisputeState, ProposalState, Side
from app.finance.disputes.usecases.end import settle
from app.finance.disputes.usecases.steps import (
    NO_WORDS,
    Author,
    Words,
    answered,
    go_on,
    require_split,
    take_in_hand,
    write,
)
from app.kit.errors import NotFound
from app.kit.ids import new_id


async def propose(
    session: AsyncSession, author: Author, dispute_id: UUID, form: ProposalIn, *, now: datetime
) -> Dispute:
    """Propose a split, in the place of one's former proposal. Raises `NotFound`, `DisputeStateConflict`, `Invalid`."""
    row = await take_in_hand(session, dispute_id, author, Act.PROPOSED)
    require_split(row, form.release_minor, form.refund_minor)
    assert author.side is not None
    await queries.close_proposals(session, row.id, ProposalState.REPLACED, now=now, side=author.side)
    values = {
        "id": new_id(),
        "dispute_id": row.id,
        "buyer_id": row.buyer_id,
        "supplier_id": row.supplier_id,
        "disputed_minor": row.disputed_minor,
        "side": author.side,
        "release_minor": form.release_minor,
        "refund_minor": form.refund_minor,
    }
    proposal = await queries.insert_proposal(session, values)
    entry = await write(session, row, author, Act.PROPOSED, Words(form.text, form.locale), proposal=proposal)
    answered(row, author, now=now)
    await go_on(session, row, entry)
    return row


async def take_back(
    session: AsyncSession, author: Author, dispute_id: UUID, proposal_id: UUID, *, now: datetime
) -> Dispute:
    """Take back one's own proposal. Raises `NotFound`, `DisputeStateConflict`, `ProposalClosed`."""
    return await _close(session, author, dispute_id, proposal_id, Act.TAKEN_BACK, NO_WORDS, now=now)


async def decline(
    session: AsyncSession, author: Author, dispute_id: UUID, proposal_id: UUID, words: Words, *, now: datetime
) -> Dispute:
    """Decline the other side's proposal, perhaps with a word. Raises `NotFound`, `DisputeStateConflict`, `ProposalClosed`."""
    return await _close(session, author, dispute_id, proposal_id, Act.DECLINED, words, now=now)


async def accept(
    session: AsyncSession, author: Author, dispute_id: UUID, proposal_id: UUID, *, now: datetime
) -> Dispute:
    """Accept the other side's proposal: the dispute is settled with it. Raises `NotFound`, `DisputeStateConflict`,
    `ProposalClosed`, and `MilestoneAssigned` where the buyer is given what is not the supplier's to give."""
    row = await take_in_hand(session, dispute_id, author, Act.ACCEPTED)
    found = await _closed(session, row, author, proposal_id, Act.ACCEPTED, now=now)
    if found.refund_minor:
        await milestones.require_free(session, row.milestone_id, row.supplier_id)
    entry = await write(session, row, author, Act.ACCEPTED, proposal=found)
    split = (found.release_minor, found.refund_minor)
    await settle(session, row, entry, DisputeState.AGREED, split, now=now)
    return row


async def _close(
    session: AsyncSession,
    author: Author,
    dispute_id: UUID,
    proposal_id: UUID,
    act: Act,
    words: Words,
    *,
    now: datetime,
) -> Dispute:
    row = await take_in_hand(session, dispute_id, author, act)
    proposal = await _closed(session, row, author, proposal_id, act, now=now)
    entry = await write(session, row, author, act, words, proposal=proposal)
    answered(row, author, now=now)
    await go_on(session, row, entry)
    return row


_BECOMES = {
    Act.TAKEN_BACK: ProposalState.TAKEN_BACK,
    Act.DECLINED: ProposalState.DECLINED,
    Act.ACCEPTED: ProposalState.ACCEPTED,
}


async def _closed(
    session: AsyncSession, row: Dispute, author: Author, proposal_id: UUID, act: Act, *, now: datetime
) -> DisputeProposal:
    """The proposal, closed. One's own is taken back and never accepted; the other's is answered."""
    found = await queries.proposal(session, row.id, proposal_id)
    is_own = found is not None and Side(found.side) is author.side
    if found is None or is_own != (act is Act.TAKEN_BACK):
        raise NotFound()
    closed = await queries.close_proposal(session, proposal_id, _BECOMES[act], now=now)
    if closed is None:
        raise ProposalClosed()
    return closed
