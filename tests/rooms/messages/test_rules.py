"""Patterns, waits and excerpts: pure rules."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.messages.rules import (
    EXCERPT_CHARACTERS,
    LONGEST_DELAY,
    MAIL_DELAYS,
    WEBHOOK_DELAYS,
    delay_after,
    excerpt,
    host_of,
    retry_after,
    wants,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("patterns", "event_type", "wanted"),
    [
        (["*"], "procurement.quote_submitted.v1", True),
        (["procurement.*"], "procurement.quote_submitted.v1", True),
        (["procurement.*"], "procurements.quote_submitted.v1", False),
        (["procurement.quote_submitted.*"], "procurement.quote_submitted.v1", True),
        (["procurement.quote_submitted.v1"], "procurement.quote_submitted.v1", True),
        (["procurement.quote_submitted.v1"], "procurement.quote_submitted.v10", False),
        (["parties.*", "messages.*"], "procurement.quote_submitted.v1", False),
        ([], "procurement.quote_submitted.v1", False),
    ],
)
def test_patterns(patterns: list[str], event_type: str, wanted: bool) -> None:
    assert wants(patterns, event_type) is wanted


@pytest.mark.parametrize("delays", [WEBHOOK_DELAYS, MAIL_DELAYS])
@given(jitter=st.floats(0, 1))
def test_waits_grow_and_end(delays: tuple[timedelta, ...], jitter: float) -> None:
    waits = [delay_after(delays, attempts, jitter=jitter) for attempts in range(1, len(delays) + 2)]
    assert waits[-1] is None
    known = [wait for wait in waits if wait is not None]
    assert known == sorted(known)
    assert all(wait <= LONGEST_DELAY * 1.1 for wait in known)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0), ("", 0), ("120", 120), ("-5", 0), ("1e3", 0), ("soon", 0), ("9" * 30, 86_400),
        ("Mon, 23 Nov 2026 12:05:00 GMT", 300), ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400), ("١٢٣", 0),
    ],
)  # fmt: skip
def test_retry_after(header: str | None, seconds: int) -> None:
    assert retry_after(header, now=NOW) == timedelta(seconds=seconds)


@given(st.text(max_size=200))
def test_retry_after_bears_any_header(header: str) -> None:
    assert timedelta(0) <= retry_after(header, now=NOW) <= LONGEST_DELAY


@given(st.binary(max_size=3000))
def test_excerpts_can_be_stored_and_read(body: bytes) -> None:
    text = excerpt(body)
    assert len(text) <= EXCERPT_CHARACTERS
    assert "\x00" not in text
    text.encode()


def test_excerpts_hold_no_secret() -> None:
    shown = excerpt(b"got whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw and Authorization: Bearer abc.def.ghi-123")
    assert "MfKQ" not in shown
    assert "abc.def" not in shown


def test_host_of() -> None:
    assert host_of("https://erp.example:8443/hooks?token=1") == "erp.example"
