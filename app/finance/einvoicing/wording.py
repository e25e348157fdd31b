"""How an invoice's XML writes numbers, dates and elements: shared by both syntaxes."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from lxml import etree

from app.reference import facade as reference

Element: TypeAlias = Any
Content: TypeAlias = "str | Element | Iterable[Element | None] | None"


class Tags:
    """Makes elements of one namespace; what would be empty is left out, as an invoice must not hold empty elements."""

    def __init__(self, uri: str, prefixes: Mapping[str | None, str]) -> None:
        self._uri = uri
        self._prefixes = dict(prefixes)

    def __call__(self, name: str, *content: Content, always: bool = False, **attributes: str | None) -> Element | None:
        """An element with this text or these children, or None if there are none (unless it must be there `always`)."""
        element = etree.Element(f"{{{self._uri}}}{name}", nsmap=self._prefixes)
        for part in content:
            if isinstance(part, str):
                element.text = part.strip()
            elif part is not None:
                element.extend(child for child in _children(part) if child is not None)
        if not always and not element.text and len(element) == 0:
            return None
        for attribute, value in attributes.items():
            if value:
                element.set(attribute, value)
        return element


def _children(part: Any) -> Iterable[Element | None]:
    return (part,) if etree.iselement(part) else part


def written(root: Element) -> bytes:
    """The document as UTF-8, indented, each namespace declared once."""
    etree.cleanup_namespaces(root, top_nsmap=root.nsmap, keep_ns_prefixes=[prefix for prefix in root.nsmap if prefix])
    etree.indent(root)
    out: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return out + b"\n"


def amount(minor: int, currency: str) -> str:
    """An amount with the currency's decimals, two at most (BR-DEC-*)."""
    decimals = reference.currency(currency).exponent
    return format(Decimal(minor).scaleb(-decimals).quantize(Decimal(1).scaleb(-min(decimals, 2))), "f")


def price(minor: int, currency: str) -> str:
    """A unit price with all the currency's decimals: it may have more than two (BT-146)."""
    return format(Decimal(minor).scaleb(-reference.currency(currency).exponent), "f")


def number(value: Decimal | None) -> str | None:
    """A quantity or a rate in its shortest form: 19, 0.5, 1200."""
    if value is None:
        return None
    shortest = value.normalize()
    return format(shortest if shortest else Decimal(0), "f")


def compact_date(day: date | None) -> str | None:
    """As CII writes days (format 102)."""
    return None if day is None else f"{day:%Y%m%d}"


def iso_date(day: date | None) -> str | None:
    """As UBL writes days."""
    return None if day is None else day.isoformat()
