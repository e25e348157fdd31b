"""The operator's browser: cookies, the CSRF token, forms."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pyotp
from sqlalchemy import update

from app.kit.db.tenancy import act_for
from app.parties import secrets
from app.parties.models import Credential
from tests.market import Market, Member

PASSWORD = "correct horse battery staple"
CSRF = "starlette_admin_csrftoken"
SEAT = "partingline-backoffice"


class Browser:
    """One browser at /backoffice."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """A page."""
        return await self.http.get(f"/backoffice{path}", **options)

    async def post(self, path: str, *, csrf: bool = True, **options: Any) -> httpx.Response:
        """A form. The token goes in the header, as the pages' scripts send it."""
        headers = options.pop("headers", {})
        if csrf:
            if CSRF not in self.http.cookies:
                await self.get("/login")
            headers = {"X-CSRFToken": self.http.cookies[CSRF], **headers}
        return await self.http.post(f"/backoffice{path}", headers=headers, **options)

    async def sign_in(self, email: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
        """Fill in the sign-in page, with the token of its hidden field."""
        page = await self.get("/login")
        assert page.status_code == 200, page.text
        found = re.search(r'name="csrftoken" value="([^"]+)"', page.text)
        assert found
        form = {"csrftoken": found[1], "email": email, "password": password, **fields}
        return await self.post("/login", csrf=False, data=form)

    async def act(self, table: str, action: str, pk: object, **form: str) -> httpx.Response:
        """Press an action's button in a row."""
        params = {"name": action, "pk": str(pk)}
        return await self.post(f"/_api/{table}/row-action", params=params, data=form)


@asynccontextmanager
async def browser(market: Market) -> AsyncIterator[Browser]:
    """A new browser."""
    transport = httpx.ASGITransport(app=market.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield Browser(http)


async def with_password(
    market: Market, *organization_roles: str, as_: tuple[str, ...] = ("owner",), **options: Any
) -> Member:
    """A person of a new firm, who can sign in."""
    return await given_password(market, await market.member(await market.firm(*organization_roles, **options), *as_))


async def given_password(market: Market, person: Member) -> Member:
    """A person who can sign in from now on."""
    async with market.db.transaction() as session:
        await act_for(session, None, person_id=person.person_id)
        session.add(
            Credential(
                person_id=person.person_id,
                password_hash=await secrets.hash_password(PASSWORD),
                password_changed_at=market.clock.now(),
            )
        )
    return person


async def set_up_totp(market: Market, person: Member) -> pyotp.TOTP:
    """Give a person a second factor."""
    seed = secrets.new_seed()
    async with market.db.transaction() as session:
        await act_for(session, None, person_id=person.person_id)
        await session.execute(
            update(Credential)
            .where(Credential.person_id == person.person_id)
            .values(
                totp_sealed=secrets.seal_seed(market.settings, person.person_id, seed),
                totp_confirmed_at=market.clock.now(),
            )
        )
    return pyotp.TOTP(seed)


@asynccontextmanager
async def operating(market: Market, **options: Any) -> AsyncIterator[tuple[Browser, Member]]:
    """A browser in which an operator is signed in."""
    operator = await with_password(market, "operator", **options)
    async with browser(market) as opened:
        answer = await opened.sign_in(operator.email)
        assert answer.status_code == 303, answer.text
        yield opened, operator
