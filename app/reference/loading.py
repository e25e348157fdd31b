"""Reads the room's data files. Every row carries `source` and `edition`; a row without them is refused at start-up."""

import csv
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import yaml

from app.kit.locales import LOCALES

DATA = Path(__file__).parent / "data"

Confidence = Literal["verified", "sourced", "typical"]
"""verified: computed or read in the source; sourced: in two or more public sources; typical: recalled, unchecked."""


def csv_rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV data file as text."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    _require_provenance(name, rows)
    return rows


def yaml_rows(name: str) -> list[dict[str, Any]]:
    """The rows of a YAML data file."""
    rows: list[dict[str, Any]] = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
    _require_provenance(name, rows)
    return rows


def names_of(row: Mapping[str, Any]) -> dict[str, str]:
    """A row's names, which must be there in every locale of the house."""
    names: dict[str, str] = row["names"]
    missing = [locale for locale in LOCALES if not names.get(locale)]
    if missing:
        raise ValueError(f"{row['code']} has no name in {', '.join(missing)}")
    return names


def optional_decimal(text: str) -> Decimal | None:
    """A Decimal, or None for an empty cell."""
    return Decimal(text) if text else None


def fraction(text: str) -> Fraction:
    """An exact factor such as `254/10000`."""
    return Fraction(text)


def _require_provenance(name: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        raise ValueError(f"{name} has no rows")
    for number, row in enumerate(rows, 1):
        if not row.get("source") or not row.get("edition"):
            raise ValueError(f"row {number} of {name} does not name its source and edition")
