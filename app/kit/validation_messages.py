"""What Pydantic finds, said in our own words: one translatable sentence per kind of finding, always with what would be right."""

import re
from collections.abc import Mapping
from typing import Any

from app.kit.locales import N_

_MESSAGES: dict[str, str] = {
    "missing": N_("This field is required."),
    "extra_forbidden": N_("This field is not known here. Remove it or check its spelling."),
    "string_type": N_("Give a text."),
    "string_unicode": N_("The text has characters that are not valid Unicode."),
    "string_too_short": N_("Give at least {min_length} characters."),
    "string_too_long": N_("Give at most {max_length} characters."),
    "string_pattern_mismatch": N_("The text does not have the expected form ({pattern})."),
    "int_type": N_("Give a whole number."),
    "int_parsing": N_("Give a whole number."),
    "int_parsing_size": N_("This number is too large."),
    "int_from_float": N_("Give a whole number without a fraction."),
    "float_type": N_("Give a number."),
    "float_parsing": N_("Give a number."),
    "finite_number": N_("Give a finite number."),
    "decimal_type": N_("Give a decimal number."),
    "decimal_parsing": N_("Give a decimal number."),
    "decimal_max_digits": N_("Give at most {max_digits} digits."),
    "decimal_max_places": N_("Give at most {decimal_places} digits after the decimal point."),
    "decimal_whole_digits": N_("Give at most {whole_digits} digits before the decimal point."),
    "bool_type": N_("Give true or false."),
    "bool_parsing": N_("Give true or false."),
    "greater_than": N_("Give a value greater than {gt}."),
    "greater_than_equal": N_("Give a value of at least {ge}."),
    "less_than": N_("Give a value less than {lt}."),
    "less_than_equal": N_("Give a value of at most {le}."),
    "multiple_of": N_("Give a multiple of {multiple_of}."),
    "enum": N_("Choose one of: {expected}."),
    "literal_error": N_("Choose one of: {expected}."),
    "list_type": N_("Give a list."),
    "dict_type": N_("Give an object."),
    "model_type": N_("Give an object."),
    "model_attributes_type": N_("Give an object."),
    "too_short": N_("Give at least {min_length} entries."),
    "too_long": N_("Give at most {max_length} entries."),
    "uuid_type": N_("Give an id in UUID form."),
    "uuid_parsing": N_("Give an id in UUID form."),
    "uuid_version": N_("Give an id in UUID form."),
    "date_type": N_("Give a date as YYYY-MM-DD."),
    "date_parsing": N_("Give a date as YYYY-MM-DD."),
    "date_from_datetime_parsing": N_("Give a date as YYYY-MM-DD."),
    "date_from_datetime_inexact": N_("Give a date without a time of day."),
    "date_past": N_("Give a date in the past."),
    "date_future": N_("Give a date in the future."),
    "datetime_type": N_("Give a date and time with a time zone, such as 2027-03-01T09:00:00Z."),
    "datetime_parsing": N_("Give a date and time with a time zone, such as 2027-03-01T09:00:00Z."),
    "datetime_from_date_parsing": N_("Give a date and time with a time zone, such as 2027-03-01T09:00:00Z."),
    "datetime_object_invalid": N_("Give a date and time with a time zone, such as 2027-03-01T09:00:00Z."),
    "timezone_aware": N_("Add the time zone, such as Z for UTC."),
    "datetime_past": N_("Give a moment in the past."),
    "datetime_future": N_("Give a moment in the future."),
    "url_parsing": N_("Give a complete web address, such as https://example.com/path."),
    "url_type": N_("Give a complete web address, such as https://example.com/path."),
    "url_scheme": N_("Give a web address that begins with one of: {expected_schemes}."),
    "union_tag_invalid": N_("Choose one of: {expected_tags}."),
    "union_tag_not_found": N_("The field {discriminator} must say which kind this is."),
    "none_required": N_("Leave this empty."),
    "bytes_type": N_("Give a file."),
    "unsupported_locale": N_("Choose one of the languages {locales}."),
    "unknown_currency": N_("Give a currency by its ISO 4217 code, such as EUR."),
    "unknown_country": N_("Give a country by its ISO 3166 code, such as DE."),
    "unknown_time_zone": N_("Give a time zone by its IANA name, such as Europe/Berlin."),
    "unknown_package_type": N_("Name a type of package by its code of UN/ECE Recommendation 21."),
    "unknown_unit": N_("Give a unit by its UN/CEFACT Recommendation 20 code, such as H87 (piece) or MMT (millimetre)."),
    "invalid_cursor": N_("This page cursor is not valid. Begin again at the first page."),
    "nul_character": N_("The text must not contain NUL characters."),
    "latin_letters_only": N_("Write this in Latin letters."),
    "amount_needs_currency": N_("Give an amount together with its currency, or neither."),
    "two_currencies": N_("Give two different currencies."),
    "invalid_email": N_("Give a valid e-mail address."),
    "value_error": N_("This value is not valid here."),
}
_OTHER = N_("This value is not valid here.")

# How Pydantic lists choices: `'draft', 'published' or 'closed'`, with a word that only English readers know.
_CHOICES = re.compile(r"'[^']*'(?:(?:, | or )'[^']*')*")


def _plain(value: Any) -> Any:
    """Choices as a list without quotation marks, which reads the same in every language."""
    if isinstance(value, str) and _CHOICES.fullmatch(value):
        return re.findall(r"'([^']*)'", value)
    return value


def explain(kind: str, context: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The message for a kind of finding and its parameters. Unknown kinds get a general sentence."""
    message = _MESSAGES.get(kind, _OTHER)
    params = {name: _plain(value) for name, value in context.items() if name != "error"}
    try:
        message.format_map(params)
    except (KeyError, IndexError):
        return _OTHER, {}
    return message, params
