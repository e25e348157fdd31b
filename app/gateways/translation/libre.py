"""A LibreTranslate-compatible service over HTTP.

`POST /translate` with a list in `q`; `GET /languages` tells which codes this server speaks, because they differ between
versions (`zt` or `zh-Hant`, `pb` or `pt-BR`).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import anyio
import httpx

from app.gateways.translation.errors import (
    TranslationBadAnswer,
    TranslationLanguageUnsupported,
    TranslationRefused,
    TranslationRejected,
    TranslationThrottled,
    TranslationUnavailable,
)
from app.gateways.translation.masked import translate_protected
from app.gateways.translation.model import Translation
from app.kit.outside import calls_out

# The codes that servers use for our tags, the one to assume first.
_CODES: Mapping[str, tuple[str, ...]] = {
    "zh-Hans": ("zh", "zh-Hans", "zh-CN"),
    "zh-Hant": ("zt", "zh-Hant", "zh-TW"),
    "pt-BR": ("pb", "pt-BR", "pt"),
}
_RETRIED = frozenset({429, 502, 503, 504})


@calls_out
class LibreTranslator:
    """The real `Translator`. One HTTP client per instance; close it with `aclose` or use it as a context manager."""

    engine = "libretranslate"

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout_s: float = 20.0,
        attempts: int = 3,
        backoff_s: float = 0.5,
        max_wait_s: float = 15.0,
        max_batch_texts: int = 40,
        max_batch_chars: int = 8_000,
        max_text_chars: int = 2_000,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        """`attempts` bounds the tries of one request; a wait above `max_wait_s` is left to the caller's schedule."""
        self._api_key = api_key
        self._attempts = max(1, attempts)
        self._backoff_s = backoff_s
        self._max_wait_s = max_wait_s
        self._max_batch_texts = max(1, max_batch_texts)
        self._max_batch_chars = max(max_batch_chars, max_text_chars)
        self._max_text_chars = max_text_chars
        self._sleep = sleep
        self._codes: frozenset[str] | None = None
        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=httpx.Timeout(timeout_s), headers={"Accept": "application/json"}
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """One translation per text; one whose protected tokens the engine keeps harming returns as `failed`."""
        if source == target:
            return [Translation(text, self.engine, "machine") for text in texts]
        source_code = await self._code(source)
        target_code = await self._code(target)

        async def engine(strings: Sequence[str]) -> list[str]:
            answers: list[str] = []
            for batch in self._batches(strings):
                answers.extend(await self._translate_batch(batch, source_code, target_code))
            return answers

        done = await translate_protected(texts, engine, max_text_chars=self._max_text_chars)
        return [
            Translation(text, self.engine, "failed") if answer is None else Translation(answer, self.engine, "machine")
            for text, answer in zip(texts, done, strict=True)
        ]

    def _batches(self, strings: Sequence[str]) -> list[list[str]]:
        batches: list[list[str]] = []
        size = 0
        for string in strings:
            if not batches or len(batches[-1]) >= self._max_batch_texts or size + len(string) > self._max_batch_chars:
                batches.append([])
                size = 0
            batches[-1].append(string)
            size += len(string)
        return batches

    async def _code(self, locale: str) -> str:
        """The server's own code of a locale."""
        candidates = _CODES.get(locale, (locale,))
        if self._codes is None:
            self._codes = await self._languages()
        if not self._codes:
            return candidates[0]
        for candidate in candidates:
            if candidate in self._codes:
                return candidate
        raise TranslationLanguageUnsupported(locale=locale)

    async def _languages(self) -> frozenset[str]:
        """The codes the server names; empty for a server that has no such page."""
        try:
            answer = await self._request("GET", "/languages")
        except TranslationRejected:
            return frozenset()
        if not isinstance(answer, list):
            raise TranslationBadAnswer()
        return frozenset(str(item["code"]) for item in answer if isinstance(item, dict) and "code" in item)

    async def _translate_batch(self, batch: list[str], source: str, target: str) -> list[str]:
        body: dict[str, Any] = {"q": batch, "source": source, "target": target, "format": "text"}
        if self._api_key is not None:
            body["api_key"] = self._api_key
        answer = await self._request("POST", "/translate", json=body)
        texts = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(texts, list) or len(texts) != len(batch) or not all(isinstance(text, str) for text in texts):
            raise TranslationBadAnswer()
        return texts

    async def _request(self, method: str, path: str, **options: Any) -> Any:
        """One request with bounded retries on refusals that pass by themselves; the decoded JSON answer."""
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts
            try:
                response = await self._client.request(method, path, **options)
            except httpx.TransportError as error:
                if last:
                    raise TranslationUnavailable(reason=type(error).__name__, attempts=attempt) from None
                await self._sleep(self._wait_s(attempt, None))
                continue
            if response.status_code not in _RETRIED:
                return _decoded(response)
            asked = _retry_after_s(response)
            if last or (asked is not None and asked > self._max_wait_s):
                raise _refusal(response.status_code, asked, attempt)
            await self._sleep(self._wait_s(attempt, asked))
        raise TranslationUnavailable(attempts=self._attempts)

    def _wait_s(self, attempt: int, asked: float | None) -> float:
        doubled: float = self._backoff_s * 2 ** (attempt - 1)
        return min(self._max_wait_s, max(doubled, asked or 0.0))


def _refusal(status: int, asked: float | None, attempts: int) -> Exception:
    if status == 429:
        return TranslationThrottled(retry_after_s=asked)
    return TranslationUnavailable(status=status, attempts=attempts, retry_after_s=asked)


def _retry_after_s(response: httpx.Response) -> float | None:
    """Seconds of a Retry-After header in either of its forms (RFC 9110 §10.2.3), or None."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _decoded(response: httpx.Response) -> Any:
    status = response.status_code
    if status in (401, 403):
        raise TranslationRefused(status=status)
    if status >= 500:
        raise TranslationUnavailable(status=status)
    if status >= 400:
        raise TranslationRejected(status=status)
    if status != 200:
        raise TranslationBadAnswer(status=status)
    try:
        return response.json()
    except ValueError:
        raise TranslationBadAnswer(status=status) from None
