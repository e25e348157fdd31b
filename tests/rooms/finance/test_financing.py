"""Financing of accepted milestones: offered, quoted for under seal, assigned, funded, repaid first, and what goes wrong."""

import asyncio
from typing import Any

import psycopg
import pytest

from app.finance.financing import checks
from app.finance.schedules import facade
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from tests.copies import asks_as_often
from tests.market import Market, Member
from tests.rooms.finance.financings import (
    RATE,
    accepted,
    financed,
    funded,
    offered,
    proved,
    quoted,
    read,
    swept,
)
from tests.rooms.finance.schedules import Paid, opened_by_a_deal
from tests.rooms.finance.test_payment_schedules import balance
from tests.statements import count_statements

Owner = psycopg.Connection[Any]


async def notices(who: Member) -> list[str]:
    """The subjects of what somebody was told."""
    return [one["subject"] for one in (await who.get("/v1/notifications")).json()["items"]]


def stands(financing: dict[str, Any]) -> tuple[str, int, int, int, int]:
    """(state, owed, charge owed, repaid, charge paid)."""
    names = ("owed", "charge_owed", "repaid", "charge_paid")
    owed, charge, repaid, paid = (int(financing[name]["minor"]) for name in names)
    return str(financing["state"]["code"]), owed, charge, repaid, paid


async def test_a_receivable_is_offered_quoted_assigned_funded_and_repaid(market: Market, owner: Owner) -> None:
    paid = await opened_by_a_deal(market)
    bank, other, late = [await market.people("financier") for _ in range(3)]
    offer = await offered(paid, buyer_size="medium", financier_ids=[str(bank.firm.id), str(other.firm.id)])
    assert (offer["amount"]["minor"], offer["state"]["code"], offer["buyer"]) == (40_000, "open", None)
    assert (await offered(paid, status=409))["code"] == "financed-already"
    # Chosen financiers see it, and of the debtor only where he sits and how large he is.
    seen = (await bank.get(f"/v1/financing-offers/{offer['id']}")).json()
    assert (seen["buyer"], seen["buyer_country"], seen["buyer_size"]["code"]) == (None, "DE", "medium")
    assert (seen["milestone_id"], seen["financier_ids"]) == (None, None)
    assert str(paid.buyer.firm.id) not in str(seen)
    assert (await late.get(f"/v1/financing-offers/{offer['id']}")).status_code == 404
    assert (await late.get("/v1/financing-offers")).json()["items"] == []
    # Quotes are sealed to each other.
    assert (await quoted(bank, offer, advance_bp=8000, recourse=True, status=422))["code"] == "invalid"
    mine, theirs = await quoted(bank, offer), await quoted(other, offer, fee_minor=500, advance_bp=9000, recourse=False)
    assert (await quoted(bank, offer, status=409))["code"] == "financing-quoted-already"
    path = f"/v1/financing-offers/{offer['id']}/quotes"
    for who, ids in ((bank, {mine["id"]}), (other, {theirs["id"]}), (paid.supplier, {mine["id"], theirs["id"]})):
        assert {one["id"] for one in (await who.get(path)).json()["items"]} == ids
    financing = await accepted(paid.supplier, mine)
    assert (await accepted(paid.supplier, theirs, status=409))["code"] == "financing-offer-closed"
    await market.work()
    assert any("assigned what you owe" in subject for subject in await notices(paid.buyer))
    assert any("accepted your quote" in subject for subject in await notices(bank))
    assert await balance(paid.supplier, "payable_to_supplier") == 0
    told = await funded(market, bank, financing)
    assert stands(told) == ("running", 32_000, 0, 0, 0) and told["payment"]["state"]["code"] == "captured"
    assert (await read(paid.supplier, financing))["payment"] is None
    assert await balance(paid.supplier, "payable_to_supplier") == 32_000
    assert (await balance(bank, "financing_due"), await balance(paid.supplier, "financing_owed")) == (32_000, 32_000)
    await proved(market)
    # Thirty days later the buyer pays: 32,000 × 9 % × 30 / 360 = 240.
    market.move_clock(days=30)
    paid.buyer = await market.member(paid.buyer.firm)
    await paid.pay(1)
    market.move_clock(days=-30)
    told = await read(bank, financing)
    assert stands(told) == ("repaid", 0, 0, 32_000, 240)
    assert [(one["kind"]["code"], one["principal"]["minor"], one["charge"]["minor"]) for one in told["moves"]] == [
        ("repaid", 32_000, 240)
    ]
    assert await balance(bank, "payable_to_supplier") == 32_240
    assert await balance(paid.supplier, "payable_to_supplier") == 32_000 + 40_000 - 32_240
    assert (await balance(bank, "financing_due"), await balance(paid.supplier, "financing_owed")) == (0, 0)
    await proved(market)
    owner.execute("ALTER TABLE financings DISABLE TRIGGER financings_guarded")
    owner.execute("UPDATE financings SET funded_minor = 1, principal_minor = 1, repaid_minor = 0, state = 'running'")
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert len((await checks.advances_in_the_ledger(session))[1]) == 2


async def test_two_acceptances_at_once_assign_once(market: Market, owner: Owner) -> None:
    paid = await opened_by_a_deal(market)
    offer = await offered(paid)
    quotes = [await quoted(await market.people("financier"), offer) for _ in range(2)]
    await asks_as_often(market.db, paid.supplier, f"/v1/financing-offers/{offer['id']}/quotes")
    answers = await asyncio.gather(
        *(paid.supplier.post(f"/v1/financing-quotes/{one['id']}/acceptance") for one in quotes)
    )
    assert sorted(one.status_code for one in answers) == [201, 409]
    assert owner.execute("SELECT count(*) FROM financings").fetchone() == (1,)
    # By hand as well, a milestone is assigned once, and what is assigned stays.
    for forbidden in ("UPDATE financings SET amount_minor = 1", "UPDATE financing_quotes SET rate_bp = 1",
                      "UPDATE financings SET state = 'repaid'", "DELETE FROM financings"):  # fmt: skip
        with pytest.raises(psycopg.Error):
            owner.execute(forbidden)
    owner.execute("DROP INDEX uq_financings_once")
    owner.execute("ALTER TABLE financings DISABLE TRIGGER financings_guarded")
    owner.execute("ALTER TABLE financings DROP CONSTRAINT uq_financings_quote_id")
    owner.execute(
        "INSERT INTO financings SELECT (jsonb_populate_record(f, jsonb_build_object('id', uuidv7()))).* FROM financings f"
    )
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert len((await checks.receivables_assigned_once(session))[1]) == 1


async def test_only_what_is_accepted_and_not_disputed_is_offered(market: Market) -> None:
    paid = await opened_by_a_deal(market)
    assert (await offered(paid, 2, status=409))["code"] == "not-financeable"
    dispute = new_id()
    async with market.db.transaction() as session, acting_for(session, paid.supplier.firm.id):
        await facade.freeze(session, paid.milestones[0], dispute)
    assert (await offered(paid, status=409))["code"] == "not-financeable"
    await settled(paid, dispute, 0)
    financier = await market.people("financier")
    assert (await offered(paid, financier_ids=[str(paid.buyer.firm.id)], status=422))["code"] == "invalid"
    quote = await quoted(
        financier, await offered(paid, shows_buyer=True), fee_minor=500, advance_bp=9000, recourse=False
    )
    financing = await funded(market, financier, await accepted(paid.supplier, quote), way="transfer")
    assert financing["payment"]["remittance"] and stands(financing)[0] == "funding"


async def test_a_part_of_the_money_repays_a_part(market: Market) -> None:
    terms = facade.PaymentTerms(retention_bp=5000, retention_days=30)
    paid = await opened_by_a_deal(market, terms=terms)
    financier = await market.people("financier")
    quote = await quoted(financier, await offered(paid))
    financing = await funded(market, financier, await accepted(paid.supplier, quote))
    await paid.pay(1)
    assert stands(await read(financier, financing)) == ("running", 12_000, 0, 20_000, 0)
    assert await balance(financier, "payable_to_supplier") == 20_000
    # What was retained comes thirty days later: 12,000 × 9 % × 30 / 360 = 90.
    await paid.days(30)
    assert stands(await read(financier, financing)) == ("repaid", 0, 0, 32_000, 90)
    assert await balance(financier, "payable_to_supplier") == 32_090
    await proved(market)


async def settled(paid: Paid, dispute: Any, refund: int) -> None:
    """The settlement of a dispute."""
    async with paid.market.db.transaction() as session, acting_for(session, paid.supplier.firm.id):
        await facade.settle_dispute(
            session,
            paid.milestones[0],
            dispute,
            release_minor=0,
            refund_minor=refund,
            day=paid.market.clock.now().date(),
        )
    await paid.market.work()


async def refunded_by_dispute(paid: Paid, minor: int) -> None:
    """A dispute that ends with so much going back to the buyer."""
    dispute = new_id()
    async with paid.market.db.transaction() as session, acting_for(session, paid.supplier.firm.id):
        await facade.freeze(session, paid.milestones[0], dispute)
    await settled(paid, dispute, minor)


async def test_without_recourse_the_financier_bears_what_goes_back_beyond_the_suppliers_part(
    market: Market, owner: Owner
) -> None:
    paid, financier, financing = await financed(market, recourse=False)
    await paid.pay(1)
    assert stands(await read(financier, financing)) == ("repaid", 0, 0, 32_000, 0)
    # It is not the supplier's to give back any more.
    assert (await paid.refund(1, status=409))["code"] == "payment-milestone-assigned"
    await refunded_by_dispute(paid, 5_000)
    assert stands(await read(financier, financing))[0] == "repaid"
    assert await balance(financier, "payable_to_supplier") == 32_000
    await proved(market)
    # The supplier had 8,000 of it. Of another 10,000 he bears 3,000; nothing more comes, and the rest is lost.
    await refunded_by_dispute(paid, 10_000)
    told = await read(financier, financing)
    assert stands(told) == ("lost", 0, 0, 25_000, 0)
    assert [one["kind"]["code"] for one in told["moves"]] == ["lost", "returned", "repaid"]
    assert await balance(financier, "payable_to_supplier") == 25_000
    assert await balance(paid.supplier, "payable_to_supplier") == 32_000
    assert await balance(financier, "financing_due") == 0
    await proved(market)
    # What is left is the financier's: the supplier cannot give it back, and what goes back otherwise is lost as well.
    assert (await paid.refund(1, status=409))["code"] == "payment-milestone-assigned"
    await refunded_by_dispute(paid, 1_000)
    told = await read(financier, financing)
    assert stands(told) == ("lost", 0, 0, 24_000, 0) and told["lost"]["minor"] == 8_000
    assert [one["kind"]["code"] for one in told["moves"]][:2] == ["lost", "returned"]
    assert await balance(financier, "payable_to_supplier") == 24_000
    await proved(market)
    owner.execute("ALTER TABLE financings DISABLE TRIGGER financings_guarded")
    owner.execute("UPDATE financings SET lost_minor = 9000, repaid_minor = 23000")
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        assert len((await checks.advances_in_the_ledger(session))[1]) == 1


async def test_with_recourse_the_supplier_makes_good(market: Market) -> None:
    paid, financier, financing = await financed(market)
    await paid.pay(1)
    # All goes back: he had 8,000 of it, and owes what the financier keeps.
    await paid.refund(1)
    told = await read(financier, financing)
    assert stands(told)[:2] == ("made_good", 0)
    assert [one["kind"]["code"] for one in told["moves"]] == ["recourse", "returned", "repaid"]
    assert await balance(financier, "payable_to_supplier") == 32_000
    assert await balance(paid.supplier, "payable_to_supplier") == 0
    await proved(market)


async def test_money_that_goes_back_before_its_release_is_made_good(market: Market) -> None:
    paid = await opened_by_a_deal(market)
    financier = await market.people("financier")
    quote = await quoted(financier, await offered(paid))
    financing = await accepted(paid.supplier, quote)
    # The buyer pays before the advance comes: the supplier has all of it, and makes the advance good at once.
    await paid.pay(1)
    told = await funded(market, financier, financing)
    assert stands(told) == ("made_good", 0, 0, 32_000, 0)
    assert await balance(paid.supplier, "payable_to_supplier") == 40_000
    assert await balance(financier, "payable_to_supplier") == 32_000
    await proved(market)


async def test_offers_quotes_and_assignments_expire(market: Market) -> None:
    paid = await opened_by_a_deal(market)
    financier = await market.people("financier")
    offer = await offered(paid, open_days=3)
    quote = await quoted(financier, offer, **RATE, open_days=1)
    market.move_clock(days=2)
    paid.supplier = await market.member(paid.supplier.firm)
    assert (await accepted(paid.supplier, quote, status=409))["code"] == "financing-quote-closed"
    market.move_clock(days=2)
    paid.supplier = await market.member(paid.supplier.firm)
    financier = await market.member(financier.firm)
    assert (await quoted(await market.people("financier"), offer, status=409))["code"] == "financing-offer-closed"
    await swept(market)
    assert (await paid.supplier.get(f"/v1/financing-offers/{offer['id']}")).json()["state"]["code"] == "expired"
    offer = await offered(paid)
    withdrawn = await quoted(financier, offer)
    assert (await financier.post(f"/v1/financing-quotes/{withdrawn['id']}/withdrawal")).status_code == 200
    assert (await accepted(paid.supplier, withdrawn, status=409))["code"] == "financing-quote-closed"
    financing = await accepted(paid.supplier, await quoted(financier, offer))
    declined = await funded(market, financier, financing, payment_method="tok_chargeDeclined")
    assert declined["payment"]["state"]["code"] == "declined" and stands(declined)[0] == "funding"
    market.move_clock(days=6)
    await swept(market)
    market.move_clock(days=-6)
    assert stands(await read(financier, financing))[0] == "cancelled"
    refused = await financier.post(f"/v1/financings/{financing['id']}/pay", json={"payment_method": "tok_visa"})
    assert refused.json()["code"] == "nothing-to-fund"
    # It is the supplier's own again, and may be offered anew.
    again = await offered(paid)
    market.move_clock(days=-4)
    assert any("has ended" in subject for subject in await notices(paid.buyer))
    market.move_clock(days=4)
    assert (await paid.supplier.post(f"/v1/financing-offers/{again['id']}/withdrawal")).json()["state"]["code"] == (
        "withdrawn"
    )


async def test_who_may_do_what(market: Market, owner: Owner) -> None:
    paid = await opened_by_a_deal(market)
    bank, stranger = await market.people("financier"), await market.people("buyer", "supplier")
    viewer = await market.member(paid.supplier.firm, "viewer")
    teller = await market.member(bank.firm, "viewer")
    body = {"milestone_id": paid.milestones[0]}
    for who, status in ((market.nobody, 401), (stranger, 404), (paid.buyer, 404), (viewer, 403)):
        assert (await who.post("/v1/financing-offers", json=body)).status_code == status
    assert owner.execute("SELECT count(*) FROM financing_offers").fetchone() == (0,)
    offer = await offered(paid)
    path = f"/v1/financing-offers/{offer['id']}"
    for who, status in ((market.nobody, 401), (stranger, 404), (paid.buyer, 404), (paid.supplier, 404), (teller, 403)):
        assert (await who.post(f"{path}/quotes", json=RATE)).status_code == status
    for who, status in ((market.nobody, 401), (stranger, 404), (bank, 404), (viewer, 403)):
        assert (await who.post(f"{path}/withdrawal")).status_code == status
    assert owner.execute("SELECT count(*) FROM financing_quotes").fetchone() == (0,)
    quote = await quoted(bank, offer)
    rival = await market.people("financier")
    path = f"/v1/financing-quotes/{quote['id']}"
    for who, status in ((market.nobody, 401), (stranger, 404), (rival, 404), (bank, 404), (viewer, 403)):
        assert (await who.post(f"{path}/acceptance")).status_code == status
    for who, status in ((market.nobody, 401), (rival, 404), (paid.supplier, 404), (teller, 403)):
        assert (await who.post(f"{path}/withdrawal")).status_code == status
    assert owner.execute("SELECT count(*) FROM financings").fetchone() == (0,)
    financing = await accepted(paid.supplier, quote)
    path = f"/v1/financings/{financing['id']}"
    for who, status in ((market.nobody, 401), (rival, 404), (paid.buyer, 404), (paid.supplier, 404), (teller, 403)):
        assert (await who.post(f"{path}/pay", json={"payment_method": "tok_visa"})).status_code == status
    assert (await paid.buyer.get(path)).status_code == 404
    assert owner.execute("SELECT count(*) FROM financing_payments").fetchone() == (0,)


async def test_lists_cost_the_same_for_one_row_and_for_twenty(market: Market) -> None:
    supplier, buyer = await market.people("supplier"), await market.people("buyer")
    financier = await market.people("financier")

    async def another() -> dict[str, Any]:
        paid = await opened_by_a_deal(market, buyer, supplier)
        offer = await offered(paid)
        await accepted(supplier, await quoted(financier, offer))
        return offer

    async def counted() -> list[int]:
        found = []
        for path in ("/v1/financing-offers", "/v1/financings"):
            with count_statements(market.db) as statements:
                assert (await supplier.get(path)).status_code == 200
            found.append(len(statements))
        return found

    await another()
    one = await counted()
    for _ in range(19):
        await another()
    assert await counted() == one
    page = (await financier.get("/v1/financings", params={"limit": 2, "role": "financier"})).json()
    assert len(page["items"]) == 2 and page["next_cursor"]
