"""Announce what came of a clearing to those whom it concerns."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.outbox import announce
from app.pooling.deposits import queries as deposits
from app.pooling.events import CampaignOfferCleared, CommitmentCleared, WaitingEnded
from app.pooling.queries import clearings as clearing_queries
from app.pooling.queries import offers as offer_queries

AT_ONCE = 200
"""Members who are told in one transaction."""


async def told_members(session: AsyncSession, campaign_id: UUID, clearing_id: UUID, after: UUID | None) -> UUID | None:
    """Announce to suppliers, first of all, and to some members after one; the last of them, where more may follow."""
    if after is None:
        await _tell_suppliers(session, campaign_id, clearing_id)
    rows = await clearing_queries.allotted_after(session, clearing_id, after, AT_ONCE)
    for row in rows:
        event = CommitmentCleared(
            commitment_id=row.commitment_id,
            campaign_id=row.campaign_id,
            clearing_id=row.clearing_id,
            member_id=row.member_id,
            served=row.served,
        )
        await announce(session, event, organizations=[row.member_id])
    return rows[-1].commitment_id if len(rows) == AT_ONCE else None


async def told_waiting(session: AsyncSession, campaign_id: UUID, clearing_id: UUID, after: UUID | None) -> UUID | None:
    """Announce to some members after one that waiting is over; the last looked at, where more may follow.

    Whoever has not paid was left out, and was told that when it happened.
    """
    rows = await clearing_queries.allotted_after(session, clearing_id, after, AT_ONCE)
    left_out = await deposits.defaulted(session, campaign_id, [row.commitment_id for row in rows])
    for row in rows:
        if row.served or row.commitment_id in left_out:
            continue
        event = WaitingEnded(commitment_id=row.commitment_id, campaign_id=campaign_id, member_id=row.member_id)
        await announce(session, event, organizations=[row.member_id])
    return rows[-1].commitment_id if len(rows) == AT_ONCE else None


async def _tell_suppliers(session: AsyncSession, campaign_id: UUID, clearing_id: UUID) -> None:
    won = {row.supplier_id for row in await clearing_queries.shares_of(session, clearing_id)}
    told: set[UUID] = set()
    for terms in await offer_queries.all_standing(session, campaign_id):
        if terms.offer_id in told:
            continue
        told.add(terms.offer_id)
        event = CampaignOfferCleared(
            campaign_offer_id=terms.offer_id,
            campaign_id=campaign_id,
            clearing_id=clearing_id,
            supplier_id=terms.supplier_id,
            won=terms.supplier_id in won,
        )
        await announce(session, event, organizations=[terms.supplier_id])
