"""What is asked for, offered, listed and bought in the test market."""

from tests.rooms.catalog.prices import activated, confirmed, drafted, line_for
from tests.rooms.catalog.test_listings import published as published_listing
from tests.rooms.documents.uploads import ready
from tests.rooms.pooling.campaigns import campaign_form, committed, frozen, offered, opened
from tests.rooms.procurement.deals import Deal, draft
from tests.rooms.procurement.orders import Ordered, award
from tests.world.places import World, first, made


async def orders(world: World, won: Deal) -> None:
    """An opened inquiry of three lines: the first is under way, the second ordered, the third left to be awarded."""
    quotes = [(await won.quote(supplier, 3500000, 3600000, 3700000))["id"] for supplier in won.suppliers]
    await won.open()
    for line in won.lines[:2]:
        made = await award(won, {"quote_id": quotes[0], "line_ids": [line]})
        order = (await won.buyer.get(f"/v1/orders/{made['orders'][0]['id']}")).json()
        world.add("order_id", order["id"])
        world.add("milestone_id", order["milestones"][0]["id"])
        if line == won.lines[0]:
            under_way = Ordered(won, won.buyer, world.seller, order)
            await under_way.acknowledge()
            await under_way.show(order["milestones"][0]["code"])
    # The opening had to be waited for; everything else happens today.
    won.wait(days=-6)
    world.more["quote_id"] = quotes
    world.ids["line_id"] = won.lines[2]


async def inquiries(world: World, won: Deal) -> None:
    """An inquiry that is open for quotes, with a question and a sealed quote; and a draft."""
    market, buyer, ids = world.market, world.buyer, world.ids
    form = await draft(market, buyer, won.suppliers)
    published = await made(buyer, f"/v1/inquiries/{form['id']}/publication")
    deal = world.deal = Deal(market, buyer, won.suppliers, published)
    ids["inquiry_id"] = deal.inquiry["id"]
    world.more["inquiry_id"] = [won.inquiry["id"], (await draft(market, buyer, won.suppliers))["id"]]
    ids["quote_id"] = (await deal.quote(world.seller))["id"]
    question = {"question": "Is the texture MT 11010?", "locale": "en"}
    ids["question_id"] = (await made(world.seller, f"{deal.path}/questions", question))["id"]
    ids |= {"entity_kind": "inquiry", "entity_id": ids["inquiry_id"], "field": "title", "locale": "es"}
    ids["document_id"] = await ready(market, buyer)


async def listing(world: World) -> None:
    """A published listing with its variant and texts."""
    ids = world.ids
    ids["product_id"] = await published_listing(world.market, world.seller)
    own = (await world.seller.get(f"/v1/products/{ids['product_id']}")).json()
    ids["variant_id"] = own["variants"][0]["id"]
    ids["category_code"] = own["category_code"]
    world.more |= {"entity_kind": ["product"], "entity_id": [ids["product_id"]]}
    ids["import_id"] = await listing_file(world)


async def listing_file(world: World) -> str:
    """A list whose columns were read, with a finding; it waits to go on, so that it can be cancelled."""
    market, seller = world.market, world.seller
    listing = await ready(market, seller, b"sku,Farbe\nEP-1,rot\n", "list.csv")
    imported = await made(seller, "/v1/listing-imports", {"document_id": listing})
    await market.work()
    return str(imported["id"])


async def prices(world: World) -> None:
    """A draft of a price list and an active one, and a price that was confirmed by it."""
    market, seller, ids = world.market, world.seller, world.ids
    lines = [line_for(ids["variant_id"], 399)]
    ids["price_list_id"] = (await drafted(market, seller, [world.buyer], lines, code="draft"))["id"]
    active = await activated(market, seller, [world.buyer], lines, code="active")
    world.more["price_list_id"] = [active["id"]]
    ids["confirmation_id"] = (await confirmed(world.buyer, ids["variant_id"]))["id"]


async def campaigns(world: World) -> None:
    """A campaign that is ordered, then a draft of the buyer's, an open one with a commitment of his and an offer of the seller's,
    and a draft to which the seller is invited."""
    cleared = await opened(world.market, world.buyer, shortfall="lower_tier")
    await committed(cleared, world.buyer, 300, 60000)
    await offered(cleared, world.seller)
    await frozen(world.market)
    world.market.move_clock(minutes=-11)
    world.ids["framework_order_id"] = (await first(world.seller, "/v1/framework-orders"))["id"]
    world.draft_campaign = await made(world.buyer, "/v1/campaigns", campaign_form(world.market))
    world.ids["campaign_id"] = world.draft_campaign["id"]
    world.campaign = await opened(world.market, world.buyer)
    world.more["campaign_id"] = [world.campaign["id"], cleared["id"]]
    world.ids["commitment_id"] = (await committed(world.campaign, world.buyer))["id"]
    world.ids["campaign_offer_id"] = (await offered(world.campaign, world.seller))["id"]
    closed = await made(world.buyer, "/v1/campaigns", campaign_form(world.market, audience="invited"))
    world.more["campaign_id"].append(closed["id"])
    invited = {"organization_id": str(world.seller.firm.id)}
    invitation = await made(world.buyer, f"/v1/campaigns/{closed['id']}/invitations", invited)
    world.ids["campaign_invitation_id"] = invitation["id"]
