"""`partingline found-operator`: the organization that runs this installation, and its first owner."""

import asyncio
import sys

import typer
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.commands.failures import CommandError
from app.kit.clock import Clock
from app.kit.db.engine import Database
from app.kit.errors import Problem
from app.kit.findings import from_validation
from app.kit.locales import SOURCE_LOCALE
from app.kit.problems import render
from app.parties import facade as parties
from app.parties.facade import ChosenRole, RegistrationIn
from app.settings import Settings
from app.wiring import load_background


def ask_password() -> str:
    """Typed twice at a terminal; otherwise the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password of the owner", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def found(settings: Settings, organization: dict[str, object], owner: dict[str, object]) -> str:
    """Make the organization and its owner; its code. Raises `CommandError` with what is wrong."""
    # The form asks for what a firm says of itself; this one is nothing but the operator.
    stated = {"organization": {**organization, "roles": [ChosenRole.BUYER]}, "owner": owner}
    try:
        form = RegistrationIn.model_validate(stated)
    except ValidationError as error:
        located = [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_input=False)]
        raise CommandError(_said(from_validation(RequestValidationError(located)))) from error
    form = form.model_copy(update={"organization": form.organization.model_copy(update={"roles": []})})
    load_background()
    return asyncio.run(_found(settings, form))


async def _found(settings: Settings, form: RegistrationIn) -> str:
    database = Database(settings)
    try:
        async with database.transaction() as session:
            made = await parties.found_operator(session, settings, form, now=Clock().now())
            if isinstance(made, Problem):
                raise made
            return made.organization.code
    except Problem as problem:
        raise CommandError(_said(problem)) from problem
    finally:
        await database.close()


def _said(problem: Problem) -> str:
    """A refusal as lines for a terminal."""
    document = render(problem, locale=SOURCE_LOCALE)
    wrong = [f"  {error['pointer']}: {error['detail']}" for error in document["errors"]]
    return "\n".join([f"{document['title']}. {document['detail']}", *wrong])
