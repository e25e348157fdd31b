"""A folder of full rule sets, which an operator fetches from their publishers: some of them may not be passed on with a program.

Laid out as `eu-einvoice` keeps them, a folder for each rule set and version:

    en16931-cii-1.3.17/xslt/EN16931-CII-validation.xslt    CEN/TC 434
    en16931-ubl-1.3.17/xslt/EN16931-UBL-validation.xslt    CEN/TC 434
    peppol-ubl-3.0.20/PEPPOL-EN16931-UBL.xsl               OpenPeppol, compiled from its schematron

The newest version of each is asked.
"""

import re
from functools import cache
from pathlib import Path

CII, UBL, PEPPOL = (
    ("en16931-cii", "xslt/EN16931-CII-validation.xslt"),
    ("en16931-ubl", "xslt/EN16931-UBL-validation.xslt"),
    ("peppol-ubl", "PEPPOL-EN16931-UBL.xsl"),
)


class RulesFolderIncomplete(RuntimeError):
    """The folder that is configured lacks a rule set: better no invoice than one that was judged by half of the rules."""


def stylesheets(folder: Path, *, cii: bool, peppol: bool) -> tuple[Path, ...]:
    """The compiled rule sets for an invoice of this syntax, and of Peppol's if it claims to keep them."""
    sets = (CII,) if cii else (UBL, PEPPOL) if peppol else (UBL,)
    return tuple(_newest(folder, name, inside) for name, inside in sets)


@cache
def _newest(folder: Path, name: str, inside: str) -> Path:
    found = [path for path in folder.glob(f"{name}-*") if (path / inside).is_file()]
    if not found:
        raise RulesFolderIncomplete(f"{folder} holds no {name}-<version>/{inside}")
    return (
        max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", path.name.removeprefix(name))]) / inside
    )
