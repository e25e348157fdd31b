"""Forms of pages that have several: filled in by the button that is pressed, and what every page with forms has to keep."""

from typing import Any

from app.kit.ids import new_id
from app.kit.locales import LOCALES
from app.web.assets import assets
from tests.market import Market, Member
from tests.rooms.web.reader import Outline, Reader, main_text, reading

LARGEST_PAGE_BYTES = 50_000


async def press(
    reader: Reader, path: str, act: str, *, page: str = "", file: Any = None, **fields: str
) -> tuple[int, str]:
    """Fill in a form and press its button; the status, and where it leads or what the page says."""
    hidden = {"key": str(new_id()), **await reader.hidden(page or path)}
    options: dict[str, Any] = {}
    if file is not None:
        options["files"] = [("files", (*file, "application/octet-stream"))]
    answer = await reader.post(path, {**hidden, **fields, "act": act}, **options)
    return answer.status_code, answer.headers["location"] if answer.status_code == 303 else answer.text


async def whole_in_every_language(reader: Reader, *paths: str) -> None:
    """Each field has a label, each table a caption, no id stands twice, and no page is heavy."""
    weight = sum(len(assets()[name].content) for name in ("storefront.css", "storefront.js"))
    for locale in LOCALES:
        for path in paths:
            answer = await reader.get(f"/{locale.lower()}{path}")
            assert answer.status_code == 200, (path, answer.text)
            assert answer.headers["content-language"] == locale
            assert len(answer.content) + weight < LARGEST_PAGE_BYTES, (path, len(answer.content), weight)
            outline = Outline(answer.text)
            named = {one["for"] for one in outline.all("label") if "for" in one}
            for one in [*outline.all("input"), *outline.all("textarea"), *outline.all("select")]:
                assert one.get("type") in ("hidden", "radio") or one.get("id") in named, (path, one)
            ids = [one["id"] for _, one in outline.elements if "id" in one]
            assert len(ids) == len(set(ids)), path
            assert len(outline.all("table")) == len(outline.all("caption")), path
            assert len(outline.all("h1")) == 1, path


def buttons(page: str) -> list[str]:
    """What can be done on a page, by the values of its buttons."""
    main = page.split("<main", 1)[1].split("</main>")[0]
    return [one.get("value", "") for one in Outline(main).all("button")]


async def shut_to_others(market: Market, stranger: Member, *paths: str) -> None:
    """Another firm finds nothing there, and nobody is led to the sign-in."""
    async with reading(market, stranger) as reader:
        for path in paths:
            assert (await reader.get(path)).status_code == 404, path
    async with reading(market) as reader:
        for path in paths:
            away = await reader.get(path)
            assert away.status_code == 303 and "/sign-in?next=" in away.headers["location"], path


async def text_of(reader: Reader, path: str) -> str:
    """What a page says."""
    answer = await reader.get(path)
    assert answer.status_code == 200, answer.text
    return main_text(answer.text)
