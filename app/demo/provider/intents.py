"""Customers, methods, setup intents and payment intents."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from app.demo.provider import shapes
from app.demo.provider.cards import Behaviour
from app.demo.provider.forms import Form
from app.demo.provider.shapes import Object
from app.demo.provider.world import Refused, World, declined, invalid

DEBIT_TAKES_S = 5 * 86_400
_OF_SETUP = ("customer", "payment_method_types")
CANCELLABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")
_CONDITION = re.compile(r"""(\w+)(?:\[["'](\w+)["']\])?:["']([^"']*)["']""")


def make_customer(world: World, form: Form) -> Object:
    made = shapes.customer(world.now(), metadata=form.get("metadata", {}))
    return world.keep("cus", made)


def read_customer(world: World, form: Form, reference: str) -> Object:
    return world.find("customer", reference)


def read_method(world: World, form: Form, reference: str) -> Object:
    return world.find("payment_method", reference, "payment_method")


def detach_method(world: World, form: Form, reference: str) -> Object:
    method = world.find("payment_method", reference, "payment_method")
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    method["customer"] = None
    world.told("payment_method.detached", method)
    return method


def make_setup(world: World, form: Form) -> Object:
    customer = world.find("customer", form.get("customer", ""), "customer", status=400)
    made = shapes.setup_intent(
        world.now(),
        customer=customer["id"],
        metadata=form.get("metadata", {}),
        payment_method_types=form.get("payment_method_types", ["card"]),
        usage=form.get("usage", "off_session"),
    )
    world.keep("seti", made)
    made["client_secret"] = f"{made['id']}_secret_{world.new_id('x')[2:]}"
    if form.get("confirm") == "true":
        confirm_setup(world, made, form.get("payment_method", ""))
    return made


def read_setup(world: World, form: Form, reference: str) -> Object:
    return world.find("setup_intent", reference, "intent")


def update_setup(world: World, form: Form, reference: str) -> Object:
    setup = world.find("setup_intent", reference, "intent")
    setup["metadata"] |= form.get("metadata", {})
    return setup


def confirm_setup(world: World, setup: Object, token: str) -> Object:
    """As the server does for a token, or the payer's browser with the client secret."""
    method = world.method_of_token(token)
    if method["type"] not in setup["payment_method_types"]:
        raise invalid("The PaymentMethod provided is not allowed for this SetupIntent.", param="payment_method")
    behaviour = world.behaviours[method["id"]]
    if behaviour.declined_at_setup:
        refusal = declined(behaviour.declined_at_setup)
        setup["last_setup_error"] = refusal.body["error"]
        setup["status"] = "requires_payment_method"
        raise declined(behaviour.declined_at_setup, setup_intent=dict(setup))
    method["customer"] = setup["customer"]
    setup |= {"status": "succeeded", "payment_method": method["id"]}
    world.told("setup_intent.succeeded", setup)
    return setup


def make_session(world: World, form: Form) -> Object:
    """A page on which a payer gives a method: https://docs.stripe.com/api/checkout/sessions, of the mode `setup` alone."""
    if form.get("mode") != "setup":
        raise invalid("Invalid mode", param="mode")
    for name in ("success_url", "cancel_url"):
        if not form.get(name, "").startswith("http") or not form[name].isprintable():
            raise invalid("Not a valid URL", code="url_invalid", param=name, kept=False)
    setup = make_setup(world, {**form.get("setup_intent_data", {}), **{k: form[k] for k in _OF_SETUP if k in form}})
    made = shapes.checkout_session(
        world.now(),
        customer=setup["customer"],
        metadata=form.get("metadata", {}),
        payment_method_types=setup["payment_method_types"],
        setup_intent=setup["id"],
        locale=form.get("locale"),
        success_url=form["success_url"],
        cancel_url=form["cancel_url"],
    )
    world.keep("cs", made)
    made["url"] = f"{world.url}/give/{made['id']}"
    return made


def read_session(world: World, form: Form, reference: str) -> Object:
    return world.find("checkout.session", reference, "session")


def give(world: World, reference: str) -> str:
    """The payer opens the page, and gives a card, or an account, that works; where he is led from there. It opens once."""
    session = world.find("checkout.session", reference, "session")
    if session["status"] == "open" and session["expires_at"] < world.now():
        session["status"] = "expired"
    if session["status"] != "open":
        return str(session["cancel_url"])
    is_card = "card" in session["payment_method_types"]
    confirm_setup(world, world.objects[session["setup_intent"]], "pm_card_visa" if is_card else "pm_sepa_debit")
    session |= {"status": "complete", "url": None}
    world.told("checkout.session.completed", session)
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", reference)


def make_intent(world: World, form: Form) -> Object:
    if not form.get("amount", "").isdigit() or form["amount"] == "0":
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer", kept=False)
    if re.fullmatch(r"[a-z]{3}", form.get("currency", "")) is None:
        raise invalid("Invalid currency", param="currency", kept=False)
    customer = world.find("customer", form.get("customer", ""), "customer", status=400)
    types = form.get("payment_method_types", ["card"])
    made = shapes.payment_intent(
        world.now(),
        int(form["amount"]),
        currency=form["currency"],
        customer=customer["id"],
        capture_method=form.get("capture_method", "automatic"),
        metadata=form.get("metadata", {}),
        payment_method_types=types,
        transfer_group=form.get("transfer_group"),
    )
    if types == ["customer_balance"]:
        world.keep("pi", made)
        _secret(world, made)
        method = shapes.payment_method(world.now(), Behaviour("customer_balance"), customer=customer["id"])
        method["customer_balance"] = {}
        made["payment_method"] = world.keep("pm", method)["id"]
        made["status"] = "requires_action"
        made["next_action"] = shapes.bank_transfer_instructions(made, made["id"][-10:].upper())
        return made
    method = _usable(world, customer, form.get("payment_method", ""), types)
    world.keep("pi", made)
    _secret(world, made)
    if form.get("confirm") == "true":
        _confirm(world, made, method)
    return made


def read_intent(world: World, form: Form, reference: str) -> Object:
    return world.find("payment_intent", reference, "intent")


def capture_intent(world: World, form: Form, reference: str) -> Object:
    intent = world.find("payment_intent", reference, "intent")
    if intent["status"] != "requires_capture":
        raise _unexpected(intent, "captured")
    amount = int(str(form.get("amount_to_capture", intent["amount_capturable"])))
    if amount > intent["amount_capturable"]:
        raise invalid("The amount_to_capture is too large.", code="amount_too_large", param="amount_to_capture")
    world.due.pop(reference, None)
    intent["metadata"] |= form.get("metadata", {})
    charge = world.objects[intent["latest_charge"]]
    reason = world.behaviours[intent["payment_method"]].declined_at_capture
    if reason:
        charge |= {"status": "failed", "paid": False, "failure_code": reason}
        intent["amount_capturable"] = 0
        raise _fail(world, intent, reason)
    _take(world, intent, charge, amount)
    if rest := intent["amount"] - amount:
        # What is let go stands among the refunds, though no money moved.
        world.keep("re", shapes.refund(world.now(), charge, rest))
        charge["amount_refunded"] += rest
    return intent


def cancel_intent(world: World, form: Form, reference: str) -> Object:
    intent = world.find("payment_intent", reference, "intent")
    if intent["status"] not in CANCELLABLE:
        raise _unexpected(intent, "canceled")
    _cancel(world, intent, form.get("cancellation_reason"))
    return intent


def search(kind: str) -> Callable[..., Object]:
    """The search of a kind of objects: what is younger than the index lags is not found."""

    def found(world: World, form: Form) -> Object:
        conditions = _CONDITION.findall(form.get("query", ""))
        if not conditions:
            raise invalid("We were unable to parse your search query.", param="query")
        old = world.now() - world.search_lag_s
        hits = [
            one
            for one in world.all(kind)
            if one["created"] <= old
            and all(
                one[field].get(key) == value if key else one.get(field) == value for field, key, value in conditions
            )
        ]
        url = f"/v1/{kind}s/search"
        return {"object": "search_result", "data": hits[::-1][:10], "has_more": False, "next_page": None, "url": url}

    return found


def time_passes(world: World) -> Iterator[Object]:
    """Let happen what is due: a hold ends, a debit arrives or fails, bank money is there."""
    for reference in [one for one, at in world.due.items() if at <= world.now()]:
        del world.due[reference]
        intent = world.objects[reference]
        if intent["status"] == "requires_capture":
            _cancel(world, intent, "automatic")
        elif intent["status"] == "processing":
            charge = world.objects[intent["latest_charge"]]
            reason = world.behaviours[intent["payment_method"]].declined_later
            if reason:
                charge |= {"status": "failed", "paid": False, "failure_code": reason}
                _fail(world, intent, reason)
            else:
                charge["status"] = "succeeded"
                _take(world, intent, charge, intent["amount"])
        yield intent


def fund(world: World, reference: str) -> Object:
    """The payer's bank transfer has come."""
    intent = world.find("payment_intent", reference)
    method = world.objects[intent["payment_method"]]
    charge = world.keep("py", shapes.charge(intent, method, world.now()))
    intent |= {"latest_charge": charge["id"], "next_action": None}
    _take(world, intent, charge, intent["amount"])
    return intent


def _secret(world: World, intent: Object) -> None:
    intent["client_secret"] = f"{intent['id']}_secret_{world.new_id('x')[2:]}"


def _usable(world: World, customer: Object, token: str, types: list[str]) -> Object:
    method = world.find("payment_method", token, "payment_method", status=400)
    if method["customer"] != customer["id"]:
        raise invalid(
            "The provided PaymentMethod was detached from a Customer. It may not be used again.", param="payment_method"
        )
    if method["type"] not in types:
        raise invalid("The PaymentMethod provided is not allowed for this PaymentIntent.", param="payment_method")
    return method


def _confirm(world: World, intent: Object, method: Object) -> None:
    behaviour = world.behaviours[method["id"]]
    intent["payment_method"] = method["id"]
    charge = world.keep("ch", shapes.charge(intent, method, world.now()))
    intent["latest_charge"] = charge["id"]
    if behaviour.declined:
        charge |= {"status": "failed", "paid": False, "failure_code": "card_declined"}
        raise _fail(world, intent, behaviour.declined)
    if method["type"] == "sepa_debit":
        charge["status"] = "pending"
        intent["status"] = "processing"
        world.due[intent["id"]] = world.now() + DEBIT_TAKES_S
        world.told("payment_intent.processing", intent)
    elif intent["capture_method"] == "manual":
        until = world.now() + behaviour.hold_hours * 3600
        charge["payment_method_details"]["card"]["capture_before"] = until
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        world.due[intent["id"]] = until
        world.told("payment_intent.amount_capturable_updated", intent)
    else:
        _take(world, intent, charge, intent["amount"])


def _take(world: World, intent: Object, charge: Object, amount: int) -> None:
    charge |= {"captured": True, "amount_captured": amount}
    charge["balance_transaction"] = world.moved(amount, charge["currency"], "charge", charge["id"])
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    world.told("payment_intent.succeeded", intent)


def _fail(world: World, intent: Object, reason: str) -> Refused:
    told = declined(reason).body["error"]
    intent |= {"status": "requires_payment_method", "last_payment_error": told}
    world.told("payment_intent.payment_failed", intent)
    return declined(reason, payment_intent=dict(intent), charge=intent["latest_charge"])


def _cancel(world: World, intent: Object, reason: str | None) -> None:
    world.due.pop(intent["id"], None)
    if intent["status"] == "requires_capture":
        charge = world.objects[intent["latest_charge"]]
        charge |= {"refunded": True, "amount_refunded": charge["amount"]}
        world.keep("re", shapes.refund(world.now(), charge, charge["amount"]))
    intent |= {"status": "canceled", "canceled_at": world.now(), "cancellation_reason": reason}
    intent |= {"amount_capturable": 0, "next_action": None}
    world.told("payment_intent.canceled", intent)


def _unexpected(intent: Object, verb: str) -> Refused:
    told: dict[str, Any] = {"code": "payment_intent_unexpected_state", "payment_intent": dict(intent)}
    return invalid(f"This PaymentIntent could not be {verb} because it has a status of {intent['status']}.", **told)
