"""Order what a pool bought for one of its members: written and issued in one transaction, however often it is tried."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.ids import new_id
from app.procurement.models import OrderLine, PurchaseOrder
from app.procurement.mould_dictionary import milestone_catalogue
from app.procurement.order_errors import OrderTooLarge
from app.procurement.order_rules import LARGEST_TOTAL_MINOR, order_number
from app.procurement.order_states import OrderLineKind, OrderOrigin
from app.procurement.pooled import PooledLine, PooledOrder, PooledWords
from app.procurement.queries import orders as queries
from app.procurement.usecases.draft_order import ENTITY, milestones_of
from app.procurement.usecases.issue_order import issue

MAX_LINES = 1000
_TITLE_LENGTH = 200
_SMALLEST = Decimal("0.000001")
_LARGEST = Decimal(10) ** 12


async def place_pooled_order(session: AsyncSession, placed: PooledOrder, *, now: datetime) -> UUID:
    """The order's id; it is issued, and its supplier hears of it. Call it while acting for the buyer.

    The buyer's approval rules are not asked: they were when he committed himself, and since the freeze he is bound. Whoever
    tries again finds the order that stands, and changes nothing. Raises `OrderTooLarge`, and `ValueError` for what no pool
    may ask for: nothing at all, a quantity that cannot be kept, an unknown template, another order for the same commitment.
    """
    _require_placeable(placed)
    order = await queries.order_of_commitment(session, placed.supplier_id, placed.pool_key)
    if order is None:
        order = await _place(session, placed, now=now)
    _require_same(order, placed)
    return order.id


async def _place(session: AsyncSession, placed: PooledOrder, *, now: datetime) -> PurchaseOrder:
    """The new order, or the one that somebody else has placed meanwhile: then no number is used up."""
    async with session.begin_nested() as step:
        count = await queries.next_number(session, placed.buyer_id, now.year)
        order = await queries.insert_pooled(session, _values(placed, order_number(now.year, count)))
        if order is None:
            await step.rollback()
    if order is None:
        order = await queries.order_of_commitment(session, placed.supplier_id, placed.pool_key)
        if order is None:
            raise ValueError(f"the commitment {placed.pool_key} was ordered for another buyer")
        return order
    session.add_all(_lines(order, placed.lines))
    session.add_all(milestones_of(order))
    await session.flush()
    after = {
        "number": order.number,
        "origin": order.origin,
        "supplier_id": order.supplier_id,
        "total_minor": order.total_minor,
        "currency": order.currency,
        "pool_number": order.pool_number,
        "pool_key": order.pool_key,
    }
    await audit.record(session, None, "order.draft", ENTITY, order.id, after=after, organization_id=order.buyer_id)
    return await issue(session, None, order, now=now)


def _require_placeable(placed: PooledOrder) -> None:
    if not 1 <= len(placed.lines) <= MAX_LINES or not placed.title.text or not placed.pool_number:
        raise ValueError(f"a pooled order has a title, a framework order and 1 to {MAX_LINES} lines")
    if placed.buyer_id == placed.supplier_id:
        raise ValueError("nobody orders of himself")
    for line in placed.lines:
        if not _SMALLEST <= line.quantity < _LARGEST or line.quantity % _SMALLEST or line.total_minor < 0:
            raise ValueError(f"cannot order {line.quantity} {line.unit} for {line.total_minor}")
    if placed.milestone_template not in milestone_catalogue().templates:
        raise ValueError(f"no milestone template is named {placed.milestone_template}")
    if placed.total_minor > LARGEST_TOTAL_MINOR:
        raise OrderTooLarge(limit_minor=LARGEST_TOTAL_MINOR)


def _require_same(order: PurchaseOrder, placed: PooledOrder) -> None:
    stands = order.buyer_id, order.pool_id, order.currency, order.total_minor
    if stands != (placed.buyer_id, placed.pool_id, placed.currency, placed.total_minor):
        raise ValueError(f"the commitment {placed.pool_key} was ordered otherwise, by {order.number}")


def _values(placed: PooledOrder, number: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "buyer_id": placed.buyer_id,
        "supplier_id": placed.supplier_id,
        "number": number,
        "origin": OrderOrigin.POOL,
        "pool_id": placed.pool_id,
        "pool_number": placed.pool_number,
        "pool_key": placed.pool_key,
        "title": placed.title.text[:_TITLE_LENGTH],
        "title_locale": placed.title.locale,
        "title_texts": _texts(placed.title),
        "currency": placed.currency,
        "total_minor": placed.total_minor,
        "incoterm": placed.incoterm,
        "incoterm_place": placed.incoterm_place,
        "lead_time_days": placed.lead_time_days,
        "milestone_template": placed.milestone_template,
        "requested_on": placed.requested_on,
        "created_by": placed.created_by,
    }


def _lines(order: PurchaseOrder, lines: Sequence[PooledLine]) -> list[OrderLine]:
    """A line's price is the payment for its whole quantity, so that no rounding stands between them."""
    return [
        OrderLine(
            id=new_id(),
            order_id=order.id,
            buyer_id=order.buyer_id,
            supplier_id=order.supplier_id,
            position=position,
            kind=OrderLineKind.POOLED,
            variant_id=line.variant_id,
            sku=line.sku,
            category_code=line.category_code,
            description=line.description.text,
            description_locale=line.description.locale,
            texts=_texts(line.description),
            quantity=line.quantity,
            unit=line.unit,
            price_minor=line.total_minor,
            per_quantity=line.quantity,
            total_minor=line.total_minor,
        )
        for position, line in enumerate(lines, start=1)
    ]


def _texts(words: PooledWords) -> dict[str, dict[str, str]]:
    found = {**words.texts, words.locale: (words.text, "human")}
    return {locale: {"text": text, "state": state} for locale, (text, state) in found.items()}
