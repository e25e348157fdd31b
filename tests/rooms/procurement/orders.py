"""Builders of awards and orders over HTTP."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.market import Market, Member
from tests.rooms.documents.samples import pdf
from tests.rooms.procurement.deals import Deal, published
from tests.scenes import kept

TERMS = "Gewährleistung 24 Monate ab Abnahme, Werkzeugstahl 1.2738 mit Zeugnis."


@dataclass
class Ordered:
    """An order, and its two sides."""

    deal: Deal
    buyer: Member
    supplier: Member
    order: dict[str, Any]

    @property
    def path(self) -> str:
        """The order's address."""
        return f"/v1/orders/{self.order['id']}"

    async def read(self, who: Member | None = None) -> dict[str, Any]:
        """The order as it is now."""
        answer = await (who or self.buyer).get(self.path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def acknowledge(self) -> None:
        """The supplier takes it."""
        day = (self.deal.market.clock.now() + timedelta(days=80)).date().isoformat()
        answer = await self.supplier.post(f"{self.path}/acknowledgement", json={"confirmed_delivery_on": day})
        assert answer.status_code == 200, answer.text

    def milestone(self, code: str) -> str:
        """The address of a milestone."""
        found = next(row for row in self.order["milestones"] if row["code"] == code)
        return f"{self.path}/milestones/{found['id']}"

    async def show(self, code: str, **form: Any) -> dict[str, Any]:
        """Evidence for a milestone."""
        document = await uploaded(self.supplier)
        answer = await self.supplier.post(f"{self.milestone(code)}/evidence", json={"document_ids": [document], **form})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def accept(self, code: str) -> dict[str, Any]:
        """The buyer accepts it."""
        answer = await self.buyer.post(f"{self.milestone(code)}/acceptance", json={})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def reach(self, *codes: str) -> dict[str, Any]:
        """Show and accept milestones, one after the other."""
        for code in codes:
            await self.show(code)
            self.order = await self.accept(code)
        return self.order


async def uploaded(who: Member) -> str:
    """The id of a document."""
    answer = await who.post("/v1/documents", files={"file": ("T1-report.pdf", pdf(), "application/pdf")})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@kept
async def opened(
    market: Market, *, suppliers: int = 2, buyer: Member | None = None, **changes: Any
) -> tuple[Deal, list[str]]:
    """An opened inquiry of two lines on which every supplier has quoted; the quotes' ids."""
    deal = await published(market, suppliers=suppliers, buyer=buyer, **changes)
    quotes = [
        (await deal.quote(supplier, 3500000 + number * 1000, 12000, notes="含一次修模"))["id"]
        for number, supplier in enumerate(deal.suppliers)
    ]
    await deal.open()
    return deal, quotes


async def award(deal: Deal, *quotes: dict[str, Any] | str, **form: Any) -> dict[str, Any]:
    """Award quotes."""
    items = [quote if isinstance(quote, dict) else {"quote_id": quote} for quote in quotes]
    answer = await deal.buyer.post(f"{deal.path}/awards", json={"quotes": items, **form})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@kept
async def ordered(market: Market, *, buyer: Member | None = None, **form: Any) -> Ordered:
    """An order to the first of two suppliers, issued at once unless the form says otherwise."""
    deal, quotes = await opened(market, buyer=buyer)
    made = await award(deal, quotes[0], **form)
    answer = await deal.buyer.get(f"/v1/orders/{made['orders'][0]['id']}")
    return Ordered(deal, deal.buyer, deal.suppliers[0], dict(answer.json()))


@kept
async def under_way(market: Market, **form: Any) -> Ordered:
    """An acknowledged order."""
    found = await ordered(market, **form)
    await found.acknowledge()
    return found
