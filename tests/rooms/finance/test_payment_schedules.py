"""Payment schedules over HTTP: opened with the order, paid into escrow, released on acceptance, given back."""

from app.finance.facade import Evidence, PaymentTerms
from app.finance.schedules.jobs import accept_silent
from app.kit.jobs import Runtime
from tests.market import Market, Member
from tests.rooms.finance.schedules import in_days, opened_by_a_deal, paid_order, schedule_of

A, B = 40_000, 60_000
"""The two milestones of 40/60 of 1,000.00 EUR."""


async def balance(who: Member, purpose: str) -> int:
    """What an account of a firm comes to."""
    rows = (await who.get("/v1/ledger/accounts")).json()["items"]
    return sum(row["balance"]["minor"] for row in rows if row["purpose"]["code"] == purpose)


async def told(who: Member) -> dict[str, str]:
    """The last subject of each kind of notification that somebody has."""
    items = (await who.get("/v1/notifications", params={"limit": 100})).json()["items"]
    return {one["notice"]: one["subject"] for one in reversed(items)}


async def test_an_order_is_paid_by_its_milestones(market: Market) -> None:
    terms = {"retention_percent": "10", "retention_days": 90, "silence_days": 10, "payment_days": 30}
    order, paid = await paid_order(market, milestone_template="split_40_60", payment_terms=terms)
    assert (await order.read())["payment_terms"] == terms
    schedule = await schedule_of(paid.supplier, order.order["id"])
    assert (schedule["role"]["code"], schedule["deal_number"]) == ("supplier", order.order["number"])
    assert [(one["key"], one["amount"]["minor"], one["evidence"]["code"]) for one in schedule["milestones"]] == [
        ("design_approved", 1412000, "design_approved"),
        ("shipped", 2118000, "bill_of_lading"),
    ]
    assert schedule["terms"] == terms and schedule["outstanding"]["minor"] == 3530000
    # The buyer pays ahead of time: it is held, and nobody's yet.
    first = await paid.pay()
    assert (first["state"]["code"], first["payment"]["state"]["code"]) == ("planned", "captured")
    assert first["payment"]["method"] == "Visa …4242"
    assert await paid.money() == {"funded": 1412000, "held": 1412000}
    assert (await paid.pay(status=409))["code"] == "nothing-to-pay"
    assert (await paid.read(1, paid.supplier))["payment"] is None
    await order.show("design_approved")
    shown = await paid.read()
    assert (shown["state"]["code"], shown["silence_accepts_at"] is not None) == ("evidenced", True)
    await order.accept("design_approved")
    assert await paid.money() == {"funded": 1412000, "held": 141200, "released": 1270800}
    accepted = await paid.read()
    assert (accepted["accepted_by"]["code"], accepted["due_on"]) == ("buyer", None)
    assert accepted["retention_free_on"] == in_days(market, 90)
    assert await balance(paid.supplier, "payable_to_supplier") == 1270800
    assert await balance(paid.buyer, "escrow") == 141200
    await paid.days(89)
    assert (await paid.money())["held"] == 141200
    await paid.days(90)
    assert await paid.money() == {"funded": 1412000, "released": 1412000}
    await paid.job()
    # The second one is not paid ahead: it falls due when it is accepted.
    await order.reach("steel_ordered", "t1", "fai_approved", "shipped")
    due = await paid.read(2)
    assert (due["due_on"], due["pay_by"]) == (in_days(market, 0), in_days(market, 30))
    await market.work()
    assert "21.180,00" in (await told(paid.buyer))["finance.milestone_due"]
    await paid.pay(2)
    assert await paid.money(2) == {"funded": 2118000, "held": 211800, "released": 1906200}
    assert (await paid.read(2))["due_on"] is None
    subjects = await told(paid.supplier)
    assert "21,180.00" in subjects["finance.milestone_funded"] and "19,062.00" in subjects["finance.milestone_released"]
    await paid.proved()


async def test_silence_accepts_and_the_order_follows(market: Market) -> None:
    order, paid = await paid_order(market, milestone_template="split_40_60")
    await paid.pay()
    await order.show("design_approved")
    await paid.silence(13)
    assert (await paid.read())["state"]["code"] == "evidenced"
    # Evidence that is returned begins anew.
    answer = await paid.buyer.post(f"{order.milestone('design_approved')}/return", json={"reason": "DFM fehlt"})
    assert answer.status_code == 200
    await paid.silence(2)
    assert (await paid.read())["state"]["code"] == "returned"
    await order.show("design_approved")
    await paid.silence(14.1)
    assert (await paid.read())["accepted_by"]["code"] == "silence"
    assert (await paid.money())["released"] == 1412000
    design = next(one for one in (await order.read())["milestones"] if one["code"] == "design_approved")
    assert (design["state"]["code"], design["entries"][-1]["act"]["code"]) == ("accepted", "counted")
    assert design["entries"][-1]["side"]["code"] == "buyer"
    assert all(["procurement.milestone_counted" in await told(who) for who in (paid.buyer, paid.supplier)])
    await paid.proved()


async def test_the_buyer_may_be_as_quick_as_silence(market: Market) -> None:
    """Whoever locks the milestone first is right; the other finds it so."""
    order, paid = await paid_order(market, milestone_template="on_shipment")
    await order.show("shipped")
    market.move_clock(days=15)
    await accept_silent(Runtime(market.settings, market.db, market.clock))
    market.move_clock(days=-15)
    late = await paid.buyer.post(f"{order.milestone('shipped')}/return", json={"reason": "zu spät"})
    assert (late.status_code, late.json()["code"]) == (409, "payment-milestone-accepted")
    assert (await order.accept("shipped"))["state"]["code"] == "accepted"
    await market.work()
    [entry] = [one for one in (await order.read())["milestones"][0]["entries"] if one["act"]["code"] != "submitted"]
    assert (entry["act"]["code"], (await paid.read())["accepted_by"]["code"]) == ("accepted", "silence")


async def test_what_no_card_can_pay_in_thousandths_is_said_so(market: Market) -> None:
    paid = await opened_by_a_deal(market, total=100_003, currency="KWD")
    assert [(await paid.read(number))["outstanding"]["minor"] for number in (1, 2)] == [40_000, 60_003]
    await paid.pay()
    assert await paid.money() == {"funded": 40_000, "released": 40_000}
    odd = await paid.pay(2)
    assert (odd["payment"]["state"]["code"], odd["payment"]["reason"]["code"]) == ("declined", "not_in_steps")
    assert "bank transfer" in odd["payment"]["reason"]["label"]
    assert await paid.money(2) == {"outstanding": 60_003}
    await paid.proved()


async def test_a_payment_may_be_declined_or_take_days(market: Market) -> None:
    paid = await opened_by_a_deal(market)
    first = await paid.read()
    assert (first["accepted_by"]["code"], first["pay_by"]) == ("terms", in_days(market, 14))
    declined = await paid.pay(payment_method="tok_declined_insufficient_funds")
    assert (declined["payment"]["state"]["code"], declined["payment"]["reason"]["code"]) == (
        "declined", "insufficient_funds",
    )  # fmt: skip
    assert "finance.milestone_payment_declined" in await told(paid.buyer)
    assert (await paid.pay(payment_method="tok_unknown"))["payment"]["reason"]["code"] == "not_saved"
    assert (await paid.pay(payment_method="tok_sepa_debit_fails"))["payment"]["state"]["code"] == "processing"
    assert (await paid.pay(status=409))["code"] == "payment-under-way"
    await paid.days(6)
    assert (await paid.read())["payment"]["state"]["code"] == "declined"
    await paid.pay(payment_method="tok_sepa_debit")
    assert await paid.money() == {"outstanding": A}
    await paid.days(6)
    assert await paid.money() == {"funded": A, "released": A}
    # The answer is lost, and the charge is not made twice.
    await paid.pay(2, payment_method="tok_answer_lost")
    for _ in range(3):
        await paid.days(0.01)
    assert await paid.money(2) == {"funded": B, "held": B}
    assert await balance(paid.buyer, "escrow") == B
    await paid.proved()


async def test_a_bank_transfer_is_awaited_and_may_be_withdrawn(market: Market) -> None:
    paid = await opened_by_a_deal(market)
    awaited = (await paid.pay(way="transfer"))["payment"]
    assert (awaited["state"]["code"], awaited["way"]["code"]) == ("processing", "transfer")
    assert awaited["accounts"][0]["kind"] == "iban" and awaited["remittance"]
    assert "finance.transfer_awaited" in await told(paid.buyer)
    path = f"/v1/payment-milestones/{paid.milestones[0]}/transfer-withdrawal"
    assert (await paid.supplier.post(path)).status_code == 404
    assert (await paid.buyer.post(path)).status_code == 202
    await market.work()
    assert (await paid.read())["payment"]["state"]["code"] == "withdrawn"
    again = await paid.buyer.post(path)
    assert (again.status_code, again.json()["code"]) == (409, "no-transfer-awaited")
    await paid.pay(way="transfer", country="FR")
    await paid.days(6)
    assert await paid.money() == {"funded": A, "released": A}
    await paid.pay(2, way="transfer")
    # It comes before the provider hears of the withdrawal.
    assert (await paid.buyer.post(path.replace(paid.milestones[0], paid.milestones[1]))).status_code == 202
    market.move_clock(days=6)
    await market.work()
    market.move_clock(days=-6)
    assert await paid.money(2) == {"funded": B, "held": B}
    await paid.proved()


async def test_money_is_given_back_before_and_after_its_release(market: Market) -> None:
    paid = await opened_by_a_deal(market)
    await paid.pay(1)
    await paid.pay(2)
    assert (await paid.refund(2, who=paid.buyer, status=404))["code"] == "not-found"
    assert (await paid.refund(2, status=409, amount_minor=B + 1))["code"] == "refund-too-large"
    await paid.refund(2, amount_minor=10_000)
    assert await paid.money(2) == {"funded": B, "held": 50_000, "refunded": 10_000}
    assert (await paid.read(2))["outstanding"]["minor"] == 0
    assert (await paid.refund(1, status=409, amount_minor=A + 1))["code"] == "refund-too-large"
    await paid.refund(1, amount_minor=15_000)
    assert await balance(paid.supplier, "payable_to_supplier") == A - 15_000
    operator = await market.people("operator")
    await paid.refund(1, who=operator)
    assert await paid.money(1) == {"funded": A, "released": A, "refunded": A}
    assert await balance(paid.supplier, "payable_to_supplier") == 0
    assert (await paid.refund(1, status=409))["code"] == "refund-too-large"
    refunds = (await paid.read(1))["refunds"]
    assert [(one["state"]["code"], one["amount"]["minor"], one["reason"]) for one in refunds] == [
        ("done", 25_000, "Preisnachlass"), ("done", 15_000, "Preisnachlass"),
    ]  # fmt: skip
    assert "finance.milestone_refunded" in await told(paid.buyer)
    journal = await market.app.state.gateways["payments"].journal()
    assert sum(one.captured_change for one in journal) == B - 10_000
    await paid.proved()


async def test_shares_come_to_the_whole(market: Market) -> None:
    split = ((3333, Evidence.NONE), (3333, Evidence.DESIGN_APPROVED), (3334, Evidence.RUN_OFF_ACCEPTED))
    terms = PaymentTerms(retention_bp=500, retention_days=30)
    paid = await opened_by_a_deal(market, total=1001, split=split, terms=terms)
    schedule = await schedule_of(paid.buyer, str(paid.deal[1]))
    assert [one["amount"]["minor"] for one in schedule["milestones"]] == [334, 333, 334]
    assert [one["retention"]["minor"] for one in schedule["milestones"]] == [16, 16, 16]
    assert [one["accepted_by"] is not None for one in schedule["milestones"]] == [True, False, False]
    await paid.proved()
