"""What lies in the demo's warehouses: parts that two makers of components sell from stock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from app.catalog import facade as catalog
from app.demo.market.seeds import ProductSeed, ProductState, VariantSeed
from app.demo.seed.cast import Cast
from app.demo.seed.history import History
from app.demo.seed.story import Step
from app.warehousing import queries
from app.warehousing.schemas import BinIn, BinsIn, MoveIn, PlaceIn, Position, StockItemIn, WarehouseIn
from app.warehousing.states import MoveReason, Outside
from app.warehousing.usecases.keep_items import stock_item
from app.warehousing.usecases.keep_warehouse import add_bins, open_warehouse
from app.warehousing.usecases.post_moves import post_moves

OPENED_DAYS_AGO = 100
STOCKED_DAYS_AGO = 46
TIMES_MINIMUM_ORDER = 40
"""So many minimum orders of each size lie in stock."""
FEW_SIZES = 4


@dataclass(frozen=True, slots=True)
class Stocked:
    """A warehouse and the categories whose listings are sold from it. `fee_minor` in the currency for each line sent."""

    keeper: str
    code: str
    name: str
    country: str
    city: str
    unlocode: str
    latitude: str
    longitude: str
    time_zone: str
    currency: str
    fee_minor: int
    categories: tuple[str, ...]
    racks: int


STOCKED = (
    Stocked("zhuoyi-components", "SZX-1", "福海成品仓", "CN", "Shenzhen", "CNSZX", "22.66830", "113.81240", "Asia/Shanghai",
            "CNY", 1500, ("ejector-pins", "return-pins", "locating-rings", "date-inserts"), 24),
    Stocked("zhuoyi-components", "NGB-2", "宁波北仑保税仓", "CN", "Ningbo", "CNNGB", "29.90000", "121.84000", "Asia/Shanghai",
            "CNY", 2200, ("ejector-pins",), 8),
    Stocked("taichung-yuanda", "TXG-1", "南屯成品倉", "TW", "Taichung", "TWTXG", "24.13950", "120.61590", "Asia/Taipei",
            "USD", 300, ("guide-pillars", "guide-bushes"), 12),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shelf:
    """So much of an item in a bin of a warehouse."""

    bin_id: UUID
    item_id: UUID
    quantity: Decimal


class Stock:
    """The warehouses and what was received into them, each at its moment."""

    def __init__(self, told: History, cast: Cast, products: Sequence[ProductSeed]) -> None:
        self._told, self._cast = told, cast
        self._products = [seed for seed in products if seed.state is ProductState.PUBLISHED]
        self._warehouses: dict[str, UUID] = {}
        self._items: dict[UUID, UUID] = {}
        self.shelves: dict[str, list[Shelf]] = {}
        self._by_sku: dict[str, UUID] = {}

    def steps(self) -> list[Step]:
        """Warehouses are opened, then filled."""
        today = self._told.today
        return [
            *((today - timedelta(days=OPENED_DAYS_AGO), partial(self._open, one)) for one in STOCKED),
            *((today - timedelta(days=STOCKED_DAYS_AGO), partial(self._fill, one)) for one in STOCKED),
        ]

    def item(self, sku: str) -> UUID:
        """What a size is stocked as."""
        return self._by_sku[sku]

    async def _open(self, stocked: Stocked) -> None:
        speaker = self._cast.speakers[stocked.keeper]
        session = await self._told.let(speaker)
        form = WarehouseIn(
            code=stocked.code,
            name=stocked.name,
            country=stocked.country,
            city=stocked.city,
            unlocode=stocked.unlocode,
            position=Position(latitude=Decimal(stocked.latitude), longitude=Decimal(stocked.longitude)),
            time_zone=stocked.time_zone,
            handling_fee_minor=stocked.fee_minor,
            currency=stocked.currency,
            priority=10 + STOCKED.index(stocked),
        )
        row = await open_warehouse(session, speaker, form)
        racks = [
            BinIn(zone="STOR", code=f"A-{number:02}", max_mass_kg=Decimal(800))
            for number in range(1, stocked.racks + 1)
        ]
        await add_bins(session, speaker, row.id, BinsIn(bins=racks))
        self._warehouses[stocked.code] = row.id

    def warehouse_id(self, code: str) -> UUID:
        """A warehouse that is open by now."""
        return self._warehouses[code]

    def _sizes(self, stocked: Stocked) -> list[VariantSeed]:
        """The first sizes of each listing of the categories that are not made to order."""
        return [
            variant
            for product in self._products
            if product.supplier_code == stocked.keeper and product.category_code in stocked.categories
            for variant in [one for one in product.variants if not one.made_to_order][:FEW_SIZES]
        ]

    async def _fill(self, stocked: Stocked) -> None:
        """Each size is received into a rack of its own, round the warehouse."""
        speaker = self._cast.speakers[stocked.keeper]
        session = await self._told.let(speaker)
        sizes = self._sizes(stocked)
        ids = await catalog.variant_ids_by_sku(session, speaker.organization_id, [one.sku for one in sizes])
        bins = (await session.scalars(queries.bins_of(self._warehouses[stocked.code]))).all()
        racks = [row.id for row in sorted(bins, key=lambda row: row.code) if row.max_mass_kg is not None]
        moves = []
        shelves = self.shelves.setdefault(stocked.code, [])
        for number, size in enumerate(sizes):
            variant_id = ids[size.sku]
            if variant_id not in self._items:
                form = StockItemIn(variant_id=variant_id, offered=True)
                self._items[variant_id] = self._by_sku[size.sku] = (await stock_item(session, speaker, form)).id
            moves.append(
                MoveIn(
                    item_id=self._items[variant_id],
                    quantity=Decimal(size.minimum_order_quantity * TIMES_MINIMUM_ORDER),
                    origin=PlaceIn(outside=Outside.SUPPLIER),
                    target=PlaceIn(bin_id=racks[number % len(racks)]),
                    reason=MoveReason.RECEIPT,
                )
            )
            shelves.append(Shelf(racks[number % len(racks)], moves[-1].item_id, moves[-1].quantity))
        for begin in range(0, len(moves), 100):
            await post_moves(session, speaker, moves[begin : begin + 100])
