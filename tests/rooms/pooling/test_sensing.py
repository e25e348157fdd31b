"""Demand that many share is told without telling whose it is: consent, suggestions, walls."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.locales import LOCALES
from app.pooling.sensing.checks import demand_suggestions
from tests.market import Market
from tests.rooms.catalog.prices import ordered
from tests.rooms.catalog.test_listings import VARIANT
from tests.rooms.pooling.demand import (
    CONSENT,
    SUGGESTIONS,
    asks,
    blank,
    buyers_asking,
    consenting_firms,
    consents,
    sensed,
    suggested,
)
from tests.rooms.procurement.deals import wait
from tests.rooms.procurement.pooled import PLATES, commitment, place
from tests.statements import count_statements

Owner = psycopg.Connection[Any]


async def verified(market: Market) -> tuple[int, list[str]]:
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        return await demand_suggestions(session)


async def test_what_five_ask_for_is_suggested_and_names_none_of_them(market: Market, owner: Owner) -> None:
    seller, other = await market.people("supplier"), await market.people("supplier")
    variant = await blank(seller)
    alike = await blank(other, steel="1.2738", measures=("80", "520", "410"))
    four = await buyers_asking(market, seller, variant, "2", "1", "2", "3")
    silent, *_ = await buyers_asking(market, seller, variant, "9", consenting=False)
    sham = await market.people("buyer", verified=False)
    await asks(market, sham, seller, (variant, "2"))
    await consents(sham)
    assert (await sham.get(CONSENT)).json() | {"decided_at": None} == {
        "given": True, "counted": False, "decided_at": None, "version": 1,
    }  # fmt: skip
    # Four count: one did not consent, one is not verified.
    assert await sensed(market, seller) == []
    fifth = await market.people("buyer", locale="de")
    # The same need asked of two suppliers is one; another size, a custom mould and words are another matter.
    await asks(market, fifth, other, (alike, "3"))
    await asks(market, fifth, seller, (variant, "2"))
    await consents(fifth)
    # Two nights at once are one.
    await asyncio.gather(*(sensed(market, who) for who in (seller, other)))
    found = await sensed(market, seller)
    assert len(found) == 1
    one = found[0]
    assert (one["buyers"], one["quantity"]["value"], one["quantity"]["unit"]) == (5, "11", "H87")
    # 5 · 600 + 6 · 550 … alone (three and three take the second price), 11 · 510 together: 11 % of 6,300 €.
    assert (one["expected_saving"]["percent"], one["expected_saving"]["source"]["code"]) == (11, "list_prices")
    assert one["text"] == (
        "5 buyers asked for Plastic-mould steel (P20+Ni) of similar size this quarter: 11 % expected saving"
    )
    assert (one["size"]["sides_mm"], one["size"]["text"]) == (["500", "400", "80"], "about 500 mm × 400 mm × 80 mm")
    assert one["includes_you"] is False
    path = f"{SUGGESTIONS}/{one['id']}"
    assert [(await who.get(path)).json()["includes_you"] for who in (fifth, silent, four[0])] == [True, False, True]
    shown = (await seller.get(path)).text + (await fifth.get(SUGGESTIONS)).text
    assert not [who for who in (*four, fifth, silent) if str(who.firm.id) in shown or who.firm.code in shown]
    assert (await market.nobody.get(path)).status_code == 401
    texts = {locale: (await fifth.get(path, headers={"Accept-Language": locale})).json()["text"] for locale in LOCALES}
    assert all("P20+Ni" in told for told in texts.values())
    assert await verified(market) == (1, [])
    # Sensing again changes nothing; a sixth buyer alone does not either, for the difference would be his.
    await buyers_asking(market, seller, variant, "5")
    assert await sensed(market, seller) == found
    # Whoever takes his consent back is out of it, and so it ends: the others alone would tell his part.
    await consents(fifth, given=False)
    assert (await seller.get(SUGGESTIONS)).json()["items"] == found
    assert await sensed(market, seller) == []
    past = (await fifth.get(path)).json()
    assert (past["state"]["code"], past["includes_you"], past["buyers"]) == ("past", False, 5)
    assert "P20+Ni" in past["text"] and "%" not in past["text"]
    kept = {row[0] for row in owner.execute("SELECT organization_id FROM demand_members").fetchall()}
    assert kept == {who.firm.id for who in four}
    assert await verified(market) == (1, [])
    # Four more, of whom one might be the one who left: that makes three.
    await buyers_asking(market, seller, variant, "2", "2")
    assert await sensed(market, four[0]) == []
    await buyers_asking(market, seller, variant, "2")
    again = await sensed(market, four[0])
    assert [(one["buyers"], one["includes_you"]) for one in again] == [(8, True)]
    members = owner.execute("SELECT suggestion_id, count(*) FROM demand_members GROUP BY 1 ORDER BY 1").fetchall()
    assert [(str(row[0]), row[1]) for row in members] == [(found[0]["id"], 4), (again[0]["id"], 8)]
    assert await verified(market) == (2, [])
    assert [one["id"] for one in (await seller.get(f"{SUGGESTIONS}?state=past")).json()["items"]] == [found[0]["id"]]


async def test_a_quarter_later_nobody_is_in_it_for_what_he_asked_then(market: Market, owner: Owner) -> None:
    seller = await market.people("supplier")
    variant = await blank(seller, steps=[("1", 60000)])
    buyers = await buyers_asking(market, seller, variant, "2", "2", "2", "2", "2")
    # One price for every quantity, and no orders: what would be saved is not known, and not made up.
    assert [one["expected_saving"] for one in await sensed(market, seller)] == [None]
    wait(market, seller, *buyers, days=80)
    await asks(market, buyers[0], seller, (variant, "2"))
    assert len(await sensed(market, seller)) == 1
    wait(market, seller, *buyers, days=13)
    assert await sensed(market, seller) == []
    assert owner.execute("SELECT count(*) FROM demand_members").fetchone() == (0,)
    assert len((await seller.get(f"{SUGGESTIONS}?state=past&category=blanks")).json()["items"]) == 1


async def test_orders_count_as_well_and_a_year_of_them_tells_what_quantity_saves(market: Market) -> None:
    seller = await market.people("supplier")
    variant = await blank(seller)
    buyers = [await market.people("buyer") for _ in range(5)]
    for buyer, quantities in zip(buyers, (("1", "20"), ("2", "8"), ("3", "12"), ("4", "6"), ("10",)), strict=True):
        await consents(buyer)
        for quantity in quantities:
            await ordered(buyer, {"variant_id": variant, "quantity": quantity}, currency="EUR")
    wait(market, seller, *buyers, days=100)
    # From now on there is one price, and what was ordered then is no demand any more.
    flat = {**VARIANT, "sku": "block", "label": "block", "minimum_order_quantity": "1", "mass_kg": None}
    flat |= {"length_mm": "500", "width_mm": "400", "height_mm": "80"}
    flat["prices"] = [{"currency": "EUR", "min_quantity": "1", "price_minor": 60000}]
    answer = await seller.put(f"/v1/variants/{variant}", json=flat, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    assert await sensed(market, seller) == []
    for buyer in buyers[:3]:
        await asks(market, buyer, seller, (variant, "2"))
    orders = [await ordered(buyer, {"variant_id": variant, "quantity": "3"}, currency="EUR") for buyer in buyers[3:]]
    taken_back = await buyers[4].post(f"/v1/orders/{orders[1]['id']}/cancellation", json={"reason": "Zu viel"})
    assert taken_back.status_code == 200, taken_back.text
    # What a pool bought for him is no demand any more.
    line = replace(PLATES, variant_id=UUID(variant), quantity=Decimal(5), unit="H87")
    await place(market, commitment(buyers[4], seller, lines=[line]))
    assert await sensed(market, seller) == []
    await ordered(buyers[4], {"variant_id": variant, "quantity": "4"}, currency="EUR")
    one, *_ = await sensed(market, seller)
    assert (one["buyers"], one["quantity"]["value"]) == (5, "13")
    assert one["expected_saving"]["source"]["code"] == "past_orders"
    assert 2 < one["expected_saving"]["percent"] < 15


async def test_consent_is_given_by_those_who_edit_the_organization(market: Market, owner: Owner) -> None:
    buyer = await market.people("buyer")
    fresh = await buyer.get(CONSENT)
    assert fresh.json() == {"given": False, "counted": False, "decided_at": None, "version": 0}
    purchaser, admin = [await market.member(buyer.firm, role) for role in ("purchaser", "admin")]
    etag = {"If-Match": fresh.headers["ETag"]}
    yes = {"given": True}
    assert (await market.nobody.put(CONSENT, json=yes, headers=etag)).status_code == 401
    assert (await purchaser.put(CONSENT, json=yes, headers=etag)).status_code == 403
    assert (await buyer.put(CONSENT, json=yes)).status_code == 428
    assert (await buyer.put(CONSENT, json={"given": None}, headers=etag)).status_code == 422
    assert (await buyer.put(CONSENT, json=yes | {"organization_id": str(new_id())}, headers=etag)).status_code == 422
    # Two who decide at once: one has, the other is told to look again.
    answers = await asyncio.gather(*(who.put(CONSENT, json=yes, headers=etag) for who in (buyer, admin)))
    assert sorted(answer.status_code for answer in answers) in ([200, 412],)
    held = await purchaser.get(CONSENT)
    assert (held.json()["given"], held.json()["counted"], held.json()["version"]) == (True, True, 1)
    assert (await admin.put(CONSENT, json=yes, headers=etag)).status_code == 412
    # The same again is no new decision.
    assert (await admin.put(CONSENT, json=yes, headers={"If-Match": held.headers["ETag"]})).json()["version"] == 1
    await consents(admin, given=False)
    rows = owner.execute("SELECT version, given FROM demand_consents ORDER BY version").fetchall()
    assert rows == [(1, True), (2, False)]
    audit = (await buyer.get("/v1/audit-entries")).json()["items"]
    assert [one["action"] for one in audit if one["entity"] == "demand_consent"] == [
        "demand_consent.withdraw", "demand_consent.give",
    ]  # fmt: skip
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute("UPDATE demand_consents SET given = true WHERE version = 2")


WRONG = {
    "demand_members_consented": "UPDATE demand_members SET organization_id = :stranger",
    "demand_suggestions_figures_stay": "UPDATE demand_suggestions SET buyers = 6",
    "demand_suggestions_way": "UPDATE demand_suggestions SET left_since = -1",
    "demand_members_counted": "DELETE FROM demand_members WHERE organization_id = :member",
    "demand_suggestions_begins_current": """INSERT INTO demand_suggestions SELECT gen_random_uuid(), category_code, steel,
        unit, size_steps, buyers, quantity, expected_saving_bp, saving_source, asked_since, asked_until, 'past', 0, made_at,
        made_at FROM demand_suggestions""",
    "ck_demand_suggestions_buyers_are_many": """INSERT INTO demand_suggestions SELECT gen_random_uuid(), category_code, 'H13',
        unit, size_steps, 4, quantity, expected_saving_bp, saving_source, asked_since, asked_until, state, 0, made_at
        FROM demand_suggestions""",
    "uq_demand_suggestions_current": """INSERT INTO demand_suggestions SELECT gen_random_uuid(), category_code, steel, unit,
        size_steps, 5, quantity, expected_saving_bp, saving_source, asked_since, asked_until, state, 0, made_at
        FROM demand_suggestions""",
}


async def test_the_database_holds_it(market: Market, owner: Owner) -> None:
    firms = await consenting_firms(market, 5)
    stranger, member = await market.people("buyer"), await market.member(firms[0])
    await suggested(market, firms)
    given = {"stranger": stranger.firm.id, "member": firms[0].id}
    # What the job has no right to, it is refused for that; the superuser is refused by the guards themselves.
    for law, statement in WRONG.items():
        plain = statement
        for name, value in given.items():
            plain = plain.replace(f":{name}", f"'{value}'")
        with pytest.raises(psycopg.Error) as refused:
            owner.execute(plain)
        assert refused.value.diag.constraint_name == law
    with pytest.raises(DBAPIError, match="as many as it says"):
        await suggested(market, firms, steel="H13", buyers=6)
    with pytest.raises(DBAPIError, match="did not consent"):
        await suggested(market, [*firms, stranger.firm], steel="H13")
    # Requests write nothing here, and read of the members but one's own; the operator's people nothing.
    operator = await market.people("operator")
    for who, rows in ((member, 1), (stranger, 0), (operator, 0)):
        async with market.db.transaction() as session:
            await act_for(session, who.firm.id, operator=who is operator)
            assert await session.scalar(text("SELECT count(*) FROM demand_members")) == rows
            assert await session.scalar(text("SELECT count(*) FROM demand_consents")) == rows
            assert await session.scalar(text("SELECT count(*) FROM demand_suggestions")) == 1
        for statement in (
            "UPDATE demand_suggestions SET buyers = 9",
            "DELETE FROM demand_members",
            "INSERT INTO demand_members SELECT id, app_organization_id() FROM demand_suggestions",
        ):
            with pytest.raises(DBAPIError, match="permission denied"):
                async with market.db.transaction() as session:
                    await act_for(session, who.firm.id, operator=who is operator)
                    await session.execute(text(statement))
    async with market.db.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM demand_suggestions")) == 0
    assert await verified(market) == (1, [])
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE demand_consents SET given = false WHERE organization_id = %s", (firms[0].id,))
    assert (await verified(market))[1]
    owner.execute("UPDATE demand_consents SET given = true")
    owner.execute("DELETE FROM demand_members WHERE organization_id = %s", (firms[1].id,))
    assert (await verified(market))[1]
    owner.execute("SET session_replication_role = origin")
    # A sandbox is no market.
    owner.execute(
        "INSERT INTO organizations (id, code, legal_name_local, legal_name_latin, country, city, roles, locale, sandbox_of) "
        "VALUES (gen_random_uuid(), 'sandbox-x', 'X', 'X', 'DE', 'X', '{logistics}', 'en', %s)",
        (stranger.firm.id,),
    )
    found = owner.execute("SELECT id FROM organizations WHERE code = 'sandbox-x'").fetchone()
    assert found is not None
    async with market.db.transaction() as session:
        await act_for(session, found[0])
        assert await session.scalar(text("SELECT count(*) FROM demand_suggestions")) == 0


async def test_lists_take_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    reader, firms = await market.people("supplier"), await consenting_firms(market, 5)
    await suggested(market, firms)

    async def asked() -> tuple[int, int]:
        with count_statements(market.db) as seen:
            answer = await reader.get(f"{SUGGESTIONS}?limit=100")
        assert answer.status_code == 200, answer.text
        return len(seen), len(answer.json()["items"])

    few, rows = await asked()
    assert rows == 1
    for step in range(20):
        category = "hot-work-steel" if step % 2 else "plastic-mould-steel"
        await suggested(market, firms, size_steps=[step], category_code=category)
    assert await asked() == (few, 21)
    pages = await reader.get(f"{SUGGESTIONS}?limit=7")
    assert len(pages.json()["items"]) == 7 and 'rel="next"' in pages.headers["Link"]
    for category, rows in (("hot-work-steel", 10), ("blanks", 21), ("moulds-of-cheese", 0)):
        assert len((await reader.get(f"{SUGGESTIONS}?limit=100&category={category}")).json()["items"]) == rows
    assert (await reader.get(f"{SUGGESTIONS}?state=imagined")).status_code == 422
    assert (await reader.get(f"{SUGGESTIONS}/{new_id()}")).status_code == 404
    # A machine that may do other things alone reads neither these nor what its organization decided.
    machine = await market.machine(reader, "catalog:edit")
    assert [(await machine.get(path)).status_code for path in (SUGGESTIONS, CONSENT)] == [403, 403]


async def test_the_operator_has_demand_sensed_now(market: Market) -> None:
    seller, operator = await market.people("supplier"), await market.people("operator")
    await buyers_asking(market, seller, await blank(seller), "2", "2", "2", "2", "2")
    path = "/v1/operator/demand-sensing"
    assert (await seller.post(path)).status_code == 403
    # Asked twice before it is done, it is done once.
    assert [(await operator.post(path)).status_code for _ in range(2)] == [202, 202]
    assert (await operator.get(SUGGESTIONS)).json()["items"] == []
    await market.work()
    assert [one["buyers"] for one in (await operator.get(SUGGESTIONS)).json()["items"]] == [5]
