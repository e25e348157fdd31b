"""What a buyer asked for and ordered of the catalogue, as plain rows: no quote, no target price, no words."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.procurement.models import Inquiry, InquiryLine, OrderLine, PurchaseOrder
from app.procurement.order_states import VOID, OrderOrigin
from app.procurement.states import InquiryState

SENT = (InquiryState.PUBLISHED, InquiryState.CLOSED, InquiryState.AWARDED)


async def asked_since(session: AsyncSession, buyer_id: UUID, since: datetime) -> list[tuple[Any, ...]]:
    """The lines that name an item of the catalogue, of the buyer's inquiries that were published since and not taken back."""
    statement = (
        select(Inquiry.id, Inquiry.published_at, InquiryLine.variant_id, InquiryLine.quantity, InquiryLine.unit)
        .join(InquiryLine, InquiryLine.inquiry_id == Inquiry.id)
        .where(
            Inquiry.buyer_id == buyer_id,
            Inquiry.state.in_(SENT),
            Inquiry.published_at >= since,
            InquiryLine.variant_id.is_not(None),
        )
        .order_by(InquiryLine.id)
    )
    return [tuple(row) for row in await session.execute(statement)]


async def ordered_since(session: AsyncSession, buyer_id: UUID, since: datetime) -> list[tuple[Any, ...]]:
    """The same of orders that the buyer issued since, with their prices. Those that were rejected or cancelled are left out, and
    those of a pool: what was bought together is no demand any more, and its price is that of another quantity."""
    statement = (
        select(
            PurchaseOrder.id,
            PurchaseOrder.issued_at,
            OrderLine.variant_id,
            OrderLine.quantity,
            OrderLine.unit,
            PurchaseOrder.currency,
            OrderLine.price_minor,
            OrderLine.per_quantity,
        )
        .join(OrderLine, OrderLine.order_id == PurchaseOrder.id)
        .where(
            PurchaseOrder.buyer_id == buyer_id,
            PurchaseOrder.state.not_in(VOID),
            PurchaseOrder.origin != OrderOrigin.POOL,
            PurchaseOrder.issued_at >= since,
            OrderLine.variant_id.is_not(None),
        )
        .order_by(OrderLine.id)
    )
    return [tuple(row) for row in await session.execute(statement)]
