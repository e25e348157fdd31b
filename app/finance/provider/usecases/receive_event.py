"""Take in an event of the payment provider: prove that it is signed, keep it once, and save the job that follows it."""

from datetime import datetime

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.finance.provider import queries
from app.finance.provider.errors import EventNotSigned
from app.gateways.payments import is_signed, read_event
from app.kit.errors import MalformedBody
from app.kit.ids import new_id
from app.kit.jobs import defer
from app.settings import Settings

FOLLOW_EVENT = "finance.follow_provider_event"
PROVIDER = "stripe"


async def receive_event(
    session: AsyncSession, settings: Settings, body: bytes, signature: str | None, *, now: datetime
) -> None:
    """Put a signed event into the inbox, together with its job. Raises `EventNotSigned`, `MalformedBody`."""
    if not is_signed(body, signature, _secrets(settings), now=now):
        raise EventNotSigned()
    event = read_event(body)
    if event is None:
        raise MalformedBody()
    row_id = new_id()
    is_new = await queries.insert_event(
        session,
        id=row_id,
        provider=PROVIDER,
        event_id=event.id,
        type=event.type,
        account=event.account,
        thing=event.thing,
        payment=event.payment,
        happened_at=event.happened_at,
        next_attempt_at=now,
        received_at=now,
    )
    if is_new:
        await defer(session, FOLLOW_EVENT, event_id=str(row_id))


def _secrets(settings: Settings) -> list[SecretStr]:
    kept = settings.stripe_webhook_secrets
    return [SecretStr(one) for one in kept.get_secret_value().split()] if kept else []
