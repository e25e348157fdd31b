"""Campaigns as their readers see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.locales import current_locale
from app.kit.schemas import Labelled, labelled
from app.language import facade as language
from app.language.facade import ShownText
from app.parties import facade as parties
from app.pooling.limits import MOST_NAMES
from app.pooling.models import Campaign, CampaignInvitation, CampaignItem, CampaignTotal, GuideTier
from app.pooling.queries import campaigns as queries
from app.pooling.queries import commitments as commitment_queries
from app.pooling.rules import TierStep, saving_minor, seconds_left, shown_state, standing
from app.pooling.schemas.campaigns import (
    AuctionRulesOut,
    CampaignInvitationOut,
    CampaignItemOut,
    CampaignOut,
    CampaignSummaryOut,
    DeliveryPlaceOut,
    ItemProgressOut,
    PooledOut,
    ProgressOut,
    PublishedOut,
    TierOut,
)
from app.pooling.states import (
    AUDIENCE_LABELS,
    CAMPAIGN_STATE_LABELS,
    COMPETITION_LABELS,
    CONFIDENTIALITY_LABELS,
    LEADING_LABELS,
    SHORTFALL_LABELS,
    Confidentiality,
)
from app.pooling.usecases.campaign_texts import CANCEL_REASON, ENTITY, specification_field, title_field
from app.procurement.facade import QuantityOut, firm, money, quantity, written
from app.reference import facade as reference

Shown = Mapping[str, ShownText]


def state_out(campaign: Campaign, *, now: datetime) -> Labelled:
    """The state as it is at this moment."""
    state = shown_state(campaign.state, campaign.closes_at, now=now, competition=campaign.competition)
    return labelled(state, CAMPAIGN_STATE_LABELS)


def lots_out(lots: int, item: CampaignItem, actor: Actor) -> QuantityOut:
    """So many lots as a quantity."""
    return quantity(lots * item.lot_quantity, item.unit, actor)


async def texts_of(session: AsyncSession, campaign_ids: Sequence[UUID]) -> dict[UUID, dict[str, ShownText]]:
    """The fields of campaigns in the reader's language."""
    shown = await language.shown_texts(session, [(ENTITY, one) for one in campaign_ids], current_locale())
    found: dict[UUID, dict[str, ShownText]] = {one: {} for one in campaign_ids}
    for (_, campaign_id, field), text in shown.items():
        found[campaign_id][field] = text
    return found


async def summaries(session: AsyncSession, rows: Sequence[Campaign], *, now: datetime) -> list[CampaignSummaryOut]:
    """Campaigns of a list."""
    ids = [row.id for row in rows]
    firms = await parties.organizations(session, [row.lead_id for row in rows])
    shown = await texts_of(session, ids)
    items: dict[UUID, int] = dict.fromkeys(ids, 0)
    for item in await queries.items(session, ids):
        items[item.campaign_id] += 1
    commitments: dict[UUID, int] = dict.fromkeys(ids, 0)
    for total in (await queries.totals(session, ids)).values():
        commitments[total.campaign_id] += total.commitments
    return [
        CampaignSummaryOut(
            id=row.id,
            number=row.number,
            lead=firm(firms, row.lead_id),
            led_as=labelled(row.led_as, LEADING_LABELS),
            title=written(row.title, row.locale, shown[row.id].get("title")),
            state=state_out(row, now=now),
            competition=labelled(row.competition, COMPETITION_LABELS),
            currency=row.currency,
            closes_at=row.closes_at,
            seconds_left=seconds_left(row.state, row.closes_at, now=now),
            items=items[row.id],
            commitments=commitments[row.id],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Found:
    """What a campaign is made of, and how far it has come."""

    items: list[CampaignItem]
    tiers: Mapping[UUID, list[GuideTier]]
    totals: Mapping[UUID, CampaignTotal]
    own_lots: Mapping[UUID, int]


async def _found(session: AsyncSession, actor: Actor, campaign: Campaign) -> Found:
    ids = [campaign.id]
    return Found(
        await queries.items(session, ids),
        await queries.tiers(session, ids),
        await queries.totals(session, ids),
        await commitment_queries.standing_lots(session, ids, actor.organization_id),
    )


async def campaign_out(session: AsyncSession, actor: Actor, row: Campaign, *, now: datetime) -> CampaignOut:
    """The whole campaign."""
    found = await _found(session, actor, row)
    tells = row.confidentiality == Confidentiality.NAMES
    members = await queries.members_told(session, row.id, MOST_NAMES) if tells else []
    firms = await parties.organizations(session, [row.lead_id, *members])
    shown = (await texts_of(session, [row.id]))[row.id]
    reason = row.cancel_reason
    return CampaignOut(
        id=row.id,
        number=row.number,
        lead=firm(firms, row.lead_id),
        led_as=labelled(row.led_as, LEADING_LABELS),
        title=written(row.title, row.locale, shown.get("title")),
        notes=written(row.notes, row.locale, shown.get("notes")) if row.notes else None,
        state=state_out(row, now=now),
        version=row.version,
        currency=row.currency,
        shortfall=labelled(row.shortfall, SHORTFALL_LABELS),
        confidentiality=labelled(row.confidentiality, CONFIDENTIALITY_LABELS),
        audience=labelled(row.audience, AUDIENCE_LABELS),
        competition=labelled(row.competition, COMPETITION_LABELS),
        auction=_auction_rules(row),
        deposit_pct=_percent(row.deposit_bp),
        closes_at=row.closes_at,
        seconds_left=seconds_left(row.state, row.closes_at, now=now),
        opened_at=row.opened_at,
        frozen_at=row.frozen_at,
        ended_at=row.ended_at,
        cancelled_at=row.cancelled_at,
        cancel_reason=written(reason, row.locale, shown.get(CANCEL_REASON)) if reason else None,
        demand_suggestion_id=row.demand_suggestion_id,
        seed_sha256=row.seed_digest.hex() if row.seed_digest else None,
        seed=row.seed,
        items=[_item(row, item, found, shown, actor) for item in found.items],
        places=[place_out(code) for code in await queries.places(session, row.id)],
        members=[firm(firms, one) for one in members if one in firms] if members else None,
    )


async def invitations_out(session: AsyncSession, rows: Sequence[CampaignInvitation]) -> list[CampaignInvitationOut]:
    """Whom the lead has invited."""
    firms = await parties.organizations(session, [row.organization_id for row in rows])
    return [
        CampaignInvitationOut(
            id=row.id,
            campaign_id=row.campaign_id,
            organization=firm(firms, row.organization_id),
            created_at=row.created_at,
        )
        for row in rows
    ]


def place_out(code: str) -> DeliveryPlaceOut:
    """A place with its name."""
    place = reference.find_place(code)
    return DeliveryPlaceOut(code=code, name=place.name if place else code)


def _auction_rules(row: Campaign) -> AuctionRulesOut | None:
    if row.bidding_minutes is None or row.round_minutes is None or row.step_bp is None or row.most_extensions is None:
        return None
    return AuctionRulesOut(
        bidding_minutes=row.bidding_minutes,
        round_minutes=row.round_minutes,
        step_pct=_percent(row.step_bp),
        most_extensions=row.most_extensions,
    )


def _percent(basis_points: int) -> Decimal:
    return Decimal(basis_points) / 100


def tier_out(from_lots: int, price_minor: int, item: CampaignItem, currency: str, actor: Actor) -> TierOut:
    """A tier with its quantity."""
    start = lots_out(from_lots, item, actor)
    return TierOut(from_lots=from_lots, from_quantity=start, price=money(price_minor, currency))


def _item(row: Campaign, item: CampaignItem, found: Found, shown: Shown, actor: Actor) -> CampaignItemOut:
    specification = item.specification
    published = item.published
    return CampaignItemOut(
        id=item.id,
        position=item.position,
        title=written(item.title, row.locale, shown.get(title_field(item.position))),
        specification=written(specification, row.locale, shown.get(specification_field(item.position)))
        if specification
        else None,
        variant_id=item.variant_id,
        sku=item.sku,
        lot=lots_out(1, item, actor),
        min_quantity=lots_out(item.min_lots, item, actor) if item.min_lots else None,
        min_share_pct=_percent(item.min_share_bp),
        max_suppliers=item.max_suppliers,
        member_min_quantity=lots_out(item.member_min_lots, item, actor),
        member_max_quantity=lots_out(item.member_max_lots, item, actor),
        alone=money(item.alone_minor, row.currency) if item.alone_minor is not None else None,
        floor=money(item.floor_minor, row.currency) if item.floor_minor is not None else None,
        tiers=[
            tier_out(tier.from_lots, tier.price_minor, item, row.currency, actor)
            for tier in found.tiers.get(item.id, ())
        ],
        published=PublishedOut(
            capacity=lots_out(published["capacity_lots"], item, actor),
            setup=money(published["setup_minor"], row.currency),
            freight={place: money(minor, row.currency) for place, minor in published["freight_minor"].items()},
            lead_time_days=published["lead_time_days"],
        )
        if published
        else None,
        pooled=pooled_out(row, item, found, actor),
    )


def pooled_out(row: Campaign, item: CampaignItem, found: Found, actor: Actor) -> PooledOut:
    """How far an item has come, and what the reader's organization has of it."""
    total = found.totals.get(item.id)
    lots, own = total.lots if total else 0, found.own_lots.get(item.id, 0)
    at = standing([TierStep(tier.from_lots, tier.price_minor) for tier in found.tiers.get(item.id, ())], lots)
    saving = saving_minor(item.alone_minor, at.reached, own) if own else None
    following = at.following
    return PooledOut(
        lots=lots,
        quantity=lots_out(lots, item, actor),
        commitments=total.commitments if total else 0,
        price=money(at.reached.price_minor, row.currency) if at.reached else None,
        next_tier=tier_out(following.from_lots, following.price_minor, item, row.currency, actor)
        if following
        else None,
        missing=lots_out(at.missing_lots, item, actor) if following else None,
        own_lots=own,
        own_saving=money(saving, row.currency) if saving is not None else None,
    )


async def progress(session: AsyncSession, actor: Actor, row: Campaign, *, now: datetime) -> ProgressOut:
    """How far a campaign has come."""
    found = await _found(session, actor, row)
    return ProgressOut(
        campaign_id=row.id,
        state=state_out(row, now=now),
        at=now,
        seconds_left=seconds_left(row.state, row.closes_at, now=now),
        items=[
            ItemProgressOut(item_id=item.id, **pooled_out(row, item, found, actor).model_dump()) for item in found.items
        ],
    )
