"""Rules of sending: which events an endpoint hears, when a failed try is repeated, how a body is signed. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

EVENT_PATTERN = r"^(\*|[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?)$"
"""`*`, a whole event type, or the beginning of one followed by `.*`."""

WEBHOOK_DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400)
)
"""How long to wait after each failed try: ten tries over almost two days."""

MAIL_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1_800, 7_200, 21_600, 43_200))

LONGEST_DELAY = timedelta(hours=24)
EXCERPT_CHARACTERS = 1_000

_SECRETS = re.compile(r"whsec_[A-Za-z0-9+/=_-]+|v1,[A-Za-z0-9+/=]{20,}|(?i:bearer)\s+[A-Za-z0-9._~+/=-]{8,}")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def wants(patterns: Iterable[str], event_type: str) -> bool:
    """Whether an endpoint with these patterns hears of events of this type."""
    return any(
        pattern in ("*", event_type) or (pattern.endswith(".*") and event_type.startswith(pattern[:-1]))
        for pattern in patterns
    )


def host_of(url: str) -> str:
    """The host that a URL names, for telling people which system is meant."""
    return urlsplit(url).hostname or url


def delay_after(delays: Sequence[timedelta], attempts: int, *, jitter: float) -> timedelta | None:
    """How long to wait after the `attempts`-th failed try, or None when it was the last.

    `jitter` from 0 to 1 spreads the waits from nine tenths to eleven tenths, so that tries which failed together do not
    come again together.
    """
    if attempts > len(delays):
        return None
    return delays[attempts - 1] * (0.9 + 0.2 * jitter)


def retry_after(header: str | None, *, now: datetime) -> timedelta:
    """What `Retry-After` asks for (RFC 9110, 10.2.3: seconds or a date), within a day; zero when it asks for nothing."""
    text = (header or "").strip()
    wanted = timedelta(0)
    if text.isascii() and text.isdigit():
        wanted = timedelta(seconds=min(int(text[:9]), 10**8))
    elif text:
        try:
            moment = parsedate_to_datetime(text)
            wanted = moment.replace(tzinfo=moment.tzinfo or UTC) - now
        except (ValueError, TypeError, OverflowError):
            wanted = timedelta(0)
    return max(timedelta(0), min(wanted, LONGEST_DELAY))


def signature_headers(event_id: str, body: bytes, secrets: Sequence[str], *, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks: id, timestamp, and one signature per secret, the newest first."""
    stamp = now.astimezone(UTC).replace(microsecond=0)
    signatures = [Webhook(secret).sign(event_id, stamp, body.decode()) for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(stamp.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def excerpt(body: bytes) -> str:
    """The beginning of an answer for the log: text only, without whatever looks like a secret."""
    text = _UNPRINTABLE.sub("\ufffd", body.decode("utf-8", "replace"))
    return _SECRETS.sub("[…]", text)[:EXCERPT_CHARACTERS]
