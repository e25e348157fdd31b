"""Financing at the storefront: a milestone is offered, quoted for, assigned and its advance paid."""

import re

from app.finance.facade import Evidence
from tests.market import Market
from tests.rooms.backoffice.browser import given_password, with_password
from tests.rooms.finance.schedules import opened_by_a_deal
from tests.rooms.warehousing.stock import made
from tests.rooms.web.forms import buttons, press, shut_to_others, text_of, whole_in_every_language
from tests.rooms.web.reader import reading


async def test_a_milestone_is_offered_quoted_assigned_and_funded(market: Market) -> None:
    supplier, financier = await with_password(market, "supplier"), await with_password(market, "financier")
    split = ((4000, Evidence.ORDER_ACKNOWLEDGED), (6000, Evidence.BILL_OF_LADING))
    paid = await opened_by_a_deal(market, supplier=supplier, split=split)
    viewer = await given_password(market, await market.member(financier.firm, "viewer"))
    form = f"/en/payment-milestones/{paid.milestones[0]}/financing"
    async with reading(market, supplier) as reader:
        assert "You offer nothing now." in await text_of(reader, "/en/financing")
        later = f"/en/payment-milestones/{paid.milestones[1]}/financing"
        assert "Only a milestone that is accepted" in await text_of(reader, later)
        chosen = {"financier": str(financier.firm.id)}
        status, page = await press(reader, form, "offer", open_days="90", **chosen)
        assert status == 422 and 'id="open-days-fault"' in page and 'value="90"' in page
        assert f'value="{financier.firm.id}" checked' in page
        status, offer = await press(reader, form, "offer", open_days="7", buyer_size="small", **chosen)
        assert status == 303, offer
        assert (await press(reader, form, "offer", open_days="7"))[0] == 409
        await whole_in_every_language(reader, "/financing", form.removeprefix("/en"), offer.removeprefix("/en"))
    async with reading(market, viewer) as reader:
        assert offer in (await reader.get("/en/financing")).text
        assert not buttons((await reader.get(offer)).text)
        quote = {"rate": "9", "advance": "80", "recourse": "1", "open_days": "7"}
        assert (await press(reader, offer, "quote", **quote))[0] == 403
    async with reading(market, financier) as reader:
        text = await text_of(reader, offer)
        assert "€400.00" in text and "Germany" in text and "10 to 49 people" in text
        status, page = await press(reader, offer, "quote", **{**quote, "fee": "5"})
        assert status == 422 and 'id="rate-fault"' in page
        status, page = await press(reader, offer, "quote", **{**quote, "advance": "much"})
        assert status == 422 and 'id="advance-fault"' in page and 'value="much"' in page
        assert (await press(reader, offer, "quote", **quote))[0] == 303
        page = (await reader.get(offer)).text
        assert "€320.00" in page and buttons(page) == ["withdraw_quote"]
        assert (await press(reader, offer, "withdraw"))[0] == 404
    async with reading(market, supplier) as reader:
        page = (await reader.get(offer)).text
        accepted = re.search(r'name="quote" value="([0-9a-f-]+)"', page)
        assert accepted and {"accept", "withdraw"} == set(buttons(page)) and "cannot be undone" in page
        status, path = await press(reader, offer, "accept", quote=accepted[1])
        assert status == 303 and path.startswith("/en/financing/"), path
        assert not buttons((await reader.get(path)).text)
        assert (await press(reader, path, "fund", way="method"))[0] == 404
    async with reading(market, financier) as reader:
        status, page = await press(reader, path, "fund", way="method")
        assert status == 422 and "save a payment method first" in page
        await made(financier, "/v1/payment-methods", {"token": "tok_visa"})
        assert (await press(reader, path, "fund", way="method"))[0] == 303
        await market.work()
        text = await text_of(reader, path)
        assert "Running" in text and "€320.00" in text and "Paid out on" in text
        assert path in (await reader.get("/en/financing")).text
        await whole_in_every_language(reader, "/financing", path.removeprefix("/en"))
    await shut_to_others(market, await with_password(market, "supplier"), path, form, offer)
