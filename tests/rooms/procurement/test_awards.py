"""Awards: whole or by line, each line once, all of it or nothing, and only of opened quotes that still bind."""

import re
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.kit.db.engine import Database
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from tests.market import Market, Member
from tests.rooms.procurement.deals import MOULD, inquiry_form, published
from tests.rooms.procurement.orders import award, opened, ordered
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]


def rows(owner: Owner, table: str) -> int:
    """How many rows a table has."""
    found = owner.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[arg-type]
    return int(str(found[0])) if found else 0


async def test_a_whole_award_makes_one_order_that_repeats_the_quote(market: Market) -> None:
    deal, quotes = await opened(market)
    made = await award(deal, quotes[0], reason="Bester Preis")
    assert made["inquiry_state"]["code"] == "awarded" and made["reason"] == "Bester Preis"
    [summary] = made["orders"]
    assert summary["state"]["code"] == "issued" and summary["number"].startswith("PO-")
    order = (await deal.buyer.get(f"/v1/orders/{summary['id']}")).json()
    assert [(line["total"]["minor"], line["kind"]) for line in order["lines"]] == [(3500000, "line"), (30000, "line")]
    assert order["total"]["minor"] == 3530000 == sum(row["amount"]["minor"] for row in order["milestones"])
    assert sum(float(row["share_percent"]) for row in order["milestones"]) == 100
    assert order["milestone_template"]["code"] == "split_40_60"
    assert order["incoterm"] == {"code": "FCA", "place": "Shenzhen"} and order["lead_time_days"] == 60
    listed = (await deal.buyer.get(f"{deal.path}/awards")).json()["items"]
    assert [row["id"] for row in listed] == [made["id"]]
    assert (await deal.buyer.get(deal.path)).json()["state"]["code"] == "awarded"


async def test_lines_go_to_different_suppliers_and_the_inquiry_is_awarded_with_the_last(market: Market) -> None:
    deal, quotes = await opened(market)
    first = await award(deal, {"quote_id": quotes[0], "line_ids": [deal.lines[0]]})
    assert first["inquiry_state"]["code"] == "closed"
    again = await deal.buyer.post(f"{deal.path}/awards", json={"quotes": [{"quote_id": quotes[1]}]})
    assert again.status_code == 409 and again.json()["code"] == "lines-awarded"
    assert again.json()["positions"] == [1] or again.json()["positions"] == ["1"]
    second = await award(deal, {"quote_id": quotes[1], "line_ids": [deal.lines[1]]})
    assert second["inquiry_state"]["code"] == "awarded"
    assert {first["orders"][0]["number"][-4:], second["orders"][0]["number"][-4:]} == {"0001", "0002"}


async def test_one_award_makes_one_order_for_each_supplier(market: Market, owner: Owner) -> None:
    deal, quotes = await opened(market)
    made = await award(
        deal,
        {"quote_id": quotes[0], "line_ids": [deal.lines[0]]},
        {"quote_id": quotes[1], "line_ids": [deal.lines[1]]},
    )
    assert len(made["orders"]) == 2 and {len(made["lines"])} == {2}
    assert {row["supplier"]["id"] for row in made["orders"]} == {str(each.firm.id) for each in deal.suppliers}
    assert (rows(owner, "awards"), rows(owner, "purchase_orders"), rows(owner, "award_lines")) == (1, 2, 2)


@pytest.mark.parametrize(
    ("kind", "state"), [("order", "issued"), ("award", "awaiting_approval"), (None, "awaiting_approval")]
)
async def test_an_award_that_is_split_does_not_slip_under_a_limit(market: Market, kind: str | None, state: str) -> None:
    deal, quotes = await opened(market)
    approver = await market.member(deal.buyer.firm, "approver")
    form = {"name": "Über 35.200 €", "above_minor": 3520000, "currency": "EUR", "subject_kind": kind}
    form["approver_ids"] = [str(approver.person_id)]
    assert (await deal.buyer.post("/v1/approval-rules", json=form)).status_code == 201
    made = await award(
        deal,
        {"quote_id": quotes[0], "line_ids": [deal.lines[0]]},
        {"quote_id": quotes[1], "line_ids": [deal.lines[1]]},
    )
    orders = [(await deal.buyer.get(f"/v1/orders/{row['id']}")).json() for row in made["orders"]]
    totals = [order["total"]["minor"] for order in orders]
    assert max(totals) < 3520000 < sum(totals)
    assert [order["state"]["code"] for order in orders] == [state] * 2


async def test_extras_are_ordered_once(market: Market) -> None:
    deal = await published(market, suppliers=1)
    extras = [{"label": "试模材料", "price_minor": 90000}]
    quote = (await deal.quote(deal.suppliers[0], extras=extras))["id"]
    await deal.open()
    without = await award(deal, {"quote_id": quote, "line_ids": [deal.lines[0]], "extras": False})
    assert without["orders"][0]["total"]["minor"] == 3500000
    with_extras = await award(deal, {"quote_id": quote, "line_ids": [deal.lines[1]]})
    assert with_extras["orders"][0]["total"]["minor"] == 30000 + 90000
    order = (await deal.suppliers[0].get(f"/v1/orders/{with_extras['orders'][0]['id']}")).json()
    assert [line["kind"] for line in order["lines"]] == ["line", "extra"]
    assert (order["lines"][1]["description"]["text"], order["lines"][1]["description"]["locale"]) == (
        "试模材料", "zh-Hans",
    )  # fmt: skip


async def test_before_the_opening_nothing_is_awarded(market: Market, owner: Owner) -> None:
    deal = await published(market)
    quote = (await deal.quote(deal.suppliers[0]))["id"]
    form = {"quotes": [{"quote_id": quote}]}
    for step in ("running", "closed"):
        answer = await deal.buyer.post(f"{deal.path}/awards", json=form)
        assert (answer.status_code, answer.json()["code"]) == (409, "quotes-not-opened"), step
        deal.wait(days=6)
    assert (rows(owner, "awards"), rows(owner, "purchase_orders")) == (0, 0)


async def test_an_expired_quote_is_not_awarded(market: Market, owner: Owner) -> None:
    deal, quotes = await opened(market)
    market.move_clock(days=120)
    buyer = await market.member(deal.buyer.firm)
    answer = await buyer.post(f"{deal.path}/awards", json={"quotes": [{"quote_id": quotes[0]}]})
    assert (answer.status_code, answer.json()["code"]) == (409, "quote-expired")
    assert rows(owner, "awards") == 0


async def test_wrong_input_names_its_field_and_writes_nothing(market: Market, owner: Owner) -> None:
    deal, quotes = await opened(market)
    other, others = await opened(market, buyer=deal.buyer)
    line = deal.lines[0]
    wrong: list[tuple[list[dict[str, Any]], str, str]] = [
        ([{"quote_id": str(new_id())}], "/quotes/0/quote_id", "unknown-quote"),
        ([{"quote_id": others[0]}], "/quotes/0/quote_id", "unknown-quote"),
        ([{"quote_id": quotes[0]}, {"quote_id": quotes[0]}], "/quotes/1/quote_id", "unknown-quote"),
        ([{"quote_id": quotes[0], "line_ids": [other.lines[0]]}], "/quotes/0/line_ids/0", "line-not-quoted"),
        ([{"quote_id": quotes[0], "line_ids": [line, line]}], "/quotes/0/line_ids/1", "line-twice"),
        ([{"quote_id": quotes[0], "line_ids": [line]}, {"quote_id": quotes[1]}], "/quotes/1/quote_id", "line-twice"),
    ]
    for items, pointer, code in wrong:
        answer = await deal.buyer.post(f"{deal.path}/awards", json={"quotes": items})
        assert answer.status_code == 422, answer.text
        assert (pointer, code) in {(row["pointer"], row["code"]) for row in answer.json()["errors"]}
    bad = {"quotes": [{"quote_id": quotes[0]}], "milestone_template": "by_feeling"}
    assert (await deal.buyer.post(f"{deal.path}/awards", json=bad)).json()["errors"][0]["code"] == "unknown-template"
    assert [rows(owner, table) for table in ("awards", "award_lines", "purchase_orders", "order_counters")] == [0] * 4


async def test_who_may_award(market: Market, owner: Owner) -> None:
    deal, quotes = await opened(market)
    form = {"quotes": [{"quote_id": quotes[0]}]}
    path = f"{deal.path}/awards"
    approver = await market.member(deal.buyer.firm, "approver")
    stranger = await market.people("buyer")
    assert (await market.nobody.post(path, json=form)).status_code == 401
    assert (await stranger.post(path, json=form)).status_code == 404
    assert (await deal.suppliers[0].post(path, json=form)).status_code == 404
    assert (await deal.suppliers[0].get(path)).status_code == 404
    assert (await approver.post(path, json=form)).status_code == 403
    assert (rows(owner, "awards"), rows(owner, "purchase_orders")) == (0, 0)
    purchaser = await market.member(deal.buyer.firm, "purchaser")
    assert (await purchaser.post(path, json=form)).status_code == 201


async def test_a_repeated_request_gets_the_first_answer(market: Market, owner: Owner) -> None:
    deal, quotes = await opened(market)
    form = {"quotes": [{"quote_id": quotes[0]}]}
    key = {"Idempotency-Key": "award-once"}
    first = await deal.buyer.post(f"{deal.path}/awards", json=form, headers=key)
    second = await deal.buyer.post(f"{deal.path}/awards", json=form, headers=key)
    assert first.status_code == second.status_code == 201 and first.text == second.text
    assert second.headers["Idempotency-Replayed"] == "true" and rows(owner, "awards") == 1


async def reject(supplier: Member, order: dict[str, Any]) -> None:
    """The supplier refuses."""
    answer = await supplier.post(f"/v1/orders/{order['id']}/rejection", json={"reason": "产能不足"})
    assert answer.status_code == 200, answer.text


async def test_lines_of_a_rejected_order_are_free_again(market: Market) -> None:
    deal, quotes = await opened(market)
    made = await award(deal, quotes[0])
    await reject(deal.suppliers[0], made["orders"][0])
    again = await award(deal, quotes[1])
    assert again["orders"][0]["supplier"]["id"] == str(deal.suppliers[1].firm.id)
    listed = (await deal.buyer.get(f"{deal.path}/awards")).json()["items"]
    assert [all(line["released_at"] for line in row["lines"]) for row in listed] == [False, True]


async def test_closing_the_rest_settles_the_inquiry(market: Market) -> None:
    deal, quotes = await opened(market)
    made = await award(deal, {"quote_id": quotes[0], "line_ids": [deal.lines[0]]}, close_rest=True)
    assert made["inquiry_state"]["code"] == "awarded"
    left = {"quotes": [{"quote_id": quotes[1], "line_ids": [deal.lines[1]]}]}
    answer = await deal.buyer.post(f"{deal.path}/awards", json=left)
    assert (answer.status_code, answer.json()["code"]) == (409, "award-settled")
    await reject(deal.suppliers[0], made["orders"][0])
    freed = {"quote_id": quotes[1], "line_ids": [deal.lines[0]]}
    assert (await award(deal, freed))["orders"][0]["total"]["minor"] == 3501000


async def test_a_custom_mould_takes_its_category_and_description_along(market: Market) -> None:
    buyer = await market.people("buyer", locale="de")
    supplier = await market.people("supplier", locale="zh-Hans")
    line = {"description": "Werkzeug", "quantity": "1", "unit": "H87", "spec": MOULD}
    form = inquiry_form(market, [supplier], lots=[{"lines": [line]}], milestone_template="split_50_30_20")
    inquiry = (await buyer.post("/v1/inquiries", json=form)).json()
    published_ = (await buyer.post(f"/v1/inquiries/{inquiry['id']}/publication")).json()
    deal = (await published(market, suppliers=1)).__class__(market, buyer, [supplier], published_)
    quote = (await deal.quote(supplier, 10001))["id"]
    await deal.open()
    made = await award(deal, quote)
    order = (await supplier.get(f"/v1/orders/{made['orders'][0]['id']}")).json()
    assert order["lines"][0]["category_code"] == "injection-moulds"
    assert {group["code"] for group in order["lines"][0]["spec"]} >= {"process"}
    assert order["milestone_template"]["code"] == "split_50_30_20"
    amounts = [row["amount"]["minor"] for row in order["milestones"] if row["share_percent"] != "0"]
    assert amounts == [5001, 3000, 2000]


async def test_winners_and_others_are_told_without_a_price(market: Market) -> None:
    deal, quotes = await opened(market)
    await award(deal, quotes[0])
    await market.work()
    told = [(await supplier.get("/v1/notifications")).json()["items"] for supplier in deal.suppliers]
    kinds = [{row["notice"] for row in rows_} for rows_ in told]
    assert "procurement.quote_chosen" in kinds[0] and "procurement.quote_not_chosen" not in kinds[0]
    assert "procurement.quote_not_chosen" in kinds[1] and "procurement.order_received" not in kinds[1]
    lost = next(row for row in told[1] if row["notice"] == "procurement.quote_not_chosen")
    said = re.sub(r"Formenbau \d+ GmbH", "", lost["subject"] + lost["body"]).replace(deal.inquiry["number"], "")
    assert said and not re.search(r"\d", said), said


async def test_the_list_of_awards_takes_as_many_statements_for_many(market: Market, db: Database) -> None:
    found = await ordered(market)
    with count_statements(db) as one:
        await found.buyer.get(f"{found.deal.path}/awards")
    async with db.transaction() as session:
        await act_for(session, found.buyer.firm.id)
        for _ in range(19):
            await session.execute(
                text("INSERT INTO awards (id, inquiry_id, buyer_id) VALUES (:id, :inquiry_id, :buyer_id)"),
                {"id": new_id(), "inquiry_id": found.order["inquiry_id"], "buyer_id": found.buyer.firm.id},
            )
    with count_statements(db) as many:
        answer = await found.buyer.get(f"{found.deal.path}/awards")
    assert len(answer.json()["items"]) == 20 and len(many) == len(one)


async def test_the_database_awards_a_line_once_and_only_of_an_opened_quote(market: Market, db: Database) -> None:
    found = await ordered(market)
    insert = text(
        "INSERT INTO award_lines (id, award_id, inquiry_id, buyer_id, supplier_id, order_id, line_id, price_id) "
        "SELECT :id, award_id, inquiry_id, buyer_id, supplier_id, order_id, line_id, price_id FROM award_lines LIMIT 1"
    )
    with pytest.raises(DBAPIError, match="uq_award_lines"):
        async with db.transaction() as session:
            await act_for(session, found.buyer.firm.id)
            await session.execute(insert, {"id": new_id()})
    for change in ("released_at = now()", "order_id = gen_random_uuid()"):
        with pytest.raises(DBAPIError, match="released with its order"):
            async with db.transaction() as session:
                await act_for(session, found.buyer.firm.id)
                await session.execute(text(f"UPDATE award_lines SET {change}"))
    async with db.transaction() as session:
        await act_for(session, found.supplier.firm.id)
        assert (await session.execute(text("SELECT count(*) FROM awards"))).scalar_one() == 0
        await act_for(session, found.deal.suppliers[1].firm.id)
        assert (await session.execute(text("SELECT count(*) FROM award_lines"))).scalar_one() == 0
