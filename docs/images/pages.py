"""Takes the pictures of the pages that the README shows, in a real browser.

Start `make demo`, then: .venv/bin/python -m docs.images.pages [address of the site] [path of Chromium]
"""

import io
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).parent
LARGEST_BYTES = 150_000
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
]  # fmt: skip


@dataclass(frozen=True)
class Shot:
    """A picture: of which page, how wide, in which scheme. `{mould}` and `{pin}` stand for listings of the demo market."""

    name: str
    path: str
    width: int
    height: int
    dark: bool = False


SHOTS = (
    Shot("storefront-home", "/en/", 1280, 860),
    Shot("storefront-listing", "/en/products/{pin}", 1280, 1000),
    Shot("storefront-search", "/en/search?q=ejector+pin+H13", 1280, 860, dark=True),
    Shot("storefront-search-zh-hans", "/zh-hans/search?q=顶针", 390, 780),
    Shot("storefront-listing-ar", "/ar/products/{mould}", 390, 780),
    Shot("storefront-suppliers-dark", "/de/suppliers", 390, 780, dark=True),
)


def listing(address: str, category: str) -> str:
    """A listing of a category; one with a drawing when there is one."""
    found = httpx.get(f"{address}/v1/catalog/products", params={"category": category, "limit": 50}).raise_for_status()
    items = found.json()["items"]
    return str(next((one for one in items if one.get("medium")), items[0])["id"])


def take(browser: Browser, address: str, shot: Shot, named: dict[str, str]) -> int:
    """Write one picture; its size in bytes."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme="dark" if shot.dark else "light",
        device_scale_factor=1 if shot.width > 600 else 2,
    )
    page = context.new_page()
    page.goto(address + shot.path.format(**named), wait_until="networkidle")
    picture = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    path = FOLDER / f"{shot.name}.webp"
    picture.save(path, "WEBP", quality=82, method=6)
    return path.stat().st_size


def main(address: str, program: str | None) -> int:
    """Take them all."""
    chromium = program or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("Chromium is not installed; name it: python -m docs.images.pages ADDRESS /path/to/chromium\n")
        return 2
    named = {"mould": listing(address, "unscrewing-moulds"), "pin": listing(address, "ejector-pins")}
    too_large = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for shot in SHOTS:
            size = take(browser, address, shot, named)
            sys.stdout.write(f"{shot.name}.webp: {size:,} bytes\n")
            if size > LARGEST_BYTES:
                too_large.append(shot.name)
        browser.close()
    return 1 if too_large else 0


if __name__ == "__main__":
    given = dict(enumerate(sys.argv[1:3]))
    sys.exit(main(given.get(0, "http://127.0.0.1:8000"), given.get(1)))
