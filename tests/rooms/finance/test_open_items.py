"""Open items over HTTP and through the facade: opened with the invoice, settled once, and the books always agree."""

import asyncio
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.finance.facade import AccountOf, Purpose, balance
from app.finance.receivables import checks
from app.finance.receivables import facade as receivables
from app.finance.receivables.rules import Age, Step, age_of, most_discount, settling
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from tests.market import Market, Member
from tests.rooms.finance.invoices import GROSS, invoiced, issued_by_a_deal, issuer, paid_somewhere, read
from tests.rooms.finance.open_items import of_invoice, owed, paid, read_item, settled, verified_items
from tests.rooms.procurement.deals import wait
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[Any, ...]]
DISCOUNTS = [{"within_days": 10, "rate_bp": 300}, {"within_days": 20, "rate_bp": 150}]


async def in_books(market: Market, issuer: Member, recipient: Member) -> tuple[int, int]:
    """What the issuer is owed and what the recipient owes, by the ledger."""
    found = []
    for who, purpose in ((issuer, Purpose.RECEIVABLE), (recipient, Purpose.TRADE_PAYABLE)):
        async with market.db.transaction(readonly=True) as session, acting_for(session, who.firm.id):
            found.append(await balance(session, AccountOf(who.firm.id, purpose, "EUR")))
    return found[0], found[1]


async def test_an_invoice_is_open_until_it_is_paid(market: Market, owner: Owner) -> None:
    buyer, supplier = await market.people("buyer"), await issuer(market)
    today = market.clock.now().date()
    item = await owed(market, buyer, supplier, terms_days=30, prepaid_minor=8105)
    whole = GROSS - 8105
    assert [item[name]["minor"] for name in ("amount", "settled", "open")] == [whole, 0, whole]
    assert (item["due_on"], item["state"]["code"]) == (str(today + timedelta(days=30)), "open")
    assert await in_books(market, supplier, buyer) == (whole, whole)

    path = f"/v1/open-items/{item['id']}"
    form = {"amount_minor": 40000, "occurred_on": str(today)}
    viewer, stranger = await market.member(supplier.firm, "viewer"), await market.people("buyer", "supplier")
    for who, status in ((market.nobody, 401), (stranger, 404), (buyer, 404), (viewer, 403)):
        for verb, body in (("payments", form), ("write-off", {"reason": "Kulanz"}), ("pause", {"reason": "Kulanz"})):
            assert (await who.post(f"{path}/{verb}", json=body)).status_code == status, verb
    assert [(await who.get(path)).status_code for who in (buyer, viewer, stranger)] == [200, 200, 404]

    first = await paid(supplier, item, 40000, today)
    assert (first["open"]["minor"], first["entries"][0]["reference"]) == (whole - 40000, "Kontoauszug 47")
    refused = await paid(supplier, item, whole, today, 409)
    assert (refused["code"], refused["open_minor"]) == ("exceeds-open-item", whole - 40000)
    assert (await paid(supplier, item, 1, today + timedelta(days=3), 422))["code"] == "ledger-day-ahead"
    done = await paid(supplier, item, whole - 40000, today)
    assert (done["state"]["code"], done["closed_on"], done["entries"][1]["position"]) == ("settled", str(today), 2)
    assert (await paid(supplier, item, 1, today, 409))["code"] == "open-item-settled"
    assert await in_books(market, supplier, buyer) == (0, 0)

    # Undone within the month, once, and only by whoever recorded it.
    undo = f"{path}/payments/{done['entries'][1]['id']}/reversal"
    assert (await buyer.post(undo, json={"reason": "Irrtum"})).status_code == 404
    again = await made(supplier, undo, {"reason": "Falscher Debitor"}, 200)
    assert (again["open"]["minor"], again["state"]["code"]) == (whole - 40000, "open")
    assert again["entries"][2]["undoes_id"] == done["entries"][1]["id"]
    assert (await made(supplier, undo, {"reason": "Falscher Debitor"}, 409))["code"] == "payment-not-undoable"
    wait(market, buyer, supplier, days=32)
    old = f"{path}/payments/{done['entries'][0]['id']}/reversal"
    assert (await made(supplier, old, {"reason": "Zu spät"}, 409))["code"] == "payment-not-undoable"
    assert await in_books(market, supplier, buyer) == (whole - 40000, whole - 40000)
    gone = await made(supplier, f"{path}/write-off", {"reason": "Insolvenz des Käufers"}, 200)
    assert (gone["state"]["code"], gone["entries"][-1]["reason"]) == ("settled", "Insolvenz des Käufers")
    assert (await read_item(buyer, item["id"]))["entries"][-1]["reason"] is None
    assert await verified_items(market) == []
    # Not from the feed, which waits for whatever another test has not finished yet.
    events = [kind for (kind,) in owner.execute("SELECT type FROM outbox_events").fetchall()]
    assert events.count("finance.open_item_settled.v1") == 2 and "finance.open_item_reopened.v1" in events


async def test_who_pays_early_may_deduct(market: Market) -> None:
    buyer, supplier = await market.people("buyer", locale="de"), await issuer(market)
    today = market.clock.now().date()
    item = await owed(market, buyer, supplier, discounts=DISCOUNTS)
    three, one_and_half = 4443, 2222
    assert [one["discount"]["minor"] for one in item["discounts"]] == [three, one_and_half]
    told = await read(buyer, item["invoice_id"])
    german = {"Accept-Language": "de"}
    words = (await buyer.get(f"/v1/invoices/{item['invoice_id']}", headers=german)).json()["payment_terms"]
    assert "3\u00a0%" in words and "1,5\u00a0%" in words and told["locale"] == "de"

    # Too little for the second step when the first is over; then enough, in two parts of which the last decides.
    later = today + timedelta(days=15)
    wait(market, buyer, supplier, days=15)
    part = await paid(supplier, item, 100000, today + timedelta(days=2))
    assert part["open"]["minor"] == GROSS - 100000
    short = await paid(supplier, item, GROSS - 100000 - one_and_half - 1, later)
    assert short["open"]["minor"] == one_and_half + 1
    done = await paid(supplier, item, 1, later)
    assert [entry["kind"]["code"] for entry in done["entries"]] == ["payment", "payment", "payment", "discount"]
    assert (done["entries"][-1]["amount"]["minor"], done["open"]["minor"]) == (one_and_half, 0)
    # The discount goes with the payment that it came with.
    path = f"/v1/open-items/{item['id']}/payments/{done['entries'][2]['id']}/reversal"
    assert (await made(supplier, path, {"reason": "Rückgabe der Bank"}, 200))["open"]["minor"] == one_and_half + 1
    wait(market, buyer, supplier, days=10)
    late = await paid(supplier, item, 1, market.clock.now().date())
    assert late["open"]["minor"] == one_and_half
    assert await verified_items(market) == []

    # Where the order says nothing, the issuer's own discounts hold; a step as long as the term gives nothing.
    own = await paid_somewhere(await market.people("supplier"), discounts=DISCOUNTS)
    assert len((await owed(market, buyer, own))["discounts"]) == 2
    assert len((await owed(market, buyer, own, terms_days=20))["discounts"]) == 1
    assert (await owed(market, buyer, own, discounts=[]))["discounts"] == []


async def test_credit_notes_and_payments_of_the_house_leave_credits(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await issuer(market)
    item = await owed(market, buyer, supplier)
    invoice_id, payment = item["invoice_id"], new_id()
    done = await settled(market, buyer, invoice_id, GROSS - 500, payment)
    assert (done.paid_minor, done.credit_minor, done.open_minor) == (GROSS - 500, 0, 500)
    assert await settled(market, supplier, invoice_id, GROSS - 500, payment) == done
    with pytest.raises(ValueError, match="otherwise"):
        await settled(market, supplier, invoice_id, 7, payment)
    over = await settled(market, buyer, invoice_id, 700, new_id())
    assert (over.paid_minor, over.credit_minor, over.open_minor) == (500, 200, 0)
    twice = new_id()
    assert (await settled(market, buyer, invoice_id, 900, twice)).credit_minor == 900
    assert (await settled(market, buyer, invoice_id, 900, twice)).credit_minor == 900
    assert await in_books(market, supplier, buyer) == (-1100, -1100)

    # Goods come back that were paid: that too is a credit of the buyer's.
    note = await made(supplier, f"/v1/invoices/{invoice_id}/credit-notes", {"reason": "Rost"})
    balances = (await supplier.get("/v1/open-items?kind=credit&limit=100")).json()["items"]
    by_amount = {one["amount"]["minor"]: one for one in balances}
    assert set(by_amount) == {200, 900, GROSS} and by_amount[GROSS]["number"] == note["number"]
    other = await owed(market, buyer, supplier)
    apply = f"/v1/open-items/{by_amount[GROSS]['id']}/applications"
    assert (await made(supplier, apply, {"open_item_id": str(new_id())}, 404))["code"] == "not-found"
    wrong = await made(supplier, apply, {"open_item_id": by_amount[200]["id"]}, 409)
    assert wrong["code"] == "not-a-credit-balance"
    part = await made(supplier, apply, {"open_item_id": other["id"], "amount_minor": 1000}, 200)
    assert (part["open"]["minor"], (await read_item(buyer, other["id"]))["open"]["minor"]) == (GROSS - 1000,) * 2
    # A credit note of what is still open makes it smaller.
    lines = {"reason": "Rost", "lines": [{"line": "2"}]}
    await made(supplier, f"/v1/invoices/{other['invoice_id']}/credit-notes", lines)
    assert (await read_item(buyer, other["id"]))["open"]["minor"] == GROSS - 1000 - 1191
    back = await paid(supplier, by_amount[900], 900, market.clock.now().date())
    assert (back["state"]["code"], back["entries"][0]["kind"]["code"]) == ("settled", "paid_back")
    assert (await made(supplier, f"/v1/open-items/{by_amount[200]['id']}/write-off", {"reason": "x y"}, 409))["code"]
    assert await verified_items(market) == []

    # A payment that goes back takes what was left over of it along, unless that is used.
    async with market.db.transaction(Role.WORKER) as session, acting_for(session, buyer.firm.id):
        day = market.clock.now().date()
        named: Any = {"invoice_id": other["invoice_id"], "reason": "Rücklastschrift", "day": day}
        await receivables.settle(
            session, invoice_id=named["invoice_id"], amount_minor=GROSS, day=day, source=("bank_entry", payment)
        )
        for _ in range(2):
            await receivables.unsettle(session, source=("bank_entry", payment), **named)
    assert (await read_item(buyer, other["id"]))["open"]["minor"] == GROSS - 1000 - 1191
    async with market.db.transaction(Role.WORKER) as session, acting_for(session, buyer.firm.id):
        with pytest.raises(receivables.CreditUsed):
            await receivables.unsettle(
                session, invoice_id=invoice_id, source=("bank_entry", twice), reason="Rücklastschrift", day=day
            )
    assert await verified_items(market) == []


async def test_lists_ageing_and_the_table(market: Market) -> None:
    buyer, supplier, other = await market.people("buyer"), await issuer(market), await market.people("buyer")

    async def asked(path: str) -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await supplier.get(path)
        assert answer.status_code == 200, answer.text
        return len(seen), len(answer.json()["items"])

    first = await owed(market, buyer, supplier, terms_days=0)
    few, few_aged = await asked("/v1/open-items?limit=100"), await asked("/v1/ageing?limit=100")
    await owed(market, other, supplier, terms_days=40, discounts=DISCOUNTS)
    for partner in [await market.people("buyer") for _ in range(3)]:
        await issued_by_a_deal(market, supplier, partner, 6)
    assert (few, await asked("/v1/open-items?limit=100")) == ((few[0], 1), (few[0], 20))
    assert (few_aged, await asked("/v1/ageing?limit=100")) == ((few_aged[0], 1), (few_aged[0], 5))
    page = await supplier.get("/v1/open-items?limit=7")
    assert len(page.json()["items"]) == 7 and 'rel="next"' in page.headers["Link"]
    days = [one["due_on"] for one in page.json()["items"]]
    assert days == sorted(days) and page.json()["items"][0]["id"] == first["id"]
    begin = await supplier.get("/v1/ageing?limit=3")
    rest = await supplier.get(f"/v1/ageing?limit=3&cursor={begin.json()['next_cursor']}")
    partners = [one["partner"]["id"] for answer in (begin, rest) for one in answer.json()["items"]]
    assert len(set(partners)) == 5 and partners == sorted(partners)

    wait(market, buyer, supplier, days=45)
    for query, count in (
        ("which=overdue", 20),
        ("which=due&due_until=2026-01-01", 0),
        (f"which=overdue&partner_id={buyer.firm.id}", 1),
        ("role=received", 0),
        ("which=settled", 0),
        ("currency=USD", 0),
        ("kind=credit", 0),
    ):
        assert len((await supplier.get(f"/v1/open-items?limit=100&{query}")).json()["items"]) == count, query
    [aged] = (await buyer.get("/v1/ageing?role=received")).json()["items"]
    assert (aged["overdue_31_60"]["minor"], aged["total"]["minor"], aged["current"]["minor"]) == (GROSS, GROSS, 0)
    [aged] = (await supplier.get(f"/v1/ageing?partner_id={other.firm.id}")).json()["items"]
    assert (aged["overdue_1_30"]["minor"], aged["invoices"]) == (GROSS, 1)
    table = await supplier.get("/v1/open-items.csv?which=overdue", headers={"Accept-Language": "de"})
    rows = table.text.removeprefix("\ufeff").splitlines()
    assert len(rows) == 21 and "1481,05" in table.text and table.headers["content-type"].startswith("text/csv")


async def test_the_database_keeps_what_is_settled(market: Market, owner: Owner) -> None:
    buyer, supplier = await market.people("buyer"), await issuer(market)
    item, today = await owed(market, buyer, supplier), market.clock.now().date()
    # Of five who record the whole at once, one does.
    form = {"amount_minor": GROSS, "occurred_on": str(today)}
    answers = await asyncio.gather(
        *(supplier.post(f"/v1/open-items/{item['id']}/payments", json=form) for _ in range(5))
    )
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409]
    await paid(supplier, await owed(market, buyer, supplier), 5, today)
    assert await verified_items(market) == []
    owner.execute("SET row_security = on")
    for refused in (
        "UPDATE open_items SET settled_minor = settled_minor - 1",
        "UPDATE open_items SET amount_minor = amount_minor + 1",
        "UPDATE open_items SET due_on = due_on + 1",
        "DELETE FROM open_items",
        "UPDATE open_item_entries SET amount_minor = 1",
        "DELETE FROM open_item_entries",
        "INSERT INTO open_item_entries (id, item_id, issuer_id, recipient_id, position, kind, amount_minor, occurred_on) "
        "SELECT uuidv7(), id, issuer_id, recipient_id, 9, 'payment', amount_minor, issued_on FROM open_items",
    ):
        with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)):
            owner.execute(refused)
    # What the triggers keep out is found by whoever looks again.
    owner.execute("SET session_replication_role = replica")
    for cooked in (
        "UPDATE open_items SET settled_minor = 4 WHERE settled_minor = 5",
        "UPDATE open_items SET amount_minor = amount_minor + 1 WHERE closed_on IS NULL",
    ):
        owner.execute(cooked)
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        found = [await check(session) for check in (checks.open_items, checks.open_items_in_the_books)]
    assert [(looked, len(broken)) for looked, broken in found] == [(2, 2), (2, 2)]


async def test_nothing_is_open_of_what_asks_for_no_payment(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await issuer(market)
    paid_before = await invoiced(market, buyer, supplier, prepaid_minor=10**9)
    await invoiced(market, buyer, supplier, kind="pro_forma")
    assert (await supplier.get("/v1/open-items?which=all")).json()["items"] == []
    # What was paid before and is taken back is a credit all the same.
    await made(supplier, f"/v1/invoices/{paid_before['id']}/credit-notes", {"reason": "Storno"})
    [credit] = (await buyer.get("/v1/open-items")).json()["items"]
    assert (credit["kind"]["code"], credit["open"]["minor"], credit["days_overdue"]) == ("credit", GROSS, 0)
    assert await verified_items(market) == []
    prepayment = await of_invoice(supplier, (await invoiced(market, buyer, supplier))["id"])
    assert prepayment["amount"]["minor"] == GROSS


days = st.dates(date(2026, 1, 1), date(2026, 3, 1))


@given(
    st.integers(1, 10**9),
    st.lists(st.tuples(days, st.integers(1, 2000)), max_size=3),
    st.integers(1, 2 * 10**9),
    days,
)
def test_a_payment_goes_to_the_item_or_is_left_over(
    whole: int, steps: list[tuple[date, int]], amount: int, day: date
) -> None:
    found = [Step(*one) for one in steps]
    done = settling(whole, whole, found, amount, [day])
    assert done.paid_minor + done.over_minor == amount
    assert done.paid_minor + done.discount_minor <= whole
    assert done.discount_minor <= most_discount(whole, found, day)
    assert done.discount_minor in (0, whole - done.paid_minor)
    if not any(day <= step.until for step in found):
        assert done.discount_minor == 0


def test_a_debt_grows_old() -> None:
    due = date(2026, 1, 31)
    ages = [age_of(due, due + timedelta(days=days)) for days in (-5, 0, 1, 30, 31, 60, 61, 90, 91)]
    assert ages == [Age.CURRENT] * 2 + [Age.UP_TO_30] * 2 + [Age.UP_TO_60] * 2 + [Age.UP_TO_90] * 2 + [Age.OVER_90]
