"""Handle one message: once, with the permissions of its source, and remember what became of it."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.errors import FieldError, InternalProblem, Invalid, Problem
from app.kit.findings import from_validation
from app.kit.jobs import Runtime, defer
from app.kit.kept import keep
from app.kit.outbox import announce
from app.messages.incoming import queries
from app.messages.incoming.errors import MessageTypeUnknown, SourceRevoked
from app.messages.incoming.events import IncomingRefused
from app.messages.incoming.models import IncomingMessage, WebhookSource
from app.messages.incoming.registry import HANDLERS
from app.messages.incoming.rules import DELAYS
from app.messages.incoming.states import MessageState
from app.messages.incoming.usecases.receive_message import TAKE_MESSAGE
from app.messages.rules import delay_after
from app.parties import facade as parties

log = structlog.get_logger(__name__)

TOLD_EVERY = timedelta(days=1)


async def take_message(runtime: Runtime, *, organization_id: UUID, message_id: UUID) -> None:
    """One try: counted first, so that a message which kills its worker is not tried for ever."""
    async with runtime.database.transaction(Role.WORKER) as session:
        await act_for(session, organization_id)
        if not await claim(session, message_id, now=runtime.clock.now()):
            return
    try:
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, organization_id)
            await handle(session, message_id, now=runtime.clock.now())
    except Exception:
        log.exception("incoming_message_broke_down", message_id=str(message_id))
        async with runtime.database.transaction(Role.WORKER) as session:
            await act_for(session, organization_id)
            await try_again(session, message_id, now=runtime.clock.now())


async def claim(session: AsyncSession, message_id: UUID, *, now: datetime) -> bool:
    """Count a try of a message that waits; False when there is nothing to do."""
    message = await queries.lock_waiting(session, message_id)
    if message is None:
        return False
    if message.attempts > len(DELAYS):
        await _end(session, message, MessageState.FAILED, problem=keep(InternalProblem()), now=now)
        return False
    message.attempts += 1
    message.next_attempt_at = now
    await session.flush()
    return True


async def handle(session: AsyncSession, message_id: UUID, *, now: datetime) -> None:
    """Do what the message asks for and write down what came of it, in this one transaction."""
    message = await queries.lock_waiting(session, message_id)
    if message is None:
        return
    try:
        async with session.begin_nested():
            outcome = await _act(session, message, now=now)
    except Problem as problem:
        if problem.status >= InternalProblem.status:
            raise
        await _end(session, message, MessageState.REFUSED, problem=keep(problem), now=now)
    else:
        await _end(session, message, MessageState.HANDLED, outcome=dict(outcome), now=now)


async def try_again(session: AsyncSession, message_id: UUID, *, now: datetime) -> None:
    """After a try that broke down: the next one, or none after the last."""
    message = await queries.lock_waiting(session, message_id)
    if message is None:
        return
    delay = delay_after(DELAYS, message.attempts, jitter=random.random())  # noqa: S311
    if delay is None:
        await _end(session, message, MessageState.FAILED, problem=keep(InternalProblem()), now=now)
        return
    message.next_attempt_at = now + delay
    await session.flush()
    await defer_try(session, message, at=message.next_attempt_at)


async def defer_try(session: AsyncSession, message: IncomingMessage, *, at: datetime | None = None) -> None:
    """Save the job of a further try. It holds up no other message of its source."""
    await defer(session, TAKE_MESSAGE, at=at, organization_id=str(message.organization_id), message_id=str(message.id))


async def _act(session: AsyncSession, message: IncomingMessage, *, now: datetime) -> Mapping[str, Any]:
    source = await queries.source(session, message.organization_id, message.source_id)
    actor = await _actor(session, source) if source is not None and source.revoked_at is None else None
    if actor is None:
        raise SourceRevoked()
    handler = HANDLERS.get(message.type)
    if handler is None:
        raise MessageTypeUnknown(type=message.type, known=sorted(HANDLERS))
    form = _read(handler.form, orjson.loads(message.body)["data"])
    return await handler.function(session, actor, form, now=now)


async def _actor(session: AsyncSession, source: WebhookSource) -> Actor | None:
    return await parties.machine_actor(
        session, source.organization_id, source.scopes, source_id=source.id, made_by=source.client_id
    )


def _read(form: type[BaseModel], data: object) -> BaseModel:
    try:
        return form.model_validate(data)
    except ValidationError as error:
        found = from_validation(error).errors
        errors = [FieldError(f"/data{one.pointer}", one.code, one.message, one.params) for one in found]
        raise Invalid(errors=errors) from None


async def _end(
    session: AsyncSession, message: IncomingMessage, state: MessageState, *, now: datetime, **values: Any
) -> None:
    await queries.end_message(session, message.id, state, ended_at=now, **values)
    problem = values.get("problem")
    if problem is None:
        return
    log.info("incoming_message_refused", message_id=str(message.id), type=message.type, code=problem["code"])
    if not await queries.note_refusal_told(session, message.source_id, now=now, every=TOLD_EVERY):
        return
    event = IncomingRefused(
        source_id=message.source_id,
        organization_id=message.organization_id,
        message_id=message.id,
        message_type=message.type,
        code=problem["code"],
    )
    await announce(session, event, organizations=[message.organization_id])
