"""Framework orders as their supplier and the campaign's lead see them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.parties import facade as parties
from app.parties.facade import OrganizationRef
from app.pooling.models import CampaignItem
from app.pooling.ordering import queries
from app.pooling.ordering.models import FrameworkLine, FrameworkOrder
from app.pooling.ordering.schemas import FrameworkInvoicesOut, FrameworkLineOut, FrameworkOrderOut, MemberInvoiceOut
from app.pooling.queries import campaigns as campaign_queries
from app.pooling.views.campaigns import lots_out
from app.procurement.facade import PoolInvoices, firm, money, order_invoice_out


async def frameworks_out(session: AsyncSession, rows: Sequence[FrameworkOrder]) -> list[FrameworkOrderOut]:
    """Framework orders without their lines, of which there may be thousands."""
    shipments = await queries.shipments_of(session, [row.id for row in rows])
    firms = await parties.organizations(session, {row.supplier_id for row in rows})
    return [
        FrameworkOrderOut(
            id=row.id,
            number=row.number,
            campaign_id=row.campaign_id,
            clearing_id=row.clearing_id,
            supplier=firm(firms, row.supplier_id),
            lots=row.lots,
            total=money(row.total_minor, row.currency),
            members_total=money(row.members_minor, row.currency),
            lead_time_days=row.lead_time_days,
            created_at=row.created_at,
            shipment_id=shipments.get(row.id),
            lines_url=f"/v1/framework-orders/{row.id}/lines",
        )
        for row in rows
    ]


async def lines_out(
    session: AsyncSession, actor: Actor, row: FrameworkOrder, lines: Sequence[FrameworkLine]
) -> list[FrameworkLineOut]:
    """Some lines of a framework order, for its supplier."""
    firms = await parties.organizations(session, {line.member_id for line in lines})
    items = {item.id: item for item in await campaign_queries.items(session, [row.campaign_id])}
    return [line_out(row, line, firms, items, actor) for line in lines]


def line_out(
    row: FrameworkOrder,
    line: FrameworkLine,
    firms: Mapping[UUID, OrganizationRef],
    items: Mapping[UUID, CampaignItem],
    actor: Actor,
) -> FrameworkLineOut:
    """What is delivered of one commitment."""
    return FrameworkLineOut(
        member=firm(firms, line.member_id),
        item_id=line.item_id,
        place=line.place,
        lots=line.lots,
        quantity=lots_out(line.lots, items[line.item_id], actor),
        payment=money(line.payment_minor, row.currency),
        order_id=line.order_id,
    )


async def invoices_out(session: AsyncSession, row: FrameworkOrder, found: PoolInvoices) -> FrameworkInvoicesOut:
    """The invoices over a framework order, for its supplier."""
    every = [*found.before, *found.issued]
    firms = await parties.organizations(session, {one.recipient_id for one in every})
    return FrameworkInvoicesOut(
        framework_id=row.id,
        issued=len(found.issued),
        before=len(found.before),
        invoices=[
            MemberInvoiceOut(**dict(order_invoice_out(one)), member=firm(firms, one.recipient_id)) for one in every
        ],
    )
