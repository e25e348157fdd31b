"""Payouts over a server that answers as Stripe does: accounts told of by events, answers that get lost, reversals that fail."""

import logging
from typing import Any

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from app.demo.provider import API_KEY, StripeServer, money, signed
from app.finance.payouts.jobs import look_at_payout_accounts, payout_day
from app.gateways.payments import Amount
from app.settings import Settings
from tests.market import Market
from tests.rooms.finance.payouts import (
    CASH,
    balance,
    broken,
    calendar,
    day_of_payouts,
    items,
    opened,
    owed,
    payable,
    payouts,
    provider,
    refunded,
    runtime,
    swept,
    told,
)

Owner = psycopg.Connection[tuple[Any, ...]]
SECRET = "whsec_of_payouts"


@pytest.fixture
def settings(settings: Settings, stripe: StripeServer) -> Settings:
    """Payments by Stripe; whoever signed in stays so while weeks pass."""
    update = {
        "stripe_secret_key": SecretStr(API_KEY),
        "stripe_webhook_secrets": SecretStr(SECRET),
        "stripe_api_base": stripe.url,
        "access_token_minutes": 400_000,
    }
    return settings.model_copy(update=update)


async def sent(market: Market, event: dict[str, Any]) -> httpx.Response:
    """An event comes, signed."""
    body, headers = signed(event, SECRET, int(market.clock.now().timestamp()))
    return await market.http.post("/v1/incoming/stripe", content=body, headers=headers)


async def test_an_account_is_opened_told_of_and_followed(
    market: Market, stripe: StripeServer, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    supplier = await market.people("supplier", country="FR")
    assert (await supplier.get("/v1/payout-account")).status_code == 404
    stripe.fails(1, "after")
    lost = await supplier.post("/v1/payout-account")
    assert (lost.status_code, lost.json()["code"]) == (503, "payment-provider-silent")
    account = await opened(market, supplier)
    assert (await supplier.post("/v1/payout-account")).json() == account
    [at_stripe] = stripe.all("account")
    assert (at_stripe["country"], account["state"]["code"], account["pays_out"]) == ("FR", "new", False)
    due = {one["text"] for one in account["due"]}
    assert due == {
        "Your bank account",
        "The legal form of your business",
        "Your consent to the terms of the payment provider",
    }
    with caplog.at_level(logging.DEBUG):
        links = [await supplier.post("/v1/payout-account/onboarding") for _ in range(2)]
    assert [one.status_code for one in links] == [201, 201], links[0].text
    url = links[0].json()["url"]
    assert url.startswith(f"{stripe.url}/onboard/") and url not in caplog.text
    for table in ("idempotency_answers", "audit_values", "supplier_accounts"):
        kept = owner.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", (f"%{url}%",))
        assert kept.fetchone() == (0,)
    await calendar(supplier)
    await owed(market, supplier, 30_000)
    await day_of_payouts(market)
    assert await items(supplier) == [("waiting", 0)]
    # He has told who he is: of that we are told by an event, and what is due is sent.
    stripe.act(money.onboard, at_stripe["id"])
    [*_, event] = [one for one in stripe.all("event") if one["type"] == "account.updated"]
    for _ in range(2):
        assert (await sent(market, event)).status_code == 204
    await market.work()
    assert owner.execute("SELECT state, owner FROM provider_events").fetchall() == [("applied", "finance.payouts")]
    now = (await supplier.get("/v1/payout-account")).json()
    assert (now["state"]["code"], now["due"], now["pays_out"]) == ("ready", [], True)
    await payout_day(runtime(market))
    await market.work()
    assert await payouts(supplier) == [("sent", 30_000, 0)]
    # Something is missing again, and the news of it was lost.
    stripe.world.objects[at_stripe["id"]]["capabilities"] = {"transfers": "inactive"}
    await owed(market, supplier, 5_000)
    await day_of_payouts(market)
    assert await items(supplier) == [("sent", 30_000), ("waiting", 0)]
    assert (await payouts(supplier))[1:] == [("failed", 0, 0)]
    assert (await supplier.get("/v1/payout-account")).json()["state"]["code"] == "restricted"
    stripe.act(money.onboard, at_stripe["id"])
    market.move_clock(days=1)
    await look_at_payout_accounts(runtime(market))
    await payout_day(runtime(market))
    await market.work()
    assert (await items(supplier))[1] == ("sent", 5_000)
    notices = await told(market, supplier)
    # Of what happens at once, either may be told first.
    assert set(notices[3:5]) == {"finance.payout_failed", "finance.payout_account_restricted"}
    assert notices[:3] + notices[5:] == [
        "finance.payout_waits",
        "finance.payout_account_ready",
        "finance.payout_sent",
        "finance.payout_account_ready",
        "finance.payout_sent",
    ]
    assert await broken(market) == []


@pytest.mark.parametrize("how", ["after", "before", "broken"])
async def test_an_answer_that_is_lost_makes_no_second_transfer(market: Market, stripe: StripeServer, how: str) -> None:
    supplier = await market.people("supplier")
    await opened(market, supplier, stripe)
    await look_now(market)
    await calendar(supplier)
    paid = [await owed(market, supplier, minor) for minor in (11_000, 12_000, 13_000)]
    market.move_clock(days=8)
    await payout_day(runtime(market))
    # Of each transfer the payment is read first, and what was sent of it: the fault hits the second one's own call.
    calls = len(stripe.calls)
    stripe.fails(6, how)
    await market.work()
    assert stripe.calls[calls + 5] == "POST /v1/transfers"
    await swept(market)
    await swept(market)
    assert await payouts(supplier) == [("sent", 36_000, 0)]
    transfers = stripe.all("transfer")
    assert sorted((one["metadata"]["payment"], one["amount"]) for one in transfers) == sorted(
        (str(one.payment), one.minor) for one in paid
    )
    assert await balance(market, CASH) == 0 and await balance(market, payable(supplier)) == 0
    assert await broken(market) == []


async def look_now(market: Market) -> None:
    """The provider is asked how accounts stand."""
    market.move_clock(hours=7)
    await look_at_payout_accounts(runtime(market))


async def test_a_reversal_is_made_once_and_what_cannot_be_is_owed(market: Market, stripe: StripeServer) -> None:
    supplier = await market.people("supplier")
    await opened(market, supplier, stripe)
    await look_now(market)
    await calendar(supplier)
    first, second = await owed(market, supplier, 50_000), await owed(market, supplier, 20_000)
    await day_of_payouts(market)
    assert await payouts(supplier) == [("sent", 70_000, 0)]
    # The answer to the reversal is lost: asked again, it has one effect.
    await refunded(market, supplier, first, 8_000)
    stripe.fails(2, "after")
    await market.work()
    await swept(market)
    await swept(market)
    assert [one["amount"] for one in stripe.all("transfer_reversal")] == [8_000]
    assert await balance(market, payable(supplier)) == 0
    # Somebody has taken the second transfer back at the provider's desk: there is nothing left to be reversed, and he owes it.
    [transfer] = [one for one in stripe.all("transfer") if one["amount"] == 20_000]
    await provider(market).reverse(transfer["id"], Amount(20_000, "EUR"), key="at-the-desk")
    await refunded(market, supplier, second, 20_000)
    await market.work()
    assert await balance(market, payable(supplier)) == -20_000
    await owed(market, supplier, 15_000)
    await owed(market, supplier, 15_000)
    await day_of_payouts(market)
    assert (await payouts(supplier))[1:] == [("sent", 10_000, 20_000)]
    assert await balance(market, payable(supplier)) == 0
    assert (await told(market, supplier))[-3:] == [
        "finance.payout_taken_back",
        "finance.payout_owed",
        "finance.payout_sent_less",
    ]
    assert await broken(market) == []


async def test_what_is_refunded_while_it_is_sent_comes_back(market: Market, stripe: StripeServer) -> None:
    supplier = await market.people("supplier")
    await opened(market, supplier, stripe)
    await look_now(market)
    await calendar(supplier)
    one = await owed(market, supplier, 9_000)
    market.move_clock(days=8)
    await payout_day(runtime(market))
    stripe.fails(1, "before")
    await market.work()
    assert await items(supplier) == [("sending", 0)]
    back = await refunded(market, supplier, one, 4_000)
    assert (back.kept_minor, back.to_reverse_minor) == (0, 4_000)
    await market.work()
    assert not stripe.all("transfer_reversal"), "nothing is reversed before it was sent"
    await swept(market)
    assert [made["amount"] for made in stripe.all("transfer_reversal")] == [4_000]
    assert await items(supplier) == [("sent", 9_000)]
    assert await balance(market, payable(supplier)) == 0 and await broken(market) == []
    # The account is closed to transfers while one is being made: it goes into another payout, and what is owed is set off.
    other = await owed(market, supplier, 6_000)
    market.move_clock(days=8)
    await payout_day(runtime(market))
    stripe.fails(1, "before")
    await market.work()
    await refunded(market, supplier, other, 2_000)
    [account] = stripe.all("account")
    stripe.world.objects[account["id"]]["capabilities"] = {"transfers": "inactive"}
    await swept(market)
    assert (await items(supplier))[1:] == [("waiting", 0)]
    stripe.act(money.onboard, account["id"])
    await look_now(market)
    await day_of_payouts(market)
    assert (await payouts(supplier))[-1] == ("sent", 4_000, 2_000)
    assert await balance(market, payable(supplier)) == 0 and await broken(market) == []
