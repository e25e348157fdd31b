"""All that other rooms may call."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.definitions import categories
from app.catalog.display import Reader, shown_text
from app.catalog.public import (
    CategoryNode,
    category_counts,
    category_tree,
    comparable,
    public_document,
    public_documents,
    public_id_marks,
    public_ids,
    public_page,
)
from app.catalog.queries import variant_ids_by_sku
from app.catalog.states import ProductState
from app.catalog.usecases.import_listings import ListingImport, import_listings
from app.catalog.usecases.sync_categories import sync_categories
from app.language import facade as language

__all__ = [
    "CategoryNode",
    "ListingImport",
    "ProductState",
    "Reader",
    "VariantRef",
    "category_counts",
    "category_path",
    "category_tree",
    "comparable",
    "import_listings",
    "public_document",
    "public_documents",
    "public_id_marks",
    "public_ids",
    "public_page",
    "sync_categories",
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


def category_path(code: str) -> tuple[str, ...]:
    """From the root of the tree to the category; empty for an unknown one."""
    found = categories().get(code)
    return found.path if found else ()


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
        )
    return found
