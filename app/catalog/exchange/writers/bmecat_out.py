"""BMEcat 2005 (T_NEW_CATALOG), elements in the order of its schema: one PRODUCT for each variant."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from app.catalog.definitions import AttributeKind, attributes, edition, name_in
from app.catalog.exchange.bmecat_words import LANG_OF_LOCALE, UDX_OF_KEY
from app.catalog.exchange.drafting import Stored
from app.catalog.exchange.prices import amount_of
from app.kit.locales import LOCALES
from app.kit.xlsx import UNWRITABLE
from app.parties import facade as parties

NAMESPACE = "http://www.bmecat.org/bmecat/2005"


class BmecatOut:
    """Listings in, bytes out."""

    def __init__(self, supplier: parties.OrganizationRef, locale: str, now: datetime) -> None:
        self._supplier, self._locale, self._now = supplier, locale, now
        self._begun = False

    def listings(self, listings: Iterable[Stored]) -> bytes:
        """Some listings as bytes, with the header before the first."""
        head = "" if self._begun else self._header()
        self._begun = True
        return (head + "".join(text for stored in listings for text in _products(stored, self._locale))).encode()

    def end(self) -> bytes:
        """The end of the document."""
        return self.listings([]) + b"</T_NEW_CATALOG>\n</BMECAT>\n"

    def _header(self) -> str:
        supplier = self._supplier
        lang = LANG_OF_LOCALE.get(self._locale, "zho")
        catalog = (
            _tag("LANGUAGE", lang, default="true")
            + _tag("CATALOG_ID", supplier.code)
            + _tag("CATALOG_VERSION", "001.001")
            + _tag("CATALOG_NAME", supplier.legal_name_local, lang=lang)
            + _tag("GENERATION_DATE", self._now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        )
        party = _tag("PARTY_ID", supplier.code, type="supplier_specific") + _tag("PARTY_ROLE", "supplier")
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<BMECAT version="2005" xmlns="{NAMESPACE}">\n<HEADER>'
            f"{_tag('GENERATOR_INFO', 'Partingline')}<CATALOG>{catalog}</CATALOG>"
            f"{_tag('SUPPLIER_IDREF', supplier.code, type='supplier_specific')}"
            f"<PARTIES><PARTY>{party}</PARTY></PARTIES></HEADER>\n<T_NEW_CATALOG>\n"
        )


def _tag(name: str, text: str, **attributes_: str) -> str:
    given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes_.items())
    plain = escape(UNWRITABLE.sub("", text)).replace("\r", "&#13;")
    return f"<{name}{given}>{plain}</{name}>"


def _products(stored: Stored, locale: str) -> Iterator[str]:
    product = stored.product
    texts = {(text.field, text.locale): text.text for text in stored.texts}
    features = _features(product.category_code, product.attributes, locale)
    for variant in stored.variants:
        yield (
            '<PRODUCT mode="new">'
            + _tag("SUPPLIER_PID", variant.sku, type="supplier_specific")
            + _details(variant, texts)
            + features
            + _order(variant)
            + _prices(stored.tiers.get(variant.id, ()))
            + _extensions(product, variant, texts)
            + _logistics(variant)
            + "</PRODUCT>\n"
        )


def _details(variant: Any, texts: Mapping[tuple[str, str], str]) -> str:
    def in_languages(name: str, field: str) -> str:
        return "".join(
            _tag(name, texts[field, tag], lang=lang) for tag, lang in LANG_OF_LOCALE.items() if (field, tag) in texts
        )

    return (
        "<PRODUCT_DETAILS>"
        + (
            in_languages("DESCRIPTION_SHORT", "title")
            or _tag("DESCRIPTION_SHORT", variant.label or variant.sku, lang="und")
        )
        + in_languages("DESCRIPTION_LONG", "description")
        + _tag("DELIVERY_TIME", str(variant.lead_time_days))
        + "</PRODUCT_DETAILS>"
    )


def _features(category: str, given: Mapping[str, Any], locale: str) -> str:
    if not given:
        return ""
    found = _tag("REFERENCE_FEATURE_SYSTEM_NAME", f"PARTINGLINE-{edition()}") + _tag(
        "REFERENCE_FEATURE_GROUP_ID", category
    )
    for order, (code, value) in enumerate(given.items(), 1):
        definition = attributes().get(code)
        if definition is None:
            continue
        details, lang = "", LANG_OF_LOCALE.get(locale, "zho")
        match definition.kind:
            case AttributeKind.RANGE:
                words = _tag("FVALUE", value["minimum"]) + _tag("FVALUE", value["maximum"])
            case AttributeKind.TEXT:
                words = "".join(_tag("FVALUE", text, lang=LANG_OF_LOCALE.get(tag, tag)) for tag, text in value.items())
            case AttributeKind.ENUM:
                words = _tag("FVALUE", value)
                label = definition.values.get(value, {}).get(locale, value)
                details = _tag("FVALUE_DETAILS", label, lang=lang)
            case AttributeKind.BOOLEAN:
                words = _tag("FVALUE", "true" if value else "false")
            case _:
                words = _tag("FVALUE", str(value))
        unit = _tag("FUNIT", definition.unit) if definition.unit and definition.unit != "C62" else ""
        names = _tag("FNAME", f"{name_in(definition.names, locale)} [{code}]", lang=lang)
        found += f"<FEATURE>{names}{words}{unit}{_tag('FORDER', str(order))}{details}</FEATURE>"
    return f"<PRODUCT_FEATURES>{found}</PRODUCT_FEATURES>"


def _order(variant: Any) -> str:
    minimum = format(variant.minimum_order_quantity.normalize(), "f")
    return f"<PRODUCT_ORDER_DETAILS>{_tag('ORDER_UNIT', variant.unit)}{_tag('QUANTITY_MIN', minimum)}</PRODUCT_ORDER_DETAILS>"


def _prices(tiers: Iterable[Any]) -> str:
    found = "".join(
        '<PRODUCT_PRICE price_type="net_list">'
        + _tag("PRICE_AMOUNT", amount_of(tier.price_minor, tier.currency))
        + _tag("PRICE_CURRENCY", tier.currency)
        + _tag("LOWER_BOUND", format(tier.min_quantity.normalize(), "f"))
        + "</PRODUCT_PRICE>"
        for tier in tiers
    )
    # The schema wants a price; a listing that has none yet is on request.
    nothing = '<PRODUCT_PRICE price_type="udp_on_request"><PRICE_AMOUNT>0</PRICE_AMOUNT></PRODUCT_PRICE>'
    return f"<PRODUCT_PRICE_DETAILS>{found or nothing}</PRODUCT_PRICE_DETAILS>"


def _extensions(product: Any, variant: Any, texts: Mapping[tuple[str, str], str]) -> str:
    given = {
        "code": product.code,
        "source_locale": product.source_locale,
        "state": product.state,
        "category": product.category_code,
        "label": variant.label,
        "made_to_order": "true" if variant.made_to_order else "false",
        "title:zh-Hant": texts.get(("title", "zh-Hant"), ""),
        "description:zh-Hant": texts.get(("description", "zh-Hant"), ""),
    }
    found = "".join(_tag(UDX_OF_KEY[key], text) for key, text in given.items() if text)
    return f"<USER_DEFINED_EXTENSIONS>{found}</USER_DEFINED_EXTENSIONS>"


def _logistics(variant: Any) -> str:
    tariff = _tag("CUSTOMS_NUMBER", variant.hs_code) if variant.hs_code else ""
    measures = [("WEIGHT", variant.mass_kg, Decimal(1))]
    measures += [
        (name, getattr(variant, key), Decimal(1000))
        for name, key in (("LENGTH", "length_mm"), ("WIDTH", "width_mm"), ("DEPTH", "height_mm"))
    ]
    dimensions = "".join(
        _tag(name, format((value / per).normalize(), "f")) for name, value, per in measures if value is not None
    )
    return (
        "<PRODUCT_LOGISTIC_DETAILS>"
        + (f"<CUSTOMS_TARIFF_NUMBER>{tariff}</CUSTOMS_TARIFF_NUMBER>" if tariff else "")
        + _tag("COUNTRY_OF_ORIGIN", variant.origin_country)
        + (f"<PRODUCT_DIMENSIONS>{dimensions}</PRODUCT_DIMENSIONS>" if dimensions else "")
        + "</PRODUCT_LOGISTIC_DETAILS>"
    )


assert set(LANG_OF_LOCALE) | {"zh-Hant"} == set(LOCALES)
