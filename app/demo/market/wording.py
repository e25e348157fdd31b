"""Turning a family's templates into a listing's words: decimal signs, ranges and localized words."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from babel.numbers import format_decimal

GROUPED_FROM = 100_000
"""Sizes are written without a thousands sign in the trade (1850 mm); shot counts are written with one."""


def plain(value: Any) -> str:
    """A value as it stands in SKUs and size labels, the same in every language."""
    return format(Decimal(str(value)), "f") if isinstance(value, int | float) else str(value)


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def fill_plain(template: str, row: Mapping[str, Any]) -> str:
    return template.format_map({key: plain(value) for key, value in row.items()})


def fill(template: str, row: Mapping[str, Any], locale: str, words: Mapping[str, Any]) -> str:
    """Fill `template` for a reader of `locale`; a list reads as a range, a coded word as its translation."""
    return template.format_map({key: _worded(key, value, locale, words) for key, value in row.items()})


def _worded(key: str, value: Any, locale: str, words: Mapping[str, Any]) -> str:
    if isinstance(value, list):
        ends = [value[0], value[-1]] if isinstance(value[0], str) else [min(value), max(value)]
        first, last = (_worded(key, end, locale, words) for end in ends)
        return first if first == last else f"{first}–{last}"
    if isinstance(value, str):
        return str(words[key][value][locale]) if key in words else value
    return number(value, locale)


@cache
def number(value: int | float, locale: str) -> str:
    return format_decimal(
        Decimal(str(value)),
        locale=locale.replace("-", "_"),
        group_separator=value >= GROUPED_FROM,
        numbering_system="latn",
    )
