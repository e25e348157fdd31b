"""Orders of the catalogue: a price asked for is the price charged, whatever changes afterwards."""

import asyncio
from datetime import datetime
from typing import Any

import psycopg
import pytest

from app.kit.ids import new_id
from app.kit.verify import verify_all
from tests.market import Market, Member
from tests.rooms.catalog.prices import (
    CATALOGUE_ORDERS,
    CONFIRMATIONS,
    LISTS,
    activated,
    confirmed,
    discount,
    in_days,
    line_for,
    listed,
    ordered,
)
from tests.rooms.catalog.test_listings import VARIANT
from tests.rooms.procurement.deals import Deal, wait
from tests.rooms.procurement.orders import Ordered

Owner = psycopg.Connection[tuple[object, ...]]


async def _traders(market: Market) -> tuple[Member, Member, str, str]:
    """Supplier, buyer, listing and variant."""
    seller, buyer = await market.people("supplier"), await market.people("buyer")
    return seller, buyer, *(await listed(market, seller))


async def _dearer(seller: Member, product_id: str, variant_id: str) -> None:
    """The supplier doubles his public price, renames the size and takes longer."""
    prices = [{"currency": "EUR", "min_quantity": "10", "price_minor": 840}]
    form = {**VARIANT, "label": "Ø6 × 100 neu", "lead_time_days": 90, "prices": prices}
    answer = await seller.put(f"/v1/variants/{variant_id}", json=form, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


def _count(owner: Owner, table: str) -> int:
    found = owner.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[arg-type]
    return int(str(found[0])) if found else 0


async def test_a_confirmation_says_what_will_be_charged_and_until_when(market: Market) -> None:
    seller, buyer, _, variant_id = await _traders(market)
    public = await confirmed(buyer, variant_id, "100")
    assert (public["price_minor"], public["total_minor"], public["source"]["code"]) == (350, 35000, "public")
    assert public["price_list_id"] is None
    hours = _hours(public)
    assert hours == 72
    made = await activated(market, seller, [buyer], [line_for(variant_id, 399, "20")], valid_until=in_days(market, 1))
    contract = await confirmed(buyer, variant_id, "20.5")
    assert (contract["price_minor"], contract["total_minor"]) == (399, 8180)
    assert (contract["price_list_id"], contract["price_list_edition"]) == (made["id"], 1)
    # The list ends first: at the end of its last day (UTC).
    assert contract["valid_until"].startswith(f"{in_days(market, 2)}T00:00:00")
    path = f"{CONFIRMATIONS}/{contract['id']}"
    assert (await buyer.get(path)).json() == (await seller.get(path)).json() == contract
    stranger = await market.people("buyer", "supplier")
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.get(CONFIRMATIONS)).json()["items"] == []
    assert len((await seller.get(CONFIRMATIONS, params={"side": "supplier"})).json()["items"]) == 2


def _hours(confirmation: dict[str, Any]) -> float:
    ends, began = (datetime.fromisoformat(confirmation[name]) for name in ("valid_until", "confirmed_at"))
    return (ends - began).total_seconds() / 3600


async def test_what_was_confirmed_is_charged_and_never_recomputed(market: Market, owner: Owner) -> None:
    seller, buyer, product_id, variant_id = await _traders(market)
    made = await activated(market, seller, [buyer], [line_for(variant_id, 399)])
    asked = await confirmed(buyer, variant_id, "50")
    await _dearer(seller, product_id, variant_id)
    assert (await seller.post(f"{LISTS}/{made['id']}/ending")).status_code == 200
    order = await ordered(buyer, {"confirmation_id": asked["id"]}, buyer_reference="4711")
    line = order["lines"][0]
    assert (order["origin"]["code"], order["inquiry_id"], order["quote_id"]) == ("catalogue", None, None)
    assert (order["state"]["code"], order["total"]["minor"], order["incoterm"]["code"]) == ("issued", 19950, "FCA")
    assert (line["price"]["minor"], line["total"]["minor"], line["quantity"]["value"]) == (399, 19950, "50")
    assert (line["kind"], line["sku"], line["lead_time_days"]) == ("item", "EP-6X100", 5)
    assert line["confirmed"] == {
        "confirmation_id": asked["id"], "source": line["confirmed"]["source"], "price_list_id": made["id"],
        "price_list_code": "frame-2026", "price_list_edition": 1,
    }  # fmt: skip
    before = (await buyer.get(f"/v1/orders/{order['id']}", headers={"Accept-Language": "de"})).json()
    assert before["lines"][0]["description"]["translation"]["text"].startswith("Auswerferstift")
    assert (await seller.post(f"/v1/products/{product_id}/archive")).status_code == 200
    after = (await seller.get(f"/v1/orders/{order['id']}", headers={"Accept-Language": "de"})).json()
    assert after["lines"] == before["lines"]
    assert [row["code"] for row in after["milestones"]] == ["shipped"]
    for statement in ("UPDATE order_lines SET price_minor = 1", "UPDATE price_confirmations SET price_minor = 1",
                      "DELETE FROM price_confirmations"):  # fmt: skip
        with pytest.raises(psycopg.Error), owner.transaction():
            owner.execute(statement)  # type: ignore[arg-type]


async def test_without_a_confirmation_the_price_of_the_moment_is_confirmed_and_charged(market: Market) -> None:
    seller, buyer, _, variant_id = await _traders(market)
    _, second = await listed(market, seller, "second", "EP-8X100")
    await activated(market, seller, [buyer], [discount(1000)])
    asked = await confirmed(buyer, second, "10")
    order = await ordered(buyer, {"variant_id": variant_id, "quantity": "100"}, {"confirmation_id": asked["id"]})
    assert [line["price"]["minor"] for line in order["lines"]] == [315, 378]
    assert order["total"]["minor"] == 31500 + 3780
    found = (await buyer.get(CONFIRMATIONS)).json()["items"]
    assert {line["confirmed"]["confirmation_id"] for line in order["lines"]} == {row["id"] for row in found}


async def test_the_order_is_one_like_all_others(market: Market) -> None:
    seller, buyer, _, variant_id = await _traders(market)
    order = await ordered(buyer, {"variant_id": variant_id, "quantity": "10"}, currency="EUR")
    await market.work()
    told = [one["notice"] for one in (await seller.get("/v1/notifications")).json()["items"]]
    assert "procurement.order_received" in told
    assert [row["id"] for row in (await buyer.get("/v1/orders")).json()["items"]] == [order["id"]]
    assert [row["id"] for row in (await seller.get("/v1/orders", params={"side": "supplier"})).json()["items"]] == [
        order["id"]
    ]
    assert b"EP-" not in (csv := (await buyer.get("/v1/orders.csv")).content) and order["number"].encode() in csv
    deal = Deal(market, buyer, [seller], {"id": "", "lots": []})
    under_way = Ordered(deal, buyer, seller, order)
    await under_way.acknowledge()
    assert (await under_way.read())["state"]["code"] == "acknowledged"
    done = await under_way.reach("shipped")
    # A template without a run-off is accepted with its last milestone.
    assert done["state"]["code"] == "accepted"
    assert (await buyer.post(f"{under_way.path}/closing")).json()["state"]["code"] == "closed"


async def test_a_rejected_order_tells_the_buyer_in_words_that_fit(market: Market) -> None:
    seller, buyer, _, variant_id = await _traders(market)
    order = await ordered(buyer, {"variant_id": variant_id, "quantity": "10"})
    answer = await seller.post(f"/v1/orders/{order['id']}/rejection", json={"reason": "Sold out."})
    assert answer.json()["state"]["code"] == "rejected"
    await market.work()
    told = [one["notice"] for one in (await buyer.get("/v1/notifications")).json()["items"]]
    assert "procurement.catalogue_order_rejected" in told and "procurement.order_rejected" not in told


async def test_the_proof_sees_a_line_that_was_charged_otherwise(market: Market, owner: Owner) -> None:
    _, buyer, _, variant_id = await _traders(market)
    await ordered(buyer, {"variant_id": variant_id, "quantity": "10"}, {"variant_id": variant_id, "quantity": "100"})

    async def broken() -> tuple[int, int]:
        found = next(one for one in await verify_all(market.db) if one.check == "lines are charged as agreed")
        return found.looked_at, len(found.broken)

    assert await broken() == (2, 0)
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE order_lines SET price_minor = 419, total_minor = 4190 WHERE quantity = 10")
    assert await broken() == (2, 1)


async def test_approval_rules_hold_for_orders_of_the_catalogue(market: Market) -> None:
    seller, buyer, _, variant_id = await _traders(market)
    approver = await market.member(buyer.firm, "approver")
    rule = {
        "name": "Above a hundred",
        "above_minor": 10000,
        "currency": "EUR",
        "approver_ids": [str(approver.person_id)],
    }
    assert (await buyer.post("/v1/approval-rules", json=rule)).status_code == 201
    small = await ordered(buyer, {"variant_id": variant_id, "quantity": "10"})
    large = await ordered(buyer, {"variant_id": variant_id, "quantity": "100"})
    assert (small["state"]["code"], large["state"]["code"]) == ("issued", "awaiting_approval")
    assert (await seller.get(f"/v1/orders/{large['id']}")).status_code == 404
    # It waits longer than the confirmation stands, and is charged as it was ordered.
    wait(market, seller, buyer, approver, days=5)
    answer = await approver.post(f"/v1/approvals/{large['approval']['id']}/approve", json={})
    assert answer.status_code == 200, answer.text
    await market.work()
    issued = (await seller.get(f"/v1/orders/{large['id']}")).json()
    assert (issued["state"]["code"], issued["total"]["minor"]) == ("issued", 35000)


async def test_an_expired_confirmation_is_refused_with_a_sentence(market: Market, owner: Owner) -> None:
    seller, buyer, _, variant_id = await _traders(market)
    asked = await confirmed(buyer, variant_id)
    wait(market, seller, buyer, hours=73)
    answer = await buyer.post(CATALOGUE_ORDERS, json={"items": [{"confirmation_id": asked["id"]}]})
    assert (answer.status_code, answer.json()["code"]) == (409, "price-confirmation-expired")
    assert "EP-6X100" in answer.json()["detail"]
    assert _count(owner, "purchase_orders") == 0


async def test_withdrawn_goods_are_refused(market: Market, owner: Owner) -> None:
    seller, buyer, product_id, variant_id = await _traders(market)
    asked = await confirmed(buyer, variant_id)
    assert (await seller.post(f"/v1/products/{product_id}/withdraw")).status_code == 200
    answer = await buyer.post(CATALOGUE_ORDERS, json={"items": [{"confirmation_id": asked["id"]}]})
    assert (answer.status_code, answer.json()["code"]) == (409, "item-withdrawn")
    answer = await buyer.post(CATALOGUE_ORDERS, json={"items": [{"variant_id": variant_id, "quantity": "10"}]})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no-price")
    assert _count(owner, "purchase_orders") == 0


@pytest.mark.parametrize(
    ("item", "currency", "pointer", "code"),
    [
        ({"quantity": "9.999"}, "EUR", "/items/0/quantity", "below-minimum-order"),
        ({"quantity": "10"}, "JPY", "/items/0/variant_id", "no-price-in-currency"),
        (
            {"variant_id": "00000000-0000-7000-8000-000000000001", "quantity": "10"},
            "EUR",
            "/items/0/variant_id",
            "no-price",
        ),
    ],
)
async def test_what_cannot_be_had_is_named(
    market: Market, owner: Owner, item: dict[str, str], currency: str, pointer: str, code: str
) -> None:
    _, buyer, _, variant_id = await _traders(market)
    form = {"items": [{"variant_id": variant_id, **item}], "currency": currency}
    for address in (CONFIRMATIONS, CATALOGUE_ORDERS):
        answer = await buyer.post(address, json=form)
        assert answer.status_code == 422, answer.text
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert (_count(owner, "price_confirmations"), _count(owner, "purchase_orders")) == (0, 0)


async def test_one_order_has_one_supplier_and_one_currency(market: Market, owner: Owner) -> None:
    _, buyer, _, variant_id = await _traders(market)
    rival = await market.people("supplier")
    _, other = await listed(market, rival)
    euros, dollars = await confirmed(buyer, variant_id), await confirmed(buyer, variant_id, currency="USD")
    strange = await confirmed(buyer, other)
    for first, second, code in ((euros, dollars, "another-currency"), (euros, strange, "another-supplier"),
                                (euros, euros, "confirmation-twice")):  # fmt: skip
        items = [{"confirmation_id": one["id"]} for one in (first, second)]
        answer = await buyer.post(CATALOGUE_ORDERS, json={"items": items})
        assert code in {error["code"] for error in answer.json()["errors"]}, answer.text
    for item in ({}, {"variant_id": variant_id}, {"confirmation_id": euros["id"], "quantity": "5"}):
        answer = await buyer.post(CATALOGUE_ORDERS, json={"items": [item]})
        assert [error["code"] for error in answer.json()["errors"]] == ["item-form"]
    assert _count(owner, "purchase_orders") == 0


async def test_only_the_buyers_purchasers_order(market: Market, owner: Owner) -> None:
    seller, buyer, _, variant_id = await _traders(market)
    asked = await confirmed(buyer, variant_id)
    viewer = await market.member(buyer.firm, "viewer")
    other = await market.people("buyer")
    by_confirmation = {"items": [{"confirmation_id": asked["id"]}]}
    by_variant = {"items": [{"variant_id": variant_id, "quantity": "10"}], "currency": "EUR"}
    for caller, status in ((market.nobody, 401), (viewer, 403), (seller, 403)):
        for form in (by_confirmation, by_variant):
            assert (await caller.post(CATALOGUE_ORDERS, json=form)).status_code == status
        assert (await caller.post(CONFIRMATIONS, json=by_variant)).status_code == status
    answer = await other.post(CATALOGUE_ORDERS, json=by_confirmation)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown-confirmation")
    assert (_count(owner, "price_confirmations"), _count(owner, "purchase_orders")) == (1, 0)
    both = await market.people("supplier", "buyer")
    _, own = await listed(market, both)
    answer = await both.post(CONFIRMATIONS, json={"items": [{"variant_id": own, "quantity": "10"}], "currency": "EUR"})
    assert [error["code"] for error in answer.json()["errors"]] == ["own-listing"]


async def test_a_repeated_request_orders_once(market: Market, owner: Owner) -> None:
    _, buyer, _, variant_id = await _traders(market)
    form = {"items": [{"variant_id": variant_id, "quantity": "10"}]}
    headers = {"Idempotency-Key": str(new_id())}
    first, again = [await buyer.post(CATALOGUE_ORDERS, json=form, headers=headers) for _ in range(2)]
    assert first.content == again.content and again.headers["Idempotency-Replayed"] == "true"
    assert (_count(owner, "purchase_orders"), _count(owner, "price_confirmations")) == (1, 1)


async def test_a_draft_is_sent_when_its_buyer_wants(market: Market) -> None:
    seller, buyer, _, variant_id = await _traders(market)
    order = await ordered(buyer, {"variant_id": variant_id, "quantity": "10"}, issue=False, terms="Net 30 days")
    assert order["state"]["code"] == "draft"
    assert (await seller.get(f"/v1/orders/{order['id']}")).status_code == 404
    sent = await buyer.post(f"/v1/orders/{order['id']}/submission")
    assert sent.json()["state"]["code"] == "issued"
    assert (await seller.get(f"/v1/orders/{order['id']}")).json()["terms"]["text"] == "Net 30 days"


async def test_of_two_orders_by_one_confirmation_one_is_made(market: Market, owner: Owner) -> None:
    _, buyer, _, variant_id = await _traders(market)
    asked = await confirmed(buyer, variant_id)
    form = {"items": [{"confirmation_id": asked["id"]}]}
    answers = await asyncio.gather(*(buyer.post(CATALOGUE_ORDERS, json=form) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"price-confirmation-used"}
    assert (_count(owner, "purchase_orders"), _count(owner, "order_lines")) == (1, 1)


async def test_an_ending_list_and_orders_at_its_price_do_not_mix(market: Market, owner: Owner) -> None:
    """Each order is charged by the list or publicly, as it was at its own moment; never something between."""
    seller, buyer, _, variant_id = await _traders(market)
    made = await activated(market, seller, [buyer], [line_for(variant_id, 399)])
    item = {"variant_id": variant_id, "quantity": "10"}
    form = {"items": [item], "currency": "EUR"}
    sent = [buyer.post(CATALOGUE_ORDERS, json=form) for _ in range(6)]
    sent.insert(3, seller.post(f"{LISTS}/{made['id']}/ending"))
    answers = await asyncio.gather(*sent)
    orders = [answer.json() for answer in answers if answer.status_code == 201]
    refused = {answer.json()["code"] for answer in answers if answer.status_code >= 400}
    assert len(orders) >= 1 and refused <= {"price-changed"}
    for order in orders:
        line = order["lines"][0]
        charged = line["price"]["minor"], line["confirmed"]["source"]["code"]
        assert charged in ((399, "contract"), (420, "public"))
    assert (await ordered(buyer, item, currency="EUR"))["total"]["minor"] == 4200


async def test_the_database_charges_nothing_but_what_was_confirmed(market: Market, owner: Owner) -> None:
    """Whatever a program would write: another amount, list, quantity or an award's line is refused."""
    _, buyer, _, variant_id = await _traders(market)
    order = await ordered(buyer, {"variant_id": variant_id, "quantity": "10"}, issue=False)
    free = await confirmed(buyer, variant_id)
    copy = (
        "INSERT INTO order_lines SELECT (jsonb_populate_record(l, jsonb_build_object('id', uuidv7(), 'position', 9, "
        "'confirmation_id', %s::text) || %s::jsonb)).* FROM order_lines l WHERE order_id = %s"
    )
    refused = [
        ('{"price_minor": 1, "total_minor": 10}', "fk_order_lines_as_confirmed"),
        ('{"quantity": 11, "total_minor": 4620}', "fk_order_lines_as_confirmed"),
        ('{"currency": "USD"}', "fk_order_lines_as_confirmed"),
        ('{"sku": "OTHER"}', "order_as_confirmed"),
        ('{"price_source": "contract"}', "order_as_confirmed"),
        ('{"kind": "extra", "confirmation_id": null}', "order_one_origin"),
    ]
    for change, guard in refused:
        with pytest.raises(psycopg.errors.IntegrityError) as error, owner.transaction():
            owner.execute(copy, (free["id"], change, order["id"]))
        assert error.value.diag.constraint_name == guard, change
    with pytest.raises(psycopg.errors.CheckViolation) as mixed, owner.transaction():
        owner.execute("UPDATE purchase_orders SET origin = 'award'")
    assert mixed.value.diag.constraint_name in ("order_snapshot", "ck_purchase_orders_one_origin")


async def test_the_database_confirms_no_other_price_than_that_of_the_moment(market: Market, owner: Owner) -> None:
    _, buyer, _, variant_id = await _traders(market)
    await confirmed(buyer, variant_id)
    copy = (
        "INSERT INTO price_confirmations SELECT (jsonb_populate_record(c, jsonb_build_object('id', uuidv7()) || %s::jsonb)).* "
        "FROM price_confirmations c LIMIT 1"
    )
    for change in ('{"price_minor": 1, "total_minor": 10}', '{"quantity": 100, "total_minor": 42000}', '{"sku": "X"}'):
        with pytest.raises(psycopg.errors.CheckViolation) as error, owner.transaction():
            owner.execute("SELECT set_config('app.organization_id', %s, true)", (str(buyer.firm.id),))
            owner.execute(copy, (change,))
        assert error.value.diag.constraint_name == "price_of_this_moment", change
    with owner.transaction():
        owner.execute("SELECT set_config('app.organization_id', %s, true)", (str(buyer.firm.id),))
        owner.execute(copy, ('{"valid_until": "2099-01-01T00:00:00Z"}',))
    row = owner.execute("SELECT max(valid_until - confirmed_at) FROM price_confirmations").fetchone()
    assert row is not None and str(row[0]) == "3 days, 0:00:00"
