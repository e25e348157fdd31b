"""All the SQL of the exchange: whole chunks in a fixed number of statements, however many products they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.exchange.models import HeaderMapping, ImportFinding, ListingImportRun
from app.catalog.exchange.states import RUNNING, ImportState
from app.catalog.models import PriceTier, Product, PublicProduct, Variant
from app.kit.paging import PageRequest, fetch_page
from app.language import facade as language


async def find(session: AsyncSession, supplier_id: UUID, import_id: UUID) -> ListingImportRun | None:
    """A supplier's own import as it is in the database now."""
    found: ListingImportRun | None = await session.scalar(
        select(ListingImportRun)
        .where(ListingImportRun.id == import_id, ListingImportRun.supplier_id == supplier_id)
        .execution_options(populate_existing=True)
    )
    return found


async def lock(session: AsyncSession, supplier_id: UUID, import_id: UUID) -> ListingImportRun | None:
    """The same, locked: whoever counts, ends or cancels it comes one after the other."""
    found: ListingImportRun | None = await session.scalar(
        select(ListingImportRun)
        .where(ListingImportRun.id == import_id, ListingImportRun.supplier_id == supplier_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def page(
    session: AsyncSession, supplier_id: UUID, request: PageRequest
) -> tuple[list[ListingImportRun], str | None]:
    """A supplier's imports, newest first."""
    statement = select(ListingImportRun).where(ListingImportRun.supplier_id == supplier_id)
    return await fetch_page(session, statement, request, keys=[ListingImportRun.id], descending=True)


def findings_of(import_id: UUID) -> Select[Any]:
    """What an import found, in the order of its products."""
    return select(ImportFinding).where(ImportFinding.import_id == import_id)


async def findings_after(session: AsyncSession, import_id: UUID, number: int, limit: int) -> list[ImportFinding]:
    """The next findings behind a number."""
    statement = findings_of(import_id).where(ImportFinding.number > number).order_by(ImportFinding.number).limit(limit)
    return list((await session.scalars(statement)).all())


async def add_findings(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep findings."""
    if rows:
        await session.execute(insert(ImportFinding), list(rows))


async def running_ids(session: AsyncSession) -> list[tuple[UUID, UUID]]:
    """(import, supplier) of everything that has not ended; only as the operator."""
    statement = select(ListingImportRun.id, ListingImportRun.supplier_id).where(ListingImportRun.state.in_(RUNNING))
    return [(row[0], row[1]) for row in (await session.execute(statement.order_by(ListingImportRun.id))).all()]


async def note_rows_read(session: AsyncSession, import_id: UUID, rows: int) -> bool:
    """Tell how far the reading is; False when the import was cancelled meanwhile."""
    changed = await session.scalar(
        update(ListingImportRun)
        .where(ListingImportRun.id == import_id, ListingImportRun.state == ImportState.READING)
        .values(rows_read=func.greatest(ListingImportRun.rows_read, rows), version=ListingImportRun.version + 1)
        .returning(ListingImportRun.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


async def mapping(session: AsyncSession, supplier_id: UUID, signature: str) -> dict[str, str | None]:
    """What the supplier said of files with this header line."""
    found = await session.scalar(
        select(HeaderMapping.columns).where(
            HeaderMapping.supplier_id == supplier_id, HeaderMapping.signature == signature
        )
    )
    return dict(found or {})


async def put_mapping(
    session: AsyncSession, supplier_id: UUID, signature: str, columns: Mapping[str, str | None]
) -> None:
    """Remember it; what was said before of other columns stays."""
    upsert = insert(HeaderMapping).values(supplier_id=supplier_id, signature=signature, columns=dict(columns))
    await session.execute(
        upsert.on_conflict_do_update(
            index_elements=["supplier_id", "signature"],
            set_={"columns": HeaderMapping.columns.op("||")(upsert.excluded.columns), "changed_at": func.app_now()},
        )
    )


@dataclass
class Known:
    """What is stored of a chunk's products, by code; `taken` says which product has which of its SKUs."""

    products: dict[str, Product]
    variants: dict[UUID, list[Variant]]
    tiers: dict[UUID, list[PriceTier]]
    texts: dict[tuple[str, UUID], list[language.TextVersion]]
    taken: dict[str, UUID]


async def known(
    session: AsyncSession, supplier_id: UUID, codes: Sequence[str], skus: Sequence[str], *, hold: bool
) -> Known:
    """Read a chunk's products in five statements, locked in id order when they are to be changed."""
    statement = select(Product).where(Product.supplier_id == supplier_id, Product.code.in_(codes)).order_by(Product.id)
    if hold:
        statement = statement.with_for_update()
    found = (await session.scalars(statement.execution_options(populate_existing=True))).all()
    ids = [product.id for product in found]
    taken = await session.execute(
        select(Variant.sku, Variant.product_id).where(Variant.supplier_id == supplier_id, Variant.sku.in_(skus))
    )
    variants, tiers = await variants_with_tiers(session, ids)
    return Known(
        {product.code: product for product in found},
        variants,
        tiers,
        await language.texts_of_many(session, [("product", product_id) for product_id in ids]),
        {row.sku: row.product_id for row in taken},
    )


async def variants_with_tiers(
    session: AsyncSession, product_ids: Sequence[UUID]
) -> tuple[dict[UUID, list[Variant]], dict[UUID, list[PriceTier]]]:
    """Variants by product, in the order of their SKUs, and price steps by variant, as they are in the database now."""
    variants: dict[UUID, list[Variant]] = {}
    tiers: dict[UUID, list[PriceTier]] = {}
    if not product_ids:
        return variants, tiers
    of_products = select(Variant).where(Variant.product_id.in_(product_ids)).order_by(Variant.sku)
    for variant in await session.scalars(of_products.execution_options(populate_existing=True)):
        variants.setdefault(variant.product_id, []).append(variant)
    ids = [variant.id for found in variants.values() for variant in found]
    of_variants = (
        select(PriceTier)
        .where(PriceTier.variant_id.in_(ids))
        .order_by(PriceTier.variant_id, PriceTier.currency, PriceTier.min_quantity)
    )
    for tier in await session.scalars(of_variants.execution_options(populate_existing=True)):
        tiers.setdefault(tier.variant_id, []).append(tier)
    return variants, tiers


async def change_products(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give many locked products other values, by id."""
    if rows:
        await session.execute(update(Product), list(rows))


async def change_variants(
    session: AsyncSession,
    new: Sequence[Mapping[str, Any]],
    changed: Sequence[Mapping[str, Any]],
    tiers_of: Sequence[UUID],
    tiers: Sequence[Mapping[str, Any]],
) -> None:
    """Insert and change many variants, and replace the price steps of some."""
    if new:
        await session.execute(insert(Variant), list(new))
    if changed:
        await session.execute(update(Variant), list(changed))
    if tiers_of:
        await session.execute(delete(PriceTier).where(PriceTier.variant_id.in_(tiers_of)))
    if tiers:
        await session.execute(insert(PriceTier), list(tiers))


async def products_by_id(session: AsyncSession, ids: Sequence[UUID]) -> list[Product]:
    """Products as they are in the database now."""
    statement = select(Product).where(Product.id.in_(ids)).order_by(Product.id)
    return list((await session.scalars(statement.execution_options(populate_existing=True))).all())


async def drop_public(session: AsyncSession, product_ids: Sequence[UUID]) -> None:
    """Take public documents away."""
    if product_ids:
        await session.execute(delete(PublicProduct).where(PublicProduct.product_id.in_(product_ids)))


async def used_categories(session: AsyncSession, supplier_id: UUID) -> list[str]:
    """The categories of a supplier's listings."""
    statement = select(Product.category_code).where(Product.supplier_id == supplier_id).distinct()
    return sorted((await session.scalars(statement)).all())


async def used_currencies(session: AsyncSession, supplier_id: UUID) -> list[str]:
    """The currencies of a supplier's prices."""
    statement = select(PriceTier.currency).where(PriceTier.supplier_id == supplier_id).distinct()
    return sorted((await session.scalars(statement)).all())


async def products_after(
    session: AsyncSession, supplier_id: UUID, code: str, categories: Sequence[str] | None, limit: int
) -> list[Product]:
    """The next of a supplier's products by code, below some categories when given."""
    statement = select(Product).where(Product.supplier_id == supplier_id, Product.code > code)
    if categories is not None:
        statement = statement.where(Product.category_code.in_(categories))
    return list((await session.scalars(statement.order_by(Product.code).limit(limit))).all())


async def used_text_locales(session: AsyncSession, supplier_id: UUID, attribute: str) -> list[str]:
    """The languages that a text attribute of a supplier's listings is written in."""
    given = func.coalesce(Product.attributes[attribute], text("'{}'::jsonb"))
    keys = func.jsonb_object_keys(given).table_valued("key", name="given").render_derived()
    statement = select(keys.c.key).select_from(Product).join(keys, text("true"))
    return sorted((await session.scalars(statement.where(Product.supplier_id == supplier_id).distinct())).all())
