"""Saved payment methods: given by the payer's browser, known by a token, one of them the default, forgotten everywhere."""

import logging

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.demo.provider import API_KEY, StripeServer
from app.finance.facade import SavedKind, charge_method, find_method
from app.finance.methods.checks import payment_methods
from app.finance.methods.jobs import sweep_payment_methods
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.jobs import Runtime
from app.settings import Settings
from tests.market import Market, Member
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]
PATH = "/v1/payment-methods"


@pytest.fixture
def settings(settings: Settings, stripe: StripeServer, request: pytest.FixtureRequest) -> Settings:
    """Payments by Stripe, but for tests of the local provider."""
    if "local" in request.node.name:
        return settings
    update = {"stripe_secret_key": SecretStr(API_KEY), "stripe_api_base": stripe.url}
    return settings.model_copy(update=update)


async def given(server: StripeServer, who: Member, card: str = "pm_card_visa", **setup: object) -> str:
    """What the browser does: begins, gives a method to the provider, comes back with the token."""
    begun = await who.post(f"{PATH}/setups", json=setup)
    assert begun.status_code == 201, begun.text
    assert begun.headers["cache-control"] == "private, no-store"
    server.browser(begun.json()["client_secret"], card)
    return str(begun.json()["token"])


async def saved(server: StripeServer, who: Member, card: str = "pm_card_visa", **form: object) -> dict[str, object]:
    answer = await who.post(PATH, json={"token": await given(server, who, card), **form})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def listed(who: Member) -> list[tuple[str, bool]]:
    """(last digits, default) of each."""
    rows = (await who.get(PATH)).json()["items"]
    return [(row["last_digits"], row["is_default"]) for row in rows]


async def test_methods_are_saved_chosen_and_forgotten(
    market: Market, stripe: StripeServer, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    server, buyer = stripe, await market.people("buyer")
    clerk = await market.member(buyer.firm, "finance")
    with caplog.at_level(logging.DEBUG):
        token = await given(server, clerk, kinds=["card"])
        keyed = {"headers": {"Idempotency-Key": "once"}, "json": {"token": token}}
        visa, again = [await clerk.post(PATH, **keyed) for _ in range(2)]
    assert (visa.status_code, again.json()) == (201, visa.json()), visa.text
    assert token not in visa.text and token not in caplog.text
    assert (visa.json()["kind"]["label"], visa.json()["brand"], visa.json()["last_digits"]) == ("Card", "Visa", "4242")
    assert (visa.json()["is_default"], visa.json()["expires_on"]) == (True, "2034-12-31")
    # The same token under another key is the same method.
    assert (await clerk.post(PATH, json={"token": token})).json() == visa.json()
    debit = await saved(server, buyer, "pm_sepa_debit")
    master = await saved(server, buyer, "pm_card_mastercard", make_default=True)
    assert await listed(clerk) == [("4444", True), ("3201", False), ("4242", False)]
    assert (debit["kind"], debit["can_hold"]) == ({"code": "bank_debit", "label": "Direct debit"}, False)
    chosen = await clerk.post(f"{PATH}/{debit['id']}/default")
    assert (chosen.status_code, chosen.json()["is_default"]) == (200, True)
    assert (await clerk.post(f"{PATH}/{debit['id']}/default")).json() == chosen.json()
    async with market.db.transaction(Role.WORKER) as session:
        charged = await charge_method(session, buyer.firm.id)
        assert charged is not None and (charged.kind, charged.payer) == (SavedKind.BANK_DEBIT, str(buyer.firm.id))
        assert charged.shown == "SEPA …3201" or charged.shown.endswith("…3201")
        stranger = await market.firm("buyer")
        assert await find_method(session, stranger.id, charged.id) is None
        assert await find_method(session, buyer.firm.id, charged.id) == charged
    # The default is forgotten: the newest of the others is, and the provider is told.
    server.fails(1, "before")
    assert (await clerk.delete(f"{PATH}/{debit['id']}")).status_code == 204
    assert await listed(clerk) == [("4444", True), ("4242", False)]
    assert (await clerk.get(f"{PATH}/{debit['id']}")).status_code == 404
    assert (await clerk.delete(f"{PATH}/{debit['id']}")).status_code == 404
    await market.work()
    await sweep_payment_methods(Runtime(market.settings, market.db, market.clock))
    await market.work()
    assert [one["customer"] for one in server.all("payment_method") if one["type"] == "sepa_debit"] == [None]
    assert owner.execute("SELECT state FROM payment_methods WHERE id = %s", (debit["id"],)).fetchone() == ("forgotten",)
    for one in (master, visa.json()):
        assert (await clerk.delete(f"{PATH}/{one['id']}")).status_code == 204
    assert await listed(clerk) == []
    async with market.db.transaction(Role.WORKER) as session:
        assert await charge_method(session, buyer.firm.id) is None
    # Ids may have as many digits in a row, by chance.
    told = "regexp_replace(m::text, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '', 'g')"
    kept = owner.execute(f"SELECT count(*) FROM payment_methods m WHERE {told} ~ '[0-9]{{12,19}}'").fetchone()
    assert kept == (0,)


async def test_what_the_provider_does_not_take_is_told(market: Market, stripe: StripeServer) -> None:
    server, buyer, other = stripe, await market.people("buyer"), await market.people("buyer")
    german = {"headers": {"Accept-Language": "en"}}
    unfinished = (await buyer.post(f"{PATH}/setups", json={})).json()["token"]
    declined = await buyer.post(PATH, json={"token": unfinished}, **german)
    assert (declined.status_code, declined.json()["code"]) == (422, "payment-method-declined")
    assert declined.json()["reason"] == "authentication_required"
    assert "confirm" in declined.json()["detail"]
    for token, code in (("4242424242424242", "card-data"), ("seti_nothing", "token-unknown"), ("q7", None)):
        refused = await buyer.post(PATH, json={"token": token})
        assert refused.status_code == 422 and token not in refused.text, refused.text
        assert code is None or refused.json()["errors"][0]["code"] == code
    # A token that another payer's browser was given is nobody else's.
    token = await given(server, buyer)
    assert (await other.post(PATH, json={"token": token})).status_code == 422
    # No answer: nothing is kept, and the same request has one effect.
    server.fails(1, "after")
    keyed = {"headers": {"Idempotency-Key": "k"}, "json": {"token": token}}
    silent = await buyer.post(PATH, **keyed)
    assert (silent.status_code, silent.json()["code"]) == (503, "payment-provider-silent")
    assert await listed(buyer) == []
    assert (await buyer.post(PATH, **keyed)).status_code == 201
    assert await listed(buyer) == [("4242", True)] and await listed(other) == []
    server.fails(1, "before")
    assert (await buyer.post(f"{PATH}/setups", json={})).status_code == 503
    same = [await buyer.post(f"{PATH}/setups", json={}, headers={"Idempotency-Key": "s"}) for _ in range(2)]
    assert same[0].json() == same[1].json()
    reused = await buyer.post(f"{PATH}/setups", json={"kinds": ["card"]}, headers={"Idempotency-Key": "s"})
    assert reused.json()["code"] == "idempotency-key-reused"
    assert (await buyer.post(f"{PATH}/setups", json={}, headers={"Idempotency-Key": ""})).status_code == 400


async def test_only_those_who_may_manage_payments_do(market: Market, stripe: StripeServer) -> None:
    server, buyer, stranger = stripe, await market.people("buyer"), await market.people("buyer")
    method = await saved(server, buyer)
    purchaser = await market.member(buyer.firm, "purchaser")
    refused = await buyer.post("/v1/api-clients", json={"name": "ERP", "scopes": ["payments:manage"]})
    assert refused.status_code in (403, 422), "no program says whose money is taken"
    one = f"{PATH}/{method['id']}"
    calls = len(server.calls)
    for caller, at_list, at_one in ((market.nobody, 401, 401), (stranger, None, 404), (purchaser, 403, 403)):
        for verb, path, form in (
            ("POST", f"{PATH}/setups", {}),
            ("POST", PATH, {"token": "seti_x"}),
            ("GET", PATH, None),
            ("GET", one, None),
            ("POST", f"{one}/default", None),
            ("DELETE", one, None),
        ):
            expected = at_one if path.startswith(one) else at_list
            if expected is not None:
                assert (await caller.request(verb, path, json=form)).status_code == expected, (verb, path)
    assert len(server.calls) == calls, "whoever may not, has nothing asked of the provider"
    assert await listed(stranger) == [] and await listed(buyer) == [("4242", True)]
    for _ in range(19):
        await saved(server, buyer, "pm_card_mastercard")
    with count_statements(market.db) as few:
        assert len((await buyer.get(f"{PATH}?limit=1")).json()["items"]) == 1
    with count_statements(market.db) as many:
        assert len((await buyer.get(f"{PATH}?limit=20")).json()["items"]) == 20
    assert len(few) == len(many)


async def test_the_database_keeps_one_default_of_the_local_provider(market: Market, owner: Owner) -> None:
    buyer = await market.people("buyer")
    assert (await buyer.post(f"{PATH}/setups", json={})).status_code == 201
    for token in ("tok_visa", "tok_mastercard"):
        assert (await buyer.post(PATH, json={"token": token})).status_code == 201
    refused = await buyer.post(PATH, json={"token": "tok_declined_when_saved"})
    assert refused.json()["code"] == "payment-method-declined"
    assert await listed(buyer) == [("4444", False), ("4242", True)]
    for statement in (
        "UPDATE payment_methods SET is_default = true",
        "UPDATE payment_methods SET is_default = false",
        "UPDATE payment_methods SET last_digits = '0000'",
        "UPDATE payment_methods SET state = 'forgotten', is_default = false",
        "DELETE FROM payment_methods",
    ):
        with pytest.raises(psycopg.Error):
            owner.execute(statement)
    async with market.db.transaction() as session:
        await act_for(session, (await market.firm("buyer")).id, operator=True)
        assert await session.scalar(text("SELECT count(*) FROM payment_methods")) == 0
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert await payment_methods(session) == (2, [])
    owner.execute("ALTER TABLE payment_methods DISABLE TRIGGER USER")
    owner.execute("UPDATE payment_methods SET is_default = false")
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert len((await payment_methods(session))[1]) == 1
