"""Money of milestones that moves at the payment provider without a call of ours: taken back by a bank, given back at a desk."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from pydantic import SecretStr

from app.finance.provider.jobs import sweep_provider_events
from app.finance.schedules.jobs import sweep_milestone_money
from app.settings import Settings
from tests.market import Market
from tests.rooms.finance.disputes import opened_about, proposed, step
from tests.rooms.finance.schedules import Paid, opened_by_a_deal
from tests.rooms.finance.test_payment_schedules import balance, told
from tests.rooms.finance.test_provider_events import SECRET, seen, sent
from tests.stripe_server import API_KEY, StripeServer, intents, money

Owner = psycopg.Connection[Any]
A, B = 40_000, 60_000


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    with StripeServer() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, stripe: StripeServer) -> Settings:
    return by_stripe(settings, stripe)


def by_stripe(settings: Settings, stripe: StripeServer) -> Settings:
    """Payments by Stripe."""
    secrets = {"stripe_secret_key": SecretStr(API_KEY), "stripe_webhook_secrets": SecretStr(SECRET)}
    return settings.model_copy(update={**secrets, "stripe_api_base": stripe.url})


async def news(market: Market, stripe: StripeServer) -> None:
    """Stripe tells all that happened, twice and the last first."""
    for event in [*stripe.all("event")[::-1], *stripe.all("event")]:
        assert (await sent(market, event)).status_code == 204
    await market.work()


def payment_of(owner: Owner, paid: Paid, number: int) -> str:
    """The last payment of a milestone at Stripe."""
    row = owner.execute(
        "SELECT payment FROM milestone_payments WHERE milestone_id = %s ORDER BY number DESC LIMIT 1",
        (paid.milestones[number - 1],),
    ).fetchone()
    assert row is not None
    return str(row[0])


async def test_a_bank_takes_back_and_may_give_again(market: Market, stripe: StripeServer, owner: Owner) -> None:
    paid = await opened_by_a_deal(market)
    await paid.pay(1, payment_method="pm_card_visa")
    await paid.pay(2, payment_method="pm_card_visa")
    assert (await paid.money(1), await paid.money(2)) == ({"funded": A, "released": A}, {"funded": B, "held": B})
    # Of what is held: it leaves escrow, and is owed again.
    of_held = stripe.act(money.dispute, payment_of(owner, paid, 2))
    await news(market, stripe)
    assert await paid.money(2) == {"funded": B, "charged_back": B, "outstanding": B}
    assert await balance(paid.buyer, "escrow") == 0
    assert {one for name, one in seen(owner).items() if one[0] == "applied"} == {("applied", "finance.schedules")}
    # The buyer pays once more, and his bank gives back what it took: the surplus is given back by itself.
    await paid.pay(2, payment_method="pm_card_visa")
    assert await paid.money(2) == {"funded": 2 * B, "charged_back": B, "held": B}
    stripe.act(money.end_dispute, of_held["id"], "won")
    await news(market, stripe)
    assert await paid.money(2) == {"funded": 2 * B, "held": B, "refunded": B}
    [surplus] = (await paid.read(2))["refunds"]
    assert (surplus["kind"]["code"], surplus["state"]["code"], surplus["amount"]["minor"]) == ("surplus", "done", B)
    # Of what was released: the supplier owes it, and the milestone is due anew.
    of_released = stripe.act(money.dispute, payment_of(owner, paid, 1))
    await news(market, stripe)
    assert await paid.money(1) == {"funded": A, "released": A, "charged_back": A, "outstanding": A}
    assert await balance(paid.supplier, "payable_to_supplier") == 0
    assert (await paid.read(1))["due_on"] is not None
    stripe.act(money.end_dispute, of_released["id"], "lost")
    await news(market, stripe)
    notices = await told(paid.supplier)
    assert {"finance.milestone_charged_back", "finance.chargeback_won", "finance.chargeback_lost"} <= set(notices)
    await paid.pay(1, payment_method="pm_card_visa")
    assert await balance(paid.supplier, "payable_to_supplier") == A
    await paid.proved()


async def test_a_settled_dispute_and_a_bank_add_up_in_every_order(
    market: Market, stripe: StripeServer, owner: Owner
) -> None:
    first = await opened_by_a_deal(market)
    second = await opened_by_a_deal(market, first.buyer, first.supplier)
    settled: list[dict[str, Any]] = []
    for paid in (first, second):
        await paid.pay(2, payment_method="pm_card_visa")
        told = await opened_about(paid.buyer, UUID(paid.milestones[1]))
        assert told["disputed"]["minor"] == B
        settled.append(await proposed(paid.supplier, told, 40_000))

    async def accept(of: dict[str, Any]) -> None:
        await step(first.buyer, of, f"proposals/{of['proposals'][0]['id']}/acceptance")

    # The bank takes all of it, and then they agree: of 60,000 the buyer owes the 40,000 that are the supplier's.
    before = stripe.act(money.dispute, payment_of(owner, first, 2))
    await news(market, stripe)
    await accept(settled[0])
    assert await first.money(2) == {"funded": B, "charged_back": B, "outstanding": 40_000}
    stripe.act(money.end_dispute, before["id"], "won")
    await news(market, stripe)
    assert await first.money(2) == {"funded": B, "held": 40_000, "refunded": 20_000}
    # They agree, and the bank takes all of it before the provider is asked for the refund, which it refuses then.
    await accept(settled[1])
    stripe.fails(1, "broken")
    after = stripe.act(money.dispute, payment_of(owner, second, 2))
    await news(market, stripe)
    market.move_clock(hours=3)
    for run in (sweep_milestone_money, sweep_provider_events):
        await second.job(run)
    market.move_clock(hours=-3)
    assert await second.money(2) == {"funded": B, "released": 40_000, "charged_back": B, "outstanding": 40_000}
    assert await balance(second.supplier, "payable_to_supplier") == 0
    stripe.act(money.end_dispute, after["id"], "won")
    await news(market, stripe)
    assert await second.money(2) == {"funded": B, "released": 40_000, "refunded": 20_000}
    assert await balance(second.supplier, "payable_to_supplier") == 40_000
    assert await balance(second.buyer, "escrow") == 40_000
    await second.proved()


async def test_a_dispute_that_is_heard_before_its_payment_waits(
    market: Market, stripe: StripeServer, owner: Owner
) -> None:
    paid = await opened_by_a_deal(market)
    await paid.pay(1, way="transfer", country="DE")
    payment = payment_of(owner, paid, 1)
    stripe.act(intents.fund, payment)
    stripe.act(money.dispute, payment)
    # Of the transfer nobody has told us yet, and nobody has asked.
    [dispute] = [one for one in stripe.all("event") if one["type"] == "charge.dispute.created"]
    assert (await sent(market, dispute)).status_code == 204
    await market.work()
    assert seen(owner) == {dispute["id"]: ("waiting", None)}
    assert "charged_back" not in await paid.money(1)
    await news(market, stripe)
    market.move_clock(hours=3)
    await paid.job(sweep_provider_events)
    market.move_clock(hours=-3)
    assert seen(owner)[dispute["id"]] == ("applied", "finance.schedules")
    assert (await paid.money(1))["charged_back"] == A
    await paid.proved()


async def test_what_is_given_back_at_the_desk_is_written_down(
    market: Market, stripe: StripeServer, owner: Owner
) -> None:
    paid = await opened_by_a_deal(market)
    for number in (1, 2):
        await paid.pay(number, payment_method="pm_card_visa")
        stripe.act(money.make_refund, {"payment_intent": payment_of(owner, paid, number), "amount": "1500"})
    await news(market, stripe)
    assert await paid.money(2) == {"funded": B, "held": B - 1500, "refunded": 1500}
    assert await paid.money(1) == {"funded": A, "released": A, "refunded": 1500}
    assert [one["kind"]["code"] for one in (await paid.read(2))["refunds"]] == ["foreign"]
    # Of what is left a part is given back at the desk while we ask for all of it: the provider refuses, and we look.
    stripe.act(money.make_refund, {"payment_intent": payment_of(owner, paid, 2), "amount": "500"})
    await paid.refund(2)
    states = [(one["kind"]["code"], one["state"]["code"]) for one in (await paid.read(2))["refunds"]]
    assert states == [("foreign", "done"), ("decision", "failed"), ("foreign", "done")]
    assert await paid.money(2) == {"funded": B, "held": B - 2000, "refunded": 2000}
    assert "finance.milestone_refund_failed" in await told(paid.supplier)
    await paid.refund(2)
    assert await paid.money(2) == {"funded": B, "refunded": B}
    await paid.proved()


async def test_transfers_come_when_the_provider_says_so(market: Market, stripe: StripeServer, owner: Owner) -> None:
    paid = await opened_by_a_deal(market)
    awaited = await paid.pay(1, way="transfer", country="DE")
    assert awaited["payment"]["accounts"][0]["number"] == "DE11243461990000000000"
    stripe.act(intents.fund, payment_of(owner, paid, 1))
    await news(market, stripe)
    assert await paid.money(1) == {"funded": A, "released": A}
    # Stripe is silent when it is asked; the same call is made again, and charges once.
    stripe.fails(1, "broken")
    await paid.pay(2, payment_method="pm_card_visa")
    for _ in range(4):
        await paid.days(0.01)
    assert await paid.money(2) == {"funded": B, "held": B}
    assert sum(one["amount_received"] for one in stripe.all("payment_intent")) == A + B
    await paid.proved()
