"""Price steps in cells: `1: 12.50; 100: 9,80`, or one column a step. Amounts in the currency, not in its minor units. Pure."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from babel.numbers import get_currency_symbol

from app.catalog.exchange import values
from app.catalog.exchange.errors import CellRefused
from app.kit.locales import LOCALES, N_, cldr
from app.reference import facade as reference

_FORM = N_("Write price steps as quantity: price, such as {example}.")
_EXAMPLE = "1: 12.50; 100: 9.80"


def steps_in(cells: Mapping[str, str], currency: str, minimum: Decimal) -> list[dict[str, Any]]:
    """The steps that a row's columns of one currency give. A price without a quantity begins at the minimum order.

    Raises `CellRefused`.
    """
    steps = []
    for key, text in cells.items():
        quantity = ":".join(key.split(":")[2:])
        if not text:
            continue
        if quantity:
            steps.append(_step(Decimal(quantity), text, currency))
            continue
        for part in re.split(r"[;\n|]", text):
            if part.strip():
                steps.append(_one(part, currency, minimum))
    return sorted(steps, key=lambda step: step["min_quantity"])


def _one(part: str, currency: str, minimum: Decimal) -> dict[str, Any]:
    pieces = re.split(r"[:=]", part)
    if len(pieces) > 2:
        raise CellRefused("price-steps", _FORM, example=_EXAMPLE)
    if len(pieces) == 1:
        return _step(minimum, part, currency)
    return _step(values.decimal_of(re.sub(r"^\s*[≥>]=?\s*|\s*\+\s*$", "", pieces[0])), pieces[1], currency)


def _step(quantity: Decimal, text: str, currency: str) -> dict[str, Any]:
    return {"currency": currency, "min_quantity": quantity, "price_minor": minor_in(text, currency)}


def minor_in(text: str, currency: str) -> int:
    """An amount in minor units of its currency. Raises `CellRefused` for fractions of them."""
    plain = text.strip()
    for name in () if plain[:1].isdigit() and plain[-1:].isdigit() else (currency, *_symbols(currency)):
        if plain.upper().startswith(name.upper()):
            plain = plain[len(name) :]
        elif plain.upper().endswith(name.upper()):
            plain = plain[: -len(name)]
    exponent = reference.currency(currency).exponent
    minor = values.decimal_of(plain.strip()).scaleb(exponent)
    if minor != minor.to_integral_value():
        message = N_("Give at most {decimals} digits after the decimal point.")
        raise CellRefused("too-many-decimals", message, decimals=exponent)
    return int(minor)


def amount_of(minor: int, currency: str) -> str:
    """An amount as cells hold it."""
    return format(Decimal(minor).scaleb(-reference.currency(currency).exponent), "f")


def cell_of(tiers: Sequence[Any]) -> str:
    """The steps of one currency as one cell."""
    return "; ".join(
        f"{format(tier.min_quantity.normalize(), 'f')}: {amount_of(tier.price_minor, tier.currency)}" for tier in tiers
    )


@cache
def _symbols(currency: str) -> list[str]:
    found = {get_currency_symbol(currency, locale=cldr(locale)) for locale in LOCALES}
    return sorted((symbol for symbol in found if symbol), key=len, reverse=True)
