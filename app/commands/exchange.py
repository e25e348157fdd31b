"""`partingline rates`: files of rates of exchange into the database, all days since 1999 at once if wanted."""

import asyncio
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.reference.facade import RateFile
    from app.settings import Settings

rates_cli = typer.Typer(no_args_is_help=True, help="Rates of exchange: load a bank's file, or a table of your own.")

File = Annotated[Path, typer.Argument(help="The file.")]


@rates_cli.callback()
def rates() -> None:
    """Rates of exchange: load a bank's file, or a table of your own."""


@rates_cli.command()
def ecb(file: File) -> None:
    """Load the euro reference rates of the European Central Bank, of a day, of ninety, or of all days since 1999.

    A file with one mistake is refused whole. Loaded again, it changes nothing. Currencies not accepted here are left out.

    Example: `partingline rates ecb eurofxref-hist.xml`
    """
    from app.reference.facade import read_ecb

    _load(file, lambda content, today: read_ecb(content, today=today))


@rates_cli.command()
def table(file: File) -> None:
    """Load a table (CSV, UTF-8) with the columns base, quote, on_date, rate and source: one of `base` buys `rate` of `quote`.

    Example: `partingline rates table agreed-rates.csv`
    """
    from app.reference.facade import read_table

    _load(file, lambda content, today: read_table(content, today=today))


def _load(file: Path, read: "Callable[[bytes, date], RateFile]") -> None:
    from app.commands.failures import CommandError, told_in_sentences
    from app.commands.installation import installation
    from app.kit.clock import Clock
    from app.kit.locales import SOURCE_LOCALE, translate
    from app.reference.facade import MOST_BYTES_OF_RATES, RatesRefused

    with told_in_sentences():
        try:
            with file.open("rb") as opened:
                content = opened.read(MOST_BYTES_OF_RATES + 1)
            told = read(content, Clock().now().date())
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except RatesRefused as refused:
            said = [translate(error.message, SOURCE_LOCALE, **error.params) for error in refused.errors]
            raise CommandError("\n".join([f"Nothing was loaded from {file}.", *said])) from refused
        with installation() as here:
            changed = asyncio.run(_store(here.settings, told))
        left_out = f" Not accepted here: {', '.join(sorted(told.left_out))}." if told.left_out else ""
        typer.echo(f"{len(told.rows)} rates, {changed} of them new or other than before.{left_out}")


async def _store(settings: "Settings", told: "RateFile") -> int:
    from app.kit.db.engine import Database, Role
    from app.reference.facade import load_rates

    database = Database(settings)
    try:
        async with database.transaction(Role.WORKER) as session:
            return await load_rates(session, told.rows)
    finally:
        await database.close()
