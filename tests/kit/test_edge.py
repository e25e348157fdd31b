"""The edge: what every request meets, shown on a small application made of the kit alone."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI, Header, Response
from pydantic import Field

from app.kit import problems
from app.kit.actor import CurrentActor
from app.kit.etags import IfMatch, require_version, set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.middleware import EdgeMiddleware
from app.kit.routing import house_router
from app.kit.schemas import Input, ShortText
from app.main import UPLOADS
from tests.market import Market

CALLS: list[str] = []
router = house_router(tags=["test"])


class Thing(Input):
    """A body."""

    name: ShortText
    count: Annotated[int, Field(ge=1)] = 1


@router.post("/things", status_code=201, dependencies=[IdempotencyGuard])
async def post_thing(form: Thing, actor: CurrentActor) -> dict[str, str]:
    """Make a thing."""
    CALLS.append(form.name)
    if form.name == "fault":
        raise RuntimeError("a fault of ours")
    return {"name": form.name, "number": str(len(CALLS))}


@router.get("/things/{thing_id}")
async def get_thing(thing_id: UUID, q: str = "", x: Annotated[str | None, Header()] = None) -> dict[str, str]:
    """Read a thing."""
    return {"q": q}


@router.get("/counters/{name}")
async def get_counter(name: str, response: Response) -> dict[str, int]:
    """Read a thing that can be edited, with something of another thing in it."""
    set_etag(response, 7)
    return {"calls": len(CALLS)}


@router.put("/counters/{name}")
async def put_counter(name: str, if_match: IfMatch, response: Response) -> dict[str, int]:
    """Edit it."""
    require_version(7, if_match)
    set_etag(response, 7)
    return {"calls": len(CALLS)}


@pytest.fixture
async def edge(market: Market) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    for name in ("settings", "database", "clock", "resolve_actor", "gateways"):
        setattr(app.state, name, getattr(market.app.state, name))
    app.include_router(router)
    problems.install(app)
    app.add_middleware(EdgeMiddleware, max_body_bytes=2000, larger=((UPLOADS, 5000),))
    CALLS.clear()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


async def test_a_repeated_request_acts_once_and_gets_the_first_answer(edge: httpx.AsyncClient, market: Market) -> None:
    member = await market.people("buyer")
    headers = {**member.headers, "Idempotency-Key": "k1"}
    first = await edge.post("/v1/things", json={"name": "a"}, headers=headers)
    again = await edge.post("/v1/things", json={"name": "a"}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert CALLS == ["a"]
    other = await edge.post("/v1/things", json={"name": "b"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    stranger = await market.people("buyer")
    own = await edge.post("/v1/things", json={"name": "b"}, headers={**stranger.headers, "Idempotency-Key": "k1"})
    assert own.status_code == 201


async def test_a_key_is_required_and_a_failure_is_not_remembered(edge: httpx.AsyncClient, market: Market) -> None:
    member = await market.people("buyer")
    missing = await edge.post("/v1/things", json={"name": "a"}, headers=member.headers)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency-key-missing")
    headers = {**member.headers, "Idempotency-Key": "k2"}
    assert (await edge.post("/v1/things", json={"name": "fault"}, headers=headers)).status_code == 500
    assert (await edge.post("/v1/things", json={"name": "fault"}, headers=headers)).status_code == 500
    assert CALLS == ["fault", "fault"]


@pytest.mark.parametrize(
    "body", [b'{"name": "a\\u0000b"}', b'{"name": "\\ud800"}', b'{"name": "\xff"}', b"{", b'{"name": NaN}', b""]
)
async def test_unreadable_bodies_are_422(edge: httpx.AsyncClient, market: Market, body: bytes) -> None:
    member = await market.people("buyer")
    headers = {**member.headers, "Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = await edge.post("/v1/things", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert CALLS == []


async def test_field_errors_name_the_field_in_the_readers_language(edge: httpx.AsyncClient, market: Market) -> None:
    member = await market.people("buyer", locale="de")
    answer = await edge.post(
        "/v1/things", json={"name": "", "count": 0, "nmae": 1}, headers={**member.headers, "Idempotency-Key": "k"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-language"] == "de"
    found = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert found == {"/name": "string-too-short", "/count": "greater-than-equal", "/nmae": "extra-forbidden"}


@pytest.mark.parametrize(
    ("name", "pointer"),
    [("a[b", "/a[b"), ("list[str]", "/list[str]"), ("a(b)", "/a(b)"), ("a/b~c", "/a~1b~0c"), ("", "/")],
)
async def test_a_field_is_named_whatever_it_is_called(
    edge: httpx.AsyncClient, market: Market, name: str, pointer: str
) -> None:
    member = await market.people("buyer")
    headers = {**member.headers, "Idempotency-Key": "k"}
    answer = await edge.post("/v1/things", json={"name": "a", name: 1}, headers=headers)
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("path", ["/v1/things/x?q=%00", "/v1/things/%00", "/v1/things/0?q=a", "/v1/things/%ff"])
async def test_bad_parameters_are_422(edge: httpx.AsyncClient, path: str) -> None:
    assert (await edge.get(path)).status_code == 422


async def test_a_large_body_is_413_with_and_without_a_length(edge: httpx.AsyncClient, market: Market) -> None:
    member = await market.people("buyer")
    headers = {**member.headers, "Idempotency-Key": "k", "Content-Type": "application/json"}
    known = await edge.post("/v1/things", content=b'{"name": "' + b"a" * 3000 + b'"}', headers=headers)

    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"name": "'
        for _ in range(4):
            yield b"a" * 1000

    unknown = await edge.post("/v1/things", content=chunks(), headers=headers)
    for answer in (known, unknown):
        assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


async def test_every_answer_says_its_language_and_request(edge: httpx.AsyncClient) -> None:
    answer = await edge.get(f"/v1/things/{UUID(int=1)}?locale=zh-TW", headers={"X-Request-Id": "forwarder-42"})
    assert answer.status_code == 200
    assert answer.headers["content-language"] == "zh-Hant"
    assert answer.headers["x-request-id"] == "forwarder-42"
    assert "Accept-Language" in answer.headers["vary"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_language_is_found_among_many_parameters(edge: httpx.AsyncClient) -> None:
    answer = await edge.get(f"/v1/things/{UUID(int=1)}?{'a=1&' * 300}locale=de")
    assert (answer.status_code, answer.headers["content-language"]) == (200, "de")


async def test_a_fault_of_ours_tells_nothing_about_itself(edge: httpx.AsyncClient, market: Market) -> None:
    member = await market.people("buyer")
    answer = await edge.post("/v1/things", json={"name": "fault"}, headers={**member.headers, "Idempotency-Key": "k"})
    assert answer.status_code == 500
    assert "fault of ours" not in answer.text.lower().replace("something went wrong on our side", "")
    assert answer.json()["request_id"]


async def test_other_methods_and_addresses_get_problem_documents(edge: httpx.AsyncClient) -> None:
    wrong = await edge.delete("/v1/things")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method-not-allowed")
    assert "POST" in wrong.headers["allow"]
    assert (await edge.get("/nowhere")).json()["code"] == "not-found"


def test_scope_has_no_secret_in_logs() -> None:
    from app.kit.logs import hide

    event = hide(
        None, "info", {"event": "x", "password": "p", "authorization": "Bearer t", "status": 200, "email": "a@b"}
    )
    assert event == {"event": "x", "password": "…", "authorization": "…", "status": 200, "email": "…"}


async def test_what_was_read_before_is_not_sent_again(edge: httpx.AsyncClient) -> None:
    path = f"/v1/things/{UUID(int=1)}?q=a"
    first = await edge.get(path)
    again = await edge.get(path, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = await edge.get(f"/v1/things/{UUID(int=1)}?q=b", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


async def test_a_tag_tells_versions_and_contents_apart(edge: httpx.AsyncClient) -> None:
    """What a thing shows of others changes without its version: then its tag does too, and the version still counts."""
    path = "/v1/counters/x"
    tag = (await edge.get(path)).headers["etag"]
    assert (await edge.get(path, headers={"If-None-Match": tag})).status_code == 304
    CALLS.append("elsewhere")
    changed = await edge.get(path, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json()) == (200, {"calls": 1})
    edited = await edge.put(path, headers={"If-Match": tag})
    assert (edited.status_code, edited.headers["etag"]) == (200, changed.headers["etag"])
    stale = await edge.put(path, headers={"If-Match": '"6-en"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
