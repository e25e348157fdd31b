"""Invoices over HTTP: issued once, numbered without gaps, taken back by credit notes, seen by their two sides alone."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from app.finance.facade import creditor_reference
from app.finance.invoicing import checks
from app.kit.db.engine import Role
from app.kit.ids import new_id
from tests.market import Market, Member
from tests.rooms.finance.invoices import (
    GROSS,
    NET,
    TAX,
    details_form,
    invoiced,
    issued_by_a_deal,
    issuer,
    paid_somewhere,
    read,
    registered,
    to_invoice,
)
from tests.rooms.procurement.orders import ordered
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[Any, ...]]


async def proved(market: Market) -> None:
    """What `partingline verify` proves of invoices holds, and it has looked at some."""
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        for check in (checks.invoice_numbers, checks.invoice_documents, checks.invoice_files):
            looked, broken = await check(session)
            assert looked > 0 and broken == []
        assert (await checks.credit_notes(session))[1] == []


async def credited(who: Member, invoice_id: str, status: int = 201, **form: Any) -> dict[str, Any]:
    """A credit note, or what is said instead."""
    return await made(who, f"/v1/invoices/{invoice_id}/credit-notes", {"reason": "Rücksendung", **form}, status)


async def test_an_order_is_invoiced_once_and_again_when_taken_back(market: Market) -> None:
    buyer = await market.people("buyer", locale="de")
    supplier = await market.people("supplier")
    order_id, wanted = await to_invoice(market, buyer, supplier)
    path = f"/v1/orders/{order_id}/invoices"
    refused = await supplier.post(path, json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "invoicing-details-missing")
    await paid_somewhere(supplier)
    assert (await buyer.post(path, json={})).status_code == 404
    told = await made(supplier, path, {"terms_days": 14, "prepaid_minor": 8105, "delivered_on": "2026-11-20"})
    assert [told[name]["minor"] for name in ("net", "tax", "gross", "prepaid", "payable")] == [
        NET, TAX, GROSS, 8105, GROSS - 8105,
    ]  # fmt: skip
    again = await supplier.post(path, json={})
    assert (again.status_code, again.json()["code"], told["number"]) == (409, "already-invoiced", "RE-000001")
    pro_forma = await made(supplier, path, {"kind": "pro_forma"})
    assert (pro_forma["number"], pro_forma["due_on"]) == ("RE-PF-000001", None)

    mine = await read(supplier, told["id"])
    assert (mine["role"]["code"], mine["locale"], mine["subject_id"]) == ("issued", "de", str(order_id))
    assert (mine["order_reference"], mine["contract_reference"]) == (told_order(mine), wanted.pool_number)
    assert [line["name"] for line in mine["lines"]] == ["1.2738 geschnitten", "Auswerferstifte Ø6"]
    assert [(line["net"]["minor"], line["price_base"]) for line in mine["lines"]] == [(123457, "300"), (1001, "7.5")]
    [tax] = mine["taxes"]
    assert (tax["category"]["code"], tax["rate_percent"], tax["tax"]["minor"]) == ("S", "19", TAX)
    assert (mine["account"], mine["payment_reference"]) == (
        "DE02120300000000202051",
        creditor_reference("IN", UUID(mine["id"])),
    )
    theirs = await read(buyer, told["id"])
    assert (theirs["role"]["code"], theirs["sha256"]) == ("received", mine["sha256"])

    await market.work()
    notes = [one["subject"] for one in (await buyer.get("/v1/notifications")).json()["items"]]
    assert [sum(number in note for note in notes) for number in ("RE-000001", "RE-PF-000001")] == [1, 1], notes
    assert (await buyer.post(f"/v1/invoices/{told['id']}/credit-notes", json={"reason": "x"})).status_code == 404
    back = await credited(supplier, told["id"])
    assert (back["number"], back["gross"]["minor"], back["preceding_id"]) == ("GS-000001", GROSS, told["id"])
    assert (back["due_on"], back["account"], back["notes"]) == (None, None, ["Rücksendung"])
    whole = await read(buyer, told["id"])
    assert (whole["state"]["code"], whole["credited_net"]["minor"]) == ("cancelled", NET)
    assert [one["number"] for one in whole["credit_notes"]] == ["GS-000001"]
    for invoice_id in (told["id"], back["id"], pro_forma["id"]):
        assert (await credited(supplier, invoice_id, 409))["code"] == "not-creditable"
    assert (await made(supplier, path, {}))["number"] == "RE-000002"
    await proved(market)


def told_order(invoice: dict[str, Any]) -> str:
    """The order's number as the invoice gives it."""
    assert invoice["order_reference"].startswith("PO-")
    return str(invoice["order_reference"])


async def test_lines_are_taken_back_in_parts(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await issuer(market)
    invoice = await invoiced(market, buyer, supplier)
    lines = [{"line": "1", "quantity": "100"}, {"line": "2"}]
    first = await credited(supplier, invoice["id"], lines=lines)
    assert [(line["net"]["minor"], line["quantity"]) for line in first["lines"]] == [(41152, "100"), (1001, "7.5")]
    for wrong, code in (
        ([{"line": "1", "quantity": "200.000001"}], "too-much-credited"),
        ([{"line": "3"}], "unknown-line"),
        ([{"line": "1"}, {"line": "1"}], "line-twice"),
        ([{"line": "1", "quantity": "-1"}], "greater-than"),
    ):
        told = await credited(supplier, invoice["id"], 422, lines=wrong)
        assert code in told["errors"][0]["code"].replace("_", "-"), told
    assert (await credited(supplier, invoice["id"], 409, lines=[{"line": "2"}]))["code"] == "not-creditable"
    assert (await read(buyer, invoice["id"]))["state"]["code"] == "issued"
    rest = await credited(supplier, invoice["id"])
    assert first["net"]["minor"] + rest["net"]["minor"] == NET
    assert (await read(buyer, invoice["id"]))["state"]["code"] == "cancelled"
    assert [one["number"] for one in (await read(buyer, invoice["id"]))["credit_notes"]] == ["GS-000001", "GS-000002"]
    await proved(market)


async def test_taxes_over_borders(market: Market) -> None:
    supplier = await issuer(market)
    french = await market.people("buyer", country="FR", locale="fr")
    order_id, _ = await to_invoice(market, french, supplier, incoterm="FCA")
    path = f"/v1/orders/{order_id}/invoices"
    for number, who, code in (("DE136695976", supplier, "seller-vat-id-missing"), ("FR40303265045", french, "buyer")):
        refused = await supplier.post(path, json={})
        assert (refused.status_code, refused.json()["code"]) == (422, "tax-undecided")
        assert refused.json()["errors"][0]["code"].startswith(code)
        await registered(market, who, number)
    told = await read(supplier, (await made(supplier, path, {}))["id"])
    assert (told["tax"]["minor"], told["taxes"][0]["category"]["code"], told["number"]) == (0, "K", "RE-000001")
    chinese = await market.people("buyer", country="CN")
    order_id, _ = await to_invoice(market, chinese, supplier, incoterm_place="CNNGB")
    exported = await read(supplier, (await made(supplier, f"/v1/orders/{order_id}/invoices", {}))["id"])
    assert (exported["gross"]["minor"], exported["taxes"][0]["category"]["code"]) == (NET, "G")
    brazilian = await issuer(market, country="BR")
    order_id, _ = await to_invoice(market, await market.people("buyer", country="BR"), brazilian, incoterm="FCA")
    refused = await brazilian.post(f"/v1/orders/{order_id}/invoices", json={})
    assert refused.json()["errors"][0]["code"] == "no-tax-rate"

    operator = await market.people("operator")
    table = "country,category,rate_percent,valid_from,valid_until,source\nBR,S,17.5,2020-01-01,,ICMS\n"
    header = {"Content-Type": "text/csv"}
    assert (await supplier.put("/v1/operator/tax-rates", content=table, headers=header)).status_code == 403
    loaded = await operator.put("/v1/operator/tax-rates", content=table, headers=header)
    assert (loaded.status_code, loaded.json()) == (200, {"loaded": 1}), loaded.text
    # The tax of an invoice in euros is stated in reais too, by a rate of late; without one nothing is issued.
    today = market.clock.now().date()
    rate = {"base": "EUR", "quote": "BRL", "rate": "6.1", "on_date": str(today - timedelta(days=8))}
    await made(operator, "/v1/reference/fx-rates", {"source": "BCB", "rates": [rate]})
    refused = await brazilian.post(f"/v1/orders/{order_id}/invoices", json={})
    assert refused.json()["errors"][0]["code"] == "exchange-rate-missing"
    rate |= {"rate": "6.2345", "on_date": str(today - timedelta(days=3))}
    await made(operator, "/v1/reference/fx-rates", {"source": "BCB", "rates": [rate]})
    foreign = await read(brazilian, (await made(brazilian, f"/v1/orders/{order_id}/invoices", {}))["id"])
    stated = foreign["tax_in_own_currency"]
    assert (foreign["tax"]["minor"], stated["amount"]["minor"], stated["rate"]) == (21780, 135787, "6.2345")
    assert stated["rate_of"] == rate["on_date"]
    back = await credited(brazilian, foreign["id"], lines=[{"line": "2"}])
    assert (back["tax"]["minor"], back["tax_in_own_currency"]["amount"]["minor"]) == (175, 1091)
    for wrong, code in (
        ("BR,S,18,2024-01-01,,x\n", "rates-overlap"),
        ("BR,S,-3,2010-01-01,,x\n", "wrong-row"),
        ("BR,O,3,2010-01-01,,x\n", "wrong-row"),
        ("XX,S,3,2010-01-01,2009-01-01,x\n", "wrong-row"),
        ("", "row-count"),
    ):
        content = table.splitlines()[0] + "\n" + wrong
        refused = await operator.put("/v1/operator/tax-rates", content=content, headers=header)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code), refused.text
    rates = (await supplier.get("/v1/tax-rates?country=DE")).json()["items"]
    assert [one["rate_percent"] for one in rates] == ["19", "16", "19"]


async def test_who_has_not_acknowledged_an_order_does_not_invoice_it(market: Market) -> None:
    taken = await ordered(market)
    await paid_somewhere(taken.supplier)
    refused = await taken.supplier.post(f"{taken.path}/invoices", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "order-state-conflict")
    await taken.acknowledge()
    told = await made(taken.supplier, f"{taken.path}/invoices", {})
    assert told["net"]["minor"] == taken.order["total"]["minor"]
    viewer = await market.member(taken.supplier.firm, "viewer")
    path = f"/v1/invoices/{told['id']}"
    assert (await viewer.get(path)).status_code == 200
    assert (await viewer.post(f"{path}/credit-notes", json={"reason": "x"})).status_code == 403
    assert (await viewer.put("/v1/organization/invoicing", json={}, headers={"If-Match": "*"})).status_code == 403
    stranger = await market.people("buyer", "supplier")
    for one in (path, f"{path}/pdf", f"/v1/invoices/{new_id()}"):
        assert (await stranger.get(one)).status_code == 404
    assert (await stranger.get("/v1/invoices")).json()["items"] == []


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"iban": "DE02 1203 0000 0000 2020 52"}, "iban-invalid"),
        ({"bic": "BYLADEM"}, "too-short"),
        ({"account_number": "4711 0815"}, "one-account"),
        ({"credit_series_code": "RE"}, "same-series"),
        ({"series_code": "re"}, "string-pattern-mismatch"),
        ({"endpoint": "991-1234512345-06"}, "endpoint-form"),
        ({"tax_number": "12345"}, "tax-number-invalid"),
        ({"endpoint": "x", "endpoint_scheme": "1234"}, "endpoint-scheme-unknown"),
        ({"endpoint": "4006381333932", "endpoint_scheme": "0088"}, "endpoint-invalid"),
        ({"contact_email": "nobody"}, "string-pattern-mismatch"),
    ],
)
async def test_details_are_checked(market: Market, form: dict[str, Any], code: str) -> None:
    who = await market.people("supplier")
    answer = await who.put("/v1/organization/invoicing", json=details_form(**form), headers={"If-Match": "*"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"].replace("_", "-") == code


async def test_racing_issues_leave_no_gap(market: Market, owner: Owner) -> None:
    buyer, supplier = await market.people("buyer"), await issuer(market)
    orders = [(await to_invoice(market, buyer, supplier))[0] for _ in range(6)]
    both = [order_id for order_id in orders for _ in range(2)]
    answers = await asyncio.gather(*(supplier.post(f"/v1/orders/{order_id}/invoices", json={}) for order_id in both))
    assert sorted(one.status_code for one in answers) == [201] * 6 + [409] * 6
    found = [one.json() for one in answers if one.status_code == 201]
    assert sorted(one["number"] for one in found) == [f"RE-{number:06}" for number in range(1, 7)]
    # Of two who take the same back in parts at once, one gets what is left.
    path = f"/v1/invoices/{found[0]['id']}/credit-notes"
    form = {"reason": "x", "lines": [{"line": "1", "quantity": "200"}]}
    answers = await asyncio.gather(*(supplier.post(path, json=form) for _ in range(3)))
    assert sorted(one.status_code for one in answers) == [201, 422, 422]
    await proved(market)
    owner.execute("SET row_security = on")
    for refused in (
        "UPDATE invoices SET payable_minor = 1, prepaid_minor = gross_minor - 1",
        "UPDATE invoices SET credited_net_minor = 1 WHERE credited_net_minor = 0",
        "DELETE FROM invoices",
        "UPDATE invoice_series SET next_number = next_number + 1",
        "UPDATE invoice_series SET next_number = 1",
        "UPDATE invoice_subjects SET stands = false",
    ):
        with pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)):
            owner.execute(refused)
    # What the triggers keep out is found by whoever looks again.
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE invoices SET document = jsonb_set(document, '{prepaid_minor}', '1') WHERE series_number = 2")
    owner.execute("UPDATE invoice_series SET next_number = next_number + 1 WHERE code = 'RE'")
    owner.execute("UPDATE invoices SET credited_net_minor = 1 WHERE credited_net_minor > 0")
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        found = [
            await check(session) for check in (checks.invoice_numbers, checks.invoice_documents, checks.credit_notes)
        ]
    assert [(looked, len(broken)) for looked, broken in found] == [(2, 1), (7, 1), (1, 1)]


async def test_a_list_takes_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    buyer, supplier = await market.people("buyer"), await issuer(market)

    async def asked() -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await buyer.get("/v1/invoices?limit=100")
        assert answer.status_code == 200, answer.text
        return len(seen), len(answer.json()["items"])

    one = await invoiced(market, buyer, supplier)
    few = await asked()
    await invoiced(market, buyer, await issuer(market))
    await issued_by_a_deal(market, supplier, buyer, 18)
    assert (few[1], await asked()) == (1, (few[0], 20))
    page = await buyer.get("/v1/invoices?limit=7")
    assert len(page.json()["items"]) == 7 and 'rel="next"' in page.headers["Link"]
    await credited(supplier, one["id"])
    for query, count in (
        ("role=received", 21),
        ("role=issued", 0),
        ("state=cancelled", 1),
        ("kind=credit_note", 1),
        ("currency=USD", 0),
        ("issued_until=2020-01-01", 0),
        ("issued_from=2020-01-01", 21),
        (f"of_subject={one['subject_id']}", 2),
    ):
        assert len((await buyer.get(f"/v1/invoices?limit=100&{query}")).json()["items"]) == count, query
