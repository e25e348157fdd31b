"""Take in a signed message: prove who sent it, keep it once, and save the job that handles it."""

import base64
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.crypto import derive_key
from app.kit.db.tenancy import act_for
from app.kit.errors import TooManyRequests
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.messages import secrets
from app.messages.incoming import queries
from app.messages.incoming.errors import MessageDiffers, SignatureInvalid
from app.messages.incoming.models import WebhookSource
from app.messages.incoming.rules import Signed, is_signed_by, is_timely
from app.settings import Settings

TAKE_MESSAGE = "messages.take_message"

MOST_WAITING = 1_000
"""How many messages of one source may wait."""

RETRY_SECONDS = 30


async def find_sender(
    session: AsyncSession, settings: Settings, source_id: UUID, signed: Signed, *, now: datetime
) -> WebhookSource:
    """The source that signed; acts for its organization from here on. Raises `SignatureInvalid`, whatever is wrong.

    An unknown source takes the same statements and the same reckoning as a known one with a wrong signature.
    """
    if not is_timely(signed, now=now):
        raise SignatureInvalid()
    organization_id = await queries.organization_of_source(session, source_id)
    await act_for(session, organization_id)
    source = await queries.source(session, organization_id or source_id, source_id)
    if source is None or source.revoked_at is not None:
        decoy = base64.b64encode(derive_key(settings, "webhook source that is not there")).decode()
        is_signed_by(signed, [decoy])
        raise SignatureInvalid()
    kept = secrets.opened(
        settings,
        source.id,
        source.secret_sealed,
        previous=source.previous_secret_sealed,
        previous_until=source.previous_secret_until,
        now=now,
    )
    if not is_signed_by(signed, kept):
        raise SignatureInvalid()
    return source


async def keep_message(
    session: AsyncSession, source: WebhookSource, signed: Signed, message_type: str, *, now: datetime
) -> UUID:
    """Put a message into the inbox, together with its job; the message's id. One that came before is kept once.

    Locks the source, so that those that wait can be counted and a revocation comes before or after. Raises `SignatureInvalid`
    when the source was revoked meanwhile, `MessageDiffers`, `TooManyRequests`.
    """
    locked = await queries.lock_source(session, source.organization_id, source.id)
    if locked is None or locked.revoked_at is not None:
        raise SignatureInvalid()
    message_id, webhook_id, digest = new_id(), signed.webhook_id or "", sha256(signed.body).digest()
    new = await queries.insert_message(
        session,
        id=message_id,
        organization_id=source.organization_id,
        source_id=source.id,
        webhook_id=webhook_id,
        type=message_type,
        body=signed.body,
        digest=digest,
        next_attempt_at=now,
        received_at=now,
    )
    if not new:
        known_id, known_digest = await queries.message_of_id(session, source.id, webhook_id)
        if known_digest != digest:
            raise MessageDiffers()
        return known_id
    if await queries.count_waiting(session, source.id) > MOST_WAITING:
        raise TooManyRequests(retry_after_seconds=RETRY_SECONDS)
    await defer_first_try(session, source.organization_id, source.id, message_id)
    return message_id


async def defer_first_try(session: AsyncSession, organization_id: UUID, source_id: UUID, message_id: UUID) -> None:
    """Save the job of a message in the running transaction.

    The messages of a source are first tried in the order in which they came: an acceptance before the events that follow it.
    """
    await defer(
        session,
        TAKE_MESSAGE,
        lock=f"webhook source {source_id}",
        organization_id=str(organization_id),
        message_id=str(message_id),
    )
