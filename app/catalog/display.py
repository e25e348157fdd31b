"""A public document in the reader's language, units and formats, next to the raw values. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast
from uuid import UUID

from app.catalog.definitions import Attribute, AttributeKind, attributes, categories, name_in
from app.catalog.models import PublicProduct
from app.catalog.schemas import (
    DisplayedAttribute,
    DisplayedMeasure,
    DisplayedPrice,
    DisplayedProduct,
    DisplayedVariant,
    ListedProduct,
    Medium,
    SupplierOut,
    TextOut,
)
from app.kit.locales import NP_, fallback_chain, first_text, known_locales, translate
from app.kit.schemas import Labelled
from app.reference import facade as reference

System = Literal["metric", "inch"]

YES = NP_("attribute value", "Yes")
NO = NP_("attribute value", "No")


@dataclass(frozen=True, slots=True)
class Reader:
    """How to show things: language, unit system, preferred currency."""

    locale: str
    unit_system: str = "metric"
    currency: str | None = None

    @property
    def system(self) -> System:
        """The unit system as reference wants it."""
        return cast(System, self.unit_system)


def shown_text(texts: Mapping[str, Mapping[str, str]], source_locale: str, locale: str) -> TextOut | None:
    """A field's best text for the reader along the fallback chain; the supplier's own words before a stranger's language."""
    tag = next((tag for tag in (*fallback_chain(locale), source_locale) if tag in texts), None)
    if tag is None:
        return None
    return TextOut(locale=tag, text=texts[tag]["text"], state=texts[tag]["state"], source_locale=source_locale)


def category_label(code: str, locale: str) -> Labelled:
    """A category's name."""
    return Labelled(code=code, label=name_in(categories()[code].names, locale))


def measure(value: str | Decimal, unit: str, reader: Reader) -> DisplayedMeasure:
    """A quantity in the reader's unit system."""
    shown = reference.display_quantity(Decimal(value), unit, reader.locale, reader.system)
    return DisplayedMeasure(text=shown.text, value=Decimal(value), unit=unit)


def attribute_text(attribute: Attribute, value: Any, reader: Reader) -> str:
    """An attribute's value as a reader of the trade would write it."""
    unit = attribute.unit or "C62"
    match attribute.kind:
        case AttributeKind.NUMBER:
            return reference.display_quantity(Decimal(value), unit, reader.locale, reader.system).text
        case AttributeKind.RANGE:
            low, high = Decimal(value["minimum"]), Decimal(value["maximum"])
            return reference.display_range(low, high, unit, reader.locale, reader.system)
        case AttributeKind.ENUM:
            return name_in(attribute.values[value], reader.locale)
        case AttributeKind.BOOLEAN:
            return translate(YES if value else NO, reader.locale)
        case AttributeKind.TEXT:
            found = first_text(value, reader.locale)
            return found[1] if found else ""


def displayed_attributes(category: str, values: Mapping[str, Any], reader: Reader) -> list[DisplayedAttribute]:
    """The attributes in the category's own order."""
    definitions = attributes()
    return [
        DisplayedAttribute(
            code=code,
            name=name_in(definitions[code].names, reader.locale),
            text=attribute_text(definitions[code], values[code], reader),
            value=values[code],
            unit=definitions[code].unit,
        )
        for code in categories()[category].attributes
        if code in values
    ]


def _price(tier: Mapping[str, Any], unit: str, reader: Reader) -> DisplayedPrice:
    return DisplayedPrice(
        text=reference.display_money(tier["price_minor"], tier["currency"], reader.locale),
        currency=tier["currency"],
        price_minor=tier["price_minor"],
        min_quantity=Decimal(tier["min_quantity"]),
        min_quantity_text=measure(tier["min_quantity"], unit, reader).text,
    )


def _variant(variant: Mapping[str, Any], reader: Reader) -> DisplayedVariant:
    dimensions = [variant[name] for name in ("length_mm", "width_mm", "height_mm")]
    return DisplayedVariant(
        id=UUID(variant["id"]),
        sku=variant["sku"],
        label=variant["label"],
        minimum_order=measure(variant["minimum_order_quantity"], variant["unit"], reader),
        lead_time=measure(Decimal(variant["lead_time_days"]), "DAY", reader),
        made_to_order=variant["made_to_order"],
        mass=measure(variant["mass_kg"], "KGM", reader) if variant["mass_kg"] else None,
        dimensions=[measure(value, "MMT", reader) for value in dimensions if value],
        hs_code=variant["hs_code"],
        origin_country=country(variant["origin_country"], reader.locale),
        prices=[_price(tier, variant["unit"], reader) for tier in _in_readers_currency(variant["prices"], reader)],
    )


def _in_readers_currency(tiers: list[dict[str, Any]], reader: Reader) -> list[dict[str, Any]]:
    """The tiers in the reader's currency when the supplier gives some, else all."""
    own = [tier for tier in tiers if tier["currency"] == reader.currency]
    return own or tiers


def country(code: str, locale: str) -> Labelled:
    """A country's name."""
    return Labelled(code=code, label=reference.country_name(code, locale))


def _common(row: PublicProduct, reader: Reader) -> dict[str, Any]:
    document = row.document
    supplier = document["supplier"]
    tiers = [
        (tier["price_minor"], tier, variant["unit"])
        for variant in document["variants"]
        for tier in _in_readers_currency(variant["prices"], reader)
    ]
    currencies = {tier["currency"] for _, tier, _ in tiers}
    # A lowest price across currencies would compare apples with pears.
    lowest = min(tiers, key=lambda item: item[0]) if len(currencies) == 1 else None
    return {
        "id": row.product_id,
        "code": document["code"],
        "title": shown_text(document["texts"]["title"], document["source_locale"], reader.locale),
        "category": category_label(document["category"], reader.locale),
        "supplier": SupplierOut(
            id=row.supplier_id,
            code=supplier["code"],
            name=supplier["name"],
            name_latin=supplier["name_latin"],
            country=country(supplier["country"], reader.locale),
            verified=supplier["verified"],
        ),
        "from_price": _price(lowest[1], lowest[2], reader) if lowest else None,
        "variant_count": len(document["variants"]),
    }


def listed(row: PublicProduct, reader: Reader) -> ListedProduct:
    """A listing in a list."""
    return ListedProduct(**_common(row, reader))


def displayed(row: PublicProduct, reader: Reader) -> DisplayedProduct:
    """A listing in full."""
    document = row.document
    texts = document["texts"]
    return DisplayedProduct(
        **_common(row, reader),
        description=shown_text(texts.get("description", {}), document["source_locale"], reader.locale),
        category_path=[category_label(code, reader.locale) for code in row.category_path],
        attributes=displayed_attributes(document["category"], document["attributes"], reader),
        variants=[_variant(variant, reader) for variant in document["variants"]],
        media=[Medium(**medium) for medium in document["media"]],
        locales=list(known_locales(texts["title"])),
    )
