"""The storefront as people use it: with a browser, on the demo market."""

import re
from collections.abc import Sequence
from typing import Literal

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.demo.seed import PASSWORD
from app.web.assets import assets
from tests.browser.conftest import Visitor, Visitors

MEMBER = "katrin.behrens@nordlicht-sensorik.example"
SUPPLIER = "frank@hagener-edelstahl.example"
WINNER = "guoqiang@huchuan-tool-steel.example"
BUYER = "salma.aldosari@oasis-packaging.example"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
OF_THE_SCREEN = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "target-size"]},
    "resultTypes": ["violations"],
}
Screen = tuple[int, Literal["light", "dark"]]
SCREENS: tuple[Screen, ...] = ((390, "light"), (1280, "dark"))
PIN = "/categories/ejector-pins"
LARGEST_PAGE_BYTES = 50_000


def _sign_in(page: Page, email: str = BUYER) -> None:
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.locator("main button").click()


def _product(visitor: Visitor, tag: str) -> str:
    """The address of a product page."""
    visitor.go(f"/{tag}{PIN}")
    address = visitor.page.locator(".row h2 a").first.get_attribute("href")
    assert address
    return address


def test_from_the_first_look_to_an_inquiry(visitors: Visitors) -> None:
    visitor = visitors.new(locale="zh-CN")
    page = visitor.page
    visitor.go("/")
    assert page.url.endswith("/zh-hans/")
    page.fill("#q", "顶针")
    expect(page.locator("#suggested")).to_be_visible()
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#suggested")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("顶针")
    expect(page.locator(".row h2").first).to_contain_text("顶针")

    page.locator(".menu summary").last.click()
    page.get_by_role("link", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.locator(".menu summary").first.click()
    page.locator('input[name="units"][value="inch"]').check()
    page.locator(".panel button").click()
    expect(page.locator(".menu summary").first).to_contain_text("in ·")

    page.evaluate("window.kept = true")
    before = page.locator("[data-said]").inner_text()
    page.locator('input[name="attr.steel"]').first.check()
    expect(page.locator(".chip")).to_have_count(1)
    assert "attr.steel=" in page.url and page.evaluate("window.kept"), "the page was loaded anew"
    assert page.locator("[data-said]").inner_text() != before
    expect(page.locator('input[name="attr.steel"]').first).to_be_focused()
    page.go_back()
    expect(page.locator(".chip")).to_have_count(0)
    page.go_forward()
    expect(page.locator(".chip")).to_have_count(1)

    page.locator(".row h2 a").first.click()
    expect(page.locator("table.props")).to_contain_text("بوصة")
    expect(page.locator("table.variants .code").first).to_have_css("direction", "ltr")
    page.evaluate("window.kept = true")
    page.locator("form.add button").first.click()
    expect(page.locator("#basket-count")).to_have_text("1")
    assert page.evaluate("window.kept"), "the page was loaded anew"
    expect(page.locator("#said")).not_to_be_empty()

    visitor.go("/ar/basket")
    page.locator("section a.button").click()
    _sign_in(page)
    assert page.url.endswith("/ar/basket")
    assert page.input_value("#incoterm_place")
    page.locator('button[name="act"][value="send"]').click()
    expect(page.locator("main h1")).to_be_visible()
    assert re.search(r"/ar/inquiries/[0-9a-f-]{36}$", page.url), page.url
    expect(page.locator(".sub .code")).to_have_text(re.compile(r"RFQ-\d{4}-\d{4}"))
    expect(page.locator("#basket-count")).to_have_text("0")


def _look_at(page: Page, what: str, screens: Sequence[Screen] = SCREENS) -> int:
    """Look at a page on each screen; how often it was looked at. The first look is for everything, the others for what depends
    on the screen: the rest is the same markup, but for what only one screen shows."""
    for number, (width, scheme) in enumerate(screens):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options=OF_THE_SCREEN if number else RULES).response
        serious = [
            (rule["id"], rule["nodes"][0]["html"])
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
        ]
        assert serious == [], (what, width, scheme)
        assert len(found["passes"]) > (0 if number else 10)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), what
    return len(screens)


def test_axe_finds_nothing_serious_on_any_page(visitors: Visitors) -> None:
    visitor = visitors.new(width=390)
    page = visitor.page
    product = _product(visitor, "en")
    visitor.go(product)
    page.locator("form.add button").first.click()
    expect(page.locator("#basket-count")).to_have_text("1")
    supplier = page.locator("aside.box a").first.get_attribute("href")
    looked = 0

    def look(path: str) -> None:
        nonlocal looked
        visitor.go(path)
        # Each screen comes first on every other page.
        looked += _look_at(page, path, SCREENS if looked % 4 else SCREENS[::-1])

    arabic = product.replace("/en/", "/ar/")
    public = ["/en/", "/ar/", f"/zh-hans{PIN}", "/en/search?q=ejectr+pin+H13", "/ar/search?q=xyzzyq", product, arabic]
    for path in [*public, "/en/suppliers", str(supplier), "/en/basket", "/en/sign-in", "/en/products/nope"]:
        look(path)
    for path in ("/en/password-reset", f"/ar/password-reset/{'x' * 64}", f"/en/invitations/{'x' * 64}"):
        look(path)
    visitor.go("/en/sign-in?next=/en/basket")
    _sign_in(page)
    for path in ("/en/basket", "/en/inquiries"):
        look(path)
    first = page.locator("table.list th a").first.get_attribute("href")
    look(str(first))
    assert looked == 2 * 18


def test_everything_works_without_scripts(visitors: Visitors) -> None:
    visitor = visitors.new(scripts=False, width=360)
    page = visitor.page
    product = _product(visitor, "de")
    visitor.go("/de/")
    page.fill("#q", "Auswerferstift")
    page.locator(".find button").click()
    page.locator('input[name="attr.steel"]').first.check()
    page.locator("#filters button").click()
    expect(page.locator(".chip")).to_have_count(1)
    page.locator(".chip").click()
    expect(page.locator(".chip")).to_have_count(0)
    visitor.go(product)
    page.locator(".menu summary").first.click()
    page.locator('input[name="units"][value="inch"]').check()
    page.locator(".panel button").click()
    assert page.url.endswith(product)
    expect(page.locator("table.props")).to_contain_text(" in")
    page.locator("form.add input[name=quantity]").first.fill("250")
    page.locator("form.add button").first.click()
    assert page.url.endswith(product)
    expect(page.locator("#basket-count")).to_have_text("1")
    visitor.go("/de/basket")
    quantity = page.locator(".qty input").first
    assert quantity.input_value() == "250"
    quantity.fill("300")
    quantity.press("Enter")
    assert page.locator(".qty input").first.input_value() == "300"
    page.locator(".qty button").first.click()
    expect(page.locator("#basket-count")).to_have_text("0")


def test_the_keyboard_reaches_everything(visitors: Visitors) -> None:
    visitor = visitors.new()
    page = visitor.page
    visitor.go("/en/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    menu = page.locator("details.menu").last
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")


def test_no_page_of_the_market_is_heavy(site: str) -> None:
    """HTML, style sheet and script together, uncompressed, of the fullest pages in the language with the longest script."""
    weight = sum(len(assets()[name].content) for name in ("storefront.css", "storefront.js"))
    with httpx.Client(base_url=site, timeout=60) as reader:
        found = reader.get("/v1/catalog/products", params={"category": "injection-moulds", "limit": 1}).json()["items"][
            0
        ]
        heaviest = 0
        for path in ("/", "/search", "/search?q=mould", "/suppliers", "/categories/complete-moulds", "/categories/ejection",
                     "/categories/hot-runner", f"/products/{found['id']}", f"/suppliers/{found['supplier']['id']}"):  # fmt: skip
            page = reader.get(f"/ar{path}")
            assert page.status_code == 200, path
            heaviest = max(heaviest, len(page.content) + weight)
            assert len(page.content) + weight < LARGEST_PAGE_BYTES, path
    assert heaviest > 30_000


def test_a_campaign_goes_on_while_it_is_looked_at(visitors: Visitors) -> None:
    """Nothing serious to axe on the pages of campaigns; what is committed in one window is seen in the other as it is done."""
    visitor = visitors.new(width=390)
    page = visitor.page
    visitor.go("/en/sign-in?next=/en/campaigns")
    _sign_in(page, MEMBER)
    running, auction, ended = (
        str(
            page.locator(f"section[aria-labelledby={section}] tr", has_text=title)
            .locator("a")
            .first.get_attribute("href")
        )
        for section, title in (("running", "1.2738"), ("ended", "1.2344"), ("ended", "1.2738"))
    )
    _look_at(page, "/en/campaigns", SCREENS[:1])
    looks = ((running, SCREENS[1:]), (auction, SCREENS[:1]), (ended.replace("/en/", "/ar/"), SCREENS[:1]))
    for path, screens in looks:
        visitor.go(path)
        _look_at(page, path, screens)
    expect(page.locator("#certificate")).to_be_visible()
    arabic = ended.replace("/en/", "/ar/")
    for path, screens in ((f"{arabic}/orders", SCREENS[:1]), (f"{ended}/rounds", SCREENS[1:])):
        visitor.go(path)
        _look_at(page, path, screens)

    visitor.go(running)
    page.evaluate("window.kept = true")
    item = page.locator(".pooled").first
    before = item.locator("p").first.inner_text()
    expect(page.locator("#left")).to_contain_text("in ")
    other = page.context.new_page()
    other.goto(visitor.site + running)
    other.get_by_role("link", name="Commit to it").first.click()
    _look_at(other, "the form of a commitment", SCREENS[:1])
    other.fill("#quantity", "700")
    other.fill("#limit", "600")
    other.locator("#place").select_option(index=2)
    other.locator("main button").first.click()
    expect(other.locator("#own")).to_be_visible()
    expect(item.locator("p").first).not_to_have_text(before)
    expect(item).to_contain_text("You save so far")
    assert page.evaluate("window.kept"), "the page was loaded anew"


def test_a_supplier_offers_to_a_campaign(visitors: Visitors) -> None:
    visitor = visitors.new(width=390)
    page = visitor.page
    visitor.go("/en/sign-in?next=/en/campaigns")
    _sign_in(page, SUPPLIER)
    page.locator("section[aria-labelledby=running] th a").first.click()
    page.get_by_role("link", name="Make a sealed offer").click()
    _look_at(page, "the form of an offer", SCREENS[:1])


def test_a_supplier_looks_at_orders_and_invoices(visitors: Visitors) -> None:
    visitor = visitors.new(width=390)
    page = visitor.page
    visitor.go("/en/sign-in?next=/en/orders")
    _sign_in(page, WINNER)
    visitor.go("/ar/money")
    expect(page.locator("#ageing")).to_be_visible()
    _look_at(page, "/ar/money", SCREENS[:1])
    for path, screens in (("/en/orders?side=supplier", SCREENS[:1]), ("/ar/invoices", SCREENS[1:])):
        visitor.go(path)
        first = str(page.locator("table.list th a").first.get_attribute("href"))
        _look_at(page, path, screens)
        visitor.go(first)
        _look_at(page, first, screens)
    expect(page.locator("#files")).to_be_visible()
    invoice = page.url
    for path in (
        "/en/payments",
        "/en/open-items",
        "/en/payouts",
        "/ar/credit-lines",
        "/en/payment-methods",
        "/de/financing",
    ):
        visitor.go(path)
        _look_at(page, path, SCREENS[:1])
    page.goto(invoice)
    page.locator("main p.acts a").click()
    _look_at(page, "the form of a credit note", SCREENS[:1])
    page.fill("#reason", "Zu viel berechnet")
    page.locator("main button").click()
    expect(page.locator("main h1")).to_contain_text("HC-C-")


def test_a_supplier_reads_what_to_send_where(visitors: Visitors) -> None:
    visitor = visitors.new(width=390)
    page = visitor.page
    visitor.go("/en/sign-in?next=/en/campaigns")
    _sign_in(page, WINNER)
    page.locator("section[aria-labelledby=ended] tr", has_text="1.2738").locator("a").first.click()
    page.get_by_role("link", name="Orders and delivery").click()
    _look_at(page, "framework orders", SCREENS[:1])
    page.locator("section[aria-labelledby=frameworks] th a").first.click()
    expect(page.locator("#sent")).to_be_visible()
    _look_at(page, "a framework order", SCREENS[1:])
