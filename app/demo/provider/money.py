"""Refunds, connected accounts, transfers and their reversals, payouts and disputes."""

from collections.abc import Callable

from app.demo.provider import shapes
from app.demo.provider.forms import Form
from app.demo.provider.shapes import Object
from app.demo.provider.world import Refused, World, invalid


def make_refund(world: World, form: Form) -> Object:
    intent = world.find("payment_intent", form.get("payment_intent", ""), "payment_intent", status=400)
    if intent["status"] != "succeeded":
        raise invalid("This PaymentIntent does not have a successful charge to refund.", param="payment_intent")
    charge = world.objects[intent["latest_charge"]]
    given = sum(
        one["amount"] for one in world.all("refund") if one["charge"] == charge["id"] and one["balance_transaction"]
    )
    left = charge["amount_captured"] - given
    if any(one["charge"] == charge["id"] and one["status"] != "won" for one in world.all("dispute")):
        raise invalid("Charge has been charged back; cannot issue a refund.", code="charge_disputed")
    if not left:
        raise invalid("Charge has already been refunded.", code="charge_already_refunded")
    amount = int(form.get("amount", left))
    if amount > left:
        raise invalid(f"Refund amount is greater than unrefunded amount on charge ({left}).", param="amount")
    made = world.keep("re", shapes.refund(world.now(), charge, amount, metadata=form.get("metadata", {})))
    made["balance_transaction"] = world.moved(-amount, charge["currency"], "refund", made["id"])
    if world.behaviours.get(intent["payment_method"]) and world.behaviours[intent["payment_method"]].refunds_pend:
        made["status"] = "pending"
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount"]
    world.told("charge.refunded", charge)
    return made


def read(kind: str) -> Callable[..., Object]:
    """One object of a kind."""

    def found(world: World, form: Form, reference: str) -> Object:
        return world.find(kind, reference, kind)

    return found


def read_account(world: World, form: Form, reference: str) -> Object:
    """An account; of others' it is not said whether they exist."""
    if reference not in world.objects:
        message = f"The provided key does not have access to account '{reference}' (or that account does not exist)."
        raise Refused(403, "invalid_request_error", message, code="account_invalid")
    return world.find("account", reference)


def listed(kind: str, url: str, *filters: str) -> Callable[..., Object]:
    """Objects of a kind, newest first, in pages."""

    def page(world: World, form: Form) -> Object:
        wanted = {name: form[name] for name in filters if name in form}
        rows = [one for one in world.all(kind) if all(one.get(name) == value for name, value in wanted.items())][::-1]
        made: Form = form.get("created", {})
        rows = [
            one for one in rows if int(made.get("gte", 0)) <= one["created"] < int(made.get("lt", one["created"] + 1))
        ]
        if kind == "payout":
            if world.acting is not None:
                world.find("account", world.acting, "account", status=400)
            rows = [one for one in rows if world.accounts.get(one["id"]) == world.acting]
        if after := form.get("starting_after"):
            ids = [one["id"] for one in rows]
            rows = rows[ids.index(after) + 1 :] if after in ids else []
        most = int(form.get("limit", 10))
        if not 1 <= most <= 100:
            raise invalid("Invalid limit", param="limit", kept=False)
        return shapes.page([shown(world, one) for one in rows[:most]], url, more=len(rows) > most)

    return page


def shown(world: World, one: Object) -> Object:
    """A transfer is shown with its reversals."""
    if one["object"] != "transfer":
        return one
    found = [back for back in world.all("transfer_reversal") if back["transfer"] == one["id"]]
    return one | {"reversals": shapes.page(found[::-1], f"/v1/transfers/{one['id']}/reversals")}


def make_account(world: World, form: Form) -> Object:
    capabilities = dict.fromkeys(form.get("capabilities", {}), "inactive")
    made = shapes.account(
        world.now(),
        country=form.get("country", "DE"),
        email=form.get("email"),
        capabilities=capabilities,
        metadata=form.get("metadata", {}),
    )
    return world.keep("acct", made)


def make_account_link(world: World, form: Form) -> Object:
    account = world.find("account", form.get("account", ""), "account", status=400)
    for name in ("refresh_url", "return_url"):
        if not form.get(name, "").startswith("http") or not form[name].isprintable():
            raise invalid("Not a valid URL", code="url_invalid", param=name, kept=False)
    token = world.new_id("link")
    made = shapes.account_link(world.now(), f"{world.url}/onboard/{token}")
    names = ("return_url", "refresh_url")
    world.links[token] = {"account": account["id"], "expires_at": made["expires_at"]} | {
        name: form[name] for name in names
    }
    return made


def follow_link(world: World, token: str) -> str:
    """The supplier opens the link, and tells who he is; where he is led from there. It opens once."""
    link = world.links.get(token)
    if link is None:
        raise Refused(404, "invalid_request_error", "No such page")
    if link.get("used") or link["expires_at"] < world.now():
        return str(link["refresh_url"])
    link["used"] = True
    onboard(world, link["account"])
    return str(link["return_url"])


def onboard(world: World, reference: str) -> Object:
    """The supplier has told what was asked, and was found in order."""
    account = world.find("account", reference)
    nothing: Object = {"currently_due": [], "eventually_due": [], "past_due": [], "pending_verification": []}
    account |= {"details_submitted": True, "payouts_enabled": True, "capabilities": {"transfers": "active"}}
    account["requirements"] = account["requirements"] | nothing | {"disabled_reason": None}
    world.told("account.updated", account, account=reference)
    return account


def make_transfer(world: World, form: Form) -> Object:
    account = world.find("account", form.get("destination", ""), "destination", status=400)
    amount, currency = int(form["amount"]), form["currency"]
    if account["capabilities"].get("transfers") != "active":
        raise invalid(
            "The destination account needs the transfers capability.", code="insufficient_capabilities_for_transfer"
        )
    group, source = form.get("transfer_group"), form.get("source_transaction")
    if source:
        charge = world.find("charge", source, "source_transaction", status=400)
        if charge["currency"] != currency:
            raise invalid("The currency of source_transaction's balance differs.", param="currency")
        sent = sum(
            one["amount"] - one["amount_reversed"]
            for one in world.all("transfer")
            if one["source_transaction"] == source
        )
        if sent + amount > charge["amount_captured"]:
            raise invalid("Transfers using this transaction as a source must not exceed the source amount.")
        group = charge["transfer_group"] or f"group_{charge['payment_intent']}"
    elif world.balance(currency) < amount:
        raise invalid("You have insufficient available funds.", code="balance_insufficient")
    made = world.keep(
        "tr",
        shapes.transfer(
            world.now(),
            amount,
            currency=currency,
            destination=account["id"],
            source_transaction=source,
            transfer_group=group,
            metadata=form.get("metadata", {}),
        ),
    )
    made["balance_transaction"] = world.moved(-amount, currency, "transfer", made["id"])
    world.told("transfer.created", shown(world, made))
    return shown(world, made)


def read_transfer(world: World, form: Form, reference: str) -> Object:
    return shown(world, world.find("transfer", reference, "transfer"))


def reverse_transfer(world: World, form: Form, reference: str) -> Object:
    transfer = world.find("transfer", reference, "transfer")
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = int(form.get("amount", left))
    if not 0 < amount <= left:
        raise invalid("Reversal amount is greater than unreversed amount on transfer.", param="amount")
    made = world.keep("trr", shapes.reversal(world.now(), transfer, amount, metadata=form.get("metadata", {})))
    made["balance_transaction"] = world.moved(amount, transfer["currency"], "transfer_refund", made["id"])
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    world.told("transfer.reversed", shown(world, transfer))
    return made


def read_reversal(world: World, form: Form, reference: str, reversal: str) -> Object:
    found = world.find("transfer_reversal", reversal, "reversal")
    if found["transfer"] != reference:
        raise invalid(f"No such transfer reversal: '{reversal}'", code="resource_missing", param="reversal")
    return found


def reversals(world: World, form: Form, reference: str) -> Object:
    world.find("transfer", reference, "transfer")
    return listed("transfer_reversal", f"/v1/transfers/{reference}/reversals", "transfer")(
        world, form | {"transfer": reference}
    )


def pay_out(world: World, amount: int, currency: str, account: str) -> Object:
    """A connected account's money goes to its bank."""
    made = world.keep("po", shapes.payout(world.now(), amount, currency))
    world.accounts[made["id"]] = account
    world.told("payout.created", made, account=account)
    return made


def dispute(world: World, intent_id: str) -> Object:
    """The payer's bank asks for the money back."""
    charge = world.objects[world.find("payment_intent", intent_id)["latest_charge"]]
    charge["disputed"] = True
    made = world.keep("du", shapes.dispute(world.now(), charge))
    world.told("charge.dispute.created", made)
    return made


def end_dispute(world: World, reference: str, status: str) -> Object:
    """The payer's bank has decided: `won` or `lost`."""
    made = world.find("dispute", reference)
    made["status"] = status
    world.told("charge.dispute.closed", made)
    return made
