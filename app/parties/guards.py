"""Who is asking, and from where."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from app.kit.actor import Actor, CurrentActor, current_actor
from app.kit.db.session import Session
from app.kit.errors import Problem
from app.kit.problems import problem_response
from app.parties.errors import PeopleOnly
from app.parties.usecases.sign_in import Place
from app.settings import Settings


def settings_of(request: Request) -> Settings:
    """The settings of this process."""
    settings: Settings = request.app.state.settings
    return settings


CurrentSettings = Annotated[Settings, Depends(settings_of)]


def place_of(request: Request) -> Place:
    """The address (the proxy's word is taken by the server, if it is trusted) and the program."""
    agent = request.headers.get("user-agent", "")
    clean = "".join(char for char in agent if char.isprintable())[:300]
    return Place(address=request.client.host if request.client else None, user_agent=clean or None)


CurrentPlace = Annotated[Place, Depends(place_of)]


async def person_actor(actor: CurrentActor) -> Actor:
    """The actor, if a person."""
    if actor.person_id is None:
        raise PeopleOnly()
    return actor


CurrentPerson = Annotated[Actor, Depends(person_actor)]


async def possible_actor(request: Request, session: Session) -> Actor | None:
    """The actor of a public route, when somebody is signed in. A token that is sent must be good."""
    return await current_actor(request, session) if "authorization" in request.headers else None


PossibleActor = Annotated[Actor | None, Depends(possible_actor)]


def refused(request: Request, problem: Problem) -> Response:
    """The answer for a refusal that a use case returned: the transaction is committed, and with it what was counted."""
    return problem_response(request, problem)
