"""The test server serves what Stripe serves: every object has what the package's types require, and nothing they do not know."""

import typing
from typing import Any, Literal

import pytest
import stripe

from app.demo.provider import API_KEY, StripeServer, intents, money
from app.demo.provider.forms import parsed
from app.demo.provider.server import ROUTES
from app.gateways.payments import Amount, MethodKind
from tests.rooms.gateways.paying import CAUSE, PAYER, SUM
from tests.rooms.gateways.providers import stripe_payments

TYPES: dict[str, Any] = {
    "account": stripe.Account,
    "account_link": stripe.AccountLink,
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "payout": stripe.Payout,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
    "transfer": stripe.Transfer,
    "transfer_reversal": stripe.TransferReversal,
}


def faults_of(value: dict[str, Any], kind: Any, path: str) -> list[str]:
    """What an object lacks, has too much, or has of another type than the package says."""
    known = kind.__annotations__
    found = [f"{path}.{name} is not known" for name in value if name not in known and name != "deleted"]
    for name, wanted in known.items():
        options = typing.get_args(wanted) if typing.get_origin(wanted) is typing.Union else (wanted,)
        is_optional = type(None) in options
        if typing.get_origin(wanted) is typing.ClassVar:
            continue
        if value.get(name) is None:
            # A price list that was expanded, and such: it is there when it is asked for.
            found += [] if is_optional else [f"{path}.{name} is missing"]
            continue
        found += _faults_within(value[name], options, kind, f"{path}.{name}")
    return found


def _faults_within(value: Any, options: tuple[Any, ...], kind: Any, path: str) -> list[str]:
    inner = getattr(kind, "_inner_class_types", {}).get(path.rsplit(".", 1)[1])
    plain = {int: int, str: str, bool: bool}
    allowed: list[type] = [plain[one] for one in options if one in plain]
    literals = [text for one in options if typing.get_origin(one) is Literal for text in typing.get_args(one)]
    if isinstance(value, bool | int) and allowed and type(value) not in allowed:
        return [f"{path} is a {type(value).__name__}"]
    if isinstance(value, str) and literals and str not in allowed and value not in literals:
        return [f"{path} is none of its words"]
    if inner is None or not isinstance(value, dict | list):
        return []
    return [
        fault
        for number, one in enumerate(value if isinstance(value, list) else [value])
        if isinstance(one, dict)
        for fault in faults_of(one, inner, f"{path}[{number}]" if isinstance(value, list) else path)
    ]


async def served(server: StripeServer) -> list[dict[str, Any]]:
    """One and more of everything, in many states."""
    payments = stripe_payments(server)
    saving = await payments.begin_saving(payer=PAYER, kinds=[MethodKind.BANK_DEBIT], key="begin")
    server.browser(saving.client_secret, "pm_sepa_debit")
    await payments.begin_hosted_saving(
        payer=PAYER, kinds=[MethodKind.CARD], back_url="https://x.example", locale="en", key="page"
    )
    debit = await payments.save_method(payer=PAYER, token=saving.reference, key="debit")
    card = await payments.save_method(payer=PAYER, token="pm_card_visa", key="card")
    paying = {"payer": PAYER, "cause": CAUSE}
    await payments.charge(SUM, **paying, method=debit.reference, key="charge-debit")
    held = await payments.hold(SUM, **paying, method=card.reference, key="hold")
    await payments.capture(held.reference, Amount(100, "EUR"), key="capture")
    await payments.refund(held.reference, Amount(10, "EUR"), key="refund")
    other = await payments.hold(SUM, **paying, method=card.reference, key="other")
    await payments.release(other.reference, key="release")
    awaited = await payments.expect_transfer(SUM, payer=PAYER, country="DE", cause=CAUSE, key="await")
    account = await payments.open_account(supplier="supplier", country="DE", key="open")
    server.act(money.onboard, account.reference)
    sent = await payments.transfer(Amount(50, "EUR"), account=account.reference, payment=held.reference, key="send")
    await payments.reverse(sent.reference, Amount(5, "EUR"), key="reverse")
    server.act(money.pay_out, 45, "eur", account.reference)
    server.act(money.dispute, held.reference)
    found = [one for kind in TYPES if kind != "account_link" for one in server.all(kind)]
    server.act(intents.fund, awaited.payment.reference)
    links = {"account": account.reference, "refresh_url": "https://x.example", "return_url": "https://x.example"}
    found += [server.act(money.make_account_link, links), *server.all("charge"), *server.all("payment_intent")]
    await payments.aclose()
    return [money.shown(server.world, one) for one in found]


async def test_objects_are_shaped_as_the_package_says() -> None:
    with StripeServer() as server:
        objects = await served(server)
        assert {one["object"] for one in objects} == set(TYPES)
        for one in objects:
            kind = TYPES[one["object"]]
            assert faults_of(one, kind, one["object"]) == []
            made = kind.construct_from(one, "sk_test_x")
            assert made.to_dict()["object"] == one["object"]


def test_the_check_sees_what_is_wrong() -> None:
    good = {"object": "account_link", "created": 1, "expires_at": 2, "url": "https://x.example"}
    assert faults_of(good, stripe.AccountLink, "link") == []
    for wrong in ({"url": None}, {"created": True}, {"object": "link"}, {"colour": "red"}):
        assert len(faults_of(good | wrong, stripe.AccountLink, "link")) == 1


async def test_lists_have_pages_and_keys_have_one_answer() -> None:
    with StripeServer() as server:
        http: Any = stripe.HTTPXClient()
        client = stripe.StripeClient(
            API_KEY, base_addresses={"api": server.url}, http_client=http, max_network_retries=0
        )
        made = [
            (await client.v1.accounts.create_async({"country": "DE"}, {"idempotency_key": f"open-{number}"})).id
            for number in range(5)
        ]
        again = await client.v1.accounts.create_async({"country": "DE"}, {"idempotency_key": "open-0"})
        assert again.id == made[0]
        group: Any = {"amount": 1, "currency": "eur", "destination": made[0], "transfer_group": "group"}
        server.act(money.onboard, made[0])
        server.world.moved(100, "eur", "topup", "tu_x")
        sent = [(await client.v1.transfers.create_async(group)).id for _ in range(5)]
        pages = await client.v1.transfers.list_async({"transfer_group": "group", "limit": 2})
        assert [one.id async for one in pages.auto_paging_iter()] == sent[::-1]
        events = await client.v1.events.list_async({"type": "transfer.created"})
        assert [event.data.object.id for event in events.data] == sent[::-1]
        balance = await client.v1.balance_transactions.list_async({"type": "transfer"})
        assert [one.net for one in balance.data] == [-1] * 5
        calls = len(server.calls)
        wrongs: list[Any] = [{"country": "FR"}, {"country": "DE", "email": "a@b.example"}]
        for wrong in wrongs:
            with pytest.raises(stripe.IdempotencyError):
                await client.v1.accounts.create_async(wrong, {"idempotency_key": "open-0"})
        assert len(server.calls) == calls + 2
        await http.close_async()
    assert len(ROUTES) > 25


def test_forms_are_nested() -> None:
    assert parsed("a[b][0][c]=d&a[b][1][c]=e&f=&g[]=1&g[]=2&h%5Bi%5D=%C3%BC") == {
        "a": {"b": [{"c": "d"}, {"c": "e"}]},
        "f": "",
        "g": ["1", "2"],
        "h": {"i": "ü"},
    }
