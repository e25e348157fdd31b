"""The registry of what is done with messages. The room that knows what to do registers it, in its `incoming` module."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor

Outcome = Mapping[str, Any]


class HandlerFunction(Protocol):
    """Does what a message asks for, as a route would: checks the permission, raises problems."""

    def __call__(self, session: AsyncSession, actor: Actor, form: Any, /, *, now: datetime) -> Awaitable[Outcome]:
        """What became of it, in plain values and codes."""
        ...


@dataclass(frozen=True, slots=True)
class Handler:
    """How messages of one type are read, handled and told of."""

    form: type[BaseModel]
    function: HandlerFunction
    shown: Callable[[Outcome], dict[str, Any]]


HANDLERS: dict[str, Handler] = {}
"""Type of message → its handler."""

F = TypeVar("F", bound=HandlerFunction)


def handles_message(
    message_type: str, form: type[BaseModel], *, shown: Callable[[Outcome], dict[str, Any]] = dict
) -> Callable[[F], F]:
    """Register `async def handler(session, actor, form, *, now) -> outcome` for messages whose `data` has this form.

    It runs once, in a transaction of its own under the `worker` role, for the organization of the source and with the scopes of
    the source: it checks permissions like a route. A problem that it raises undoes what it did and refuses the message for good;
    any other exception breaks the try off, and there is another. `shown` renders the outcome in the reader's language.
    """

    def register(function: F) -> F:
        if message_type in HANDLERS:
            raise RuntimeError(f"two handlers of messages of the type {message_type}")
        HANDLERS[message_type] = Handler(form, function, shown)
        return function

    return register
