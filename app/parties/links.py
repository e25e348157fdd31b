"""Links in mails. Their tokens are computed from an id and the installation's secret, so that the job that writes the mail
can make them again while the database holds only their digests."""

import base64
import hmac
from hashlib import sha256
from uuid import UUID

from app.kit.crypto import derive_key
from app.settings import Settings


def link_token(settings: Settings, purpose: str, entity_id: UUID) -> str:
    """The token of a link: an id and an HMAC-SHA256 of it under a key of this purpose."""
    mark = hmac.new(derive_key(settings, f"links: {purpose}"), entity_id.bytes, sha256).digest()
    return base64.urlsafe_b64encode(entity_id.bytes + mark).decode()


def invitation_token(settings: Settings, invitation_id: UUID) -> str:
    """The token of an invitation."""
    return link_token(settings, "invitation", invitation_id)


def invitation_link(settings: Settings, invitation_id: UUID) -> str:
    """Where an invited person accepts."""
    return f"{settings.public_url}/invitations/{invitation_token(settings, invitation_id)}"


def password_reset_link(settings: Settings, reset_id: UUID) -> str:
    """Where a person sets a new password."""
    return f"{settings.public_url}/password-reset/{link_token(settings, 'password_reset', reset_id)}"


def email_confirmation_link(settings: Settings, confirmation_id: UUID) -> str:
    """Where a person confirms his address."""
    return f"{settings.public_url}/email-confirmation/{link_token(settings, 'email_confirmation', confirmation_id)}"
