"""What a list shows of a listing, kept apart from its document and small, so that a page reads no whole documents. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.catalog.definitions import AttributeKind, attributes, categories

HIGHLIGHTS = 4
_MEASURED = (AttributeKind.NUMBER, AttributeKind.RANGE, AttributeKind.ENUM)


def card_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The card of a public document: everything in it is free of language, or in all languages."""
    variants = document["variants"]
    titles = document["texts"].get("title", {})
    return {
        "code": document["code"],
        "category": document["category"],
        "source": document["source_locale"],
        "title": {locale: [title["text"], title["state"]] for locale, title in titles.items()},
        "supplier": document["supplier"],
        "prices": lowest_prices(variants),
        "currency": main_currency(variants),
        "variants": len(variants),
        # The shortest, as the price is the lowest.
        "lead": min((variant["lead_time_days"] for variant in variants), default=None),
        "made": bool(variants) and all(variant["made_to_order"] for variant in variants),
        "marks": highlights(document["category"], document["attributes"]),
        "medium": next((medium for medium in document["media"] if _is_picture(medium)), None),
    }


def _is_picture(medium: Mapping[str, str]) -> bool:
    """DXF drawings are of an image type too, and no program shows them."""
    return medium["media_type"] in ("image/jpeg", "image/png")


def lowest_prices(variants: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """By currency: the lowest price of any variant, from which quantity on, and of what unit."""
    found: dict[str, list[Any]] = {}
    for variant in variants:
        for tier in variant["prices"]:
            offered = [tier["price_minor"], tier["min_quantity"], variant["unit"]]
            known = found.get(tier["currency"])
            if known is None or (offered[0], Decimal(offered[1])) < (known[0], Decimal(known[1])):
                found[tier["currency"]] = offered
    return found


def main_currency(variants: list[dict[str, Any]]) -> str | None:
    """The currency that most variants are priced in: a lowest price across currencies would compare apples with pears."""
    counts: dict[str, int] = {}
    for variant in variants:
        for currency in sorted({tier["currency"] for tier in variant["prices"]}):
            counts[currency] = counts.get(currency, 0) + 1
    return min(counts, key=lambda currency: (-counts[currency], currency), default=None)


def highlights(category: str, values: Mapping[str, Any]) -> list[list[Any]]:
    """The first attributes of the category that the listing has, what is measured or named first: code, kind, unit, value."""
    definitions = attributes()
    given = [definitions[code] for code in categories()[category].attributes if code in values]
    given.sort(key=lambda attribute: attribute.kind not in _MEASURED)
    return [[found.code, found.kind.value, found.unit, values[found.code]] for found in given[:HIGHLIGHTS]]
