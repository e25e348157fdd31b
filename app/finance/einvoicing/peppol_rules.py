"""Peppol BIS Billing 3's own rules, beside those of EN 16931, for documents that the house writes: UBL without attachments.

Written anew from the published list of rules (BIS Billing 3.0, release of November 2025): OpenPeppol's schematron itself is not
free to be passed on. Not here: rules of single countries, of identifiers' check digits, and of parts that the house never writes
(direct debits, periods, price allowances). The full set runs from a folder of one's own: `rule_folder`.
"""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from app.finance.einvoicing.codes import VATEX_RULES
from app.finance.einvoicing.findings import Finding, Layer, Severity
from app.finance.einvoicing.ubl import CAC, CBC, CREDIT_NOTE, INVOICE, PEPPOL_CUSTOMIZATION

_NAMES = {"cac": CAC, "cbc": CBC, "inv": INVOICE, "cn": CREDIT_NOTE}
_COUNTRY = "cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode"
_BOTH_GERMAN = f"/*/cac:AccountingSupplierParty/{_COUNTRY} = 'DE' and /*/cac:AccountingCustomerParty/{_COUNTRY} = 'DE'"
_INVOICE_CODES = "71 80 82 84 102 218 219 326 331 380 382 383 384 386 388 393 395 553 575 623 780 817 870 875 876 877"
_CREDIT_CODES = "81 83 381 396 532"
_PERCENTAGE = "cbc:Amount - cbc:BaseAmount * cbc:MultiplierFactorNumeric div 100"
_SLACK = "0.0205"
"""Two hundredths, and what binary fractions lose of them."""


def _listed(codes: str) -> str:
    return f"contains(' {codes} ', concat(' ', normalize-space(.), ' '))"


# Each: the rule, whom it is asked of, and what must be true of it (XPath 1.0).
_RULES: tuple[tuple[str, str, str], ...] = (
    ("R001", "/*", "normalize-space(cbc:ProfileID)"),
    ("R002", "/*", f"count(cbc:Note) <= 1 or ({_BOTH_GERMAN})"),
    ("R003", "/*", "normalize-space(cbc:BuyerReference) or normalize-space(cac:OrderReference/cbc:ID)"),
    ("R004", "/*", f"starts-with(normalize-space(cbc:CustomizationID), '{PEPPOL_CUSTOMIZATION}')"),
    ("R005", "/*/cbc:TaxCurrencyCode", "normalize-space(.) != normalize-space(../cbc:DocumentCurrencyCode)"),
    ("R007", "/*/cbc:ProfileID", "starts-with(normalize-space(.), 'urn:fdc:peppol.eu:2017:poacc:billing:')"),
    ("R008", "//*[not(*)]", "normalize-space(.)"),
    ("R010", "/*/cac:AccountingCustomerParty/cac:Party", "cbc:EndpointID"),
    ("R020", "/*/cac:AccountingSupplierParty/cac:Party", "cbc:EndpointID"),
    ("R040", "//cac:AllowanceCharge[cbc:MultiplierFactorNumeric and cbc:BaseAmount]",
     f"{_PERCENTAGE} <= {_SLACK} and {_PERCENTAGE} >= -{_SLACK}"),
    ("R041", "//cac:AllowanceCharge[cbc:MultiplierFactorNumeric]", "cbc:BaseAmount"),
    ("R042", "//cac:AllowanceCharge[cbc:BaseAmount]", "cbc:MultiplierFactorNumeric"),
    ("R043", "//cac:AllowanceCharge/cbc:ChargeIndicator", "normalize-space(.) = 'true' or normalize-space(.) = 'false'"),
    ("R044", "//cac:Price/cac:AllowanceCharge", "normalize-space(cbc:ChargeIndicator) = 'false'"),
    ("R051", "//*[@currencyID][not(parent::cac:TaxTotal[not(cac:TaxSubtotal)])]",
     "@currencyID = /*/cbc:DocumentCurrencyCode"),
    ("R053", "/*", "count(cac:TaxTotal[cac:TaxSubtotal]) = 1"),
    ("R054", "/*", "count(cac:TaxTotal[not(cac:TaxSubtotal)]) = count(cbc:TaxCurrencyCode)"),
    ("R055", "/*[cbc:TaxCurrencyCode]",
     "(cac:TaxTotal[cac:TaxSubtotal]/cbc:TaxAmount >= 0) = (cac:TaxTotal[not(cac:TaxSubtotal)]/cbc:TaxAmount >= 0)"),
    ("R101", "/*/cac:InvoiceLine/cac:DocumentReference", "normalize-space(cbc:DocumentTypeCode) = '130'"),
    ("R121", "//cac:Price/cbc:BaseQuantity", "number(.) > 0"),
    ("R130", "//cac:Price/cbc:BaseQuantity[@unitCode]",
     "@unitCode = ../../cbc:InvoicedQuantity/@unitCode or @unitCode = ../../cbc:CreditedQuantity/@unitCode"),
    ("P0100", "/inv:Invoice/cbc:InvoiceTypeCode", _listed(_INVOICE_CODES)),
    ("P0101", "/cn:CreditNote/cbc:CreditNoteTypeCode", _listed(_CREDIT_CODES)),
    ("P0112", "/inv:Invoice[cbc:InvoiceTypeCode = '384' or cbc:InvoiceTypeCode = '326']", _BOTH_GERMAN),
    *(
        (rule.removeprefix("PEPPOL-EN16931-"), f"//cac:TaxCategory[cbc:TaxExemptionReasonCode = '{code}']",
         f"normalize-space(cbc:ID) = '{category}'")
        for code, (category, rule) in VATEX_RULES.items()
    ),
)  # fmt: skip

_COMPILED = tuple(
    (
        f"PEPPOL-EN16931-{rule}",
        etree.XPath(whom, namespaces=_NAMES),
        etree.XPath(f"boolean({holds})", namespaces=_NAMES),
    )
    for rule, whom, holds in _RULES
)


def claimed(root: Any) -> bool:
    """Whether a UBL document says of itself that it keeps Peppol's rules."""
    return "urn:fdc:peppol.eu" in (root.findtext(f"{{{CBC}}}CustomizationID") or "")


def findings(root: Any) -> Iterator[Finding]:
    """Peppol's rules that this UBL document does not keep."""
    tree = root.getroottree()
    for rule, whom, holds in _COMPILED:
        for element in whom(root):
            if not holds(element):
                yield Finding(Layer.PEPPOL, rule, Severity.ERROR, tree.getpath(element), "")
