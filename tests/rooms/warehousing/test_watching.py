"""What is watched: alerts of low stock, and what the public sees of how much there is."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from app.kit.jobs import Runtime
from app.warehousing.jobs import expire_reservations
from app.warehousing.watching import checks
from app.warehousing.watching.jobs import raise_stock_alerts, show_stock_levels
from app.warehousing.watching.rules import BANDS, band, level, to_order
from app.warehousing.watching.states import StockLevel
from tests.market import Market
from tests.rooms.catalog.test_listings import VARIANT, published
from tests.rooms.warehousing.stock import made, move, received, stocked, store
from tests.rooms.warehousing.test_counts import proven
from tests.rooms.warehousing.test_moves import between
from tests.rooms.warehousing.test_reservations import held
from tests.statements import count_statements


def runtime(market: Market) -> Runtime:
    return Runtime(market.settings, market.db, market.clock)


async def test_low_stock_is_told_once_and_again_after_it_was_there(market: Market) -> None:
    at, pin = await stocked(market)
    keeper = at.keeper
    other, storeman = await store(keeper, code="OTHER"), await market.member(keeper.firm, "warehouse", locale="de")
    path = f"/v1/stock-items/{pin['id']}/reorder-rules"
    for form, code in (
        ({"reorder_point": "5", "target_quantity": "5"}, "target-too-low"),
        ({"reorder_point": "5", "target_quantity": "9", "warehouse_id": pin["id"]}, "unknown-warehouse"),
    ):
        answer = await keeper.post(path, json=form)
        assert (answer.status_code, [one["code"] for one in answer.json()["errors"]]) == (422, [code])
    rule = await made(keeper, path, {"reorder_point": "5", "target_quantity": "40"})
    there = await made(keeper, path, {"reorder_point": "0", "target_quantity": "4", "warehouse_id": other.id})
    again = await keeper.post(path, json={"reorder_point": "1", "target_quantity": "4"})
    assert (again.status_code, again.json()["code"]) == (409, "reorder-rule-exists")

    async def alerts(query: str = "open=true") -> list[dict[str, Any]]:
        await raise_stock_alerts(runtime(market))
        await raise_stock_alerts(runtime(market))
        return list((await keeper.get(f"/v1/stock-alerts?{query}")).json()["items"])

    # At the reorder point, not only below it; of one warehouse what lies there counts.
    assert [(one["reorder_rule_id"], one["available"], one["to_order"]) for one in await alerts()] == [
        (there["id"], "0.000", "4.000")
    ]
    buyer = await market.people("buyer", locale="de")
    await held(buyer, (pin["id"], "5"), minutes=5)
    found = await alerts()
    assert {one["reorder_rule_id"]: one["available"] for one in found} == {rule["id"]: "5.000", there["id"]: "0.000"}
    await market.work()
    for who in (keeper, storeman):
        told = [one["subject"] for one in (await who.get("/v1/notifications")).json()["items"]]
        assert len(told) == 2 and all(pin["sku"] in one for one in told)
    market.move_clock(minutes=6)
    await expire_reservations(runtime(market))
    assert {one["reorder_rule_id"] for one in await alerts()} == {there["id"]}
    await market.work()
    told = (await buyer.get("/v1/notifications")).json()["items"]
    assert [one["notice"] for one in told] == ["warehousing.reservation_expired"], told
    changed = await keeper.patch(
        f"/v1/reorder-rules/{rule['id']}", json={"reorder_point": "10"}, headers={"If-Match": '"1-en"'}
    )
    assert (changed.status_code, changed.json()["reorder_point"]) == (200, "10.000")
    assert len(await alerts("")) == 3
    for one in (rule, there):
        gone = await keeper.delete(f"/v1/reorder-rules/{one['id']}", headers={"If-Match": "*"})
        assert gone.status_code == 204
    assert await alerts() == [] and (await keeper.get("/v1/reorder-rules")).json()["items"] == []
    assert len(await alerts("open=false")) == 3
    await made(keeper, path, {"reorder_point": "1", "target_quantity": "4"})
    assert checks and await proven(market, "stock alerts") == []


async def test_lists_take_as_many_statements_for_many_as_for_one(market: Market) -> None:
    at, pin = await stocked(market)

    async def asked(path: str) -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await at.keeper.get(f"{path}?limit=100")
        return len(seen), len(answer.json()["items"])

    async def another(number: int) -> None:
        there = await store(at.keeper, code=f"W-{number}")
        form = {"reorder_point": "1", "target_quantity": "4", "warehouse_id": there.id}
        await made(at.keeper, f"/v1/stock-items/{pin['id']}/reorder-rules", form)
        await raise_stock_alerts(runtime(market))

    await another(0)
    few = {path: (await asked(path))[0] for path in ("/v1/reorder-rules", "/v1/stock-alerts")}
    for number in range(1, 8):
        await another(number)
    assert {path: await asked(path) for path in few} == {path: (count, 8) for path, count in few.items()}


async def test_the_public_sees_bands_and_nothing_else(market: Market) -> None:
    seller = await market.people("supplier")
    at, closed = await store(seller), await store(seller, code="OWN", offers=False)
    product_id = await published(market, seller)
    variant_id = (await seller.get(f"/v1/products/{product_id}")).json()["variants"][0]["id"]
    path = f"/v1/catalog/products/{product_id}"

    async def shown(locale: str = "en") -> Any:
        await show_stock_levels(runtime(market))
        answer = await market.nobody.get(path, headers={"Accept-Language": locale})
        assert answer.status_code == 200, answer.text
        stock = answer.json()["variants"][0]["stock"]
        return stock and (stock["code"], stock["label"], stock["at_least"] and stock["at_least"]["value"])

    assert await shown() is None
    one = await made(seller, "/v1/stock-items", {"variant_id": variant_id, "offered": True})
    assert await shown() == ("none", "Not in stock", None)
    await move(seller, received(closed, one["id"], "900"))
    assert (await shown())[0] == "none"
    await move(seller, received(at, one["id"], "57"))
    tag = (await market.nobody.get(path)).headers["ETag"]
    assert await shown() == ("in_stock", "In stock", "50")
    assert (await market.nobody.get(path)).headers["ETag"] != tag
    # Within a band nothing is written; what is held is not there.
    tag = (await market.nobody.get(path)).headers["ETag"]
    await move(seller, between(one["id"], "2", at.bins["STOR-01"], at.bins["DISP-01"], "transfer"))
    await held(await market.people("buyer"), (one["id"], "4"))
    assert await shown() == ("in_stock", "In stock", "50")
    assert (await market.nobody.get(path)).headers["ETag"] == tag
    await held(await market.people("buyer"), (one["id"], "51"), split=True)
    assert await shown() == ("few_left", "Few left", "1")
    assert await proven(market, "stock in the catalogue") == []
    # An edit of the listing keeps it.
    edited = {**VARIANT, "sku": "EP-6X100", "label": "neu"}
    answer = await seller.put(f"/v1/variants/{variant_id}", json=edited, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    assert (await shown())[0] == "few_left"
    page = await market.nobody.get(f"/de/products/{product_id}")
    assert page.status_code == 200 and "few_left" in page.text and "LimitedAvailability" in page.text
    await seller.patch(f"/v1/stock-items/{one['id']}", json={"offered": False}, headers={"If-Match": "*"})
    assert await shown() is None
    assert await proven(market, "stock in the catalogue") == []


@given(st.decimals(min_value=0, max_value=10**6, places=3))
@profile(max_examples=60, deadline=None)
def test_a_band_says_no_more_than_is_there(available: Decimal) -> None:
    found = band(available)
    assert found <= available and (found == 0 or found in BANDS)
    assert not any(found < step <= available for step in BANDS)
    assert (level(found) == StockLevel.NONE) == (available < 1)
    assert to_order(available, Decimal(100)) == max(Decimal(0), 100 - available)
