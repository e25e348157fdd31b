"""The LibreTranslate client against a real HTTP server on loopback."""

import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.gateways.translation import (
    LibreTranslator,
    Translation,
    TranslationBadAnswer,
    TranslationLanguageUnsupported,
    TranslationRefused,
    TranslationRejected,
    TranslationThrottled,
    TranslationUnavailable,
)

pytestmark = pytest.mark.asyncio

Answer = Callable[[dict[str, Any]], Response]


def shout(body: dict[str, Any]) -> Response:
    return JSONResponse({"translatedText": [text.upper() for text in body["q"]]})


@dataclass
class Service:
    """A stand-in LibreTranslate: answers from a list first, then by `then`, and remembers what it was asked."""

    languages: list[str] = field(default_factory=lambda: ["en", "de", "zh", "zt", "pb", "ja"])
    first: list[Answer] = field(default_factory=list)
    then: Answer = shout
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    async def translate(self, request: Request) -> Response:
        body = json.loads(await request.body())
        self.asked.append(body)
        return (self.first.pop(0) if self.first else self.then)(body)

    async def list_languages(self, _: Request) -> Response:
        if not self.languages:
            return PlainTextResponse("no such page", 404)
        return JSONResponse([{"code": code, "name": code} for code in self.languages])


@contextmanager
def serve(service: Service) -> Iterator[str]:
    app = Starlette(
        routes=[
            Route("/translate", service.translate, methods=["POST"]),
            Route("/languages", service.list_languages, methods=["GET"]),
        ]
    )
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    with serve(made) as url:
        made.url = url
        yield made


class Naps:
    """Remembers the waits instead of waiting."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def translator(
    service: Service, sleep: Callable[[float], Awaitable[None]] | None = None, **options: Any
) -> LibreTranslator:
    return LibreTranslator(service.url, timeout_s=5, sleep=sleep or Naps(), **options)


async def test_a_text_comes_back_with_its_tokens(service: Service) -> None:
    async with translator(service, api_key="secret-key") as libre:
        done = await libre.translate(["Einsätze aus S136, ±0.02, FCA Ningbo", "Kern"], "de", "zh-Hant")
    assert done == [
        Translation("EINSÄTZE AUS S136, ±0.02, FCA NINGBO", "libretranslate", "machine"),
        Translation("KERN", "libretranslate", "machine"),
    ]
    [body] = service.asked
    assert body["source"] == "de"
    assert body["target"] == "zt"
    assert body["format"] == "text"
    assert body["api_key"] == "secret-key"
    assert body["q"] == ["Einsätze aus [[0]], [[1]], [[2]] Ningbo", "Kern"]


@pytest.mark.parametrize(
    ("spoken", "locale", "code"),
    [
        (["en", "zh", "zt"], "zh-Hans", "zh"),
        (["en", "zh-Hans", "zh-Hant"], "zh-Hans", "zh-Hans"),
        (["en", "zh-Hans", "zh-Hant"], "zh-Hant", "zh-Hant"),
        (["en", "pb", "pt"], "pt-BR", "pb"),
        (["en", "pt"], "pt-BR", "pt"),
        ([], "pt-BR", "pb"),
        (["en", "ar"], "ar", "ar"),
    ],
)
async def test_the_servers_own_language_codes_are_used(
    service: Service, spoken: list[str], locale: str, code: str
) -> None:
    service.languages = spoken
    async with translator(service) as libre:
        await libre.translate(["core"], "en", locale)
    assert service.asked[0]["target"] == code


async def test_a_language_the_server_lacks_is_told_apart(service: Service) -> None:
    async with translator(service) as libre:
        with pytest.raises(TranslationLanguageUnsupported) as caught:
            await libre.translate(["core"], "en", "ar")
    assert caught.value.params == {"locale": "ar"}
    assert service.asked == []


async def test_same_language_and_wordless_texts_are_not_sent(service: Service) -> None:
    async with translator(service) as libre:
        assert (await libre.translate(["Kern"], "de", "de"))[0].text == "Kern"
        assert [item.text for item in await libre.translate(["", "S136", " ± 0.02 "], "de", "en")] == [
            "",
            "S136",
            " ± 0.02 ",
        ]
    assert service.asked == []


async def test_batches_keep_within_their_limits_and_order(service: Service) -> None:
    texts = [f"word {chr(97 + number)}" * 2 for number in range(10)]
    async with translator(service, max_batch_texts=3, max_batch_chars=1_000) as libre:
        done = await libre.translate(texts, "en", "de")
    assert [item.text for item in done] == [text.upper() for text in texts]
    assert [len(body["q"]) for body in service.asked] == [3, 3, 3, 1]
    service.asked.clear()
    async with translator(service, max_batch_chars=30, max_text_chars=30) as libre:
        await libre.translate(texts, "en", "de")
    assert all(sum(map(len, body["q"])) <= 30 for body in service.asked)


async def test_429_waits_as_long_as_asked_and_then_succeeds(service: Service) -> None:
    service.first = [
        lambda _: JSONResponse({"error": "Slowdown"}, 429, headers={"Retry-After": "3"}),
        lambda _: PlainTextResponse("busy", 503),
    ]
    naps = Naps()
    async with translator(service, naps, backoff_s=0.5) as libre:
        assert (await libre.translate(["core"], "en", "de"))[0].text == "CORE"
    assert naps.seconds == [3.0, 1.0]
    assert len(service.asked) == 3


async def test_retry_after_may_be_a_date(service: Service) -> None:
    service.first = [
        lambda _: PlainTextResponse("", 503, headers={"Retry-After": formatdate(time.time() + 8, usegmt=True)})
    ]
    naps = Naps()
    async with translator(service, naps) as libre:
        await libre.translate(["core"], "en", "de")
    assert 5 < naps.seconds[0] <= 8


async def test_a_long_retry_after_is_left_to_the_caller(service: Service) -> None:
    service.then = lambda _: JSONResponse({}, 429, headers={"Retry-After": "3600"})
    naps = Naps()
    async with translator(service, naps) as libre:
        with pytest.raises(TranslationThrottled) as caught:
            await libre.translate(["core"], "en", "de")
    assert caught.value.retry_after_s == 3600
    assert caught.value.retryable
    assert naps.seconds == []


async def test_retries_are_bounded(service: Service) -> None:
    service.then = lambda _: PlainTextResponse("busy", 503)
    async with translator(service, attempts=4) as libre:
        with pytest.raises(TranslationUnavailable):
            await libre.translate(["core"], "en", "de")
    assert len(service.asked) == 4


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda _: JSONResponse({"error": "Invalid API key"}, 403), TranslationRefused),
        (lambda _: JSONResponse({"error": "text limit"}, 400), TranslationRejected),
        (lambda _: JSONResponse({"error": "boom"}, 500), TranslationUnavailable),
        (lambda _: PlainTextResponse("<html>", 200), TranslationBadAnswer),
        (lambda _: JSONResponse({"translatedText": "one text"}), TranslationBadAnswer),
        (lambda _: JSONResponse({"translatedText": []}), TranslationBadAnswer),
        (lambda _: JSONResponse(["x"]), TranslationBadAnswer),
        (lambda _: Response(status_code=302, headers={"Location": "http://127.0.0.1:9/"}), TranslationBadAnswer),
    ],
)
async def test_each_refusal_has_its_own_type(service: Service, answer: Answer, error: type[Exception]) -> None:
    service.then = answer
    async with translator(service, api_key="secret-key") as libre:
        with pytest.raises(error) as caught:
            await libre.translate(["core"], "en", "de")
    assert "secret-key" not in str(caught.value)
    assert len(service.asked) == 1


async def test_nobody_listening_is_unavailable() -> None:
    naps = Naps()
    async with LibreTranslator("http://127.0.0.1:9", timeout_s=1, attempts=2, sleep=naps) as libre:
        with pytest.raises(TranslationUnavailable):
            await libre.translate(["core"], "en", "de")
    assert len(naps.seconds) == 1


async def test_an_answer_that_takes_too_long_is_unavailable(service: Service) -> None:
    def slow(_: dict[str, Any]) -> Response:
        time.sleep(1)
        return PlainTextResponse("late")

    service.then = slow
    async with LibreTranslator(service.url, timeout_s=0.2, attempts=1) as libre:
        with pytest.raises(TranslationUnavailable) as caught:
            await libre.translate(["core"], "en", "de")
    assert caught.value.params["reason"] == "ReadTimeout"


async def test_an_engine_that_loses_masks_is_asked_by_pieces_and_tokens_survive(service: Service) -> None:
    service.then = lambda body: JSONResponse({"translatedText": [t.replace("[[0]]", "").upper() for t in body["q"]]})
    async with translator(service) as libre:
        [done] = await libre.translate(["core in S136 and slide in NAK80"], "en", "de")
    assert done == Translation("CORE IN S136 AND SLIDE IN NAK80", "libretranslate", "machine")


async def test_an_engine_that_invents_masks_gets_the_source_back_labelled_failed(service: Service) -> None:
    service.then = lambda body: JSONResponse({"translatedText": [f"[[7]] {text}" for text in body["q"]]})
    async with translator(service) as libre:
        [done] = await libre.translate(["core in S136"], "en", "de")
    assert done == Translation("core in S136", "libretranslate", "failed")
