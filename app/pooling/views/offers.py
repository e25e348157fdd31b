"""Offers as their supplier sees them; clearings as those do who take part."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.schemas import labelled
from app.parties import facade as parties
from app.pooling.models import Campaign, Clearing, ClearingPrice, PoolOffer, SupplierShare
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.queries import clearings as clearing_queries
from app.pooling.queries import offers as queries
from app.pooling.schemas.offers import (
    AimOut,
    CampaignClearingOut,
    CampaignOfferOut,
    CampaignOfferReceiptOut,
    CertifiedPartOut,
    OfferedItemOut,
    PlacePriceOut,
    ShareOut,
)
from app.pooling.states import CLEARING_STATE_LABELS, POOL_OFFER_STATE_LABELS
from app.pooling.views.campaigns import lots_out, tier_out
from app.procurement.facade import MoneyOut, firm, money


def receipt(row: PoolOffer) -> CampaignOfferReceiptOut:
    """That an offer exists, and its seal."""
    return CampaignOfferReceiptOut(
        id=row.id,
        campaign_id=row.campaign_id,
        revision=row.revision,
        state=labelled(row.state, POOL_OFFER_STATE_LABELS),
        version=row.version,
        digest=row.digest.hex(),
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


async def offer_out(session: AsyncSession, actor: Actor, row: PoolOffer) -> CampaignOfferOut:
    """An offer with its contents."""
    terms = (await queries.terms(session, [row.id])).get(row.id, [])
    items = {item.id: item for item in await campaign_queries.items(session, [row.campaign_id])}
    return CampaignOfferOut(
        **receipt(row).model_dump(),
        currency=row.currency,
        items=[
            OfferedItemOut(
                item_id=one.item_id,
                tiers=[tier_out(start, price, items[one.item_id], row.currency, actor) for start, price in one.tiers],
                capacity=lots_out(one.capacity_lots, items[one.item_id], actor),
                setup=money(one.setup_minor, row.currency),
                freight={place: money(minor, row.currency) for place, minor in one.freight_minor.items()},
                lead_time_days=one.lead_time_days,
            )
            for one in terms
        ],
        salt=terms[0].salt.hex() if terms else "",
    )


async def shares_out(
    session: AsyncSession, actor: Actor, campaign: Campaign, rows: Sequence[SupplierShare]
) -> list[ShareOut]:
    """What is bought of suppliers."""
    firms = await parties.organizations(session, [row.supplier_id for row in rows])
    items = {item.id: item for item in await campaign_queries.items(session, [campaign.id])}
    return [
        ShareOut(
            clearing_id=row.clearing_id,
            supplier=firm(firms, row.supplier_id),
            item_id=row.item_id,
            lots=row.lots,
            quantity=lots_out(row.lots, items[row.item_id], actor),
            price=money(row.price_minor, campaign.currency),
            setup=money(row.setup_minor, campaign.currency),
            freight=money(row.freight_minor, campaign.currency),
            paid=money(row.paid_minor, campaign.currency),
            to={place: lots_out(lots, items[row.item_id], actor) for place, lots in sorted(row.to_places.items())},
            lead_time_days=row.lead_time_days,
        )
        for row in rows
    ]


async def clearings_out(
    session: AsyncSession, campaign: Campaign, rows: Sequence[Clearing]
) -> list[CampaignClearingOut]:
    """Rounds of clearing with their certificates and prices."""
    prices = await clearing_queries.prices(session, [row.id for row in rows])
    return [_clearing(campaign, row, prices.get(row.id, [])) for row in rows]


def _clearing(campaign: Campaign, row: Clearing, prices: Sequence[ClearingPrice]) -> CampaignClearingOut:
    def amount(minor: int | None) -> MoneyOut | None:
        return money(minor, campaign.currency) if minor is not None else None

    return CampaignClearingOut(
        id=row.id,
        campaign_id=row.campaign_id,
        round=row.round,
        state=labelled(row.state, CLEARING_STATE_LABELS),
        failure=row.failure,
        inputs_sha256=row.inputs_sha256.hex(),
        commitments=row.commitments,
        offers=row.offers,
        lots=row.lots,
        cost=amount(row.cost_minor),
        remainder=amount(row.remainder_minor),
        remainder_account=f"{campaign.number}/remainder",
        certificate=[_part(part) for part in row.certificate or ()],
        prices=[
            PlacePriceOut(
                item_id=one.item_id,
                place=one.place,
                lots=one.lots,
                price=money(round(one.price_minor), campaign.currency),
                price_minor=_plain(one.price_minor),
                setup_minor=_plain(one.setup_minor),
            )
            for one in prices
        ],
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def _part(part: Mapping[str, Any]) -> CertifiedPartOut:
    return CertifiedPartOut(item_ids=[UUID(one) for one in part["items"]], aims=[_aim(one) for one in part["aims"]])


def _aim(aim: Mapping[str, Any]) -> AimOut:
    if aim["bound"] is None:
        return AimOut(aim=str(aim["aim"]), value=int(aim["value"]), bound=None, gap_pct=None)
    value, bound = Decimal(str(aim["value"])), Decimal(str(aim["bound"]))
    gap = 100 * abs(bound - value) / max(Decimal(1), abs(value))
    return AimOut(aim=str(aim["aim"]), value=int(value), bound=_plain(round(bound, 6)), gap_pct=_plain(round(gap, 4)))


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
