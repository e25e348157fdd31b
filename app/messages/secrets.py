"""The secrets that endpoints verify our signatures with: made here, shown once, kept sealed."""

import base64
import secrets
from datetime import datetime
from uuid import UUID

from app.kit.crypto import seal, unseal
from app.messages.models import WebhookEndpoint
from app.settings import Settings

PREFIX = "whsec_"
_PURPOSE = "webhook secrets"


def new_secret() -> str:
    """A secret as Standard Webhooks writes it: 32 random bytes in base64 behind `whsec_`."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sealed(settings: Settings, endpoint_id: UUID, secret: str) -> bytes:
    """The secret as it is stored; it can be opened for this endpoint alone."""
    return seal(settings, _PURPOSE, secret.encode(), bound_to=endpoint_id.bytes)


def valid_secrets(settings: Settings, endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    """The secrets to sign with now: the present one and, while a rotation overlaps, the one before."""
    kept = [endpoint.secret_sealed]
    until = endpoint.previous_secret_until
    if endpoint.previous_secret_sealed is not None and until is not None and now < until:
        kept.append(endpoint.previous_secret_sealed)
    return [unseal(settings, _PURPOSE, one, bound_to=endpoint.id.bytes).decode() for one in kept]
