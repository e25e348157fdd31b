"""The public document of a listing: made from the supplier's rows in the publishing transaction, holding nothing private."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from anyio.to_thread import run_sync
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.cards import card_of
from app.catalog.definitions import categories
from app.catalog.events import ListingsRefreshed, ProductPublished
from app.catalog.kinship import kinship_columns
from app.catalog.media import queries as media
from app.catalog.media.public import public_medium
from app.catalog.models import PriceTier, Product, Variant
from app.catalog.quality import quality_columns
from app.catalog.search.entries import search_columns
from app.documents import facade as documents
from app.kit.outbox import announce
from app.language import facade as language
from app.parties import facade as parties

FIELDS = ("title", "description")
REFRESHED_AT_ONCE = 200


def _variant(variant: Variant, tiers: Sequence[PriceTier]) -> dict[str, Any]:
    measures = {
        name: None if getattr(variant, name) is None else format(getattr(variant, name).normalize(), "f")
        for name in ("mass_kg", "length_mm", "width_mm", "height_mm")
    }
    return {
        "id": str(variant.id),
        "sku": variant.sku,
        "label": variant.label,
        "unit": variant.unit,
        "minimum_order_quantity": format(variant.minimum_order_quantity.normalize(), "f"),
        "lead_time_days": variant.lead_time_days,
        "made_to_order": variant.made_to_order,
        "hs_code": variant.hs_code,
        "origin_country": variant.origin_country,
        **measures,
        **_stock(variant),
        "prices": [
            {
                "currency": tier.currency,
                "min_quantity": format(tier.min_quantity.normalize(), "f"),
                "price_minor": tier.price_minor,
            }
            for tier in tiers
        ],
    }


def _stock(variant: Variant) -> dict[str, Any]:
    """What everybody may know of how much there is; absent where nobody has told."""
    if variant.stock_level is None:
        return {}
    at_least = str(variant.stock_at_least)
    return {"stock": {"level": variant.stock_level, "at_least": at_least, "unit": variant.stock_unit}}


async def _texts(session: AsyncSession, product_id: UUID) -> dict[str, dict[str, dict[str, str]]]:
    return _by_field(await language.texts_of(session, ("product", product_id)))


def _by_field(versions: Sequence[language.TextVersion]) -> dict[str, dict[str, dict[str, str]]]:
    texts: dict[str, dict[str, dict[str, str]]] = {}
    for version in versions:
        if version.field in FIELDS:
            texts.setdefault(version.field, {})[version.locale] = {"text": version.text, "state": version.state}
    return texts


def _shown(refs: Sequence[documents.DocumentRef], alts: Mapping[UUID, Mapping[str, str]]) -> list[dict[str, Any]]:
    """What everybody may open; files under terms stay out of the public document."""
    return [public_medium(ref, alts.get(ref.id, {})) for ref in refs if ref.is_shown]


async def refresh_public(session: AsyncSession, product: Product) -> bool:
    """Write the public document of a published product anew; True when it changed (and was announced).

    Call it while acting for the supplier, with the product locked.
    """
    await documents.publish(session, ("product", product.id))
    changed = await queries.put_public(session, await _row_of(session, product))
    if changed:
        event = ProductPublished(
            product_id=product.id, supplier_id=product.supplier_id, category_code=product.category_code
        )
        await announce(session, event, organizations=[product.supplier_id])
    return changed


async def document_of(session: AsyncSession, product: Product) -> dict[str, Any]:
    """The document that a product has, or would have were it published now. Call it while acting for its supplier."""
    document: dict[str, Any] = (await _row_of(session, product))["document"]
    return document


async def _row_of(session: AsyncSession, product: Product) -> dict[str, Any]:
    supplier = (await parties.organizations(session, [product.supplier_id]))[product.supplier_id]
    variants = (await queries.variants_of(session, [product.id])).get(product.id, [])
    tiers = await queries.tiers_of(session, [variant.id for variant in variants])
    entity = ("product", product.id)
    refs = (await documents.attached(session, [entity]))[entity]
    shown = _shown(refs, await media.alts_of(session, product.id))
    return public_row(product, supplier, variants, tiers, await _texts(session, product.id), shown)


async def refresh_listings_of(session: AsyncSession, supplier_id: UUID) -> int:
    """Write the public documents of all of a supplier's listings anew; how many changed. One event tells of all.

    For news of the supplier himself. A few statements for each two hundred listings. Call it while acting for him.
    """
    supplier = (await parties.organizations(session, [supplier_id]))[supplier_id]
    changed, after = 0, None
    while products := await queries.lock_published(session, supplier_id, after=after, limit=REFRESHED_AT_ONCE):
        changed += await _put_anew(session, supplier, products)
        after = products[-1].id
    if changed:
        event = ListingsRefreshed(supplier_id=supplier_id, listings=changed)
        await announce(session, event, organizations=[supplier_id])
    return changed


async def refresh_products(session: AsyncSession, supplier_id: UUID, products: Sequence[Product]) -> int:
    """Write the public documents of some published listings anew, as `refresh_listings_of` does of all. They are locked."""
    if not products:
        return 0
    supplier = (await parties.organizations(session, [supplier_id]))[supplier_id]
    changed = await _put_anew(session, supplier, products)
    if changed:
        event = ListingsRefreshed(supplier_id=supplier_id, listings=changed)
        await announce(session, event, organizations=[supplier_id])
    return changed


async def _put_anew(session: AsyncSession, supplier: parties.OrganizationRef, products: Sequence[Product]) -> int:
    variants = await queries.variants_of(session, [product.id for product in products])
    tiers = await queries.tiers_of(session, [one.id for found in variants.values() for one in found])
    return await queries.put_many_public(session, await public_rows(session, supplier, products, variants, tiers))


async def public_rows(
    session: AsyncSession,
    supplier: parties.OrganizationRef,
    products: Sequence[Product],
    variants: Mapping[UUID, Sequence[Variant]],
    tiers: Mapping[UUID, Sequence[PriceTier]],
) -> list[dict[str, Any]]:
    """The public rows of many listings of a supplier, whose texts and media are read in a few statements."""
    entities = [("product", product.id) for product in products]
    texts = await language.texts_of_many(session, entities)
    attached = await documents.attached(session, entities)
    alts = await media.alts_of_many(session, [product.id for product in products])

    def row(product: Product) -> dict[str, Any]:
        return public_row(
            product,
            supplier,
            variants.get(product.id, []),
            tiers,
            _by_field(texts["product", product.id]),
            _shown(attached["product", product.id], alts.get(product.id, {})),
        )

    # Cutting words takes a processor for seconds; others' jobs go on meanwhile.
    return await run_sync(lambda: [row(product) for product in products])


def public_row(
    product: Product,
    supplier: parties.OrganizationRef,
    variants: Sequence[Variant],
    tiers: Mapping[UUID, Sequence[PriceTier]],
    texts: Mapping[str, Mapping[str, Mapping[str, str]]],
    media: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The row of `public_products`: the document that everybody may read, and its digest. Pure."""
    document = {
        "code": product.code,
        "category": product.category_code,
        "source_locale": product.source_locale,
        "supplier": {
            "code": supplier.code,
            "name": supplier.legal_name_local,
            "name_latin": supplier.legal_name_latin,
            "country": supplier.country,
            "verified": supplier.verified,
            "certifications": list(supplier.certifications),
        },
        "texts": texts,
        "attributes": product.attributes,
        "variants": [_variant(variant, tiers.get(variant.id, [])) for variant in variants],
        "media": list(media),
    }
    path = list(categories()[product.category_code].path)
    # In the digest too: a score by newer rules is another row, whether or not the document is.
    quality = quality_columns(document)
    shown = {"category_path": path, "document": document, "card": card_of(document), **quality}
    kinship = kinship_columns(product.category_code, product.attributes)
    shown |= {name: kinship.pop(name) for name in ("alike", "steel")}
    return {
        "product_id": product.id,
        "supplier_id": product.supplier_id,
        **shown,
        **kinship,
        "digest": sha256(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        **search_columns(product.id, document, path, product.supplier_id, quality=quality["quality"]),
    }
