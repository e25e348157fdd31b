"""From the clearing to the orders: deposits are secured, taken and given back, who does not pay is left out, and what is
ordered is what was cleared."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.gateways.payments import LocalPayments, PaymentState
from app.kit.db.engine import Role
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from app.pooling.checks import deposits_in_the_ledger
from app.pooling.deposits.limits import PAY_HOURS
from app.pooling.jobs import resume
from app.pooling.ordering.rules import Wanting, divided
from tests.copies import asks_as_often
from tests.market import Market, Member
from tests.rooms.finance import payouts
from tests.rooms.finance.invoices import paid_somewhere
from tests.rooms.pooling.campaigns import campaign_form, commitment_form, committed, frozen, moment, offered, opened
from tests.rooms.warehousing.stock import made


async def state_of(member: Member, commitment: dict[str, Any]) -> tuple[str, str]:
    """Of a commitment: (its campaign's state, its deposit's)."""
    told = (await member.get(f"/v1/commitments/{commitment['id']}")).json()
    return told["campaign_state"]["code"], told["deposit"]["state"]["code"]


async def taken(market: Market) -> dict[str, int]:
    """What every payer has paid and was not given back, in minor units."""
    payments = LocalPayments(market.settings.data_dir / "payments", clock=market.clock)
    found: dict[str, int] = {}
    for entry in await payments.journal():
        if entry.payment:
            payment = await payments.find_payment(entry.payment)
            assert payment.state is not PaymentState.HELD
            found[payment.payer] = payment.captured_minor - payment.refunded_minor
    return {payer: minor for payer, minor in found.items() if minor}


async def booked(market: Market) -> dict[tuple[str, str], int]:
    """What the ledger says of every account of an organization that is not at nothing; deposits are in it as they stand."""
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        looked, broken = await deposits_in_the_ledger(session)
        assert looked > 0 and broken == []
        rows = await session.execute(
            text(
                "SELECT a.organization_id, a.purpose, -b.balance_minor FROM ledger_accounts a JOIN ledger_balances b "
                "ON b.account_id = a.id WHERE a.organization_id IS NOT NULL AND b.balance_minor <> 0"
            )
        )
        return {(str(row[0]), row[1]): row[2] for row in rows}


async def test_deposits_are_taken_of_whom_it_serves_and_orders_are_placed(market: Market) -> None:
    lead, first, low, leaving = [await market.people("buyer") for _ in range(4)]
    supplier = await market.people("supplier")
    campaign = await opened(market, lead, deposit_pct="10")
    path = f"/v1/campaigns/{campaign['id']}/commitments"
    without = await first.post(path, json=commitment_form(campaign))
    assert (without.status_code, without.json()["errors"][0]["code"]) == (422, "payment-method-missing")
    card = await first.post(path, json=commitment_form(campaign, payment_method="tok_4242424242424242"))
    assert (card.status_code, card.json()["errors"][0]["pointer"]) == (422, "/payment_method")
    assert "4242" not in card.text
    one = await committed(campaign, first, 600, 47000, payment_method="tok_visa")
    assert one["deposit"]["amount"]["minor"] == 6 * 4700
    out = await committed(campaign, low, 300, 20000, payment_method="tok_mastercard")
    gone = await committed(campaign, leaving, 300, 47000, payment_method="tok_visa")
    await market.work()
    assert [await state_of(*pair) for pair in ((first, one), (low, out), (leaving, gone))] == [("open", "held")] * 3
    changed = await first.put(
        f"/v1/commitments/{one['id']}", json=commitment_form(campaign, 700, 47000), headers={"If-Match": "*"}
    )
    assert changed.json()["deposit"]["amount"]["minor"] == 7 * 4700
    await leaving.post(f"/v1/commitments/{gone['id']}/withdrawal")
    await market.work()
    assert await state_of(first, one) == ("open", "held")
    assert await state_of(leaving, gone) == ("open", "released")
    assert await booked(market) == {
        (str(first.firm.id), "deposit_authorized"): 7 * 4700,
        (str(low.firm.id), "deposit_authorized"): 3 * 2000,
    }
    await offered(campaign, supplier)
    await frozen(market)
    assert await state_of(first, one) == ("ordered", "captured")
    assert await state_of(low, out) == ("ordered", "released")
    assert await taken(market) == {str(first.firm.id): 7 * 4700}
    assert await booked(market) == {(str(supplier.firm.id), "payable_to_supplier"): 7 * 4700}
    assert await payouts.items(supplier) == [("waiting", 0)] and await payouts.broken(market) == []

    told = (await first.get(f"/v1/commitments/{one['id']}")).json()
    [order_id] = told["order_ids"]
    order = (await first.get(f"/v1/orders/{order_id}")).json()
    assert order["total"]["minor"] == told["allotment"]["payment"]["minor"] == 7 * (44000 + 1000) + 5000
    assert (order["origin"]["code"], order["pool"]["number"]) == ("pool", f"{campaign['number']}/1")
    assert order["state"]["code"] == "issued"
    framework = (await supplier.get("/v1/framework-orders")).json()["items"][0]
    assert framework["total"]["minor"] == order["total"]["minor"]
    [line] = (await supplier.get(framework["lines_url"])).json()["items"]
    assert (line["order_id"], line["member"]["id"]) == (order_id, str(first.firm.id))
    assert (await first.get(framework["lines_url"])).status_code == 404
    assert (await low.get("/v1/framework-orders")).json()["items"] == []
    shipping = f"/v1/framework-orders/{framework['id']}/shipment"
    form = {"mode": "sea_fcl", "load": "CNNGB", "discharge": "NLRTM", "ready_on": "2027-01-15"}
    nowhere = await supplier.post(shipping, json=form | {"discharge": "CNNGB"})
    assert (nowhere.status_code, nowhere.json()["errors"][0]["code"]) == (422, "same-place")
    assert (await first.post(shipping, json=form)).status_code == 404
    assert (await lead.post(shipping, json=form)).status_code == 404
    sent = [await supplier.post(shipping, json=form) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [201, 201], sent[0].text
    assert sent[0].json() == sent[1].json()
    [mine] = (await first.get("/v1/shipments")).json()["items"]
    assert (mine["destination"], mine["reference"]) == ("DEHAM", order["number"])
    assert (await low.get("/v1/shipments")).json()["items"] == []
    again = (await supplier.get(f"/v1/framework-orders/{framework['id']}")).json()
    assert again["shipment_id"] == sent[0].json()["shipment_id"]
    assert len((await lead.get("/v1/framework-orders")).json()["items"]) == 1
    assert (await lead.get(framework["lines_url"])).json()["items"] == []


@pytest.mark.parametrize("closes", [timedelta(minutes=11), timedelta(days=9)], ids=["held", "charged"])
async def test_what_a_deposit_is_more_than_there_is_to_pay_is_given_back(market: Market, closes: timedelta) -> None:
    lead, first, exact = [await market.people("buyer") for _ in range(3)]
    supplier = await market.people("supplier")
    closes_at = (market.clock.now() + closes).isoformat()
    campaign = await opened(market, lead, deposit_pct="100", closes_at=closes_at)
    one = await committed(campaign, first, 700, 47000, payment_method="tok_visa")
    two = await committed(campaign, exact, 300, 41500, payment_method="tok_answer_lost")
    await offered(campaign, supplier)
    for _ in range(3):
        await resume(Runtime(market.settings, market.db, market.clock, market.app.state.gateways))
        await market.work()
    before = closes - timedelta(minutes=11)
    market.move_clock(seconds=before.total_seconds())
    await frozen(market)
    for _ in range(3):
        await resume(Runtime(market.settings, market.db, market.clock, market.app.state.gateways))
        await market.work()
    market.move_clock(seconds=-before.total_seconds())
    # Ten lots: 40,000 and 1,000 of freight a lot, and 5,000 of set-up between them.
    told = [(await who.get(f"/v1/commitments/{own['id']}")).json() for who, own in ((first, one), (exact, two))]
    paid = [each["allotment"]["payment"]["minor"] for each in told]
    assert sum(paid) == 10 * 41000 + 5000
    deposits = [each["deposit"] for each in told]
    assert [each["state"]["code"] for each in deposits] == ["captured"] * 2
    assert [each["surplus"] and each["surplus"]["minor"] for each in deposits] == [7 * 47000 - paid[0], None]
    assert await taken(market) == {str(first.firm.id): paid[0], str(exact.firm.id): 3 * 41500}
    assert await booked(market) == {(str(supplier.firm.id), "payable_to_supplier"): sum(paid)}
    await paid_somewhere(supplier)
    framework = (await supplier.get("/v1/framework-orders")).json()["items"][0]
    await made(supplier, f"/v1/framework-orders/{framework['id']}/invoices", {})
    [listed] = (await first.get("/v1/invoices")).json()["items"]
    invoice = (await first.get(f"/v1/invoices/{listed['id']}")).json()
    assert invoice["prepaid"]["minor"] == paid[0]


async def test_who_does_not_pay_in_time_is_replaced_from_the_waiting_list(market: Market) -> None:
    lead, poor, waiting, careless, patient = [await market.people("buyer") for _ in range(5)]
    supplier = await market.people("supplier")
    campaign = await opened(market, lead, deposit_pct="10", shortfall="backfill")
    # With eleven lots of thirteen, no two of the others fill up what he leaves: he waits, whatever lots are drawn.
    await committed(campaign, patient, 1100, 46400, payment_method="tok_visa")
    one = await committed(campaign, lead, 400, 47000, payment_method="tok_visa")
    bad = await committed(campaign, poor, 600, 47000, payment_method="tok_declined_at_capture")
    late = await committed(campaign, careless, 300, 47000, payment_method="tok_declined_at_capture")
    next_one = await committed(campaign, waiting, 500, 46500, payment_method="tok_mastercard")
    await offered(campaign, supplier, capacity="1300")
    await market.work()
    await frozen(market)
    assert await state_of(poor, bad) == ("cleared", "declined")
    assert await state_of(waiting, next_one) == ("cleared", "held")
    notes = [note["subject"] for note in (await poor.get("/v1/notifications")).json()["items"]]
    assert any("deposit" in note for note in notes), notes
    notes = [note["subject"] for note in (await waiting.get("/v1/notifications")).json()["items"]]
    assert [note for note in notes if "waiting list" in note], notes
    paid = await careless.post(f"/v1/commitments/{late['id']}/payment", json={"payment_method": "tok_visa"})
    assert paid.status_code == 200, paid.text
    await market.work()
    assert await state_of(careless, late) == ("cleared", "captured")
    again = await careless.post(f"/v1/commitments/{late['id']}/payment", json={"payment_method": "tok_visa"})
    assert (again.status_code, again.json()["code"]) == (409, "deposit-not-declined")
    people = [lead, poor, waiting, careless, patient]
    market.move_clock(hours=PAY_HOURS)
    lead, poor, waiting, careless, patient = [await market.member(one.firm) for one in people]
    await resume(Runtime(market.settings, market.db, market.clock))
    await market.work()
    assert await state_of(poor, bad) == ("ordered", "defaulted")
    assert await state_of(waiting, next_one) == ("ordered", "captured")
    assert await state_of(lead, one) == ("ordered", "captured")
    rounds = (await lead.get(f"/v1/campaigns/{campaign['id']}/clearings")).json()["items"]
    assert [(each["round"], each["lots"]) for each in rounds] == [(2, 12), (1, 13)]
    for part in ("clearings", "shares"):
        await asks_as_often(market.db, lead, f"/v1/campaigns/{campaign['id']}/{part}")
    assert set(await taken(market)) == {str(each.firm.id) for each in (lead, waiting, careless)}
    assert await booked(market) == {(str(supplier.firm.id), "payable_to_supplier"): sum((await taken(market)).values())}
    told = (await poor.get(f"/v1/commitments/{bad['id']}")).json()
    assert told["order_ids"] == []
    # Whoever waits to the end is told so, once; not who was served, nor who did not pay.
    heard = {}
    for one in (lead, patient, poor, waiting):
        items = (await one.get("/v1/notifications?limit=100")).json()["items"]
        heard[one.firm.id] = [note["subject"] for note in items if "is closed" in note["subject"]]
    assert heard.pop(patient.firm.id) == [f"The waiting list of campaign {campaign['number']} is closed"]
    assert not any(heard.values()), heard


async def test_who_says_that_he_will_not_pay_is_replaced_at_once_and_nobody_gets_out_of_what_is_secured(
    market: Market,
) -> None:
    lead, poor, waiting, slow = [await market.people("buyer") for _ in range(4)]
    supplier = await market.people("supplier")
    campaign = await opened(market, lead, deposit_pct="10", shortfall="backfill")
    fine = await committed(campaign, lead, 400, 47000, payment_method="tok_visa")
    bad = await committed(campaign, poor, 600, 47000, payment_method="tok_declined_at_capture")
    next_one = await committed(campaign, waiting, 500, 46500, payment_method="tok_mastercard")
    late = await committed(campaign, slow, 300, 47000, payment_method="tok_declined_at_capture")
    await offered(campaign, supplier, capacity="1300")
    await market.work()

    async def said(member: Member, commitment: dict[str, Any]) -> tuple[int, str]:
        answer = await member.post(f"/v1/commitments/{commitment['id']}/default")
        return answer.status_code, answer.json().get("code", "")

    assert await said(poor, bad) == (409, "no-deposit-due")
    await frozen(market)
    refused = [await said(*pair) for pair in ((lead, fine), (waiting, next_one))]
    assert refused == [(409, "no-deposit-due")] * 2
    assert (await said(lead, bad))[0] == 404
    assert (await poor.get(f"/v1/commitments/{bad['id']}")).json()["deposit"]["due_at"] > market.clock.now().isoformat()
    assert [await said(poor, bad) for _ in range(2)] == [(200, "")] * 2
    again = await poor.post(f"/v1/commitments/{bad['id']}/payment", json={"payment_method": "tok_visa"})
    assert again.json()["code"] == "deposit-not-declined"
    await market.work()
    # Nobody loses his time because another gives up his.
    assert await state_of(poor, bad) == ("cleared", "declined")
    paid = await slow.post(f"/v1/commitments/{late['id']}/payment", json={"payment_method": "tok_visa"})
    assert paid.status_code == 200, paid.text
    await market.work()
    assert await state_of(poor, bad) == ("ordered", "defaulted")
    out = (await poor.get(f"/v1/commitments/{bad['id']}")).json()["allotment"]
    assert (out["served"], out["payment"]["minor"], out["reason"]) == (False, 0, "not-paid")
    assert [await state_of(*pair) for pair in ((lead, fine), (waiting, next_one), (slow, late))] == [
        ("ordered", "captured")
    ] * 3
    assert await said(poor, bad) == (200, "")
    assert set(await taken(market)) == {str(one.firm.id) for one in (lead, waiting, slow)}


async def test_a_campaign_may_be_short_and_is_frozen_at_its_moment(market: Market) -> None:
    lead, member = [await market.people("buyer") for _ in range(2)]
    now = market.clock.now()
    for wrong in (now, now + timedelta(days=181)):
        answer = await lead.post("/v1/campaigns", json=campaign_form(market, closes_at=wrong.isoformat()))
        assert answer.json()["errors"][0]["code"] == "closing-out-of-range", answer.text
    short = await opened(market, lead, closes_at=(now + timedelta(seconds=15)).isoformat())
    await committed(short, member)
    market.move_clock(seconds=16)
    late = await member.post(f"/v1/campaigns/{short['id']}/commitments", json=commitment_form(short, place="ESBCN"))
    assert (late.status_code, late.json()["code"]) == (409, "campaign-closed")
    # A job was asked for at the opening: nobody waits for the one of every minute. Its time is the server's, which no test moves.
    with psycopg.connect(market.settings.database_url.get_secret_value()) as connection:
        asked = "SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = %s AND args->>'campaign_id' = %s"
        [[at]] = connection.execute(asked, ("pooling.freeze_campaign", short["id"])).fetchall()
    assert at == now + timedelta(seconds=15)


async def test_of_a_campaign_that_fails_or_is_cancelled_everything_is_given_back(market: Market) -> None:
    lead, member = [await market.people("buyer") for _ in range(2)]
    failing = await opened(market, lead, deposit_pct="30")
    cancelled = await opened(market, lead, deposit_pct="30")
    long = await opened(market, lead, deposit_pct="30", closes_at=moment(market, days=90))
    held = [await committed(one, member, payment_method="tok_visa") for one in (failing, cancelled, long)]
    await market.work()
    assert [(await state_of(member, one))[1] for one in held] == ["held", "held", "saved"]
    # A saved method goes over to the deposit of a changed commitment; one that was never saved cannot.
    changed = await member.put(
        f"/v1/commitments/{held[2]['id']}", json=commitment_form(long, 500), headers={"If-Match": "*"}
    )
    assert (changed.status_code, changed.json()["deposit"]["amount"]["minor"]) == (200, 5 * 13800), changed.text
    poor = await market.people("buyer")
    refused = await committed(long, poor, payment_method="tok_declined_when_saved")
    await market.work()
    assert [(await state_of(one, made))[1] for one, made in ((member, held[2]), (poor, refused))] == [
        "saved",
        "declined",
    ]
    path = f"/v1/commitments/{refused['id']}"
    again = await poor.put(path, json=commitment_form(long, 500), headers={"If-Match": "*"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "payment-method-missing")
    form = commitment_form(long, 500, payment_method="tok_visa")
    assert (await poor.put(path, json=form, headers={"If-Match": "*"})).status_code == 200
    answer = await lead.post(f"/v1/campaigns/{cancelled['id']}/cancellation", json={"reason": "No demand."})
    assert answer.status_code == 200
    await frozen(market)
    assert [await state_of(member, one) for one in held] == [
        ("failed", "released"),
        ("cancelled", "released"),
        ("open", "saved"),
    ]
    assert await taken(market) == {}


async def test_while_a_deposit_is_being_secured_its_method_does_not_go_over(market: Market) -> None:
    lead, member = [await market.people("buyer") for _ in range(2)]
    campaign = await opened(market, lead, deposit_pct="10")
    made = await committed(campaign, member, 300, 47000, payment_method="tok_visa")
    await market.work()
    path, asked = f"/v1/commitments/{made['id']}", {"If-Match": "*"}
    assert (await member.put(path, json=commitment_form(campaign, 400, 47000), headers=asked)).status_code == 200
    # Changed again before the provider has answered.
    again = await member.put(path, json=commitment_form(campaign, 500, 47000), headers=asked)
    assert (again.status_code, again.json()["code"]) == (409, "deposit-under-way")
    assert int(again.headers["Retry-After"]) == again.json()["retry_after_seconds"] > 0
    told = (await member.get(path)).json()
    assert (told["wish"]["lots"], told["version"], told["deposit"]["amount"]["minor"]) == (4, 2, 4 * 4700)
    # The same amount, or a method of its own, waits for nobody.
    same = commitment_form(campaign, 400, 47000, reference="PO 17")
    assert (await member.put(path, json=same, headers=asked)).status_code == 200
    other = commitment_form(campaign, 600, 47000, payment_method="tok_mastercard")
    assert (await member.put(path, json=other, headers=asked)).status_code == 200
    await market.work()
    assert await state_of(member, made) == ("open", "held")
    assert (await member.put(path, json=commitment_form(campaign, 500, 47000), headers=asked)).status_code == 200
    await market.work()
    told = (await member.get(path)).json()
    assert (told["deposit"]["state"]["code"], told["deposit"]["amount"]["minor"]) == ("held", 5 * 4700)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12), st.lists(st.integers(0, 40), min_size=1, max_size=4))
def test_what_is_sent_to_a_place_is_divided_among_its_members(wanted: list[int], cuts: list[int]) -> None:
    whole = sum(wanted)
    sent, left = [], whole
    for cut in cuts[:-1]:
        sent.append((new_id(), min(cut, left)))
        left -= sent[-1][1]
    sent.append((new_id(), left))
    wanting = [Wanting(new_id(), lots, lots * 337 + 1) for lots in wanted]
    portions = divided(sent, wanting)
    assert all(portion.lots > 0 for portion in portions)
    for supplier_id, lots in sent:
        assert sum(one.lots for one in portions if one.supplier_id == supplier_id) == lots
    for one in wanting:
        own = [portion for portion in portions if portion.commitment_id == one.commitment_id]
        assert sum(portion.lots for portion in own) == one.lots
        assert sum(portion.payment_minor for portion in own) == one.payment_minor
    assert len(portions) <= len(wanting) + len([lots for _, lots in sent if lots]) - 1
