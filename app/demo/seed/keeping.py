"""How the demo's stock is kept right: a count that found less, a transfer on its way, a part that runs low."""

from datetime import timedelta
from decimal import Decimal

from app.demo.seed.cast import Cast
from app.demo.seed.history import History
from app.demo.seed.stock import STOCKED_DAYS_AGO, Stock
from app.demo.seed.story import Step
from app.warehousing.keeping.schemas import CountEntryIn, CountIn, TransferIn, TransferLineIn
from app.warehousing.keeping.usecases.approve_count import approve_count
from app.warehousing.keeping.usecases.enter_bin import enter_bin
from app.warehousing.keeping.usecases.move_transfer import dispatch_transfer
from app.warehousing.keeping.usecases.open_count import open_count
from app.warehousing.keeping.usecases.plan_transfer import plan_transfer
from app.warehousing.watching.schemas import ReorderRuleIn
from app.warehousing.watching.usecases.keep_rules import make_rule
from app.warehousing.watching.usecases.push_levels import push_levels
from app.warehousing.watching.usecases.raise_alerts import raise_alerts

KEEPER, HERE, THERE = "zhuoyi-components", "SZX-1", "NGB-2"
COUNTED_DAYS_AGO, SENT_DAYS_AGO, LOW_DAYS_AGO = 20, 3, 2
FOUND_LESS = 3
"""So many pieces were missing."""
SENT = 20
COUNTED, SENT_FROM, LOW = 0, 5, 6
"""Which shelves, in the order in which they were filled."""
AT_ONCE = 1000


class Keeping:
    """What happens in the warehouses after they were filled, each at its moment."""

    def __init__(self, told: History, cast: Cast, stock: Stock) -> None:
        self._told, self._cast, self._stock = told, cast, stock

    def steps(self) -> list[Step]:
        """Counted, sent, noticed; what buyers see follows."""
        today = self._told.today
        return [
            (today - timedelta(days=STOCKED_DAYS_AGO - 0.1), self._show),
            (today - timedelta(days=COUNTED_DAYS_AGO), self._count),
            (today - timedelta(days=SENT_DAYS_AGO), self._send),
            (today - timedelta(days=LOW_DAYS_AGO), self._run_low),
            (today - timedelta(days=LOW_DAYS_AGO - 0.1), self._show),
        ]

    async def _show(self) -> None:
        session = await self._told.as_worker()
        await push_levels(session, AT_ONCE, now=self._told.now)

    async def _count(self) -> None:
        """All of a rack is counted; of the first part some pieces are missing."""
        keeper, now = self._cast.speakers[KEEPER], self._told.now
        session = await self._told.let(keeper)
        shelves = self._stock.shelves[HERE]
        missing = shelves[COUNTED]
        form = CountIn(bin_ids=[missing.bin_id], note="A-01")
        count = await open_count(session, keeper, self._stock.warehouse_id(HERE), form, now=now)
        found = [
            CountEntryIn(item_id=one.item_id, quantity=one.quantity - (FOUND_LESS if one is missing else 0))
            for one in shelves
            if one.bin_id == missing.bin_id
        ]
        await enter_bin(session, keeper, count.id, missing.bin_id, found, expected=0, now=now)
        await approve_count(session, keeper, count.id, backorder_reserved=False, now=now)

    async def _send(self) -> None:
        keeper, shelf = self._cast.speakers[KEEPER], self._stock.shelves[HERE][SENT_FROM]
        session = await self._told.let(keeper)
        line = TransferLineIn(bin_id=shelf.bin_id, item_id=shelf.item_id, quantity=Decimal(SENT))
        form = TransferIn(to_warehouse_id=self._stock.warehouse_id(THERE), lines=[line])
        transfer = await plan_transfer(session, keeper, self._stock.warehouse_id(HERE), form)
        await dispatch_transfer(session, keeper, transfer.id, None, now=self._told.now)

    async def _run_low(self) -> None:
        """A reorder point above what is there."""
        keeper, shelf = self._cast.speakers[KEEPER], self._stock.shelves[HERE][LOW]
        session = await self._told.let(keeper)
        form = ReorderRuleIn(reorder_point=shelf.quantity * 2, target_quantity=shelf.quantity * 5)
        await make_rule(session, keeper, shelf.item_id, form)
        await raise_alerts(await self._told.as_worker(), AT_ONCE, now=self._told.now)
