"""Published sizes with what makes them alike, and their public prices, for whoever compares demand. Nothing private."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.models import PublicProduct

MEASURES = ("length_mm", "width_mm", "height_mm")


@dataclass(frozen=True, slots=True)
class PriceStep:
    """From so many on, one costs so many minor units."""

    min_quantity: Decimal
    price_minor: int


@dataclass(frozen=True, slots=True)
class ListedItem:
    """A published variant. `steel` is a designation of the reference room where its category names a steel and the listing
    one that is known; `measures_mm` are those of length, width and height that are listed; `prices` by currency, by quantity."""

    variant_id: UUID
    supplier_id: UUID
    category_code: str
    steel: str | None
    unit: str
    measures_mm: tuple[Decimal, ...]
    prices: Mapping[str, tuple[PriceStep, ...]]


async def listed_items(session: AsyncSession, variant_ids: Sequence[UUID]) -> dict[UUID, ListedItem]:
    """Those of some variants that are published, by id."""
    wanted = {str(variant_id) for variant_id in variant_ids}
    rows = await queries.public_of_variants(session, variant_ids) if wanted else []
    return {item.variant_id: item for row in rows for item in _items(row) if str(item.variant_id) in wanted}


async def listed_in_steels(
    session: AsyncSession, category_code: str, steels: Sequence[str], most: int
) -> list[ListedItem]:
    """The published variants of a category that are of one of these designations, of the newest `most` listings."""
    rows = await queries.public_in_steels(session, category_code, steels, most)
    return [item for row in rows for item in _items(row)]


def _items(row: PublicProduct) -> list[ListedItem]:
    document = row.document
    return [
        ListedItem(
            variant_id=UUID(variant["id"]),
            supplier_id=row.supplier_id,
            category_code=document["category"],
            steel=row.steel,
            unit=variant["unit"],
            measures_mm=tuple(Decimal(variant[name]) for name in MEASURES if variant[name] is not None),
            prices=_prices(variant["prices"]),
        )
        for variant in document["variants"]
    ]


def _prices(steps: Sequence[Mapping[str, Any]]) -> dict[str, tuple[PriceStep, ...]]:
    found: dict[str, list[PriceStep]] = {}
    for step in steps:
        found.setdefault(step["currency"], []).append(PriceStep(Decimal(step["min_quantity"]), step["price_minor"]))
    return {
        currency: tuple(sorted(known, key=lambda step: step.min_quantity)) for currency, known in sorted(found.items())
    }
