"""SQL on the quality of a supplier's own range."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, case, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import PublicProduct
from app.catalog.quality import EDITION

BANDS = ((0, 49), (50, 69), (70, 84), (85, 100))
# A look at duplicates compares so many of a supplier's listings at most, the newest, and tells of so many pairs.
COMPARED, PAIRS = 2000, 200
SIMILAR = 0.85

# Titles of a family differ in their figures alone, so only titles with the same figures are compared by their letters.
_DUPLICATES = text(
    """
    WITH own AS MATERIALIZED (
        SELECT product_id, document->>'category' AS category, document->'attributes' AS attributes,
               (SELECT jsonb_agg(size ORDER BY size) FROM (
                    SELECT jsonb_build_array(v->'label', v->'length_mm', v->'width_mm', v->'height_mm') AS size
                    FROM jsonb_array_elements(document->'variants') AS v) AS sizes) AS sizes,
               lower(title) AS title, regexp_replace(title, '[^0-9]+', ' ', 'g') AS figures
        FROM public_products,
             LATERAL (SELECT coalesce(document#>>ARRAY['texts', 'title', document->>'source_locale', 'text'], '') AS title) AS t
        WHERE supplier_id = :supplier_id
        ORDER BY product_id DESC LIMIT :compared
    ), pairs AS (
        SELECT a.product_id AS one, b.product_id AS other, true AS same_size, 1.0::real AS likeness
        FROM own a JOIN own b USING (category, attributes, sizes) WHERE a.product_id < b.product_id
        UNION ALL
        SELECT a.product_id, b.product_id, false, similarity(a.title, b.title)
        FROM own a JOIN own b USING (category, figures)
        WHERE a.product_id < b.product_id AND similarity(a.title, b.title) >= :similar
    )
    SELECT one, other, bool_or(same_size) AS same_size, max(likeness) AS likeness
    FROM pairs WHERE CAST(:product_id AS uuid) IS NULL OR :product_id IN (one, other)
    GROUP BY one, other ORDER BY bool_or(same_size) DESC, max(likeness) DESC, one, other LIMIT :pairs
    """
).bindparams(bindparam("product_id", type_=Uuid), bindparam("supplier_id", type_=Uuid))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two listings of one supplier that may be the same thing: by values and sizes, or by their titles."""

    one: UUID
    other: UUID
    same_size: bool
    likeness: float


@dataclass(frozen=True, slots=True)
class RangeQuality:
    """A supplier's published range: how many, their mean score, how many in each of `BANDS` and with each flaw."""

    listings: int
    mean: float | None
    bands: tuple[int, ...]
    flaws: dict[str, int]


def own_quality(supplier_id: UUID, flaw: str | None) -> Select[PublicProduct]:
    """A supplier's published listings, perhaps only those with a flaw."""
    statement = select(PublicProduct).where(PublicProduct.supplier_id == supplier_id)
    return statement.where(PublicProduct.flaws.contains([flaw])) if flaw else statement


async def range_quality(session: AsyncSession, supplier_id: UUID) -> RangeQuality:
    """The range in figures. Two statements."""
    own = PublicProduct.supplier_id == supplier_id
    counts = [func.count(case((PublicProduct.quality.between(low, high), 1))) for low, high in BANDS]
    statement = select(func.count(), func.avg(PublicProduct.quality), *counts).where(own)
    listings, mean, *bands = (await session.execute(statement)).one()
    each = select(func.unnest(PublicProduct.flaws).label("flaw")).where(own).subquery()
    by_flaw = select(each.c.flaw, func.count()).group_by(each.c.flaw)
    flaws = {row[0]: row[1] for row in await session.execute(by_flaw)}
    return RangeQuality(listings, float(mean) if mean is not None else None, tuple(bands), flaws)


async def duplicates(session: AsyncSession, supplier_id: UUID, product_id: UUID | None = None) -> list[Pair]:
    """Pairs in a supplier's published range that look the same, the surest first; only those of a product when given."""
    given = {
        "supplier_id": supplier_id,
        "product_id": product_id,
        "compared": COMPARED,
        "pairs": PAIRS,
        "similar": SIMILAR,
    }
    rows = await session.execute(_DUPLICATES, given)
    return [Pair(row.one, row.other, row.same_size, row.likeness) for row in rows]


async def public_rows(session: AsyncSession, product_ids: set[UUID]) -> dict[UUID, PublicProduct]:
    """Public documents by id."""
    rows = await session.scalars(select(PublicProduct).where(PublicProduct.product_id.in_(product_ids)))
    return {row.product_id: row for row in rows}


async def rated_by_older_rules(session: AsyncSession, *, limit: int = 50) -> list[UUID]:
    """Suppliers with listings whose score was computed by an older edition of the rules, or never. For the worker."""
    statement = select(PublicProduct.supplier_id).where(PublicProduct.quality_edition < EDITION).distinct().limit(limit)
    return list((await session.scalars(statement)).all())
