"""Tell the database which categories the edition has, so that a listing's category is a foreign key, and how to show them."""

from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.definitions import attributes, categories, edition, name_in
from app.catalog.kinship import spare_reasons, spares
from app.catalog.models import CatalogLabel, CategoryAttribute, CategorySpare, DisplayEdition
from app.kit.locales import LOCALES, N_, NP_, translate
from app.reference import facade as reference

WORDS: dict[str, str | tuple[str, str]] = {
    "yes": NP_("attribute value", "Yes"),
    "no": NP_("attribute value", "No"),
    "indication": N_("Converted for information at the rate of that day; the offer is in the supplier's currency."),
    "stock-in_stock": NP_("stock level", "In stock"),
    "stock-few_left": NP_("stock level", "Few left"),
    "stock-none": NP_("stock level", "Not in stock"),
    "equivalents": N_(
        "Alike in what such parts are ordered by. Nobody confirms that one replaces the other: compare the drawings."
    ),
}
"""What the display says beside names and values."""


async def sync_categories(session: AsyncSession) -> int:
    """Upsert the edition's categories; their number. Runs as `owner` after a migration."""
    rows = [{"code": c.code, "path": list(c.path), "edition": edition()} for c in categories().values()]
    await queries.sync_categories(session, rows)
    return len(rows)


async def sync_labels(session: AsyncSession, *, formats: str) -> int:
    """Write the names and words that public documents are displayed with; how many.

    `formats` is a digest of the formats that the reference room wrote. Runs as `owner` after a migration.
    """
    labels, order = _labels(), _attributes_in_order()
    wearing = [
        {"category": spare.category, "position": position, "spare": spare.part, "reason": spare.reason}
        for position, spare in enumerate(spares())
    ]
    await reference.replace_rows(session, CategorySpare, wearing)
    await reference.replace_rows(session, CatalogLabel, labels)
    await reference.replace_rows(session, CategoryAttribute, order)
    functions = await queries.display_functions(session)
    digest = sha256(orjson.dumps([formats, labels, order, functions])).hexdigest()[:16]
    await reference.replace_rows(session, DisplayEdition, [{"only_row": True, "digest": digest}])
    return len(labels)


def _labels() -> list[dict[str, Any]]:
    rows = []
    for locale in LOCALES:
        named = [("category", found.code, found.names) for found in categories().values()]
        for attribute in attributes().values():
            named.append(("attribute", attribute.code, attribute.names))
            named += [("value", f"{attribute.code}={code}", names) for code, names in attribute.values.items()]
        named += [("spare", code, texts) for code, texts in spare_reasons().items()]
        rows += [
            {"kind": kind, "code": code, "locale": locale, "label": name_in(names, locale)}
            for kind, code, names in named
        ]
        rows += [
            {"kind": "word", "code": code, "locale": locale, "label": translate(message, locale)}
            for code, message in WORDS.items()
        ]
        rows += [
            {"kind": "relation", "code": code, "locale": locale, "label": translate(message, locale)}
            for code, message in reference.RELATION_LABELS.items()
        ]
    return rows


def _attributes_in_order() -> list[dict[str, Any]]:
    definitions = attributes()
    return [
        {"category": category.code, "position": position, "attribute": code, "kind": definitions[code].kind.value,
         "unit": definitions[code].unit}
        for category in categories().values()
        for position, code in enumerate(category.attributes)
    ]  # fmt: skip
