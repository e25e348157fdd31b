"""`partingline invoice`: example or issued invoices into a folder, and files judged by the official rules."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.kit.locales import N_

if TYPE_CHECKING:
    from app.finance.einvoicing.facade import Entry, Finding

invoice_cli = typer.Typer(
    no_args_is_help=True, help="Electronic invoices: examples, issued ones, and the official rules."
)

UNREADABLE = 2
_KEPT = N_("{file}: keeps every rule that is here.")
_WARNED = N_("{file}: may be sent. Warnings: {count}.")
_BROKEN = N_("{file}: may not be sent. Broken rules: {count}.")
_ASKED = N_("Asked: {rules}.")


@invoice_cli.callback()
def invoice() -> None:
    """Electronic invoices: examples, issued ones, and the official rules."""


@invoice_cli.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write them; it is made if it is not there.")],
    seed: Annotated[
        int | None, typer.Option(min=0, help="Decides prices and quantities.  [default: the proof's]")
    ] = None,
    number: Annotated[
        str | None, typer.Option(help="Write the files of this issued invoice or credit note instead.")
    ] = None,
    issuer: Annotated[
        str | None, typer.Option(help="Whose: a firm's code, where several have issued one of this number.")
    ] = None,
) -> None:
    """Write example invoices of every kind that the trade knows, each as CII and as UBL, and a list of them in index.json.

    Firms and numbers are invented. The same seed writes the same files, byte by byte. For this no database is needed.

    With `--number`, write an issued invoice's Factur-X, UBL and CII as they left the house.

    Example: `partingline invoice export invoices && partingline invoice validate invoices/*.xml`
    """
    from app.commands.failures import CommandError, told_in_sentences
    from app.finance.einvoicing.facade import SEED, corpus

    with told_in_sentences():
        if number is not None:
            from app.commands.issued_invoices import export_issued

            export_issued(folder, number, issuer)
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            index = [_write(folder, entry) for entry in corpus(SEED if seed is None else seed)]
            told = json.dumps(index, indent=2, ensure_ascii=False) + "\n"
            (folder / "index.json").write_text(told, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{folder} cannot be written to: {error.strerror}.") from error
        typer.echo(f"{len(index)} invoices, each as CII and as UBL: {folder}")


def _write(folder: Path, entry: "Entry") -> dict[str, Any]:
    from app.finance.einvoicing.facade import cii, keeps_peppol, totals, ubl

    document = entry.document
    files = {"cii": f"{entry.name}.cii.xml", "ubl": f"{entry.name}.ubl.xml"}
    (folder / files["cii"]).write_bytes(cii(document))
    (folder / files["ubl"]).write_bytes(ubl(document, peppol=keeps_peppol(document)))
    sums = totals(document)
    return {
        "name": entry.name,
        "tells": entry.tells,
        "number": document.number,
        "kind": str(document.kind),
        "seller": document.seller.address.country,
        "buyer": document.buyer.address.country,
        "currency": document.currency,
        "tax_minor": sums.tax_minor,
        "payable_minor": sums.payable_minor,
        **files,
    }


@invoice_cli.command()
def validate(
    files: Annotated[list[Path], typer.Argument(help="XML of either syntax, or Factur-X PDFs.")],
    language: Annotated[
        str | None, typer.Option(help="Language of the answer, such as de or zh-Hans.  [default: the terminal's]")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="Folder of further rule sets.  [default: PARTINGLINE_EINVOICE_RULES_DIR]")
    ] = None,
) -> None:
    """Judge invoices by the official schemas and rules, and tell which are broken, where, and in words.

    The exit code is 0 if every file may be sent, 1 if one breaks a rule, 2 if one cannot be read.
    """
    from app.commands.failures import CommandError, told_in_sentences
    from app.finance.einvoicing.facade import RulesFolderIncomplete, editions, errors
    from app.kit.locales import translate
    from app.settings import get_settings

    locale = _locale(language)
    with told_in_sentences():
        folder = rules or get_settings().einvoice_rules_dir
        sound = True
        try:
            for file in files:
                found = _judged(_read(file), folder)
                _show(file, found, locale)
                sound = sound and not errors(found)
            asked = "; ".join(f"{name} {edition}" for name, edition in editions(folder).items())
        except (RulesFolderIncomplete, OSError) as error:
            raise CommandError(str(error)) from error
        typer.secho(translate(_ASKED, locale, rules=asked), dim=True)
    raise typer.Exit(0 if sound else 1)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        typer.echo(f"{file} cannot be read: {error.strerror}.", err=True)
        raise typer.Exit(UNREADABLE) from error


def _judged(content: bytes, folder: Path | None) -> "Sequence[Finding]":
    from app.finance.einvoicing.facade import look_at_pdf, taken_out
    from app.finance.einvoicing.facade import validate as judge

    if not content.startswith(b"%PDF-"):
        return judge(content, rules_dir=folder)
    of_pdf = look_at_pdf(content)
    inside = taken_out(content)
    return of_pdf if inside is None else (*of_pdf, *judge(inside, rules_dir=folder))


def _show(file: Path, found: "Sequence[Finding]", locale: str) -> None:
    from app.finance.einvoicing.facade import errors, sentence
    from app.kit.locales import translate

    broken = errors(found)
    said = _BROKEN if broken else _WARNED if found else _KEPT
    typer.echo(translate(said, locale, file=file.name, count=len(broken or found)))
    for one in found:
        words = sentence(one.rule)
        typer.echo(f"  {one.severity}  {one.rule}  {one.place}  ({one.layer})")
        if words is not None:
            typer.echo(f"      {translate(words, locale)}")
        if one.said:
            typer.secho(f"      {one.said}", dim=True)


def _locale(language: str | None) -> str:
    """The language asked for, else the terminal's, else English."""
    from app.kit.locales import SOURCE_LOCALE, match

    if language is not None:
        known = match(language)
        if known is None:
            raise typer.BadParameter(f"There are no texts in “{language}”.")
        return known
    told = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return match(told.partition(".")[0].replace("_", "-")) or SOURCE_LOCALE
