"""A reader's browser at the storefront: cookies, hidden fields, forms."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.market import Market, Member
from tests.rooms.backoffice.browser import PASSWORD


class Outline(HTMLParser):
    """What a page is made of, as far as tests ask: attributes by element, and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


class Reader:
    """One browser."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """A page."""
        return await self.http.get(path, **options)

    async def post(self, path: str, form: dict[str, str], **options: Any) -> httpx.Response:
        """A form."""
        return await self.http.post(path, data=form, **options)

    async def hidden(self, path: str) -> dict[str, str]:
        """The hidden fields of a page's forms."""
        page = await self.get(path)
        assert page.status_code == 200, page.text
        return {one["name"]: one["value"] for one in Outline(page.text).all("input") if one.get("type") == "hidden"}

    async def sign_in(self, email: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
        """Fill in the sign-in page."""
        found = await self.hidden("/en/sign-in")
        form = {"form_token": found["form_token"], "email": email, "password": password, **fields}
        return await self.post("/en/sign-in", form)

    async def collect(self, product_id: str, variant_id: str, quantity: str = "20") -> httpx.Response:
        """Put something into the basket."""
        form = {"product_id": product_id, "variant_id": variant_id, "quantity": quantity}
        return await self.post("/en/basket/items", form)


@asynccontextmanager
async def reading(market: Market, person: Member | None = None) -> AsyncIterator[Reader]:
    """A new browser, in which somebody has signed in when a person is given."""
    transport = httpx.ASGITransport(app=market.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        reader = Reader(http)
        if person is not None:
            answer = await reader.sign_in(person.email)
            assert answer.status_code == 303, answer.text
        yield reader


async def variant_of(market: Market, product_id: str) -> str:
    """The id of a published product's first variant."""
    shown = await market.nobody.get(f"/v1/catalog/products/{product_id}")
    return str(shown.json()["variants"][0]["id"])


def main_text(page: str) -> str:
    """What stands between the tags of a page's main part."""
    found = re.search(r"<main.*?>(.*)</main>", page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())
