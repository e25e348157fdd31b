"""The secrets that webhooks are signed with, by us or by who sends us some: made here, shown once, kept sealed."""

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


def sealed(settings: Settings, holder_id: UUID, secret: str) -> bytes:
    """The secret as it is stored; it can be opened for this endpoint or source alone."""
    return seal(settings, _PURPOSE, secret.encode(), bound_to=holder_id.bytes)


def valid_secrets(settings: Settings, endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    """The secrets to sign with now: the present one and, while a rotation overlaps, the one before."""
    return opened(
        settings,
        endpoint.id,
        endpoint.secret_sealed,
        previous=endpoint.previous_secret_sealed,
        previous_until=endpoint.previous_secret_until,
        now=now,
    )


def opened(
    settings: Settings,
    holder_id: UUID,
    present: bytes,
    *,
    previous: bytes | None,
    previous_until: datetime | None,
    now: datetime,
) -> list[str]:
    """The secrets of an endpoint or source that are good now, the newest first."""
    kept = [present]
    if previous is not None and previous_until is not None and now < previous_until:
        kept.append(previous)
    return [unseal(settings, _PURPOSE, one, bound_to=holder_id.bytes).decode() for one in kept]
