"""Answers are dressed as `dressing` says: those to the things' owners, to HEAD, and where there is no operation. How others are
refused is looked at in `test_every_route`."""

import httpx
import pytest

from app.kit.clock import Clock
from app.kit.problems import MEDIA_TYPE
from app.main import create_app
from app.wiring import PUBLIC_ROUTES
from tests.contracts.snapshot import kept
from tests.market import Caller, Market
from tests.security.dressing import faults
from tests.security.forms import options
from tests.security.test_every_route import in_order
from tests.security.walk import Operation, Walk, operations
from tests.world import World


async def test_what_owners_send_wrongly_is_answered_properly(world: World, market: Market) -> None:
    """As the owners with an empty body. What strangers are told is looked at where they are refused."""
    description = kept()
    walk = Walk(world, description)
    for operation in in_order([one for one in operations(description) if one.writes]):
        if operation.label not in PUBLIC_ROUTES and operation.path.startswith("/v1"):
            doer = world.doer(operation.method, operation.path)
            owner = Caller(market.http, {**doer.headers, "Accept-Language": "fr"})
            answer = await owner.request(operation.method, world.fill(operation.path), json={"no such field": 1})
            walk.seen.append((operation, answer))
    found = faults(walk.seen, "fr")
    assert not found, "\n" + "\n".join(found)
    assert len([1 for _, answer in walk.seen if answer.status_code >= 400]) > 100


async def test_what_is_no_operation_is_a_problem_document_too(market: Market) -> None:
    asked = {"Accept-Language": "ja"}
    answers = [
        (Operation("GET", path), await market.nobody.request(method, path, headers=asked))
        for method, path in [("GET", "/v1/no-such-thing"), ("DELETE", "/v1/locales"), ("GET", "/v1/locales/%FF")]
    ]
    assert [answer.status_code for _, answer in answers] == [404, 405, 404]
    assert not faults(answers, "ja")


def test_faults_are_seen() -> None:
    """A bare answer of another framework breaks nearly every rule."""
    request = httpx.Request("GET", "http://testserver/v1/inquiries")
    body = {"type": "about:blank", "title": "Oops", "status": 400, "detail": "{x}", "code": "not-found",
            "instance": "/", "request_id": "1", "trace": "Traceback (most recent call last)"}  # fmt: skip
    headers = {"Server": "uvicorn", "Content-Type": MEDIA_TYPE}
    answer = httpx.Response(404, json=body, headers=headers, request=request)
    found = "\n".join(faults([(Operation("GET", "/v1/inquiries"), answer)], "de"))
    for fault in ("speaks None", "lacks the house's", "does not vary", "runs on", "do not agree", "not written in de",
                  "placeholder", "which request", "may be cached", "insides"):  # fmt: skip
        assert fault in found, fault


@pytest.mark.parametrize(("environment", "shown"), [("development", True), ("production", False)])
async def test_the_pages_lead_to_the_reference_where_there_is_one(
    market: Market, environment: str, shown: bool
) -> None:
    app = create_app(market.settings.model_copy(update={"environment": environment}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as browser:
        answer = await browser.get("/")
        assert answer.status_code == 302
        home = await browser.get(answer.headers["location"])
        assert ('href="/docs"' in home.text) is shown
        assert (await browser.get("/docs")).status_code == (200 if shown else 404)
    await app.state.database.close()


async def test_head_is_answered_as_get_without_a_body(
    world: World, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock stands still while both are asked: a countdown in the body may not tell them apart."""
    description = kept()
    looked = 0
    for operation in operations(description):
        if operation.method != "GET" or not operation.path.startswith("/v1"):
            continue
        given = options(world, description, "GET", operation.path)
        reader = world.doer("GET", operation.path)
        address = world.fill(operation.path)
        moment = Clock(market.clock.offset).now()
        monkeypatch.setattr(market.clock, "now", lambda moment=moment: moment)
        whole = await reader.request("GET", address, **given)
        head = await reader.request("HEAD", address, **given)
        assert (head.status_code, head.content) == (whole.status_code, b""), operation.label
        for name in ("content-type", "content-length", "etag", "content-language"):
            assert head.headers.get(name) == whole.headers.get(name), f"{operation.label}: {name}"
        looked += whole.status_code == 200
    assert looked > 40
    wrong = await market.nobody.request("HEAD", "/v1/me")
    assert (wrong.status_code, wrong.content) == (401, b"")
    assert (await market.nobody.request("HEAD", "/v1/auth/token")).status_code == 405
