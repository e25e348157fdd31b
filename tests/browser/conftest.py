"""One server on one database with the demo market, and one browser, for all tests of a run that need them."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from app.demo.processes import Child
from app.settings import Settings
from tests.proofs.stand import environment, free_port, until_ready
from tests.server import TestServer

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def program() -> str:
    """The installed browser."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium is installed: these tests look at the pages in a browser")
    return found


@pytest.fixture(scope="session")
def site(program: str, demo_markets: Callable[[], Settings]) -> Iterator[str]:
    """The address of a running installation with the demo market."""
    market = demo_markets()
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    variables = {
        "DATABASE_URL": market.database_url.get_secret_value(),
        "PARTINGLINE_SECRET_KEY": TestServer.SECRET_KEY,
        "PARTINGLINE_DATA_DIR": str(market.data_dir),
        "PARTINGLINE_ENVIRONMENT": "development",
        "PARTINGLINE_PUBLIC_URL": address,
    }
    with environment(variables):
        child = Child("API", ["serve", "--port", str(port)], market.data_dir / "api.log")
        child.start()
        try:
            until_ready(address)
            yield address
        finally:
            child.stop()


@pytest.fixture(scope="module")
def chromium(program: str, site: str) -> Iterator[Browser]:
    """The browser. While it runs, so does its event loop in this thread: it starts after the site was seeded and ends with
    the module, before tests that bring loops of their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """A browser window at the site, with a note of every host that it asked."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site
        self.hosts: set[str] = set()
        self.faults: list[str] = []
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self.site + path)


@pytest.fixture
def visitors(chromium: Browser, site: str) -> Iterator["Visitors"]:
    """Makes visitors; afterwards none of them has asked another host, nor broken the pages' policy."""
    made = Visitors(chromium, site)
    yield made
    for visitor in made.all:
        visitor.page.context.close()
        assert visitor.hosts == {site.split("/")[2]}
        assert not [fault for fault in visitor.faults if "Failed to load resource" not in fault]


class Visitors:
    """Windows of their own: cookies, language, scheme, size, with or without scripts."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.browser = browser
        self.site = site
        self.all: list[Visitor] = []

    def new(self, *, locale: str = "en-US", scripts: bool = True, width: int = 1280) -> Visitor:
        """A new window."""
        context = self.browser.new_context(
            locale=locale,
            java_script_enabled=scripts,
            viewport={"width": width, "height": 800},
        )
        context.set_default_timeout(15_000)
        self.all.append(Visitor(context.new_page(), self.site))
        return self.all[-1]
