"""What some suppliers agreed with some buyers, and what was ordered from the catalogue at those prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from app.catalog import facade as catalog
from app.catalog.pricing.schemas import PriceListIn, PriceListLineIn, SuccessorIn
from app.catalog.pricing.states import LineScope
from app.catalog.pricing.usecases.change_list_state import activate_list, succeed_list
from app.catalog.pricing.usecases.edit_list import create_list
from app.demo.market.seeds import ProductSeed, ProductState, VariantSeed
from app.demo.seed.cast import Cast
from app.demo.seed.history import History
from app.demo.seed.story import Step
from app.procurement.queries import orders as order_queries
from app.procurement.schemas.orders import AcknowledgementIn, CatalogueOrderIn, FromStockIn, ItemIn
from app.procurement.usecases.answer_order import acknowledge_order
from app.procurement.usecases.order_from_catalogue import order_from_catalogue


@dataclass(frozen=True, slots=True)
class Agreed:
    """A price list. `discounts` by category (None for the range) in basis points; `net_category` names the category whose
    first listing has net prices, `net_bp` below the public ones."""

    supplier: str
    buyers: tuple[str, ...]
    code: str
    name: str
    days_ago: int
    days_to_go: int | None
    discounts: tuple[tuple[str | None, int, int], ...] = ()
    net_category: str | None = None
    net_bp: int = 0


@dataclass(frozen=True, slots=True)
class Bought:
    """An order of the catalogue: sizes of the first listing of a category, so many times their minimum order."""

    buyer: str
    purchaser: str
    supplier: str
    category: str
    sizes: int
    times: int
    days_ago: int
    acknowledged: bool


CURRENCY = "USD"
AGREED = (
    Agreed("zhuoyi-components", ("kessler-antriebe", "great-lakes-molded"), "frame-2026", "2026年度框架价格", 90, 200,
           ((None, 1, 500), ("ejector-pins", 1, 1200), ("ejector-pins", 200, 1500))),
    Agreed("taichung-yuanda", ("great-lakes-molded",), "great-lakes", "年度合約價 Great Lakes", 75, None,
           ((None, 1, 800),), "guide-pillars", 1400),
    Agreed("lingxin-hot-runner", ("optiques-jura", "nordlicht-sensorik"), "nozzles", "热流道喷嘴协议价", 60, 120,
           (("hot-runner-nozzles", 1, 1000),)),
)  # fmt: skip
BOUGHT = (
    Bought("kessler-antriebe", "markus.rombach@kessler-antriebe.example", "zhuoyi-components", "ejector-pins", 3, 4, 40, True),
    Bought("great-lakes-molded", "dana.whitfield@great-lakes-molded.example", "taichung-yuanda", "guide-pillars", 2, 2, 6,
           False),
)  # fmt: skip
SUCCEEDED, NEXT_BEGINS_IN_DAYS = "frame-2026", 30


class Prices:
    """The agreements and orders, each at its moment."""

    def __init__(self, told: History, cast: Cast, products: Sequence[ProductSeed]) -> None:
        self._told, self._cast = told, cast
        self._products = [seed for seed in products if seed.state is ProductState.PUBLISHED]
        self._lists: dict[str, UUID] = {}

    def steps(self) -> list[Step]:
        """Lists are activated, one gets the draft of its next edition, and goods are ordered."""
        today = self._told.today
        steps: list[Step] = [
            (today - timedelta(days=agreed.days_ago), partial(self._agree, agreed)) for agreed in AGREED
        ]
        steps += [(today - timedelta(days=bought.days_ago), partial(self._buy, bought)) for bought in BOUGHT]
        return [*steps, (today - timedelta(days=3), self._prepare_next)]

    def _variants(self, supplier: str, category: str) -> tuple[VariantSeed, ...]:
        """The sizes of the supplier's first listing in a category that have a price in the currency."""
        listed = next(
            seed for seed in self._products if (seed.supplier_code, seed.category_code) == (supplier, category)
        )
        return tuple(one for one in listed.variants if any(tier.currency == CURRENCY for tier in one.prices))

    async def _ids(self, supplier: str, variants: Sequence[VariantSeed]) -> dict[str, UUID]:
        supplier_id = self._cast.organization_ids[supplier]
        return await catalog.variant_ids_by_sku(self._told.session, supplier_id, [one.sku for one in variants])

    async def _agree(self, agreed: Agreed) -> None:
        speaker, now = self._cast.speakers[agreed.supplier], self._told.now
        session = await self._told.let(speaker)
        lines = [
            PriceListLineIn(
                scope=LineScope.CATEGORY if category else LineScope.RANGE,
                category_code=category,
                min_quantity=Decimal(least),
                discount_bp=discount_bp,
            )
            for category, least, discount_bp in agreed.discounts
        ]
        if agreed.net_category is not None:
            variants = self._variants(agreed.supplier, agreed.net_category)
            ids = await self._ids(agreed.supplier, variants)
            lines += [
                PriceListLineIn(
                    scope=LineScope.VARIANT,
                    variant_id=ids[variant.sku],
                    min_quantity=Decimal(tier.min_quantity),
                    price_minor=tier.price_minor * (10_000 - agreed.net_bp) // 10_000,
                )
                for variant in variants
                for tier in variant.prices
                if tier.currency == CURRENCY
            ]
        last = None if agreed.days_to_go is None else self._told.today.date() + timedelta(days=agreed.days_to_go)
        form = PriceListIn(
            code=agreed.code,
            name=agreed.name,
            currency=CURRENCY,
            valid_from=now.date(),
            valid_until=last,
            buyer_ids=[self._cast.organization_ids[code] for code in agreed.buyers],
            lines=lines,
        )
        row = await create_list(session, speaker, form)
        await activate_list(session, speaker, row.id, now=now)
        self._lists[agreed.code] = row.id

    async def _prepare_next(self) -> None:
        """The supplier drafts what holds from next month on; nobody else knows of it yet."""
        speaker = self._cast.speakers[next(one.supplier for one in AGREED if one.code == SUCCEEDED)]
        session = await self._told.let(speaker)
        begins = self._told.today.date() + timedelta(days=NEXT_BEGINS_IN_DAYS)
        await succeed_list(session, speaker, self._lists[SUCCEEDED], SuccessorIn(valid_from=begins))

    async def _buy(self, bought: Bought) -> None:
        purchaser, now = self._cast.people[bought.purchaser], self._told.now
        session = await self._told.let(purchaser)
        variants = self._variants(bought.supplier, bought.category)[: bought.sizes]
        ids = await self._ids(bought.supplier, variants)
        items = [
            ItemIn(variant_id=ids[one.sku], quantity=Decimal(one.minimum_order_quantity * bought.times))
            for one in variants
        ]
        # What is sold from stock is held for the order; two warehouses may send it.
        form = CatalogueOrderIn(items=items, currency=CURRENCY, from_stock=FromStockIn(split=True))
        order = await order_from_catalogue(session, purchaser, form, now=now)
        if bought.acknowledged:
            speaker = self._cast.speakers[bought.supplier]
            session = await self._told.let(speaker)
            received = await order_queries.lock_order(session, order.id)
            assert received is not None
            delivery = now.date() + timedelta(days=received.lead_time_days)
            await acknowledge_order(
                session, speaker, order.id, AcknowledgementIn(confirmed_delivery_on=delivery), now=now
            )
