"""All that others may call. The pages: a buyer's own inquiries, new ones about items of the catalogue, orders and how they are
invoiced. Pools: the orders of their members, what a buyer asked for, and how firms, money and quantities are shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit.actor import Actor, Permission
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.findings import from_validation
from app.kit.locales import N_
from app.kit.paging import PageRequest, fetch_page
from app.procurement.models import Inquiry, PurchaseOrder
from app.procurement.order_states import OrderState, Side
from app.procurement.pooled import PooledLine, PooledOrder, PooledOrderRef, PooledWords, PoolInvoices
from app.procurement.portal import (
    OrderPayment,
    OrderShown,
    invoice_own_order,
    own_order,
    own_order_payment,
    own_orders,
    take_milestone_step,
)
from app.procurement.queries import demand as demand_queries
from app.procurement.queries import inquiries as queries
from app.procurement.queries import orders
from app.procurement.queries.orders import has_ordered_from
from app.procurement.schemas.common import FirmOut, MoneyOut, QuantityOut, TextOut
from app.procurement.schemas.inquiries import InquiryIn
from app.procurement.schemas.invoices import OrderInvoiceOut, SuppliedOn, TermsDays
from app.procurement.schemas.orders import OrderSummaryOut
from app.procurement.usecases.draft_inquiry import draft_inquiry
from app.procurement.usecases.end_order import end_pooled_order
from app.procurement.usecases.invoice_order import invoice_pool
from app.procurement.usecases.place_pooled_order import place_pooled_order
from app.procurement.usecases.publish_inquiry import publish_inquiry as _publish
from app.procurement.views import orders as order_views
from app.procurement.views.common import firm, money, quantity, written
from app.procurement.views.inquiries import inquiry_out, summaries
from app.procurement.views.invoices import order_invoice_out

__all__ = [
    "DemandLine",
    "FirmOut",
    "Item",
    "ItemsInquiry",
    "MoneyOut",
    "OrderInvoiceOut",
    "OrderPayment",
    "OrderShown",
    "OrderState",
    "OrderSummaryOut",
    "PoolInvoices",
    "PooledLine",
    "PooledOrder",
    "PooledOrderRef",
    "PooledWords",
    "QuantityOut",
    "Side",
    "SuppliedOn",
    "TermsDays",
    "TextOut",
    "demand_of",
    "end_pooled_order",
    "firm",
    "has_ordered_from",
    "inquire_about_items",
    "invoice_own_order",
    "invoice_pool",
    "money",
    "order_invoice_out",
    "orders_told",
    "own_inquiries",
    "own_inquiry",
    "own_order",
    "own_order_payment",
    "own_orders",
    "place_pooled_order",
    "pooled_order",
    "pooled_orders",
    "publish_inquiry",
    "quantity",
    "take_milestone_step",
    "written",
]

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """So many of a variant, in the variant's own unit."""

    variant_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ItemsInquiry:
    """What a buyer asks about some items of the catalogue. Texts are in the actor's language unless `locale` says."""

    title: str
    items: Sequence[Item]
    currency: str
    incoterm: str
    incoterm_place: str
    closes_at: datetime
    required_on: date | None = None
    notes: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class DemandLine:
    """An item of the catalogue that a buyer asked for, or ordered: then `price_minor` bought `per_quantity` of its units.

    `case_id` is the inquiry's or the order's.
    """

    buyer_id: UUID
    case_id: UUID
    at: datetime
    variant_id: UUID
    quantity: Decimal
    unit: str
    currency: str | None = None
    price_minor: int | None = None
    per_quantity: Decimal | None = None

    @property
    def is_order(self) -> bool:
        """Whether it was ordered."""
        return self.price_minor is not None


async def demand_of(
    session: AsyncSession, buyer_id: UUID, *, asked_since: datetime, ordered_since: datetime
) -> list[DemandLine]:
    """What a buyer asked for in inquiries and what he ordered, of items of the catalogue; no quote and no target price.

    Call it while acting for him: whether others may count it is his to say.
    """
    asked = await demand_queries.asked_since(session, buyer_id, asked_since)
    ordered = await demand_queries.ordered_since(session, buyer_id, ordered_since)
    return [DemandLine(buyer_id, *row) for row in (*asked, *ordered)]


async def inquire_about_items(
    session: AsyncSession, actor: Actor, asked: ItemsInquiry, *, together: bool, publish: bool, now: datetime
) -> list[UUID]:
    """Write an inquiry for each supplier of the items, or one to which all of them are invited; the ids, in order.

    They stay drafts unless `publish` says otherwise. Raises `Forbidden`, or `Invalid` for what an inquiry cannot have.
    """
    actor.require(Permission.INQUIRE)
    found = await catalog.variants(session, [item.variant_id for item in asked.items], locale=asked.locale or "en")
    missing = [item for item in asked.items if item.variant_id not in found or not found[item.variant_id].published]
    if missing or not asked.items:
        message = N_("An item is no longer in the catalogue. Take it out and send the inquiry again.")
        raise Invalid(errors=[FieldError("/items", "unknown-variant", message)])
    groups: dict[UUID | None, list[Item]] = {}
    for item in asked.items:
        groups.setdefault(None if together else found[item.variant_id].supplier_id, []).append(item)
    ids = []
    for items in groups.values():
        inquiry = await draft_inquiry(session, actor, _form(asked, items, found), now=now)
        if publish:
            await _publish(session, actor, inquiry.id, now=now)
        ids.append(inquiry.id)
    return ids


def _form(asked: ItemsInquiry, items: Sequence[Item], found: Mapping[UUID, catalog.VariantRef]) -> InquiryIn:
    """The same form that `POST /v1/inquiries` takes, with the same checks."""
    suppliers = dict.fromkeys(found[item.variant_id].supplier_id for item in items)
    lots: list[dict[str, Any]] = []
    for supplier_id in suppliers:
        lines = [
            {
                "variant_id": item.variant_id,
                "description": f"{found[item.variant_id].title} ({found[item.variant_id].sku})",
                "quantity": item.quantity,
                "unit": found[item.variant_id].unit,
            }
            for item in items
            if found[item.variant_id].supplier_id == supplier_id
        ]
        lots.append({"lines": lines})
    try:
        return InquiryIn.model_validate(
            {
                "title": asked.title,
                "notes": asked.notes or None,
                "locale": asked.locale,
                "currency": asked.currency,
                "incoterm": asked.incoterm,
                "incoterm_place": asked.incoterm_place,
                "required_on": asked.required_on,
                "closes_at": asked.closes_at,
                "lots": lots,
                "supplier_ids": list(suppliers),
            }
        )
    except ValidationError as error:
        raise from_validation(error) from error


async def own_inquiries(
    session: AsyncSession, actor: Actor, page: PageRequest, *, now: datetime
) -> tuple[list[Document], str | None]:
    """A page of the actor's organization's inquiries, newest first, as `GET /v1/inquiries` lists them."""
    statement = queries.bought_by(actor.organization_id, None, now=now)
    rows, cursor = await fetch_page(session, statement, page, keys=[Inquiry.id], descending=True)
    return [row.model_dump(mode="json") for row in await summaries(session, rows, now=now)], cursor


async def own_inquiry(session: AsyncSession, actor: Actor, inquiry_id: UUID, *, now: datetime) -> Document:
    """One of them, as `GET /v1/inquiries/{inquiry_id}` shows it. Raises `NotFound`."""
    inquiry = await _own(session, actor, inquiry_id)
    return (await inquiry_out(session, actor, inquiry, now=now)).model_dump(mode="json")


async def publish_inquiry(session: AsyncSession, actor: Actor, inquiry_id: UUID, *, now: datetime) -> None:
    """Send a draft of the actor's organization to the invited suppliers. Raises `NotFound` before `Forbidden`."""
    inquiry = await _own(session, actor, inquiry_id)
    actor.require(Permission.INQUIRE)
    await _publish(session, actor, inquiry.id, now=now)


async def _own(session: AsyncSession, actor: Actor, inquiry_id: UUID) -> Inquiry:
    found = await queries.inquiry(session, inquiry_id)
    if found is None or found.buyer_id != actor.organization_id:
        raise NotFound()
    return found


async def pooled_orders(
    session: AsyncSession, pool_id: UUID, page: PageRequest
) -> tuple[list[PooledOrderRef], str | None]:
    """A page of the orders under a framework order, oldest first, and where the next begins: of its supplier all, of a buyer
    his own."""
    rows, cursor = await fetch_page(session, orders.orders_of_pool(pool_id), page, keys=[PurchaseOrder.id])
    return [found for row in rows if (found := _pooled(row)) is not None], cursor


async def pooled_order(session: AsyncSession, order_id: UUID) -> PooledOrderRef | None:
    """What pool an order that the acting organization may see belongs to; None for an order of another origin."""
    row = await orders.order(session, order_id)
    return _pooled(row) if row is not None else None


async def orders_told(session: AsyncSession, order_ids: Iterable[UUID]) -> dict[UUID, OrderSummaryOut]:
    """Orders by id as lists show them, as far as the acting organization may see them; in as many statements for many as for
    one."""
    rows = await orders.orders_by_id(session, order_ids)
    return {told.id: told for told in await order_views.summaries(session, rows)} if rows else {}


def _pooled(row: PurchaseOrder) -> PooledOrderRef | None:
    if row.pool_id is None or row.pool_key is None:
        return None
    return PooledOrderRef(
        id=row.id,
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        pool_id=row.pool_id,
        pool_key=row.pool_key,
        number=row.number,
        state=row.state,
        currency=row.currency,
        total_minor=row.total_minor,
    )
