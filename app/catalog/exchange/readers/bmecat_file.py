"""BMEcat 2005 (T_NEW_CATALOG): each product element as one row. Entities, document types and huge texts are refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from lxml import etree

from app.catalog.definitions import AttributeKind, attributes
from app.catalog.exchange.bmecat_words import LOCALE_OF_LANG, UDX
from app.catalog.exchange.columns import recognise
from app.catalog.exchange.errors import FileRefused
from app.catalog.exchange.readers.rows import MAX_CELL, Fault, too_long
from app.catalog.exchange.readers.xlsx_file import dtd_refused
from app.catalog.exchange.values import unit_named
from app.kit.locales import N_
from app.reference import facade as reference

_BROKEN = N_("The XML is not well-formed from line {line} on. What stands before it was read.")
_NO_CATALOG = N_("This is no BMEcat document with T_NEW_CATALOG.")
_PRODUCTS = ("PRODUCT", "ARTICLE")
_MEASURES = (
    ("WEIGHT", "mass_kg", "kg"),
    ("LENGTH", "length_mm", "m"),
    ("WIDTH", "width_mm", "m"),
    ("DEPTH", "height_mm", "m"),
)


@dataclass(slots=True)
class Article:
    """One product element. `cells` go by column key; `unknown` are feature names that nobody knows here."""

    number: int
    cells: dict[str, str]
    fault: Fault | None = None
    unknown: list[str] = field(default_factory=list)
    media: int = 0


def read_bmecat(file: BinaryIO, mapping: dict[str, str | None] | None = None) -> Iterator[Article]:
    """The products of a catalogue, numbered from 1. `mapping` says what a supplier's own feature names mean.

    Raises `FileRefused`: for a document type, for broken XML (after what stood before it), for another kind of document.
    """
    _refuse_dtd(file)
    file.seek(0)
    seen = False
    number = 0
    default_lang = ""
    try:
        events = etree.iterparse(
            file, events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        for event, element in events:
            name = _name(element)
            if event == "start":
                if element.getparent() is None and element.getroottree().docinfo.internalDTD is not None:
                    raise dtd_refused()
                seen = seen or name == "T_NEW_CATALOG"
            elif name == "LANGUAGE" and (element.get("default") == "true" or not default_lang):
                default_lang = (element.text or "").strip()
            elif (
                name in _PRODUCTS
                and seen
                and element.getparent() is not None
                and _name(element.getparent()) == "T_NEW_CATALOG"
            ):
                number += 1
                yield _article(number, element, default_lang, mapping or {})
                _forget(element)
            elif name in ("CATALOG_GROUP_SYSTEM", "CLASSIFICATION_SYSTEM", "FEATURE_SYSTEM", "CATALOG_STRUCTURE"):
                _forget(element)
    except etree.XMLSyntaxError as error:
        raise FileRefused("broken-xml", _BROKEN, line=error.lineno or 0) from None
    if not seen:
        raise FileRefused("no-catalogue", _NO_CATALOG)


def _refuse_dtd(file: BinaryIO) -> None:
    """A document type may only stand before the first element, so the beginning tells."""
    file.seek(0)
    head = file.read(65_536)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode()
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise dtd_refused()


def _forget(element: Any) -> None:
    """Free a finished element and what stood before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Any, *names: str) -> list[Any]:
    return [child for child in element if isinstance(child.tag, str) and _name(child) in names]


def _text(element: Any, *names: str) -> str:
    found = _children(element, *names)
    return (found[0].text or "").strip() if found else ""


def _article(number: int, element: Any, default_lang: str, mapping: dict[str, str | None]) -> Article:
    article = Article(number, {"sku": _text(element, "SUPPLIER_PID", "SUPPLIER_AID")})
    cells = article.cells
    _take(cells, "@locale", LOCALE_OF_LANG.get(default_lang.casefold(), ""))
    for section in element:
        name = _name(section)
        if name.endswith("_DETAILS") and name.removesuffix("_DETAILS") in _PRODUCTS:
            _details(cells, section, default_lang)
        elif name in ("PRODUCT_FEATURES", "ARTICLE_FEATURES"):
            _features(article, section, default_lang, mapping)
        elif name in ("PRODUCT_ORDER_DETAILS", "ARTICLE_ORDER_DETAILS"):
            _take(cells, "unit", _text(section, "ORDER_UNIT"))
            _take(cells, "minimum_order_quantity", _text(section, "QUANTITY_MIN"))
        elif name in ("PRODUCT_LOGISTIC_DETAILS", "ARTICLE_LOGISTIC_DETAILS"):
            _logistics(cells, section)
        elif name == "USER_DEFINED_EXTENSIONS":
            _extensions(cells, section)
        elif name == "MIME_INFO":
            article.media += len(_children(section, "MIME"))
    article.fault = _prices(cells, element)
    cells.setdefault("code", slug(cells["sku"]))
    if any(len(text) > MAX_CELL for text in cells.values()):
        article.cells, article.fault = {"sku": "", "code": ""}, too_long()
    return article


def slug(text: str) -> str:
    """A product code from an article number."""
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.casefold())
    return "-".join(part for part in plain.split("-") if part)[:80].rstrip("-")


def _take(cells: dict[str, str], key: str, text: str) -> None:
    if text:
        cells[key] = text


def _localized(element: Any, default_lang: str) -> Iterator[tuple[str, str]]:
    """(column suffix, text): `:de` for a language of ours, nothing for the file's own."""
    lang = element.get("lang") or default_lang
    locale = LOCALE_OF_LANG.get(lang.casefold())
    if locale or not lang:
        yield f":{locale}" if locale else "", (element.text or "").strip()


def _details(cells: dict[str, str], section: Any, default_lang: str) -> None:
    for child in section:
        match _name(child):
            case "DESCRIPTION_SHORT" | "DESCRIPTION_LONG" as name:
                for suffix, text in _localized(child, default_lang):
                    _take(cells, ("title" if name == "DESCRIPTION_SHORT" else "description") + suffix, text)
            case "DELIVERY_TIME":
                _take(cells, "lead_time_days", (child.text or "").strip())


def _features(article: Article, section: Any, default_lang: str, mapping: dict[str, str | None]) -> None:
    group = _text(section, "REFERENCE_FEATURE_GROUP_ID")
    if _text(section, "REFERENCE_FEATURE_SYSTEM_NAME").upper().startswith("PARTINGLINE"):
        _take(article.cells, "category", group)
    for feature in _children(section, "FEATURE"):
        names = [(child.text or "").strip() for child in _children(feature, "FNAME", "FT_IDREF")]
        values = _children(feature, "FVALUE")
        if not names or not values:
            continue
        key = next((mapping[name] for name in names if name in mapping), "")
        if key == "":
            known = next((found for name in names if (found := recognise(name))), None)
            key = "|".join(known.keys) if known else None
            if known is None and len(article.unknown) < 50:
                article.unknown.append(names[0][:200])
        if key is not None:
            _feature(article.cells, key, values, _text(feature, "FUNIT"), default_lang)


def _feature(cells: dict[str, str], key: str, values: list[Any], unit: str, default_lang: str) -> None:
    definition = attributes().get(key.split("|")[0])
    if definition is not None and definition.kind == AttributeKind.TEXT:
        for value in values:
            for suffix, text in _localized(value, default_lang):
                cells[key + suffix] = text
        return
    texts = [(value.text or "").strip() for value in values]
    # Two values are the ends of a range.
    text = " … ".join(texts[:2]) if definition is not None and definition.kind == AttributeKind.RANGE else texts[0]
    # A code such as 4H would be read as more digits; its symbol cannot be.
    known = unit_named(unit) if unit else None
    shown = reference.unit(known).symbol if known else unit
    cells[key] = f"{text} {shown}" if shown and text else text


def _logistics(cells: dict[str, str], section: Any) -> None:
    tariff = _children(section, "CUSTOMS_TARIFF_NUMBER")
    _take(cells, "hs_code", _text(tariff[0], "CUSTOMS_NUMBER") if tariff else "")
    _take(cells, "origin_country", _text(section, "COUNTRY_OF_ORIGIN"))
    for dimensions in _children(section, "PRODUCT_DIMENSIONS"):
        # BMEcat gives masses in kilograms and lengths in metres.
        for tag, key, unit in _MEASURES:
            text = _text(dimensions, tag)
            _take(cells, key, f"{text} {unit}" if text else "")


def _extensions(cells: dict[str, str], section: Any) -> None:
    """Our own words in a file of ours; those of others are left alone."""
    for child in section:
        key = UDX.get(_name(child))
        if key is not None:
            cells[key] = (child.text or "").strip()


def _prices(cells: dict[str, str], element: Any) -> Fault | None:
    """Price steps by currency, as the cell of a `prices:` column; a price per hundred is divided."""
    per = Decimal(1)
    for section in _children(element, "PRODUCT_ORDER_DETAILS", "ARTICLE_ORDER_DETAILS"):
        per = _decimal(_text(section, "PRICE_QUANTITY")) or per
    steps: dict[str, list[str]] = {}
    for section in _children(element, "PRODUCT_PRICE_DETAILS", "ARTICLE_PRICE_DETAILS"):
        for price in _children(section, "PRODUCT_PRICE", "ARTICLE_PRICE"):
            amount, bound = _decimal(_text(price, "PRICE_AMOUNT")), _text(price, "LOWER_BOUND")
            currency = _text(price, "PRICE_CURRENCY").upper()
            factor = _decimal(_text(price, "PRICE_FACTOR")) or Decimal(1)
            if price.get("price_type", "").startswith("udp_"):
                continue
            if amount is None or not currency:
                return Fault("price-form", N_("Give each price as PRICE_AMOUNT with PRICE_CURRENCY."), {}, "prices")
            each = format((amount * factor / per).normalize(), "f")
            steps.setdefault(currency, []).append(f"{bound}: {each}" if bound else each)
    for currency, prices in steps.items():
        cells[f"prices:{currency}"] = "; ".join(prices)
    return None


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
