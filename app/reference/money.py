"""The currencies that the house accepts, with their ISO 4217 exponents. Rates are stored elsewhere."""

from dataclasses import dataclass
from functools import cache

from babel.numbers import get_territory_currencies

from app.reference.errors import UnknownCode
from app.reference.loading import csv_rows


@dataclass(frozen=True, slots=True)
class Currency:
    """One currency; an amount of `10 ** exponent` minor units is one of it."""

    code: str
    exponent: int
    source: str
    edition: str


@cache
def currencies() -> dict[str, Currency]:
    """Every accepted currency by its ISO 4217 code."""
    return {
        row["code"]: Currency(row["code"], int(row["exponent"]), row["source"], row["edition"])
        for row in csv_rows("currencies.csv")
    }


def currency(code: str) -> Currency:
    """The currency with this code. Raises UnknownCode."""
    try:
        return currencies()[code]
    except KeyError:
        raise UnknownCode("currencies", code) from None


@cache
def currency_of(country: str) -> str | None:
    """The currency in which a country reckons its taxes; None where the house does not accept it."""
    found = [code for code in get_territory_currencies(country, tender=True, non_tender=False) if code in currencies()]
    return found[0] if found else None


def is_accepted_currency(code: str) -> bool:
    """Whether prices may be given in this currency."""
    return code in currencies()
