"""From the basket to an inquiry: who may, what is written, and that a form acts once."""

from typing import Any

import psycopg

from tests.market import Market, Member
from tests.rooms.backoffice.browser import with_password
from tests.rooms.catalog.test_listings import published
from tests.rooms.web.reader import Reader, reading, variant_of

Owner = psycopg.Connection[tuple[object, ...]]


def _inquiries(owner: Owner) -> int:
    row = owner.execute("SELECT count(*) FROM inquiries").fetchone()
    assert row is not None
    return int(str(row[0]))


async def _two_suppliers(market: Market) -> list[tuple[Member, str, str]]:
    found = []
    for number in range(2):
        seller = await market.people("supplier", country="CN")
        product_id = await published(market, seller, code=f"pin-{number}", sku=f"PIN-{number}")
        found.append((seller, product_id, await variant_of(market, product_id)))
    return found


async def _form(reader: Reader, market: Market, **changes: str) -> dict[str, str]:
    hidden = await reader.hidden("/en/basket")
    later = market.clock.now().date().replace(year=market.clock.now().year + 1)
    return {
        "form_token": hidden["form_token"], "key": hidden["key"], "title": "Ejector pins", "currency": "EUR",
        "incoterm": "DAP", "incoterm_place": "Bremen", "closes_on": later.isoformat(), "required_on": "",
        "notes": "Nitrided, please.", "act": "draft", **changes,
    }  # fmt: skip


async def test_an_inquiry_for_each_supplier(market: Market, owner: Owner) -> None:
    buyer = await with_password(market, "buyer", locale="de")
    items = await _two_suppliers(market)
    async with reading(market, buyer) as reader:
        for _, product_id, variant_id in items:
            await reader.collect(product_id, variant_id, "20")
        answer = await reader.post("/en/basket/inquiry", await _form(reader, market))
        assert (answer.status_code, answer.headers["location"]) == (303, "/en/inquiries")
        assert "partingline-basket" not in reader.http.cookies
    mine = (await buyer.get("/v1/inquiries")).json()["items"]
    assert [(one["state"]["code"], one["invited"]) for one in mine] == [("draft", 1), ("draft", 1)]
    whole = [(await buyer.get(f"/v1/inquiries/{one['id']}")).json() for one in mine]
    skus = {one["lots"][0]["lines"][0]["sku"]: one["invitations"][0]["supplier"]["id"] for one in whole}
    assert skus == {f"PIN-{number}": str(seller.firm.id) for number, (seller, _, _) in enumerate(items)}
    line = whole[0]["lots"][0]["lines"][0]
    assert (line["quantity"]["value"], whole[0]["incoterm"]) == ("20", {"code": "DAP", "place": "Bremen"})
    for seller, _, _ in items:
        for one in mine:
            assert (await seller.get(f"/v1/inquiries/{one['id']}")).status_code == 404
    assert _inquiries(owner) == 2


async def test_one_inquiry_for_all_is_sent_when_its_button_is_pressed(market: Market, owner: Owner) -> None:
    buyer = await with_password(market, "buyer")
    items = await _two_suppliers(market)
    async with reading(market, buyer) as reader:
        for _, product_id, variant_id in items:
            await reader.collect(product_id, variant_id)
        changed = {f"quantity.{items[0][2]}": "500"}
        form = await _form(reader, market, together="yes", act="send", **changed)
        answer = await reader.post("/en/basket/inquiry", form)
        assert answer.status_code == 303, answer.text
        page = (await reader.get(answer.headers["location"])).text
        assert "PIN-0" in page and "PIN-1" in page and "500" in page
        # The same form again is the same inquiry.
        again = await reader.post("/en/basket/inquiry", form)
        assert (again.status_code, again.headers["location"]) == (303, answer.headers["location"])
    assert _inquiries(owner) == 1
    mine = (await buyer.get("/v1/inquiries")).json()["items"]
    assert [(one["state"]["code"], one["invited"]) for one in mine] == [("published", 2)]


async def test_a_draft_is_sent_later(market: Market) -> None:
    buyer = await with_password(market, "buyer")
    _, product_id, variant_id = (await _two_suppliers(market))[0]
    async with reading(market, buyer) as reader:
        await reader.collect(product_id, variant_id)
        draft = (await reader.post("/en/basket/inquiry", await _form(reader, market))).headers["location"]
        hidden = await reader.hidden(draft)
        assert (await reader.post(f"{draft}/publication", {**hidden, "form_token": "x"})).status_code == 403
        sent = await reader.post(f"{draft}/publication", hidden)
        assert (sent.status_code, sent.headers["location"]) == (303, draft)
        inquiry_id = draft.rpartition("/")[2]
        assert (await buyer.get(f"/v1/inquiries/{inquiry_id}")).json()["state"]["code"] == "published"


async def test_what_is_wrong_is_said_and_nothing_is_written(market: Market, owner: Owner) -> None:
    buyer = await with_password(market, "buyer")
    _, product_id, variant_id = (await _two_suppliers(market))[0]
    async with reading(market, buyer) as reader:
        await reader.collect(product_id, variant_id)
        wrong: list[dict[str, str]] = [
            {"closes_on": ""}, {"closes_on": "soon"}, {"required_on": "never"}, {"incoterm": "XXX"}, {"title": ""},
            {"incoterm_place": ""}, {"currency": "ZZZ"}, {"title": "x" * 300}, {"required_on": "2020-01-01"},
        ]  # fmt: skip
        for change in wrong:
            form = await _form(reader, market, **change)
            answer = await reader.post("/en/basket/inquiry", form)
            assert answer.status_code == 422, change
            assert 'role="alert"' in answer.text and "Nitrided, please." in answer.text
            assert "partingline-basket" in reader.http.cookies
            # The form may be corrected under the same key.
            assert _inquiries(owner) == 0
        fixed = await reader.post("/en/basket/inquiry", {**form, "required_on": ""})
        assert fixed.status_code == 303
    assert _inquiries(owner) == 1


async def test_who_may_not_changes_nothing(market: Market, owner: Owner) -> None:
    """Nobody, a colleague without the permission, a firm that does not buy, and a form without its token or key."""
    buyer = await with_password(market, "buyer")
    viewer = await with_password(market, "buyer", as_=("viewer",))
    seller = await with_password(market, "supplier")
    _, product_id, variant_id = (await _two_suppliers(market))[0]
    async with reading(market) as nobody:
        await nobody.collect(product_id, variant_id)
        answer = await nobody.post("/en/basket/inquiry", {f"quantity.{variant_id}": "77", "act": "send"})
        assert answer.status_code == 303 and answer.headers["location"].startswith("/en/sign-in")
        assert 'value="77"' in (await nobody.get("/en/basket")).text
    for person in (viewer, seller):
        async with reading(market, person) as reader:
            await reader.collect(product_id, variant_id)
            answer = await reader.post("/en/basket/inquiry", await _form(reader, market))
            assert answer.status_code == 403
            assert "partingline-basket" in reader.http.cookies
    async with reading(market, buyer) as reader:
        await reader.collect(product_id, variant_id)
        form = await _form(reader, market)
        assert (await reader.post("/en/basket/inquiry", {**form, "form_token": ""})).status_code == 403
        assert (await reader.post("/en/basket/inquiry", {**form, "key": ""})).status_code == 400
    assert _inquiries(owner) == 0
    saved = owner.execute("SELECT count(*) FROM idempotency_answers WHERE route LIKE '%basket%'").fetchone()
    assert saved == (0,)


async def test_others_find_no_inquiry(market: Market, owner: Owner) -> None:
    """Another organization and an invited supplier get 404; a colleague who may not send gets 403."""
    buyer = await with_password(market, "buyer")
    stranger = await with_password(market, "buyer", "supplier")
    invited, product_id, variant_id = (await _two_suppliers(market))[0]
    async with reading(market, buyer) as reader:
        await reader.collect(product_id, variant_id)
        address = (await reader.post("/en/basket/inquiry", await _form(reader, market))).headers["location"]
        key = (await reader.hidden(address))["key"]
    before: Any = owner.execute("SELECT state, version FROM inquiries").fetchall()
    async with reading(market) as nobody:
        assert (await nobody.get(address)).status_code == 303
        assert (await nobody.post(f"{address}/publication", {"key": key})).status_code == 303
    async with reading(market, stranger) as reader:
        assert (await reader.get(address)).status_code == 404
        hidden = await reader.hidden("/en/inquiries")
        assert (await reader.post(f"{address}/publication", {**hidden, "key": key})).status_code == 404
    assert owner.execute("SELECT state, version FROM inquiries").fetchall() == before
    assert invited.firm.roles == ("supplier",)


async def test_the_list_asks_as_often_for_many_as_for_one(market: Market) -> None:
    from tests.statements import count_statements

    buyer = await with_password(market, "buyer")
    _, product_id, variant_id = (await _two_suppliers(market))[0]
    async with reading(market, buyer) as reader:

        async def draft() -> None:
            await reader.collect(product_id, variant_id)
            answer = await reader.post("/en/basket/inquiry", await _form(reader, market))
            assert answer.status_code == 303

        await draft()
        with count_statements(market.db) as one:
            await reader.get("/en/inquiries")
        for _ in range(20):
            await draft()
        with count_statements(market.db) as many:
            page = await reader.get("/en/inquiries")
        assert len(many) == len(one)
        assert page.text.count("<tr>") == 21 and 'class="next"' in page.text
