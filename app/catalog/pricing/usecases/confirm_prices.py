"""Confirm what some quantities cost a buyer: a price asked for is the price charged, for a while."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.pricing import queries
from app.catalog.pricing.errors import PriceChanged
from app.catalog.pricing.models import PriceConfirmation
from app.catalog.pricing.queries import EffectivePrice
from app.catalog.pricing.rules import total_minor
from app.kit import audit
from app.kit.actor import Actor
from app.kit.db.refusals import refused_by
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.locales import N_

LARGEST_TOTAL_MINOR = 10**15

Asked = tuple[str, UUID, Decimal]
"""Where it stands in what was sent, the variant, and the quantity."""


async def confirm_prices(
    session: AsyncSession, actor: Actor, asked: Sequence[Asked], *, currency: str | None
) -> list[PriceConfirmation]:
    """Confirmed prices in the order asked for, all or none. One statement prices them all.

    Raises `Invalid` with a finding for each item that has no price, or `PriceChanged`.
    """
    wanted = currency or actor.currency
    prices = await queries.prices_at(session, [(variant_id, quantity) for _, variant_id, quantity in asked])
    by_position: dict[int, list[EffectivePrice]] = {}
    for price in prices:
        by_position.setdefault(price.position or 0, []).append(price)
    unpriced = [one[1] for position, one in enumerate(asked, start=1) if position not in by_position]
    least = await queries.minimum_orders(session, unpriced) if unpriced else {}
    rows: list[PriceConfirmation] = []
    errors: list[FieldError] = []
    for position, (pointer, variant_id, quantity) in enumerate(asked, start=1):
        found = by_position.get(position)
        match = next((one for one in found or () if one.currency == wanted), None)
        if found is None:
            errors.append(_unpriced(pointer, quantity, least.get(variant_id)))
        elif (error := _finding(actor, pointer, quantity, found, match, wanted)) is not None:
            errors.append(error)
        elif match is not None:
            rows.append(_confirmation(actor, match))
    if errors:
        raise Invalid(errors=errors)
    try:
        await queries.insert_confirmations(session, rows)
    except DBAPIError as error:
        if refused_by(error, "price_of_this_moment"):
            raise PriceChanged() from error
        raise
    names = ("id", "variant_id", "quantity", "price_minor", "currency", "source", "price_list_id")
    after = {"confirmations": [{name: getattr(row, name) for name in names} for row in rows]}
    await audit.record(session, actor, "prices.confirm", "organization", actor.organization_id, after=after)
    return rows


def _too_few(pointer: str, least: Decimal) -> FieldError:
    message = N_("The supplier sells at least {minimum} at a time.")
    return FieldError(pointer, "below-minimum-order", message, {"minimum": format(least.normalize(), "f")})


def _unpriced(pointer: str, quantity: Decimal, least: Decimal | None) -> FieldError:
    """Nothing has a price: the variant is not listed, or the quantity is below every step."""
    if least is not None and quantity < least:
        return _too_few(f"{pointer}/quantity", least)
    message = N_("This variant is not listed, or has no price at this quantity.")
    return FieldError(f"{pointer}/variant_id", "no-price", message)


def _finding(
    actor: Actor,
    pointer: str,
    quantity: Decimal,
    found: Sequence[EffectivePrice],
    price: EffectivePrice | None,
    currency: str,
) -> FieldError | None:
    """Why an item has no price, or cannot be ordered so."""
    at_variant, at_quantity = f"{pointer}/variant_id", f"{pointer}/quantity"
    if found[0].supplier_id == actor.organization_id:
        return FieldError(at_variant, "own-listing", N_("This is your own listing. Name a variant of a supplier."))
    least = Decimal(found[0].item["minimum_order_quantity"])
    if quantity < least:
        return _too_few(at_quantity, least)
    if price is None:
        message = N_("There is no price in {currency}. There is one in: {expected}.")
        known = ", ".join(sorted(one.currency for one in found))
        return FieldError(at_variant, "no-price-in-currency", message, {"currency": currency, "expected": known})
    if total_minor(price.price_minor, quantity) > LARGEST_TOTAL_MINOR:
        return FieldError(at_quantity, "too-much", N_("This quantity is worth more than an order can hold."))
    return None


def _confirmation(actor: Actor, price: EffectivePrice) -> PriceConfirmation:
    return PriceConfirmation(
        id=new_id(),
        buyer_id=actor.organization_id,
        supplier_id=price.supplier_id,
        product_id=price.product_id,
        variant_id=price.variant_id,
        sku=price.item["sku"],
        unit=price.item["unit"],
        minimum_order_quantity=Decimal(price.item["minimum_order_quantity"]),
        lead_time_days=price.item["lead_time_days"],
        quantity=price.quantity,
        currency=price.currency,
        price_minor=price.price_minor,
        total_minor=total_minor(price.price_minor, price.quantity),
        source=price.source,
        price_list_id=price.price_list_id,
        price_list_code=price.price_list_code,
        price_list_edition=price.price_list_edition,
        confirmed_by=actor.person_id,
    )
