"""A milestone's money on its way to the supplier: commission, payouts, what comes back, and what he owes is set off."""

from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.finance.commission import checks as commission_checks
from app.finance.commission.facade import Terms, commission_of
from app.finance.facade import AccountOf, Evidence, PaymentTerms, Purpose
from app.finance.ledger import checks as ledger_checks
from app.finance.schedules import rules
from app.finance.schedules.rules import Part
from app.finance.schedules.states import RefundStep
from app.finance.schedules.usecases.refund import record_refund
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.settings import Settings
from tests.market import Market
from tests.rooms.finance.books import operator
from tests.rooms.finance.commissions import ruled
from tests.rooms.finance.invoices import paid_somewhere
from tests.rooms.finance.payouts import (
    balance,
    broken,
    calendar,
    day_of_payouts,
    opened,
    payable,
    payouts,
    swept,
)
from tests.rooms.finance.schedules import Paid, opened_by_a_deal

Owner = psycopg.Connection[Any]
INCOME = AccountOf(None, Purpose.COMMISSION_INCOME, "EUR")
RETAINED = PaymentTerms(retention_bp=1000, retention_days=30)
AT_ONCE = ((4000, Evidence.NONE), (6000, Evidence.NONE))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Whoever signed in stays so while weeks pass."""
    return settings.model_copy(update={"access_token_minutes": 400_000})


async def proved(market: Market, paid: Paid) -> None:
    """All that is proved of the books holds, and something was looked at."""
    await paid.proved()
    assert await broken(market) == []
    for check in (commission_checks.commissions, ledger_checks.ledger_balances):
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            looked, wrong = await check(session)
        assert looked > 0 and wrong == []


async def test_released_paid_out_refunded_and_recovered(market: Market) -> None:
    """5 %: a milestone is released and sent on; it is given back; what the supplier owes is made up for by his next one."""
    chief = await operator(market)
    await ruled(market, chief, 0, rate_bp=500)
    supplier = await market.people("supplier")
    await opened(market, supplier)
    await calendar(supplier)
    paid = await opened_by_a_deal(market, supplier=supplier, split=AT_ONCE, terms=RETAINED)
    await paid.pay(1)
    assert await balance(market, payable(supplier)) == 34_200 and await balance(market, INCOME) == 1_800
    await proved(market, paid)
    await day_of_payouts(market)
    assert await payouts(supplier) == [("sent", 34_200, 0)] and await balance(market, payable(supplier)) == 0
    # What was retained is released later, out of the same payment, less its commission.
    market.move_clock(days=30)
    await paid.days(0)
    assert await balance(market, payable(supplier)) == 3_800 and await balance(market, INCOME) == 2_000
    # All of it goes back: what waits is kept, what was sent is reversed, and the commission goes back with it.
    await paid.refund(1, amount_minor=10_000)
    await paid.refund(1)
    await swept(market)
    assert await paid.money(1) == {"funded": 40_000, "released": 40_000, "refunded": 40_000}
    assert await balance(market, INCOME) == 0 and await balance(market, payable(supplier)) == 0
    await proved(market, paid)


async def test_a_negative_balance_is_made_up_for(market: Market) -> None:
    chief = await operator(market)
    await ruled(market, chief, 0, rate_bp=500)
    supplier = await market.people("supplier")
    await paid_somewhere(supplier)
    await opened(market, supplier)
    await calendar(supplier)
    paid = await opened_by_a_deal(market, supplier=supplier, split=AT_ONCE)
    await paid.pay(1)
    await day_of_payouts(market)
    assert await payouts(supplier) == [("sent", 38_000, 0)]
    # The next one is sent by bank: there is no transfer to be reversed when it is refunded, and he owes it.
    path = f"/v1/operator/payout-calendars/{supplier.firm.id}"
    said = await chief.put(path, json={"way": "bank", "hold_days": 0}, headers={"If-Match": "*"})
    assert said.status_code == 200, said.text
    await paid.pay(2)
    await day_of_payouts(market)
    [listed] = (await chief.get("/v1/operator/bank-payouts")).json()["items"]
    await chief.post(f"/v1/operator/payouts/{listed['id']}/sent", json={"bank_reference": "UMSATZ 4711"})
    assert await payouts(supplier) == [("sent", 38_000, 0), ("sent", 57_000, 0)]
    await paid.refund(2, amount_minor=20_000)
    assert await balance(market, payable(supplier)) == -19_000 and await balance(market, INCOME) == 4_000
    await proved(market, paid)
    # The next deal makes up for it.
    other = await opened_by_a_deal(market, paid.buyer, supplier, total=30_000, split=((10_000, Evidence.NONE),))
    await other.pay(1)
    assert await balance(market, payable(supplier)) == 9_500
    await day_of_payouts(market)
    [listed] = (await chief.get("/v1/operator/bank-payouts")).json()["items"]
    await chief.post(f"/v1/operator/payouts/{listed['id']}/sent", json={"bank_reference": "UMSATZ 4712"})
    assert (await payouts(supplier))[2:] == [("sent", 9_500, 19_000)]
    assert await balance(market, payable(supplier)) == 0
    await proved(market, other)


async def test_a_refund_that_fails_is_owed_again(market: Market, owner: Owner) -> None:
    """What was taken from the supplier for it is his again, out of the same payment."""
    chief = await operator(market)
    await ruled(market, chief, 0, rate_bp=500)
    supplier = await market.people("supplier")
    paid = await opened_by_a_deal(market, supplier=supplier, split=AT_ONCE)
    await paid.pay(1)
    path = f"/v1/payment-milestones/{paid.milestones[0]}/refunds"
    assert (await supplier.post(path, json={"reason": "Nachlass", "amount_minor": 10_000})).status_code == 202
    # Put aside: it is held for the buyer, and not to be sent.
    assert await balance(market, payable(supplier)) == 28_500 and await balance(market, INCOME) == 1_500
    await proved(market, paid)
    row = owner.execute("SELECT id, buyer_id FROM milestone_refunds").fetchone()
    assert row is not None
    async with market.db.transaction(Role.WORKER) as session:
        await act_for(session, row[1])
        await record_refund(session, row[0], {"state": RefundStep.FAILED}, now=market.clock.now())
    assert await paid.money(1) == {"funded": 40_000, "released": 40_000}
    assert await balance(market, payable(supplier)) == 38_000 and await balance(market, INCOME) == 2_000
    await proved(market, paid)
    # And may be refunded once more: what it was given last is taken first.
    await paid.refund(1)
    assert await balance(market, payable(supplier)) == 0 and await balance(market, INCOME) == 0
    await proved(market, paid)


rates = st.integers(0, 10_000)


@given(
    rate=rates,
    least=st.integers(0, 500),
    most=st.none() | st.integers(500, 5000),
    cuts=st.lists(st.integers(1, 9_999), min_size=1, max_size=6),
)
def test_commission_in_parts_is_that_on_the_whole(rate: int, least: int, most: int | None, cuts: list[int]) -> None:
    terms = Terms(rate, least, most, "EUR")
    before, fees = 0, []
    for amount in cuts:
        fees.append(rules.commission_minor(terms, before, amount))
        assert 0 <= fees[-1] <= amount
        before += amount
    assert sum(fees) == commission_of(terms, sum(cuts))
    parts = [Part(at, amount, fee) for at, (amount, fee) in enumerate(zip(cuts, fees, strict=True))]
    taken = rules.taken_of_parts(parts, before)
    assert sum(amount for _, amount in taken) == before
    assert sum(rules.commission_back(part, amount) for part, amount in taken) == sum(fees)
    with pytest.raises(ValueError, match="more is taken"):
        rules.taken_of_parts(parts, before + 1)


async def test_a_milestone_is_paid_by_a_saved_method(market: Market) -> None:
    """One that is named, or the default; another organization's does not exist."""
    paid = await opened_by_a_deal(market)
    path = f"/v1/payment-milestones/{paid.milestones[0]}/pay"
    assert (await paid.buyer.post(path, json={})).json()["errors"][0]["code"] == "no-payment-method"
    chief = await market.member(paid.buyer.firm, "finance")
    first = (await chief.post("/v1/payment-methods", json={"token": "tok_visa"})).json()
    assert first["last_digits"] == "4242", first
    other = await market.people("supplier")
    foreign = (await other.post("/v1/payment-methods", json={"token": "tok_visa"})).json()
    refused = await paid.buyer.post(path, json={"payment_method_id": foreign["id"]})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "payment-method-unknown")
    both = {"payment_method_id": first["id"], "payment_method": "tok_visa"}
    assert (await paid.buyer.post(path, json=both)).json()["errors"][0]["code"] == "payment-method-or-transfer"
    by_name = await paid.pay(1, payment_method_id=first["id"])
    assert (by_name["payment"]["state"]["code"], by_name["payment"]["method"]) == ("captured", "Visa …4242")
    by_default = await paid.pay(2, way="method")
    assert (by_default["payment"]["state"]["code"], by_default["payment"]["method"]) == ("captured", "Visa …4242")
    # It is saved still: what is charged once by a token is forgotten, this is not.
    assert [one["id"] for one in (await chief.get("/v1/payment-methods")).json()["items"]] == [first["id"]]
    await paid.proved()
