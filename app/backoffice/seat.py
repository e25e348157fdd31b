"""The back office's cookie: which session sits at this browser. Encrypted, short-lived, renewed while it is used.

The session itself is the same row as that of an access token. No refresh token ever reaches the browser.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from starlette.responses import Response

from app.kit.crypto import seal, unseal
from app.parties.facade import OperatorSession
from app.settings import Settings

PATH = "/backoffice"
LIFE = timedelta(minutes=15)
RENEWED_AFTER = timedelta(minutes=5)
LONGEST = timedelta(hours=8)
_PURPOSE = "backoffice cookies"


@dataclass(frozen=True, slots=True)
class Seat:
    """An open session, since when it sits here, and when its cookie was made."""

    session: OperatorSession
    since: datetime
    made_at: datetime

    def is_stale(self, now: datetime) -> bool:
        """Whether a new cookie is due."""
        return now - self.made_at >= RENEWED_AFTER


def cookie_name(settings: Settings) -> str:
    """The name; its prefix makes browsers insist on HTTPS (RFC 6265bis, 4.1.3.1)."""
    return "__Secure-partingline-backoffice" if _secure(settings) else "partingline-backoffice"


def _secure(settings: Settings) -> bool:
    return settings.environment == "production"


def pack(settings: Settings, opened: OperatorSession, *, since: datetime, now: datetime) -> str:
    """The cookie's value."""
    plain = [
        str(opened.organization_id),
        str(opened.person_id),
        str(opened.session_id),
        since.timestamp(),
        now.timestamp(),
    ]
    sealed = seal(settings, _PURPOSE, orjson.dumps(plain))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unpack(settings: Settings, value: str | None, *, now: datetime) -> Seat | None:
    """What a cookie says; None when it is not ours, altered, or too old."""
    if not value or len(value) > 1000:
        return None
    try:
        sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        organization, person, session, since, made_at = orjson.loads(unseal(settings, _PURPOSE, sealed))
    except (InvalidTag, ValueError, binascii.Error):
        return None
    seat = Seat(
        OperatorSession(UUID(organization), UUID(person), UUID(session)),
        since=datetime.fromtimestamp(since, tz=now.tzinfo),
        made_at=datetime.fromtimestamp(made_at, tz=now.tzinfo),
    )
    fresh = timedelta(0) <= now - seat.made_at < LIFE and now - seat.since < LONGEST
    return seat if fresh else None


def put(response: Response, settings: Settings, value: str) -> None:
    """Set the cookie: not for scripts, not across sites, and in production not without TLS."""
    response.set_cookie(
        cookie_name(settings),
        value,
        max_age=int(LIFE.total_seconds()),
        path=PATH,
        httponly=True,
        samesite="strict",
        secure=_secure(settings),
    )


def take(response: Response, settings: Settings) -> None:
    """Remove the cookie."""
    response.delete_cookie(cookie_name(settings), path=PATH, httponly=True, samesite="strict", secure=_secure(settings))
