"""Payment by milestones at the storefront: evidence, acceptance, payment, refund and the way to a dispute, without a script."""

import pytest
from pydantic import ValidationError

from app.kit.db.engine import Role
from app.settings import HouseBankAccount
from tests.market import Market
from tests.rooms.backoffice.browser import given_password, with_password
from tests.rooms.documents import samples
from tests.rooms.finance.schedules import paid_order
from tests.rooms.warehousing.stock import made
from tests.rooms.web.forms import buttons, press, shut_to_others, text_of, whole_in_every_language
from tests.rooms.web.reader import Outline, main_text, reading
from tests.statements import count_statements


async def test_who_pays_by_bank_is_told_where_to(market: Market) -> None:
    placed, paid = await paid_order(market)
    buyer, supplier = await given_password(market, placed.buyer), await given_password(market, placed.supplier)
    path, said = f"/en/orders/{placed.order['id']}/payments", "transfer"
    listed = "/v1/house-bank-accounts"
    assert (await market.nobody.get(listed)).status_code == 401
    assert (await buyer.get(listed)).json() == {"items": []}
    async with reading(market, buyer) as reader:
        assert "DE02" not in (await reader.get(path)).text
    accounts = (
        HouseBankAccount(currency="EUR", holder="Partingline SE", account="DE02120300000000202051", bic="BYLADEM1001"),
        HouseBankAccount(currency="JPY", holder="Partingline SE", account="1234567"),
    )
    market.app.state.settings = market.settings.model_copy(update={"house_bank_accounts": accounts})
    assert (await buyer.get(listed)).json()["items"] == [one.model_dump() for one in accounts]
    schedule = (await placed.buyer.get(f"/v1/payment-schedules/{paid.id}")).json()
    async with reading(market, buyer) as reader:
        page = await text_of(reader, path)
        assert said in page and "DE02120300000000202051" in page and "1234567" not in page
        assert schedule["milestones"][0]["reference"] in page
        await whole_in_every_language(reader, path.removeprefix("/en"))
    async with reading(market, supplier) as reader:
        assert "DE02120300000000202051" not in (await reader.get(path)).text
    for wrong in ({"account": "DE02120300000000202052"}, {"account": "12 34"}, {"bic": "X"}, {"currency": "eur"}):
        with pytest.raises(ValidationError):
            HouseBankAccount(**{"currency": "EUR", "holder": "x", "account": "1234567", **wrong})


async def test_a_milestone_is_shown_accepted_paid_and_partly_given_back(market: Market) -> None:
    placed, paid = await paid_order(market)
    buyer, supplier = await given_password(market, placed.buyer), await given_password(market, placed.supplier)
    colleague = await given_password(market, await market.member(buyer.firm, "viewer"))
    purchaser = await given_password(market, await market.member(buyer.firm, "purchaser"))
    order_id, keys = placed.order["id"], {one["code"]: one["id"] for one in placed.order["milestones"]}
    path, first = f"/en/orders/{order_id}/payments", keys["design_approved"]
    async with reading(market, supplier) as reader:
        assert path in (await reader.get("/en/payments?role=supplier")).text
        page = (await reader.get(path)).text
        assert "accept" not in buttons(page) and "pay" not in buttons(page)
        status, said = await press(reader, path, "evidence", milestone=first, note="See drawing.")
        assert status == 422 and "See drawing." in said and 'aria-invalid="true"' in said
        status, there = await press(reader, path, "evidence", milestone=first, file=("d.pdf", samples.pdf()))
        assert (status, there) == (303, f"{path}#m1"), there
        assert (await press(reader, path, "accept", milestone=first))[0] == 404
    await market.work()
    async with reading(market, colleague) as reader:
        page = (await reader.get(path)).text
        assert "Counts as accepted on" in page and not buttons(page)
        assert (await press(reader, path, "accept", milestone=first))[0] == 403
    async with reading(market, buyer) as reader:
        page = (await reader.get(path)).text
        assert "d.pdf" in page and "cannot be undone" in page and {"accept", "return", "pay"} <= set(buttons(page))
        status, said = await press(reader, path, "return", milestone=first, reason="  ")
        assert status == 422 and said.count("autofocus") == 1
        status, _ = await press(reader, path, "return", milestone=first, reason="The cooling is missing.")
        assert status == 303
    async with reading(market, purchaser) as reader:
        page = (await reader.get(path)).text
        assert "ask whoever manages payments" in page and "/payment-methods" not in page and "pay" in buttons(page)
    async with reading(market, supplier) as reader:
        assert "The cooling is missing." in await text_of(reader, path)
        assert (await press(reader, path, "evidence", milestone=first, file=("e.pdf", samples.pdf())))[0] == 303
    money = next(one for one in (await placed.buyer.get(f"/v1/payment-schedules/{paid.id}")).json()["milestones"]
                 if one["part_id"] == first)  # fmt: skip
    async with reading(market, buyer) as reader:
        page = (await reader.get(path)).text
        assert "save a payment method first" in page and 'href="/en/payment-methods"' in page
        assert (await press(reader, path, "pay", milestone=first, way="method"))[0] == 422
        status, _ = await press(reader, path, "pay", milestone=first, way="transfer")
        assert status == 303
        await market.work()
        page = (await reader.get(path)).text
        assert "Send exactly this amount" in page and "Account" in page
        assert (await press(reader, path, "withdraw", milestone=first))[0] == 303
        await market.work()
        await made(buyer, "/v1/payment-methods", {"token": "tok_visa"})
        assert "Saved payment method Visa …4242" in (await reader.get(path)).text
        status, _ = await press(reader, path, "pay", milestone=first, way="method")
        assert status == 303
        await market.work()
        page = (await reader.get(path)).text
        assert f"/en/payment-milestones/{money['id']}/dispute" in page and "that are held go to the supplier" in page
        hidden = {**await reader.hidden(path), "milestone": first, "act": "accept"}
        assert [(await reader.post(path, hidden)).status_code for _ in range(2)] == [303, 303]
        assert (await reader.post(path, {**hidden, "form_token": "x"})).status_code == 403
    async with reading(market, supplier) as reader:
        status, said = await press(reader, path, "back", milestone=first, amount="x", reason="Discount")
        assert status == 422 and 'value="x"' in said and 'id="back1-fault"' in said
        status, _ = await press(reader, path, "back", milestone=first, amount="100", reason="Discount")
        assert status == 303
        await market.work()
        assert "Given back" in await text_of(reader, path)
        await whole_in_every_language(reader, "/payments", f"/orders/{order_id}/payments")
    await shut_to_others(market, await with_password(market, "buyer"), path)
    async with reading(market, buyer) as reader:
        german = (await reader.get(path.replace("/en/", "/de/"))).text
        assert Outline(german).all("html")[0]["lang"] == "de" and "€" in main_text(german)
        with count_statements(market.db, Role.APP) as seen:
            await reader.get("/en/payments")
        assert len(seen) < 20
