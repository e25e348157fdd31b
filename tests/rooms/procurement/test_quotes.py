"""Writing, submitting, replacing and withdrawing quotes."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.market import Market
from tests.rooms.procurement.deals import inquiry_form, published

Owner = psycopg.Connection[tuple[object, ...]]


async def test_a_quote_is_sealed_when_submitted(market: Market) -> None:
    deal = await published(market)
    receipt = await deal.quote(deal.suppliers[0])
    assert receipt["state"]["code"] == "submitted"
    assert len(receipt["digest"]) == 64 and receipt["revision"] == 1
    own = await deal.suppliers[0].get(f"/v1/quotes/{receipt['id']}")
    assert own.headers["Cache-Control"] == "no-store"
    # 250 pins at 120.00 a hundred, and the mould.
    assert own.json()["total"]["minor"] == 3500000 + 30000
    assert own.json()["prices"][1]["total"]["minor"] == 30000


async def test_a_draft_is_replaced_on_the_version_read_and_then_submitted(market: Market) -> None:
    deal = await published(market)
    supplier = deal.suppliers[0]
    draft = await deal.quote(supplier, submit=False)
    assert (draft["state"]["code"], draft["digest"]) == ("draft", None)
    path = f"/v1/quotes/{draft['id']}"
    form = deal.quote_form(1000, 2000, extras=[{"label": "Versand", "price_minor": 500}], notes="Preise ohne Zoll")
    del form["submit"]
    assert (await supplier.put(path, json=form)).status_code == 428
    assert (await supplier.put(path, json=form, headers={"If-Match": '"9-en"'})).status_code == 412
    etag = (await supplier.get(path)).headers["ETag"]
    assert (await supplier.put(path, json=form, headers={"If-Match": etag})).status_code == 200
    assert (await supplier.get(path)).json()["total"]["minor"] == 1000 + 5000 + 500
    submitted = await supplier.post(f"{path}/submission")
    assert submitted.json()["state"]["code"] == "submitted"
    again = await supplier.post(f"{path}/submission")
    assert (again.status_code, again.json()["code"]) == (409, "quote-not-draft")
    rewritten = await supplier.put(path, json=form, headers={"If-Match": "*"})
    assert (rewritten.status_code, rewritten.json()["code"]) == (409, "quote-not-draft")


async def test_a_draft_that_an_extension_outlived_is_not_submitted(market: Market) -> None:
    deal = await published(market)
    supplier, later = deal.suppliers[0], market.clock.now() + timedelta(days=40)
    valid = (market.clock.now() + timedelta(days=20)).date().isoformat()
    path = f"/v1/quotes/{(await deal.quote(supplier, submit=False, valid_until=valid))['id']}"
    extended = await deal.buyer.post(f"{deal.path}/extension", json={"closes_at": later.isoformat()})
    assert extended.status_code == 200
    refused = await supplier.post(f"{path}/submission")
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/valid_until"]
    assert (await supplier.get(path)).json()["state"]["code"] == "draft"


async def test_one_live_quote_then_withdraw_and_resubmit(market: Market) -> None:
    deal = await published(market)
    supplier = deal.suppliers[0]
    first = await deal.quote(supplier)
    second = await supplier.post(f"{deal.path}/quotes", json=deal.quote_form())
    assert (second.status_code, second.json()["code"]) == (409, "already-quoted")
    withdrawn = await supplier.post(f"/v1/quotes/{first['id']}/withdrawal")
    assert withdrawn.json()["state"]["code"] == "withdrawn"
    assert (await deal.quote(supplier, 1, 1))["revision"] == 2
    assert len((await supplier.get("/v1/quotes")).json()["items"]) == 2
    assert len((await supplier.get("/v1/quotes?state=submitted")).json()["items"]) == 1


async def test_a_late_quote_is_refused(market: Market, owner: Owner) -> None:
    deal = await published(market)
    supplier = deal.suppliers[0]
    draft = await deal.quote(supplier, submit=False)
    submitted = await deal.quote(deal.suppliers[1])
    deal.wait(days=5, minutes=1)
    path = f"/v1/quotes/{draft['id']}"
    for answer in (
        await supplier.post(f"{deal.path}/quotes", json=deal.quote_form()),
        await supplier.post(f"{path}/submission"),
        await supplier.post(f"{path}/withdrawal"),
        await deal.suppliers[1].post(f"/v1/quotes/{submitted['id']}/withdrawal"),
        await supplier.post(f"{deal.path}/refusal", json={"reason": "zu spät"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "inquiry-closed"), answer.text
        assert answer.headers["Content-Language"] == "zh-Hans"
    states = owner.execute("SELECT state FROM quotes ORDER BY state").fetchall()
    assert states == [("draft",), ("submitted",)]


async def test_the_database_clock_decides_when_the_two_disagree(market: Market, owner: Owner) -> None:
    """Between our look at the clock and the database's own the closing time may pass: that is late, and no fault."""
    deal = await published(market)
    supplier = deal.suppliers[0]
    draft = await deal.quote(supplier, submit=False)
    market.move_clock(days=5, minutes=1)
    market.clock.offset = timedelta(0)
    path = f"/v1/quotes/{draft['id']}"
    form = deal.quote_form()
    del form["submit"]
    for answer in (
        await deal.suppliers[1].post(f"{deal.path}/quotes", json=deal.quote_form()),
        await supplier.put(path, json=form, headers={"If-Match": "*"}),
        await supplier.post(f"{path}/submission"),
        await supplier.post(f"{path}/withdrawal"),
        await deal.buyer.post(f"{deal.path}/extension", json={"closes_at": "2090-01-01T00:00:00Z"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "inquiry-closed"), answer.text
    assert owner.execute("SELECT count(*), max(version) FROM quotes").fetchone() == (1, 1)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"prices": [{"line_id": str(uuid4()), "price_minor": 1}]}, "/prices/0/line_id"),
        ({"prices": []}, "/prices"),
        ({"incoterm": "ABC"}, "/incoterm"),
        ({"valid_until": "2020-01-01"}, "/valid_until"),
        ({"lead_time_days": 0}, "/lead_time_days"),
        ({"currency": "ABC"}, "/currency"),
    ],
)
async def test_what_a_quote_must_satisfy(market: Market, owner: Owner, changes: dict[str, Any], pointer: str) -> None:
    deal = await published(market)
    answer = await deal.suppliers[0].post(f"{deal.path}/quotes", json=deal.quote_form(**changes))
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert owner.execute("SELECT count(*) FROM quotes").fetchone() == (0,)


async def test_a_lines_amount_stays_within_what_money_may_be(market: Market) -> None:
    deal = await published(market)
    price = {"line_id": deal.lines[1], "price_minor": 10**15, "per_quantity": "0.000001"}
    answer = await deal.suppliers[0].post(f"{deal.path}/quotes", json=deal.quote_form(prices=[price]))
    assert answer.json()["errors"][0]["code"] == "amount-too-large"


async def test_a_line_is_priced_once(market: Market) -> None:
    deal = await published(market)
    price = {"line_id": deal.lines[0], "price_minor": 1}
    answer = await deal.suppliers[0].post(f"{deal.path}/quotes", json=deal.quote_form(prices=[price, price]))
    assert answer.json()["errors"][0]["code"] == "line-repeated"


async def test_who_may_touch_a_quote(market: Market, owner: Owner) -> None:
    deal = await published(market)
    supplier = deal.suppliers[0]
    quote = await deal.quote(supplier, submit=False)
    viewer = await market.member(supplier.firm, "viewer")
    path = f"/v1/quotes/{quote['id']}"
    tried: list[tuple[Any, int]] = [
        (market.nobody, 401),
        (deal.suppliers[1], 404),
        (deal.buyer, 404),
        (await market.people("operator"), 404),
        (viewer, 403),
    ]
    form = deal.quote_form()
    del form["submit"]
    for caller, status in tried:
        assert (await caller.put(path, json=form, headers={"If-Match": "*"})).status_code == status
        for verb in ("submission", "withdrawal"):
            assert (await caller.post(f"{path}/{verb}")).status_code == status
        if status != 403:
            assert (await caller.get(path)).status_code == status
    assert owner.execute("SELECT state, version FROM quotes").fetchall() == [("draft", 1)]


async def test_a_repeated_post_makes_one_quote_and_its_answer_holds_no_price(market: Market, owner: Owner) -> None:
    deal = await published(market)
    key = {"Idempotency-Key": "one-quote"}
    form = deal.quote_form(765432198, 876543219)
    first = await deal.suppliers[0].post(f"{deal.path}/quotes", json=form, headers=key)
    again = await deal.suppliers[0].post(f"{deal.path}/quotes", json=form, headers=key)
    assert first.status_code == 201 and first.json() == again.json()
    stored = owner.execute("SELECT convert_from(body, 'UTF8') FROM idempotency_answers").fetchall()
    assert stored and not any("765432198" in str(body) or "876543219" in str(body) for body in stored)


async def test_only_the_days_until_the_opening_count_for_validity(market: Market) -> None:
    deal = await published(market, opens_at=inquiry_form(market)["opens_at"])
    opening_day = deal.inquiry["opens_at"][:10]
    assert (await deal.quote(deal.suppliers[0], valid_until=opening_day))["state"]["code"] == "submitted"
