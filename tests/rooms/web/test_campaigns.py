"""Pooled purchasing at the storefront: who sees what, that a form acts once, what is refused, and what comes of it."""

import re
from decimal import Decimal
from urllib.parse import quote

import psycopg
import pytest
from starlette.datastructures import FormData

from app.kit.locales import LOCALES
from app.pooling import board
from app.web.assets import assets
from app.web.pooled import Reading, decimal_of, minor_of, proofs, time_left
from tests.market import Market
from tests.rooms.backoffice.browser import with_password
from tests.rooms.parties.test_approvals import make_rule
from tests.rooms.pooling.auctions import bidding
from tests.rooms.pooling.campaigns import committed, frozen, offered, opened, published_form
from tests.rooms.pooling.streams import listening
from tests.rooms.warehousing.stock import made
from tests.rooms.web.reader import Outline, Reader, main_text, reading
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]


async def _send(reader: Reader, path: str, *, hidden_of: str | None = None, **fields: str) -> tuple[int, str, str]:
    """Fill in the form of a page; (status, where it leads, the page)."""
    hidden = await reader.hidden(hidden_of or path)
    answer = await reader.post(path.partition("?")[0], {**hidden, **fields})
    return answer.status_code, answer.headers.get("location", ""), answer.text


async def _given_a_card(reader: Reader, home: str, path: str) -> tuple[str, str]:
    """Press the button of a commitment's page that leads to the payment provider: (the way back, where one is led from there)."""
    answer = await reader.post(f"{home}/card", await reader.hidden(path))
    assert answer.status_code == 200, answer.text
    links = Outline(answer.text).all("a")
    there = next(one["href"] for one in links if one.get("rel") == "noreferrer")
    here = next(one["href"] for one in links if str(one.get("href", "")).startswith(f"{home}/commitments/"))
    return here, str(there)[str(there).index("/en/") :]


async def test_a_shop_commits_changes_its_mind_and_reads_what_came_of_it(market: Market, owner: Owner) -> None:
    lead = await market.people("buyer")
    shop = await with_password(market, "buyer")
    maker = await with_password(market, "supplier")
    campaign = await opened(market, lead)
    home, first = f"/en/campaigns/{campaign['id']}", campaign["items"][0]["id"]
    new = f"{home}/commitments/new?item={first}"
    async with reading(market, shop) as reader:
        listed = await reader.get("/en/campaigns")
        assert campaign["number"] in listed.text and "in 11 minutes" in listed.text
        page = await reader.get(home)
        assert f'data-stream="{home}/progress"' in page.text and "500 kg more until €450.00 a lot" in page.text
        assert '<progress aria-label="Pooled, towards the next price tier" max="5" value="0">' in page.text

        values = {"quantity": "600", "limit": "460.5", "place": "DEHAM", "reference": "our 4711"}
        form = {**await reader.hidden(new), **values, "act": "save"}
        answer = await reader.post(f"{home}/commitments/new", form)
        assert answer.status_code == 303, answer.text
        there = answer.headers["location"]
        assert re.fullmatch(rf"{home}#[0-9a-f-]{{36}}", there)
        again = await reader.post(f"{home}/commitments/new", form)
        assert (again.status_code, again.headers["location"]) == (303, there)
        assert owner.execute("SELECT count(*) FROM commitments").fetchone() == (1,)
        assert owner.execute("SELECT limit_minor FROM commitment_limits").fetchone() == (46050,)
        page = await reader.get(home)
        assert "You save so far: €420.00" in page.text and "our 4711" in page.text and "€460.50" in page.text

        own = f"{home}/commitments/{there.rpartition('#')[2]}"
        status, _, text = await _send(reader, own, quantity="650", limit="a lot", place="DEHAM")
        assert status == 422 and 'value="650"' in text and 'role="alert"' in text
        assert "Give an amount as a number, with 2 decimals at most." in text
        status, _, text = await _send(reader, own, quantity="650", limit="455", place="DEHAM")
        assert status == 422 and "The nearest are 600 and 700." in text
        status, _, text = await _send(reader, own, version="0", quantity="700", limit="455", place="DEHAM")
        assert status == 412 and "Somebody changed it" in text
        plates = campaign["items"][1]["id"]
        instead = {
            "substitute_item_id": plates, "substitute_quantity": "200", "substitute_limit": "300",
        }  # fmt: skip
        status, _, text = await _send(reader, own, quantity="700", limit="455", place="DEHAM", **instead)
        assert status == 303, text
        shown = (await reader.get(own)).text
        assert 'value="700"' in shown and 'value="455.00"' in shown and f'value="{plates}" selected' in shown
        double = await _send(reader, f"{home}/commitments/new", quantity="100", limit="455", place="DEHAM")
        assert double[0] == 409 and "You have a commitment" not in double[2] and "Change that one" in double[2]
        status, _, text = await _send(reader, own, act="withdraw")
        assert status == 303
        assert "Withdrawn" in (await reader.get(home)).text
        assert "Nothing can be changed here any more." in (await reader.get(own)).text
        status, there, _ = await _send(reader, new, quantity="600", limit="450", place="DEHAM")
        assert status == 303

        async with reading(market, maker) as seller:
            assert "Make a sealed offer" in (await seller.get(home)).text
            tiers = {
                f"{first}.from.0": "100",
                f"{first}.price.0": "440",
                f"{first}.from.2": "500",
                f"{first}.price.2": "400",
            }
            rest = {f"{first}.capacity": "3000", f"{first}.days": "21", f"{first}.freight.DEHAM": "10"}
            status, _, text = await _send(seller, f"{home}/offer", **{**tiers, **rest, f"{first}.price.2": "x"})
            assert status == 422 and 'value="3000"' in text
            status, _, text = await _send(seller, f"{home}/offer", **tiers, **{**rest, f"{first}.days": ""})
            assert status == 422, text
            status, place, text = await _send(seller, f"{home}/offer", act="save", **tiers, **rest)
            assert (status, place) == (303, f"{home}#offer"), text
            assert "€400.00" in (await seller.get(home)).text
            assert 'value="400.00"' in (await seller.get(f"{home}/offer")).text
            assert "€400.00" not in (await reader.get(home)).text
            status, *_ = await _send(seller, f"{home}/offer", act="withdraw")
            assert status == 303
            status, *_ = await _send(seller, f"{home}/offer", act="save", **tiers, **rest)
            assert status == 303

            await frozen(market)
            text = main_text((await reader.get(home)).text)
            assert "Served: 600 kg for €2,460.00" in text and "6 lots are bought for €2,460.00" in text
            assert "Quantity served, in lots 6 6 0" in text
            assert "data-stream" not in (await reader.get(home)).text
            assert "What is bought of you" in (await seller.get(home)).text
            assert "What is bought of you" not in text
        file = await reader.get(f"{home}/certificate.json")
        assert file.headers["content-disposition"].startswith("attachment") and file.json()["campaign"]["seed"]
        assert file.json()["clearings"][0]["inputs_sha256"] and "limit" not in file.text
        late = {"item_id": first, "quantity": "100", "limit": "500", "place": "DEHAM", "key": "late"}
        status, _, text = await _send(reader, f"{home}/commitments/new", hidden_of="/en/campaigns", **late)
        assert status == 409 and "were taken until" in text and '<form method="post">' not in text
        assert "Frozen and ended campaigns" in (await reader.get("/en/campaigns")).text


async def test_a_deposit_is_asked_for_and_paid_otherwise_when_it_was_declined(market: Market) -> None:
    lead, shop = await market.people("buyer"), await with_password(market, "buyer")
    campaign = await opened(market, lead, deposit_pct="10")
    home = f"/en/campaigns/{campaign['id']}"
    form = {"quantity": "600", "limit": "460", "place": "DEHAM"}
    async with reading(market, shop) as reader:
        assert "Give it first" in (await reader.get(f"{home}/commitments/new")).text
        here, there = await _given_a_card(reader, home, f"{home}/commitments/new")
        assert there == f"{here}&given=tok_visa" and f"{home}/commitments/new?item=" in here
        assert 'name="payment_method" value="tok_visa"' in (await reader.get(there)).text
        assert 'name="payment_method"' not in (await reader.get(f"{here}&given=4242424242424242")).text
        status, _, text = await _send(reader, f"{home}/commitments/new", **form)
        assert status == 422 and "This campaign takes a deposit." in text
        card = {"payment_method": "4242424242424242"}
        status, _, text = await _send(reader, f"{home}/commitments/new", **form, **card)
        assert status == 422 and card["payment_method"] not in text
        token = {"payment_method": "tok_declined"}
        status, there, text = await _send(reader, f"{home}/commitments/new", **form, **token)
        assert status == 303, text
        await market.work()
        page = await reader.get(home)
        assert "Pay otherwise" in page.text and "€276.00" in page.text
        own = f"{home}/commitments/{there.rpartition('#')[2]}"
        assert await _given_a_card(reader, home, own) == (own, f"{own}?given=tok_visa")
        assert 'value="default"' not in (await reader.get(own)).text
        status, _, text = await _send(reader, own, act="default")
        assert status == 409 and "Whoever is served and whose deposit was declined" in text
        page = (await reader.get(f"{own}?given=tok_visa")).text
        assert "Pay with the card that you have given" in page
        status, *_ = await _send(reader, f"{own}?given=tok_visa", act="pay")
        assert status == 303
        await market.work()
        assert "Pay otherwise" not in (await reader.get(home)).text
        status, _, text = await _send(reader, own, act="pay", payment_method="tok_visa")
        assert status == 409


async def test_suppliers_bid_on_the_same_page(market: Market) -> None:
    lead, maker = await market.people("buyer"), await with_password(market, "supplier")
    campaign = await bidding(market, lead)
    home, first = f"/en/campaigns/{campaign['id']}", campaign["items"][0]["id"]
    async with reading(market, maker) as seller:
        page = await seller.get(home)
        assert "Suppliers bid until" in page.text and "Make a bid" in page.text and "Commit to it" not in page.text
        bid = {
            f"{first}.from.0": "100", f"{first}.price.0": "440", f"{first}.capacity": "3000", f"{first}.days": "21",
            f"{first}.freight.DEHAM": "10", f"{first}.freight.ESBCN": "20",
        }  # fmt: skip
        status, _, text = await _send(seller, f"{home}/offer", act="save", **bid)
        assert status == 303, text
        assert re.search(r"Your rank.*€453\.34.*€453\.34", main_text((await seller.get(home)).text))
        status, _, text = await _send(seller, f"{home}/offer", act="save", **bid)
        assert status == 422 and 'role="alert"' in text and 'value="withdraw"' not in text


async def test_who_may_not_finds_and_changes_nothing(market: Market, owner: Owner) -> None:
    lead, other = await market.people("buyer"), await market.people("buyer")
    shop, viewer = await with_password(market, "buyer"), await with_password(market, "buyer", as_=("viewer",))
    campaign = await opened(market, lead)
    draft = await made(lead, "/v1/campaigns", {**published_form(market), "led_as": "buyer", "items": [
        {"title": "Pins", "specification": "DIN 1530", "lot_quantity": "1", "unit": "H87"}]})  # fmt: skip
    standing = await committed(campaign, other)
    home = f"/en/campaigns/{campaign['id']}"
    async with reading(market) as nobody:
        for path in ("/en/campaigns", home, f"{home}/offer", f"{home}/progress"):
            answer = await nobody.get(path)
            assert (answer.status_code, "/sign-in?next=" in answer.headers["location"]) == (303, True)
        assert (await nobody.get(f"/campaigns/{campaign['id']}")).headers["location"] == home
        answer = await nobody.post(f"{home}/commitments/new", {"key": "1"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/en/sign-in?next={quote(home, safe='')}")
    async with reading(market, shop) as reader:
        for path in (
            f"/en/campaigns/{draft['id']}",
            f"{home}/commitments/{standing['id']}",
            f"{home}/certificate.json",
        ):
            assert (await reader.get(path)).status_code == 404
        hidden = await reader.hidden(f"{home}/commitments/new")
        theirs = await reader.post(f"{home}/commitments/{standing['id']}", {**hidden, "act": "withdraw"})
        assert theirs.status_code == 404
        good = {**hidden, "quantity": "100", "limit": "460", "place": "DEHAM"}
        assert (await reader.post(f"{home}/commitments/new", {**good, "form_token": "x"})).status_code == 403
        assert (await reader.post(f"{home}/commitments/new", {**good, "key": ""})).status_code == 400
        assert (await reader.post(f"{home}/offer", {**hidden, "act": "save"})).status_code in (403, 422)
        strange = {"quantity": "1e99999", "limit": "NaN", "place": "x" * 300, "item_id": "none", "reference": "\x01"}
        assert (await reader.post(f"{home}/commitments/new", {**good, **strange})).status_code == 422
        assert (await reader.post(f"{home}/commitments/new", good)).status_code == 303
    async with reading(market, viewer) as reader:
        assert "Commit to it" not in (await reader.get(home)).text
        hidden = await reader.hidden("/en/campaigns")
        form = {**hidden, "key": "k", "item_id": campaign["items"][0]["id"], "quantity": "100", "limit": "460"}
        assert (await reader.post(f"{home}/commitments/new", {**form, "place": "DEHAM"})).status_code == 403
    assert owner.execute("SELECT count(*), sum(lots) FROM commitments").fetchone() == (2, 4)


async def test_the_page_is_told_what_changes(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "LOOK_S", 0.05)
    market.app.state.settings = market.settings.model_copy(update={"stream_seconds": 60})
    lead, shop = await market.people("buyer"), await with_password(market, "buyer", locale="de")
    campaign = await opened(market, lead)
    first = campaign["items"][0]["id"]
    async with reading(market, shop) as reader:
        page = (await reader.get(f"/de/campaigns/{campaign['id']}")).text
        cookies = "; ".join(f"{name}={value}" for name, value in reader.http.cookies.items())
        path = f"/de/campaigns/{campaign['id']}/progress"
        async with listening(market.app, path, {"cookie": cookies}) as stream:
            assert stream.status == 200 and "set-cookie" not in stream.headers
            before = await stream.event()
            ids = set(re.findall(r'id="([^"]+)"', before["data"]))
            assert ids == {"state", "left", *(f"pooled-{item['id']}" for item in campaign["items"])}
            assert all(f'id="{one}"' in page for one in ids)
            await committed(campaign, shop, 600, 46000)
            told = (await stream.event())["data"]
            assert f'id="pooled-{first}" data-tier="45000"' in told and "600 kg" in told and "420,00" in told
            market.move_clock(minutes=11)
            assert 'data-left="0"' in (await stream.event())["data"]
            assert await stream.rest() == []


async def test_pages_are_small_and_ask_as_often_however_much_there_is(market: Market) -> None:
    weight = sum(len(assets()[name].content) for name in ("storefront.css", "storefront.js"))
    lead, shop = await market.people("buyer"), await with_password(market, "buyer")
    maker = await market.people("supplier")
    campaign = await opened(market, lead)
    home = f"/ar/campaigns/{campaign['id']}"
    await committed(campaign, shop)
    async with reading(market, shop) as reader:
        asked = []
        for _ in range(2):
            for path in ("/ar/campaigns", home):
                with count_statements(market.db) as seen:
                    page = await reader.get(path)
                assert page.status_code == 200 and len(page.content) + weight < 50_000
                asked.append(len(seen))
            if len(asked) == 2:
                await opened(market, lead)
                await committed(campaign, shop, place="ESBCN")
                await offered(campaign, maker)
        assert asked[:2] == asked[2:]


async def test_a_commitment_that_awaits_approval_is_shown_as_such_and_may_still_be_changed(market: Market) -> None:
    lead, shop = await market.people("buyer"), await with_password(market, "buyer")
    approver = await market.member(shop.firm, "approver")
    await make_rule(shop, approver, subject_kind="order", above_minor=100_000, currency="EUR")
    campaign = await opened(market, lead)
    waits = await committed(campaign, shop, 600, 47000)
    assert waits["state"]["code"] == "awaiting"
    home = f"/en/campaigns/{campaign['id']}"
    own = f"{home}/commitments/{waits['id']}"
    async with reading(market, shop) as reader:
        page = (await reader.get(home)).text
        assert f'href="{own}"' in page and "Awaiting approval" in main_text(page)
        assert "Change the commitment" in (await reader.get(own)).text
        # What nobody need be asked about stands at once.
        less = {"quantity": "200", "limit": "460", "place": "DEHAM", "reference": "", "act": "save"}
        status, _, text = await _send(reader, own, **less)
        assert status == 303, text
        page = (await reader.get(home)).text
        assert "Awaiting approval" not in main_text(page) and 'value="200' in (await reader.get(own)).text
        status, _, text = await _send(reader, own, **less | {"quantity": "700"})
        assert status == 303, text
        assert "Awaiting approval" in main_text((await reader.get(home)).text)
    asked = (await shop.get(f"/v1/commitments/{waits['id']}")).json()["approval_id"]
    assert (await approver.post(f"/v1/approvals/{asked}/reject", json={"comment": "Too much."})).status_code == 200
    await market.work()
    async with reading(market, shop) as reader:
        page = main_text((await reader.get(home)).text)
        assert "Not approved" in page and f'href="{own}"' not in page
        assert "Nothing can be changed here any more." in (await reader.get(own)).text


def test_numbers_as_people_type_them() -> None:
    assert (minor_of("460.5", 2), minor_of("460,50", 2), minor_of("460", 0)) == (46050, 46050, 460)
    assert (minor_of("٤٦٠٫٥", 2), minor_of("４６０．５", 2)) == (46050, 46050)
    # Fifteen hundred to whoever writes thousands with a point: a bid binds.
    for text in ("1.500", "1,500", "460.505", "", "NaN", "1e400", "Infinity", "--1", "1e-30"):
        assert minor_of(text, 2) is None, text
    assert decimal_of("1e5") == Decimal(100000)
    form = Reading(FormData([("q", "1.500"), ("r", "2,5")]), 2)
    whole, half = ({"lot": {"value": value}} for value in ("100.000", "0.5"))
    assert (form.number("q", "/q", whole), form.number("r", "/r", half)) == (None, Decimal("2.5"))
    assert form.errors[0].params == {"decimals": 0}
    form = Reading(FormData([("a", "x\x00")]), 2)
    assert (form.text("a"), form.amount("b", "/b", 0), form.amount("a", "/a")) == ("x", 0, None)
    assert [one.pointer for one in form.errors] == ["/a"]


def test_time_left_and_proofs_are_words_in_every_language() -> None:
    assert [time_left(seconds, "en") for seconds in (1, 90, 7199, 7200, 3 * 86400)] == [
        "in 1 second", "in 90 seconds", "in 120 minutes", "in 2 hours", "in 3 days",
    ]  # fmt: skip
    assert len({time_left(3 * 86400, locale) for locale in LOCALES}) >= len(LOCALES) - 1
    part = {"aims": [{"aim": "lots", "value": 6, "bound": "6.03"}, {"aim": "drawn", "value": 1, "bound": "1"}]}
    found = proofs({"certificate": [part, part]}, "EUR", "de")
    assert [(one.reached, one.bound, one.gap_pct) for one in found] == [("12", "12", "0,5")]
