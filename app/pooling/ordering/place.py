"""Place the members' orders under a campaign's framework orders, some at a time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.db.tenancy import acting_for
from app.kit.outbox import announce
from app.language import facade as language
from app.pooling.events import CampaignEnded
from app.pooling.models import Campaign, CampaignItem
from app.pooling.ordering import queries
from app.pooling.ordering.models import FrameworkLine, FrameworkOrder
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.states import CampaignState
from app.pooling.usecases.campaign_texts import ENTITY, title_field
from app.procurement.facade import PooledLine, PooledOrder, PooledWords, place_pooled_order

Texts = dict[str, dict[str, tuple[str, str]]]
INCOTERM = "DAP"
"""Freight to the place is in the price."""


async def place_some(session: AsyncSession, campaign_id: UUID, most: int, *, now: datetime) -> bool:
    """Place the next orders; whether more may follow. Acts for the lead, and for each member while his order is placed.

    Done again after a crash it finds the orders that stand.
    """
    campaign = await campaign_queries.lock_campaign(session, campaign_id)
    if campaign is None or campaign.state != CampaignState.ORDERING:
        return False
    rows = await queries.to_place(session, campaign_id, most)
    items = {item.id: item for item in await campaign_queries.items(session, [campaign_id])}
    texts = await _texts(session, campaign_id)
    for line, framework in rows:
        order = _order(campaign, items[line.item_id], line, framework, texts)
        async with acting_for(session, line.member_id):
            order_id = await place_pooled_order(session, order, now=now)
        await queries.placed(session, line.id, order_id)
    if len(rows) == most:
        return True
    campaign.state = CampaignState.ORDERED
    campaign.version += 1
    await session.flush()
    lead_id = campaign.lead_id
    after = {"state": campaign.state}
    await audit.record(session, None, "campaign.ordered", ENTITY, campaign_id, after=after, organization_id=lead_id)
    event = CampaignEnded(campaign_id=campaign_id, lead_id=lead_id, state=campaign.state)
    await announce(session, event, organizations=[lead_id])
    return False


async def _texts(session: AsyncSession, campaign_id: UUID) -> Texts:
    """(text, state) by field and locale."""
    found: Texts = {}
    for version in await language.texts_of(session, (ENTITY, campaign_id)):
        found.setdefault(version.field, {})[version.locale] = (version.text, version.state)
    return found


def _order(
    campaign: Campaign, item: CampaignItem, line: FrameworkLine, framework: FrameworkOrder, texts: Texts
) -> PooledOrder:
    words = PooledWords(item.title, campaign.locale, texts.get(title_field(item.position), {}))
    return PooledOrder(
        buyer_id=line.member_id,
        supplier_id=line.supplier_id,
        pool_id=framework.id,
        pool_number=framework.number,
        pool_key=line.commitment_id,
        title=PooledWords(campaign.title, campaign.locale, texts.get("title", {})),
        lines=[
            PooledLine(
                description=words,
                quantity=line.lots * item.lot_quantity,
                unit=item.unit,
                total_minor=line.payment_minor,
                variant_id=item.variant_id,
                sku=item.sku,
            )
        ],
        currency=campaign.currency,
        incoterm=INCOTERM,
        incoterm_place=line.place,
        lead_time_days=framework.lead_time_days,
    )
