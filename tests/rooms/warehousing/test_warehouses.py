"""Warehouses, bins and items: who makes them, who sees them, what they refuse."""

from tests.market import Market
from tests.rooms.catalog.test_listings import published as published_listing
from tests.rooms.warehousing.stock import counted, item, made, move, received, stocked, store, warehouse_form


async def test_a_new_warehouse_can_be_worked_in_at_once(market: Market) -> None:
    keeper = await market.people("supplier")
    at = await store(keeper)
    zones = (await keeper.get(f"/v1/warehouses/{at.id}/zones?locale=de")).json()["items"]
    assert {zone["purpose"]["code"] for zone in zones} >= {"receiving", "storage", "dispatch", "quality", "transit"}
    assert set(at.bins) == {f"{code}-01" for code in ("RECV", "STOR", "QUAL", "PACK", "DISP", "RETN", "TRAN")}
    shown = (await keeper.get(f"/v1/warehouses/{at.id}")).json()
    assert (shown["kind"]["code"], shown["keeper_id"]) == ("supplier", str(keeper.firm.id))
    for role, kind in (("logistics", "third_party"), ("buyer", "own")):
        other = await store(await market.people(role))
        assert (await other.keeper.get(f"/v1/warehouses/{other.id}")).json()["kind"]["code"] == kind


async def test_codes_are_taken_once(market: Market) -> None:
    keeper = await market.people("supplier")
    at = await store(keeper)
    again = await keeper.post("/v1/warehouses", json=warehouse_form())
    assert (again.status_code, again.json()["code"]) == (409, "stock-code-taken")
    zone = await keeper.post(f"/v1/warehouses/{at.id}/zones", json={"code": "STOR", "purpose": "storage"})
    assert zone.json()["code"] == "stock-code-taken"
    await item(keeper)
    twice = await keeper.post("/v1/stock-items", json={"sku": "EP-6-100", "name": "again"})
    assert twice.json()["code"] == "stock-code-taken"
    # Another firm's codes are its own business.
    await store(await market.people("supplier"))


async def test_bins_are_added_by_the_hundred_and_again_without_harm(market: Market) -> None:
    keeper = await market.people("supplier")
    at = await store(keeper)
    bins = [{"zone": "STOR", "code": f"A-{number:03}", "max_mass_kg": "500"} for number in range(200)]
    path = f"/v1/warehouses/{at.id}/bins"
    assert await made(keeper, path, {"bins": bins}) == {"made": 200, "existing": 0}
    assert await made(keeper, path, {"bins": bins[:3]}) == {"made": 0, "existing": 3}
    wrong = await keeper.post(path, json={"bins": [{"zone": "NONE", "code": "X"}]})
    assert wrong.json()["errors"][0]["pointer"] == "/bins/0/zone"


async def test_what_a_bin_bears_is_never_exceeded(market: Market) -> None:
    keeper = await market.people("supplier")
    at = await store(keeper)
    await made(
        keeper,
        f"/v1/warehouses/{at.id}/bins",
        {"bins": [{"zone": "STOR", "code": "A-1", "max_mass_kg": "100", "max_volume_dm3": "5"}]},
    )
    await keeper.get(f"/v1/warehouses/{at.id}/bins")
    found = (await keeper.get(f"/v1/warehouses/{at.id}/bins?limit=100")).json()["items"]
    at.bins |= {one["code"]: one["id"] for one in found}
    plate = await item(keeper, "P-1", mass_kg="40", length_mm="100", width_mm="100", height_mm="100")
    await move(keeper, received(at, plate["id"], "2", code="A-1"))
    heavy = await keeper.post("/v1/stock-moves", json={"moves": [received(at, plate["id"], "1", code="A-1")]})
    assert (heavy.status_code, heavy.json()["errors"][0]["code"]) == (409, "bin-too-heavy")
    bin_ = next(one for one in found if one["code"] == "A-1")
    bin_path = f"/v1/bins/{bin_['id']}"
    less = await keeper.patch(bin_path, json={"max_mass_kg": "79"}, headers={"If-Match": "*"})
    assert less.json()["errors"][0]["code"] == "less-than-used"
    # Heavier than was thought: what lies there is weighed again, and what would not be borne is refused.
    path = f"/v1/stock-items/{plate['id']}"
    assert (await keeper.patch(path, json={"mass_kg": "45"}, headers={"If-Match": "*"})).status_code == 200
    again = await keeper.patch(path, json={"mass_kg": "51"}, headers={"If-Match": "*"})
    assert again.json()["errors"][0]["code"] == "bin-full"
    blocked = await keeper.patch(bin_path, json={"blocked": True, "max_mass_kg": None}, headers={"If-Match": "*"})
    assert blocked.json()["mass_kg"].startswith("90") and blocked.json()["max_mass_kg"] is None
    refused = await keeper.post("/v1/stock-moves", json={"moves": [received(at, plate["id"], "1", code="A-1")]})
    assert refused.json()["errors"][0]["code"] == "bin-blocked"


async def test_a_variant_is_stocked_with_what_the_catalogue_says(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published_listing(market, seller)
    variant = (await market.nobody.get(f"/v1/catalog/products/{product_id}")).json()["variants"][0]
    one = await made(seller, "/v1/stock-items", {"variant_id": variant["id"], "offered": True})
    assert (one["sku"], one["variant_id"]) == (variant["sku"], variant["id"]) and one["name"]
    again = await seller.post("/v1/stock-items", json={"variant_id": variant["id"], "sku": "OTHER"})
    assert again.json()["code"] == "stock-code-taken"
    foreign = await (await market.people("supplier")).post("/v1/stock-items", json={"variant_id": variant["id"]})
    assert foreign.json()["errors"][0]["pointer"] == "/variant_id"
    at = await store(seller)
    await move(seller, received(at, one["id"], "7"))
    buyer = await market.people("buyer")
    found = (await buyer.get(f"/v1/stock-availability?variant_id={variant['id']}")).json()
    assert [(entry["item_id"], entry["available"]) for entry in found["items"]] == [(one["id"], "7.000")]


async def test_strangers_see_nothing_and_owners_see_their_own(market: Market) -> None:
    at, one = await stocked(market)
    stranger = await market.people("supplier")
    for path in (f"/v1/warehouses/{at.id}", f"/v1/stock-items/{one['id']}", f"/v1/warehouses/{at.id}/bins"):
        assert (await stranger.get(path)).status_code == 404
    for path in ("/v1/warehouses", "/v1/stock", "/v1/stock-items", "/v1/stock-moves"):
        assert (await stranger.get(path)).json()["items"] == []
    into = await stranger.post("/v1/stock-moves", json={"moves": [received(at, one["id"], "1")]})
    assert into.json()["errors"][0]["code"] == "unknown-bin"
    # A buyer's own mould in the supplier's warehouse: both see it, neither the other's things.
    owner = await market.people("buyer")
    mould = await item(owner, "W-4711", name="Werkzeug 4711", tracking="serial", mass_kg="850", offered=False)
    foreign = received(at, mould["id"], "1", owner_id=str(owner.firm.id), lot={"code": "4711"})
    hidden = await at.keeper.post("/v1/stock-moves", json={"moves": [foreign]})
    assert hidden.json()["errors"][0]["code"] == "unknown-item"
    assert await counted(at.keeper, one["id"]) == ("10", "0", "10")


async def test_a_warehouse_is_closed_when_it_is_empty(market: Market) -> None:
    at, one = await stocked(market, "3")
    path = f"/v1/warehouses/{at.id}"
    full = await at.keeper.patch(path, json={"closed": True}, headers={"If-Match": at.etag})
    assert (full.status_code, full.json()["code"]) == (409, "stock-in-the-way")
    out = {"item_id": one["id"], "quantity": "3", "origin": {"bin_id": at.bins["STOR-01"]},
           "target": {"outside": "customer"}, "reason": "dispatch"}  # fmt: skip
    await move(at.keeper, out)
    stale = await at.keeper.patch(path, json={"name": "Lager"}, headers={"If-Match": '"7-en"'})
    assert stale.status_code == 412
    closed = await at.keeper.patch(path, json={"closed": True, "position": None}, headers={"If-Match": at.etag})
    assert closed.status_code == 200, closed.text
    assert closed.json()["closed_at"] and closed.json()["latitude"] is None
