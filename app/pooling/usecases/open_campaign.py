"""Open a campaign; give it more time; give it up."""

import secrets
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.jobs import defer
from app.kit.locales import N_
from app.kit.outbox import announce
from app.pooling.errors import CampaignIncomplete, CampaignNotDraft
from app.pooling.events import CampaignEnded, CampaignExtended, CampaignOpened
from app.pooling.limits import LONGEST
from app.pooling.models import Campaign
from app.pooling.queries import campaigns as queries
from app.pooling.rules import OfferedItem, TierStep, takes_part
from app.pooling.states import CampaignAudience, CampaignState, Leading
from app.pooling.usecases.campaign_texts import ENTITY, publish_reason, publish_texts
from app.pooling.usecases.deposit import ask_to_move
from app.pooling.usecases.invite import tell_invited
from app.pooling.usecases.offer import place_offer
from app.pooling.usecases.too_late import closed
from app.pooling.work import FREEZE_JOB


async def open_campaign(session: AsyncSession, actor: Actor, campaign_id: UUID, *, now: datetime) -> Campaign:
    """Let members commit themselves and suppliers offer, and promise the seed.

    Raises `CampaignNotDraft`, `CampaignIncomplete`.
    """
    row = await queries.lock_campaign(session, campaign_id)
    if row is None:
        raise NotFound()
    if row.state != CampaignState.DRAFT:
        raise CampaignNotDraft()
    if row.closes_at <= now:
        message = N_("Give a closing time in the future.")
        raise CampaignIncomplete(errors=[FieldError("/closes_at", "closes-in-past", message)])
    # Nobody knows it before the freeze, not even the lead: it lies where no role may read.
    seed = secrets.token_hex(32)
    await queries.insert_seed(session, row.id, seed)
    row.state, row.opened_at = CampaignState.OPEN, now
    row.seed_digest = sha256(seed.encode()).digest()
    row.version += 1
    await session.flush()
    await publish_texts(session, row, await queries.items(session, [row.id]))
    if row.led_as == Leading.SUPPLIER:
        await place_offer(session, actor, row, await _published(session, row))
    await _ask_for_freeze(session, row)
    after = {"state": row.state, "closes_at": row.closes_at, "seed_sha256": row.seed_digest.hex()}
    await audit.record(session, actor, "campaign.open", ENTITY, row.id, after=after)
    event = CampaignOpened(campaign_id=row.id, lead_id=row.lead_id, closes_at=row.closes_at)
    await announce(session, event, organizations=[row.lead_id])
    if row.audience == CampaignAudience.INVITED:
        for invitation in await session.scalars(queries.invitations(row.id)):
            await tell_invited(session, invitation)
    return row


async def _ask_for_freeze(session: AsyncSession, row: Campaign) -> None:
    """Let it be frozen, or bid for, when it was told to, not within a minute of it."""
    await defer(session, FREEZE_JOB, at=row.closes_at, lead_id=str(row.lead_id), campaign_id=str(row.id))


async def _published(session: AsyncSession, row: Campaign) -> list[OfferedItem]:
    tiers = await queries.tiers(session, [row.id])
    return [
        OfferedItem(
            item.id,
            tuple(TierStep(tier.from_lots, tier.price_minor) for tier in tiers.get(item.id, ())),
            item.published["capacity_lots"],
            item.published["setup_minor"],
            item.published["freight_minor"],
            item.published["lead_time_days"],
        )
        for item in await queries.items(session, [row.id])
        if item.published is not None
    ]


async def extend_campaign(
    session: AsyncSession, actor: Actor, campaign_id: UUID, closes_at: datetime, *, now: datetime
) -> Campaign:
    """Freeze later. Raises `CampaignClosed`, `Invalid`."""
    row = await _open_one(session, campaign_id, now=now)
    if not row.closes_at < closes_at <= now + LONGEST:
        message = N_("Give a moment after the present closing time, at most 180 days from now.")
        raise Invalid(errors=[FieldError("/closes_at", "not-later", message)])
    before = row.closes_at
    row.closes_at = closes_at
    row.version += 1
    await session.flush()
    await audit.record(
        session, actor, "campaign.extend", ENTITY, row.id, before={"closes_at": before}, after={"closes_at": closes_at}
    )
    await _ask_for_freeze(session, row)
    event = CampaignExtended(campaign_id=row.id, lead_id=row.lead_id, closes_at=closes_at)
    await announce(session, event, organizations=[row.lead_id])
    return row


async def cancel_campaign(
    session: AsyncSession, actor: Actor, campaign_id: UUID, reason: str, *, now: datetime
) -> Campaign:
    """Give up a draft, or an open campaign before its freeze. A second time changes nothing. Raises `CampaignClosed`."""
    row = await queries.lock_campaign(session, campaign_id)
    if row is None:
        raise NotFound()
    if row.state == CampaignState.CANCELLED:
        return row
    if row.state != CampaignState.DRAFT and not takes_part(row.state, row.closes_at, now=now):
        raise closed(row, now=now)
    was_open = row.state == CampaignState.OPEN
    row.state, row.cancelled_at, row.cancel_reason = CampaignState.CANCELLED, now, reason
    row.version += 1
    await session.flush()
    if was_open:
        await publish_reason(session, row, reason, actor.locale)
        if row.deposit_bp:
            # The worker gives back what members have secured: the lead does not touch it.
            await ask_to_move(session, row)
        event = CampaignEnded(campaign_id=row.id, lead_id=row.lead_id, state=row.state)
        await announce(session, event, organizations=[row.lead_id])
    await audit.record(session, actor, "campaign.cancel", ENTITY, row.id, after={"reason": reason})
    return row


async def _open_one(session: AsyncSession, campaign_id: UUID, *, now: datetime) -> Campaign:
    row = await queries.lock_campaign(session, campaign_id)
    if row is None:
        raise NotFound()
    if not takes_part(row.state, row.closes_at, now=now):
        raise closed(row, now=now)
    return row
