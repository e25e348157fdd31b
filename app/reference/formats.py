"""What the database displays values by: number symbols, plural patterns of units, patterns of money, names of countries.

The catalogue's public documents are built in PostgreSQL, so that the formats of CLDR and of the data files stand in tables
there, written anew after each migration. The patterns are taken from the texts that `display.py` makes, and a test compares
what both make of thousands of values.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from math import lcm
from typing import Any, get_args

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.base import Base
from app.kit.locales import LOCALES, cldr
from app.reference.display import display_money, display_number, unit_text
from app.reference.materials import steels
from app.reference.models import CountryName, CurrencyFormat, LocaleFormat, SteelFamily, UnitFormat
from app.reference.money import currencies
from app.reference.places import country_codes, country_name
from app.reference.units import System, Unit, preferred_unit, units

PLURALS = ("zero", "one", "two", "few", "many", "other")
RULES = {"en": 1, "de": 1, "es": 2, "fr": 3, "pt": 3, "ar": 4}
"""Which of the rules in the function `plural_form` a language follows; 0: one form for every number."""

# One number of every category that any of the languages has, by language.
_SAMPLES: dict[int, dict[str, int]] = {
    0: {"other": 7},
    1: {"one": 1, "other": 7},
    2: {"one": 1, "many": 1_000_000, "other": 7},
    3: {"one": 1, "many": 1_000_000, "other": 7},
    4: {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100},
}
_INTEGER = "FM999,999,999,999,999,999,999,999,999,990"


async def sync_formats(session: AsyncSession) -> str:
    """Write the formats of this version; a digest of them. Runs as `owner` after a migration."""
    written: list[tuple[type[Base], list[dict[str, Any]]]] = [
        (LocaleFormat, _locales()),
        (UnitFormat, [_unit(found, locale, system) for found in units().values() for locale in LOCALES
                      for system in get_args(System)]),
        (CurrencyFormat, [_currency(code, locale) for code in currencies() for locale in LOCALES]),
        (CountryName, [{"country": code, "locale": locale, "name": country_name(code, locale)}
                       for code in sorted(country_codes()) for locale in LOCALES]),
        (SteelFamily, [{"steel": found.code, "family": found.family, "relation": found.relation}
                       for found in steels().values()]),
    ]  # fmt: skip
    for table, rows in written:
        await replace_rows(session, table, rows)
    return sha256(repr([rows for _, rows in written]).encode()).hexdigest()


async def replace_rows(session: AsyncSession, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Give a table of reference data new contents, in one transaction: readers see the old ones or the new ones."""
    await session.execute(delete(table))
    await session.execute(insert(table), list(rows))


def _separators(locale: str) -> str:
    symbols = cldr(locale).number_symbols["latn"]
    return f"{symbols['group']}{symbols['decimal']}"


def _locales() -> list[dict[str, Any]]:
    return [
        {"locale": locale, "separators": _separators(locale), "position": position}
        for position, locale in enumerate(LOCALES)
    ]


def _unit(source: Unit, locale: str, system: System) -> dict[str, Any]:
    shown = units()[preferred_unit(source.code, system)]
    if source.system in (system, "both") or source.dimension != shown.dimension:
        shown = source
    row: dict[str, Any] = {
        "unit": source.code,
        "locale": locale,
        "system": system,
        "shown_unit": shown.code,
        "forms": _forms(shown, locale),
        "plural_rule": _rule(locale),
        "separators": _separators(locale),
        "isolated": cldr(locale).text_direction == "rtl",
        "numerator": None, "shift": None, "denominator": None, "places": 0, "least_places": 0,
    }  # fmt: skip
    if shown.code != source.code:
        slope, shift = source.factor / shown.factor, (source.offset - shown.offset) / shown.factor
        denominator = lcm(slope.denominator, shift.denominator)
        row["numerator"] = Decimal(int(slope * denominator))
        row["shift"] = Decimal(int(shift * denominator))
        row["denominator"] = Decimal(denominator)
        row["places"] = _more_places(slope)
        row["least_places"] = 1 if shown.code == "MMT" else 0
    return row


def _more_places(slope: Fraction) -> int:
    """How many decimals more (or fewer) keep the precision: the smallest power of ten that lifts the slope to 1."""
    places = 0
    while slope * Fraction(10) ** places < 1:
        places += 1
    while slope * Fraction(10) ** (places - 1) >= 1:
        places -= 1
    return places


def _rule(locale: str) -> int:
    return RULES.get(cldr(locale).language, 0)


def _forms(unit: Unit, locale: str) -> list[str]:
    """The unit's patterns by plural category, or one where all are alike."""
    by_category = {
        category: unit_text(Decimal(number), unit, locale).replace(display_number(number, locale), "{0}", 1)
        for category, number in _SAMPLES[_rule(locale)].items()
    }
    forms = [by_category.get(category, by_category["other"]) for category in PLURALS]
    return forms[:1] if len(set(forms)) == 1 else forms


def _currency(code: str, locale: str) -> dict[str, Any]:
    exponent = currencies()[code].exponent
    separators = _separators(locale)
    one = "1" + (separators[1] + "0" * exponent if exponent else "")
    minor = 10**exponent
    return {
        "currency": code,
        "locale": locale,
        "exponent": exponent,
        "one_minor": Decimal(1).scaleb(-exponent),
        "mask": _INTEGER + ("." + "0" * exponent if exponent else ""),
        "positive": display_money(minor, code, locale).replace(one, "{0}", 1),
        "negative": display_money(-minor, code, locale).replace(one, "{0}", 1),
        "separators": separators,
    }
