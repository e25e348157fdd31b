"""Numbers, quantities, money and dates as a reader expects to see them, by CLDR, next to their raw values."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone_gmt
from babel.numbers import format_currency, format_decimal, get_currency_name
from babel.units import format_unit, get_unit_name

from app.kit.locales import SOURCE_LOCALE, cldr, fallback_chain
from app.reference.money import currency
from app.reference.units import (
    System,
    Unit,
    convert_exact,
    preferred_unit,
    round_fraction,
    rounded,
    sensible_places,
    unit,
    unit_texts,
)

Length = Literal["short", "narrow", "long"]
DateStyle = Literal["short", "medium", "long", "full"]

_NUMBER = "#,##0.######"

# CLDR puts a space between a currency written in letters and the digits (`KWD 5`); Babel leaves that to its caller.
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


@dataclass(frozen=True, slots=True)
class Displayed:
    """A text for the reader, next to what it was made from.

    `value` and `unit` are the stored ones; `shown_value` and `shown_unit` are what the text says (after a conversion).
    """

    text: str
    value: Decimal
    unit: str
    shown_value: Decimal
    shown_unit: str


def display_number(value: Decimal | int, locale: str) -> str:
    """A number with the locale's separators and at most six decimals."""
    return format_decimal(_at_most_six(Decimal(value)), format=_NUMBER, locale=cldr(locale))


def display_quantity(value: Decimal, unit_code: str, locale: str, system: System) -> Displayed:
    """A quantity in the reader's language and unit system, with as many digits as the original warrants."""
    shown_unit, shown = _shown(value, unit_code, system)
    return Displayed(unit_text(shown, unit(shown_unit), locale), value, unit_code, shown, shown_unit)


def display_range(low: Decimal, high: Decimal, unit_code: str, locale: str, system: System) -> str:
    """A range such as `50–80 °C`; one value when both ends are shown alike."""
    shown_unit, shown_low = _shown(low, unit_code, system)
    _, shown_high = _shown(high, unit_code, system)
    text = unit_text(shown_high, unit(shown_unit), locale)
    if shown_low == shown_high:
        return text
    number = display_number(shown_high, locale)
    if number not in text:
        # Arabic writes one day and two days without a number; a range names both its ends.
        text = unit_text(Decimal(100), unit(shown_unit), locale).replace(display_number(100, locale), number, 1)
    # A first strong isolate keeps the two ends in their order inside right-to-left text.
    ends = f"{display_number(shown_low, locale)}–{number}"
    return text.replace(number, f"\u2068{ends}\u2069" if cldr(locale).text_direction == "rtl" else ends, 1)


def unit_text(value: Decimal, found: Unit, locale: str) -> str:
    """A quantity as it is, without any conversion."""
    babel_locale = cldr(locale)
    if found.cldr is not None:
        return _cldr_text(value, found.cldr, found.style, locale)
    patterns = unit_texts()[found.code].patterns[locale]
    pattern = patterns.get(babel_locale.plural_form(value), patterns["other"])
    return pattern.format(display_number(value, locale))


def unit_name(code: str, locale: str) -> str:
    """The unit's name in the reader's language, from CLDR where it has one."""
    found = unit(code)
    if found.cldr is None:
        names = unit_texts()[code].names
        return next(names[tag] for tag in fallback_chain(locale) if tag in names)
    lengths: tuple[Length, ...] = ("long", "short", "narrow")
    for length in lengths:
        name = get_unit_name(found.cldr, length=length, locale=cldr(locale))
        if name:
            return name
    return found.symbol


def display_money(amount_minor: int, currency_code: str, locale: str) -> str:
    """An amount of minor units with the currency's own number of decimals; no two look alike to one reader."""
    exponent = currency(currency_code).exponent
    amount = Decimal(amount_minor).scaleb(-exponent)
    # CLDR's number of decimals is ISO 4217's for every accepted currency (a test compares them).
    text = format_currency(amount, currency_code, locale=cldr(locale), currency_digits=True)
    return _LETTER_BEFORE_DIGIT.sub("\u00a0", text)


def currency_name(code: str, locale: str) -> str:
    """The currency's name in the reader's language."""
    return get_currency_name(currency(code).code, locale=cldr(locale))


def display_date(value: date, locale: str, style: DateStyle = "medium") -> str:
    """A calendar date in the reader's language."""
    return format_date(value, format=style, locale=cldr(locale))


def display_datetime(value: datetime, locale: str, timezone: str, style: DateStyle = "medium") -> str:
    """An aware moment in the reader's language and IANA time zone, with its offset: deadlines cross borders."""
    if value.tzinfo is None:
        raise ValueError("a moment must carry its time zone")
    local = value.astimezone(ZoneInfo(timezone))
    text = format_datetime(local, format=style, locale=cldr(locale))
    offset = get_timezone_gmt(local, width="iso8601", locale=cldr(SOURCE_LOCALE))
    return f"{text} \u2066UTC{offset}\u2069" if cldr(locale).text_direction == "rtl" else f"{text} UTC{offset}"


def _shown(value: Decimal, unit_code: str, system: System) -> tuple[str, Decimal]:
    shown_unit = preferred_unit(unit_code, system)
    source, target = unit(unit_code), unit(shown_unit)
    if source.system in (system, "both") or source.dimension != target.dimension:
        shown_unit = unit_code
    places = sensible_places(value, unit_code, shown_unit)
    if shown_unit == unit_code:
        return unit_code, _at_most_six(value)
    return shown_unit, round_fraction(convert_exact(value, unit_code, shown_unit), places)


def _at_most_six(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    return rounded(value, 6) if isinstance(exponent, int) and exponent < -6 else value


def _cldr_text(value: Decimal, cldr_unit: str, style: Length, locale: str) -> str:
    lengths: tuple[Length, ...] = (style, "short", "long", "narrow")
    for length in lengths:
        text = format_unit(value, cldr_unit, length=length, format=_NUMBER, locale=cldr(locale))
        # A language whose forms do not differ by length has only one of them; Babel then writes the unit's id.
        if cldr_unit not in text:
            return text
    return f"{display_number(value, locale)} {cldr_unit}"
