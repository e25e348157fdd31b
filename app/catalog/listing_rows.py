"""Whole listings as the rows of the tables they go into, by the same rules as one by one. Pure.

Who takes over many listings at once (a demo market, a supplier's file) builds the rows here and writes them table by table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.catalog import rules
from app.catalog.definitions import attributes, categories
from app.catalog.models import PriceTier, Product, Variant
from app.catalog.publication import FIELDS, public_row
from app.catalog.schemas import ProductIn, VariantIn
from app.catalog.states import ProductState
from app.kit.errors import FieldError
from app.kit.ids import new_id
from app.kit.locales import N_
from app.language import facade as language
from app.parties import facade as parties

MAX_VARIANTS = 500


class ListingImport(ProductIn):
    """A whole listing."""

    state: ProductState
    variants: list[VariantIn] = Field(max_length=MAX_VARIANTS)


@dataclass
class Rows:
    """What goes into each table."""

    products: list[dict[str, Any]] = field(default_factory=list)
    variants: list[dict[str, Any]] = field(default_factory=list)
    tiers: list[dict[str, Any]] = field(default_factory=list)
    public: list[dict[str, Any]] = field(default_factory=list)
    texts: list[language.TextImport] = field(default_factory=list)


def checked(listing: ListingImport) -> tuple[dict[str, Any], list[FieldError]]:
    """The listing's attributes in stored form, and everything that is wrong with it, by JSON Pointer into the listing."""
    category = categories().get(listing.category_code)
    if category is None:
        message = N_("There is no such category. Look at the list of categories.")
        return {}, [FieldError("/category_code", "unknown-category", message)]
    cleaned, errors = rules.clean_attributes(category, attributes(), listing.attributes)
    if listing.source_locale not in listing.texts:
        message = N_("Give the texts in the source language {locale}.")
        errors.append(FieldError("/texts", "source-missing", message, {"locale": listing.source_locale}))
    for position, variant in enumerate(listing.variants):
        tiers = [(tier.currency, tier.min_quantity, tier.price_minor) for tier in variant.prices]
        errors += [
            replace(error, pointer=f"/variants/{position}{error.pointer}")
            for error in rules.tier_errors(tiers, variant.minimum_order_quantity)
        ]
    if listing.state == ProductState.PUBLISHED:
        errors += rules.missing_for_publishing(
            category,
            cleaned,
            has_title=listing.source_locale in listing.texts,
            variants=len(listing.variants),
            unpriced_skus=[variant.sku for variant in listing.variants if not variant.prices],
        )
    return cleaned, errors


def add(
    rows: Rows, listing: ListingImport, cleaned: dict[str, Any], supplier: parties.OrganizationRef, *, now: datetime
) -> None:
    """Add a listing that does not exist yet to the rows."""
    published = listing.state == ProductState.PUBLISHED
    product: dict[str, Any] = {
        "id": new_id(),
        "supplier_id": supplier.id,
        "code": listing.code,
        "category_code": listing.category_code,
        "state": listing.state.value,
        "source_locale": listing.source_locale,
        "attributes": cleaned,
        "created_at": now,
        "published_at": now if published else None,
    }
    variants, tiers = variant_rows(listing.variants, product["id"], supplier.id)
    texts = texts_by_field(listing)
    rows.products.append(product)
    rows.variants += variants
    rows.tiers += tiers
    rows.texts += [
        language.TextImport(("product", product["id"]), name, listing.source_locale, by_locale, published)
        for name, by_locale in texts.items()
        if listing.source_locale in by_locale
    ]
    if published and listing.category_code in categories():
        by_variant: dict[UUID, list[PriceTier]] = {}
        for tier in sorted(tiers, key=lambda row: (row["currency"], row["min_quantity"])):
            by_variant.setdefault(tier["variant_id"], []).append(PriceTier(**tier))
        shown = {
            name: {locale: {"text": text, "state": "human"} for locale, text in by_locale.items()}
            for name, by_locale in texts.items()
        }
        of_product = [Variant(**row) for row in sorted(variants, key=lambda row: row["sku"])]
        rows.public.append(public_row(Product(**product), supplier, of_product, by_variant, shown, []))


def variant_rows(
    forms: Sequence[VariantIn], product_id: UUID, supplier_id: UUID
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """New variants of a product and their price tiers."""
    variants, tiers = [], []
    for form in forms:
        row = {"id": new_id(), "product_id": product_id, "supplier_id": supplier_id}
        variants.append({**form.model_dump(exclude={"prices"}), **row})
        tiers += [{**tier.model_dump(), "variant_id": row["id"], "supplier_id": supplier_id} for tier in form.prices]
    return variants, tiers


def texts_by_field(listing: ListingImport) -> Mapping[str, dict[str, str]]:
    """The texts the other way round: field → locale → text."""
    return {
        name: {
            str(locale): getattr(text, name)
            for locale, text in listing.texts.items()
            if getattr(text, name) is not None
        }
        for name in FIELDS
        if any(getattr(text, name) is not None for text in listing.texts.values())
    }
