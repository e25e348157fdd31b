"""What left one of the demo's warehouses: held for an order, picked in one walk, packed onto a pallet and sent."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.demo.seed.cast import Cast
from app.demo.seed.history import History
from app.demo.seed.story import Step
from app.warehousing import queries as stock
from app.warehousing.picking import queries
from app.warehousing.picking.rules import least_mass_kg
from app.warehousing.picking.schemas import (
    ContentIn,
    DispatchIn,
    PackageChange,
    PackageIn,
    PackingSettingsIn,
    PicksIn,
    WaveIn,
)
from app.warehousing.picking.usecases.confirm_picks import confirm_picks
from app.warehousing.picking.usecases.make_wave import make_wave
from app.warehousing.picking.usecases.pack import change_package, close_package, make_package, set_packing
from app.warehousing.picking.usecases.send import send_packages

KEEPER, WAREHOUSE = "zhuoyi-components", "SZX-1"
# After the order of 40 days ago, and before its container was booked.
SENT_DAYS_AGO = 38.5
GS1_PREFIX = "952100417"
"""GS1 keeps prefixes that begin with 952 for demonstrations: they belong to nobody."""
CARTON: dict[str, Any] = {"type": "CT", "length_mm": 380, "width_mm": 280, "height_mm": 180}
PALLET: dict[str, Any] = {"type": "8A", "length_mm": 1200, "width_mm": 1000, "height_mm": 420}
CARTON_KG, PALLET_KG = Decimal("0.45"), Decimal("18.5")


class GoodsOut:
    """One wave, from what is due to what has left."""

    def __init__(self, told: History, cast: Cast) -> None:
        self._told, self._cast = told, cast

    def steps(self) -> list[Step]:
        """All of it happens on one afternoon."""
        return [(self._told.today - timedelta(days=SENT_DAYS_AGO), self._send)]

    async def _send(self) -> None:
        keeper, now = self._cast.speakers[KEEPER], self._told.now
        session = await self._told.let(keeper)
        await set_packing(session, keeper, PackingSettingsIn(gs1_prefix=GS1_PREFIX), expected=None)
        warehouses = await session.scalars(stock.warehouses_of(keeper.organization_id))
        warehouse_id = next(row.id for row in warehouses if row.code == WAREHOUSE)
        wave = await make_wave(session, keeper, warehouse_id, WaveIn(), now=now)
        await confirm_picks(session, keeper, wave.id, PicksIn(), now=now)
        lines = await queries.pick_lines(session, [wave.id])
        items = await stock.items_by_id(session, (line.item_id for line in lines))
        consignee = lines[0].holder_id
        gross = PALLET_KG
        pallet = await make_package(
            session, keeper, warehouse_id, PackageIn(organization_id=consignee, tare_kg=PALLET_KG, **PALLET)
        )
        for number, line in enumerate(lines, start=1):
            mass = least_mass_kg(CARTON_KG, [(line.picked, items[line.item_id].mass_kg)], Decimal(0))
            carton = PackageIn(
                organization_id=consignee,
                parent_id=pallet.id,
                tare_kg=CARTON_KG,
                gross_kg=mass.quantize(Decimal("0.1")) + Decimal("0.1"),
                marks=f"EP 2026-04 / {number}-{len(lines)}",
                contents=[ContentIn(pick_line_id=line.id, quantity=line.picked)],
                **CARTON,
            )
            gross += carton.gross_kg or Decimal(0)
            await self._close((await make_package(session, keeper, warehouse_id, carton)).id)
        await change_package(session, keeper, pallet.id, PackageChange(gross_kg=gross), expected=None)
        await self._close(pallet.id)
        form = DispatchIn(package_ids=[pallet.id], reference="EP 2026-04", country="DE")
        await send_packages(session, keeper, warehouse_id, form)

    async def _close(self, package_id: UUID) -> None:
        keeper = self._cast.speakers[KEEPER]
        await close_package(self._told.session, keeper, package_id, now=self._told.now)
