"""What is owed, held, paid, financed and disputed in the test market."""

from datetime import timedelta

from app.finance.facade import reconcile_payments
from app.gateways.payments import Amount
from app.kit.jobs import Runtime
from tests.market import Member
from tests.rooms.finance.books import account_of, posted, returned, taken
from tests.rooms.finance.commissions import frozen_terms, ruled
from tests.rooms.finance.credit_lines import granted
from tests.rooms.finance.disputes import disputed, proposed
from tests.rooms.finance.financings import accepted, quoted
from tests.rooms.finance.financings import offered as receivable_offered
from tests.rooms.finance.invoices import invoiced, paid_somewhere
from tests.rooms.finance.late_payment import long_overdue
from tests.rooms.finance.milestones import payment_milestone
from tests.rooms.finance.open_items import of_invoice, owed, paid, reminded
from tests.rooms.finance.payouts import by_bank_and_refused
from tests.rooms.finance.schedules import opened_by_a_deal
from tests.rooms.finance.statements import document, entry, statement
from tests.world.places import World, made


async def invoices(world: World) -> None:
    """An invoice of another order of the buyer's, of which nothing was taken back."""
    await paid_somewhere(world.seller)
    world.ids |= {
        "invoice_id": (await invoiced(world.market, world.buyer, world.seller))["id"],
        "form": "ubl.xml",
        "table_form": "csv",
    }
    await open_items(world)
    # What somebody else bought of the buyer, who is in the Union.
    world.ids["late_payment_claim_id"] = await long_overdue(world.market, world.buyer)


async def open_items(world: World) -> None:
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


async def payments(world: World) -> None:
    """A payment schedule: of its first milestone a bank transfer is awaited, the second is held."""
    paid = await opened_by_a_deal(world.market, world.buyer, world.seller)
    await paid.pay(2)
    await paid.pay(1, way="transfer")
    world.ids["payment_schedule_id"] = paid.id
    for milestone_id in paid.milestones:
        world.add("payment_milestone_id", milestone_id)


async def disputes(world: World) -> None:
    """A milestone that nobody disputes, and a dispute about another one with a proposal of the supplier's."""
    world.add("payment_milestone_id", str(await payment_milestone(world.market, world.buyer, world.seller)))
    dispute = await disputed(world.market, world.buyer, world.seller)
    offer = await proposed(world.seller, dispute, 250_000)
    world.ids["dispute_id"], world.ids["proposal_id"] = dispute["id"], offer["proposals"][0]["id"]


async def financing(world: World) -> None:
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


async def ledger(world: World) -> None:
    """A deposit of the buyer, posted and given back, and the month before the first."""
    day = world.market.clock.now().date()
    firm = world.buyer.firm.id
    for posting_id in await posted(world.market.db, taken(firm, 4200, day), returned(firm, 200, day)):
        world.add("posting_id", str(posting_id))
    world.ids["ledger_account_id"] = (await account_of(world.buyer))["id"]
    world.ids["period"] = "2026-01"


async def payouts(world: World) -> None:
    """What the buyer pays with; the seller's account at the provider, what he is owed, and a payout that the bank is to send."""
    for token in ("tok_visa", "tok_mastercard"):
        method = await made(world.buyer, "/v1/payment-methods", {"token": token})
        world.add("payment_method_id", method["id"])
    await made(world.seller, "/v1/payout-account")
    payout_id, item_ids = await by_bank_and_refused(world.market, world.seller)
    world.ids["payout_id"] = payout_id
    for item_id in item_ids:
        world.add("payout_item_id", item_id)


async def commissions(world: World) -> None:
    """A rule of the operator's, and the terms of a deal of the seller's."""
    operator = await world.market.people("operator")
    world.ids["commission_rule_id"] = (await ruled(world.market, operator, 0))["id"]
    await frozen_terms(world.market, world.seller.firm.id)


async def bank(world: World) -> None:
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
    disposed = await made(chief, f"/v1/operator/bank-entries/{world.more['bank_entry_id'][0]}/disposal", form)
    world.ids["bank_match_id"] = disposed["matches"][0]["id"]
    await _bank_refund(world, chief)


async def _bank_refund(world: World, chief: Member) -> None:
    """A milestone that was paid in part by bank, and of which something is to be sent back."""
    milestone_id = await payment_milestone(world.market, world.buyer, world.seller, paid=False)
    path = f"/v1/payment-milestones/{milestone_id}"
    reference = (await world.buyer.get(path)).json()["reference"]
    content = document(statement("7.00", "9.00", entry("2.00"), name="2026-2"))
    headers = {"Content-Type": "application/xml"}
    assert (await chief.post("/v1/operator/bank-statements", content=content, headers=headers)).status_code == 201
    [came, *_] = (await chief.get("/v1/operator/bank-entries")).json()["items"]
    await made(chief, f"/v1/operator/bank-entries/{came['id']}/matches", {"reference": reference})
    refunded = await made(world.seller, f"{path}/refunds", {"reason": "Agreed.", "amount_minor": 100})
    world.ids["milestone_refund_id"] = refunded["refunds"][0]["id"]


async def differences(world: World) -> None:
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
