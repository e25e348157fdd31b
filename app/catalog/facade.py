"""All that other rooms may call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.definitions import categories, name_in
from app.catalog.display import shown_text
from app.catalog.finding import equivalents, record_miss, search_page, spare_parts, suggestions
from app.catalog.listed import ListedItem, listed_in_steels, listed_items
from app.catalog.listing_rows import ListingImport
from app.catalog.pricing import queries as price_queries
from app.catalog.pricing.errors import PriceChanged
from app.catalog.pricing.models import PriceConfirmation
from app.catalog.pricing.states import PRICE_SOURCE_LABELS
from app.catalog.pricing.usecases.confirm_prices import Asked
from app.catalog.pricing.usecases.confirm_prices import confirm_prices as _confirm_prices
from app.catalog.pricing.views import variant_prices
from app.catalog.public import (
    CategoryNode,
    category_counts,
    category_tree,
    public_document,
    public_documents,
    public_id_marks,
    public_ids,
    public_page,
)
from app.catalog.queries import listed_categories, variant_ids_by_sku
from app.catalog.reading import Reader
from app.catalog.search.questions import prepare_search
from app.catalog.states import ProductState
from app.catalog.usecases.import_listings import import_listings
from app.catalog.usecases.show_stock import StockShown, show_stock
from app.catalog.usecases.sync_categories import sync_categories, sync_labels
from app.kit.actor import Actor
from app.language import facade as language

__all__ = [
    "PRICE_SOURCE_LABELS",
    "CategoryNode",
    "ConfirmedItem",
    "ListedItem",
    "ListingImport",
    "PriceChanged",
    "ProductState",
    "Reader",
    "StockShown",
    "VariantRef",
    "agreed_prices",
    "category_counts",
    "category_name",
    "category_path",
    "category_tree",
    "confirm_prices",
    "confirmed_by_id",
    "confirmed_items",
    "equivalents",
    "import_listings",
    "listed_categories",
    "listed_in_steels",
    "listed_items",
    "prepare_search",
    "public_document",
    "public_documents",
    "public_id_marks",
    "public_ids",
    "public_page",
    "record_miss",
    "search_page",
    "show_stock",
    "spare_parts",
    "suggestions",
    "sync_categories",
    "sync_labels",
    "variant_ids_by_sku",
    "variants",
]


@dataclass(frozen=True, slots=True)
class VariantRef:
    """A variant as a deal speaks of it. `title` is in the asked language along the fallback chain."""

    id: UUID
    sku: str
    product_id: UUID
    supplier_id: UUID
    category_code: str
    title: str
    unit: str
    hs_code: str | None
    published: bool
    mass_kg: Decimal | None = None
    length_mm: Decimal | None = None
    width_mm: Decimal | None = None
    height_mm: Decimal | None = None
    origin_country: str | None = None


@dataclass(frozen=True, slots=True)
class ConfirmedItem:
    """A price that was confirmed to a buyer, with all that an order writes down of it.

    `texts` name the item in every language that its listing has: (text, state) by locale. They are empty, and there is no
    category, when the listing has been withdrawn since.
    """

    confirmation_id: UUID
    supplier_id: UUID
    product_id: UUID
    variant_id: UUID
    sku: str
    unit: str
    quantity: Decimal
    currency: str
    price_minor: int
    total_minor: int
    source: str
    price_list_id: UUID | None
    price_list_code: str | None
    price_list_edition: int | None
    lead_time_days: int
    valid_until: datetime
    category_code: str | None
    source_locale: str
    texts: Mapping[str, tuple[str, str]]

    @property
    def is_listed(self) -> bool:
        """Whether everybody can still see the listing."""
        return self.category_code is not None


async def agreed_prices(
    session: AsyncSession, product_ids: Sequence[UUID], reader: Reader
) -> dict[str, list[dict[str, Any]]]:
    """What price lists give the acting organization, by variant: the steps of `VariantPricesOut` that come from a list.

    They stand beside the public document, never in it. In the language that is being spoken.
    """
    prices = await price_queries.prices_of_products(session, product_ids)
    found = {
        str(one.variant_id): [step.model_dump(mode="json") for step in one.prices if step.source.price_list_id]
        for one in variant_prices(prices, reader.unit_system)
    }
    return {variant_id: steps for variant_id, steps in found.items() if steps}


async def confirm_prices(
    session: AsyncSession, actor: Actor, asked: Sequence[Asked], *, currency: str | None
) -> list[UUID]:
    """Have prices confirmed, all or none; the ids of the confirmations in the order asked for.

    Each item is (JSON pointer for findings, variant, quantity). Raises `Invalid` or `PriceChanged`.
    """
    return [row.id for row in await _confirm_prices(session, actor, asked, currency=currency)]


async def confirmed_items(
    session: AsyncSession, buyer_id: UUID, confirmation_ids: Sequence[UUID]
) -> dict[UUID, ConfirmedItem]:
    """What was confirmed to a buyer, by the ids of the confirmations; unknown ids are absent."""
    rows = await price_queries.confirmed_items(session, buyer_id, confirmation_ids)
    return {row.id: _confirmed(row, public.document if public else None) for row, public in rows}


async def confirmed_by_id(session: AsyncSession, confirmation_ids: Sequence[UUID]) -> dict[UUID, ConfirmedItem]:
    """What was confirmed to anybody, for proofs under the role `auditor`; requests see their own firm's at most."""
    rows = await price_queries.confirmations_by_id(session, confirmation_ids)
    return {row.id: _confirmed(row, None) for row in rows}


def _confirmed(row: PriceConfirmation, document: Mapping[str, Any] | None) -> ConfirmedItem:
    variants = document["variants"] if document else []
    variant = next((one for one in variants if one["id"] == str(row.variant_id)), None)
    listed = document if variant is not None else None
    label = f", {variant['label']}" if variant is not None and variant["label"] else ""
    names = ("supplier_id", "product_id", "variant_id", "sku", "unit", "quantity", "currency", "price_minor",
             "total_minor", "source", "price_list_id", "price_list_code", "price_list_edition", "lead_time_days",
             "valid_until")  # fmt: skip
    return ConfirmedItem(
        confirmation_id=row.id,
        **{name: getattr(row, name) for name in names},
        category_code=listed["category"] if listed else None,
        source_locale=listed["source_locale"] if listed else "en",
        texts={
            locale: (found["text"] + label, found["state"])
            for locale, found in (listed["texts"]["title"] if listed else {}).items()
        },
    )


def category_path(code: str) -> tuple[str, ...]:
    """From the root of the tree to the category; empty for an unknown one."""
    found = categories().get(code)
    return found.path if found else ()


def category_name(code: str, locale: str) -> str:
    """The category's name in a language; the code itself for an unknown one."""
    found = categories().get(code)
    return name_in(found.names, locale) if found else code


async def variants(session: AsyncSession, ids: Sequence[UUID], *, locale: str = "en") -> dict[UUID, VariantRef]:
    """The variants that the actor may see: published ones, and his own. Unknown ids are absent."""
    if not ids:
        return {}
    found: dict[UUID, VariantRef] = {}
    rows = await queries.variants_by_id(session, ids)
    unpublished = [("product", row.product_id) for row, public, _ in rows if public is None]
    own_texts = await language.shown_texts(session, unpublished, locale)
    for row, public, product in rows:
        if public is not None:
            text = shown_text(public.document["texts"]["title"], public.document["source_locale"], locale)
            category, title = public.document["category"], text.text if text else row.sku
        elif product is not None:
            own = own_texts.get(("product", row.product_id, "title"))
            category, title = product.category_code, own.text if own else row.sku
        else:
            continue
        found[row.id] = VariantRef(
            id=row.id,
            sku=row.sku,
            product_id=row.product_id,
            supplier_id=row.supplier_id,
            category_code=category,
            title=title,
            unit=row.unit,
            hs_code=row.hs_code,
            published=public is not None,
            mass_kg=row.mass_kg,
            length_mm=row.length_mm,
            width_mm=row.width_mm,
            height_mm=row.height_mm,
            origin_country=row.origin_country,
        )
    return found
