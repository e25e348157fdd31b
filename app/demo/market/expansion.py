"""From product families to listings: one product a row and offer, one variant a value on the family's axis."""

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from app.demo.market.files import HERE, read_yaml
from app.demo.market.pricing import price_tiers
from app.demo.market.seeds import (
    AttributeValue,
    ListedRange,
    ListingText,
    ProductSeed,
    ProductState,
    SupplierSeed,
    VariantSeed,
)
from app.demo.market.suppliers import load_suppliers
from app.demo.market.wording import fill, fill_plain, slug

STEEL_DENSITY = 7.85  # g/cm3
MM3_PER_CM3 = 1000
G_PER_KG = 1000

Row = Mapping[str, Any]


@cache
def load_products() -> tuple[ProductSeed, ...]:
    """Every listing, in the order of the family files' names and of the families in them."""
    phrases = read_yaml(HERE / "phrases.yaml")["phrases"]
    suppliers = {supplier.code: supplier for supplier in load_suppliers()}
    families = [family for path in sorted((HERE / "families").glob("*.yaml")) for family in read_yaml(path)["families"]]
    offers = [
        (family, row, suppliers[code])
        for family in families
        for code, choice in family["offers"].items()
        for row in _chosen(family["rows"], choice)
    ]
    return tuple(
        _product(family, {**family.get("common", {}), **row}, supplier, phrases, state=_state(position))
        for position, (family, row, supplier) in enumerate(offers)
    )


def _chosen(rows: Sequence[Row], choice: str | int) -> Sequence[Row]:
    """A supplier lists all rows of a family, every second one, or the first few."""
    if isinstance(choice, int):
        return rows[:choice]
    return {"all": rows, "even": rows[::2], "odd": rows[1::2]}[choice]


def _state(position: int) -> ProductState:
    """One listing in twenty is still a draft, one in sixty is archived."""
    if position % 20 == 7:
        return ProductState.DRAFT
    return ProductState.ARCHIVED if position % 60 == 31 else ProductState.PUBLISHED


def _product(
    family: Row, row: Row, supplier: SupplierSeed, phrases: Mapping[str, Any], *, state: ProductState
) -> ProductSeed:
    texts = family["texts"]
    words = family.get("words", {})
    return ProductSeed(
        code=slug(f"{supplier.code}-{family['code']}-{fill_plain(family['slug'], row)}"),
        supplier_code=supplier.code,
        category_code=family["category"],
        state=state,
        source_locale=supplier.locale,
        texts={
            locale: ListingText(
                _capitalized(fill(text["title"], row, locale, words)), fill(text["description"], row, locale, words)
            )
            for locale, text in texts.items()
        },
        attributes={
            code: _attribute(value, row, phrases, tuple(texts)) for code, value in family["attributes"].items()
        },
        variants=tuple(_variant(family, sized, supplier) for sized in _along_axis(row, family["axis"])),
    )


def _capitalized(title: str) -> str:
    return title[:1].upper() + title[1:]


def _along_axis(row: Row, axis: Sequence[str]) -> Iterator[Row]:
    if not axis:
        yield row
        return
    for values in zip(*(row[name] for name in axis), strict=True):
        yield {**row, **dict(zip(axis, values, strict=True))}


def _attribute(value: Any, row: Row, phrases: Mapping[str, Any], locales: Sequence[str]) -> AttributeValue:
    if isinstance(value, str) and value.startswith("@"):
        return {locale: phrases[value[1:]][locale] for locale in locales}
    value = _resolved(value, row)
    if isinstance(value, list):
        ends = [Decimal(str(_resolved(end, row))) for end in value]
        return ListedRange(min(ends), max(ends))
    if isinstance(value, bool | str):
        return value
    return Decimal(str(value))


def _resolved(value: Any, row: Row) -> Any:
    return row[value[1:]] if isinstance(value, str) and value.startswith("$") else value


def _variant(family: Row, row: Row, supplier: SupplierSeed) -> VariantSeed:
    mass_kg = _mass_kg(family["mass_kg"], row) if "mass_kg" in family else None
    price = family["price_eur"]
    list_price = Decimal(str(price["base"])) + Decimal(str(price["per_kg"])) * (mass_kg or 0)
    list_price += sum(Decimal(str(amount)) * Decimal(str(row[name])) for name, amount in price["per"].items())
    box = [Decimal(str(_resolved(side, row))) for side in family["box_mm"]] if "box_mm" in family else [None] * 3
    return VariantSeed(
        sku=f"{supplier.sku_prefix}-{fill_plain(family['sku'], row)}".upper(),
        label=fill_plain(family["label"], row),
        prices=price_tiers(list_price, family["tiers"], supplier),
        minimum_order_quantity=family["minimum_order"],
        lead_time_days=family["lead_time_days"],
        made_to_order=family["made_to_order"],
        mass_kg=mass_kg,
        length_mm=box[0],
        width_mm=box[1],
        height_mm=box[2],
        hs_code=family.get("hs_code"),
        origin_country=supplier.address.country,
    )


def _mass_kg(recipe: Any, row: Row) -> Decimal:
    """A mass as stated, or that of a cylinder, tube or block in mm times its `fill`, at its `density` in g/cm3."""
    if isinstance(recipe, Mapping):
        mass = _volume_mm3(recipe, row) * recipe.get("fill", 1) * recipe.get("density", STEEL_DENSITY)
        recipe = mass / MM3_PER_CM3 / G_PER_KG
    return max(Decimal(str(_resolved(recipe, row))).quantize(Decimal("0.001")), Decimal("0.001"))


def _volume_mm3(recipe: Mapping[str, Any], row: Row) -> float:
    if "cylinder" in recipe:
        diameter, length = (float(_resolved(size, row)) for size in recipe["cylinder"])
        return math.pi / 4 * diameter**2 * length
    if "tube" in recipe:
        outer, inner, length = (float(_resolved(size, row)) for size in recipe["tube"])
        return math.pi / 4 * (outer**2 - inner**2) * length
    return math.prod(float(_resolved(size, row)) for size in recipe["block"])
