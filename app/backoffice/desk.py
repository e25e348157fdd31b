"""How a screen calls a use case: as the operator, in one transaction of the `app` role."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import structlog
from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette_admin.exceptions import ActionFailed

from app.kit.actor import Actor, Permission
from app.kit.clock import Clock
from app.kit.db.engine import Database, Role
from app.kit.errors import Problem
from app.kit.locales import N_, translate
from app.kit.problems import from_database, render
from app.parties import facade as parties

log = structlog.get_logger(__name__)
T = TypeVar("T")
LONGEST_NOTE = 2000
Verb = Callable[[AsyncSession, Actor, datetime], Awaitable[T]]


def house_of(request: Request) -> FastAPI:
    """The application that the back office is a part of."""
    house: FastAPI = request.app.state.house
    return house


def told(problem: Problem, request: Request) -> str:
    """A refusal as a sentence in the reader's language."""
    return str(render(problem, locale=request.state.locale)["detail"])


async def as_operator(request: Request, verb: Verb[T]) -> T:
    """Run `verb(session, actor, now)` and commit. The permission is read again here, not believed from the page.

    Raises `ActionFailed` with the refusal in the reader's language; then nothing was changed.
    """
    house = house_of(request)
    database: Database = house.state.database
    clock: Clock = house.state.clock
    try:
        async with database.transaction(Role.APP) as session:
            actor = await parties.actor_of_session(session, request.state.seat.session)
            actor.require(Permission.OPERATE)
            return await verb(session, actor, clock.now())
    except Problem as problem:
        raise ActionFailed(told(problem, request)) from problem
    except ValidationError as error:
        raise ActionFailed(translate(N_("The note must have 1 to 2000 characters."))) from error
    except DBAPIError as error:
        refusal = from_database(error)
        log.warning("backoffice_action_failed", error=type(error.orig).__name__, status=refusal.status)
        raise ActionFailed(told(refusal, request)) from error


async def note_of(request: Request) -> str:
    """The note of an action's form. Every change says why."""
    form = await request.form()
    note = str(form.get("note") or "").strip()
    unreadable = any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in note)
    if not 1 <= len(note) <= LONGEST_NOTE or unreadable:
        raise ActionFailed(translate(N_("The note must have 1 to 2000 characters.")))
    return note
