"""What no official rule looks at, or not closely enough, in the XML of either syntax.

Lines that bear the same identifier (PL-01); a line's amount that does not follow from quantity, price and allowances (Peppol's
R120, which CII has no rule for); tax that is not the rate's share of the taxable amount (PL-05: EN 16931's BR-CO-17 tolerates a
whole unit of the currency). Slack is two hundredths, as in R120, or half a unit where the currency has no decimals. There a unit
is allowed for the tax of a part of a deal (a prepayment, or an invoice that names earlier ones): it is rounded with the others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from app.finance.einvoicing.cii import RAM
from app.finance.einvoicing.document import Kind
from app.finance.einvoicing.findings import Finding, Layer, Severity
from app.finance.einvoicing.ubl import CAC, CBC
from app.reference import facade as reference

_SLACK = Fraction(2, 100)
_WHOLE_SLACK = Fraction(1, 2)
_WHOLE_SLACK_OF_PARTS = Fraction(99, 100)


@dataclass(frozen=True, slots=True)
class _Line:
    element: Any
    id: str
    quantity: Fraction
    price: Fraction
    base: Fraction
    net: Fraction
    added: Fraction


@dataclass(frozen=True, slots=True)
class _Taxed:
    element: Any
    taxable: Fraction
    rate: Fraction
    tax: Fraction


def of_cii(root: Any) -> Iterator[Finding]:
    """Findings in a Cross Industry Invoice that keeps its schema."""
    ram = {"ram": RAM}
    lines = [
        _Line(
            line,
            line.findtext("ram:AssociatedDocumentLineDocument/ram:LineID", "", ram),
            _number(line.findtext(".//ram:BilledQuantity", None, ram)),
            _number(line.findtext(".//ram:NetPriceProductTradePrice/ram:ChargeAmount", None, ram)),
            _number(line.findtext(".//ram:NetPriceProductTradePrice/ram:BasisQuantity", None, ram), 1),
            _number(line.findtext(".//ram:LineTotalAmount", None, ram)),
            _added(
                (one.findtext("ram:ChargeIndicator/{*}Indicator", "", ram), one.findtext("ram:ActualAmount", None, ram))
                for one in line.iterfind("ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeAllowanceCharge", ram)
            ),
        )
        for line in root.iter(f"{{{RAM}}}IncludedSupplyChainTradeLineItem")
    ]
    settlement = next(root.iter(f"{{{RAM}}}ApplicableHeaderTradeSettlement"))
    taxed = [
        _Taxed(
            part,
            _number(part.findtext("ram:BasisAmount", None, ram)),
            _number(part.findtext("ram:RateApplicablePercent", None, ram)),
            _number(part.findtext("ram:CalculatedAmount", None, ram)),
        )
        for part in settlement.iterfind("ram:ApplicableTradeTax", ram)
    ]
    kind = root.findtext("{*}ExchangedDocument/ram:TypeCode", "", ram)
    in_parts = kind == Kind.PREPAYMENT or settlement.find("ram:InvoiceReferencedDocument", ram) is not None
    yield from _findings(lines, taxed, settlement.findtext("ram:InvoiceCurrencyCode", "", ram), in_parts=in_parts)


def of_ubl(root: Any) -> Iterator[Finding]:
    """Findings in a UBL invoice or credit note that keeps its schema."""
    names = {"cac": CAC, "cbc": CBC}
    lines = [
        _Line(
            line,
            line.findtext("cbc:ID", "", names),
            _number(
                line.findtext("cbc:InvoicedQuantity", None, names) or line.findtext("cbc:CreditedQuantity", None, names)
            ),
            _number(line.findtext("cac:Price/cbc:PriceAmount", None, names)),
            _number(line.findtext("cac:Price/cbc:BaseQuantity", None, names), 1),
            _number(line.findtext("cbc:LineExtensionAmount", None, names)),
            _added(
                (one.findtext("cbc:ChargeIndicator", "", names), one.findtext("cbc:Amount", None, names))
                for one in line.iterfind("cac:AllowanceCharge", names)
            ),
        )
        for line in root.iter(f"{{{CAC}}}InvoiceLine", f"{{{CAC}}}CreditNoteLine")
    ]
    taxed = [
        _Taxed(
            part,
            _number(part.findtext("cbc:TaxableAmount", None, names)),
            _number(part.findtext("cac:TaxCategory/cbc:Percent", None, names)),
            _number(part.findtext("cbc:TaxAmount", None, names)),
        )
        for part in root.iterfind("cac:TaxTotal/cac:TaxSubtotal", names)
    ]
    kind = root.findtext("cbc:InvoiceTypeCode", "", names)
    in_parts = kind == Kind.PREPAYMENT or root.find("cac:BillingReference", names) is not None
    yield from _findings(lines, taxed, root.findtext("cbc:DocumentCurrencyCode", "", names), in_parts=in_parts)


def _findings(lines: list[_Line], taxed: list[_Taxed], currency: str, *, in_parts: bool) -> Iterator[Finding]:
    whole = reference.is_accepted_currency(currency) and reference.currency(currency).exponent == 0
    slack = _WHOLE_SLACK if whole else _SLACK
    tax_slack = _WHOLE_SLACK_OF_PARTS if whole and in_parts else slack
    seen: set[str] = set()
    for line in lines:
        bare = line.id.strip()
        if bare in seen:
            yield _finding("PL-01", line.element, f"The identifier {bare} is used before.")
        seen.add(bare)
        expected = line.quantity * line.price / (line.base or 1) + line.added
        if abs(expected - line.net) > slack:
            yield _finding("PEPPOL-EN16931-R120", line.element, f"{float(expected):.2f} is expected.")
    for part in taxed:
        share = part.taxable * part.rate / 100
        if abs(share - part.tax) > tax_slack:
            yield _finding("PL-05", part.element, f"{float(share):.2f} is expected.")


def _finding(rule: str, element: Any, said: str) -> Finding:
    return Finding(Layer.HOUSE, rule, Severity.ERROR, _path(element), said)


def _path(element: Any) -> str:
    """Names and places of the element and those around it, without their namespaces."""
    names = []
    while element is not None:
        above = element.getparent()
        alike = [] if above is None else above.findall(element.tag)
        place = f"[{alike.index(element) + 1}]" if len(alike) > 1 else ""
        names.append(element.tag.rpartition("}")[2] + place)
        element = above
    return "/" + "/".join(reversed(names))


def _number(text: str | None, otherwise: int = 0) -> Fraction:
    try:
        return Fraction(Decimal((text or "").strip()))
    except (InvalidOperation, ValueError, OverflowError):
        return Fraction(otherwise)


def _added(pairs: Iterable[tuple[str, str | None]]) -> Fraction:
    total = Fraction(0)
    for indicator, amount in pairs:
        total += _number(amount) if indicator.strip() in ("true", "1") else -_number(amount)
    return total
