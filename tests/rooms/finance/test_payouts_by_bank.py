"""Payouts that leave by the operator's bank: listed, sent, given up, and sent once."""

import csv
import io

import pytest

from app.finance.bank.checks import bank_balances
from app.kit.db.engine import Role
from app.settings import Settings
from tests.market import Market
from tests.rooms.finance.books import operator
from tests.rooms.finance.invoices import paid_somewhere
from tests.rooms.finance.payouts import (
    BANK,
    UNASSIGNED,
    balance,
    broken,
    calendar,
    day_of_payouts,
    items,
    owed,
    payable,
    payouts,
    told,
)
from tests.rooms.finance.statements import details, document, entry, on, statement


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Whoever signed in stays so while weeks pass."""
    return settings.model_copy(update={"access_token_minutes": 400_000})


async def test_payouts_by_bank_are_listed_sent_and_given_up(market: Market) -> None:
    chief, supplier = await operator(market), await market.people("supplier")
    await calendar(supplier)
    await owed(market, supplier, 80_000, by_bank=True)
    await day_of_payouts(market)
    assert await told(market, supplier) == ["finance.payout_waits"]
    await paid_somewhere(supplier, account_name="=Formenbau GmbH")
    await day_of_payouts(market, later=0)
    [listed] = (await chief.get("/v1/operator/bank-payouts")).json()["items"]
    assert (listed["account"], listed["amount"]["minor"]) == ("DE02120300000000202051", 80_000)
    file = await chief.get("/v1/operator/bank-payouts.csv")
    [head, line] = list(csv.reader(io.StringIO(file.text)))
    assert dict(zip(head, line, strict=True)) == {
        "payout_id": listed["id"],
        "holder": "'=Formenbau GmbH",
        "account": "DE02120300000000202051",
        "bic": "BYLADEM1001",
        "amount": "800.00",
        "currency": "EUR",
        "remittance": listed["remittance"],
    }
    failure = f"/v1/operator/payouts/{listed['id']}/failure"
    assert (await chief.post(failure, json={"reason": "Account closed"})).status_code == 204
    again = await chief.post(failure, json={"reason": "Account closed"})
    assert (again.status_code, again.json()["code"]) == (409, "payout-not-by-bank")
    assert await payouts(supplier) == [("failed", 0, 0)] and await items(supplier) == [("waiting", 0)]
    await day_of_payouts(market, later=1)
    [listed] = (await chief.get("/v1/operator/bank-payouts")).json()["items"]
    sent = f"/v1/operator/payouts/{listed['id']}/sent"
    ahead = await chief.post(sent, json={"bank_reference": "X1", "sent_on": "2999-01-01"})
    assert (ahead.status_code, ahead.json()["code"]) == (422, "ledger-day-ahead")
    assert (await chief.post(sent, json={"bank_reference": "UMSATZ 4712"})).status_code == 204
    assert (await payouts(supplier))[1:] == [("sent", 80_000, 0)]
    assert await balance(market, BANK) == 0 and await balance(market, payable(supplier)) == 0
    assert await balance(market, UNASSIGNED) == 80_000
    [newest, _] = (await supplier.get("/v1/payouts")).json()["items"]
    assert (newest["bank_reference"], newest["way"]["code"]) == ("UMSATZ 4712", "bank")
    assert await told(market, supplier) == [
        "finance.payout_waits",
        "finance.payout_failed",
        "finance.payout_sent",
    ]
    # Where the provider opens no account, all goes by bank.
    terms = {"way": "bank", "hold_days": 0}
    path = f"/v1/operator/payout-calendars/{supplier.firm.id}"
    said = await chief.put(path, json=terms, headers={"If-Match": "*"})
    assert (said.status_code, said.json()["way"]["code"], said.json()["hold_days"]) == (200, "bank", 0), said.text
    await owed(market, supplier, 5_000)
    await day_of_payouts(market, later=0)
    assert [one["amount"]["minor"] for one in (await chief.get("/v1/operator/bank-payouts")).json()["items"]] == [5_000]
    assert await broken(market) == []


async def test_a_payout_by_bank_leaves_the_bank_once(market: Market) -> None:
    chief, supplier = await operator(market), await market.people("supplier")
    await calendar(supplier)
    await paid_somewhere(supplier)
    await owed(market, supplier, 80_000, by_bank=True)
    await day_of_payouts(market)
    [listed] = (await chief.get("/v1/operator/bank-payouts")).json()["items"]
    day = market.clock.now().date()
    told_by_bank = {"new_accounts": "true"}, document(statement("900.00", "900.00", days=on(day)))
    names = details(refs=f"<EndToEndId>{listed['remittance']}</EndToEndId>")
    line = entry("-800.00", names, day=day.isoformat())
    left = {}, document(statement("900.00", "100.00", line, name="2", days=on(day)))

    async def came(params: dict[str, str], content: bytes, bank: int, unassigned: int) -> None:
        done = await chief.post(
            "/v1/operator/bank-statements", params=params, content=content, headers={"Content-Type": "application/xml"}
        )
        assert done.status_code == 201, done.text
        await stands(bank, unassigned)

    async def stands(bank: int, unassigned: int) -> None:
        assert (await balance(market, BANK), await balance(market, UNASSIGNED)) == (bank, unassigned)
        async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
            assert await bank_balances(session) == (1 if bank == 90_000 else 2, [])

    await came(*told_by_bank, 90_000, 0)
    sent = await chief.post(f"/v1/operator/payouts/{listed['id']}/sent", json={"bank_reference": "UMSATZ 4713"})
    assert sent.status_code == 204, sent.text
    await stands(90_000, 80_000)
    await came(*left, 10_000, 0)
    await market.work()
    # Its entry is known by what the transfer said, and nothing is left to be done.
    [one] = (await chief.get("/v1/operator/bank-entries")).json()["items"]
    assert (one["state"]["code"], one["matches"][0]["subject_id"]) == ("settled", listed["id"])
    await stands(10_000, 0)
