"""Write a campaign that nobody outside the lead's organization sees yet."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.pooling.errors import CampaignNotDraft, CampaignsWaiting
from app.pooling.limits import MOST_LOTS, MOST_OPEN
from app.pooling.models import Campaign
from app.pooling.queries import campaigns as queries
from app.pooling.rules import campaign_number, lots_of
from app.pooling.schemas.campaigns import CampaignIn, CampaignItemIn
from app.pooling.states import CampaignState
from app.pooling.usecases.campaign_texts import ENTITY
from app.pooling.usecases.check_campaign import check_campaign


async def draft_campaign(
    session: AsyncSession, actor: Actor, form: CampaignIn, *, now: datetime, demand_suggestion_id: UUID | None = None
) -> Campaign:
    """Create a draft, perhaps for what a suggestion tells. Raises `Invalid`, `CampaignsWaiting`."""
    skus = await check_campaign(session, actor, form, now=now)
    lead_id = actor.organization_id
    if await queries.led_at_once(session, lead_id) >= MOST_OPEN:
        raise CampaignsWaiting(most=MOST_OPEN)
    number = campaign_number(now.year, await queries.next_number(session, lead_id, now.year))
    row = Campaign(id=new_id(), lead_id=lead_id, number=number, created_by=actor.person_id)
    row.demand_suggestion_id = demand_suggestion_id
    _write_header(row, actor, form)
    session.add(row)
    await session.flush()
    await _write_contents(session, row, form, skus)
    await session.refresh(row)
    await audit.record(session, actor, "campaign.draft", ENTITY, row.id, after=_told(row, form))
    return row


async def replace_campaign(
    session: AsyncSession, actor: Actor, campaign_id: UUID, form: CampaignIn, *, version: int | None, now: datetime
) -> Campaign:
    """Replace a whole draft, as read at `version`. Items get new ids: nobody else has seen the old ones."""
    row = await queries.lock_campaign(session, campaign_id)
    if row is None:
        raise NotFound()
    require_version(row.version, version)
    if row.state != CampaignState.DRAFT:
        raise CampaignNotDraft()
    skus = await check_campaign(session, actor, form, now=now)
    _write_header(row, actor, form)
    row.version += 1
    await session.flush()
    await queries.clear_contents(session, row.id)
    await _write_contents(session, row, form, skus)
    await audit.record(session, actor, "campaign.edit", ENTITY, row.id, after=_told(row, form))
    return row


def _told(row: Campaign, form: CampaignIn) -> dict[str, object]:
    told = {"number": row.number, "title": form.title, "led_as": form.led_as, "currency": form.currency}
    return told | {"closes_at": form.closes_at, "items": len(form.items), "places": sorted(form.places)}


def _write_header(row: Campaign, actor: Actor, form: CampaignIn) -> None:
    row.led_as = form.led_as
    row.locale = form.locale or actor.locale
    row.title = form.title
    row.notes = form.notes
    row.currency = form.currency
    row.shortfall = form.shortfall
    row.confidentiality = form.confidentiality
    row.audience = form.audience
    row.deposit_bp = int(form.deposit_pct * 100)
    row.closes_at = form.closes_at
    row.competition = form.competition
    rules = form.auction
    row.bidding_minutes = rules.bidding_minutes if rules else None
    row.round_minutes = rules.round_minutes if rules else None
    row.step_bp = int(rules.step_pct * 100) if rules else None
    row.most_extensions = rules.most_extensions if rules else None


async def _write_contents(session: AsyncSession, row: Campaign, form: CampaignIn, skus: Mapping[UUID, str]) -> None:
    owned = {"campaign_id": row.id, "lead_id": row.lead_id}
    items = [
        {"id": new_id(), "position": position, **_item(item, skus), **owned}
        for position, item in enumerate(form.items, start=1)
    ]
    tiers = [
        {"item_id": kept["id"], **tier, **owned}
        for kept, item in zip(items, form.items, strict=True)
        for tier in _tiers(item)
    ]
    await queries.insert_contents(session, items, tiers, [{"place": place, **owned} for place in form.places])


def _tiers(item: CampaignItemIn) -> Iterator[dict[str, int]]:
    for tier in item.tiers:
        yield {"from_lots": lots_of(tier.from_quantity, item.lot_quantity) or 0, "price_minor": tier.price_minor}


def _item(item: CampaignItemIn, skus: Mapping[UUID, str]) -> dict[str, Any]:
    def lots(quantity: Any) -> int | None:
        return lots_of(quantity, item.lot_quantity) if quantity is not None else None

    published = item.published
    return {
        "title": item.title,
        "specification": item.specification,
        "variant_id": item.variant_id,
        "sku": skus.get(item.variant_id) if item.variant_id else None,
        "lot_quantity": item.lot_quantity,
        "unit": item.unit,
        "min_lots": lots(item.min_quantity) or 0,
        "min_share_bp": int(item.min_share_pct * 100),
        "max_suppliers": item.max_suppliers,
        "member_min_lots": lots(item.member_min_quantity) or 1,
        "member_max_lots": lots(item.member_max_quantity) or MOST_LOTS,
        "alone_minor": item.alone_minor,
        "floor_minor": item.floor_minor,
        "published": None
        if published is None
        else published.model_dump(exclude={"capacity"}) | {"capacity_lots": lots(published.capacity)},
    }
