"""The words in which suppliers describe themselves, read once from the data file of an edition. Pure after the first call."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale

from app.kit.locales import SOURCE_LOCALE, cldr, fallback_chain

DATA = Path(__file__).parent / "data"
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Capability:
    """A moulding process that moulds are made for, or a service of the workshop (`kind`)."""

    code: str
    kind: str
    names: Texts


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure of machines, in `unit` (UN/CEFACT Recommendation 20)."""

    code: str
    unit: str
    names: Texts


@dataclass(frozen=True, slots=True)
class MachineKind:
    """A kind of machine and the figures that are stated of it."""

    code: str
    figures: tuple[str, ...]
    names: Texts


@dataclass(frozen=True, slots=True)
class Scheme:
    """What somebody is certified to. `name` is the same in every language; `names` say what it is about."""

    code: str
    name: str
    names: Texts


@cache
def _read() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with (DATA / "supplier_terms.yaml").open(encoding="utf-8") as file:
        return dict(yaml.load(file, Loader=loader))  # noqa: S506 - CSafeLoader is a safe loader


@cache
def capabilities() -> Mapping[str, Capability]:
    """Processes, then services, by code."""
    return {row["code"]: Capability(**row) for row in _read()["capabilities"]}


@cache
def figures() -> Mapping[str, Figure]:
    """Key figures of machines by code."""
    return {row["code"]: Figure(**row) for row in _read()["figures"]}


@cache
def machine_kinds() -> Mapping[str, MachineKind]:
    """Kinds of machines by code."""
    rows = _read()["machine_kinds"]
    return {row["code"]: MachineKind(row["code"], tuple(row["figures"]), row["names"]) for row in rows}


@cache
def schemes() -> Mapping[str, Scheme]:
    """Certification schemes by code."""
    return {row["code"]: Scheme(**row) for row in _read()["certification_schemes"]}


@cache
def spoken_languages() -> frozenset[str]:
    """ISO 639 codes of languages that CLDR has an English name for."""
    codes = (str(code) for code in Locale.parse(SOURCE_LOCALE).languages)
    return frozenset(code for code in codes if code.isalpha() and len(code) <= 3)


def name_in(names: Texts, locale: str) -> str:
    """A label along the reader's fallback chain."""
    return next(names[tag] for tag in fallback_chain(locale) if tag in names)


def language_name(code: str, locale: str) -> str:
    """A language's name in the reader's language."""
    return str(cldr(locale).languages.get(code) or Locale.parse(SOURCE_LOCALE).languages.get(code, code))
