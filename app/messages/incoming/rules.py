"""Rules of receiving: whether a signature is good, and when a message that could not be handled is tried again. Pure."""

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

TOLERANCE = timedelta(minutes=5)
"""How far the timestamp of a message may be from our clock, either way."""

MOST_SIGNATURES = 10
"""Signatures looked at. A sender signs with two secrets while he changes them."""

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 60, 600, 3_600))
"""How long to wait after each try that broke down: six tries in a little more than an hour."""

_ID = re.compile(r"[!-~]{1,255}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_VERSION = "v1,"


@dataclass(frozen=True, slots=True)
class Signed:
    """The headers of Standard Webhooks as they came, and the body that they sign."""

    webhook_id: str | None
    timestamp: str | None
    signature: str | None
    body: bytes


def is_timely(signed: Signed, *, now: datetime) -> bool:
    """Whether there is an id, and a time in seconds that is not more than `TOLERANCE` away."""
    if not _ID.fullmatch(signed.webhook_id or "") or not _TIMESTAMP.fullmatch(signed.timestamp or ""):
        return False
    return abs(int(signed.timestamp or 0) - now.timestamp()) <= TOLERANCE.total_seconds()


def is_signed_by(signed: Signed, secrets: Sequence[str]) -> bool:
    """Whether one of the signatures is of one of these secrets: HMAC-SHA256 over `id.timestamp.body` in base64, marked `v1`.

    Every signature is compared with every secret, in constant time. Source: Standard Webhooks 1.0, “Signature scheme”.
    """
    content = f"{signed.webhook_id}.{signed.timestamp}.".encode() + signed.body
    expected = [base64.b64encode(hmac.digest(_key(secret), content, sha256)) for secret in secrets]
    given = [
        one.removeprefix(_VERSION).encode("utf-8", "replace")
        for one in (signed.signature or "").split(" ")
        if one.startswith(_VERSION)
    ]
    good = [hmac.compare_digest(one, right) for one in given[:MOST_SIGNATURES] for right in expected]
    return any(good)


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))
