"""Price lists and prices as their readers see them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import cast
from uuid import UUID

from babel.numbers import format_percent
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.display import category_label, shown_text
from app.catalog.models import PublicProduct
from app.catalog.pricing import queries
from app.catalog.pricing.models import PriceConfirmation, PriceList, PriceListLine
from app.catalog.pricing.queries import EffectivePrice
from app.catalog.pricing.rules import is_over
from app.catalog.pricing.schemas import (
    BuyerOut,
    ContractProductOut,
    PriceConfirmationOut,
    PriceListLineOut,
    PriceListOut,
    PriceSourceOut,
    PriceStepOut,
    VariantPricesOut,
)
from app.catalog.pricing.states import LINE_SCOPE_LABELS, PRICE_LIST_STATE_LABELS, PRICE_SOURCE_LABELS, PriceListState
from app.catalog.schemas import DisplayedMeasure
from app.kit.actor import Actor
from app.kit.locales import cldr, current_locale
from app.kit.schemas import labelled
from app.parties import facade as parties
from app.reference import facade as reference


async def lists_out(
    session: AsyncSession, actor: Actor, rows: Sequence[PriceList], *, today: date
) -> list[PriceListOut]:
    """Price lists, in as many statements for many as for one."""
    own = [row.id for row in rows if row.supplier_id == actor.organization_id]
    grants = await queries.grants_of(session, own)
    counts = await queries.line_counts(session, [row.id for row in rows])
    buyer_ids = [buyer_id for found in grants.values() for buyer_id in found]
    firms = await parties.organizations(session, [*buyer_ids, *(row.supplier_id for row in rows)])
    shown = []
    for row in rows:
        over = row.state == PriceListState.ACTIVE and is_over(row.valid_until, today=today)
        supplier = firms.get(row.supplier_id)
        buyers = [firms[buyer_id] for buyer_id in grants.get(row.id, ()) if buyer_id in firms]
        shown.append(
            PriceListOut(
                id=row.id,
                code=row.code,
                edition=row.edition,
                name=row.name,
                supplier_id=row.supplier_id,
                supplier_name=supplier.legal_name_local if supplier else "–",
                currency=row.currency,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                state=labelled(PriceListState.ENDED if over else row.state, PRICE_LIST_STATE_LABELS),
                succeeds_id=row.succeeds_id if row.supplier_id == actor.organization_id else None,
                line_count=counts.get(row.id, 0),
                buyers=[BuyerOut(id=firm.id, name=firm.legal_name_local, country=firm.country) for firm in buyers],
                activated_at=row.activated_at,
                ended_at=row.ended_at,
                version=row.version,
            )
        )
    return shown


async def lines_out(session: AsyncSession, row: PriceList, lines: Sequence[PriceListLine]) -> list[PriceListLineOut]:
    """Lines of a list, with the variants that the reader may see."""
    locale = current_locale()
    variants = await queries.skus_of(session, [line.variant_id for line in lines if line.variant_id])
    shown = []
    for line in lines:
        sku, product_id, _ = variants.get(line.variant_id, (None, None, None)) if line.variant_id else (None,) * 3
        price, discount = line.price_minor, line.discount_bp
        shown.append(
            PriceListLineOut(
                id=line.id,
                scope=labelled(line.scope, LINE_SCOPE_LABELS),
                variant_id=line.variant_id,
                sku=sku,
                product_id=product_id,
                category=category_label(line.category_code, locale) if line.category_code else None,
                min_quantity=_plain(line.min_quantity),
                price_minor=price,
                price_text=None if price is None else reference.display_money(price, row.currency, locale),
                discount_bp=discount,
                discount_text=None if discount is None else _percent(discount, locale),
            )
        )
    return shown


def _percent(basis_points: int, locale: str) -> str:
    return format_percent(Decimal(basis_points) / 10_000, format="#,##0.##%", locale=cldr(locale))


def _plain(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    return Decimal(format(value.normalize(), "f"))


def _measure(value: Decimal, unit: str, unit_system: str) -> DisplayedMeasure:
    system = cast(reference.System, unit_system)
    shown = reference.display_quantity(value.normalize(), unit, current_locale(), system)
    return DisplayedMeasure(text=shown.text, value=_plain(value), unit=unit)


def _source(price: EffectivePrice) -> PriceSourceOut:
    source = labelled(price.source, PRICE_SOURCE_LABELS)
    return PriceSourceOut(
        code=source.code,
        label=source.label,
        price_list_id=price.price_list_id,
        price_list_code=price.price_list_code,
        price_list_edition=price.price_list_edition,
        price_list_name=price.price_list_name,
        valid_from=price.list_valid_from,
        valid_until=price.list_valid_until,
    )


def variant_prices(prices: Iterable[EffectivePrice], unit_system: str) -> list[VariantPricesOut]:
    """Prices by variant. A step that says the same as the one before it is left out."""
    by_variant: dict[UUID, list[EffectivePrice]] = {}
    for price in prices:
        steps = by_variant.setdefault(price.variant_id, [])
        if steps and _says(steps[-1]) == _says(price):
            continue
        steps.append(price)
    return [_variant(steps, unit_system) for steps in by_variant.values()]


def _says(price: EffectivePrice) -> tuple[object, ...]:
    return price.currency, price.price_minor, price.price_list_id


def _variant(steps: Sequence[EffectivePrice], unit_system: str) -> VariantPricesOut:
    first, locale = steps[0], current_locale()
    unit = str(first.item["unit"])
    return VariantPricesOut(
        product_id=first.product_id,
        variant_id=first.variant_id,
        sku=first.item["sku"],
        minimum_order=_measure(Decimal(first.item["minimum_order_quantity"]), unit, unit_system),
        prices=[
            PriceStepOut(
                currency=step.currency,
                price_minor=step.price_minor,
                text=reference.display_money(step.price_minor, step.currency, locale),
                min_quantity=_plain(step.quantity),
                min_quantity_text=_measure(step.quantity, unit, unit_system).text,
                source=_source(step),
            )
            for step in steps
        ],
    )


def contract_product(row: PublicProduct) -> ContractProductOut:
    """A listing for which the reader has contract prices."""
    document, locale = row.document, current_locale()
    return ContractProductOut(
        product_id=row.product_id,
        code=document["code"],
        title=shown_text(document["texts"]["title"], document["source_locale"], locale),
        category=category_label(document["category"], locale),
        supplier_id=row.supplier_id,
        supplier_name=document["supplier"]["name"],
        variant_count=len(document["variants"]),
    )


def confirmation_out(row: PriceConfirmation, actor: Actor) -> PriceConfirmationOut:
    """A confirmed price."""
    locale = current_locale()
    values: Mapping[str, object] = {
        name: getattr(row, name)
        for name in ("id", "buyer_id", "supplier_id", "product_id", "variant_id", "sku", "unit", "currency",
                     "price_minor", "total_minor", "price_list_id", "price_list_code", "price_list_edition",
                     "lead_time_days", "confirmed_at", "valid_until")
    }  # fmt: skip
    return PriceConfirmationOut.model_validate(
        {
            **values,
            "quantity": _plain(row.quantity),
            "quantity_text": _measure(row.quantity, row.unit, actor.unit_system).text,
            "price_text": reference.display_money(row.price_minor, row.currency, locale),
            "total_text": reference.display_money(row.total_minor, row.currency, locale),
            "source": labelled(row.source, PRICE_SOURCE_LABELS),
        }
    )
