"""Show what there is of some variants: told by whoever keeps stock of them, in bands."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.publication import refresh_products
from app.catalog.states import ProductState


@dataclass(frozen=True, slots=True)
class StockShown:
    """How much of a variant there is, as everybody may know it: `level` is `in_stock`, `few_left` or `none`, `at_least` the lower
    end of a band in `unit` (UN/CEFACT), 0 when there is none."""

    level: str
    at_least: int
    unit: str


async def show_stock(session: AsyncSession, supplier_id: UUID, shown: Mapping[UUID, StockShown | None]) -> int:
    """Store with a supplier's variants how much there is of them (None: they are not offered from stock), and write the public
    documents that show them anew; how many changed. One event tells of all. Call it while acting for the supplier."""
    products = await queries.lock_products_of_variants(session, supplier_id, shown)
    await queries.set_stock(
        session,
        supplier_id,
        [
            (variant_id, one.level if one else None, one.at_least if one else None, one.unit if one else None)
            for variant_id, one in sorted(shown.items())
        ],
    )
    published = [product for product in products if product.state == ProductState.PUBLISHED]
    return await refresh_products(session, supplier_id, published)
