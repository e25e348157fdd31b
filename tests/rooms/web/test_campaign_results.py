"""What came of a campaign at the storefront: orders, deposits, deliveries, framework orders, certificates of all rounds, and an
auction as it goes."""

import re

import pytest

from app.kit.jobs import Runtime
from app.pooling import board
from app.pooling.auctions.jobs import end_auctions
from app.pooling.deposits.limits import PAY_HOURS
from app.pooling.jobs import resume
from tests.market import Market
from tests.rooms.backoffice.browser import given_password, with_password
from tests.rooms.pooling.auctions import bid, bidding
from tests.rooms.pooling.campaigns import committed, frozen, offered, opened
from tests.rooms.pooling.streams import listening
from tests.rooms.web.forms import press, whole_in_every_language
from tests.rooms.web.reader import Reader, main_text, reading
from tests.statements import count_statements

SHIPPED = {"mode": "sea_fcl", "load": "CNNGB", "discharge": "NLRTM", "ready_on": "2027-01-15"}


async def _text(reader: Reader, path: str) -> str:
    page = await reader.get(path)
    assert page.status_code == 200, page.text
    return main_text(page.text)


async def test_everybody_finds_his_part_of_what_was_ordered(market: Market) -> None:
    lead, shop = await with_password(market, "buyer"), await with_password(market, "buyer")
    maker, other = await with_password(market, "supplier"), await market.people("buyer")
    small, large = await opened(market, lead, deposit_pct="10"), await opened(market, lead, deposit_pct="10")
    token = {"payment_method": "tok_visa"}
    await committed(small, shop, 600, 47000, **token)
    for place in ("DEHAM", "ESBCN"):
        await committed(large, shop, 600, 47000, place=place, reference=f"for {place}", **token)
        await committed(large, other, 300, 47000, place=place, **token)
    await committed(small, other, 300, 20000, **token)
    await market.work()
    for campaign in (small, large):
        await offered(campaign, maker)
    await frozen(market)
    paths = [f"/en/campaigns/{one['id']}" for one in (small, large)]
    asked = []
    async with reading(market, shop) as reader:
        assert "Orders and delivery" in await _text(reader, paths[0])
        for path in paths:
            with count_statements(market.db) as seen:
                text = await _text(reader, f"{path}/orders")
            asked.append(len(seen))
        assert "Framework orders" not in text and text.count("The supplier has not planned the shipment yet.") == 2
        assert "6 lots of P20+Ni blanks, 200 to 400 mm to Hamburg at" in text and "for ESBCN" in text
        assert "Deposit €282.00 : Paid" in text and re.search(r"Order PO-\d{4}-\d{4} Issued", text)
        orders = [(await maker.get("/v1/framework-orders", params={"of_campaign": one["id"]})).json()["items"][0]
                  for one in (small, large)]  # fmt: skip
        ids, names, read = [one["id"] for one in orders], set(), []
        for order in orders:
            with count_statements(market.db) as seen:
                lines = (await maker.get(order["lines_url"])).json()["items"]
            read.append(len(seen))
            names = {line["member"]["name"] for line in lines}
        pages = (await maker.get(f"{orders[1]['lines_url']}?limit=1")).json()
        assert read[0] == read[1] and len(pages["items"]) == 1 and pages["next_cursor"], read
        assert (await reader.get(f"{paths[0]}/orders/{ids[0]}")).status_code == 404
        sent = await maker.post(f"/v1/framework-orders/{ids[0]}/shipment", json=SHIPPED)
        assert sent.status_code == 201, sent.text
        async with reading(market, maker) as seller:
            order = f"{paths[1]}/orders/{ids[1]}"
            assert f"{order}/shipment" in (await seller.get(order)).text
            status, page = await press(seller, f"{order}/shipment", "ship", **{**SHIPPED, "load": "ningbo"})
            assert status == 422 and 'id="load-fault"' in page and 'value="NLRTM"' in page
            status, page = await press(seller, f"{order}/shipment", "ship", **{**SHIPPED, "discharge": "CNNGB"})
            assert status == 422 and 'id="discharge-fault"' in page
            assert await press(seller, f"{order}/shipment", "ship", **SHIPPED) == (303, order)
            assert "The shipment is planned." in await _text(seller, f"{order}/shipment")
            await whole_in_every_language(seller, f"{order}/shipment".removeprefix("/en"))
        viewer = await given_password(market, await market.member(maker.firm, "viewer"))
        async with reading(market, viewer) as seller:
            assert (await seller.get(f"{order}/shipment")).status_code == 403
        assert (await reader.get(f"{order}/shipment")).status_code == 404
        for path in paths:
            with count_statements(market.db) as seen:
                text = await _text(reader, f"{path}/orders")
            asked.append(len(seen))
        assert text.count("Shared shipment") == text.count("Your share of it") == 2
        assert re.search(r"Shared shipment .* from Ningbo.* to Rotterdam Planned ready from Jan 15, 2027", text)
        arabic = (await reader.get(f"/ar/campaigns/{large['id']}/orders")).text
        assert 'dir="rtl"' in arabic and "\u2068Hamburg\u2069" in arabic
    async with reading(market, maker) as seller:
        assert "Your orders" not in await _text(seller, f"{paths[1]}/orders")
        for path, framework_id in zip(paths, ids, strict=True):
            with count_statements(market.db) as seen:
                text = await _text(seller, f"{path}/orders/{framework_id}")
            asked.append(len(seen))
        assert re.search(r"What goes where.*Hamburg P20.* 900 kg 2 .*To whom", text)
        assert text.count("Planned") == 5 and len(re.findall(r"PO-\d{4}-\d{4}", text)) == 4
        assert (await seller.get(f"{paths[0]}/orders/{ids[1]}")).status_code == 404
    async with reading(market, lead) as reader:
        text = await _text(reader, f"{paths[1]}/orders")
        assert f"{large['number']}/1" in text and "planned" in text and "18 €" in text
        text = await _text(reader, f"{paths[1]}/orders/{ids[1]}")
        assert "The shipment is planned." in text and "To whom" not in text
        assert len(names) == 2 and not [name for name in names if name in text]
    async with reading(market, await with_password(market, "buyer")) as stranger:
        assert "There is nothing of yours here." in await _text(stranger, f"{paths[1]}/orders")
        assert (await stranger.get(f"{paths[1]}/orders/{ids[1]}")).status_code == 404
        assert "Nothing was cleared yet of which you might read." in await _text(stranger, f"{paths[1]}/rounds")
    assert asked[0] == asked[1] and asked[2] == asked[3] and asked[4] == asked[5], asked


async def test_who_does_not_pay_is_told_so_and_all_rounds_are_certified(market: Market) -> None:
    lead, poor = await market.people("buyer"), await with_password(market, "buyer", locale="de")
    waiting, maker = await with_password(market, "buyer"), await market.people("supplier")
    campaign = await opened(market, lead, deposit_pct="10", shortfall="backfill")
    await committed(campaign, lead, 400, 47000, payment_method="tok_visa")
    await committed(campaign, poor, 600, 47000, payment_method="tok_declined_at_capture")
    await committed(campaign, waiting, 500, 46500, payment_method="tok_mastercard")
    await offered(campaign, maker, capacity="1000")
    await market.work()
    home = f"/de/campaigns/{campaign['id']}"
    async with reading(market, waiting) as reader:
        text = await _text(reader, f"/en/campaigns/{campaign['id']}/orders")
        assert "Held" in text and "The amount is held at your bank and taken only if you are served." in text
    await frozen(market)
    async with reading(market, poor) as reader:
        for path in (home, f"{home}/orders"):
            page = (await reader.get(path)).text
            assert 'class="alert"' in page and "Abgelehnt" in page and "können Sie anders zahlen" in page
        own = re.search(rf'href="({home}/commitments/[0-9a-f-]+)"', page)
        assert own
        form = await _text(reader, own[1])
        assert "Karte beim Zahlungsdienstleister angeben" in form and "Hier lässt sich nichts mehr ändern" not in form
    people = [lead, poor, waiting]
    market.move_clock(hours=PAY_HOURS)
    await resume(Runtime(market.settings, market.db, market.clock))
    await market.work()
    lead, poor, waiting = [await market.member(one.firm) for one in people]
    async with reading(market, people[2]) as reader:
        home = f"/en/campaigns/{campaign['id']}"
        text = await _text(reader, f"{home}/rounds")
        assert re.search(r"Round 2 .*Served: 500 kg for .*Round 1 .*Not served Your limit would have done", text)
        assert text.count("Best that could be") == 2
        file = (await reader.get(f"{home}/certificate.json")).json()
        assert [one["round"] for one in file["clearings"]] == [2, 1]
        asked = []
        for shown in (1, 5):
            with pytest.MonkeyPatch.context() as patch, count_statements(market.db) as seen:
                patch.setattr("app.web.routes.campaign_results.ROUNDS_ON_A_PAGE", shown)
                answer = await reader.get(f"{home}/rounds")
            asked.append(len(seen))
            assert ('class="next"' in answer.text) == (shown == 1)
        assert asked[0] == asked[1]
    async with reading(market, people[1]) as reader:
        text = await _text(reader, f"/en/campaigns/{campaign['id']}/orders")
        assert "It was not paid in time, so the campaign was cleared again without this commitment." in text


async def test_an_auction_is_seen_as_it_goes(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "LOOK_S", 0.05)
    market.app.state.settings = market.settings.model_copy(update={"stream_seconds": 60})
    lead, rival, maker = await market.people("buyer"), await market.people("supplier"), None
    campaign = await bidding(market, lead)
    maker, rival = await with_password(market, "supplier"), await market.member(rival.firm)
    home, first = f"/en/campaigns/{campaign['id']}", campaign["items"][0]["id"]
    await bid(campaign, maker, 44000)
    async with reading(market, maker) as reader:
        page = (await reader.get(home)).text
        assert f'data-stream="{home}/progress"' in page and "<noscript>" in page
        cookies = "; ".join(f"{name}={value}" for name, value in reader.http.cookies.items())
        async with listening(market.app, f"{home}/progress", {"cookie": cookies}) as stream:
            assert "no-transform" in stream.headers["cache-control"]
            before = (await stream.event())["data"]
            ids = re.findall(r'id="([^"]+)"', before)
            assert len(ids) == len(set(ids)) and all(f'id="{one}"' in page for one in ids)
            assert {"ends", "to-bid", f"best-{first}", f"rank-{first}"} <= set(ids)
            assert f'{home}/offer"' in before and "data-over" not in before
            await bid(campaign, rival, 43000)
            told = (await stream.event())["data"]
            assert f'id="best-{first}" data-tell="Best bid a lot €406.67"' in told
            assert 'data-tell="Your rank 2">2<' in told and "€416.67" in told
            market.move_clock(minutes=10)
            await end_auctions(Runtime(market.settings, market.db, market.clock))
            last = (await stream.event())["data"]
            assert 'id="state" data-over="1"' in last and f'{home}/offer"' not in last
            assert await stream.rest() == []
        page = (await reader.get(home)).text
        assert "data-stream" not in page and "<noscript>" not in page
        assert f'id="highest_next-{first}">–<' in page
