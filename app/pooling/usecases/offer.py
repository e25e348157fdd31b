"""A supplier offers, revises or withdraws, until the freeze."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.ids import new_id
from app.kit.locales import N_
from app.kit.outbox import announce
from app.pooling.errors import CampaignOfferEnded, NotOnThisSide, PricesPublished, SuppliersBid
from app.pooling.events import CampaignOffered
from app.pooling.models import Campaign, PoolOffer, PoolOfferTerms
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.queries import offers as queries
from app.pooling.rules import OfferedItem, TierStep, lots_of, seal
from app.pooling.schemas.offers import CampaignOfferIn
from app.pooling.states import Competition, Leading, OfferState
from app.pooling.usecases.check_campaign import freight_errors, offer_errors, tier_errors

ENTITY = "campaign_offer"


async def offer_to_campaign(
    session: AsyncSession, actor: Actor, campaign: Campaign, form: CampaignOfferIn
) -> PoolOffer | None:
    """Make a sealed offer, or another in its place; None when the campaign takes none. Raises `Invalid`, `PricesPublished`,
    `SuppliersBid`, `NotOnThisSide`."""
    if campaign.led_as == Leading.SUPPLIER:
        raise PricesPublished()
    if campaign.competition == Competition.AUCTION:
        raise SuppliersBid()
    items = await understood_offer(session, campaign, form)
    if not await campaign_queries.hold_open(session, campaign.id):
        return None
    return await place_offer(session, actor, campaign, items)


async def place_offer(
    session: AsyncSession, actor: Actor, campaign: Campaign, items: Sequence[OfferedItem]
) -> PoolOffer:
    """Write an offer to a campaign that takes it. Raises `NotOnThisSide`."""
    supplier_id = actor.organization_id
    salt = secrets.token_bytes(32)
    owned = {"campaign_id": campaign.id, "supplier_id": supplier_id}
    try:
        await queries.end_standing(session, campaign.id, supplier_id, OfferState.REVISED)
        revision = await queries.last_revision(session, campaign.id, supplier_id) + 1
        values = {"id": new_id(), "revision": revision, "currency": campaign.currency, "created_by": actor.person_id}
        digest = seal(campaign.id, supplier_id, revision, items, salt)
        terms = [
            {
                "offer_id": values["id"],
                "item_id": item.item_id,
                "tiers": [[tier.from_lots, tier.price_minor] for tier in item.tiers],
                "capacity_lots": item.capacity_lots,
                "setup_minor": item.setup_minor,
                "freight_minor": dict(item.freight_minor),
                "lead_time_days": item.lead_time_days,
                "salt": salt,
                **owned,
            }
            for item in items
        ]
        row = await queries.insert_offer(session, {**values, **owned, "digest": digest}, terms)
    except DBAPIError as error:
        raise (NotOnThisSide() if refused_by(error, "pooling_one_side") else error) from error
    await _tell(session, actor, row, "campaign_offer.make")
    return row


async def withdraw_offer(session: AsyncSession, actor: Actor, offer_id: UUID) -> PoolOffer | None:
    """Take an offer back; None when the campaign is not open any more. A second time changes nothing.

    Raises `CampaignOfferEnded`, `PricesPublished`, `SuppliersBid`.
    """
    seen = await queries.offer(session, offer_id)
    campaign = await campaign_queries.campaign(session, seen.campaign_id) if seen else None
    if seen is None or campaign is None:
        raise NotFound()
    is_open = await campaign_queries.hold_open(session, seen.campaign_id)
    row = await queries.lock_offer(session, offer_id, actor.organization_id)
    if row is None or row.state == OfferState.REVISED:
        raise CampaignOfferEnded()
    if row.state == OfferState.WITHDRAWN:
        return row
    if campaign.led_as == Leading.SUPPLIER:
        raise PricesPublished()
    if campaign.competition == Competition.AUCTION:
        raise SuppliersBid()
    if not is_open:
        return None
    await queries.end_standing(session, row.campaign_id, row.supplier_id, OfferState.WITHDRAWN)
    await session.refresh(row)
    await _tell(session, actor, row, "campaign_offer.withdraw")
    return row


async def understood_offer(session: AsyncSession, campaign: Campaign, form: CampaignOfferIn) -> list[OfferedItem]:
    """What a form offers, counted in lots. Raises `Invalid` with every finding at once."""
    errors: list[FieldError] = []
    if form.currency != campaign.currency:
        message = N_("The currency of this campaign is {currency}.")
        errors.append(FieldError("/currency", "other-currency", message, {"currency": campaign.currency}))
    known = {item.id: item for item in await campaign_queries.items(session, [campaign.id])}
    places = await campaign_queries.places(session, campaign.id)
    items: list[OfferedItem] = []
    for at, one in enumerate(form.items):
        pointer = f"/items/{at}"
        item = known.get(one.item_id)
        if item is None:
            errors.append(FieldError(f"{pointer}/item_id", "unknown-item", N_("The campaign has no such item.")))
            continue
        if one.item_id in {former.item_id for former in form.items[:at]}:
            errors.append(FieldError(f"{pointer}/item_id", "item-repeated", N_("Offer each item once.")))
        errors += tier_errors(f"{pointer}/tiers", one.tiers, item.lot_quantity)
        errors += offer_errors(pointer, one.capacity, one.tiers, item.lot_quantity)
        errors += freight_errors(f"{pointer}/freight_minor", one.freight_minor, places)
        step = item.lot_quantity
        tiers = tuple(TierStep(lots_of(tier.from_quantity, step) or 0, tier.price_minor) for tier in one.tiers)
        capacity = lots_of(one.capacity, step) or 0
        items.append(OfferedItem(one.item_id, tiers, capacity, one.setup_minor, one.freight_minor, one.lead_time_days))
    if errors:
        raise Invalid(errors=errors[:100])
    return items


def offered_item(row: PoolOfferTerms) -> OfferedItem:
    """What the rules know of a row."""
    tiers = tuple(TierStep(*tier) for tier in row.tiers)
    return OfferedItem(row.item_id, tiers, row.capacity_lots, row.setup_minor, row.freight_minor, row.lead_time_days)


async def _tell(session: AsyncSession, actor: Actor, row: PoolOffer, action: str) -> None:
    # Without its prices: they are sealed.
    after = {"campaign_id": row.campaign_id, "revision": row.revision, "digest": row.digest.hex()}
    await audit.record(session, actor, action, ENTITY, row.id, after={"state": row.state, **after})
    event = CampaignOffered(
        campaign_offer_id=row.id,
        campaign_id=row.campaign_id,
        supplier_id=row.supplier_id,
        revision=row.revision,
        state=row.state,
    )
    await announce(session, event, organizations=[row.supplier_id])
