"""Order items of the catalogue from one supplier, each at the price that was confirmed for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.locales import N_
from app.parties import facade as parties
from app.procurement.models import PurchaseOrder
from app.procurement.order_errors import ConfirmationExpired, ConfirmationUsed, ItemWithdrawn, OrderTooLarge
from app.procurement.order_rules import LARGEST_TOTAL_MINOR, order_number
from app.procurement.order_states import OrderLineKind, OrderOrigin
from app.procurement.queries import orders as queries
from app.procurement.schemas.orders import CatalogueOrderIn
from app.procurement.usecases.draft_order import ENTITY, milestones_of
from app.procurement.usecases.hold_stock import hold_stock
from app.procurement.usecases.issue_order import submit
from app.procurement.usecases.order_texts import keep_terms
from app.procurement.usecases.payment_terms import columns_of

TEMPLATE = "on_shipment"
INCOTERM = "FCA"
"""Prices of the catalogue are for goods handed to the carrier at the supplier's place."""


async def order_from_catalogue(
    session: AsyncSession, actor: Actor, form: CatalogueOrderIn, *, now: datetime
) -> PurchaseOrder:
    """One order with its lines and its one milestone; issued, or waiting for approval, if asked for.

    Items without a confirmation get one in the same transaction, so every line is charged by a confirmation. Raises
    `Invalid`, `ConfirmationExpired`, `ConfirmationUsed`, `ItemWithdrawn`, `OrderTooLarge` or `StockShort`.
    """
    items = await _items(session, actor, form)
    _require_orderable(items, now=now)
    order = await _draft(session, actor, form, items, now=now)
    ordered = await queries.insert_items(session, _lines(order, items))
    taken = [item.sku for item in items if item.confirmation_id not in ordered]
    if taken:
        raise ConfirmationUsed(skus=taken)
    session.add_all(milestones_of(order))
    await session.flush()
    await keep_terms(session, order)
    after = {
        "number": order.number,
        "origin": order.origin,
        "supplier_id": order.supplier_id,
        "total_minor": order.total_minor,
        "currency": order.currency,
        "confirmations": [item.confirmation_id for item in items],
    }
    await audit.record(session, actor, "order.draft", ENTITY, order.id, after=after)
    if form.from_stock is not None:
        await hold_stock(session, actor, order, items, form.from_stock)
    if form.issue:
        await submit(session, actor, order, now=now)
    return order


async def _items(session: AsyncSession, actor: Actor, form: CatalogueOrderIn) -> list[catalog.ConfirmedItem]:
    """What is ordered, in the order of the form; prices that nobody asked for before are confirmed now."""
    errors = _form_errors(form)
    named = [item.confirmation_id for item in form.items if item.confirmation_id is not None]
    found = await catalog.confirmed_items(session, actor.organization_id, named) if named else {}
    for number, item in enumerate(form.items):
        if item.confirmation_id is not None and item.confirmation_id not in found:
            message = N_("You have no such price confirmation.")
            errors.append(FieldError(f"/items/{number}/confirmation_id", "unknown-confirmation", message))
    if errors:
        raise Invalid(errors=errors)
    asked = [
        (f"/items/{number}", item.variant_id, item.quantity)
        for number, item in enumerate(form.items)
        if item.variant_id is not None and item.quantity is not None
    ]
    fresh: list[UUID] = []
    if asked:
        of_named = next((item.currency for item in found.values()), None)
        fresh = await catalog.confirm_prices(session, actor, asked, currency=form.currency or of_named)
        found = {**found, **await catalog.confirmed_items(session, actor.organization_id, fresh)}
    new = iter(fresh)
    items = [found[item.confirmation_id or next(new)] for item in form.items]
    _require_one_deal(items)
    return items


def _form_errors(form: CatalogueOrderIn) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[UUID] = set()
    for number, item in enumerate(form.items):
        pointer = f"/items/{number}"
        by_variant = item.variant_id is not None and item.quantity is not None
        by_confirmation = item.confirmation_id is not None and item.variant_id is None and item.quantity is None
        if not by_confirmation and not (by_variant and item.confirmation_id is None):
            message = N_("Name a price confirmation, or else a variant with a quantity.")
            errors.append(FieldError(pointer, "item-form", message))
        if item.confirmation_id in seen:
            message = N_("Each price confirmation is ordered once.")
            errors.append(FieldError(f"{pointer}/confirmation_id", "confirmation-twice", message))
        if item.confirmation_id is not None:
            seen.add(item.confirmation_id)
    if form.from_stock is not None and not form.issue:
        message = N_("Stock is held for an order that is sent, not for a draft.")
        errors.append(FieldError("/from_stock", "stock-for-a-draft", message))
    return errors


def _require_one_deal(items: Sequence[catalog.ConfirmedItem]) -> None:
    """An order has one supplier and one currency."""
    first = items[0]
    errors = []
    for number, item in enumerate(items):
        if item.supplier_id != first.supplier_id:
            message = N_("This item is another supplier's. Order from one supplier at a time.")
            errors.append(FieldError(f"/items/{number}", "another-supplier", message))
        elif item.currency != first.currency:
            message = N_("This price is in another currency. An order has one currency.")
            errors.append(FieldError(f"/items/{number}", "another-currency", message))
    if errors:
        raise Invalid(errors=errors)


def _require_orderable(items: Sequence[catalog.ConfirmedItem], *, now: datetime) -> None:
    """Withdrawn goods are not ordered, and a price binds its supplier only as long as it said."""
    withdrawn = [item.sku for item in items if not item.is_listed]
    if withdrawn:
        raise ItemWithdrawn(skus=withdrawn)
    expired = next((item for item in items if item.valid_until <= now), None)
    if expired is not None:
        raise ConfirmationExpired(sku=expired.sku, valid_until=expired.valid_until)


async def _draft(
    session: AsyncSession,
    actor: Actor,
    form: CatalogueOrderIn,
    items: Sequence[catalog.ConfirmedItem],
    *,
    now: datetime,
) -> PurchaseOrder:
    total = sum(item.total_minor for item in items)
    if total > LARGEST_TOTAL_MINOR:
        raise OrderTooLarge(limit_minor=LARGEST_TOTAL_MINOR)
    first = items[0]
    supplier = (await parties.organizations(session, [first.supplier_id]))[first.supplier_id]
    count = await queries.next_number(session, actor.organization_id, now.year)
    title = _texts(first)
    order = PurchaseOrder(
        id=new_id(),
        buyer_id=actor.organization_id,
        supplier_id=first.supplier_id,
        number=order_number(now.year, count),
        origin=OrderOrigin.CATALOGUE,
        title=_source_text(first)[:200],
        title_locale=first.source_locale,
        title_texts=title,
        currency=first.currency,
        total_minor=total,
        incoterm=INCOTERM,
        incoterm_place=f"{supplier.city}, {supplier.country}"[:120],
        lead_time_days=max(1, *(item.lead_time_days for item in items)),
        milestone_template=TEMPLATE,
        payment=form.payment,
        buyer_reference=form.buyer_reference,
        requested_on=form.requested_on,
        terms=form.terms,
        terms_locale=(form.terms_locale or actor.locale) if form.terms else None,
        created_by=actor.person_id,
        **columns_of(form.payment_terms),
    )
    session.add(order)
    await session.flush()
    return order


def _texts(item: catalog.ConfirmedItem) -> dict[str, dict[str, str]]:
    return {locale: {"text": text, "state": state} for locale, (text, state) in item.texts.items()}


def _source_text(item: catalog.ConfirmedItem) -> str:
    return item.texts[item.source_locale][0] if item.source_locale in item.texts else item.sku


def _lines(order: PurchaseOrder, items: Sequence[catalog.ConfirmedItem]) -> list[Mapping[str, Any]]:
    """Lines that repeat what was confirmed, and never anything else."""
    return [
        {
            "id": new_id(),
            "order_id": order.id,
            "buyer_id": order.buyer_id,
            "supplier_id": order.supplier_id,
            "position": position,
            "kind": OrderLineKind.ITEM,
            "variant_id": item.variant_id,
            "sku": item.sku,
            "category_code": item.category_code,
            "description": _source_text(item),
            "description_locale": item.source_locale,
            "texts": _texts(item),
            "quantity": item.quantity,
            "unit": item.unit,
            "price_minor": item.price_minor,
            "per_quantity": 1,
            "total_minor": item.total_minor,
            "currency": item.currency,
            "confirmation_id": item.confirmation_id,
            "price_source": item.source,
            "price_list_id": item.price_list_id,
            "price_list_code": item.price_list_code,
            "price_list_edition": item.price_list_edition,
            "lead_time_days": item.lead_time_days,
        }
        for position, item in enumerate(items, start=1)
    ]
