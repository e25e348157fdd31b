"""Builders of what goes out: held stock, waves, packages, dispatches; over HTTP as the keeper."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.kit.actor import Actor, Permission
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.verify import CHECKS
from app.warehousing.picking import checks
from app.warehousing.usecases.reserve_stock import Wanted, reserve_stock
from tests.market import Market, Member
from tests.rooms.warehousing.stock import Store, made, stocked
from tests.rooms.warehousing.test_moves import verified
from tests.scenes import kept

OF_GOODS_OUT = ("picks of waves", "packages", "dispatches", "goods returned")
PALLET = {"type": "PX", "length_mm": 1200, "width_mm": 800, "height_mm": 900, "tare_kg": "22", "gross_kg": "90"}
MEASURED = {"length_mm": 400, "width_mm": 300, "height_mm": 200, "tare_kg": "0.5", "gross_kg": "20"}


async def ordered(market: Market, buyer: Member, *lines: tuple[str, str]) -> UUID:
    """Stock that is held for an order of the buyer, until it is picked; the reservation."""
    actor = Actor(buyer.firm.id, frozenset(Permission), frozenset({"buyer"}), person_id=buyer.person_id)
    wanted = Wanted(("order", new_id()), [(UUID(item), Decimal(amount)) for item, amount in lines], backorder=True)
    async with market.db.transaction() as session:
        await act_for(session, buyer.firm.id, person_id=buyer.person_id)
        return (await reserve_stock(session, actor, wanted))[0]


async def wave(at: Store, reservations: Sequence[Any] | None = None, *, picked: bool = False) -> dict[str, Any]:
    """A wave of some reservations, or of all that was ordered; with all of it found, if so wanted."""
    form = {} if reservations is None else {"reservation_ids": [str(one) for one in reservations]}
    found = await made(at.keeper, f"/v1/warehouses/{at.id}/waves", form)
    if picked:
        found = await made(at.keeper, f"/v1/waves/{found['id']}/picks", {}, 200)
    return found


def parts(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of a wave in walking order."""
    return [part for stop in found["stops"] for part in stop["parts"]]


async def package(at: Store, picked: dict[str, Any], quantity: str, part: int = 0, **overrides: Any) -> dict[str, Any]:
    """A measured carton with so much of one line of a wave."""
    line = parts(picked)[part]
    contents = [{"pick_line_id": line["id"], "quantity": quantity}]
    form = {"organization_id": line["organization_id"], "type": "CT", "contents": contents, **MEASURED, **overrides}
    return await made(at.keeper, f"/v1/warehouses/{at.id}/packages", form)


@kept
async def picked(market: Market, quantity: str = "10", **of_item: Any) -> tuple[Store, Member, dict[str, Any], str]:
    """(store, buyer, a wave in which so much was picked for him, the item)."""
    at, one = await stocked(market, "20", mass_kg="1.5", **of_item)
    buyer = await market.people("buyer")
    await ordered(market, buyer, (one["id"], quantity))
    return at, buyer, await wave(at, picked=True), one["id"]


async def closed(at: Store, made_package: dict[str, Any]) -> dict[str, Any]:
    """Nothing comes in or out any more."""
    return await made(at.keeper, f"/v1/packages/{made_package['id']}/closing", {}, 200)


async def pallet(at: Store, buyer: Member, **overrides: Any) -> dict[str, Any]:
    """An empty pallet for a buyer's goods."""
    form = {"organization_id": str(buyer.firm.id), **PALLET, **overrides}
    return await made(at.keeper, f"/v1/warehouses/{at.id}/packages", form)


async def proved(market: Market) -> list[str]:
    """What the checks of stock and of goods that went out find broken."""
    assert checks and set(OF_GOODS_OUT) <= set(CHECKS)
    broken = await verified(market)
    for name in OF_GOODS_OUT:
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            broken += (await CHECKS[name](session))[1]
    return broken
