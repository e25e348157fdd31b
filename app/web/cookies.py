"""The cookies of the storefront: who is signed in, how things are shown, the basket, and what forms are checked by.

None is set on a page that somebody merely reads. All are `SameSite=Lax`, closed to scripts, and in production tied to TLS.
"""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from app.kit.crypto import derive_key
from app.kit.seats import SeatCookie, is_secure
from app.settings import Settings

SEAT = SeatCookie(
    name="partingline-seat",
    secure_prefix="__Host-",
    path="/",
    purpose="storefront cookies",
    # A link in a mail leads to a page of the reader's own: with `Strict` he would arrive as a stranger.
    same_site="lax",
    life=timedelta(minutes=60),
    renewed_after=timedelta(minutes=10),
    longest=timedelta(hours=12),
)
BASKET = "partingline-basket"
UNITS = "partingline-units"
CURRENCY = "partingline-currency"
FORM = "partingline-form"
KEPT = (BASKET, UNITS, CURRENCY)
"""Cookies that change what a page shows to somebody who is not signed in."""

_YEAR = timedelta(days=365)


def put(response: Response, settings: Settings, name: str, value: str, *, lasting: bool = True) -> None:
    """Set a cookie for a year, or until the browser is closed."""
    response.set_cookie(
        name,
        value,
        max_age=int(_YEAR.total_seconds()) if lasting else None,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_secure(settings),
    )


def take(response: Response, settings: Settings, name: str) -> None:
    """Remove a cookie."""
    response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=is_secure(settings))


def form_secret(request: Request) -> str | None:
    """What this browser's forms are checked by, if it has some already."""
    held = request.cookies.get(FORM, "")
    return held if 20 <= len(held) <= 100 and held.isascii() else None


def new_form_secret() -> str:
    """A new one, for the cookie."""
    return secrets.token_urlsafe(24)


def form_token(settings: Settings, secret: str, session_id: object) -> str:
    """The hidden field of a form: tied to the browser and to who is signed in there."""
    key = derive_key(settings, "storefront forms")
    return hmac.new(key, f"{secret}|{session_id}".encode(), sha256).hexdigest()[:40]
