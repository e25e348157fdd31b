"""What leaves the house's bank account, what comes back, and what is paid to it: found on statements by what it names."""

import pytest

from app.finance.facade import AccountOf, Purpose
from app.settings import Settings
from tests.market import Market
from tests.rooms.finance.bank_account import FROM, PAYER, UNASSIGNED, Account, finding, proved
from tests.rooms.finance.books import operator
from tests.rooms.finance.invoices import issued_by_a_deal, issued_of, paid_somewhere, read
from tests.rooms.finance.milestones import milestone_of, payment_milestone
from tests.rooms.finance.payouts import balance, broken, calendar, day_of_payouts, items, owed, payable, payouts
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

CHARGES = AccountOf(None, Purpose.BANK_CHARGES, "EUR")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Whoever signed in stays so while weeks pass."""
    return settings.model_copy(update={"access_token_minutes": 400_000})


async def test_a_payout_is_closed_by_the_entry_by_which_it_left_and_owed_again_when_it_comes_back(
    market: Market,
) -> None:
    chief, supplier = await operator(market), await market.people("supplier")
    account = Account(market, chief)
    await calendar(supplier)
    await paid_somewhere(supplier)
    for minor in (80_000, 20_000):
        await owed(market, supplier, minor, by_bank=True)
    await day_of_payouts(market)
    [listed] = (await chief.get("/v1/operator/bank-payouts")).json()["items"]
    back = f"/v1/operator/payouts/{listed['id']}/return"
    early = await chief.post(back, json={"reason": "Account closed"})
    assert (early.status_code, early.json()["code"]) == (409, "payout-not-returnable")
    # Less is not it, and is offered; the whole is, and closes it.
    [less] = await account.tells((-99_000, listed["remittance"]))
    assert await finding(chief, less) == "too_little"
    [offered] = (await chief.get(f"/v1/operator/bank-entries/{less['id']}/candidates")).json()["candidates"]
    assert (offered["subject_id"], offered["awaited"]["minor"], offered["named"]) == (listed["id"], -100_000, True)
    reason = {"disposal": "not_ours", "reason": "A slip of ours."}
    await made(chief, f"/v1/operator/bank-entries/{less['id']}/disposal", reason)
    [left] = await account.tells((-100_000, listed["remittance"]))
    assert left["state"]["code"] == "settled" and await payouts(supplier) == [("sent", 100_000, 0)]
    assert await balance(market, payable(supplier)) == 0 and await proved(market) == []
    # It comes back, and is owed again; as often as the bank says so it is once.
    [came] = await account.tells((100_000, listed["remittance"]), reversal=True)
    assert came["state"]["code"] == "settled" and await payouts(supplier) == [("returned", 100_000, 0)]
    assert await items(supplier) == [("waiting", 0)] * 2 and await balance(market, payable(supplier)) == 100_000
    assert (await chief.post(back, json={"reason": "Account closed"})).status_code == 409
    [twice] = await account.tells((100_000, listed["remittance"]))
    assert await finding(chief, twice) == "nothing_awaited"
    assert await broken(market) == [] and await proved(market) == []
    file = (await supplier.get("/v1/payout-statement", params={"first_day": "2026-01-01"})).text
    assert "1000.00" in file and "-1000.00" in file
    # The next one the operator marks by hand, both ways; banks kept something of it.
    await day_of_payouts(market, later=3)
    [again] = (await chief.get("/v1/operator/bank-payouts")).json()["items"]
    assert again["remittance"] != listed["remittance"] and again["amount"]["minor"] == 100_000
    sent = await chief.post(f"/v1/operator/payouts/{again['id']}/sent", json={"bank_reference": "UMSATZ 1"})
    assert sent.status_code == 204
    kept = {"reason": "Account closed", "kept_minor": 1_500}
    answer = await chief.post(f"/v1/operator/payouts/{again['id']}/return", json=kept)
    assert answer.status_code == 204, answer.text
    assert await balance(market, CHARGES) == 1_500 and await balance(market, payable(supplier)) == 100_000
    moved = await account.tells((-100_000, again["remittance"]), (98_500, again["remittance"]))
    assert [one["state"]["code"] for one in moved] == ["settled"] * 2
    assert await broken(market) == [] and await proved(market) == []
    undo = f"/v1/operator/bank-matches/{moved[0]['matches'][0]['id']}/undoing"
    assert (await chief.post(undo, json={"reason": "Another one."})).json()["left"]["minor"] == -100_000
    assert await broken(market) == [] and await proved(market) == []
    returned = (await chief.get("/v1/operator/bank-payouts?state=returned")).json()["items"]
    assert [row["id"] for row in returned] == [listed["id"], again["id"]]


async def test_what_a_milestone_was_paid_by_bank_goes_back_by_bank(market: Market) -> None:
    chief, buyer, supplier = await operator(market), await market.people("buyer"), await market.people("supplier")
    account = Account(market, chief)
    milestone_id = await payment_milestone(market, buyer, supplier, progress="accepted", paid=False)
    path = f"/v1/payment-milestones/{milestone_id}"
    reference = (await buyer.get(path)).json()["reference"].replace(" ", "")
    # Less than is owed is asked about, more is taken as far as it is owed.
    [less] = await account.tells((100_000, reference))
    assert await finding(chief, less) == "too_little"
    taken = await chief.post(f"/v1/operator/bank-entries/{less['id']}/matches", json={"reference": reference})
    assert taken.status_code == 201, taken.text
    [more] = await account.tells((200_500, reference))
    assert await finding(chief, more) == "too_much" and await balance(market, UNASSIGNED) == 500
    stands = await milestone_of(market, buyer, milestone_id)
    assert (stands.outstanding_minor, stands.released_minor) == (0, 300_000)
    paid = (await buyer.get(path)).json()["payment"]
    assert (paid["way"]["code"], paid["state"]["code"]) == ("bank", "captured")
    assert await items(supplier) == [("waiting", 0)] * 2 and await proved(market) == []
    # What goes back of it waits for the operator's bank; the provider is asked for nothing.
    form = {"amount_minor": 50_000, "reason": "A cavity less."}
    assert (await supplier.post(f"{path}/refunds", json=form)).status_code == 202
    await market.work()
    [refund] = (await chief.get("/v1/operator/bank-refunds")).json()["items"]
    assert (refund["amount"]["minor"], refund["holder"], refund["account"]) == (50_000, PAYER, FROM)
    notices = [row["notice"] for row in (await chief.get("/v1/notifications")).json()["items"]]
    assert "finance.refund_to_send" in notices
    assert (await buyer.get("/v1/operator/bank-refunds")).status_code == 403
    [unnamed] = await account.tells((-50_000, "RF18539007547034"))
    assert await finding(chief, unnamed) == "money_out"
    [offered] = (await chief.get(f"/v1/operator/bank-entries/{unnamed['id']}/candidates")).json()["candidates"]
    assert (offered["reference"].replace(" ", ""), offered["named"]) == (refund["reference"], False)
    form = {"reference": offered["reference"]}
    assert (await chief.post(f"/v1/operator/bank-entries/{unnamed['id']}/matches", json=form)).status_code == 201
    assert (await milestone_of(market, buyer, milestone_id)).refunded_minor == 50_000
    assert (await chief.get("/v1/operator/bank-refunds")).json()["items"] == [] and await proved(market) == []
    # It comes back from the buyer's bank: it is to be sent once more, and is given up at last.
    [came] = await account.tells((50_000, refund["reference"]))
    assert came["state"]["code"] == "settled"
    [again] = (await chief.get("/v1/operator/bank-refunds")).json()["items"]
    assert again["reference"] != refund["reference"] and again["amount"]["minor"] == 50_000
    failure = f"/v1/operator/bank-refunds/{again['id']}/failure"
    assert (await supplier.post(failure, json={"reason": "Account closed"})).status_code == 403
    assert (await chief.post(failure, json={"reason": "Account closed"})).status_code == 204
    late = await chief.post(failure, json={"reason": "Account closed"})
    assert (late.status_code, late.json()["code"]) == (409, "refund-not-by-bank")
    assert await broken(market) == [] and await proved(market) == []
    # What was given up is tried again with whatever happens next; the list takes as many statements for many as for few.
    counts = []
    for minor in (1_000, 1_100, 1_200):
        form = {"amount_minor": minor, "reason": "A cavity less."}
        assert (await supplier.post(f"{path}/refunds", json=form)).status_code == 202
        with count_statements(market.db) as seen:
            rows = (await chief.get("/v1/operator/bank-refunds?limit=100")).json()["items"]
        counts.append((len(rows), len(seen)))
    assert [rows for rows, _ in counts] == [3, 4, 5] and len({count for _, count in counts}) == 1


async def test_an_invoice_is_paid_by_what_a_transfer_names(market: Market) -> None:
    chief, buyer, supplier = await operator(market), await market.people("buyer"), await market.people("supplier")
    await paid_somewhere(supplier, discounts=[{"within_days": 10, "rate_bp": 200}])
    account = Account(market, chief)
    one, other = await issued_by_a_deal(market, supplier, buyer, 2)
    references = [(await read(buyer, str(invoice.id)))["payment_reference"] for invoice in (one, other)]
    off = round(one.payable_minor * 0.02)
    # In time less is enough; of what is short a person says that it is a part.
    first, second = await account.tells((one.payable_minor - off, references[0]), (1_000, references[1]))
    assert (first["state"]["code"], await finding(chief, second)) == ("settled", "too_little")
    [settled] = (await buyer.get("/v1/open-items?which=settled")).json()["items"]
    assert (settled["invoice_id"], settled["open"]["minor"]) == (str(one.id), 0)
    assert await items(supplier) == [("waiting", 0)] and await balance(market, UNASSIGNED) == 1_000
    assert await balance(market, payable(supplier)) == one.payable_minor - off
    path, form = f"/v1/operator/bank-entries/{second['id']}/matches", {"reference": references[1]}
    done = await made(chief, path, form)
    assert await balance(market, UNASSIGNED) == 0 and await broken(market) == [] and await proved(market) == []
    # It was for somebody else after all.
    undo = f"/v1/operator/bank-matches/{done['matches'][0]['id']}/undoing"
    assert (await chief.post(undo, json={"reason": "Another firm's."})).status_code == 200
    assert await balance(market, UNASSIGNED) == 1_000 and await broken(market) == [] and await proved(market) == []
    # Without its reference it is offered by its amount; two of one amount, and none is chosen.
    [unnamed] = await account.tells((other.payable_minor, "4711"))
    assert await finding(chief, unnamed) == "unknown_reference"
    [offered] = (await chief.get(f"/v1/operator/bank-entries/{unnamed['id']}/candidates")).json()["candidates"]
    assert (offered["subject_kind"], offered["subject_id"]) == ("invoice", str(other.id))
    # Of a deal that is paid by milestones those are paid, and the invoice by them.
    deal_supplier = await market.people("supplier")
    await paid_somewhere(deal_supplier)
    milestone_id = await payment_milestone(market, buyer, deal_supplier, amount_minor=7_137, paid=False)
    stands = await milestone_of(market, buyer, milestone_id)
    [invoice] = await issued_of(market, deal_supplier, buyer, stands.deal)
    reference = (await read(buyer, str(invoice.id)))["payment_reference"]
    [paid] = await account.tells((invoice.payable_minor, reference))
    assert paid["state"]["code"] == "settled"
    deal = (await buyer.get(f"/v1/payment-schedules/{stands.schedule_id}")).json()
    assert deal["held"]["minor"] == min(invoice.payable_minor, 2 * 7_137)
    assert [row["invoice_id"] for row in (await buyer.get("/v1/open-items?which=open")).json()["items"]] == [
        str(other.id)
    ]
    assert await broken(market) == [] and await proved(market) == []
