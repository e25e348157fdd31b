"""Builders of warehouses and stock, over HTTP as their keepers."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.market import Caller, Market, Member
from tests.scenes import kept


@dataclass
class Store:
    """A keeper's warehouse: bins by code."""

    keeper: Member
    id: str
    etag: str
    bins: dict[str, str] = field(default_factory=dict)


def warehouse_form(**overrides: Any) -> dict[str, Any]:
    """A warehouse in Lüdenscheid."""
    return {
        "code": "MAIN",
        "name": "Hauptlager",
        "country": "DE",
        "city": "Lüdenscheid",
        "time_zone": "Europe/Berlin",
        "position": {"latitude": "51.21660", "longitude": "7.62730"},
        **overrides,
    }


async def made(caller: Caller, path: str, form: dict[str, Any], status: int = 201) -> dict[str, Any]:
    """POST, and what came of it."""
    answer = await caller.post(path, json=form)
    assert answer.status_code == status, (path, answer.text)
    return dict(answer.json())


async def store(keeper: Member, **overrides: Any) -> Store:
    """A new warehouse with its first bins."""
    answer = await keeper.post("/v1/warehouses", json=warehouse_form(**overrides))
    assert answer.status_code == 201, answer.text
    found = Store(keeper, answer.json()["id"], answer.headers["ETag"])
    await look(found)
    return found


async def look(at: Store) -> None:
    """Read the bins again."""
    answer = await at.keeper.get(f"/v1/warehouses/{at.id}/bins?limit=100")
    at.bins = {one["code"]: one["id"] for one in answer.json()["items"]}


async def item(owner: Member, sku: str = "EP-6-100", **overrides: Any) -> dict[str, Any]:
    """A new item of the owner."""
    form = {"sku": sku, "name": "Auswerferstift 6 × 100", "offered": True, **overrides}
    return await made(owner, "/v1/stock-items", form)


def received(at: Store, item_id: str, quantity: str, *, code: str = "STOR-01", **overrides: Any) -> dict[str, Any]:
    """A move into a bin from the supplier."""
    return {
        "item_id": item_id,
        "quantity": quantity,
        "origin": {"outside": "supplier"},
        "target": {"bin_id": at.bins[code]},
        "reason": "receipt",
        **overrides,
    }


async def move(keeper: Member, *moves: dict[str, Any]) -> list[dict[str, Any]]:
    """Moves that must succeed."""
    return list((await made(keeper, "/v1/stock-moves", {"moves": list(moves)}))["moves"])


@kept
async def stocked(market: Market, quantity: str = "10", **overrides: Any) -> tuple[Store, dict[str, Any]]:
    """A supplier's warehouse with so many of an offered item in it."""
    keeper = await market.people("supplier")
    at = await store(keeper)
    one = await item(keeper, **overrides)
    await move(keeper, received(at, one["id"], quantity))
    return at, one


async def counted(owner: Member, item_id: str) -> tuple[str, str, str]:
    """(on hand, reserved, available) of the owner's item."""
    found = (await owner.get(f"/v1/stock-items/{item_id}")).json()
    return tuple(format(Decimal(found[name]).normalize(), "f") for name in ("on_hand", "reserved", "available"))  # type: ignore[return-value]
