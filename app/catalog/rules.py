"""What a listing may say. Pure: definitions in, findings out."""

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from app.catalog.definitions import Attribute, AttributeKind, Category
from app.kit.errors import FieldError
from app.kit.locales import LOCALES, N_
from app.reference.facade import NotConvertible, UnknownCode, convert_quantity

MAX_TEXT = 2000


class _Wrong(Exception):
    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.params = code, message, params


def _number(attribute: Attribute, value: Any) -> str:
    """A number in the definition's unit: `12.5`, `"12.5"` or `{"value": "8", "unit": "INH"}`."""
    unit = attribute.unit
    if isinstance(value, Mapping):
        if set(value) != {"value", "unit"} or not isinstance(value["unit"], str):
            raise _Wrong("number-form", N_("Give a number, or an object with “value” and “unit”."))
        value, unit = value["value"], value["unit"]
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise _Wrong("not-a-number", N_("Give a number."))
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _Wrong("not-a-number", N_("Give a number.")) from None
    if not number.is_finite() or abs(number.adjusted()) > 15 or len(number.as_tuple().digits) > 20:
        raise _Wrong("not-a-number", N_("Give a number."))
    if unit != attribute.unit and attribute.unit is not None:
        try:
            number = convert_quantity(number, str(unit), attribute.unit)
        except (UnknownCode, NotConvertible):
            raise _Wrong("wrong-unit", N_("This unit does not fit here. Use {unit}."), unit=attribute.unit) from None
    if attribute.decimals is not None:
        number = round(number, attribute.decimals) if unit != attribute.unit else number
        exponent = number.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > attribute.decimals:
            raise _Wrong(
                "too-many-decimals",
                N_("Give at most {decimals} digits after the decimal point."),
                decimals=attribute.decimals,
            )
    low, high = attribute.minimum, attribute.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise _Wrong(
            "out-of-range",
            N_("Give a value between {minimum} and {maximum} ({unit})."),
            minimum=str(low),
            maximum=str(high),
            unit=attribute.unit or "",
        )
    return format(number.normalize(), "f")


def _value(attribute: Attribute, value: Any) -> Any:
    match attribute.kind:
        case AttributeKind.NUMBER:
            return _number(attribute, value)
        case AttributeKind.RANGE:
            if not isinstance(value, Mapping) or set(value) != {"minimum", "maximum"}:
                raise _Wrong("range-form", N_("Give an object with “minimum” and “maximum”."))
            low, high = _number(attribute, value["minimum"]), _number(attribute, value["maximum"])
            if Decimal(low) > Decimal(high):
                raise _Wrong("range-reversed", N_("The minimum must not be greater than the maximum."))
            return {"minimum": low, "maximum": high}
        case AttributeKind.ENUM:
            if not isinstance(value, str) or value not in attribute.values:
                expected = ", ".join(list(attribute.values)[:30])
                raise _Wrong("unknown-value", N_("Choose one of: {expected}."), expected=expected)
            return value
        case AttributeKind.BOOLEAN:
            if not isinstance(value, bool):
                raise _Wrong("not-a-boolean", N_("Give true or false."))
            return value
        case AttributeKind.TEXT:
            if (
                not isinstance(value, Mapping)
                or not value
                or not set(value) <= set(LOCALES)
                or not all(isinstance(text, str) and 0 < len(text) <= MAX_TEXT for text in value.values())
            ):
                raise _Wrong("text-form", N_("Give texts by language, such as {example}."), example='{"en": "…"}')
            return dict(value)


def clean_attributes(
    category: Category, definitions: Mapping[str, Attribute], given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[FieldError]]:
    """The given attributes in stored form, and what is wrong with them, by JSON Pointer below `/attributes`."""
    cleaned: dict[str, Any] = {}
    errors: list[FieldError] = []
    for code, value in given.items():
        pointer = "/attributes/" + code.replace("~", "~0").replace("/", "~1")
        if code not in category.attributes:
            message = N_("The category “{category}” has no such attribute.")
            errors.append(FieldError(pointer, "unknown-attribute", message, {"category": category.code}))
            continue
        try:
            cleaned[code] = _value(definitions[code], value)
        except _Wrong as wrong:
            errors.append(FieldError(pointer, wrong.code, wrong.message, wrong.params))
    return cleaned, errors


def missing_for_publishing(
    category: Category, attributes: Mapping[str, Any], *, has_title: bool, variants: int, unpriced_skus: Sequence[str]
) -> list[FieldError]:
    """What a listing still needs before buyers may see it."""
    errors = [
        FieldError(f"/attributes/{code}", "required", N_("This field is required."))
        for code, required in category.attributes.items()
        if required and code not in attributes
    ]
    if not category.is_leaf:
        errors.append(FieldError("/category_code", "not-a-leaf", N_("Choose a category without subcategories.")))
    if not has_title:
        errors.append(FieldError("/title", "required", N_("Give a title in the source language.")))
    if variants == 0:
        errors.append(FieldError("/variants", "required", N_("Add at least one variant with its SKU.")))
    errors += [
        FieldError("/variants", "price-required", N_("Give the variant {sku} at least one price."), {"sku": sku})
        for sku in unpriced_skus
    ]
    return errors


def tier_errors(tiers: Sequence[tuple[str, Decimal, int]], minimum_order: Decimal) -> list[FieldError]:
    """Price tiers (currency, minimum quantity, price): unique steps, no dearer price for more, a first step within reach."""
    errors: list[FieldError] = []
    by_currency: dict[str, list[tuple[Decimal, int, int]]] = {}
    for index, (currency, quantity, price) in enumerate(tiers):
        by_currency.setdefault(currency, []).append((quantity, price, index))
    for currency, steps in by_currency.items():
        steps.sort()
        if steps[0][0] > minimum_order:
            message = N_("The first tier in {currency} must begin at the minimum order quantity or below.")
            errors.append(
                FieldError(f"/prices/{steps[0][2]}/min_quantity", "tier-gap", message, {"currency": currency})
            )
        for (quantity, price, _), (next_quantity, next_price, index) in itertools.pairwise(steps):
            if quantity == next_quantity:
                message = N_("There are two tiers for the same quantity in {currency}.")
                errors.append(
                    FieldError(f"/prices/{index}/min_quantity", "tier-twice", message, {"currency": currency})
                )
            elif next_price > price:
                message = N_("A larger quantity must not cost more a piece than a smaller one ({currency}).")
                errors.append(
                    FieldError(f"/prices/{index}/price_minor", "tier-dearer", message, {"currency": currency})
                )
    return errors
