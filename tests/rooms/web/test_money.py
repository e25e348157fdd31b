"""The page of money: what is open, how old it is and what is expected, in every language; each figure leads to its lines."""

import re
from datetime import timedelta
from decimal import Decimal

from app.finance.facade import Evidence, PaymentTerms
from app.kit.db.engine import Role
from app.kit.locales import LOCALES
from app.reference.facade import load_rates
from app.web.assets import assets
from tests.market import Market
from tests.rooms.backoffice.browser import with_password
from tests.rooms.finance.invoices import paid_somewhere
from tests.rooms.finance.open_items import owed
from tests.rooms.finance.schedules import opened_by_a_deal
from tests.rooms.web.reader import Outline, main_text, reading
from tests.rooms.web.test_pages import LARGEST_PAGE_BYTES
from tests.statements import count_statements


async def test_figures_lead_to_their_lines(market: Market) -> None:
    buyer, supplier = await with_password(market, "buyer"), await with_password(market, "supplier")
    operator = await with_password(market, "operator")
    await paid_somewhere(supplier)
    item = await owed(market, buyer, supplier, terms_days=0)
    terms = PaymentTerms(retention_bp=500, retention_days=30)
    deal = await opened_by_a_deal(market, buyer, supplier, terms=terms, in_days=40)
    await deal.pay(1)
    await opened_by_a_deal(market, buyer, supplier, currency="USD", split=((10_000, Evidence.NONE),))
    market.move_clock(days=2)
    async with reading(market) as nobody:
        asked = await nobody.get("/en/money?side=payer")
        assert asked.status_code == 303 and "sign-in" in asked.headers["location"]
    async with reading(market, supplier) as reader:
        assert 'href="/en/money"' in (await reader.get("/en/")).text
        page = (await reader.get("/en/money")).text
        text = main_text(page)
        assert "1–30 days" in text and 'class="stripe"' in page
        assert item["open"]["text"] in text and "there is no rate of the last seven days for USD" in text
        assert "€380.00" in text and "$1,000.00" in text and page.count("<table") == 3
        # Every address that the page names shows something, and the file of it has the same lines.
        lines = sorted({one["href"] for one in Outline(page).all("a") if "/lines?" in one.get("href", "")})
        assert len(lines) > 8
        for at in lines[::4]:
            shown = await reader.get(at)
            assert shown.status_code == 200 and "<tbody>" in shown.text, at
            table = await reader.get(f"{at}&form=csv")
            assert table.text.count("\r\n") == shown.text.count('<th scope="row">') + 1, at
        book = await reader.get(f"{lines[0]}&form=xlsx")
        assert book.content[:2] == b"PK" and "attachment" in book.headers["content-disposition"]
        assert (await reader.get("/en/money?everybody=true")).status_code == 403
        assert (await reader.get("/en/money/forecast/lines?kind=nothing")).status_code == 422

        day = (market.clock.now() - timedelta(days=1)).date()
        rate = {"base": "EUR", "quote": "USD", "on_date": day, "rate": Decimal("1.25"), "source": "ECB"}
        async with market.db.transaction(Role.WORKER) as session:
            await load_rates(session, [rate])
        weight = sum(len(assets()[name].content) for name in ("storefront.css", "storefront.js"))
        for locale in LOCALES:
            found = await reader.get(f"/{locale.lower()}/money?every=week")
            assert found.status_code == 200 and "1 USD = 0.8 EUR" in found.text, locale
            assert len(found.content) + weight < LARGEST_PAGE_BYTES
            ids = re.findall(r' id="([^"]+)"', found.text)
            assert len(ids) == len(set(ids)) and {"ageing", "firms", "forecast"} <= {*ids}
        assert "Nothing is open." in main_text((await reader.get("/en/money?side=payer")).text)
        with count_statements(market.db) as seen:
            await reader.get("/en/money")
        assert len(seen) < 25
    viewer = await with_password(market, "supplier", as_=("viewer",))
    async with reading(market, viewer) as reader:
        page = await reader.get("/en/money")
        assert page.status_code == 200 and 'id="forecast"' not in page.text
        assert (await reader.get("/en/money/forecast/lines")).status_code == 403
    async with reading(market, operator) as reader:
        page = (await reader.get("/en/money?everybody=true")).text
        assert item["open"]["text"] in page and "everybody=true&amp;side=payee" in page
        [at] = [one["href"] for one in Outline(page).all("a") if "kind=invoice" in one.get("href", "")][:1]
        assert item["number"] in (await reader.get(at)).text
