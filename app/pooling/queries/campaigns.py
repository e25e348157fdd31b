"""All the SQL on campaigns, what they are made of, and their sums."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.pooling.auctions.models import Auction
from app.pooling.models import (
    Campaign,
    CampaignCounter,
    CampaignInvitation,
    CampaignItem,
    CampaignPlace,
    CampaignSeed,
    CampaignTotal,
    GuideTier,
)
from app.pooling.states import CampaignState, Competition


async def campaign(session: AsyncSession, campaign_id: UUID) -> Campaign | None:
    """A campaign that the acting organization may see."""
    return await session.scalar(select(Campaign).where(Campaign.id == campaign_id))


async def campaigns_by_id(session: AsyncSession, campaign_ids: Iterable[UUID]) -> dict[UUID, Campaign]:
    """Those of them that the acting organization may see."""
    rows = await session.scalars(select(Campaign).where(Campaign.id.in_(set(campaign_ids))))
    return {row.id: row for row in rows}


async def lock_campaign(session: AsyncSession, campaign_id: UUID) -> Campaign | None:
    """The lead's own, locked: commitments and offers under way are waited for, later ones wait."""
    in_turn = func.pg_advisory_xact_lock(func.hashtextextended(f"campaign {campaign_id}", 7))
    await session.execute(select(in_turn).where(Campaign.id == campaign_id))
    return await session.scalar(
        select(Campaign).where(Campaign.id == campaign_id).with_for_update().execution_options(populate_existing=True)
    )


def campaigns_over(now: datetime) -> Select[Campaign]:
    """Campaigns that take nothing any more: frozen, whether or not a job has said so, or ended."""
    return select(Campaign).where(
        Campaign.state != CampaignState.DRAFT, or_(Campaign.state != CampaignState.OPEN, Campaign.closes_at <= now)
    )


def campaigns_seen(organization_id: UUID, state: CampaignState | None, *, own: bool, now: datetime) -> Select[Campaign]:
    """Campaigns that an organization may see: those that were opened, and its own. `own` alone: those that it leads."""
    statement = select(Campaign)
    if own:
        statement = statement.where(Campaign.lead_id == organization_id)
    if state is CampaignState.OPEN:
        return statement.where(Campaign.state == state, Campaign.closes_at > now)
    if state in (CampaignState.FROZEN, CampaignState.BIDDING):
        competition = Competition.SEALED if state is CampaignState.FROZEN else Competition.AUCTION
        due = (Campaign.state == CampaignState.OPEN) & (Campaign.closes_at <= now)
        return statement.where((Campaign.state == state) | (due & (Campaign.competition == competition)))
    return statement.where(Campaign.state == state) if state else statement


def invitations(campaign_id: UUID) -> Select[CampaignInvitation]:
    """Whom the lead has invited to a campaign."""
    return select(CampaignInvitation).where(CampaignInvitation.campaign_id == campaign_id)


async def invitation(session: AsyncSession, invitation_id: UUID) -> CampaignInvitation | None:
    """One of the acting lead's, or of whom he invited."""
    return await session.scalar(select(CampaignInvitation).where(CampaignInvitation.id == invitation_id))


async def invite(session: AsyncSession, values: Mapping[str, Any]) -> tuple[CampaignInvitation, bool]:
    """The invitation of an organization, and whether it is new."""
    statement = insert(CampaignInvitation).values(**values)
    statement = statement.on_conflict_do_nothing(index_elements=["campaign_id", "organization_id"])
    made: CampaignInvitation | None = await session.scalar(statement.returning(CampaignInvitation))
    if made is not None:
        return made, True
    found = invitations(values["campaign_id"]).where(CampaignInvitation.organization_id == values["organization_id"])
    return (await session.scalars(found)).one(), False


async def revoke(session: AsyncSession, invitation_id: UUID) -> None:
    """Take an invitation back; triggers end what its organization has in the campaign."""
    gone = delete(CampaignInvitation).where(CampaignInvitation.id == invitation_id)
    await session.execute(gone.execution_options(synchronize_session=False))


async def led_at_once(session: AsyncSession, lead_id: UUID) -> int:
    """How many drafts and open campaigns a lead has. His further ones wait until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"campaigns of {lead_id}", 7))))
    waiting = (CampaignState.DRAFT, CampaignState.OPEN)
    statement = select(func.count()).where(Campaign.lead_id == lead_id, Campaign.state.in_(waiting))
    return await session.scalar(statement) or 0


async def next_number(session: AsyncSession, lead_id: UUID, year: int) -> int:
    """The lead's next number in a year."""
    statement = insert(CampaignCounter).values(lead_id=lead_id, year=year, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=["lead_id", "year"], set_={"last": CampaignCounter.last + 1}
    )
    return int((await session.execute(statement.returning(CampaignCounter.last))).scalar_one())


async def items(session: AsyncSession, campaign_ids: Iterable[UUID]) -> list[CampaignItem]:
    """The items of campaigns, in their order."""
    statement = select(CampaignItem).where(CampaignItem.campaign_id.in_(set(campaign_ids)))
    return list(await session.scalars(statement.order_by(CampaignItem.campaign_id, CampaignItem.position)))


async def item(session: AsyncSession, campaign_id: UUID, item_id: UUID) -> CampaignItem | None:
    """One of a campaign's items."""
    return await session.scalar(
        select(CampaignItem).where(CampaignItem.id == item_id, CampaignItem.campaign_id == campaign_id)
    )


async def tiers(session: AsyncSession, campaign_ids: Iterable[UUID]) -> dict[UUID, list[GuideTier]]:
    """The tiers told by item, rising in lots."""
    statement = select(GuideTier).where(GuideTier.campaign_id.in_(set(campaign_ids)))
    found: dict[UUID, list[GuideTier]] = {}
    for row in await session.scalars(statement.order_by(GuideTier.item_id, GuideTier.from_lots)):
        found.setdefault(row.item_id, []).append(row)
    return found


async def places(session: AsyncSession, campaign_id: UUID) -> list[str]:
    """Where goods may be taken, in order."""
    statement = select(CampaignPlace.place).where(CampaignPlace.campaign_id == campaign_id)
    return list(await session.scalars(statement.order_by(CampaignPlace.place)))


async def totals(session: AsyncSession, campaign_ids: Iterable[UUID]) -> dict[UUID, CampaignTotal]:
    """What is pooled, by item; nothing of drafts."""
    statement = select(CampaignTotal).where(CampaignTotal.campaign_id.in_(set(campaign_ids)))
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return {row.item_id: row for row in rows}


async def outline(session: AsyncSession, campaign_id: UUID) -> list[tuple[Any, ...]]:
    """What changes whenever there is news: state, closing time, how many bids an auction has and when it ends, and each item's
    sum with when it changed; no rows of what the acting organization may not see."""
    statement = (
        select(
            Campaign.state,
            Campaign.closes_at,
            Auction.bids,
            Auction.ends_at,
            CampaignTotal.item_id,
            CampaignTotal.lots,
            CampaignTotal.changed_at,
        )
        .outerjoin(Auction, Auction.campaign_id == Campaign.id)
        .outerjoin(CampaignTotal, CampaignTotal.campaign_id == Campaign.id)
        .where(Campaign.id == campaign_id)
        .order_by(CampaignTotal.item_id)
    )
    return [tuple(row) for row in await session.execute(statement)]


async def clear_contents(session: AsyncSession, campaign_id: UUID) -> None:
    """Take everything out of a draft."""
    for table in (GuideTier, CampaignPlace, CampaignItem):
        await session.execute(delete(table).where(table.campaign_id == campaign_id))


async def insert_contents(
    session: AsyncSession,
    found: Sequence[Mapping[str, Any]],
    tier_rows: Sequence[Mapping[str, Any]],
    place_rows: Sequence[Mapping[str, Any]],
) -> None:
    """Write what a draft is made of."""
    for table, rows in ((CampaignItem, found), (GuideTier, tier_rows), (CampaignPlace, place_rows)):
        if rows:
            await session.execute(insert(table), list(rows))


async def insert_seed(session: AsyncSession, campaign_id: UUID, seed: str) -> None:
    """Keep the seed of a draft that is being opened, where nobody reads it."""
    await session.execute(insert(CampaignSeed).values(campaign_id=campaign_id, seed=seed))


async def revealed_seed(session: AsyncSession, campaign_id: UUID) -> str | None:
    """The seed, once the campaign's time has come; only for its lead."""
    found: str | None = await session.scalar(text("SELECT campaign_reveal(:id)"), {"id": campaign_id})
    return found


async def is_due(session: AsyncSession, campaign_id: UUID) -> bool:
    """Whether a campaign's closing time has come by the database's clock."""
    statement = select(Campaign.closes_at <= func.app_now()).where(Campaign.id == campaign_id)
    return bool(await session.scalar(statement))


async def members_told(session: AsyncSession, campaign_id: UUID, most: int) -> list[UUID]:
    """Who takes part, as far as the campaign tells the acting organization."""
    statement = text("SELECT * FROM campaign_members(:id, :most)")
    return list(await session.scalars(statement, {"id": campaign_id, "most": most}))


async def hold_open(session: AsyncSession, campaign_id: UUID) -> bool:
    """Whether a campaign takes commitments and offers; it does so until this transaction ends."""
    return bool(await session.scalar(text("SELECT campaign_hold_open(:id)"), {"id": campaign_id}))


async def due(session: AsyncSession, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(campaign, lead) of open campaigns whose time has come; only as the operator."""
    statement = (
        select(Campaign.id, Campaign.lead_id)
        .where(Campaign.state == CampaignState.OPEN, Campaign.closes_at <= now)
        .order_by(Campaign.closes_at, Campaign.id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def in_state(session: AsyncSession, state: CampaignState, most: int) -> list[tuple[UUID, UUID]]:
    """(campaign, lead) of campaigns in a state in which something is still to be done, the oldest first; only as the operator."""
    statement = select(Campaign.id, Campaign.lead_id).where(Campaign.state == state).order_by(Campaign.id).limit(most)
    return [(row[0], row[1]) for row in await session.execute(statement)]
