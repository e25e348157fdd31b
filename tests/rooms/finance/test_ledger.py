"""Accounts, entries and statements over HTTP; corrections and months by the operator."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest

from app.finance import facade as ledger
from app.kit.locales import LOCALES
from tests.market import Market
from tests.rooms.finance.books import account_of, operator, posted, returned, taken
from tests.statements import count_statements

PDF = b"%PDF-"


async def test_an_organization_reads_its_accounts(market: Market) -> None:
    member, other = await market.people("buyer"), await market.people("buyer")
    viewer = await market.member(member.firm, "viewer")
    clerk = await market.member(member.firm, "finance")
    machine = await market.machine(member, "ledger:read")
    today = market.clock.now().date()
    await posted(market.db, taken(member.firm.id, 123_456, today - timedelta(days=3)), taken(other.firm.id, 5, today))
    [back] = await posted(market.db, returned(member.firm.id, 456, today))
    account = await account_of(clerk)
    assert (account["balance"]["minor"], account["balance"]["text"]) == (123_000, "€1,230.00")
    assert (account["side"]["code"], account["organization_id"]) == ("credit", str(member.firm.id))
    path = f"/v1/ledger/accounts/{account['id']}"
    assert (await machine.get(path)).json() == account
    for caller, status in ((other, 404), (viewer, 403), (market.nobody, 401)):
        for address in (path, f"{path}/entries", f"{path}/statement"):
            assert (await caller.get(address)).status_code == status, address
    assert (await viewer.get("/v1/ledger/accounts")).status_code == 403

    newest, oldest = (await clerk.get(f"{path}/entries")).json()["items"]
    assert (newest["posting_id"], newest["side"]["code"], newest["amount"]["minor"]) == (str(back), "debit", 456)
    assert (oldest["kind"]["label"], oldest["cause"]["kind"]["code"]) == ("Deposit taken", "deposit")
    some = await clerk.get(f"{path}/entries?last_day={today - timedelta(days=1)}")
    assert some.json()["items"] == [oldest]
    one = await clerk.get(f"{path}/entries?limit=1")
    assert one.json()["items"] == [newest]
    rest = await clerk.get(f"{path}/entries?limit=1&cursor={one.json()['next_cursor']}")
    assert (rest.json()["items"], rest.json()["next_cursor"]) == ([oldest], None)
    assert (await clerk.get(f"{path}/entries?first_day=1999-01-01")).status_code == 422


async def test_lists_take_as_many_statements_for_many_as_for_few(market: Market) -> None:
    member = await market.people("buyer")
    today = market.clock.now().date()

    async def one(currency: str) -> None:
        held, cash = (
            ledger.AccountOf(member.firm.id, ledger.Purpose.DEPOSIT_HELD, currency),
            ledger.AccountOf(None, ledger.Purpose.CASH_AT_PROVIDER, currency),
        )
        fact = taken(member.firm.id, 100, today)
        await posted(
            market.db, ledger.Posting(fact.kind, fact.cause, today, (ledger.debit(cash, 9), ledger.credit(held, 9)))
        )

    await one("EUR")
    account = await account_of(member)
    chief = await operator(market)
    paths = {
        member: ("/v1/ledger/accounts", f"/v1/ledger/accounts/{account['id']}/entries"),
        chief: ("/v1/operator/ledger/accounts", "/v1/operator/ledger/periods"),
    }

    async def asked() -> dict[str, tuple[int, int]]:
        found = {}
        for caller, addresses in paths.items():
            for address in addresses:
                with count_statements(market.db) as seen:
                    answer = await caller.get(f"{address}?limit=100")
                assert answer.status_code == 200, answer.text
                found[address] = (len(seen), len(answer.json()["items"]))
        return found

    few = await asked()
    assert [rows for _, rows in few.values()] == [1, 1, 1, 1]
    for currency in ("USD", "CNY", "JPY", "GBP", "CHF", *["EUR"] * 15):
        await one(currency)
    await posted(market.db, taken(member.firm.id, 1, today - timedelta(days=40 * 31)))
    many = await asked()
    assert [rows for _, rows in many.values()][:3] == [6, 17, 6]
    assert many["/v1/operator/ledger/periods"][1] >= 39
    assert {path: count for path, (count, _) in many.items()} == {path: count for path, (count, _) in few.items()}


@pytest.mark.parametrize("locale", LOCALES)
async def test_statements_are_written_in_the_readers_language(market: Market, locale: str) -> None:
    member = await market.people("buyer")
    today = market.clock.now().date()
    first = today - timedelta(days=9)
    await posted(market.db, taken(member.firm.id, 150_000, first - timedelta(days=1)))
    await posted(
        market.db, taken(member.firm.id, 123_456, today - timedelta(days=2)), returned(member.firm.id, 50_000, today)
    )
    account = await account_of(member)

    async def written(kind: str) -> bytes:
        answer = await member.get(
            f"/v1/ledger/accounts/{account['id']}/statement?format={kind}&first_day={first}",
            headers={"Accept-Language": locale},
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-disposition"].endswith(f'{today}.{kind}"')
        return answer.content

    rows = list(csv.reader(io.StringIO((await written("csv")).decode("utf-8-sig"))))
    figures = {"en": "2234.56", "de": "2234,56"}
    assert len(rows) == 3 + 4
    if locale in figures:
        assert [row[6] for row in rows[3:]] == [
            figure if locale == "en" else figure.replace(".", ",")
            for figure in ("1500.00", "2734.56", "2234.56", "2234.56")
        ]
        assert rows[5][4:6] == ["500.00" if locale == "en" else "500,00", ""]
    if locale == "de" and rows[2][0] == "Datum":
        assert rows[2] == ["Datum", "Buchung", "Anlass", "Referenz", "Soll", "Haben", "Saldo"]
    if locale in ("en", "ar"):
        sheet: Any = openpyxl.load_workbook(io.BytesIO(await written("xlsx"))).active
        assert [sheet.cell(row, 7).value for row in (4, 5, 6, 7)] == [1500, 2734.56, 2234.56, 2234.56]
        assert sheet.cell(5, 1).value.date() == today - timedelta(days=2)
        assert bool(sheet.sheet_view.rightToLeft) == (locale == "ar")
    if locale in ("de", "ja", "ar"):
        assert (await written("pdf")).startswith(PDF)


async def test_the_operator_corrects_and_closes(market: Market) -> None:
    chief, member = await operator(market), await market.people("buyer")
    today = market.clock.now().date()
    last = today.replace(day=1) - timedelta(days=1)
    period = f"{last:%Y-%m}"
    [wrong] = await posted(market.db, taken(member.firm.id, 900, last))
    path = f"/v1/operator/ledger/postings/{wrong}"
    assert (await member.get(path)).status_code == 403
    told = (await chief.get(path)).json()
    assert [(leg["purpose"]["code"], leg["side"]["code"], leg["amount"]["minor"]) for leg in told["legs"]] == [
        ("cash_at_provider", "debit", 900),
        ("deposit_held", "credit", 900),
    ]
    closing = f"/v1/operator/ledger/periods/{period}/closing"
    assert (await member.post(closing)).status_code == 403
    closed = await chief.post(closing)
    assert (closed.status_code, closed.json()["state"]["code"]) == (200, "closed"), closed.text
    assert (await chief.post(closing)).json()["code"] == "ledger-period-not-ready"
    this = await chief.post(f"/v1/operator/ledger/periods/{today:%Y-%m}/closing")
    assert (this.status_code, this.json()["code"]) == (409, "ledger-period-not-ready")
    assert (await chief.post("/v1/operator/ledger/periods/2026-13/closing")).status_code == 422
    months = (await chief.get("/v1/operator/ledger/periods?limit=1")).json()
    assert [(month["state"]["code"], month["postings"]) for month in months["items"]] == [("open", 0)]
    more = (await chief.get(f"/v1/operator/ledger/periods?cursor={months['next_cursor']}")).json()["items"]
    assert [(month["period"], month["state"]["code"], month["postings"]) for month in more] == [(period, "closed", 1)]

    undo = f"{path}/reversal"
    late = await chief.post(undo, json={"reason": "Booked twice", "occurred_on": str(last)})
    assert (late.status_code, late.json()["code"]) == (409, "ledger-period-closed")
    assert (await member.post(undo, json={"reason": "Booked twice"})).status_code == 403
    assert (await chief.post(undo, json={"reason": ""})).status_code == 422
    absent = "/v1/operator/ledger/postings/00000000-0000-7000-8000-000000000000"
    assert (await chief.post(f"{absent}/reversal", json={"reason": "Booked twice"})).status_code == 404
    keyed = {"headers": {"Idempotency-Key": "once"}, "json": {"reason": "Booked twice"}}
    done = [await chief.post(undo, **keyed) for _ in range(2)]
    assert [answer.status_code for answer in done] == [201, 201], done[0].text
    assert done[0].json() == done[1].json()
    reversal = done[0].json()
    assert (reversal["reverses_id"], reversal["reason"]) == (str(wrong), "Booked twice")
    assert [leg["side"]["code"] for leg in reversal["legs"]] == ["credit", "debit"]
    assert (await chief.get(path)).json()["reversed_by_id"] == reversal["id"]
    again = await chief.post(undo, json={"reason": "Once more"})
    assert (again.status_code, again.json()["code"]) == (409, "ledger-already-reversed")
    account = await account_of(member)
    assert account["balance"]["minor"] == 0
    houses = (await chief.get("/v1/operator/ledger/accounts")).json()["items"]
    assert [(one["purpose"]["code"], one["balance"]["minor"]) for one in houses] == [("cash_at_provider", 0)]
    theirs = await chief.get(f"/v1/operator/ledger/accounts?organization_id={member.firm.id}")
    assert theirs.json()["items"] == [account]
    entries = await chief.get(f"/v1/ledger/accounts/{houses[0]['id']}/entries")
    assert len(entries.json()["items"]) == 2
    # What the members were given back cannot be taken back by a correction.
    [paid] = await posted(market.db, taken(member.firm.id, 50, today))
    await posted(market.db, returned(member.firm.id, 20, today))
    refused = await chief.post(
        f"/v1/operator/ledger/postings/{paid}/reversal", json={"reason": "It never came", "occurred_on": str(today)}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "ledger-below-floor")
    statement = await member.get(
        f"/v1/ledger/accounts/{account['id']}/statement?format=csv&first_day={date(today.year, today.month, 1)}"
    )
    rows = list(csv.reader(io.StringIO(statement.text)))
    assert (rows[3][6], rows[-1][6]) == ("9.00", "0.30")
