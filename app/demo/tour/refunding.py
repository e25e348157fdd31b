"""Money that goes back: before it was sent to the supplier, and after. Between them another order, 40/60, sent on at once."""

from datetime import UTC, datetime, timedelta

import httpx

from app.demo.tour.building import DELIVERY_DAYS, found, uploaded
from app.demo.tour.deciding import notice_of
from app.demo.tour.money import earns, fee, give_back, given, minor, owed, pay, rate_bp, schedule_of, show_schedule
from app.demo.tour.stage import CHINESE, OPERATOR, OUTSIDER, OUTSIDERS_CHIEF, PATIENCE_S, SPANISH, Stage, texts
from app.demo.tour.visitors import Answer, Visitor

DESIGN, TRIAL = "design_approved", "t1"
TEMPLATE, SHARES = "split_40_60", [40, 60]
EVERY_DAY = {"rhythm": "daily", "least": {"minor": 0, "currency": "EUR"}}
READY = "ready"
NO_HOLD = {"way": "provider", "hold_days": 0}


def refund(stage: Stage) -> None:
    """Both, each with its share of commission."""
    _before(stage)
    order_id = _order(stage)
    _begin(stage, order_id)
    _send(stage, order_id)
    _after(stage, order_id)


def _before(stage: Stage) -> None:
    tell, maker, words = stage.narrator, stage.visitor(CHINESE), texts()["money"]["before"]
    tell.step("The maker gives something back before it was sent to him")
    trial, rate = stage.milestones[TRIAL], rate_bp(maker, stage.order_id)
    seen = give_back(stage, maker, trial, words)
    tell.acts(maker.role, f"gives back {given(seen, words)} of T1")
    tell.says(words["reason"], words["reason_gloss"])
    released, back = seen["released"]["minor"], words["refund_minor"]
    commission = fee(released, rate) - fee(released - back, rate)
    earns(stage, seen["amount"]["currency"], -commission)
    item = owed(maker, trial)
    amount, taken, sent = minor(item, "amount", "taken_back", "sent")
    tell.says(f"{item['state']['label']}: {item['amount']['text']} − {item['taken_back']['text']}")
    tell.check(
        "the buyer has it, and the maker loses that much less its share of commission",
        (taken, sent) == (back - commission, 0),
        str(item),
    )
    kept = amount - taken == released - back - fee(released - back, rate)
    tell.check("as if only the rest had ever been paid", kept, str(item))


def _order(stage: Stage) -> str:
    """A packaging firm buys a mould of the catalogue, with two signatures."""
    tell, buyer, maker = stage.narrator, stage.visitor(OUTSIDER), stage.visitor(SPANISH)
    tell.step("Another order, from the catalogue: 40 % with the design, 60 % with the shipment")
    words = texts()["money"]["second"]
    listed = maker.get("/v1/products", params={"limit": 100}).json()["items"]
    variant = next(v for one in listed for v in one["variants"] if v["sku"].startswith(words["product"]))
    form = {"items": [{"variant_id": variant["id"], "quantity": "1"}], "currency": "EUR", "issue": False}
    answer = buyer.post("/v1/catalog-orders", form)
    stage.must("a draft at the price that is confirmed", answer.status_code == 201, answer.text)
    order = answer.json()
    path = f"/v1/orders/{order['id']}"
    stage.things.add(order["id"])
    changed = buyer.edit("PATCH", path, {"milestone_template": TEMPLATE})
    stage.must("to be paid 40/60", changed.is_success, changed.text)
    sent = buyer.post(f"{path}/submission")
    stage.must("sent on its way", sent.is_success, sent.text)
    title = order["title"]
    tell.acts(buyer.role, f"orders {order['number']}: {order['total']['text']}")
    tell.says((title["translation"] or title)["text"], changed.json()["milestone_template"]["label"])
    if sent.json()["state"]["code"] == "awaiting_approval":
        chief, approval = stage.visitor(OUTSIDERS_CHIEF), buyer.get(path).json()["approval"]["id"]
        stage.things.add(approval)
        notice = stage.poll(lambda: notice_of(approval, chief.get("/v1/notifications").json()), bool)
        stage.must("her chief is told", bool(notice))
        approved = chief.post(f"/v1/approvals/{approval}/approve", {})
        tell.acts(chief.role, "reads his notice and signs as the second")
        stage.must("approved", approved.is_success, approved.text)
    issued = stage.poll(lambda: buyer.get(path).json(), lambda seen: seen["state"]["code"] == "issued")
    stage.must("issued", issued["state"]["code"] == "issued", str(issued["state"]))
    return str(order["id"])


def _begin(stage: Stage, order_id: str) -> None:
    tell, buyer, maker = stage.narrator, stage.visitor(OUTSIDER), stage.visitor(SPANISH)
    tell.step("It is taken, and its design is approved: 40 % are due")
    words = texts()["money"]["second"]
    day = (datetime.now(UTC) + timedelta(days=DELIVERY_DAYS)).date().isoformat()
    path, noted = f"/v1/orders/{order_id}", words["acknowledgement"]
    answer = maker.post(f"{path}/acknowledgement", {"confirmed_delivery_on": day, "note": noted["text"]})
    tell.acts(maker.role, "acknowledges")
    tell.says(noted["text"], noted["gloss"])
    stage.must("acknowledged: a payment schedule opens", answer.is_success, answer.text)
    step = f"{path}/milestones/{found(maker, order_id, DESIGN)['id']}"
    form = {"document_ids": [uploaded(maker, words["file"])["id"]], "note": words["design"]}
    shown = maker.post(f"{step}/evidence", form)
    tell.says(words["design"], words["design_gloss"])
    accepted = buyer.post(f"{step}/acceptance", {"note": words["accepts"]})
    tell.acts(buyer.role, "approves the design")
    tell.says(words["accepts"], words["accepts_gloss"])
    stage.must("approved", shown.status_code == 201 and accepted.is_success, shown.text + accepted.text)
    stage.second = schedule_of(buyer, order_id)
    stage.things.update(one["id"] for one in stage.second["milestones"])
    show_schedule(stage, buyer, stage.second)
    shares = [float(one["share_percent"]) for one in stage.second["milestones"]]
    amounts = [one["amount"]["minor"] for one in stage.second["milestones"]]
    whole = shares == SHARES and sum(amounts) == stage.second["total"]["minor"]
    tell.check("40/60, and the parts come to the total to the cent", whole, f"{shares} {amounts}")


def _send(stage: Stage, order_id: str) -> None:
    tell, buyer, maker = stage.narrator, stage.visitor(OUTSIDER), stage.visitor(SPANISH).signed_in()
    tell.step("It is paid, and sent to its maker on the same day")
    _introduce(stage, maker)
    said = maker.edit("PUT", "/v1/payout-calendar", EVERY_DAY)
    stage.must("and wants to be paid every day", said.is_success, said.text)
    operator, path = stage.visitor(OPERATOR), f"/v1/operator/payout-calendars/{maker.organization_id}"
    said = operator.edit("PUT", path, NO_HOLD)
    tell.acts(operator.role, "does without holding this maker's money for a week")
    stage.must("said by the operator", said.is_success, said.text)
    design = stage.second["milestones"][0]["id"]
    paid = pay(stage, buyer, design)
    amount, released = minor(paid, "amount", "released")
    tell.acts(buyer.role, f"pays {paid['amount']['text']}")
    stage.must("paid, and released", amount == released, str(paid))
    commission = fee(amount, rate_bp(maker, order_id))
    earns(stage, paid["amount"]["currency"], commission)
    item = stage.poll(lambda: owed(maker, design), lambda seen: seen.get("state", {}).get("code") == "sent")
    tell.acts(maker.role, f"is sent {item['sent']['text']}")
    stage.must("all but the commission has gone", item["sent"]["minor"] == amount - commission, str(item))
    stage.things.update((item["id"], item["payout_id"]))
    payout = maker.get(f"/v1/payouts/{item['payout_id']}").json()
    tell.check("in a payout of this milestone alone", len(payout["items"]) == 1, str(payout))


def _introduce(stage: Stage, maker: Visitor) -> None:
    """The maker opens an account, and tells the provider who he is: on its own page, by his browser."""
    opened = maker.post("/v1/payout-account")
    account: Answer = opened.json()
    if opened.is_success and account["state"]["code"] != READY:
        link = maker.post("/v1/payout-account/onboarding")
        stage.must("the provider names a page on which he tells who he is", link.is_success, link.text)
        httpx.get(link.json()["url"], timeout=PATIENCE_S)
        account = stage.poll(
            lambda: maker.get("/v1/payout-account").json(), lambda seen: seen["state"]["code"] == READY
        )
    ready = opened.is_success and account["state"]["code"] == READY
    stage.must("the maker has an account at the payment provider", ready, str(account))


def _after(stage: Stage, order_id: str) -> None:
    tell, buyer, maker = stage.narrator, stage.visitor(OUTSIDER), stage.visitor(SPANISH)
    tell.step("A part goes back after it was sent")
    first, rate = stage.second["milestones"][0], rate_bp(maker, order_id)
    design, words = first["id"], dict(texts()["money"]["after"])
    words["refund_minor"] = first["amount"]["minor"] * words["share_percent"] // 100
    seen = give_back(stage, maker, design, words)
    tell.acts(maker.role, f"gives back {given(seen, words)}")
    tell.says(words["reason"], words["reason_gloss"])
    released, back = seen["released"]["minor"], words["refund_minor"]
    commission = fee(released, rate) - fee(released - back, rate)
    earns(stage, seen["amount"]["currency"], -commission)
    want = back - commission
    item = stage.poll(lambda: owed(maker, design), lambda seen: seen["came_back"]["minor"] == want)
    tell.says(f"{item['sent']['text']} − {item['came_back']['text']}")
    came = item["came_back"]["minor"]
    tell.check("his transfer is reversed by that much less its share of commission", came == want, str(item))
    kept = item["sent"]["minor"] - came == released - back - fee(released - back, rate)
    tell.check("as if only the rest had ever been paid", kept, str(item))
    his: Answer = buyer.get(f"/v1/payment-milestones/{design}").json()
    whole = his["refunded"]["minor"] == back and not his["outstanding"]["minor"]
    tell.check("the buyer has it back, and is not asked for it again", whole, str(his))
