"""`partingline bank`: statements of the house's accounts out of files."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.finance.facade import ImportedStatement
    from app.settings import Settings

bank_cli = typer.Typer(no_args_is_help=True, help="Statements of the house's bank accounts.")


@bank_cli.callback()
def bank() -> None:
    """Statements of the house's bank accounts."""


@bank_cli.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="ISO 20022 camt.053, as the bank sends it.")],
    new_account: Annotated[
        bool, typer.Option("--new-account", help="Accounts without a statement here are accounts of the house.")
    ] = False,
) -> None:
    """Take over a file of bank statements: all of it or nothing. The worker finds out what the entries are for.

    A statement that is here already changes nothing. The exit code is 0 when all of the file is here, 1 when it was refused; then
    it is said where and why.

    Example: `partingline bank import examples/bank-statement.xml --new-account`
    """
    from app.commands.failures import CommandError, told_in_sentences
    from app.commands.installation import installation
    from app.kit.errors import Problem

    with told_in_sentences(), installation() as here:
        try:
            found = asyncio.run(_imported(here.settings, file, new_account))
        except Problem as problem:
            raise CommandError(_said(problem)) from problem
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    for one in found:
        state = "taken over" if one.is_new else "is here already"
        typer.echo(f"{one.identification} ({one.account}, {one.currency}): {state}")


async def _imported(settings: "Settings", file: Path, new_account: bool) -> "list[ImportedStatement]":
    from app.finance.facade import import_statements, read_statements
    from app.kit.clock import Clock
    from app.kit.db.engine import Database, Role
    from app.kit.db.tenancy import act_for
    from app.wiring import load_background

    load_background()
    with file.open("rb") as opened:
        given = read_statements(opened)
    database = Database(settings)
    try:
        async with database.transaction(Role.WORKER) as session:
            await act_for(session, None, operator=True)
            return await import_statements(session, None, given, new_accounts=new_account, now=Clock().now())
    finally:
        await database.close()


def _said(problem: "Exception") -> str:
    """A refusal as lines for a terminal."""
    from app.kit.errors import Problem
    from app.kit.locales import SOURCE_LOCALE
    from app.kit.problems import render

    assert isinstance(problem, Problem)
    document = render(problem, locale=SOURCE_LOCALE)
    wrong = [f"  {error['pointer'] or '/'}: {error['detail']}" for error in document["errors"]]
    return "\n".join([f"{document['title']}. {document['detail']}", *wrong])
