"""The cookie of who is signed in at a browser: encrypted, short-lived, renewed while it is used.

The session itself is the same row as that of an access token. No refresh token ever reaches the browser, and whether the
session goes on is read from the database at every request.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from starlette.responses import Response

from app.kit.crypto import seal, unseal
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """An open session of a person, acting for an organization, at a browser."""

    organization_id: UUID
    person_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class Seat:
    """An open session, since when it sits here, and when its cookie was made."""

    session: BrowserSession
    since: datetime
    made_at: datetime


def is_secure(settings: Settings) -> bool:
    """Whether cookies travel by TLS alone."""
    return settings.environment == "production"


@dataclass(frozen=True, slots=True)
class SeatCookie:
    """One kind of seat: where it is valid, for how long without use, and for how long at all."""

    name: str
    secure_prefix: str
    path: str
    purpose: str
    same_site: Literal["lax", "strict"]
    life: timedelta
    renewed_after: timedelta
    longest: timedelta

    def cookie_name(self, settings: Settings) -> str:
        """The name; its prefix makes browsers insist on HTTPS (RFC 6265bis, 4.1.3)."""
        return self.secure_prefix + self.name if is_secure(settings) else self.name

    def is_stale(self, seat: Seat, now: datetime) -> bool:
        """Whether a new cookie is due."""
        return now - seat.made_at >= self.renewed_after

    def pack(self, settings: Settings, opened: BrowserSession, *, since: datetime, now: datetime) -> str:
        """The cookie's value."""
        ids = [str(opened.organization_id), str(opened.person_id), str(opened.session_id)]
        sealed = seal(settings, self.purpose, orjson.dumps([*ids, since.timestamp(), now.timestamp()]))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def unpack(self, settings: Settings, value: str | None, *, now: datetime) -> Seat | None:
        """What a cookie says; None when it is not ours, altered, or too old."""
        if not value or len(value) > 1000:
            return None
        try:
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            organization, person, session, since, made_at = orjson.loads(unseal(settings, self.purpose, sealed))
        except (InvalidTag, ValueError, binascii.Error):
            return None
        seat = Seat(
            BrowserSession(UUID(organization), UUID(person), UUID(session)),
            since=datetime.fromtimestamp(since, tz=now.tzinfo),
            made_at=datetime.fromtimestamp(made_at, tz=now.tzinfo),
        )
        fresh = timedelta(0) <= now - seat.made_at < self.life and now - seat.since < self.longest
        return seat if fresh else None

    def put(self, response: Response, settings: Settings, value: str) -> None:
        """Set the cookie: not for scripts, and in production not without TLS."""
        response.set_cookie(
            self.cookie_name(settings),
            value,
            max_age=int(self.life.total_seconds()),
            path=self.path,
            httponly=True,
            samesite=self.same_site,
            secure=is_secure(settings),
        )

    def take(self, response: Response, settings: Settings) -> None:
        """Remove the cookie."""
        response.delete_cookie(
            self.cookie_name(settings),
            path=self.path,
            httponly=True,
            samesite=self.same_site,
            secure=is_secure(settings),
        )
