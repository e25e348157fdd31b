"""Builders of firms and people, and the application over HTTP as each of them sees it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from app import worker
from app.kit.audit import chain_audit, oldest_unchained
from app.kit.clock import Clock
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.kit.tokens import AccessClaims, issue_access_token
from app.main import create_app
from app.parties.models import Membership, Organization, Person, SignIn
from app.settings import Settings
from tests import kept

_numbers = itertools.count(1)


def next_number() -> int:
    """A number that no firm or person of this process has had."""
    return next(_numbers)


def numbers_go_on(after: int) -> None:
    """Let no firm or person be called as one of another process, whose firms and people were numbered up to there."""
    global _numbers
    _numbers = itertools.count(max(next_number(), after + 1))


@lru_cache(maxsize=1)
def application() -> FastAPI:
    """Building the routes takes longer than most tests, so a process builds them once; each test gives it its own state."""
    return create_app(Settings(environment="development", log_format="console", log_level="warning"))


@dataclass(frozen=True)
class Firm:
    """An organization of a test."""

    id: UUID
    code: str
    roles: tuple[str, ...]
    country: str
    locale: str


class Caller:
    """Somebody at the API. POSTs carry a new Idempotency-Key unless one is given."""

    def __init__(self, http: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._http = http
        self.headers = headers

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request with this caller's headers."""
        headers = {**self.headers, **options.pop("headers", {})}
        if method == "POST" and "Idempotency-Key" not in headers:
            headers["Idempotency-Key"] = str(new_id())
        return await self._http.request(method, path, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """GET."""
        return await self.request("GET", path, **options)

    async def post(self, path: str, **options: Any) -> httpx.Response:
        """POST."""
        return await self.request("POST", path, **options)

    async def put(self, path: str, **options: Any) -> httpx.Response:
        """PUT."""
        return await self.request("PUT", path, **options)

    async def patch(self, path: str, **options: Any) -> httpx.Response:
        """PATCH."""
        return await self.request("PATCH", path, **options)

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        """DELETE."""
        return await self.request("DELETE", path, **options)


class Member(Caller):
    """A person acting for a firm."""

    def __init__(
        self, http: httpx.AsyncClient, headers: dict[str, str], person_id: UUID, firm: Firm, email: str
    ) -> None:
        super().__init__(http, headers)
        self.person_id = person_id
        self.firm = firm
        self.email = email


class Market:
    """One test's market: its database, its clock, the application, and whoever takes part."""

    def __init__(self, settings: Settings, db: Database, clock: Clock, http: httpx.AsyncClient, app: FastAPI) -> None:
        self.settings = settings
        self.db = db
        self.clock = clock
        self.http = http
        self.app = app
        self.nobody = Caller(http, {})

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, db: Database, clock: Clock) -> AsyncIterator["Market"]:
        """The application on this test's database and clock."""
        from app import wiring

        app = application()
        app.state.settings = settings
        app.state.database = db
        app.state.clock = clock
        app.state.gateways = wiring.gateways(settings, clock)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            yield cls(settings, db, clock, http, app)

    async def firm(
        self,
        *roles: str,
        country: str = "DE",
        locale: str = "en",
        listed: bool | None = None,
        verified: bool = True,
    ) -> Firm:
        """A new organization."""
        number = next_number()
        firm = Firm(new_id(), f"firm-{number}", roles or ("buyer",), country, locale)
        async with self.db.transaction() as session:
            # Only the operator gives the badge, and only he names operators.
            await act_for(session, firm.id, operator=True)
            session.add(
                Organization(
                    id=firm.id,
                    code=firm.code,
                    legal_name_local=f"Formenbau {number} GmbH",
                    legal_name_latin=f"Formenbau {number} GmbH",
                    country=country,
                    city="Lüdenscheid",
                    roles=list(firm.roles),
                    locale=locale,
                    listed="supplier" in firm.roles if listed is None else listed,
                    verified_at=self.clock.now() if verified else None,
                )
            )
        return firm

    async def member(
        self, firm: Firm, *roles: str, locale: str | None = None, time_zone: str = "UTC", currency: str = "EUR"
    ) -> Member:
        """A new person who belongs to the firm with these roles (owner when none is given)."""
        person_id = new_id()
        email = f"person{next_number()}@{firm.code}.example"
        async with self.db.transaction() as session:
            await act_for(session, firm.id, person_id=person_id)
            session.add(
                Person(
                    id=person_id,
                    email=email,
                    name="Erika Mustermann",
                    locale=locale or firm.locale,
                    time_zone=time_zone,
                    currency=currency,
                )
            )
            await session.flush()
            session.add(Membership(person_id=person_id, organization_id=firm.id, roles=list(roles or ("owner",))))
            sign_in = SignIn(
                person_id=person_id, organization_id=firm.id, expires_at=self.clock.now() + timedelta(days=3650)
            )
            session.add(sign_in)
        claims = AccessClaims(organization_id=firm.id, person_id=person_id, session_id=sign_in.id)
        token, _ = issue_access_token(self.settings, claims, now=self.clock.now())
        return Member(self.http, {"Authorization": f"Bearer {token}"}, person_id, firm, email)

    async def people(self, *organization_roles: str, as_: Sequence[str] = ("owner",), **options: Any) -> Member:
        """A new firm with these roles, and one person in it: the short way to "a supplier"."""
        return await self.member(await self.firm(*organization_roles, **options), *as_)

    async def machine(self, owner: Caller, *scopes: str) -> Caller:
        """A program of the owner's firm, signed in over HTTP with these scopes."""
        made = await owner.post("/v1/api-clients", json={"name": "ERP", "scopes": scopes})
        assert made.status_code == 201, made.text
        client = made.json()
        form = {
            "grant_type": "client_credentials",
            "client_id": client["client"]["id"],
            "client_secret": client["client_secret"],
        }
        token = await self.nobody.post("/v1/auth/token", data=form)
        assert token.status_code == 200, token.text
        return Caller(self.http, {"Authorization": f"Bearer {token.json()['access_token']}"})

    async def work(self) -> None:
        """Run the worker until no job is due: events reach their reactions, mails and webhooks go out."""
        await worker.run(self.settings, wait=False, in_one_lane=True, clock=self.clock, database=self.db)

    async def chain_audit(self) -> None:
        """Chain every audit entry. The job takes only what no running transaction of the server may still precede."""
        for _ in range(200):
            async with self.db.transaction(Role.WORKER) as session:
                await chain_audit(session)
                if await oldest_unchained(session) is None:
                    return
            await asyncio.sleep(0.05)
        raise AssertionError("a transaction somewhere on the server runs for too long")

    def move_clock(self, **delta: float) -> None:
        """Move time forward, in Python and in PostgreSQL (as the superuser: no application role may)."""
        self.clock.offset += timedelta(**delta)
        with kept.superuser(self.settings) as connection:
            connection.execute(
                "INSERT INTO clock_offset (moved_by) VALUES (%s) "
                "ON CONFLICT (only_row) DO UPDATE SET moved_by = excluded.moved_by",
                (self.clock.offset,),
            )
