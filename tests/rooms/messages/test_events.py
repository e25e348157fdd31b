"""The feed of events: one's own, in the order of commits, without gaps."""

import asyncio
from typing import Any
from uuid import UUID

from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.outbox import announce
from tests.market import Market, Member
from tests.rooms.messages.lamp import LampLit, light


async def feed(member: Member, query: str = "") -> list[dict[str, Any]]:
    answer = await member.get(f"/v1/events{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def settled(member: Member, count: int, query: str = "") -> list[dict[str, Any]]:
    """The feed once so many events stand in it: other tests' transactions on the same server hold it up for a moment."""
    for _ in range(200):
        items = await feed(member, query)
        if len(items) >= count:
            break
        await asyncio.sleep(0.05)
    assert len(items) == count
    return items


async def test_an_organization_reads_its_own_events(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    viewer = await market.member(buyer.firm, "viewer")
    lamp = UUID(int=9)
    first = await light(market, buyer.firm.id, lamp_id=lamp)
    both = await light(market, buyer.firm.id, supplier.firm.id)
    third = await light(market, buyer.firm.id, lamp_id=lamp)
    items = await settled(viewer, 3)
    assert [item["id"] for item in items] == [str(first), str(both), str(third)]
    assert [item["sequence"] for item in items] == ["1", "1", "2"]
    assert items[0]["specversion"] == "1.0"
    assert [item["id"] for item in await settled(supplier, 1)] == [str(both)]
    assert (await market.nobody.get("/v1/events")).status_code == 401

    assert [item["id"] for item in await feed(buyer, f"?subject=lamp/{lamp}")] == [str(first), str(third)]
    assert len(await feed(buyer, "?type=test.*")) == 3
    assert len(await feed(buyer, "?type=test.lamp_lit.v1")) == 3
    assert await feed(buyer, "?type=testx.*") == []
    assert await feed(buyer, "?type=test.lamp_lit.v2") == []
    assert (await buyer.get("/v1/events?type=te%25")).status_code == 422

    page = (await buyer.get("/v1/events?limit=2")).json()
    rest = (await buyer.get(f"/v1/events?limit=2&cursor={page['next_cursor']}")).json()
    assert [item["id"] for item in page["items"] + rest["items"]] == [str(first), str(both), str(third)]
    assert [item["id"] for item in await feed(buyer, f"?after={both}")] == [str(third)]
    assert await feed(buyer, f"?after={third}") == []
    assert (await buyer.get(f"/v1/events?after={new_id()}")).json()["errors"][0]["code"] == "unknown-event"
    assert (await supplier.get(f"/v1/events?after={first}")).status_code == 422


async def test_what_commits_late_is_not_missed(market: Market) -> None:
    """An event of a transaction that is still running holds back those announced after it."""
    buyer = await market.people("buyer")
    async with market.db.transaction() as slow:
        await act_for(slow, buyer.firm.id)
        early = await announce(slow, LampLit(lamp_id=new_id()), organizations=[buyer.firm.id])
        late = await light(market, buyer.firm.id)
        assert await feed(buyer) == []
    assert [item["id"] for item in await settled(buyer, 2)] == [str(early), str(late)]
