"""Money of milestones that moves at the payment provider without a call of ours: taken back by a bank, given back at a desk."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from pydantic import SecretStr

from app.demo.provider import API_KEY, StripeServer, intents, money
from app.demo.provider.world import World
from app.finance.facade import Evidence
from app.finance.provider.jobs import sweep_provider_events
from app.finance.schedules.jobs import sweep_milestone_money
from app.finance.schedules.moving import moved
from app.finance.schedules.queries import last_payments
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.settings import Settings
from tests.market import Market
from tests.rooms.finance.books import operator
from tests.rooms.finance.disputes import opened_about, proposed, step
from tests.rooms.finance.reconciliations import compared, one
from tests.rooms.finance.reconciliations import told as differing
from tests.rooms.finance.schedules import Paid, opened_by_a_deal
from tests.rooms.finance.test_payment_schedules import balance, told
from tests.rooms.finance.test_provider_events import SECRET, seen, sent

Owner = psycopg.Connection[Any]
A, B = 40_000, 60_000
DISPUTED = "charge.dispute.created"
HEARD = {"payment_intent.succeeded", "charge.refunded", DISPUTED}


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


async def test_what_is_heard_before_the_answer_of_our_call_is_recorded_waits(
    market: Market, stripe: StripeServer, owner: Owner
) -> None:
    paid = await opened_by_a_deal(market, split=((4000, Evidence.NONE), (6000, Evidence.NONE)))
    made: list[str] = []
    for number in (1, 2):
        await paid.pay(number, work=False, payment_method="pm_card_visa")
        # The worker dies between the provider's answer and its record: nobody here knows the payment.
        async with market.db.transaction(Role.WORKER) as session, acting_for(session, paid.buyer.firm.id):
            [row] = (await last_payments(session, [UUID(paid.milestones[number - 1])])).values()
            session.expunge_all()
        made.append(str((await moved(market.app.state.gateways["payments"], row))["payment"]))
    owner.execute("DELETE FROM procrastinate_jobs")
    stripe.act(money.dispute, made[0])
    stripe.act(money.make_refund, {"payment_intent": made[1], "amount": "1500"})
    ours = [one for one in stripe.all("event") if one["type"] in HEARD]
    assert {one["type"] for one in ours} == HEARD and len(ours) == 4
    # Of another house at the same provider, whose milestones are not ours; and one that names nothing.
    strangers = []
    for cause in (f"milestone/{new_id()}", "milestone/x", ""):
        intent = {**stripe.world.objects[made[0]], "id": f"pi_other{len(strangers)}", "metadata": {"cause": cause}}
        reference = stripe.act(World.keep, "pi", intent)["id"]
        about = {"object": "dispute", "id": "dp_x", "payment_intent": reference}
        strangers.append({**ours[0], "id": f"evt_{reference}", "type": DISPUTED, "data": {"object": about}})
    for event in [*ours[::-1], *strangers]:
        assert (await sent(market, event)).status_code == 204
    await market.work()
    waiting = {one["id"]: ("waiting", None) for one in ours}
    foreign = {one["id"]: ("not_ours", None) for one in strangers}
    assert seen(owner) == waiting | foreign
    market.move_clock(hours=3)
    await paid.job()
    await paid.job(sweep_provider_events)
    market.move_clock(hours=-3)
    assert seen(owner) == dict.fromkeys(waiting, ("applied", "finance.schedules")) | foreign
    assert await paid.money(1) == {"funded": A, "released": A, "charged_back": A, "outstanding": A}
    assert await paid.money(2) == {"funded": B, "released": B, "refunded": 1500}
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


async def test_what_is_given_back_at_the_desk_and_told_by_nobody_is_found_at_night(
    market: Market, stripe: StripeServer, owner: Owner
) -> None:
    paid, chief = await opened_by_a_deal(market), await operator(market)
    # Of one milestone a bank has taken the first payment back: its sums are not compared, but what was given back is.
    for number in (1, 2, 2):
        await paid.pay(number, payment_method="pm_card_visa")
        if number == 2 and "charged_back" not in await paid.money(2):
            stripe.act(money.dispute, payment_of(owner, paid, 2))
            await news(market, stripe)
    stripe.move_clock(3600)
    assert (await compared(market, chief))["differing"] == 0
    refunded = {payment_of(owner, paid, number): 1500 for number in (1, 2)}
    for payment, minor in refunded.items():
        stripe.act(money.make_refund, {"payment_intent": payment, "amount": str(minor)})
    stripe.move_clock(3600)
    assert (await compared(market, chief))["differing"] == 2
    assert set(await differing(chief)) == {("given_back", "payment", payment) for payment in refunded}
    for payment in refunded:
        row = await one(chief, payment)
        assert (row["here"], row["there"]) == ("0 EUR given back", "1500 EUR given back")
        asked = await chief.post(f"/v1/operator/reconciliation-differences/{row['id']}/following")
        assert asked.status_code == 202 and asked.json()["state"]["code"] == "open"
    await market.work()
    paid.buyer.headers = (await market.member(paid.buyer.firm)).headers
    assert [one["kind"]["code"] for one in (await paid.read(1))["refunds"]] == ["foreign"]
    assert (await paid.money(1), (await paid.money(2))["refunded"]) == (
        {"funded": A, "released": A, "refunded": 1500},
        1500,
    )
    assert (await compared(market, chief))["differing"] == 0
    assert {(await one(chief, payment))["state"]["code"] for payment in refunded} == {"vanished"}
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
