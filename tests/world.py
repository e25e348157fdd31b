"""One of everything that has an address: a small market whose ids fill every path of the API.

A new route with a new path parameter needs a line here: make the thing in `build` and put its id into `ids`. A new
operation whose body is not guessed right from its schema needs its form in `tests/security/forms.py`.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app import wiring
from app.finance.facade import reconcile_payments
from app.gateways.payments import Amount
from app.kit.actor import Actor
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from app.parties.facade import ApprovalSubject, request_approval
from tests.market import Market, Member
from tests.rooms.catalog.prices import activated, confirmed, drafted, line_for
from tests.rooms.catalog.test_listings import published as published_listing
from tests.rooms.documents.uploads import ready
from tests.rooms.finance.books import account_of, posted, returned, taken
from tests.rooms.finance.commissions import frozen_terms, ruled
from tests.rooms.finance.credit_lines import granted
from tests.rooms.finance.disputes import disputed, proposed
from tests.rooms.finance.financings import accepted, quoted
from tests.rooms.finance.financings import offered as receivable_offered
from tests.rooms.finance.invoices import invoiced, paid_somewhere
from tests.rooms.finance.milestones import payment_milestone
from tests.rooms.finance.open_items import of_invoice, owed, paid, reminded
from tests.rooms.finance.payouts import by_bank_and_refused
from tests.rooms.finance.schedules import opened_by_a_deal
from tests.rooms.finance.statements import document, entry, statement
from tests.rooms.logistics.freight import booking_form, load_plan_form, package_form, planned
from tests.rooms.logistics.prices import carried, consolidation_form, lcl_card, offer_form, quote_form
from tests.rooms.logistics.prices import inquiry_form as freight_inquiry_form
from tests.rooms.messages.sources import source_of
from tests.rooms.parties.pages import certified
from tests.rooms.pooling.campaigns import campaign_form, committed, frozen, offered, opened
from tests.rooms.pooling.demand import consenting_firms, suggested
from tests.rooms.procurement.deals import Deal, draft
from tests.rooms.procurement.deals import published as published_inquiry
from tests.rooms.procurement.orders import Ordered, award
from tests.rooms.warehousing.arrivals import announced, arrival_line, came
from tests.rooms.warehousing.outgoing import package, wave
from tests.rooms.warehousing.stock import Store, move, received, store

PRIVATE = (
    "inquiry_id", "quote_id", "question_id", "document_id", "person_id", "invitation_id", "client_id", "rule_id",
    "delegation_id", "endpoint_id", "delivery_id", "approval_id", "notification_id", "session_id", "order_id",
    "milestone_id", "price_list_id", "confirmation_id", "import_id", "warehouse_id", "bin_id", "reservation_id",
    "shipment_id", "booking_id", "count_id", "transfer_id", "reorder_rule_id", "arrival_id", "receipt_id", "inspection_id",
    "wave_id", "package_id", "shipment_package_id", "dispatch_id", "return_id", "shipment_document_id", "incident_id",
    "rate_card_id", "freight_quote_id", "freight_option_id", "freight_inquiry_id", "freight_offer_id", "consolidation_id",
    "consolidation_member_id", "load_plan_id", "source_id", "message_id", "commitment_id", "campaign_offer_id",
    "framework_order_id", "campaign_invitation_id",
    "framework_order_id", "ledger_account_id", "posting_id",
    "framework_order_id", "invoice_id",
    "payment_method_id", "payout_id", "payout_item_id",
    "bank_statement_id", "bank_entry_id", "bank_match_id",
    "bank_statement_id", "bank_entry_id", "bank_match_id", "difference_id",
    "open_item_id", "payment_id", "dunning_notice_id", "credit_line_id",
    "payment_schedule_id", "payment_milestone_id",
    "financing_offer_id", "financing_quote_id", "financing_id",
    "payment_milestone_id", "dispute_id", "proposal_id",
)  # fmt: skip
"""Ids that nobody outside the two firms may ever see in an answer."""

OF_THE_SELLER = (
    "product_id", "variant_id", "quote_id", "certificate_id", "price_list_id", "import_id", "warehouse_id", "bin_id",
    "item_id", "shipment_id", "booking_id", "count_id", "transfer_id", "reorder_rule_id", "arrival_id", "receipt_id",
    "inspection_id", "wave_id", "package_id", "shipment_package_id", "dispatch_id", "return_id", "shipment_document_id",
    "incident_id", "freight_quote_id", "freight_option_id", "freight_inquiry_id", "freight_offer_id", "load_plan_id",
    "campaign_offer_id", "framework_order_id", "invoice_id", "payout_id", "payout_item_id",
    "financing_offer_id", "financing_quote_id", "financing_id",
    "campaign_offer_id", "framework_order_id", "invoice_id", "open_item_id", "dunning_notice_id", "credit_line_id",
)  # fmt: skip
"""Things of the supplier; everything else with an address is the buyer's."""

DONE_BY_THE_SELLER = frozenset(
    {
        "POST /v1/organization/certificates",
        "PUT /v1/organization/profile",
        "POST /v1/inquiries/{inquiry_id}/refusal",
        "POST /v1/inquiries/{inquiry_id}/questions",
        "POST /v1/inquiries/{inquiry_id}/quotes",
        "POST /v1/orders/{order_id}/acknowledgement",
        "POST /v1/orders/{order_id}/rejection",
        "POST /v1/orders/{order_id}/milestones/{milestone_id}/evidence",
        "POST /v1/warehouses",
        "POST /v1/stock-items",
        "POST /v1/stock-moves",
        "PUT /v1/packing-settings",
        "POST /v1/shipments",
        "POST /v1/arrivals",
        "POST /v1/inspections",
        "POST /v1/freight-quotes",
        "POST /v1/freight-inquiries",
        "POST /v1/load-plans",
        "POST /v1/orders/{order_id}/invoices",
        "PUT /v1/organization/invoicing",
        "POST /v1/payout-account/onboarding",
        "PUT /v1/organization/dunning",
        "POST /v1/credit-lines",
        "POST /v1/financing-offers",
        "POST /v1/payment-milestones/{payment_milestone_id}/refunds",
    }
)
"""What suppliers do at the buyer's things."""

DONE_BY_THE_CARRIER = frozenset(
    {
        "POST /v1/financing-offers/{financing_offer_id}/quotes",
        "POST /v1/financing-quotes/{financing_quote_id}/withdrawal",
        "POST /v1/financings/{financing_id}/pay",
        "POST /v1/bookings/{booking_id}/acceptance",
        "POST /v1/bookings/{booking_id}/refusal",
        "POST /v1/tracking-events",
        "POST /v1/rate-cards",
        "POST /v1/rate-card-batches",
        "POST /v1/freight-inquiries/{freight_inquiry_id}/offers",
        "POST /v1/freight-offers/{freight_offer_id}/withdrawal",
        "POST /v1/consolidations",
        "POST /v1/sandbox",
        "POST /v1/sandbox/secrets",
    }
)
"""What logistics partners do at the supplier's things."""

OF_THE_CARRIER = ("rate_card_id", "consolidation_id", "consolidation_member_id")
"""Things of the logistics partner."""

PERSONAL = ("session_id", "notification_id")
"""Things of one person: not even a colleague knows that they exist."""


@dataclass
class World:
    """A buyer's and a supplier's things, and a carrier who was asked to carry some. `ids` maps the name of a path parameter to an
    existing thing's id."""

    market: Market
    buyer: Member
    seller: Member
    carrier: Member
    deal: Deal
    ids: dict[str, str] = field(default_factory=dict)
    more: dict[str, list[str]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    booking_number: str = ""
    sellers_document: str = ""
    lcl_booking_id: str = ""
    draft_campaign: dict[str, Any] = field(default_factory=dict)
    campaign: dict[str, Any] = field(default_factory=dict)

    def fill(self, path: str) -> str:
        """A path with existing ids."""
        unknown = [name for name in parameters(path) if name not in self.ids]
        assert not unknown, f"{path}: make a {unknown[0]} in `build` of tests/world.py and put its id into `ids`."
        return path.format(**self.ids)

    def doer(self, method: str, path: str) -> Member:
        """Whose thing the path leads to, or who else does this there."""
        if f"{method} {path}" in DONE_BY_THE_CARRIER or any(name in OF_THE_CARRIER for name in parameters(path)):
            return self.carrier
        at_sellers = any(name in OF_THE_SELLER for name in parameters(path))
        return self.seller if at_sellers or f"{method} {path}" in DONE_BY_THE_SELLER else self.buyer

    def add(self, parameter: str, found: str) -> None:
        """One more id that fits a path parameter; the first is the one that `fill` takes."""
        if self.ids.setdefault(parameter, found) != found:
            self.more.setdefault(parameter, []).append(found)

    def choices(self, parameter: str) -> list[str]:
        """Every id that fits a path parameter."""
        return [self.ids[parameter], *self.more.get(parameter, ())]


def parameters(path: str) -> list[str]:
    """The names of a path's parameters."""
    return re.findall(r"{(\w+)}", path)


async def _made(caller: Member, path: str, form: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await caller.post(path, json=form)
    assert answer.status_code in (200, 201, 202), (path, answer.text)
    return dict(answer.json())


async def _first(caller: Member, path: str) -> dict[str, Any]:
    answer = await caller.get(path)
    assert answer.status_code == 200 and answer.json()["items"], (path, answer.text)
    return dict(answer.json()["items"][0])


async def build(market: Market) -> World:
    """Make one of everything over HTTP."""
    won = await published_inquiry(market, lots=[{"lines": [LINE, LINE, LINE]}])
    world = World(market, won.buyer, won.suppliers[0], await market.people("logistics", "financier"), won)
    await _orders(world, won)
    await _inquiries(world, won)
    await _listing(world)
    await _campaigns(world)
    await _invoices(world)
    await _payments(world)
    world.ids["certificate_id"] = (await certified(market, world.seller))["id"]
    await _prices(world)
    await _stock(world)
    await _goods_out(world, Store(world.seller, world.ids["warehouse_id"], ""))
    await _freight(world)
    await _prices_of_freight(world)
    await _people(world)
    await _approvals(world)
    await _integration(world)
    await _load_plans(world)
    await _ledger(world)
    await _payouts(world)
    await _commissions(world)
    await _bank(world)
    await _differences(world)
    await _disputes(world)
    await _financing(world)
    world.ids["demand_suggestion_id"] = await suggested(market, await consenting_firms(market, 5))
    world.private = {one for name in PRIVATE for one in world.choices(name)}
    return world


LINE = {"description": "Werkzeug für Gehäuse", "quantity": "1", "unit": "H87"}
MEASURED = {
    "name": "Durchmesser",
    "nominal": "6",
    "lower_deviation": "-0.008",
    "upper_deviation": "0",
    "values": ["5.995"],
}


async def _orders(world: World, won: Deal) -> None:
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


async def _invoices(world: World) -> None:
    """An invoice of another order of the buyer's, of which nothing was taken back."""
    await paid_somewhere(world.seller)
    world.ids |= {"invoice_id": (await invoiced(world.market, world.buyer, world.seller))["id"], "form": "ubl.xml"}
    await _open_items(world)


async def _open_items(world: World) -> None:
    """What is open of it, of which a part was paid; a reminder of another invoice; credit that the seller grants the buyer."""
    market, seller, today = world.market, world.seller, world.market.clock.now().date()
    item = await of_invoice(seller, world.ids["invoice_id"])
    late = await owed(market, world.buyer, seller, terms_days=0)
    world.ids |= {
        "open_item_id": item["id"],
        "payment_id": (await paid(seller, item, 700, today))["entries"][0]["id"],
        "credit_line_id": (await granted(seller, world.buyer, 10**9))["id"],
        "dunning_notice_id": await reminded(market, seller, world.buyer),
    }
    world.more["open_item_id"] = [late["id"]]


async def _payments(world: World) -> None:
    """A payment schedule: of its first milestone a bank transfer is awaited, the second is held."""
    paid = await opened_by_a_deal(world.market, world.buyer, world.seller)
    await paid.pay(2)
    await paid.pay(1, way="transfer")
    world.ids["payment_schedule_id"] = paid.id
    for milestone_id in paid.milestones:
        world.add("payment_milestone_id", milestone_id)


async def _disputes(world: World) -> None:
    """A milestone that nobody disputes, and a dispute about another one with a proposal of the supplier's."""
    world.add("payment_milestone_id", str(await payment_milestone(world.market, world.buyer, world.seller)))
    dispute = await disputed(world.market, world.buyer, world.seller)
    offer = await proposed(world.seller, dispute, 250_000)
    world.ids["dispute_id"], world.ids["proposal_id"] = dispute["id"], offer["proposals"][0]["id"]


async def _financing(world: World) -> None:
    """An offer that is open to the carrier, who finances as well, a quote of his for another one, and an advance that he has to
    pay; and a milestone that may be offered."""
    market, offers = world.market, []
    chosen = [str(world.carrier.firm.id)]
    for _ in range(4):
        paid = await opened_by_a_deal(market, world.buyer, world.seller)
        world.add("payment_milestone_id", paid.milestones[0])
        if len(offers) < 3:
            offers.append(await receivable_offered(paid, financier_ids=chosen))
    quotes = [await quoted(world.carrier, offer) for offer in offers[1:]]
    world.ids["financing_offer_id"], world.ids["financing_quote_id"] = offers[0]["id"], quotes[0]["id"]
    world.ids["financing_id"] = (await accepted(world.seller, quotes[1]))["id"]


async def _inquiries(world: World, won: Deal) -> None:
    """An inquiry that is open for quotes, with a question and a sealed quote; and a draft."""
    market, buyer, ids = world.market, world.buyer, world.ids
    form = await draft(market, buyer, won.suppliers)
    published = await _made(buyer, f"/v1/inquiries/{form['id']}/publication")
    deal = world.deal = Deal(market, buyer, won.suppliers, published)
    ids["inquiry_id"] = deal.inquiry["id"]
    world.more["inquiry_id"] = [won.inquiry["id"], (await draft(market, buyer, won.suppliers))["id"]]
    ids["quote_id"] = (await deal.quote(world.seller))["id"]
    question = {"question": "Is the texture MT 11010?", "locale": "en"}
    ids["question_id"] = (await _made(world.seller, f"{deal.path}/questions", question))["id"]
    ids |= {"entity_kind": "inquiry", "entity_id": ids["inquiry_id"], "field": "title", "locale": "es"}
    ids["document_id"] = await ready(market, buyer)


async def _listing(world: World) -> None:
    """A published listing with its variant and texts."""
    ids = world.ids
    ids["product_id"] = await published_listing(world.market, world.seller)
    own = (await world.seller.get(f"/v1/products/{ids['product_id']}")).json()
    ids["variant_id"] = own["variants"][0]["id"]
    ids["category_code"] = own["category_code"]
    world.more |= {"entity_kind": ["product"], "entity_id": [ids["product_id"]]}
    ids["import_id"] = await _import(world)


async def _import(world: World) -> str:
    """A list whose columns were read, with a finding; it waits to go on, so that it can be cancelled."""
    market, seller = world.market, world.seller
    listing = await ready(market, seller, b"sku,Farbe\nEP-1,rot\n", "list.csv")
    made = await _made(seller, "/v1/listing-imports", {"document_id": listing})
    await market.work()
    return str(made["id"])


async def _prices(world: World) -> None:
    """A draft of a price list and an active one, and a price that was confirmed by it."""
    market, seller, ids = world.market, world.seller, world.ids
    lines = [line_for(ids["variant_id"], 399)]
    ids["price_list_id"] = (await drafted(market, seller, [world.buyer], lines, code="draft"))["id"]
    active = await activated(market, seller, [world.buyer], lines, code="active")
    world.more["price_list_id"] = [active["id"]]
    ids["confirmation_id"] = (await confirmed(world.buyer, ids["variant_id"]))["id"]


async def _stock(world: World) -> None:
    """The seller's warehouse with some of what he lists, of which the buyer holds a part."""
    at = await store(world.seller)
    one = await _made(world.seller, "/v1/stock-items", {"variant_id": world.ids["variant_id"], "offered": True})
    await move(world.seller, received(at, one["id"], "10"))
    held = {"lines": [{"item_id": one["id"], "quantity": "2"}], "minutes": 1440}
    world.ids |= {
        "warehouse_id": at.id,
        "bin_id": at.bins["STOR-01"],
        "item_id": one["id"],
        "reservation_id": (await _made(world.buyer, "/v1/reservations", held))["id"],
    }
    await _keeping(world, at)


async def _keeping(world: World, at: Store) -> None:
    """A count of the bin, goods that are to go to the seller's other warehouse, and when to order again."""
    seller, ids = world.seller, world.ids
    other = await store(seller, code="OTHER")
    world.add("warehouse_id", other.id)
    path = f"/v1/warehouses/{at.id}"
    ids["count_id"] = (await _made(seller, f"{path}/stock-counts", {"bin_ids": [ids["bin_id"]]}))["id"]
    line = {"bin_id": ids["bin_id"], "item_id": ids["item_id"], "quantity": "1"}
    planned_transfer = {"to_warehouse_id": other.id, "lines": [line]}
    transfer = await _made(seller, f"{path}/stock-transfers", planned_transfer)
    ids |= {"transfer_id": transfer["id"], "transfer_line_id": transfer["lines"][0]["id"]}
    rule = {"reorder_point": "3", "target_quantity": "20"}
    ids["reorder_rule_id"] = (await _made(seller, f"/v1/stock-items/{ids['item_id']}/reorder-rules", rule))["id"]
    await _arrivals(world, at)


async def _arrivals(world: World, at: Store) -> None:
    """Goods that come into the seller's warehouse, some of them on hold and inspected; and others of which none came yet."""
    item_id = world.ids["item_id"]
    under_way, awaited = [await announced(world.market, world.seller, at, arrival_line(item_id, "5")) for _ in range(2)]
    held = {"line_id": under_way["lines"][0]["id"], "quantity": "5", "status": "quality_hold"}
    receipt = await came(at, under_way["id"], held)
    form = {"receipt_line_id": receipt["lines"][0]["id"], "characteristics": [MEASURED]}
    world.ids |= {
        "arrival_id": awaited["id"],
        "receipt_id": receipt["id"],
        "inspection_id": (await _made(world.seller, "/v1/inspections", form))["id"],
        "arrival_line_id": awaited["lines"][0]["id"],
        "receipt_line_id": form["receipt_line_id"],
        "balance_id": (await _first(world.seller, f"/v1/stock?warehouse_id={at.id}"))["id"],
    }
    world.more["arrival_id"] = [under_way["id"]]


async def _goods_out(world: World, at: Store) -> None:
    """An open wave; of one that was picked, a package that is open, one that is closed, and one that left and may come back."""
    buyer, lines = world.buyer, [{"item_id": world.ids["item_id"], "quantity": "3"}]
    held = await _made(buyer, "/v1/reservations", {"lines": lines, "minutes": 1440})
    picked = await wave(at, [held["id"]], picked=True)
    packages = [await package(at, picked, "1") for _ in range(3)]
    for one in packages[1:]:
        await _made(world.seller, f"/v1/packages/{one['id']}/closing")
    for one in packages[:2]:
        world.add("package_id", one["id"])
    sent = await _made(world.seller, f"/v1/warehouses/{at.id}/dispatches", {"package_ids": [packages[2]["id"]]})
    content = packages[2]["contents"][0]["id"]
    form = {"reason": "damaged", "lines": [{"content_id": content, "quantity": "1"}]}
    came = await _made(world.seller, f"/v1/dispatches/{sent['id']}/returns", form)
    later = await _made(buyer, "/v1/reservations", {"lines": [lines[0] | {"quantity": "1"}], "minutes": 1440})
    world.ids |= {
        "wave_id": (await wave(at, [later["id"]]))["id"],
        "dispatch_id": sent["id"],
        "return_id": came["id"],
        "content_id": content,
    }


async def _freight(world: World) -> None:
    """A shipment of the seller with a leg that the carrier was asked for, and another with one that he carries."""
    for name in ("shipment_id", "booking_id", "load_plan_id"):
        world.more[name] = []
    for answered in (False, True):
        _, shipment = await planned(world.market, world.seller)
        path = f"/v1/shipments/{shipment['id']}/bookings"
        booking = await _made(world.seller, path, booking_form(world.carrier, hours=720))
        world.add("shipment_id", shipment["id"])
        world.add("booking_id", booking["id"])
        if answered:
            await _made(world.carrier, f"/v1/bookings/{booking['id']}/acceptance", {})
            world.booking_number = booking["number"]
    await _papers(world)


async def _papers(world: World) -> None:
    """What the first shipment consists of, a document of it, and an incident that the seller has to act on."""
    path = f"/v1/shipments/{world.ids['shipment_id']}"
    whole = {"packages": [package_form(sscc="340123450000000017")]}
    assert (await world.seller.put(f"{path}/packages", json=whole, headers={"If-Match": "*"})).status_code == 200
    world.ids["shipment_package_id"] = (await _first(world.seller, f"{path}/packages"))["id"]
    world.sellers_document = await ready(world.market, world.seller)
    paper = {"document_id": world.sellers_document, "type": "packing_list"}
    world.ids["shipment_document_id"] = (await _made(world.seller, f"{path}/documents", paper))["id"]
    incident = {"kind": "documents_missing", "description": "The certificate of origin is missing."}
    world.ids["incident_id"] = (await _made(world.seller, f"{path}/incidents", incident))["id"]


async def _prices_of_freight(world: World) -> None:
    """A rate card of the carrier and what the seller was quoted of it; an open freight inquiry with an offer; a shared container
    with a booking in it, and another that could go in."""
    market, seller, carrier, ids = world.market, world.seller, world.carrier, world.ids
    ids["rate_card_id"] = (await _made(carrier, "/v1/rate-cards", lcl_card(market)))["id"]
    quote = await _made(seller, "/v1/freight-quotes", quote_form(market))
    ids |= {"freight_quote_id": quote["id"], "freight_option_id": quote["options"][0]["id"]}
    asked = freight_inquiry_form(market, carrier, closes_at=(market.clock.now() + timedelta(days=30)).isoformat())
    ids["freight_inquiry_id"] = (await _made(seller, "/v1/freight-inquiries", asked))["id"]
    offer = await _made(carrier, f"/v1/freight-inquiries/{ids['freight_inquiry_id']}/offers", offer_form(market))
    ids["freight_offer_id"] = offer["id"]
    ids["consolidation_id"] = (await _made(carrier, "/v1/consolidations", consolidation_form()))["id"]
    _, booking_id = await carried(market, carrier, seller)
    _, world.lcl_booking_id = await carried(market, carrier, seller)
    member = {"booking_id": booking_id, "volume_m3": "1", "mass_kg": "1"}
    inside = await _made(carrier, f"/v1/consolidations/{ids['consolidation_id']}/members", member)
    ids["consolidation_member_id"] = inside["members"][0]["id"]
    for plan in range(2):
        form = load_plan_form() | {"name": f"Plan {plan}"}
        world.add("load_plan_id", (await _made(world.seller, "/v1/load-plans", form))["id"])


async def _load_plans(world: World) -> None:
    """Two that wait. They come last: a worker that ran would search for them."""
    for number in range(2):
        form = load_plan_form(name=f"Plan {number}")
        world.add("load_plan_id", (await _made(world.seller, "/v1/load-plans", form))["id"])


async def _ledger(world: World) -> None:
    """A deposit of the buyer, posted and given back, and the month before the first."""
    day = world.market.clock.now().date()
    firm = world.buyer.firm.id
    for posting_id in await posted(world.market.db, taken(firm, 4200, day), returned(firm, 200, day)):
        world.add("posting_id", str(posting_id))
    world.ids["ledger_account_id"] = (await account_of(world.buyer))["id"]
    world.ids["period"] = "2026-01"


async def _payouts(world: World) -> None:
    """What the buyer pays with; the seller's account at the provider, what he is owed, and a payout that the bank is to send."""
    for token in ("tok_visa", "tok_mastercard"):
        method = await _made(world.buyer, "/v1/payment-methods", {"token": token})
        world.add("payment_method_id", method["id"])
    await _made(world.seller, "/v1/payout-account")
    payout_id, item_ids = await by_bank_and_refused(world.market, world.seller)
    world.ids["payout_id"] = payout_id
    for item_id in item_ids:
        world.add("payout_item_id", item_id)


async def _commissions(world: World) -> None:
    """A rule of the operator's, and the terms of a deal of the seller's."""
    operator = await world.market.people("operator")
    world.ids["commission_rule_id"] = (await ruled(world.market, operator, 0))["id"]
    await frozen_terms(world.market, world.seller.firm.id)


async def _bank(world: World) -> None:
    """A statement of the house's account: an entry that nobody knows, and one that is not for us."""
    chief = await world.market.people("operator")
    content = document(statement("0.00", "7.00", entry("3.00"), entry("4.00")))
    headers = {"Content-Type": "application/xml"}
    answer = await chief.post("/v1/operator/bank-statements?new_accounts=true", content=content, headers=headers)
    assert answer.status_code == 201, answer.text
    world.ids["bank_statement_id"] = answer.json()["statements"][0]["statement"]["id"]
    for one in (await chief.get("/v1/operator/bank-entries")).json()["items"]:
        world.add("bank_entry_id", one["id"])
    form = {"disposal": "not_ours", "reason": "For the firm next door."}
    made = await _made(chief, f"/v1/operator/bank-entries/{world.more['bank_entry_id'][0]}/disposal", form)
    world.ids["bank_match_id"] = made["matches"][0]["id"]


async def _differences(world: World) -> None:
    """Payments at the provider that nobody here knows."""
    market = world.market
    payments, now = market.app.state.gateways["payments"], market.clock.now()
    method = await payments.save_method(payer="somebody", token="tok_visa", key="save/somebody")
    for number in range(2):
        sum_ = Amount(100 + number, "EUR")
        await payments.charge(sum_, payer="somebody", method=method.reference, cause="x", key=f"charge/{number}")
    runtime = Runtime(market.settings, market.db, market.clock, market.app.state.gateways)
    await reconcile_payments(runtime, now - timedelta(minutes=1), now + timedelta(minutes=1))
    chief = await market.people("operator")
    for one in (await chief.get("/v1/operator/reconciliation-differences")).json()["items"]:
        world.add("difference_id", one["id"])


async def _campaigns(world: World) -> None:
    """A campaign that is ordered, then a draft of the buyer's, an open one with a commitment of his and an offer of the seller's,
    and a draft to which the seller is invited."""
    cleared = await opened(world.market, world.buyer, shortfall="lower_tier")
    await committed(cleared, world.buyer, 300, 60000)
    await offered(cleared, world.seller)
    await frozen(world.market)
    world.market.move_clock(minutes=-11)
    world.ids["framework_order_id"] = (await _first(world.seller, "/v1/framework-orders"))["id"]
    world.draft_campaign = await _made(world.buyer, "/v1/campaigns", campaign_form(world.market))
    world.ids["campaign_id"] = world.draft_campaign["id"]
    world.campaign = await opened(world.market, world.buyer)
    world.more["campaign_id"] = [world.campaign["id"], cleared["id"]]
    world.ids["commitment_id"] = (await committed(world.campaign, world.buyer))["id"]
    world.ids["campaign_offer_id"] = (await offered(world.campaign, world.seller))["id"]
    closed = await _made(world.buyer, "/v1/campaigns", campaign_form(world.market, audience="invited"))
    world.more["campaign_id"].append(closed["id"])
    invited = {"organization_id": str(world.seller.firm.id)}
    made = await _made(world.buyer, f"/v1/campaigns/{closed['id']}/invitations", invited)
    world.ids["campaign_invitation_id"] = made["id"]


async def _people(world: World) -> None:
    """A colleague, somebody invited, a machine, and the buyer's own session."""
    buyer, ids = world.buyer, world.ids
    ids["organization_id"] = str(buyer.firm.id)
    colleague = await world.market.member(buyer.firm, "approver")
    ids["person_id"] = str(colleague.person_id)
    invited = {"email": "new.colleague@buyer.example", "roles": ["viewer"], "locale": "de"}
    ids["invitation_id"] = (await _made(buyer, "/v1/invitations", invited))["id"]
    machine = {"name": "ERP", "scopes": ["read", "inquire"]}
    ids["client_id"] = (await _made(buyer, "/v1/api-clients", machine))["client"]["id"]
    ids["session_id"] = (await _first(buyer, "/v1/me/sessions"))["id"]


async def _approvals(world: World) -> None:
    """A rule, a deputy, and something that waits for approval."""
    market, buyer, ids = world.market, world.buyer, world.ids
    approver, deputy = [await market.member(buyer.firm, "approver") for _ in range(2)]
    rule = {"name": "Above ten thousand", "above_minor": 1000000, "currency": "EUR",
            "approver_ids": [str(approver.person_id)]}  # fmt: skip
    ids["rule_id"] = (await _made(buyer, "/v1/approval-rules", rule))["id"]
    ends_at = (market.clock.now() + timedelta(days=7)).isoformat()
    delegation = {"to_person_id": str(deputy.person_id), "ends_at": ends_at}
    ids["delegation_id"] = (await _made(approver, "/v1/approval-delegations", delegation))["id"]
    order = ApprovalSubject(
        kind="order",
        id=new_id(),
        amount_minor=5_000_000,
        currency="EUR",
        category_codes=frozenset({"mould-bases"}),
        counterparty_id=world.seller.firm.id,
        new_counterparty=False,
        title="Order 4711",
    )
    actor = Actor(buyer.firm.id, frozenset(), frozenset({"buyer"}), person_id=buyer.person_id)
    async with market.db.transaction() as session:
        await act_for(session, buyer.firm.id, person_id=buyer.person_id)
        ids["approval_id"] = str(await request_approval(session, actor, order, now=market.clock.now()))


async def _integration(world: World) -> None:
    """A webhook endpoint with a delivery that failed, a source with a message, and what the buyer was notified of."""
    market, buyer, ids = world.market, world.buyer, world.ids
    market.settings = market.settings.model_copy(update={"webhook_allowed_networks": ("127.0.0.0/8",)})
    market.app.state.gateways = wiring.gateways(market.settings)
    # The discard port: nobody answers, and nothing leaves this machine.
    ids["endpoint_id"] = (await _made(buyer, "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/hooks"}))["id"]
    at = f"/v1/webhook-endpoints/{ids['endpoint_id']}"
    await _made(buyer, f"{at}/ping")
    source = await source_of(market, buyer, "read")
    ids |= {"source_id": source.id, "message_id": (await source.send("unknown", {})).json()["id"]}
    await market.work()
    ids["delivery_id"] = (await _first(buyer, f"{at}/deliveries"))["id"]
    ids["notification_id"] = (await _first(buyer, "/v1/notifications"))["id"]
