"""What came to a buyer's warehouse, otherwise than announced, and what he found when he measured it."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from app.demo.seed.cast import Cast
from app.demo.seed.history import History
from app.demo.seed.stock import Stock
from app.demo.seed.story import Step
from app.warehousing.receiving import queries
from app.warehousing.receiving.schemas import (
    ArrivalIn,
    ArrivalLineIn,
    CharacteristicIn,
    InspectionDecisionIn,
    InspectionIn,
    ReceiptIn,
    ReceiptLineIn,
)
from app.warehousing.receiving.states import Decision, ReceivedAs
from app.warehousing.receiving.usecases.announce_arrival import announce_arrival
from app.warehousing.receiving.usecases.close_arrival import close_arrival
from app.warehousing.receiving.usecases.inspect_goods import begin_inspection, decide_inspection
from app.warehousing.receiving.usecases.receive_goods import receive_goods
from app.warehousing.schemas import WarehouseIn
from app.warehousing.usecases.keep_warehouse import open_warehouse

SENDER, KEEPER = "zhuoyi-components", "kessler-antriebe"
REFERENCE = "EP 2026-04"
OPENED_DAYS_AGO, ANNOUNCED_DAYS_AGO, CAME_DAYS_AGO, INSPECTED_DAYS_AGO = 95, 37, 3, 2
ANNOUNCED = {"ZYC-EN-5-100": Decimal(200), "ZYC-EN-5-160": Decimal(100)}
NOMINAL_MM = Decimal(5)
DEVIATIONS = ("-0.007", "-0.008", "-0.006", "-0.009", "-0.008", "-0.007", "-0.010", "-0.008", "-0.007", "-0.009")
"""Of ten shafts from their nominal size, in mm."""


@dataclass(frozen=True, slots=True)
class Came:
    """So much of an announced line, by its number, in a status."""

    line: int
    quantity: str
    status: ReceivedAs
    note: str = ""


CAME = (
    Came(0, "196", ReceivedAs.QUALITY_HOLD),
    Came(0, "4", ReceivedAs.DAMAGED, "Transportschaden: Köpfe angeschlagen"),
    Came(1, "90", ReceivedAs.QUALITY_HOLD, "Ein Karton fehlt"),
)


class Receiving:
    """The goods of one voyage, from their notice to the decision."""

    def __init__(self, told: History, cast: Cast, stock: Stock) -> None:
        self._told, self._cast, self._stock = told, cast, stock
        self._arrival_id: UUID | None = None

    def steps(self) -> list[Step]:
        """In their order."""
        today = self._told.today
        return [
            (today - timedelta(days=OPENED_DAYS_AGO), self._open),
            (today - timedelta(days=ANNOUNCED_DAYS_AGO), self._announce),
            (today - timedelta(days=CAME_DAYS_AGO), self._receive),
            (today - timedelta(days=INSPECTED_DAYS_AGO), self._inspect),
        ]

    @property
    def _arrival(self) -> UUID:
        assert self._arrival_id is not None
        return self._arrival_id

    async def _open(self) -> None:
        keeper = self._cast.speakers[KEEPER]
        session = await self._told.let(keeper)
        form = WarehouseIn(
            code="RT-1",
            name="Wareneingang Reutlingen",
            country="DE",
            city="Reutlingen",
            time_zone="Europe/Berlin",
            offers=False,
        )
        await open_warehouse(session, keeper, form)

    async def _announce(self) -> None:
        sender = self._cast.speakers[SENDER]
        session = await self._told.let(sender)
        form = ArrivalIn(
            keeper_id=self._cast.organization_ids[KEEPER],
            warehouse_code="RT-1",
            owner_id=self._cast.organization_ids[KEEPER],
            reference=REFERENCE,
            expected_on=(self._told.today - timedelta(days=CAME_DAYS_AGO + 1)).date(),
            lines=[
                ArrivalLineIn(item_id=self._stock.item(sku), quantity=quantity) for sku, quantity in ANNOUNCED.items()
            ],
        )
        self._arrival_id = (await announce_arrival(session, sender, form)).id

    async def _receive(self) -> None:
        keeper = self._cast.speakers[KEEPER]
        session = await self._told.let(keeper)
        lines = await queries.arrival_lines(session, self._arrival)
        form = ReceiptIn(
            lines=[
                ReceiptLineIn(
                    line_id=lines[one.line].id, quantity=Decimal(one.quantity), status=one.status, note=one.note
                )
                for one in CAME
            ]
        )
        await receive_goods(session, keeper, self._arrival, form)
        await close_arrival(session, keeper, self._arrival, now=self._told.now)

    async def _inspect(self) -> None:
        keeper = self._cast.speakers[KEEPER]
        session = await self._told.let(keeper)
        line = (await queries.standing_lines(session, self._arrival))[0]
        shaft = CharacteristicIn(
            name="Schaftdurchmesser d1",
            nominal=NOMINAL_MM,
            lower_deviation=Decimal("-0.012"),
            upper_deviation=Decimal("-0.004"),
            values=[NOMINAL_MM + Decimal(one) for one in DEVIATIONS],
        )
        form = InspectionIn(receipt_line_id=line.id, characteristics=[shaft])
        row = await begin_inspection(session, keeper, form)
        decision = InspectionDecisionIn(decision=Decision.ACCEPT)
        await decide_inspection(session, keeper, row.id, decision, now=self._told.now)
