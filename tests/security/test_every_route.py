"""Every operation of the description, tried by those who may not: nobody, another organization, a colleague without
permission; and how they are answered. A new operation is covered by being described; a new kind of address needs its thing in
`tests/world`."""

from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi import FastAPI, HTTPException, Request

from app.kit.problems import problems
from app.wiring import PUBLIC_ROUTES
from tests.contracts.snapshot import kept
from tests.market import Caller
from tests.security.dressing import faults
from tests.security.walk import Operation, Walk, operations, watched
from tests.world import PERSONAL, World, parameters

SHOWN_TO_OTHERS = {
    "GET /v1/organizations/{organization_id}": "whoever is signed in may look up the firm he deals with",
    "GET /v1/demand-suggestions/{demand_suggestion_id}": "whoever is signed in may read it; it names nobody",
    "POST /v1/demand-suggestions/{demand_suggestion_id}/campaigns": "any buyer may make a campaign of it; it names nobody",
    "GET /v1/figures/open-items/lines.{table_form}": "one's own figures, as a file of that form; it names nobody's row",
    "GET /v1/figures/forecast/lines.{table_form}": "one's own figures, as a file of that form; it names nobody's row",
}
"""Addresses that answer another organization with something else than 404, each with the reason. Public ones as well."""

FOR_THE_OPERATOR = "/v1/operator/"
"""Below this, everybody else is refused with 403 before anything is looked for."""

SELF_SERVICE = {
    "POST /v1/auth/sign-out": "everybody may leave",
    "POST /v1/auth/organization": "everybody may go over to another of his organizations",
    "PATCH /v1/me": "one's own profile",
    "PUT /v1/me/password": "one's own password",
    "POST /v1/me/email-confirmation": "one's own address",
    "PUT /v1/me/second-factor": "one's own second factor",
    "POST /v1/me/second-factor": "one's own second factor",
    "POST /v1/me/second-factor/removal": "one's own second factor",
    "POST /v1/notifications/read-all": "one's own notifications",
    "PUT /v1/notifications/preferences": "one's own notifications",
}
"""Writes that need no permission, each with the reason."""


def in_order(found: list[Operation]) -> list[Operation]:
    """Signing out comes last, so that the caller is somebody until the end."""
    return sorted(found, key=lambda operation: operation.path.endswith("/sign-out"))


async def as_nobody(walk: Walk, caller: Caller, found: list[Operation]) -> int:
    """401 everywhere, but for the public routes; the number of operations looked at."""
    for operation in found:
        if operation.label in PUBLIC_ROUTES:
            await walk.hides(caller, operation)
        else:
            await walk.refused(caller, operation, 401)
    return len(walk.seen)


async def as_stranger(walk: Walk, caller: Caller, found: list[Operation]) -> int:
    """404 at private addresses; elsewhere no private id is shown."""
    for operation in found:
        if operation.path.startswith(FOR_THE_OPERATOR):
            await walk.refused(caller, operation, 403)
        elif parameters(operation.path) and operation.label not in PUBLIC_ROUTES.keys() | SHOWN_TO_OTHERS.keys():
            await walk.refused(caller, operation, 404)
        elif not operation.writes:
            await walk.hides(caller, operation)
    return len(walk.seen)


async def as_viewers(walk: Walk, callers: dict[UUID, Caller], found: list[Operation]) -> int:
    """Whoever has no permission writes nothing: 403, and 404 at other people's personal things."""
    for operation in found:
        if not operation.writes or operation.label in PUBLIC_ROUTES.keys() | SELF_SERVICE.keys():
            continue
        caller = callers[walk.world.doer(operation.method, operation.path).firm.id]
        hidden = any(name in PERSONAL for name in parameters(operation.path))
        await walk.refused(caller, operation, 404 if hidden else 403)
    return len(walk.seen)


def dressed(walk: Walk, locale: str) -> None:
    """Every answer of the API is one in this language, with the house's headers."""
    answers = [(one, answer) for one, answer in walk.seen if one.path.startswith("/v1")]
    assert len([1 for _, answer in answers if answer.status_code >= 400]) > 200
    walk.findings += faults(answers, locale)


async def test_who_may_not_finds_and_changes_nothing(world: World, owner: psycopg.Connection[Any]) -> None:
    """Nobody; another organization's owner, who may do everything at home; colleagues without permission.

    In one test, because making one of everything takes as long as all their walks: none of them leaves a trace.
    """
    market = world.market
    written = watched(owner)
    nobody = Caller(market.http, {"Accept-Language": "de"})
    walk = Walk(world, kept(), written)
    seen = await as_nobody(walk, nobody, operations(walk.description))
    dressed(walk, "de")
    walk.end()
    assert seen > 100

    stranger = await market.people("buyer", "supplier", "logistics", "financier", country="US")
    walk = Walk(world, kept(), written)
    foreign = Caller(market.http, {**stranger.headers, "Accept-Language": "ar"})
    seen = await as_stranger(walk, foreign, operations(walk.description))
    dressed(walk, "ar")
    walk.end()
    assert seen > 100
    assert len(world.private) > 10

    viewers: dict[UUID, Caller] = {
        firm.id: await market.member(firm, "viewer")
        for firm in (world.buyer.firm, world.seller.firm, world.carrier.firm)
    }
    walk = Walk(world, kept(), written)
    seen = await as_viewers(walk, viewers, operations(walk.description))
    walk.end()
    assert seen > 50


async def test_forms_are_good_enough(world: World) -> None:
    """The owners themselves are not told 422: what is refused above is refused for the person, not for the form."""
    walk = Walk(world, kept())
    unusable = []
    for operation in in_order([one for one in operations(walk.description) if one.writes]):
        if operation.label in PUBLIC_ROUTES:
            continue
        await walk.answers(world.doer(operation.method, operation.path), operation)
        answer = walk.seen[-1][1]
        if answer.status_code == 422 and answer.json()["code"] == "invalid":
            pointers = [error["pointer"] + " " + error["code"] for error in answer.json()["errors"]]
            unusable.append(f"{operation.label}: {pointers}")
    walk.end()
    assert len(unusable) < 10, "\n".join(["add bodies to tests/security/forms.py:", *unusable])
    # Nor is a new kind of address passed over.
    with pytest.raises(AssertionError, match=r"make a passport_id in tests/world"):
        world.fill("/v1/passports/{passport_id}")


def test_public_routes_exist() -> None:
    """No entry outlives its route; nor does one of the other lists."""
    labels = {operation.label for operation in operations(kept())}
    assert not PUBLIC_ROUTES.keys() - labels
    assert not SHOWN_TO_OTHERS.keys() - labels
    assert not SELF_SERVICE.keys() - labels
    assert all(PUBLIC_ROUTES.values()) and all(SELF_SERVICE.values())


def test_the_description_asks_for_a_token() -> None:
    """Wherever a route is not public, and nowhere else."""
    description = kept()
    scheme = description["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for operation in operations(description):
        asked = description["paths"][operation.path][operation.method.lower()].get("security")
        is_public = operation.label in PUBLIC_ROUTES
        assert asked == (None if is_public else [{"bearer": []}]), operation.label


async def test_the_walk_sees_a_hole(world: World, owner: psycopg.Connection[Any]) -> None:
    """An application with unguarded routes, walked the same way, is found out for each of its faults."""
    holes = FastAPI()

    @holes.get("/v1/open/{inquiry_id}", responses=problems())
    async def read_anything(inquiry_id: UUID) -> dict[str, str]:
        return {"title": "not yours"}

    @holes.get("/v1/list", responses=problems())
    async def list_everything() -> list[str]:
        return sorted(world.private)

    @holes.post("/v1/deed/{inquiry_id}", responses=problems())
    async def write_and_refuse(inquiry_id: UUID, request: Request) -> None:
        owner.execute("UPDATE inquiries SET version = version + 1 WHERE id = %s", (inquiry_id,))
        raise HTTPException(403 if "authorization" in request.headers else 401)

    transport = httpx.ASGITransport(app=holes)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        nobody, somebody = Caller(http, {}), Caller(http, {"Authorization": "Bearer x"})
        found = operations(holes.openapi())
        written = watched(owner)
        walks = [Walk(world, holes.openapi(), written)]
        await as_nobody(walks[-1], nobody, found)
        walks.append(Walk(world, holes.openapi(), written))
        await as_stranger(walks[-1], somebody, found)
        walks.append(Walk(world, holes.openapi(), written))
        await as_viewers(walks[-1], {world.buyer.firm.id: somebody}, found)
    wrote = "POST /v1/deed/{inquiry_id}: answered"
    expected = [
        ("GET /v1/open/{inquiry_id}: 200 instead of 401", "GET /v1/list: 200 instead of 401", wrote),
        ("GET /v1/open/{inquiry_id}: 200 instead of 404", "GET /v1/list: shows", "POST", wrote),
        (wrote,),
    ]
    for walk, beginnings in zip(walks, expected, strict=True):
        assert len(walk.findings) == len(beginnings), walk.findings
        assert all(one.startswith(start) for one, start in zip(walk.findings, beginnings, strict=True)), walk.findings
