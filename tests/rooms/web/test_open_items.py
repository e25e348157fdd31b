"""Open items and credit lines at the storefront: both sides, discounts with their last day, payments, limits and what is used."""

import re
from datetime import timedelta

from app.kit.db.engine import Role
from tests.market import Market
from tests.rooms.backoffice.browser import given_password, with_password
from tests.rooms.finance.credit_lines import take
from tests.rooms.finance.invoices import GROSS, paid_somewhere
from tests.rooms.finance.late_payment import rates_known
from tests.rooms.finance.open_items import owed
from tests.rooms.procurement.deals import wait
from tests.rooms.web.forms import buttons, press, shut_to_others, text_of, whole_in_every_language
from tests.rooms.web.reader import reading
from tests.statements import count_statements


async def test_what_is_open_is_read_by_both_and_paid(market: Market) -> None:
    buyer, supplier = await with_password(market, "buyer"), await with_password(market, "supplier")
    viewer = await given_password(market, await market.member(supplier.firm, "viewer"))
    await paid_somewhere(supplier)
    async with reading(market, supplier) as reader:
        assert "Nothing is owed to you here." in await text_of(reader, "/en/open-items")
    item = await owed(market, buyer, supplier, discounts=[{"within_days": 10, "rate_bp": 200}])
    path = f"/en/open-items/{item['id']}"
    async with reading(market, buyer) as reader:
        text = await text_of(reader, "/en/open-items?role=received")
        assert "if paid by" in text and "2" in text and "How long it has been due" in text and "Not overdue" in text
        page = (await reader.get(path)).text
        assert not buttons(page) and "Pay it to the account on the invoice" in page
        assert (await press(reader, path, "payment", amount="1", occurred_on="2026-11-27"))[0] == 404
    async with reading(market, viewer) as reader:
        assert not buttons((await reader.get(path)).text)
        day = market.clock.now().date().isoformat()
        assert (await press(reader, path, "payment", amount="1", occurred_on=day))[0] == 403
    async with reading(market, supplier) as reader:
        assert {"payment", "pause", "write_off"} <= set(buttons((await reader.get(path)).text))
        for wrong, at in (({"amount": "x"}, "amount-fault"), ({"occurred_on": "soon"}, "day-fault")):
            form = {"amount": "100", "occurred_on": day, **wrong}
            status, page = await press(reader, path, "payment", **form)
            assert status == 422 and f'id="{at}"' in page, wrong
        status, page = await press(reader, path, "payment", amount=str(GROSS), occurred_on=day)
        assert status == 409 and 'role="alert"' in page and f'value="{GROSS}"' in page
        status, page = await press(reader, path, "write_off", reason="x")
        assert status == 422 and 'id="off-reason-fault"' in page and 'id="reason-fault"' not in page
        assert (await press(reader, path, "pause", reason="Promised for Monday."))[0] == 303
        assert "Promised for Monday." in await text_of(reader, path)
        assert (await press(reader, path, "resume"))[0] == 303
        assert (await press(reader, path, "payment", amount="100", occurred_on=day, reference="Bank 7"))[0] == 303
        text = await text_of(reader, path)
        assert "Bank 7" in text and "€1,381.05" in text
        await whole_in_every_language(reader, "/open-items", f"/open-items/{item['id']}")
        counted = []
        for _ in range(2):
            with count_statements(market.db, Role.APP) as seen:
                await reader.get("/en/open-items")
            counted.append(len(seen))
            await owed(market, buyer, supplier)
        assert counted[0] == counted[1]
    await shut_to_others(market, await with_password(market, "buyer"), path)


async def test_late_payment_is_claimed_on_the_page_of_its_invoice(market: Market) -> None:
    buyer, supplier = await with_password(market, "buyer"), await with_password(market, "supplier")
    await rates_known(market)
    await paid_somewhere(supplier)
    item = await owed(market, buyer, supplier, terms_days=0)
    path = f"/en/open-items/{item['id']}"
    async with reading(market, supplier) as reader:
        assert "Late payment" not in await text_of(reader, path)
    wait(market, buyer, supplier, days=30)
    async with reading(market, buyer) as reader:
        assert "Late payment" not in await text_of(reader, path)
        assert (await press(reader, path, "claim"))[0] == 404
    async with reading(market, supplier) as reader:
        text = await text_of(reader, path)
        assert "What it has cost you so far" in text and "€40.00" in text and "By law" in text
        await whole_in_every_language(reader, f"/open-items/{item['id']}")
        assert (await press(reader, path, "claim"))[0] == 303
        page = (await reader.get(path)).text
        assert "claim" not in buttons(page) and "claimed on" in page
        [claim] = (await supplier.get("/v1/late-payment-claims")).json()["items"]
        own = f"/en/open-items/{claim['id']}"
        assert {"payment", "write_off", "withdraw"} == set(buttons((await reader.get(own)).text))
        await whole_in_every_language(reader, f"/open-items/{item['id']}", f"/open-items/{claim['id']}")
        status, page = await press(reader, own, "withdraw", reason="x")
        assert status == 422 and 'id="back-reason-fault"' in page
    async with reading(market, buyer) as reader:
        page = (await reader.get(own)).text
        assert not buttons(page) and "they bear no VAT" in page
        assert "claimed on" in await text_of(reader, path)
    async with reading(market, supplier) as reader:
        assert (await press(reader, own, "withdraw", reason="Paid by another account."))[0] == 303
    async with reading(market, buyer) as reader:
        text = await text_of(reader, own)
        assert "Withdrawn" in text and "Paid by another account." in text
    await shut_to_others(market, await with_password(market, "buyer"), own)


async def test_a_supplier_grants_credit_that_a_buyer_sees_used(market: Market) -> None:
    buyer, supplier = await with_password(market, "buyer"), await with_password(market, "supplier")
    viewer = await given_password(market, await market.member(supplier.firm, "viewer"))
    new, until = "/en/credit-lines/new", (market.clock.now() + timedelta(days=90)).date().isoformat()
    terms = {"currency": "EUR", "limit": "5000", "payment_days": "30", "valid_until": until}
    async with reading(market, buyer) as reader:
        assert "There is no credit line yet." in await text_of(reader, "/en/credit-lines")
        refused = await reader.get(new)
        assert refused.status_code == 403 and "{permission}" not in refused.text
    async with reading(market, viewer) as reader:
        assert (await reader.get(new)).status_code == 403
        assert (await press(reader, new, "new", page="/en/orders", buyer=buyer.firm.code, **terms))[0] == 403
    async with reading(market, supplier) as reader:
        status, page = await press(reader, new, "new", buyer="nobody", **terms)
        assert status == 422 and 'id="buyer-fault"' in page and 'value="5000"' in page
        status, page = await press(reader, new, "new", buyer=buyer.firm.code, **{**terms, "limit": "much"})
        assert status == 422 and 'id="limit-fault"' in page
        assert buyer.firm.code in (await reader.get(f"{new}?buyer={buyer.firm.code}")).text
        status, path = await press(reader, new, "new", buyer=buyer.firm.code, **terms)
        assert status == 303, path
        await take(market, supplier, buyer, 120_000)
        text = await text_of(reader, path)
        assert "€1,200.00" in text and "€3,800.00" in text and "Not invoiced yet" in text
        status, page = await press(reader, path, "change", **{**terms, "payment_days": "999"})
        assert status == 422 and 'id="payment-days-fault"' in page and 'value="999"' in page
        assert (await press(reader, path, "change", **{**terms, "limit": "6000"}))[0] == 303
        assert "€4,800.00" in await text_of(reader, path)
        assert (await press(reader, path, "suspend", reason="Overdue since May."))[0] == 303
        assert "resume" in buttons((await reader.get(path)).text)
        await whole_in_every_language(reader, "/credit-lines", "/credit-lines/new", path.removeprefix("/en"))
    async with reading(market, buyer) as reader:
        page = (await reader.get(path)).text
        assert not buttons(page) and "Overdue since May." not in page and "Nothing can be ordered on account" in page
        assert re.search(r"Granted to you", await text_of(reader, "/en/credit-lines?side=buyer"))
        assert (await press(reader, path, "resume"))[0] == 404
    await shut_to_others(market, await with_password(market, "buyer"), path)
