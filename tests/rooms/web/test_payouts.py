"""Payment methods and payouts at the storefront: saved, chosen, removed; owed, waiting with reasons, sent, set off."""

import re

from tests.market import Market
from tests.rooms.backoffice.browser import given_password, with_password
from tests.rooms.finance.payouts import calendar, day_of_payouts, owed, refunded
from tests.rooms.web.forms import buttons, press, shut_to_others, text_of, whole_in_every_language
from tests.rooms.web.reader import Outline, reading


async def test_payment_methods_are_saved_chosen_and_removed(market: Market) -> None:
    buyer = await with_password(market, "buyer")
    viewer = await given_password(market, await market.member(buyer.firm, "viewer"))
    path = "/en/payment-methods"
    async with reading(market, buyer) as reader:
        assert "Nothing is saved yet." in await text_of(reader, path)
        status, page = await press(reader, path, "begin", kinds="bank_transfer")
        assert status == 422
        for kind, token in (("card", "tok_visa"), ("bank_debit", "tok_sepa_debit")):
            status, page = await press(reader, path, "begin", kinds=kind)
            link = next(one["href"] for one in Outline(page).all("a") if one.get("rel") == "noreferrer")
            assert status == 200 and link.endswith(f"/en/payment-methods?given={token}")
            page = (await reader.get(link)).text
            assert f'value="{token}"' in page and {"add", "begin"} <= set(buttons(page))
        await whole_in_every_language(reader, "/payment-methods?given=tok_visa")
        for token, said in (("4242424242424242", "token-fault"), ("tok_declined_when_saved", "It was not saved.")):
            status, page = await press(reader, path, "add", token=token)
            assert status == 422 and said in page and f'value="{token}"' in page, token
        for token in ("tok_visa", "tok_mastercard"):
            assert await press(reader, path, "add", token=token) == (303, path)
        page = (await reader.get(path)).text
        ids = re.findall(r'name="method" value="([0-9a-f-]+)"', page)
        assert len(ids) == 2 and buttons(page).count("default") == 1 and "default" in await text_of(reader, path)
        assert (await press(reader, path, "default", method=ids[0]))[0] == 303
        assert (await press(reader, path, "remove", method=ids[0]))[0] == 303
        assert "4242" in await text_of(reader, path) and "4444" not in await text_of(reader, path)
        status, page = await press(reader, path, "remove", method=ids[0])
        assert status == 404
        await whole_in_every_language(reader, "/payment-methods")
    async with reading(market, viewer) as reader:
        assert (await reader.get(path)).status_code == 403
        assert (await press(reader, path, "add", page="/en/orders", token="tok_visa"))[0] == 403
        assert (await press(reader, path, "begin", page="/en/orders", kinds="card"))[0] == 403
        assert (await press(reader, path, "remove", page="/en/orders", method=ids[1]))[0] == 403
        assert "/payment-methods" not in (await reader.get("/en/orders")).text
    async with reading(market, await with_password(market, "buyer")) as reader:
        assert (await press(reader, path, "remove", method=ids[1]))[0] == 404


async def test_what_is_owed_waits_with_reasons_and_is_sent(market: Market) -> None:
    supplier = await with_password(market, "supplier")
    viewer = await given_password(market, await market.member(supplier.firm, "viewer"))
    path = "/en/payouts"
    one = await owed(market, supplier, 50_000)
    async with reading(market, supplier) as reader:
        text = await text_of(reader, path)
        assert "€500.00" in text and "Open your payout account" in text and "There are none yet." in text
        assert (await press(reader, path, "onboard"))[0] == 404
        assert await press(reader, path, "open") == (303, path)
        status, page = await press(reader, path, "onboard")
        link = next(one["href"] for one in Outline(page).all("a") if one.get("rel") == "noreferrer")
        assert status == 200 and link.startswith("http")
        wrong = {"rhythm": "monthly", "month_day": "31", "least": "10"}
        status, page = await press(reader, path, "calendar", **wrong)
        assert status == 422 and 'id="month-day-fault"' in page and 'value="31"' in page
        status, page = await press(reader, path, "calendar", rhythm="daily", least="x")
        assert status == 422 and 'id="least-fault"' in page
        assert (await press(reader, path, "calendar", rhythm="weekly", weekday="3", least="1000"))[0] == 303
        text = await text_of(reader, path)
        assert "Every week" in text and "less than the least amount" in text
        stale = {**await reader.hidden(path), "act": "calendar", "rhythm": "daily", "least": "0", "version": "1"}
        assert (await reader.post(path, stale)).status_code == 412
        await whole_in_every_language(reader, "/payouts")
    await calendar(supplier)
    await day_of_payouts(market)
    market.move_clock(days=-8)
    await refunded(market, supplier, one, 20_000)
    async with reading(market, supplier) as reader:
        page = (await reader.get(path)).text
        found = re.search(r'href="(/en/payouts/[0-9a-f-]+)"', page)
        assert found, page
        text = await text_of(reader, found[1])
        assert "€500.00" in text and "What it is made of" in text
        await whole_in_every_language(reader, found[1].removeprefix("/en"))
    await shut_to_others(market, await with_password(market, "supplier"), found[1])
    async with reading(market, viewer) as reader:
        assert (await reader.get(path)).status_code == 403 and path not in (await reader.get("/en/orders")).text
        assert (await press(reader, path, "open", page="/en/orders"))[0] == 403
