"""Every list of the description takes as many SQL statements for many rows as for one. A new list is covered by being described,
as soon as the world has something that stands in it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from app.kit.paging import MAX_LIMIT, Page
from tests.contracts.snapshot import kept
from tests.copies import Owner, copied
from tests.market import Caller
from tests.security.forms import options
from tests.statements import count_statements
from tests.world import World

ROOMS = Path(__file__).parents[1] / "rooms"
COUNTED_BY_THEIR_ROOMS = {
    "/v1/ageing": "finance/test_open_items.py",
    "/v1/approvals": "parties/test_approvals.py",
    "/v1/arrivals/{arrival_id}/receipts": "warehousing/test_receiving.py",
    "/v1/campaigns/{campaign_id}/bids": "pooling/test_auctions.py",
    "/v1/campaigns/{campaign_id}/clearings": "pooling/test_settling.py",
    "/v1/campaigns/{campaign_id}/invitations": "pooling/test_invitations.py",
    "/v1/campaigns/{campaign_id}/shares": "pooling/test_settling.py",
    "/v1/catalog/contract-products": "catalog/test_price_lists.py",
    "/v1/catalog/products": "catalog/test_listings.py",
    "/v1/catalog/search": "catalog/test_public_documents.py",
    "/v1/credit-lines": "finance/test_credit.py",
    "/v1/credit-lines/{credit_line_id}/takes": "finance/test_credit.py",
    "/v1/demand-suggestions": "pooling/test_sensing.py",
    "/v1/documents/{document_id}/downloads": "documents/test_content.py",
    "/v1/documents/{document_id}/nda-acceptances": "documents/test_content.py",
    "/v1/figures/open-items": "finance/test_figures.py",
    "/v1/financing-offers/{financing_offer_id}/quotes": "finance/test_financing.py",
    "/v1/framework-orders/{framework_order_id}/lines": "finance/test_framework_invoices.py",
    "/v1/freight-inquiries/{freight_inquiry_id}/offers": "logistics/test_freight_inquiries.py",
    "/v1/freight-shares": "logistics/test_consolidations.py",
    "/v1/inquiries/{inquiry_id}/awards": "procurement/test_awards.py",
    "/v1/inquiries/{inquiry_id}/quotes": "procurement/test_inquiry_reading.py",
    "/v1/invitations": "parties/test_lists.py",
    "/v1/late-payment-claims": "finance/test_late_payment.py",
    "/v1/listing-quality": "catalog/test_quality.py",
    "/v1/operator/commission-invoices": "finance/test_commission_invoices.py",
    "/v1/operator/commission-rules": "finance/test_commission.py",
    "/v1/operator/fx-revaluations": "finance/test_foreign_currency.py",
    "/v1/payment-milestones/{payment_milestone_id}/disputes": "finance/test_disputes.py",
    "/v1/price-lists": "catalog/test_price_lists.py",
    "/v1/price-lists/{price_list_id}/lines": "catalog/test_price_lists.py",
    "/v1/products/{product_id}/media-urls": "catalog/test_media_urls.py",
    "/v1/reference/fx-rates": "parties/test_lists.py",
    "/v1/reorder-rules": "warehousing/test_watching.py",
    "/v1/shipments/{shipment_id}/events": "logistics/test_events_over_http.py",
    "/v1/shipments/{shipment_id}/packages": "logistics/test_packages.py",
    "/v1/stock-alerts": "warehousing/test_watching.py",
    "/v1/stock-counts/{count_id}/bins": "warehousing/test_counts.py",
    "/v1/stock-counts/{count_id}/differences": "warehousing/test_counts.py",
    "/v1/warehouses/{warehouse_id}/picks-due": "warehousing/test_picking.py",
    "/v1/warehouses/{warehouse_id}/put-away": "warehousing/test_receiving.py",
}
"""Lists of which the world has nothing, or one thing that cannot be copied, with the test of their room that counts."""
CALLED = {
    "/v1/demand-suggestions": "SUGGESTIONS",
    "/v1/operator/commission-invoices": "LIST",
    "/v1/operator/commission-rules": "RULES",
    "/v1/price-lists": "LISTS",
}
"""Lists that tests of their rooms name by a constant."""
COUNTING = re.compile(r"\b(count_statements|asks_alike|asks_as_often)\(")
MORE_FOR_SOME = {
    "/v1/orders": (1, "the catalogue orders among them are looked up, all at once"),
}
"""What lists may take more, however many rows they have, for a kind of row that the first is not."""


def lists(description: dict[str, Any]) -> Iterator[str]:
    """The addresses that answer with a page."""
    for path, methods in description["paths"].items():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        named = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        if "next_cursor" in description["components"]["schemas"].get(named, {}).get("properties", {}):
            yield path


@dataclass
class Counting:
    """Lists, read by somebody who finds something in them. `untried` are those where there is too little."""

    world: World
    owner: Owner
    description: dict[str, Any]
    tried: list[str] = field(default_factory=list)
    untried: list[str] = field(default_factory=list)
    growing: list[str] = field(default_factory=list)

    async def count(self, path: str, readers: list[Caller]) -> None:
        """Read the list whole and with one row."""
        for reader in readers:
            rows, taken = await self._read(path, reader, MAX_LIMIT)
            if len(rows) == 1 and "id" in rows[0]:
                with copied(self.owner, rows[0]["id"]):
                    if await self._compare(path, reader, *await self._read(path, reader, MAX_LIMIT)):
                        return
            elif await self._compare(path, reader, rows, taken):
                return
        self.untried.append(path)

    async def _compare(self, path: str, reader: Caller, rows: list[Any], taken: list[str]) -> bool:
        if len(rows) < 2:
            return False
        one, alone = await self._read(path, reader, 1)
        assert len(one) == 1, path
        self.tried.append(path)
        if len(taken) > len(alone) + MORE_FOR_SOME.get(path, (0, ""))[0]:
            more = [statement for statement in taken if statement not in alone] or taken
            self.growing.append(
                f"{path}: {len(alone)} statements for a row, {len(taken)} for {len(rows)}: {more[-1][:200]}"
            )
        return True

    async def _read(self, path: str, reader: Caller, limit: int) -> tuple[list[Any], list[str]]:
        given = options(self.world, self.description, "GET", path)
        given["params"] = {**given.get("params", {}), "limit": limit}
        with count_statements(self.world.market.db) as taken:
            answer = await reader.get(self.world.fill(path), **given)
        return (answer.json()["items"] if answer.status_code == 200 else []), taken


def counts(name: str, path: str) -> bool:
    """Whether a test of a room counts the statements of a list, which it then names."""
    source = (ROOMS / name).read_text(encoding="utf-8")
    word = CALLED.get(path) or next(part for part in reversed(path.split("/")) if not part.startswith("{"))
    tests = [part for part in ast.parse(source).body if isinstance(part, ast.AsyncFunctionDef)]
    told = [
        "\n".join(ast.get_source_segment(source, one) or "" for one in (*test.decorator_list, test)) for test in tests
    ]
    return any(word in one and COUNTING.search(one) for one in told)


async def test_lists_take_as_many_statements_for_many_rows_as_for_one(world: World, owner: Owner) -> None:
    counting = Counting(world, owner, kept())
    operator = await world.market.people("operator")
    for path in lists(counting.description):
        doer = world.doer("GET", path)
        others = [one for one in (world.buyer, world.seller, world.carrier) if one is not doer]
        await counting.count(path, [operator] if path.startswith("/v1/operator/") else [doer, *others])
    assert counting.growing == []
    assert len(counting.tried) > 80
    assert set(counting.untried) ^ set(COUNTED_BY_THEIR_ROOMS) == set()
    uncounted = {path: name for path, name in COUNTED_BY_THEIR_ROOMS.items() if not counts(name, path)}
    assert uncounted == {}


async def test_the_count_sees_a_list_that_asks_for_each_row(world: World, owner: Owner) -> None:
    greedy = FastAPI()

    @greedy.get("/v1/greedy")
    async def ask_for_each(limit: int) -> Page[dict[str, int]]:
        async with world.market.db.transaction() as session:
            return Page(items=[{"number": await session.scalar(text("SELECT 1")) or 0} for _ in range(min(limit, 3))])

    @greedy.get("/v1/empty")
    async def find_nothing(limit: int) -> Page[dict[str, int]]:
        return Page(items=[])

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=greedy), base_url="http://testserver") as http:
        counting = Counting(world, owner, greedy.openapi())
        for path in lists(counting.description):
            await counting.count(path, [Caller(http, {})])
    assert counting.growing == ["/v1/greedy: 1 statements for a row, 3 for 3: SELECT 1"]
    assert counting.untried == ["/v1/empty"]
