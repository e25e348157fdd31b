"""Hold stock for an order of the catalogue, in the order's own transaction, and let go of it when there is no order any more."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.procurement.models import PurchaseOrder
from app.procurement.schemas.orders import FromStockIn
from app.procurement.usecases.order_steps import ENTITY
from app.warehousing import facade as warehousing


async def hold_stock(
    session: AsyncSession,
    actor: Actor,
    order: PurchaseOrder,
    items: Sequence[catalog.ConfirmedItem],
    wanted: FromStockIn,
) -> None:
    """Hold what is ordered until it is picked or the order ends.

    Raises `Invalid` for what is not sold from stock, and `StockShort`, both pointing at the items of the form.
    """
    offered = await warehousing.available(session, [item.variant_id for item in items])
    message = N_("This is not sold from stock. Order it without reserving.")
    errors = [
        FieldError(f"/items/{number}", "not-from-stock", message)
        for number, item in enumerate(items)
        if item.variant_id not in offered
    ]
    if errors:
        raise Invalid(errors=errors)
    destination = wanted.destination
    try:
        await warehousing.reserve(
            session,
            actor,
            warehousing.Wanted(
                holder=(ENTITY, order.id),
                lines=[(offered[item.variant_id].item_id, item.quantity) for item in items],
                rule=wanted.rule,
                position=(destination.latitude, destination.longitude) if destination else None,
                split=wanted.split,
                backorder=wanted.backorder,
            ),
        )
    except (warehousing.StockShort, Invalid) as refusal:
        found = [replace(error, pointer=error.pointer.replace("/lines/", "/items/")) for error in refusal.errors]
        raise type(refusal)(errors=found) from None


async def let_go_of_stock(session: AsyncSession, order_id: UUID) -> None:
    """Release what is still held for an order of the acting organization."""
    await warehousing.release(session, (ENTITY, order_id))
