"""Events as they are sent: signed with the secret of the endpoint."""

import hmac
import json
from hashlib import sha256

from app.demo.provider.shapes import Object


def signed(event: Object, secret: str, at: int, *more: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of an event, signed at that time (seconds since 1970) with one or more secrets."""
    body = json.dumps(event, indent=2).encode()
    signatures = [hmac.new(one.encode(), f"{at}.".encode() + body, sha256).hexdigest() for one in (secret, *more)]
    header = ",".join([f"t={at}", *(f"v1={one}" for one in signatures), "v0=0123"])
    return body, {"Stripe-Signature": header, "Content-Type": "application/json; charset=utf-8"}
