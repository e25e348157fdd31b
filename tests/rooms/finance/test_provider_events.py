"""Events of the payment provider: who is believed, and what follows."""

from typing import Any

import httpx
import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from stripe import WebhookSignature

from app.demo.provider import API_KEY, StripeServer, intents, money, signed
from app.finance.provider.jobs import forget_provider_events, sweep_provider_events
from app.gateways.payments import is_signed, read_event
from app.kit.clock import Clock
from app.kit.db.engine import Role
from app.kit.jobs import Runtime
from app.settings import Settings
from tests.market import Market, Member
from tests.rooms.pooling.campaigns import committed, frozen, offered, opened
from tests.rooms.pooling.test_settling import state_of

SECRET, NEXT_SECRET = "whsec_the_first_one", "whsec_the_next_one"
Owner = psycopg.Connection[Any]


@pytest.fixture
def settings(settings: Settings, stripe: StripeServer) -> Settings:
    """Payments by Stripe, with two secrets as during a change."""
    stripe_settings = {
        "stripe_secret_key": SecretStr(API_KEY),
        "stripe_webhook_secrets": SecretStr(f"{SECRET} {NEXT_SECRET}"),
        "stripe_api_base": stripe.url,
    }
    return settings.model_copy(update=stripe_settings)


async def sent(market: Market, event: dict[str, Any], *secrets: str, seconds: int = 0) -> httpx.Response:
    """An event comes, signed so many seconds from now."""
    first, *more = secrets or (SECRET,)
    body, headers = signed(event, first, int(market.clock.now().timestamp()) + seconds, *more)
    return await market.http.post("/v1/incoming/stripe", content=body, headers=headers)


def events_of(server: StripeServer, reference: str) -> list[dict[str, Any]]:
    """What Stripe tells of a payment."""
    return [one for one in server.all("event") if one["data"]["object"]["id"] == reference]


def seen(owner: Owner) -> dict[str, tuple[str, str | None]]:
    """Event → (state, who followed)."""
    rows = owner.execute("SELECT event_id, state, owner FROM provider_events").fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}


def payment_of(owner: Owner, commitment: dict[str, Any]) -> str:
    """The payment at Stripe that secures a commitment."""
    found = owner.execute("SELECT payment FROM pool_deposits WHERE commitment_id = %s", (commitment["id"],)).fetchone()
    assert found is not None
    return str(found[0])


async def test_deposits_follow_what_happens_at_the_provider(market: Market, stripe: StripeServer, owner: Owner) -> None:
    server, lead, supplier = stripe, await market.people("buyer"), await market.people("supplier")
    members: list[Member] = [await market.people("buyer") for _ in range(3)]
    campaign = await opened(market, lead, deposit_pct="10")
    made = [await committed(campaign, one, 400, 47000, payment_method="pm_card_visa") for one in members]
    await market.work()
    assert [(await state_of(*pair))[1] for pair in zip(members, made, strict=True)] == ["held"] * 3
    ended, taken, usual = [payment_of(owner, one) for one in made]
    server.act(intents.cancel_intent, {}, ended)
    server.act(intents.capture_intent, {}, taken)
    # The last news first, all of it twice: the payment is looked at, not believed.
    told = [event for one in (ended, taken, usual) for event in events_of(server, one)][::-1]
    assert len(told) == 5
    for event in [*told, *told]:
        answer = await sent(market, event)
        assert (answer.status_code, answer.content) == (204, b"")
    await market.work()
    assert [(await state_of(*pair))[1] for pair in zip(members, made, strict=True)] == ["saved", "captured", "held"]
    assert set(seen(owner).values()) == {("applied", "pooling.deposits")} and len(seen(owner)) == 5
    await offered(campaign, supplier)
    await frozen(market)
    assert [await state_of(*pair) for pair in zip(members, made, strict=True)] == [("ordered", "captured")] * 3
    paid = {one["metadata"]["payer"]: 0 for one in server.all("payment_intent")}
    for one in server.all("payment_intent"):
        paid[one["metadata"]["payer"]] += one["amount_received"]
    assert paid == {str(one.firm.id): made[0]["deposit"]["amount"]["minor"] for one in members}
    assert server.all("refund") and not [one for one in server.all("refund") if one["balance_transaction"]]


async def test_what_is_not_ours_changes_nothing(market: Market, stripe: StripeServer, owner: Owner) -> None:
    server, lead = stripe, await market.people("buyer")
    member = await market.people("buyer")
    campaign = await opened(market, lead, deposit_pct="10")
    one = await committed(campaign, member, 400, 47000, payment_method="pm_card_visa")
    await market.work()
    reference = payment_of(owner, one)
    server.act(intents.cancel_intent, {}, reference)
    [*_, event] = events_of(server, reference)
    account = server.act(money.make_account, {})
    foreign = {**event, "id": "evt_foreign", "account": "acct_nobody_knows"}
    other = {**event, "id": "evt_other", "data": {"object": {"object": "payment_intent", "id": "pi_other"}}}
    about = server.act(money.onboard, account["id"])
    for stranger in (
        foreign,
        other,
        *(row for row in server.all("event") if row["data"]["object"]["id"] == about["id"]),
    ):
        assert (await sent(market, stranger)).status_code == 204
    await market.work()
    assert set(seen(owner).values()) == {("not_ours", None)} and len(seen(owner)) == 3
    # A supplier's account is opened, and the request dies before it is written down.
    firm = (await market.people("supplier")).firm
    chief = await market.member(firm, "admin")
    payments = market.app.state.gateways["payments"]
    await payments.open_account(supplier=str(firm.id), country="DE", key=f"payout-account/{firm.id}")
    [mine] = [one for one in server.all("account") if one["metadata"].get("supplier") == str(firm.id)]
    server.act(money.onboard, mine["id"])
    [*_, told] = [row for row in server.all("event") if row["data"]["object"]["id"] == mine["id"]]
    assert (await sent(market, told)).status_code == 204
    await market.work()
    assert seen(owner)[told["id"]] == ("waiting", None)
    opened_now = await chief.post("/v1/payout-account")
    assert opened_now.status_code == 201 and opened_now.json()["state"]["code"] == "new"
    market.move_clock(hours=3)
    await sweep_provider_events(Runtime(market.settings, market.db, market.clock))
    await market.work()
    market.move_clock(hours=-3)
    assert seen(owner)[told["id"]] == ("applied", "finance.payouts")
    assert (await chief.get("/v1/payout-account")).json()["state"]["code"] == "ready"
    assert await state_of(member, one) == ("open", "held")
    # Stripe is silent: the event waits, and is followed when its job comes again.
    server.fails(1, "broken")
    assert (await sent(market, event)).status_code == 204
    await market.work()
    assert seen(owner)[event["id"]] == ("waiting", None)
    market.move_clock(hours=3)
    await sweep_provider_events(Runtime(market.settings, market.db, market.clock))
    await market.work()
    assert seen(owner)[event["id"]] == ("applied", "pooling.deposits")
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE provider_events SET state = 'waiting', ended_at = NULL, owner = NULL")
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE provider_events SET type = 'x'")
    market.move_clock(days=91)
    await forget_provider_events(Runtime(market.settings, market.db, market.clock))
    assert seen(owner) == {}


async def test_only_signed_events_are_believed(market: Market, owner: Owner) -> None:
    event = {
        "id": "evt_x",
        "object": "event",
        "type": "payment_intent.canceled",
        "created": 1764200000,
        "data": {"object": {}},
    }
    for secret, seconds in (("whsec_of_somebody", 0), (SECRET, -301), (SECRET, 330), ("", 0)):
        refused = await sent(market, event, secret or " ", seconds=seconds)
        assert (refused.status_code, refused.json()["code"]) == (401, "provider-event-not-signed")
    body, headers = signed(event, SECRET, int(market.clock.now().timestamp()))
    for content, given in (
        (body + b" ", headers),
        (body, {}),
        (body, {"Stripe-Signature": ""}),
        (body, {"Stripe-Signature": headers["Stripe-Signature"].replace("v1=", "v0=")}),
        (body, {"Stripe-Signature": "t=x,v1=" + "é" * 64}),
    ):
        raw = [(name.encode(), value.encode()) for name, value in given.items()]
        refused = await market.http.post("/v1/incoming/stripe", content=content, headers=raw)
        assert refused.status_code == 401
    assert seen(owner) == {}
    huge = await market.http.post("/v1/incoming/stripe", content=b" " * (market.settings.max_body_bytes + 1))
    assert huge.status_code == 413
    nothings: list[Any] = [[], {"id": 5}, event | {"created": "y"}, event | {"id": "a b"}]
    for nothing in nothings:
        unreadable = await sent(market, nothing)
        assert (unreadable.status_code, unreadable.json()["code"]) == (422, "malformed-body")
    assert seen(owner) == {}
    for number, secrets in enumerate(((SECRET,), (NEXT_SECRET,), ("whsec_old", NEXT_SECRET))):
        assert (await sent(market, event | {"id": f"evt_{number}"}, *secrets, seconds=-280)).status_code == 204
    assert len(seen(owner)) == 3
    async with market.db.transaction(Role.APP) as session:
        with pytest.raises(ProgrammingError):
            await session.execute(text("SELECT event_id FROM provider_events"))
    market.app.state.settings = market.settings.model_copy(update={"stripe_webhook_secrets": None})
    assert (await sent(market, event | {"id": "evt_9"})).status_code == 401


def test_signatures_are_those_of_the_package() -> None:
    now = Clock().now()
    thing = '{"object": "charge", "payment_intent": {"id": "pi_1"}}'
    body = f'{{"id": "evt_1", "type": "a.b", "created": 1, "account": "acct_1", "data": {{"object": {thing}}}}}'
    header = WebhookSignature.generate_signature_header(body, SECRET, int(now.timestamp()))
    assert is_signed(body.encode(), header, [SecretStr(NEXT_SECRET), SecretStr(SECRET)], now=now)
    assert not is_signed(body.encode(), header, [SecretStr(NEXT_SECRET)], now=now)
    assert not is_signed(body.encode(), header, [], now=now)
    event = read_event(body.encode())
    assert event is not None and (event.account, event.thing, event.payment) == ("acct_1", None, "pi_1")
