"""Try a failed message again."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.messages.incoming.errors import MessageNotFailed
from app.messages.incoming.models import IncomingMessage
from app.messages.incoming.states import MessageState
from app.messages.incoming.usecases.take_message import defer_try


async def replay_message(session: AsyncSession, actor: Actor, message: IncomingMessage, *, now: datetime) -> None:
    """Let a failed message wait again, with all its tries. Its row is locked by the caller. Raises `MessageNotFailed`."""
    if message.state != MessageState.FAILED:
        raise MessageNotFailed()
    message.state = MessageState.WAITING
    message.attempts = 0
    message.problem = None
    message.ended_at = None
    message.next_attempt_at = now
    await session.flush()
    await audit.record(session, actor, "incoming_message.replay", "incoming_message", message.id)
    await defer_try(session, message)
