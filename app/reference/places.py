"""Countries by ISO 3166-1 and the UN/LOCODE places that the trade ships between."""

from dataclasses import dataclass
from functools import cache

import pycountry

from app.kit.locales import cldr
from app.reference.errors import UnknownCode
from app.reference.loading import csv_rows


@dataclass(frozen=True, slots=True)
class Place:
    """One UN/LOCODE place under its official (local, Latin script) name; `port` when ships call there."""

    code: str
    country: str
    name: str
    port: bool
    source: str
    edition: str


@cache
def country_codes() -> frozenset[str]:
    """The ISO 3166-1 alpha-2 codes."""
    return frozenset(country.alpha_2 for country in pycountry.countries)


def is_country(code: str) -> bool:
    """Whether this is an ISO 3166-1 alpha-2 code."""
    return code in country_codes()


def country_name(code: str, locale: str) -> str:
    """The country's name in the reader's language. Raises UnknownCode."""
    if not is_country(code):
        raise UnknownCode("countries", code)
    return str(cldr(locale).territories[code])


@cache
def places() -> dict[str, Place]:
    """Every place by its five-letter UN/LOCODE."""
    return {
        row["code"]: Place(
            row["code"], row["country"], row["name"], row["port"] == "yes", row["source"], row["edition"]
        )
        for row in csv_rows("places.csv")
    }


def find_place(code: str) -> Place | None:
    """The place with this UN/LOCODE (a space after the country is allowed), or None when it is not in our subset."""
    return places().get(code.replace(" ", "").upper())
