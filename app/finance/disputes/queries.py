"""All the SQL on disputes. What the acting organization may not see is not there."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.disputes.models import Dispute, DisputeEntry, DisputeProposal
from app.finance.disputes.states import ACTIVE, DisputeState, ProposalState, Side


async def dispute(session: AsyncSession, dispute_id: UUID) -> Dispute | None:
    """One dispute."""
    return await session.scalar(select(Dispute).where(Dispute.id == dispute_id))


async def lock_dispute(session: AsyncSession, dispute_id: UUID) -> Dispute | None:
    """The same, locked: whatever is done in a dispute comes one after the other."""
    return await session.scalar(
        select(Dispute).where(Dispute.id == dispute_id).with_for_update().execution_options(populate_existing=True)
    )


async def insert_dispute(session: AsyncSession, values: Mapping[str, Any]) -> Dispute | None:
    """A new dispute; None when one about its milestone is open."""
    # Of its unique keys, only that of one open dispute a milestone can be met: the id is new.
    statement = insert(Dispute).values(**values).on_conflict_do_nothing().returning(Dispute)
    row: Dispute | None = await session.scalar(statement)
    return row


def disputes_of(organization_id: UUID, *, active: bool | None = None) -> Select[Dispute]:
    """Those that an organization is a side of."""
    statement = select(Dispute).where(or_(Dispute.buyer_id == organization_id, Dispute.supplier_id == organization_id))
    return _standing(statement, active)


def disputes_about(milestone_id: UUID) -> Select[Dispute]:
    """Those about a milestone."""
    return select(Dispute).where(Dispute.milestone_id == milestone_id)


def every_dispute(state: DisputeState | None) -> Select[Dispute]:
    """All of them, or those that stand so; for the operator."""
    return select(Dispute).where(Dispute.state == state) if state else select(Dispute)


def _standing(statement: Select[Dispute], active: bool | None) -> Select[Dispute]:
    if active is None:
        return statement
    return statement.where(Dispute.state.in_(ACTIVE) if active else Dispute.state.not_in(ACTIVE))


async def insert_entry(session: AsyncSession, values: Mapping[str, Any]) -> DisputeEntry:
    """Write into the history."""
    row: DisputeEntry = (await session.scalars(insert(DisputeEntry).values(**values).returning(DisputeEntry))).one()
    return row


async def entry(session: AsyncSession, entry_id: UUID) -> DisputeEntry | None:
    """One thing that happened."""
    return await session.scalar(select(DisputeEntry).where(DisputeEntry.id == entry_id))


def entries_of(dispute_id: UUID) -> Select[DisputeEntry]:
    """What happened in a dispute."""
    return select(DisputeEntry).where(DisputeEntry.dispute_id == dispute_id)


async def entries(session: AsyncSession, dispute_ids: Sequence[UUID]) -> dict[UUID, list[DisputeEntry]]:
    """What happened in disputes, in the order in which it was written."""
    found: dict[UUID, list[DisputeEntry]] = {one: [] for one in dispute_ids}
    statement = select(DisputeEntry).where(DisputeEntry.dispute_id.in_(dispute_ids)).order_by(DisputeEntry.id)
    for row in await session.scalars(statement):
        found[row.dispute_id].append(row)
    return found


async def proposal(session: AsyncSession, dispute_id: UUID, proposal_id: UUID) -> DisputeProposal | None:
    """A proposal of a dispute. It changes only while the dispute is locked."""
    statement = select(DisputeProposal).where(
        DisputeProposal.id == proposal_id, DisputeProposal.dispute_id == dispute_id
    )
    return await session.scalar(statement.execution_options(populate_existing=True))


async def open_proposals(session: AsyncSession, dispute_ids: Iterable[UUID]) -> dict[UUID, list[DisputeProposal]]:
    """The proposals that stand, by dispute: one of each side at most."""
    found: dict[UUID, list[DisputeProposal]] = {}
    statement = select(DisputeProposal).where(
        DisputeProposal.dispute_id.in_(set(dispute_ids)), DisputeProposal.state == ProposalState.OPEN
    )
    for row in await session.scalars(statement.order_by(DisputeProposal.id)):
        found.setdefault(row.dispute_id, []).append(row)
    return found


async def insert_proposal(session: AsyncSession, values: Mapping[str, Any]) -> DisputeProposal:
    """A new proposal; that of the same side before it is closed first."""
    row: DisputeProposal = (
        await session.scalars(insert(DisputeProposal).values(**values).returning(DisputeProposal))
    ).one()
    return row


async def close_proposals(
    session: AsyncSession, dispute_id: UUID, becomes: ProposalState, *, now: datetime, side: Side | None = None
) -> None:
    """Close what stands of one side, or of both."""
    statement = update(DisputeProposal).where(
        DisputeProposal.dispute_id == dispute_id, DisputeProposal.state == ProposalState.OPEN
    )
    if side is not None:
        statement = statement.where(DisputeProposal.side == side)
    values = {"state": becomes, "closed_at": now}
    await session.execute(statement.values(**values).execution_options(synchronize_session=False))


async def close_proposal(
    session: AsyncSession, proposal_id: UUID, becomes: ProposalState, *, now: datetime
) -> DisputeProposal | None:
    """Close one that stands; None when it does not any more."""
    row: DisputeProposal | None = await session.scalar(
        update(DisputeProposal)
        .where(DisputeProposal.id == proposal_id, DisputeProposal.state == ProposalState.OPEN)
        .values(state=becomes, closed_at=now)
        .returning(DisputeProposal),
        execution_options={"populate_existing": True},
    )
    return row


async def overdue(session: AsyncSession, after: UUID | None, most: int, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """(dispute, buyer) of those with a deadline that has passed and was not acted on, the next ones by id; only as the
    operator."""
    unanswered = and_(
        Dispute.state == DisputeState.OPEN, Dispute.answer_overdue_at.is_(None), Dispute.answer_due_at <= now
    )
    unsettled = and_(
        Dispute.state.in_((DisputeState.OPEN, DisputeState.ANSWERED)),
        Dispute.escalates_at <= now,
    )
    statement = select(Dispute.id, Dispute.buyer_id).where(or_(unanswered, unsettled))
    statement = statement.where(Dispute.id > after) if after else statement
    return [(row[0], row[1]) for row in await session.execute(statement.order_by(Dispute.id).limit(most))]
