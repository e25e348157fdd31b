"""The filters of a request as they stand in its address: `attr.steel=1.2738`, `attr.diameter.min=8 in`, `price.max=250`."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from uuid import UUID

from app.catalog.definitions import Attribute, AttributeKind, attributes
from app.catalog.search.narrowing import Narrowing, Range
from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.reference import facade as reference

MANY = ("category", "supplier_id", "country", "certification")
FLAGS = ("verified", "stocked")
MOST_CHOICES = 20
MOST_FILTERS = 12
_FACET = {"supplier_id": "supplier"}
_NUMBER = re.compile(r"\s*(-?\d{1,12}(?:[.,]\d{1,6})?)\s*(.{0,12}?)\s*")
_UNITS = {"in": "INH", '"': "INH", "inch": "INH", "mm": "MMT", "cm": "CMT", "m": "MTR", "µm": "4H", "um": "4H",
          "kg": "KGM", "g": "GRM", "lb": "LBR", "kn": "B47", "n": "NEW", "bar": "BAR", "mpa": "MPA", "psi": "PS",
          "°c": "CEL", "c": "CEL", "°f": "FAH", "f": "FAH", "l": "LTR", "ml": "MLT", "cm3": "CMQ", "kw": "KWT",
          "w": "WTT"}  # fmt: skip
"""What people write behind a number; UN/CEFACT codes are taken as they are."""


def _wrong(name: str, code: str, message: str, **params: object) -> FieldError:
    return FieldError(f"#/query/{name}", code, message, params)


def narrowing_of(pairs: Iterable[tuple[str, str]], currency: str) -> Narrowing:
    """The filters among the parameters of a request. Raises `Invalid` naming each wrong one."""
    choices: dict[str, list[str]] = {}
    numbers: dict[str, dict[str, Decimal]] = {}
    price: dict[str, Decimal] = {}
    lead_time_max: int | None = None
    errors: list[FieldError] = []
    for name, value in pairs:
        try:
            if name in MANY:
                choices.setdefault(_FACET.get(name, name), []).append(_one_of_many(name, value))
            elif name in FLAGS and value in ("true", "1", "yes"):
                choices[name] = ["yes"]
            elif name in ("price.min", "price.max"):
                price[name[6:]] = _money(name, value, currency)
            elif name == "lead_time.max":
                lead_time_max = int(_plain(name, value, Decimal(32_000)))
            elif name.startswith("attr."):
                _attribute(name, value, choices, numbers)
        except _Wrong as wrong:
            errors.append(wrong.error)
    if len(choices) + len(numbers) > MOST_FILTERS or any(len(values) > MOST_CHOICES for values in choices.values()):
        errors.append(_wrong("attr", "too-many-filters", N_("Use fewer filters.")))
    if errors:
        raise Invalid(errors=errors)
    return Narrowing(
        choices={facet: tuple(dict.fromkeys(values)) for facet, values in choices.items()},
        numbers={code: Range(ends.get("min"), ends.get("max")) for code, ends in numbers.items()},
        price=Range(price.get("min"), price.get("max")) if price else None,
        lead_time_max=lead_time_max,
    )


class _Wrong(Exception):
    def __init__(self, error: FieldError) -> None:
        super().__init__(error.code)
        self.error = error


def _one_of_many(name: str, value: str) -> str:
    if name == "supplier_id":
        try:
            return str(UUID(value))
        except ValueError:
            raise _Wrong(_wrong(name, "invalid-uuid", N_("This is no id of a supplier."))) from None
    return value[:80]


def _plain(name: str, value: str, most: Decimal) -> Decimal:
    try:
        number = Decimal(value.replace(",", "."))
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or not 0 <= number <= most:
        raise _Wrong(_wrong(name, "not-a-number", N_("Give a number.")))
    return number


def _money(name: str, value: str, currency: str) -> Decimal:
    return _plain(name, value, Decimal(10) ** 13).scaleb(reference.currency(currency).exponent)


def _attribute(name: str, value: str, choices: dict[str, list[str]], numbers: dict[str, dict[str, Decimal]]) -> None:
    code, _, end = name.removeprefix("attr.").partition(".")
    attribute = attributes().get(code)
    if attribute is None or attribute.kind == AttributeKind.TEXT or end not in ("", "min", "max"):
        raise _Wrong(_wrong(name, "unknown-attribute", N_("There is no such attribute to narrow down by.")))
    if attribute.kind in (AttributeKind.NUMBER, AttributeKind.RANGE):
        ends = numbers.setdefault(code, {})
        for which in (end,) if end else ("min", "max"):
            ends[which] = _quantity(name, value, attribute)
        return
    known = attribute.values if attribute.kind == AttributeKind.ENUM else ("yes", "no")
    if end or value not in known:
        expected = ", ".join(list(known)[:30])
        raise _Wrong(_wrong(name, "unknown-value", N_("Choose one of: {expected}."), expected=expected))
    choices.setdefault(code, []).append(value)


def _quantity(name: str, value: str, attribute: Attribute) -> Decimal:
    """`203.2`, `8 in`, `203,2 mm`: in the attribute's own unit."""
    match = _NUMBER.fullmatch(value)
    if match is None:
        raise _Wrong(_wrong(name, "not-a-number", N_("Give a number.")))
    number = Decimal(match[1].replace(",", "."))
    if not match[2]:
        return number
    unit = _UNITS.get(match[2].casefold(), match[2].upper())
    try:
        return reference.convert_quantity(number, unit, attribute.unit or "C62")
    except (reference.UnknownCode, reference.NotConvertible):
        raise _Wrong(
            _wrong(name, "wrong-unit", N_("This unit does not fit here. Use {unit}."), unit=attribute.unit or "C62")
        ) from None
