"""The order is paid by milestones. The maker does not wait for the first: a financier advances it, and is repaid first."""

from app.demo.tour.money import earns, fee, milestone, minor, owed, pay, rate_bp, schedule_of, show_schedule
from app.demo.tour.stage import CHINESE, FINANCIER, PURCHASER, SPANISH, Stage, texts
from app.demo.tour.visitors import Answer

SHARES = [30, 40, 30]
FIRST = "design_approved"


def finance(stage: Stage) -> None:
    """From the schedule to the repaid advance."""
    _plan(stage)
    financing = _offer(stage)
    _advance(stage, financing)
    _repay(stage, financing)


def _plan(stage: Stage) -> None:
    tell, purchaser, maker = stage.narrator, stage.visitor(PURCHASER), stage.visitor(CHINESE)
    tell.step("The order is paid by milestones: 30, 40 and 30 %")
    schedule = schedule_of(purchaser, stage.order_id)
    stage.milestones = {one["key"]: one["id"] for one in schedule["milestones"]}
    stage.things.update(stage.milestones.values())
    tell.acts(purchaser.role, f"reads how {schedule['deal_number']} is paid: {schedule['total']['text']}")
    show_schedule(stage, purchaser, schedule)
    shares = [float(one["share_percent"]) for one in schedule["milestones"]]
    amounts = [one["amount"]["minor"] for one in schedule["milestones"]]
    whole = shares == SHARES and sum(amounts) == schedule["total"]["minor"]
    tell.check("30/40/30, and the parts come to the total to the cent", whole, f"{shares} {amounts}")
    same = [one["amount"]["minor"] for one in schedule_of(maker, stage.order_id)["milestones"]]
    tell.check("both sides read the same", same == amounts, str(same))
    due = [one["key"] for one in schedule["milestones"] if one["pay_by"]]
    tell.check("due is what was accepted: the design, and nothing else yet", due == [FIRST], str(due))


def _offer(stage: Stage) -> Answer:
    tell, maker = stage.narrator, stage.visitor(CHINESE)
    financier = stage.visitor(FINANCIER).signed_in()
    tell.step("The maker does not wait for the money: a financier quotes for what he is owed")
    form = {
        "milestone_id": stage.milestones[FIRST],
        "shows_buyer": True,
        "buyer_size": "medium",
        "financier_ids": [str(financier.organization_id)],
    }
    answer = maker.post("/v1/financing-offers", form)
    stage.must("offered to one financier", answer.status_code == 201, answer.text)
    offer = answer.json()
    stage.things.add(offer["id"])
    tell.acts(maker.role, f"offers {offer['amount']['text']} of {offer['buyer']['name']}")
    path = f"/v1/financing-offers/{offer['id']}"
    seen, rival = financier.get(path).json(), stage.visitor(SPANISH).get(path)
    words = texts()["money"]["quote"]
    tell.acts(
        financier.role, f"reads {seen['amount']['text']}, to be paid by {seen['pay_by']}; quotes {words['shown']}"
    )
    quoted = financier.post(f"{path}/quotes", {name: words[name] for name in ("fee_minor", "advance_bp", "recourse")})
    stage.must("quoted", quoted.status_code == 201, quoted.text)
    tell.check("404: to anybody else there is no such offer", rival.status_code == 404, rival.text)
    accepted = maker.post(f"/v1/financing-quotes/{quoted.json()['id']}/acceptance")
    stage.must("accepted: what the buyer owes is assigned", accepted.status_code == 201, accepted.text)
    financing: Answer = accepted.json()
    stage.things.add(financing["id"])
    return financing


def _advance(stage: Stage, financing: Answer) -> None:
    tell, maker, financier = stage.narrator, stage.visitor(CHINESE), stage.visitor(FINANCIER)
    tell.step("The financier pays the advance")
    path = f"/v1/financings/{financing['id']}"
    answer = financier.post(f"{path}/pay", {"payment_method": "pm_card_mastercard"})
    stage.must("taken on", answer.status_code == 202, answer.text)
    funded = stage.poll(lambda: financier.get(path).json(), lambda seen: seen["state"]["code"] != "funding")
    tell.acts(financier.role, f"pays {funded['advance']['text']} by {funded['payment']['method']}")
    tell.says(f"{funded['state']['label']}: {funded['owed']['text']} + {funded['charge_owed']['text']}")
    amount, advance = minor(funded, "amount", "advance")
    told = advance == amount * texts()["money"]["quote"]["advance_bp"] // 10_000
    stage.must("it runs: 80 % of what is owed", funded["state"]["code"] == "running" and told, str(funded))
    item = owed(maker, financing["id"])
    tell.check("all of it is to be sent to the maker", item["amount"]["minor"] == advance, str(item))


def _repay(stage: Stage, financing: Answer) -> None:
    tell, purchaser, maker = stage.narrator, stage.visitor(PURCHASER), stage.visitor(CHINESE)
    financier, design = stage.visitor(FINANCIER), stage.milestones[FIRST]
    tell.step("The buyer pays as before, and the financier is repaid first")
    paid = pay(stage, purchaser, design)
    amount, funded, released = minor(paid, "amount", "funded", "released")
    tell.acts(purchaser.role, f"pays {paid['amount']['text']} by {paid['payment']['method']}")
    stage.must("paid, and released at once, since the design is accepted", amount == funded == released, str(paid))
    repaid = financier.get(f"/v1/financings/{financing['id']}").json()
    advance, charge, left = minor(repaid, "repaid", "charge_paid", "owed")
    commission = fee(amount, rate_bp(maker, stage.order_id))
    earns(stage, paid["amount"]["currency"], commission)
    his, rest = owed(financier, financing["id"]), owed(maker, design)
    tell.table(
        ["of the payment", ""],
        [
            ["the financier's advance", repaid["repaid"]["text"]],
            ["and his fee", repaid["charge_paid"]["text"]],
            ["the rest, less commission: the maker's", rest["amount"]["text"]],
        ],
    )
    whole = (repaid["state"]["code"], left, advance, charge) == (
        "repaid",
        0,
        financing["advance"]["minor"],
        texts()["money"]["quote"]["fee_minor"],
    )
    tell.check("the advance and the fee are repaid in full", whole, str(repaid))
    tell.check("that is what goes to the financier", his["amount"]["minor"] == advance + charge, str(his))
    parts = his["amount"]["minor"] + rest["amount"]["minor"] + commission
    tell.check("financier, maker and commission come to what was paid", parts == amount, f"{parts} of {amount}")
    tell.check("nothing of it is disputed or owed", not milestone(maker, design)["outstanding"]["minor"])
