"""The suppliers' listings on their way into the catalogue."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.catalog import facade as catalog
from app.catalog.schemas import ListingTextIn, PriceTierIn, VariantIn
from app.demo.market.seeds import AttributeValue, ListedRange, ProductSeed, VariantSeed
from app.demo.seed.history import History
from app.kit.actor import Actor


async def list_products(told: History, supplier: Actor, products: Sequence[ProductSeed]) -> list[UUID]:
    """All listings of one supplier at once; their ids."""
    listings = [_listing(product) for product in products]
    return await catalog.import_listings(await told.let(supplier), supplier, listings, now=told.now)


def _listing(seed: ProductSeed) -> catalog.ListingImport:
    return catalog.ListingImport(
        code=seed.code,
        category_code=seed.category_code,
        source_locale=seed.source_locale,
        texts={
            locale: ListingTextIn(title=text.title, description=text.description) for locale, text in seed.texts.items()
        },
        attributes={code: _value(value) for code, value in seed.attributes.items()},
        state=catalog.ProductState(seed.state.value),
        variants=[_variant(variant) for variant in seed.variants],
    )


def _value(value: AttributeValue) -> Any:
    if isinstance(value, ListedRange):
        return {"minimum": value.minimum, "maximum": value.maximum}
    return dict(value) if isinstance(value, Mapping) else value


def _variant(seed: VariantSeed) -> VariantIn:
    return VariantIn(
        sku=seed.sku,
        label=seed.label,
        minimum_order_quantity=Decimal(seed.minimum_order_quantity),
        lead_time_days=seed.lead_time_days,
        made_to_order=seed.made_to_order,
        mass_kg=seed.mass_kg,
        length_mm=seed.length_mm,
        width_mm=seed.width_mm,
        height_mm=seed.height_mm,
        hs_code=seed.hs_code,
        origin_country=seed.origin_country,
        prices=[
            PriceTierIn(currency=tier.currency, min_quantity=Decimal(tier.min_quantity), price_minor=tier.price_minor)
            for tier in seed.prices
        ],
    )
