"""What every answer carries, and that every refusal is a problem document in the reader's language."""

import re
from collections.abc import Iterable

import httpx
import pytest

from app.kit.locales import translate
from app.kit.problems import MEDIA_TYPE
from app.main import create_app
from app.wiring import PUBLIC_ROUTES
from tests.contracts.names import problem_classes
from tests.contracts.snapshot import kept
from tests.market import Caller, Market
from tests.security.forms import options
from tests.security.test_every_route import in_order
from tests.security.walk import Operation, Walk, operations
from tests.world import World

INNER = re.compile(r"Traceback|File \"|line \d+, in|psycopg|sqlalchemy|site-packages|\.py\b|SELECT |INSERT INTO")


def faults(answers: Iterable[tuple[Operation, httpx.Response]], locale: str) -> list[str]:
    """What is wrong with the answers, as sentences."""
    classes = {cls.code: cls for cls in problem_classes()}
    found = []
    for operation, answer in answers:
        said = f"{operation.label}: {answer.status_code}"
        headers = answer.headers
        if headers.get("content-language") != locale:
            found.append(f"{said}: speaks {headers.get('content-language')}")
        if headers.get("x-content-type-options") != "nosniff" or "x-request-id" not in headers:
            found.append(f"{said}: lacks the house's headers")
        if "accept-language" not in headers.get("vary", "").lower():
            found.append(f"{said}: does not vary by language")
        if headers.get("x-powered-by") or headers.get("server"):
            found.append(f"{said}: tells what it runs on")
        if answer.status_code < 400 or operation.method == "HEAD":
            continue
        if not headers["content-type"].startswith(MEDIA_TYPE):
            found.append(f"{said}: is {headers['content-type']}")
            continue
        document = answer.json()
        cls = classes.get(document["code"])
        if cls is None:
            found.append(f"{said}: has the unknown code {document['code']}")
            continue
        if (document["type"], document["status"], cls.status) != (
            cls.type_uri(),
            answer.status_code,
            document["status"],
        ):
            found.append(f"{said}: type, status and code do not agree: {document}")
        if document["title"] != translate(cls.title, locale) or not document["detail"]:
            found.append(f"{said}: is not written in {locale}: {document['title']}")
        if "{" in document["detail"]:
            found.append(f"{said}: shows a placeholder: {document['detail']}")
        if document["instance"] != answer.request.url.path or document["request_id"] != headers["x-request-id"]:
            found.append(f"{said}: does not say which request it answers")
        if headers.get("cache-control") != "no-store":
            found.append(f"{said}: may be cached")
        if INNER.search(answer.text):
            found.append(f"{said}: shows its insides: {answer.text[:300]}")
    return found


@pytest.mark.parametrize("locale", ["de", "ar"])
async def test_every_answer_is_dressed_properly(world: World, market: Market, locale: str) -> None:
    """As nobody, as a stranger, and as the owners with an empty body. Each language asks at every other operation."""
    stranger = await market.people("buyer", "supplier", country="US", locale="en")
    description = kept()
    walk = Walk(world, description)
    asked = {"Accept-Language": locale}
    nobody = Caller(market.http, asked)
    foreign = Caller(market.http, {**stranger.headers, **asked})
    asked_for = in_order([one for one in operations(description) if one.path.startswith("/v1")])
    for operation in asked_for[("de", "ar").index(locale) :: 2]:
        await walk.send(nobody, operation)
        await walk.send(foreign, operation)
        if operation.writes and operation.label not in PUBLIC_ROUTES:
            owner = Caller(market.http, {**world.doer(operation.method, operation.path).headers, **asked})
            answer = await owner.request(operation.method, world.fill(operation.path), json={"no such field": 1})
            walk.seen.append((operation, answer))
    found = faults(walk.seen, locale)
    assert not found, "\n" + "\n".join(found)
    assert len({answer.status_code for _, answer in walk.seen}) > 5
    assert len([1 for _, answer in walk.seen if answer.status_code >= 400]) > 200


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


async def test_head_is_answered_as_get_without_a_body(world: World, market: Market) -> None:
    description = kept()
    looked = 0
    for operation in operations(description):
        if operation.method != "GET" or not operation.path.startswith("/v1"):
            continue
        given = options(world, description, "GET", operation.path)
        reader = world.doer("GET", operation.path)
        address = world.fill(operation.path)
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
