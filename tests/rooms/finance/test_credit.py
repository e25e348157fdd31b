"""Credit lines: granted, taken by deals up to the limit, turned into open items, freed by payments, suspended when late."""

import asyncio
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from app.finance import facade as finance
from app.finance.credit.jobs import watch_credit_lines
from app.finance.credit.rules import left_minor, overdue_too_long, state_of
from app.finance.credit.states import LineState
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from tests.market import Market, Member
from tests.rooms.finance.credit_lines import (
    give_back,
    granted,
    on_account,
    read_line,
    take,
    used,
    verified_credit,
)
from tests.rooms.finance.invoices import GROSS, invoiced, issuer, paid_somewhere
from tests.rooms.finance.open_items import of_invoice, owed, paid, verified_items
from tests.rooms.procurement.deals import wait
from tests.rooms.procurement.orders import opened
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[Any, ...]]


async def test_a_line_is_the_suppliers_offer(market: Market) -> None:
    buyer, supplier = await market.people("buyer", locale="de"), await issuer(market)
    line = await granted(supplier, buyer, 1000000, payment_days=45, suspend_after_days=14)
    assert (line["state"]["code"], line["side"]["code"], line["left"]["minor"]) == ("active", "supplier", 1000000)
    theirs = await read_line(buyer, line)
    assert (theirs["side"]["code"], theirs["limit"]["minor"], theirs["payment_days"]) == ("buyer", 1000000, 45)
    form = {"buyer_id": str(buyer.firm.id), "currency": "EUR", "limit_minor": 1}
    assert (await made(supplier, "/v1/credit-lines", form, 409))["code"] == "credit-line-exists"
    for wrong, pointer in (
        ({"buyer_id": str(supplier.firm.id)}, "/buyer_id"),
        ({"buyer_id": str(new_id())}, "/buyer_id"),
        ({"currency": "USD", "valid_from": "2027-02-01", "valid_until": "2027-01-01"}, "/valid_until"),
    ):
        assert (await made(supplier, "/v1/credit-lines", form | wrong, 422))["errors"][0]["pointer"] == pointer
    path = f"/v1/credit-lines/{line['id']}"
    viewer, stranger = await market.member(supplier.firm, "viewer"), await market.people("buyer", "supplier")
    for who, status in ((market.nobody, 401), (stranger, 404), (buyer, 404), (viewer, 403)):
        anyhow = {"If-Match": "*"}
        assert (await who.patch(path, json={"limit_minor": 5}, headers=anyhow)).status_code == status
        assert (await who.post(f"{path}/suspension", json={"reason": "Zahlungsausfall"})).status_code == status
    assert (await stranger.get(f"{path}/takes")).status_code == 404
    changed = await supplier.patch(path, json={"limit_minor": 2000000}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["limit"]["minor"], changed.json()["version"]) == (200, 2000000, 2)
    assert (await supplier.patch(path, json={"limit_minor": 1}, headers={"If-Match": '"1"'})).status_code == 412
    assert (await supplier.patch(path, json={"limit_minor": None}, headers={"If-Match": "*"})).status_code == 422
    halted = await made(supplier, f"{path}/suspension", {"reason": "Auskunft abwarten"}, 200)
    assert (halted["state"]["code"], halted["suspension_reason"]) == ("suspended", "Auskunft abwarten")
    assert (await read_line(buyer, line))["suspension_reason"] is None
    with pytest.raises(finance.CreditSuspended):
        await take(market, supplier, buyer, 1)
    assert (await made(supplier, f"{path}/resumption", {}, 200))["state"]["code"] == "active"
    await market.work()
    subjects = [one["subject"] for one in (await buyer.get("/v1/notifications")).json()["items"]]
    assert len(subjects) == 3


async def test_deals_take_until_nothing_is_left(market: Market, owner: Owner) -> None:
    buyer, supplier = await market.people("buyer"), await issuer(market)
    with pytest.raises(finance.NoCreditLine):
        await take(market, supplier, buyer, 1)
    line = await granted(supplier, buyer, 100000)
    deal = await take(market, supplier, buyer, 60000)
    assert await take(market, supplier, buyer, 60000, deal) == deal
    with pytest.raises(ValueError, match="otherwise"):
        await take(market, supplier, buyer, 1, deal)
    with pytest.raises(finance.CreditExceeded) as refused:
        await take(market, supplier, buyer, 40001)
    assert (refused.value.params["left_minor"], refused.value.params["limit_minor"]) == (40000, 100000)
    assert await used(buyer, line) == (60000, 0, 40000)
    # A lower limit leaves what was taken, and lets nothing more be taken.
    path = f"/v1/credit-lines/{line['id']}"
    assert (await supplier.patch(path, json={"limit_minor": 50000}, headers={"If-Match": "*"})).status_code == 200
    assert await used(supplier, line) == (60000, 0, 0)
    with pytest.raises(finance.CreditExceeded):
        await take(market, supplier, buyer, 1)
    assert await give_back(market, supplier, deal) and not await give_back(market, buyer, deal)
    assert await used(buyer, line) == (0, 0, 50000)
    await take(market, supplier, buyer, 50000, deal)
    takes = (await buyer.get(f"{path}/takes")).json()["items"]
    assert [(one["state"]["code"], one["amount"]["minor"]) for one in takes] == [
        ("taken", 50000),
        ("given_back", 60000),
    ]
    assert await verified_credit(market) == []
    # Nobody else takes or gives back, and the database keeps what was taken.
    stranger = await market.people("buyer")
    with pytest.raises(DBAPIError):
        await give_back(market, stranger, deal)
    owner.execute("SET row_security = on")
    for statement in (
        "UPDATE credit_takes SET limit_minor = 0",
        "UPDATE credit_takes SET state = 'taken', ended_at = NULL WHERE state = 'given_back'",
        "DELETE FROM credit_takes",
        "UPDATE credit_exposures SET ordered_minor = -1",
        "DELETE FROM credit_exposures",
        "UPDATE credit_lines SET currency = 'USD'",
        "INSERT INTO credit_takes (id, line_id, supplier_id, buyer_id, currency, deal_kind, deal_id, amount_minor, "
        "exposure_minor, limit_minor) "
        "SELECT uuidv7(), id, supplier_id, buyer_id, currency, 'deal', uuidv7(), 9, 50009, 50000 FROM credit_lines",
    ):
        with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)):
            owner.execute(statement)
    # What the triggers keep out is found by whoever looks again.
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE credit_exposures SET ordered_minor = ordered_minor + 1")
    owner.execute("UPDATE credit_takes SET exposure_minor = 1 WHERE state = 'given_back'")
    assert len(await verified_credit(market)) == 2


async def test_an_order_on_account_becomes_an_open_item(market: Market) -> None:
    deal, quotes = await opened(market)
    supplier = deal.suppliers[0]
    order = {"payment": "account", "quotes": [{"quote_id": quotes[0]}]}
    path = f"{deal.path}/awards"
    refused = await deal.buyer.post(path, json=order)
    assert (refused.status_code, refused.json()["code"]) == (409, "no-credit-line")
    line = await granted(supplier, deal.buyer, 3500000, payment_days=14)
    refused = await deal.buyer.post(path, json=order)
    told = refused.json()
    assert (told["code"], told["left_minor"], told["currency"]) == ("credit-exceeded", 3500000, "EUR")
    assert "35.000,00" in told["detail"]
    # Refused is refused whole: the quote can be awarded once the limit is there.
    change = {"limit_minor": 10000000}
    assert (
        await supplier.patch(f"/v1/credit-lines/{line['id']}", json=change, headers={"If-Match": "*"})
    ).status_code == 200
    placed = await on_account(deal, quotes[0])
    total = placed["total"]["minor"]
    assert (placed["payment"]["code"], await used(supplier, line)) == ("account", (total, 0, 10000000 - total))
    rejected = await supplier.post(f"/v1/orders/{placed['id']}/rejection", json={"reason": "Keine Kapazität"})
    assert (rejected.status_code, await used(supplier, line)) == (200, (0, 0, 10000000))

    draft = await on_account(deal, quotes[0], issue=False)
    order_path = f"/v1/orders/{draft['id']}"
    assert await used(supplier, line) == (0, 0, 10000000)
    anyhow = {"If-Match": "*"}
    for payment in ("schedule", "account"):
        edited = await deal.buyer.patch(order_path, json={"payment": payment}, headers=anyhow)
        assert (edited.status_code, edited.json()["payment"]["code"]) == (200, payment)
    assert (await deal.buyer.post(f"{order_path}/submission")).json()["state"]["code"] == "issued"
    cancelled = await deal.buyer.post(f"{order_path}/cancellation", json={"reason": "Doch nicht"})
    assert (cancelled.status_code, await used(supplier, line)) == (200, (0, 0, 10000000))

    placed = await on_account(deal, quotes[0])
    order_path = f"/v1/orders/{placed['id']}"
    assert (await deal.buyer.patch(order_path, json={"payment": "schedule"}, headers=anyhow)).status_code == 409
    day = str((market.clock.now() + timedelta(days=80)).date())
    await made(supplier, f"{order_path}/acknowledgement", {"confirmed_delivery_on": day}, 200)
    await paid_somewhere(supplier)
    invoice = await made(supplier, f"{order_path}/invoices", {})
    assert invoice["due_on"] == str(market.clock.now().date() + timedelta(days=14))
    payable = invoice["payable"]["minor"]
    assert await used(deal.buyer, line) == (0, payable, max(0, 10000000 - payable))
    item = await of_invoice(supplier, invoice["id"])
    done = await paid(supplier, item, 1000, market.clock.now().date())
    assert (await used(deal.buyer, line))[1] == done["open"]["minor"] == payable - 1000
    await made(supplier, f"/v1/invoices/{invoice['id']}/credit-notes", {"reason": "Storno"})
    assert await used(deal.buyer, line) == (0, 0, 10000000)
    assert await verified_credit(market) == [] and await verified_items(market) == []


async def test_credit_is_taken_before_anybody_approves(market: Market) -> None:
    deal, quotes = await opened(market)
    buyer, supplier = deal.buyer, deal.suppliers[0]
    approver = await market.member(buyer.firm, "approver")
    rule = {"name": "Alles", "above_minor": 0, "currency": "EUR", "approver_ids": [str(approver.person_id)]}
    await made(buyer, "/v1/approval-rules", rule)
    line = await granted(supplier, buyer, 10000000)
    placed = await on_account(deal, quotes[0])
    total = placed["total"]["minor"]
    assert (placed["state"]["code"], (await used(buyer, line))[0]) == ("awaiting_approval", total)
    [asked] = (await approver.get("/v1/approvals")).json()["items"]
    decided = await approver.post(f"/v1/approvals/{asked['id']}/reject", json={"comment": "Zu teuer"})
    assert decided.status_code == 200, decided.text
    await market.work()
    assert (await used(buyer, line))[0] == 0


async def test_what_is_overdue_suspends_a_line(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await issuer(market)
    line = await granted(supplier, buyer, 10000000, suspend_after_days=10)
    item = await owed(market, buyer, supplier, terms_days=5)
    assert await used(supplier, line) == (0, GROSS, 10000000 - GROSS)

    async def looked_at() -> str | None:
        await watch_credit_lines(Runtime(market.settings, market.db, market.clock))
        found = (await read_line(supplier, line))["suspension"]
        return found["code"] if found else None

    wait(market, buyer, supplier, days=15)
    assert await looked_at() is None
    await take(market, supplier, buyer, 100)
    wait(market, buyer, supplier, days=1)
    # The rule holds before the night's look at it.
    with pytest.raises(finance.CreditSuspended):
        await take(market, supplier, buyer, 100)
    assert await looked_at() == "overdue"
    assert await looked_at() == "overdue"
    pause = await made(supplier, f"/v1/open-items/{item['id']}/pause", {"reason": "Reklamation"}, 200)
    assert (pause["hold"]["code"], pause["hold_reason"]) == ("paused", "Reklamation")
    assert await looked_at() is None
    await made(supplier, f"/v1/open-items/{item['id']}/resumption", {}, 200)
    assert await looked_at() == "overdue"
    await paid(supplier, item, GROSS, market.clock.now().date())
    assert await looked_at() is None
    # What the supplier suspended himself stays so.
    await made(supplier, f"/v1/credit-lines/{line['id']}/suspension", {"reason": "Auskunft"}, 200)
    assert await looked_at() == "supplier"
    await market.work()
    for who, count in ((buyer, 2), (supplier, 2)):
        codes = [one["subject"] for one in (await who.get("/v1/notifications?limit=100")).json()["items"]]
        assert sum("overdue" in one for one in codes) == count, codes


async def test_lists_of_lines(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await issuer(market)
    line = await granted(supplier, buyer, 1000)
    await take(market, supplier, buyer, 10)

    async def asked(path: str) -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await supplier.get(path)
        assert answer.status_code == 200, answer.text
        return len(seen), len(answer.json()["items"])

    takes = f"/v1/credit-lines/{line['id']}/takes?limit=100"
    few, few_takes = await asked("/v1/credit-lines?limit=100"), await asked(takes)
    for _ in range(19):
        await granted(supplier, await market.people("buyer"), 1000)
        await take(market, supplier, buyer, 10)
    assert (few, await asked("/v1/credit-lines?limit=100")) == ((few[0], 1), (few[0], 20))
    assert (few_takes, await asked(takes)) == ((few_takes[0], 1), (few_takes[0], 20))
    for query, count in (("side=buyer", 0), (f"partner_id={buyer.firm.id}", 1), ("currency=USD", 0)):
        assert (await asked(f"/v1/credit-lines?{query}"))[1] == count


def test_what_can_be_taken_on_a_day() -> None:
    first, last, day = date(2026, 1, 1), date(2026, 1, 31), timedelta(days=1)
    assert state_of(first, last, False, first - day) is LineState.TO_COME
    assert [state_of(first, last, False, on) for on in (first, last)] == [LineState.ACTIVE] * 2
    assert state_of(first, last, True, last + day) is LineState.ENDED
    assert state_of(first, None, True, last + day) is LineState.SUSPENDED
    assert [overdue_too_long(days, first, last) for days in (None, 29, 30)] == [False, True, False]
    assert (left_minor(5, 7), left_minor(7, 5)) == (0, 2)
    assert not overdue_too_long(0, None, last)


async def test_an_invoice_without_an_order_on_account_counts_too(market: Market) -> None:
    """What is open is exposure, whatever it comes of; and it is never refused."""
    buyer, supplier = await market.people("buyer"), await issuer(market)
    await invoiced(market, buyer, supplier)
    line = await granted(supplier, buyer, 1000)
    assert await used(buyer, line) == (0, GROSS, 0)


async def _racing(market: Market, supplier: Member, buyer: Member, amount: int) -> str:
    try:
        await take(market, supplier, buyer, amount)
    except finance.CreditExceeded as refused:
        return refused.code
    return "taken"


async def test_of_thirty_two_at_once_as_many_as_fit(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await issuer(market)
    line = await granted(supplier, buyer, 10 * 777)
    answers = await asyncio.gather(*(_racing(market, supplier, buyer, 777) for _ in range(32)))
    assert (answers.count("taken"), answers.count("credit-exceeded")) == (10, 22)
    assert await used(buyer, line) == (7770, 0, 0)
    assert await verified_credit(market) == []
