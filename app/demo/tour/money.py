"""What the scenes about money share: schedules and milestones as each side reads them, payments, commission, payouts."""

from typing import Any

from app.demo.tour.stage import Stage
from app.demo.tour.visitors import Answer, Visitor

WHOLE_BP = 10_000
CARD = "pm_card_visa"
MOST = 100


def schedule_of(visitor: Visitor, order_id: str) -> Answer:
    """How an order is paid, as one of its sides reads it."""
    (found,) = visitor.get("/v1/payment-schedules", params={"of_deal": order_id}).json()["items"]
    whole: Answer = visitor.get(f"/v1/payment-schedules/{found['id']}").json()
    return whole


def show_schedule(stage: Stage, visitor: Visitor, schedule: Answer) -> None:
    """Its milestones, named as the order names them in the reader's language."""
    order = visitor.get(f"/v1/orders/{schedule['deal_id']}").json()
    names = {one["id"]: one["name"] for one in order["milestones"]}
    rows = [
        [
            names[one["part_id"]],
            f"{one['share_percent']} %",
            one["amount"]["text"],
            one["state"]["label"],
            one["pay_by"] or "",
        ]
        for one in schedule["milestones"]
    ]
    stage.narrator.table(["milestone", "share", "amount", "", "to be paid by"], rows)


def milestone(visitor: Visitor, milestone_id: str) -> Answer:
    """A milestone and its money."""
    found: Answer = visitor.get(f"/v1/payment-milestones/{milestone_id}").json()
    return found


def minor(amounts: Answer, *names: str) -> list[int]:
    """Some of its amounts."""
    return [int(amounts[name]["minor"]) for name in names]


def pay(stage: Stage, visitor: Visitor, milestone_id: str) -> Answer:
    """Pay what is owed of a milestone by card; the milestone, once the provider has answered."""
    answer = visitor.post(f"/v1/payment-milestones/{milestone_id}/pay", {"payment_method": CARD})
    stage.must("the payment is taken on; the worker asks the provider", answer.status_code == 202, answer.text)
    stage.poll(
        lambda: milestone(visitor, milestone_id),
        lambda seen: seen["payment"]["state"]["code"] in ("captured", "declined"),
    )
    # What was seen last may have been read while it came.
    return milestone(visitor, milestone_id)


def give_back(stage: Stage, visitor: Visitor, milestone_id: str, words: dict[str, Any]) -> Answer:
    """Give a part of a milestone back; the milestone, once the buyer has it."""
    before = milestone(visitor, milestone_id)["refunded"]["minor"]
    form = {"amount_minor": words["refund_minor"], "reason": words["reason"]}
    answer = visitor.post(f"/v1/payment-milestones/{milestone_id}/refunds", form)
    stage.must("decided: put aside, so that it is not sent on meanwhile", answer.status_code == 202, answer.text)
    due = before + words["refund_minor"]
    return stage.poll(lambda: milestone(visitor, milestone_id), lambda seen: seen["refunded"]["minor"] == due)


def given(seen: Answer, words: dict[str, Any]) -> str:
    """What was just given back of a milestone, as its reader writes it."""
    return str(
        next(one["amount"]["text"] for one in seen["refunds"] if one["amount"]["minor"] == words["refund_minor"])
    )


def rate_bp(visitor: Visitor, order_id: str) -> int:
    """What its supplier pays the house of an order, as it was frozen when he acknowledged it."""
    agreed = visitor.get("/v1/commission-agreements").json()["items"]
    return int(next(one["rate_bp"] for one in agreed if one["deal_id"] == order_id))


def fee(amount_minor: int, rate: int) -> int:
    """The commission on an amount: half a cent is rounded up."""
    return (2 * amount_minor * rate + WHOLE_BP) // (2 * WHOLE_BP)


def earns(stage: Stage, currency: str, amount_minor: int) -> None:
    """Remember what the house should have by now."""
    stage.earned[currency] = stage.earned.get(currency, 0) + amount_minor


def owed(visitor: Visitor, cause_id: str) -> Answer:
    """What somebody is owed by a milestone or a financing; nothing as long as it is not."""
    items = visitor.get("/v1/payout-items", params={"limit": MOST}).json()["items"]
    found: list[Answer] = [one for one in items if one["cause"]["id"] == cause_id]
    return found[0] if found else {}
