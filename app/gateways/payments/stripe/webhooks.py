"""Events that Stripe sends: whether one is signed, and what of it is of interest. Pure.

Nothing is believed of an event but that something happened to a thing: how that stands is asked. So events may come twice, late
and in any order, and nothing that stands in one beside ids is kept.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from pydantic import SecretStr

from app.gateways.payments.stripe.reading import id_of, moment

TOLERANCE = timedelta(minutes=5)
"""How far the time of a signature may be from our clock, either way."""

MOST_SIGNATURES = 10
_ID = re.compile(r"[A-Za-z0-9_]{1,120}")
_TYPE = re.compile(r"[a-z0-9_.]{1,120}")
_TIME = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class StripeEvent:
    """What is of interest: the thing that something happened to, and the payment that it belongs to. `account` is a supplier's,
    when it happened there."""

    id: str
    type: str
    account: str | None
    thing: str | None
    payment: str | None
    happened_at: datetime


def is_signed(body: bytes, header: str | None, secrets: Sequence[SecretStr], *, now: datetime) -> bool:
    """Whether one of the secrets signed these bytes, within five minutes: HMAC-SHA256 over `t.body`, marked `v1`, in hexadecimal.

    Every signature is compared with that of every secret, in constant time. Source: docs.stripe.com/webhooks, “Verify manually”.
    """
    parts = [part.strip().partition("=")[::2] for part in (header or "").split(",")]
    time = next((value for name, value in parts if name == "t"), "")
    if not _TIME.fullmatch(time) or abs(int(time) - now.timestamp()) > TOLERANCE.total_seconds():
        return False
    given = [value.encode("utf-8", "replace") for name, value in parts if name == "v1"][:MOST_SIGNATURES]
    content = f"{time}.".encode() + body
    expected = [hmac.digest(secret.get_secret_value().encode(), content, sha256).hex().encode() for secret in secrets]
    good = [hmac.compare_digest(one, right) for one in given for right in expected]
    return any(good)


def read_event(body: bytes) -> StripeEvent | None:
    """The event, or None when these bytes are none."""
    try:
        told = orjson.loads(body)
        thing = told["data"]["object"]
        event_id, type_, account = told["id"], told["type"], told.get("account")
        happened_at = moment(int(told["created"]))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None
    if not isinstance(thing, dict) or not _is_one(_ID, event_id) or not _is_one(_TYPE, type_):
        return None
    if account is not None and not _is_one(_ID, account):
        return None
    return StripeEvent(event_id, type_, account, _known(thing.get("id")), _payment_of(thing), happened_at)


def _is_one(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _known(value: Any) -> str | None:
    return value if _is_one(_ID, value) else None


def _payment_of(thing: dict[str, Any]) -> str | None:
    """The payment intent that it is, or that it names."""
    found = thing.get("id") if thing.get("object") == "payment_intent" else thing.get("payment_intent")
    return _known(id_of(found) if isinstance(found, str | dict) and found else None)
