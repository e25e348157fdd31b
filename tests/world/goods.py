"""What lies, comes, goes and is carried in the test market."""

from datetime import timedelta

from tests.rooms.documents.uploads import ready
from tests.rooms.logistics.freight import booking_form, load_plan_form, package_form, planned
from tests.rooms.logistics.prices import carried, consolidation_form, lcl_card, offer_form, quote_form
from tests.rooms.logistics.prices import inquiry_form as freight_inquiry_form
from tests.rooms.warehousing.arrivals import announced, arrival_line, came
from tests.rooms.warehousing.outgoing import package, wave
from tests.rooms.warehousing.stock import Store, move, received, store
from tests.world.places import World, first, made

MEASURED = {
    "name": "Durchmesser",
    "nominal": "6",
    "lower_deviation": "-0.008",
    "upper_deviation": "0",
    "values": ["5.995"],
}


async def stock(world: World) -> None:
    """The seller's warehouse with some of what he lists, of which the buyer holds a part."""
    at = await store(world.seller)
    one = await made(world.seller, "/v1/stock-items", {"variant_id": world.ids["variant_id"], "offered": True})
    await move(world.seller, received(at, one["id"], "10"))
    held = {"lines": [{"item_id": one["id"], "quantity": "2"}], "minutes": 1440}
    world.ids |= {
        "warehouse_id": at.id,
        "bin_id": at.bins["STOR-01"],
        "item_id": one["id"],
        "reservation_id": (await made(world.buyer, "/v1/reservations", held))["id"],
    }
    await keeping(world, at)


async def keeping(world: World, at: Store) -> None:
    """A count of the bin, goods that are to go to the seller's other warehouse, and when to order again."""
    seller, ids = world.seller, world.ids
    other = await store(seller, code="OTHER")
    world.add("warehouse_id", other.id)
    path = f"/v1/warehouses/{at.id}"
    ids["count_id"] = (await made(seller, f"{path}/stock-counts", {"bin_ids": [ids["bin_id"]]}))["id"]
    line = {"bin_id": ids["bin_id"], "item_id": ids["item_id"], "quantity": "1"}
    planned_transfer = {"to_warehouse_id": other.id, "lines": [line]}
    transfer = await made(seller, f"{path}/stock-transfers", planned_transfer)
    ids |= {"transfer_id": transfer["id"], "transfer_line_id": transfer["lines"][0]["id"]}
    rule = {"reorder_point": "3", "target_quantity": "20"}
    ids["reorder_rule_id"] = (await made(seller, f"/v1/stock-items/{ids['item_id']}/reorder-rules", rule))["id"]
    await arrivals(world, at)


async def arrivals(world: World, at: Store) -> None:
    """Goods that come into the seller's warehouse, some of them on hold and inspected; and others of which none came yet."""
    item_id = world.ids["item_id"]
    under_way, awaited = [await announced(world.market, world.seller, at, arrival_line(item_id, "5")) for _ in range(2)]
    held = {"line_id": under_way["lines"][0]["id"], "quantity": "5", "status": "quality_hold"}
    receipt = await came(at, under_way["id"], held)
    form = {"receipt_line_id": receipt["lines"][0]["id"], "characteristics": [MEASURED]}
    world.ids |= {
        "arrival_id": awaited["id"],
        "receipt_id": receipt["id"],
        "inspection_id": (await made(world.seller, "/v1/inspections", form))["id"],
        "arrival_line_id": awaited["lines"][0]["id"],
        "receipt_line_id": form["receipt_line_id"],
        "balance_id": (await first(world.seller, f"/v1/stock?warehouse_id={at.id}"))["id"],
    }
    world.more["arrival_id"] = [under_way["id"]]


async def goods_out(world: World, at: Store) -> None:
    """An open wave; of one that was picked, a package that is open, one that is closed, and one that left and may come back."""
    buyer, lines = world.buyer, [{"item_id": world.ids["item_id"], "quantity": "3"}]
    held = await made(buyer, "/v1/reservations", {"lines": lines, "minutes": 1440})
    picked = await wave(at, [held["id"]], picked=True)
    packages = [await package(at, picked, "1") for _ in range(3)]
    for one in packages[1:]:
        await made(world.seller, f"/v1/packages/{one['id']}/closing")
    for one in packages[:2]:
        world.add("package_id", one["id"])
    sent = await made(world.seller, f"/v1/warehouses/{at.id}/dispatches", {"package_ids": [packages[2]["id"]]})
    content = packages[2]["contents"][0]["id"]
    form = {"reason": "damaged", "lines": [{"content_id": content, "quantity": "1"}]}
    came = await made(world.seller, f"/v1/dispatches/{sent['id']}/returns", form)
    later = await made(buyer, "/v1/reservations", {"lines": [lines[0] | {"quantity": "1"}], "minutes": 1440})
    world.ids |= {
        "wave_id": (await wave(at, [later["id"]]))["id"],
        "dispatch_id": sent["id"],
        "return_id": came["id"],
        "content_id": content,
    }


async def freight(world: World) -> None:
    """A shipment of the seller with a leg that the carrier was asked for, and another with one that he carries."""
    for name in ("shipment_id", "booking_id", "load_plan_id"):
        world.more[name] = []
    for answered in (False, True):
        _, shipment = await planned(world.market, world.seller)
        path = f"/v1/shipments/{shipment['id']}/bookings"
        booking = await made(world.seller, path, booking_form(world.carrier, hours=720))
        world.add("shipment_id", shipment["id"])
        world.add("booking_id", booking["id"])
        if answered:
            await made(world.carrier, f"/v1/bookings/{booking['id']}/acceptance", {})
            world.booking_number = booking["number"]
    await papers(world)


async def papers(world: World) -> None:
    """What the first shipment consists of, a document of it, and an incident that the seller has to act on."""
    path = f"/v1/shipments/{world.ids['shipment_id']}"
    whole = {"packages": [package_form(sscc="340123450000000017")]}
    assert (await world.seller.put(f"{path}/packages", json=whole, headers={"If-Match": "*"})).status_code == 200
    world.ids["shipment_package_id"] = (await first(world.seller, f"{path}/packages"))["id"]
    world.sellers_document = await ready(world.market, world.seller)
    paper = {"document_id": world.sellers_document, "type": "packing_list"}
    world.ids["shipment_document_id"] = (await made(world.seller, f"{path}/documents", paper))["id"]
    incident = {"kind": "documents_missing", "description": "The certificate of origin is missing."}
    world.ids["incident_id"] = (await made(world.seller, f"{path}/incidents", incident))["id"]


async def prices_of_freight(world: World) -> None:
    """A rate card of the carrier and what the seller was quoted of it; an open freight inquiry with an offer; a shared container
    with a booking in it, and another that could go in."""
    market, seller, carrier, ids = world.market, world.seller, world.carrier, world.ids
    ids["rate_card_id"] = (await made(carrier, "/v1/rate-cards", lcl_card(market)))["id"]
    quote = await made(seller, "/v1/freight-quotes", quote_form(market))
    ids |= {"freight_quote_id": quote["id"], "freight_option_id": quote["options"][0]["id"]}
    asked = freight_inquiry_form(market, carrier, closes_at=(market.clock.now() + timedelta(days=30)).isoformat())
    ids["freight_inquiry_id"] = (await made(seller, "/v1/freight-inquiries", asked))["id"]
    offer = await made(carrier, f"/v1/freight-inquiries/{ids['freight_inquiry_id']}/offers", offer_form(market))
    ids["freight_offer_id"] = offer["id"]
    ids["consolidation_id"] = (await made(carrier, "/v1/consolidations", consolidation_form()))["id"]
    _, booking_id = await carried(market, carrier, seller)
    _, world.lcl_booking_id = await carried(market, carrier, seller)
    member = {"booking_id": booking_id, "volume_m3": "1", "mass_kg": "1"}
    inside = await made(carrier, f"/v1/consolidations/{ids['consolidation_id']}/members", member)
    ids["consolidation_member_id"] = inside["members"][0]["id"]
    for plan in range(2):
        form = load_plan_form() | {"name": f"Plan {plan}"}
        world.add("load_plan_id", (await made(world.seller, "/v1/load-plans", form))["id"])


async def load_plans(world: World) -> None:
    """Two that wait. They come last: a worker that ran would search for them."""
    for number in range(2):
        form = load_plan_form(name=f"Plan {number}")
        world.add("load_plan_id", (await made(world.seller, "/v1/load-plans", form))["id"])
