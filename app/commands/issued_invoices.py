"""The files of an issued invoice of this installation, written into a folder."""

import asyncio
from pathlib import Path

import typer

from app.commands.failures import CommandError
from app.commands.installation import installation
from app.finance import facade as finance
from app.finance.facade import FiledInvoice
from app.kit.db.engine import Database, Role
from app.settings import Settings


def export_issued(folder: Path, number: str, issuer: str | None) -> None:
    """Write the forms of the invoice of this number. Raises `CommandError` unless there is exactly one, with its forms."""
    with installation() as here:
        found = asyncio.run(_filed(here.settings, number))
    one = _the_one(found, number, issuer)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in one.files.items():
            (folder / name).write_bytes(content)
            typer.echo(folder / name)
    except OSError as error:
        raise CommandError(f"{folder} cannot be written to: {error.strerror}.") from error


def _the_one(found: list[FiledInvoice], number: str, issuer: str | None) -> FiledInvoice:
    meant = [one for one in found if issuer is None or one.issuer == issuer]
    if not meant:
        raise CommandError(f"No invoice {number} was issued{f' by {issuer}' if issuer else ''}.")
    if len(meant) > 1:
        issuers = ", ".join(sorted(one.issuer for one in meant))
        raise CommandError(f"Several firms have issued an invoice {number}. Name one with --issuer: {issuers}.")
    if not meant[0].files:
        raise CommandError(f"Invoice {number} has no electronic forms: they are not made yet, or it is none in law.")
    return meant[0]


async def _filed(settings: Settings, number: str) -> list[FiledInvoice]:
    database = Database(settings)
    try:
        async with database.transaction(Role.AUDITOR, readonly=True) as session:
            return await finance.filed(session, number)
    finally:
        await database.close()
