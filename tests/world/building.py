"""Make one of everything."""

from tests.market import Market
from tests.rooms.parties.pages import certified
from tests.rooms.pooling.demand import consenting_firms, suggested
from tests.rooms.procurement.deals import published as published_inquiry
from tests.rooms.warehousing.stock import Store
from tests.world import deals, goods, money, people
from tests.world.places import PRIVATE, World

LINE = {"description": "Werkzeug für Gehäuse", "quantity": "1", "unit": "H87"}


async def build(market: Market) -> World:
    """Make one of everything over HTTP."""
    won = await published_inquiry(market, lots=[{"lines": [LINE, LINE, LINE]}])
    world = World(market, won.buyer, won.suppliers[0], await market.people("logistics", "financier"), won)
    await deals.orders(world, won)
    await deals.inquiries(world, won)
    await deals.listing(world)
    await deals.campaigns(world)
    await money.invoices(world)
    await money.payments(world)
    world.ids["certificate_id"] = (await certified(market, world.seller))["id"]
    await deals.prices(world)
    await goods.stock(world)
    await goods.goods_out(world, Store(world.seller, world.ids["warehouse_id"], ""))
    await goods.freight(world)
    await goods.prices_of_freight(world)
    await people.people(world)
    await people.approvals(world)
    await people.integration(world)
    await goods.load_plans(world)
    await money.ledger(world)
    await money.payouts(world)
    await money.commissions(world)
    await money.bank(world)
    await money.differences(world)
    await money.disputes(world)
    await money.financing(world)
    world.ids["demand_suggestion_id"] = await suggested(market, await consenting_firms(market, 5))
    world.private = {one for name in PRIVATE for one in world.choices(name)}
    return world
