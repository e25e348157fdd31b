"""All the SQL on price lists and confirmed prices, locks included."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, exists, func, insert, not_, or_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import PublicProduct, Variant
from app.catalog.pricing.models import PriceConfirmation, PriceList, PriceListGrant, PriceListLine
from app.catalog.pricing.states import LineScope, PriceListState, PriceSide
from app.kit.paging import PageRequest, fetch_page


@dataclass(frozen=True, slots=True)
class EffectivePrice:
    """What one unit of a variant costs the acting organization from a quantity on, or at an asked one (`position`)."""

    position: int | None
    product_id: UUID
    supplier_id: UUID
    variant_id: UUID
    item: Mapping[str, Any]
    currency: str
    quantity: Decimal
    price_minor: int
    source: str
    price_list_id: UUID | None
    price_list_code: str | None
    price_list_edition: int | None
    price_list_name: str | None
    list_valid_from: date | None
    list_valid_until: date | None


_PRICES = text("SELECT * FROM catalog_prices(:products, :variants, :quantities)")


async def prices_of_products(session: AsyncSession, product_ids: Sequence[UUID]) -> list[EffectivePrice]:
    """Every step of every published variant of some listings, for the acting organization."""
    given = {"products": list(product_ids), "variants": None, "quantities": None}
    return [EffectivePrice(*row) for row in (await session.execute(_PRICES, given)).all()]


async def prices_at(session: AsyncSession, asked: Sequence[tuple[UUID, Decimal]]) -> list[EffectivePrice]:
    """What some quantities of variants cost in each currency; `position` counts what was asked from one."""
    given = {
        "products": None,
        "variants": [variant_id for variant_id, _ in asked],
        "quantities": [quantity for _, quantity in asked],
    }
    return [EffectivePrice(*row) for row in (await session.execute(_PRICES, given)).all()]


async def minimum_orders(session: AsyncSession, variant_ids: Sequence[UUID]) -> dict[UUID, Decimal]:
    """The minimum order of those variants that are published."""
    statement = (
        select(Variant.id, Variant.minimum_order_quantity)
        .join(PublicProduct, PublicProduct.product_id == Variant.product_id)
        .where(Variant.id.in_(variant_ids))
    )
    return {row.id: row.minimum_order_quantity for row in (await session.execute(statement)).all()}


async def price_list(session: AsyncSession, list_id: UUID) -> PriceList | None:
    """A price list that the acting organization may see."""
    return await session.scalar(select(PriceList).where(PriceList.id == list_id))


async def buys_at(session: AsyncSession, list_id: UUID, buyer_id: UUID) -> bool:
    """Whether an organization buys at an active list. The operator's people may see lists without being a party."""
    statement = select(PriceListGrant.buyer_id).where(
        PriceListGrant.list_id == list_id,
        PriceListGrant.buyer_id == buyer_id,
        PriceListGrant.list_state == PriceListState.ACTIVE,
    )
    return await session.scalar(statement) is not None


async def lock_lists(session: AsyncSession, supplier_id: UUID, list_ids: Sequence[UUID]) -> dict[UUID, PriceList]:
    """A supplier's own lists, locked in the order of their ids."""
    rows = await session.scalars(
        select(PriceList)
        .where(PriceList.id.in_(list_ids), PriceList.supplier_id == supplier_id)
        .order_by(PriceList.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


async def insert_list(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """Insert a draft; False when the supplier has this edition of this code already."""
    statement = (
        upsert(PriceList).values(**values).on_conflict_do_nothing(index_elements=["supplier_id", "code", "edition"])
    )
    return await session.scalar(statement.returning(PriceList.id)) is not None


async def latest_edition(session: AsyncSession, supplier_id: UUID, code: str) -> int:
    """The highest edition of a list."""
    statement = select(func.max(PriceList.edition)).where(PriceList.supplier_id == supplier_id, PriceList.code == code)
    return int(await session.scalar(statement) or 0)


async def drop_list(session: AsyncSession, list_id: UUID) -> None:
    """Delete a draft with its lines and grants."""
    await session.execute(delete(PriceList).where(PriceList.id == list_id))


def lists_of(organization_id: UUID, side: PriceSide, state: PriceListState | None, *, today: date) -> Select[PriceList]:
    """The lists that an organization made, or buys at. One whose last day has passed counts as ended."""
    if side is PriceSide.SUPPLIER:
        statement = select(PriceList).where(PriceList.supplier_id == organization_id)
    else:
        mine = select(PriceListGrant.list_id).where(
            PriceListGrant.buyer_id == organization_id, PriceListGrant.list_state == PriceListState.ACTIVE
        )
        statement = select(PriceList).where(PriceList.id.in_(mine), PriceList.state == PriceListState.ACTIVE)
    over = and_(PriceList.state == PriceListState.ACTIVE, func.coalesce(PriceList.valid_until, today) < today)
    match state:
        case None:
            return statement
        case PriceListState.ENDED:
            return statement.where(or_(PriceList.state == state, over))
        case _:
            return statement.where(PriceList.state == state, not_(over))


async def grants_of(session: AsyncSession, list_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The buyers of some lists, as far as the acting organization may know them."""
    statement = select(PriceListGrant.list_id, PriceListGrant.buyer_id).where(PriceListGrant.list_id.in_(list_ids))
    found: dict[UUID, list[UUID]] = {}
    for list_id, buyer_id in (await session.execute(statement.order_by(PriceListGrant.buyer_id))).all():
        found.setdefault(list_id, []).append(buyer_id)
    return found


async def line_counts(session: AsyncSession, list_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many lines some lists have."""
    statement = (
        select(PriceListLine.list_id, func.count())
        .where(PriceListLine.list_id.in_(list_ids))
        .group_by(PriceListLine.list_id)
    )
    return {row[0]: row[1] for row in (await session.execute(statement)).all()}


async def replace_grants(session: AsyncSession, row: PriceList, buyer_ids: Sequence[UUID]) -> None:
    """Grant a draft to these buyers and to nobody else."""
    await session.execute(delete(PriceListGrant).where(PriceListGrant.list_id == row.id))
    if buyer_ids:
        owned = {"list_id": row.id, "supplier_id": row.supplier_id}
        await session.execute(insert(PriceListGrant), [{**owned, "buyer_id": buyer_id} for buyer_id in buyer_ids])


async def replace_lines(session: AsyncSession, row: PriceList, lines: Sequence[Mapping[str, Any]]) -> None:
    """Give a draft these lines and no others."""
    await session.execute(delete(PriceListLine).where(PriceListLine.list_id == row.id))
    if lines:
        owned = {"list_id": row.id, "supplier_id": row.supplier_id}
        await session.execute(insert(PriceListLine), [{**line, **owned} for line in lines])


async def copy_lines(session: AsyncSession, source_id: UUID) -> list[dict[str, Any]]:
    """The lines of a list, to be written into another one."""
    columns = ("scope", "variant_id", "category_code", "min_quantity", "price_minor", "discount_bp")
    rows = await session.execute(
        select(*(getattr(PriceListLine, name) for name in columns))
        .where(PriceListLine.list_id == source_id)
        .order_by(PriceListLine.id)
    )
    return [dict(row._mapping) for row in rows]


async def page_of_lines(
    session: AsyncSession, list_id: UUID, page: PageRequest
) -> tuple[list[PriceListLine], str | None]:
    """Lines of a list in the order in which they were written."""
    statement = select(PriceListLine).where(PriceListLine.list_id == list_id)
    return await fetch_page(session, statement, page, keys=[PriceListLine.id])


async def skus_of(session: AsyncSession, variant_ids: Sequence[UUID]) -> dict[UUID, tuple[str, UUID, str]]:
    """(SKU, listing, unit) of variants that the acting organization may see."""
    statement = select(Variant.id, Variant.sku, Variant.product_id, Variant.unit).where(Variant.id.in_(variant_ids))
    return {row.id: (row.sku, row.product_id, row.unit) for row in (await session.execute(statement)).all()}


async def own_variants(
    session: AsyncSession, supplier_id: UUID, *, ids: Sequence[UUID] = (), skus: Sequence[str] = ()
) -> dict[UUID, str]:
    """A supplier's own variants by id, with their SKUs."""
    statement = select(Variant.id, Variant.sku).where(
        Variant.supplier_id == supplier_id, or_(Variant.id.in_(ids), Variant.sku.in_(skus))
    )
    return {row.id: row.sku for row in (await session.execute(statement)).all()}


def contract_products(buyer_id: UUID, supplier_id: UUID | None, category: str | None) -> Select[PublicProduct]:
    """Published listings for which a buyer has contract prices today.

    The buyer's own grants come first, by their index; of each supplier among them only the listings that one of the
    lists speaks of, and for a discount only those with a public price in the list's currency.
    """
    today = func.date(func.timezone("UTC", func.app_now()))
    granted = (
        select(PriceList.id, PriceList.supplier_id, PriceList.currency)
        .join(PriceListGrant, PriceListGrant.list_id == PriceList.id)
        .where(
            PriceListGrant.buyer_id == buyer_id,
            PriceListGrant.list_state == PriceListState.ACTIVE,
            PriceList.state == PriceListState.ACTIVE,
            PriceList.valid_from <= today,
            or_(PriceList.valid_until.is_(None), PriceList.valid_until >= today),
        )
        .cte("granted")
    )
    of_variant = select(Variant.id).where(Variant.product_id == PublicProduct.product_id).correlate(PublicProduct)
    has_currency = func.jsonb_path_exists(
        PublicProduct.document,
        text("'$.variants[*].prices[*] ? (@.currency == $currency)'::jsonpath"),
        func.jsonb_build_object("currency", granted.c.currency),
    )
    spoken_of = exists(
        select(1)
        .select_from(granted.join(PriceListLine, PriceListLine.list_id == granted.c.id))
        .where(
            granted.c.supplier_id == PublicProduct.supplier_id,
            or_(
                PriceListLine.variant_id.in_(of_variant),
                (PriceListLine.scope == LineScope.RANGE) & has_currency,
                (PriceListLine.category_code == func.any(PublicProduct.category_path)) & has_currency,
            ),
        )
    )
    statement = select(PublicProduct).where(PublicProduct.supplier_id.in_(select(granted.c.supplier_id)), spoken_of)
    if supplier_id is not None:
        statement = statement.where(PublicProduct.supplier_id == supplier_id)
    if category is not None:
        statement = statement.where(PublicProduct.category_path.contains([category]))
    return statement


async def insert_confirmations(session: AsyncSession, rows: Sequence[PriceConfirmation]) -> None:
    """Write confirmed prices; the database says of each how long it stands."""
    session.add_all(rows)
    await session.flush()


async def confirmation(session: AsyncSession, confirmation_id: UUID) -> PriceConfirmation | None:
    """A confirmed price of which the acting organization is the buyer or the supplier."""
    return await session.get(PriceConfirmation, confirmation_id)


async def confirmations_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[PriceConfirmation]:
    """The confirmed prices with these ids that may be seen."""
    if not ids:
        return []
    return (await session.scalars(select(PriceConfirmation).where(PriceConfirmation.id.in_(ids)))).all()


def confirmations_of(organization_id: UUID, side: PriceSide) -> Select[PriceConfirmation]:
    """The prices that were confirmed to an organization, or by one."""
    column = PriceConfirmation.buyer_id if side is PriceSide.BUYER else PriceConfirmation.supplier_id
    return select(PriceConfirmation).where(column == organization_id)


async def confirmed_items(
    session: AsyncSession, buyer_id: UUID, confirmation_ids: Sequence[UUID]
) -> list[tuple[PriceConfirmation, PublicProduct | None]]:
    """A buyer's confirmed prices, each with the public document of its listing while there is one."""
    rows = await session.execute(
        select(PriceConfirmation, PublicProduct)
        .outerjoin(PublicProduct, PublicProduct.product_id == PriceConfirmation.product_id)
        .where(PriceConfirmation.id.in_(confirmation_ids), PriceConfirmation.buyer_id == buyer_id)
    )
    return [(row[0], row[1]) for row in rows.all()]
