"""Invoices by milestones beside payments of milestones: charged and paid in parts, it comes to nothing in the end."""

import pytest

from app.settings import Settings
from tests.market import Market
from tests.rooms.finance.invoices import paid_somewhere
from tests.rooms.finance.open_items import of_invoice, verified_items
from tests.rooms.finance.schedules import paid_order
from tests.rooms.finance.test_invoices import credited
from tests.rooms.warehousing.stock import made


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Whoever signed in stays so while weeks pass."""
    return settings.model_copy(update={"access_token_minutes": 400_000})


async def test_parts_are_charged_paid_taken_back_and_given_back(market: Market) -> None:
    order, paid = await paid_order(market, milestone_template="split_40_60")
    await paid_somewhere(paid.supplier)
    path = f"/v1/orders/{order.order['id']}/invoices"

    async def left(invoice: dict[str, object]) -> int:
        return int((await of_invoice(paid.buyer, str(invoice["id"])))["open"]["minor"])

    part = await made(paid.supplier, path, {"milestone": "design_approved"})
    gross = part["gross"]["minor"]
    assert (part["kind"], part["net"]["minor"], await left(part)) == ("prepayment", 1_412_000, gross)
    await paid.pay(1)
    assert await left(part) == gross - 1_412_000
    # What comes next goes to the oldest first, and the rest waits for the invoice that charges it.
    await paid.pay(2)
    assert await left(part) == 0
    final = await made(paid.supplier, path, {})
    assert (final["kind"], final["gross"]["minor"] >= gross) == ("invoice", True)
    assert await left(final) == final["payable"]["minor"] - (3_530_000 - gross)
    # The order is off: both are taken back, and the money goes back. Nobody owes anything, and nothing is dunned.
    await credited(paid.supplier, final["id"])
    await credited(paid.supplier, part["id"])
    await paid.refund(1)
    await paid.refund(2)
    assert (await left(part), await left(final)) == (0, 0)
    items = (await paid.buyer.get("/v1/open-items?which=open&limit=100")).json()["items"]
    assert [(one["kind"]["code"], one["number"], one["open"]["minor"]) for one in items] == []
    await paid.proved()
    assert await verified_items(market) == []
