"""Where parts of finance meet: invoices that milestones have paid, orders on account, the books against the provider."""

import pytest

from app.finance.facade import Evidence, PaymentTerms
from app.settings import Settings
from tests.market import Market
from tests.rooms.finance.books import Owner, operator
from tests.rooms.finance.commissions import ruled
from tests.rooms.finance.credit_lines import granted, on_account
from tests.rooms.finance.invoices import paid_somewhere
from tests.rooms.finance.open_items import of_invoice, verified_items
from tests.rooms.finance.payouts import calendar, day_of_payouts, opened, payouts, swept
from tests.rooms.finance.reconciliations import compared, one, proved, told
from tests.rooms.finance.schedules import opened_by_a_deal, paid_order
from tests.rooms.procurement.orders import Ordered
from tests.rooms.procurement.orders import opened as opened_deal
from tests.rooms.warehousing.stock import made

AT_ONCE = ((4000, Evidence.NONE), (6000, Evidence.NONE))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Whoever signed in stays so while weeks pass."""
    return settings.model_copy(update={"access_token_minutes": 400_000})


async def test_an_invoice_counts_as_paid_by_its_milestones(market: Market) -> None:
    """Paid ahead, paid later, given back, and paid by a part: the invoice's item says the same."""
    order, paid = await paid_order(market, milestone_template="split_40_60")
    await paid_somewhere(paid.supplier)
    await paid.pay(1)
    invoice = await made(paid.supplier, f"/v1/orders/{order.order['id']}/invoices", {})
    item = await of_invoice(paid.buyer, invoice["id"])
    whole = item["amount"]["minor"]
    assert whole - item["open"]["minor"] == 1_412_000
    await paid.pay(2)
    assert whole - (await of_invoice(paid.buyer, invoice["id"]))["open"]["minor"] == 3_530_000
    # What goes back is owed again, of the last payment first.
    await paid.refund(2, amount_minor=18_000)
    assert whole - (await of_invoice(paid.buyer, invoice["id"]))["open"]["minor"] == 3_512_000
    await paid.refund(1)
    assert whole - (await of_invoice(paid.supplier, invoice["id"]))["open"]["minor"] == 2_100_000
    await paid.proved()
    assert await verified_items(market) == []


async def test_what_is_bought_on_account_has_no_schedule(market: Market) -> None:
    """It is paid by its invoice; and what has a schedule takes no credit."""
    order, paid = await paid_order(market)
    line = await granted(paid.supplier, paid.buyer, 10_000_000)
    assert (await paid.buyer.get("/v1/payment-schedules", params={"of_deal": order.order["id"]})).json()["items"]
    assert line["left"]["minor"] == 10_000_000
    deal, quotes = await opened_deal(market)
    await granted(deal.suppliers[0], deal.buyer, 10_000_000)
    placed = await on_account(deal, quotes[0])
    await Ordered(deal, deal.buyer, deal.suppliers[0], placed).acknowledge()
    told_of = {"of_deal": placed["id"]}
    assert (await deal.buyer.get("/v1/payment-schedules", params=told_of)).json()["items"] == []


async def test_milestones_and_payouts_are_compared_with_the_provider(market: Market, owner: Owner) -> None:
    """Payments, refunds, transfers and a reversal: nothing differs. Then one refund is said to be another amount."""
    chief = await operator(market)
    await ruled(market, chief, 0, rate_bp=500)
    supplier = await market.people("supplier")
    await opened(market, supplier)
    await calendar(supplier)
    terms = PaymentTerms(retention_bp=1000, retention_days=30)
    paid = await opened_by_a_deal(market, supplier=supplier, split=AT_ONCE, terms=terms)
    await paid.pay(1, payment_method="tok_declined_insufficient_funds")
    await paid.pay(1)
    await paid.pay(2)
    await day_of_payouts(market)
    assert await payouts(supplier) == [("sent", 85_500, 0)]
    await paid.refund(2, amount_minor=20_000)
    await swept(market)
    run = await compared(market, chief)
    # Three payments, of which one was declined; a refund; two transfers; a reversal.
    assert (run["looked_at"], run["differing"]) == (7, 0), await told(chief)
    assert await proved(market.db) == []
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("UPDATE payout_items SET sent_minor = sent_minor - 7, set_off_minor = 7 WHERE sent_minor = 34200")
    run = await compared(market, chief)
    assert run["differing"] == 1
    [(kind, line, reference)] = await told(chief)
    assert (kind, line) == ("amount", "transfer")
    found = await one(chief, reference)
    assert found["owner"] == "finance.payouts"
