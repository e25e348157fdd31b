"""Write down, in one transaction, what a settled clearing orders of whom for whom. The orders are placed afterwards."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.kit.outbox import announce
from app.pooling.deposits import queries as deposits
from app.pooling.deposits.booking import book_use
from app.pooling.events import FrameworkOrdered
from app.pooling.models import Campaign, SupplierShare
from app.pooling.ordering import queries
from app.pooling.ordering.rules import Portion, Wanting, divided
from app.pooling.queries import clearings as clearing_queries
from app.pooling.states import CampaignState
from app.pooling.work import MOVE_JOB, ORDER_JOB, ordering_lock_of

At = tuple[UUID, str]


async def plan_orders(session: AsyncSession, campaign: Campaign, *, now: datetime) -> None:
    """A framework order for each supplier who won, and under it what each member is to order of him. Acts for the lead."""
    last = await clearing_queries.last(session, campaign.id)
    assert last is not None
    shares = await clearing_queries.shares_of(session, last.id)
    served = await clearing_queries.served_with_places(session, last.id)
    sent: dict[At, list[tuple[UUID, int]]] = defaultdict(list)
    for share in shares:
        for place, lots in share.to_places.items():
            sent[share.item_id, place].append((share.supplier_id, lots))
    wanting: dict[At, list[Wanting]] = defaultdict(list)
    for allotment, place in served:
        assert allotment.item_id is not None
        wanting[allotment.item_id, place].append(
            Wanting(allotment.commitment_id, allotment.lots, allotment.payment_minor)
        )
    portions = [(at, portion) for at in sorted(sent) for portion in divided(sent[at], wanting[at])]
    frameworks = _frameworks(campaign, last.id, shares, portions)
    members = {allotment.commitment_id: allotment.member_id for allotment, _ in served}
    lines = [
        {
            "id": new_id(),
            "framework_id": frameworks[portion.supplier_id]["id"],
            "campaign_id": campaign.id,
            "lead_id": campaign.lead_id,
            "supplier_id": portion.supplier_id,
            "commitment_id": portion.commitment_id,
            "member_id": members[portion.commitment_id],
            "item_id": at[0],
            "place": at[1],
            "lots": portion.lots,
            "payment_minor": portion.payment_minor,
        }
        for at, portion in portions
    ]
    await queries.insert_plan(session, list(frameworks.values()), lines)
    await book_use(session, await deposits.taken(session, campaign.id), lines, now.date())
    if await deposits.moving(session, campaign.id, 1):
        await defer(session, MOVE_JOB, lead_id=str(campaign.lead_id), campaign_id=str(campaign.id))
    campaign.state = CampaignState.ORDERING
    campaign.version += 1
    await session.flush()
    for one in frameworks.values():
        event = FrameworkOrdered(framework_id=one["id"], campaign_id=campaign.id, supplier_id=one["supplier_id"])
        await announce(session, event, organizations=sorted({one["supplier_id"], campaign.lead_id}))
    after = {"state": campaign.state, "framework_orders": len(frameworks), "orders": len(lines)}
    lead_id = campaign.lead_id
    await audit.record(session, None, "campaign.order", "campaign", campaign.id, after=after, organization_id=lead_id)
    await defer(
        session,
        ORDER_JOB,
        lock=ordering_lock_of(campaign.id),
        lead_id=str(lead_id),
        campaign_id=str(campaign.id),
    )


def _frameworks(
    campaign: Campaign, clearing_id: UUID, shares: list[SupplierShare], portions: list[tuple[At, Portion]]
) -> dict[UUID, dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = {}
    for share in shares:
        one = found.setdefault(
            share.supplier_id,
            {
                "id": new_id(),
                "campaign_id": campaign.id,
                "lead_id": campaign.lead_id,
                "clearing_id": clearing_id,
                "supplier_id": share.supplier_id,
                "number": f"{campaign.number}/{len(found) + 1}",
                "currency": campaign.currency,
                "lots": 0,
                "total_minor": 0,
                "members_minor": 0,
                "lead_time_days": 0,
            },
        )
        one["lots"] += share.lots
        one["total_minor"] += share.paid_minor
        one["lead_time_days"] = max(one["lead_time_days"], share.lead_time_days)
    for _, portion in portions:
        found[portion.supplier_id]["members_minor"] += portion.payment_minor
    return found
