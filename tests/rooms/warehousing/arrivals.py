"""Builders of goods coming in, over HTTP as those who send and those who keep."""

from datetime import timedelta
from typing import Any

from tests.market import Market, Member
from tests.rooms.warehousing.stock import Store, made


def arrival_form(market: Market, at: Store, *lines: dict[str, Any], **overrides: Any) -> dict[str, Any]:
    """Goods for the keeper of a warehouse, in three days."""
    return {
        "keeper_id": str(at.keeper.firm.id),
        "warehouse_code": "MAIN",
        "reference": "LS 2026-0815",
        "expected_on": (market.clock.now() + timedelta(days=3)).date().isoformat(),
        "lines": list(lines),
        **overrides,
    }


def arrival_line(item_id: str, quantity: str, **more: Any) -> dict[str, Any]:
    """A line of an arrival."""
    return {"item_id": item_id, "quantity": quantity, **more}


async def announced(market: Market, sender: Member, at: Store, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An arrival that the sender has announced."""
    return await made(sender, "/v1/arrivals", arrival_form(market, at, *lines, **more))


async def came(at: Store, arrival_id: str, *lines: dict[str, Any]) -> dict[str, Any]:
    """A receipt of the keeper's."""
    return await made(at.keeper, f"/v1/arrivals/{arrival_id}/receipts", {"lines": list(lines)})
