"""All the SQL on the catalogue's tables."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Text, delete, func, literal_column, null, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from app.catalog.definitions import categories
from app.catalog.models import CategoryRow, PriceTier, Product, PublicProduct, Variant
from app.kit.paging import PageRequest, fetch_page


async def sync_categories(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Bring the categories that listings may point at to the edition's. None is removed: listings may still use it."""
    upsert = insert(CategoryRow)
    statement = upsert.on_conflict_do_update(
        index_elements=["code"], set_={"path": upsert.excluded.path, "edition": upsert.excluded.edition}
    )
    await session.execute(statement, list(rows))


async def display_functions(session: AsyncSession) -> list[str]:
    """The sources of the database's functions, in order: what they display changes with them."""
    rows = await session.scalars(
        text(
            "SELECT coalesce(pg_get_function_sqlbody(oid), prosrc) FROM pg_proc "
            "WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND proowner = current_user::regrole "
            "ORDER BY proname, oid"
        )
    )
    return list(rows)


async def product_of(
    session: AsyncSession, supplier_id: UUID, product_id: UUID, *, lock: bool = False
) -> Product | None:
    """A supplier's own product, locked for a change when asked."""
    statement = select(Product).where(Product.id == product_id, Product.supplier_id == supplier_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found: Product | None = await session.scalar(statement)
    return found


async def insert_product(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """Insert a product; False when the supplier uses the code already."""
    statement = insert(Product).values(**values).on_conflict_do_nothing(index_elements=["supplier_id", "code"])
    return await session.scalar(statement.returning(Product.id)) is not None


async def page_of_products(
    session: AsyncSession, supplier_id: UUID, page: PageRequest, *, state: str | None
) -> tuple[list[Product], str | None]:
    """A supplier's own products, newest first."""
    statement = select(Product).where(Product.supplier_id == supplier_id)
    if state is not None:
        statement = statement.where(Product.state == state)
    return await fetch_page(session, statement, page, keys=[Product.id], descending=True)


async def variants_of(session: AsyncSession, product_ids: Sequence[UUID]) -> dict[UUID, list[Variant]]:
    """The variants of some products, by SKU."""
    statement = select(Variant).where(Variant.product_id.in_(product_ids)).order_by(Variant.sku)
    found: dict[UUID, list[Variant]] = {}
    for variant in (await session.scalars(statement)).all():
        found.setdefault(variant.product_id, []).append(variant)
    return found


async def variants_by_id(
    session: AsyncSession, ids: Sequence[UUID]
) -> list[tuple[Variant, PublicProduct | None, Product | None]]:
    """Variants that the actor may see, with the public document or (for their supplier) the product."""
    statement = (
        select(Variant, PublicProduct, Product)
        .outerjoin(PublicProduct, PublicProduct.product_id == Variant.product_id)
        .outerjoin(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(ids))
    )
    return [(row[0], row[1], row[2]) for row in (await session.execute(statement)).all()]


async def public_of_variants(session: AsyncSession, variant_ids: Sequence[UUID]) -> list[PublicProduct]:
    """The public documents in which some variants stand."""
    listed = select(Variant.product_id).where(Variant.id.in_(variant_ids))
    return list((await session.scalars(select(PublicProduct).where(PublicProduct.product_id.in_(listed)))).all())


async def public_in_steels(
    session: AsyncSession, category: str, steels: Sequence[str], most: int
) -> list[PublicProduct]:
    """The newest public documents of a category whose steel has one of these designations."""
    statement = select(PublicProduct).where(_below(category), PublicProduct.steel.in_(steels))
    return list((await session.scalars(statement.order_by(PublicProduct.product_id.desc()).limit(most))).all())


async def insert_variant(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """Insert a variant; False when the supplier uses the SKU already."""
    statement = insert(Variant).values(**values).on_conflict_do_nothing(index_elements=["supplier_id", "sku"])
    return await session.scalar(statement.returning(Variant.id)) is not None


async def variant_of(session: AsyncSession, supplier_id: UUID, variant_id: UUID) -> Variant | None:
    """A supplier's own variant as it is in the database now. Lock its product before you change it."""
    statement = select(Variant).where(Variant.id == variant_id, Variant.supplier_id == supplier_id)
    found: Variant | None = await session.scalar(statement.execution_options(populate_existing=True))
    return found


async def tiers_of(session: AsyncSession, variant_ids: Sequence[UUID]) -> dict[UUID, list[PriceTier]]:
    """The price tiers of some variants, by currency and quantity."""
    statement = (
        select(PriceTier)
        .where(PriceTier.variant_id.in_(variant_ids))
        .order_by(PriceTier.variant_id, PriceTier.currency, PriceTier.min_quantity)
    )
    found: dict[UUID, list[PriceTier]] = {}
    for tier in (await session.scalars(statement)).all():
        found.setdefault(tier.variant_id, []).append(tier)
    return found


async def replace_tiers(session: AsyncSession, variant_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give a variant new price tiers."""
    await session.execute(delete(PriceTier).where(PriceTier.variant_id == variant_id))
    if rows:
        await session.execute(insert(PriceTier), list(rows))


async def set_state(session: AsyncSession, product: Product, state: str) -> None:
    """Move a locked product to a state; a published one remembers since when."""
    await session.execute(
        update(Product)
        .where(Product.id == product.id)
        .values(
            state=state,
            version=Product.version + 1,
            published_at=func.app_now() if state == "published" else None,
        )
    )
    await session.refresh(product)


async def put_public(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """Write a public document; False when it is unchanged."""
    return await put_many_public(session, [values]) == 1


async def put_many_public(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write many public documents in one statement; how many of them changed."""
    if not rows:
        return 0
    upsert = insert(PublicProduct).values(list(rows))
    statement = upsert.on_conflict_do_update(
        index_elements=["product_id"],
        set_={name: upsert.excluded[name] for name in rows[0] if name != "product_id"},
        where=PublicProduct.digest != upsert.excluded.digest,
    )
    return len((await session.scalars(statement.returning(PublicProduct.product_id))).all())


async def outdated_public(session: AsyncSession, edition: str, limit: int) -> list[PublicProduct]:
    """Some public documents whose search words are of another edition."""
    statement = select(PublicProduct).where(PublicProduct.search_edition != edition).limit(limit)
    return list((await session.scalars(statement)).all())


async def set_search_columns(session: AsyncSession, product_id: UUID, digest: str, columns: Mapping[str, Any]) -> None:
    """Write what the search reads of a public document, unless the document was written anew meanwhile."""
    await session.execute(
        update(PublicProduct)
        .where(PublicProduct.product_id == product_id, PublicProduct.digest == digest)
        .values(**columns)
        .execution_options(synchronize_session=False)
    )


async def drop_public(session: AsyncSession, product_id: UUID) -> None:
    """Take a public document away."""
    await session.execute(delete(PublicProduct).where(PublicProduct.product_id == product_id))


def _below(category: str) -> ColumnElement[bool]:
    """Whether a listing stands at or below a category: by the index of the category's level."""
    found = categories().get(category)
    level = literal_column(f"public_products.category_path[{len(found.path)}]", Text) if found else null()
    return level == category


async def public_page(
    session: AsyncSession, page: PageRequest, *, category: str | None, supplier_id: UUID | None
) -> tuple[list[UUID], str | None]:
    """The ids of published listings, newest first, below a category and of a supplier when given."""
    statement = select(PublicProduct.product_id)
    if category is not None:
        statement = statement.where(_below(category))
    if supplier_id is not None:
        statement = statement.where(PublicProduct.supplier_id == supplier_id)
    return await fetch_page(session, statement, page, keys=[PublicProduct.product_id], descending=True)


async def displayed_cards(
    session: AsyncSession, ids: Sequence[UUID], *, locale: str, system: str, currency: str | None
) -> list[dict[str, Any]]:
    """Published listings as a list shows them, in the order of the ids; what is not published is left out."""
    statement = text(
        "SELECT c.shown FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS wanted (id, position) "
        "JOIN public_products p ON p.product_id = wanted.id, "
        "LATERAL card_shown(p.product_id, p.supplier_id, p.card, :locale, :system, CAST(:currency AS text)) c "
        "ORDER BY wanted.position"
    )
    shown = {"ids": list(ids), "locale": locale, "system": system, "currency": currency}
    return list((await session.scalars(statement, shown)).all()) if ids else []


async def displayed_documents(
    session: AsyncSession, ids: Sequence[UUID], *, locale: str, system: str, currency: str | None
) -> dict[UUID, dict[str, Any]]:
    """Published listings in full, by id; what is not published is absent."""
    statement = text(
        "SELECT p.product_id, CAST(d.shown AS json) FROM public_products p, LATERAL document_text(p.product_id, "
        "p.supplier_id, p.category_path, p.card, p.document, :locale, :system, CAST(:currency AS text)) d "
        "WHERE p.product_id = ANY(CAST(:ids AS uuid[]))"
    )
    shown = {"ids": list(ids), "locale": locale, "system": system, "currency": currency}
    return {row[0]: row[1] for row in (await session.execute(statement, shown)).all()} if ids else {}


async def lock_published(session: AsyncSession, supplier_id: UUID, *, after: UUID | None, limit: int) -> list[Product]:
    """A supplier's published products in the order of their ids, locked."""
    statement = select(Product).where(Product.supplier_id == supplier_id, Product.state == "published")
    if after is not None:
        statement = statement.where(Product.id > after)
    statement = statement.order_by(Product.id).limit(limit).with_for_update()
    return list((await session.scalars(statement.execution_options(populate_existing=True))).all())


async def lock_products_of_variants(
    session: AsyncSession, supplier_id: UUID, variant_ids: Collection[UUID]
) -> list[Product]:
    """The products that some of a supplier's variants are of, in the order of their ids, locked."""
    own = select(Variant.product_id).where(Variant.id.in_(variant_ids), Variant.supplier_id == supplier_id)
    statement = select(Product).where(Product.id.in_(own)).order_by(Product.id).with_for_update()
    return list((await session.scalars(statement.execution_options(populate_existing=True))).all())


_SET_STOCK = text("""
UPDATE variants v SET stock_level = n.level, stock_at_least = n.at_least, stock_unit = n.unit
FROM unnest(CAST(:ids AS uuid[]), CAST(:levels AS text[]), CAST(:at_least AS integer[]), CAST(:units AS text[]))
    n (id, level, at_least, unit)
WHERE v.id = n.id AND v.supplier_id = :supplier_id
""")


async def set_stock(
    session: AsyncSession, supplier_id: UUID, rows: Sequence[tuple[UUID, str | None, int | None, str | None]]
) -> None:
    """Store what is shown of the stock of a supplier's variants: (variant, level, lower end of the band, unit)."""
    names = ("ids", "levels", "at_least", "units")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    await session.execute(_SET_STOCK, {"supplier_id": supplier_id} | columns)


async def insert_listings(
    session: AsyncSession,
    products: Sequence[Mapping[str, Any]],
    variants: Sequence[Mapping[str, Any]],
    tiers: Sequence[Mapping[str, Any]],
    public: Sequence[Mapping[str, Any]],
) -> None:
    """Insert many new listings, table by table."""
    for table, rows in ((Product, products), (Variant, variants), (PriceTier, tiers), (PublicProduct, public)):
        if rows:
            await session.execute(insert(table), list(rows))


async def variant_ids_by_sku(session: AsyncSession, supplier_id: UUID, skus: Sequence[str]) -> dict[str, UUID]:
    """A supplier's variants that the actor may see, by SKU."""
    statement = select(Variant.sku, Variant.id).where(Variant.supplier_id == supplier_id, Variant.sku.in_(skus))
    return {row.sku: row.id for row in (await session.execute(statement)).all()}


async def listed_categories(session: AsyncSession, supplier_id: UUID) -> list[str]:
    """The categories that a supplier's published listings are of."""
    statement = select(Product.category_code).where(Product.supplier_id == supplier_id, Product.state == "published")
    return list(await session.scalars(statement.distinct().order_by(Product.category_code)))


async def public_counts(session: AsyncSession) -> dict[str, int]:
    """How many published listings stand at or below each category."""
    code = func.unnest(PublicProduct.category_path).label("code")
    below = select(code).subquery()
    statement = select(below.c.code, func.count()).group_by(below.c.code)
    return {str(row[0]): int(row[1]) for row in (await session.execute(statement)).all()}


async def public_ids(session: AsyncSession, after: UUID | None, limit: int) -> list[UUID]:
    """Ids of published listings in order, from behind `after`."""
    statement = select(PublicProduct.product_id).order_by(PublicProduct.product_id).limit(limit)
    if after is not None:
        statement = statement.where(PublicProduct.product_id > after)
    return list((await session.scalars(statement)).all())


async def public_id_marks(session: AsyncSession, every: int) -> list[UUID]:
    """Every `every`-th id of the published listings in order."""
    numbered = select(
        PublicProduct.product_id, func.row_number().over(order_by=PublicProduct.product_id).label("number")
    ).subquery()
    statement = select(numbered.c.product_id).where(numbered.c.number % every == 0).order_by(numbered.c.product_id)
    return list((await session.scalars(statement)).all())
