"""Invoices broken on purpose: each breaks one thing, and names the rules of which at least one must find it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from lxml import etree

from app.finance.einvoicing.corpus_desk import EXEMPT, OUTSIDE, standard
from app.finance.einvoicing.document import (
    AllowanceOrCharge,
    CreditTransfer,
    Document,
    Identifier,
    Kind,
    Reference,
    TaxCategory,
)

NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}

Change = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Broken:
    """A document of the corpus, what is done to its XML, and the rules of which one must notice."""

    tells: str
    base: str
    change: Change
    rules: str


@dataclass(frozen=True, slots=True)
class BrokenDocument:
    """A document of the corpus, what is done to it, and the rule that `check` must name, with the place."""

    tells: str
    base: str
    change: Callable[[Document], Document]
    rule: str
    place: str


def _all(root: Any, path: str) -> list[Any]:
    found: list[Any] = root.xpath(path, namespaces=NAMES)
    assert found, path
    return found


def text(path: str, value: str) -> Change:
    """Another text for all these elements."""

    def change(root: Any) -> None:
        for element in _all(root, path):
            element.text = value

    return change


def more(path: str, amount: str) -> Change:
    """The first of these amounts, and so much more."""

    def change(root: Any) -> None:
        first = _all(root, path)[0]
        first.text = str(Decimal(first.text) + Decimal(amount))

    return change


def drop(path: str) -> Change:
    """Without these elements."""

    def change(root: Any) -> None:
        for element in _all(root, path):
            element.getparent().remove(element)

    return change


def without(path: str, attribute: str) -> Change:
    """Without this attribute."""

    def change(root: Any) -> None:
        for element in _all(root, path):
            del element.attrib[attribute]

    return change


def give(path: str, attribute: str, value: str) -> Change:
    """With another attribute."""

    def change(root: Any) -> None:
        for element in _all(root, path):
            element.set(attribute, value)

    return change


def after(path: str, xml: str) -> Change:
    """With one more element after the first of these."""
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMES.items())

    def change(root: Any) -> None:
        (new,) = etree.fromstring(f"<x {spaces}>{xml}</x>")
        _all(root, path)[0].addnext(new)

    return change


def several(*changes: Change) -> Change:
    """One after the other."""

    def change(root: Any) -> None:
        for each in changes:
            each(root)

    return change


_TOTAL = "/*/cac:LegalMonetaryTotal/cbc:"
_SELLER, _BUYER = "/*/cac:AccountingSupplierParty/cac:Party/", "/*/cac:AccountingCustomerParty/cac:Party/"
_LINE, _SUB = "/*/cac:InvoiceLine", "/*/cac:TaxTotal/cac:TaxSubtotal"
_VAT_ID = "cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']"
_OWN_CATEGORY = "<cac:TaxCategory><cbc:ID>S</cbc:ID></cac:TaxCategory>"

UBL: tuple[Broken, ...] = (
    Broken("sum of the lines", "domestic-de", more(f"{_TOTAL}LineExtensionAmount", "0.01"), "BR-CO-10"),
    Broken("sum of allowances", "allowances-de", more(f"{_TOTAL}AllowanceTotalAmount", "0.01"), "BR-CO-11"),
    Broken("sum of charges", "allowances-de", more(f"{_TOTAL}ChargeTotalAmount", "0.01"), "BR-CO-12"),
    Broken("total without tax", "domestic-fr", more(f"{_TOTAL}TaxExclusiveAmount", "1"), "BR-CO-13"),
    Broken("total tax", "domestic-it", more("/*/cac:TaxTotal/cbc:TaxAmount", "0.01"), "BR-CO-14"),
    Broken("total with tax", "domestic-es", more(f"{_TOTAL}TaxInclusiveAmount", "0.10"), "BR-CO-15"),
    Broken("amount due", "domestic-pl", more(f"{_TOTAL}PayableAmount", "-0.01"), "BR-CO-16"),
    Broken("what was paid before", "milestone-de-rest", more(f"{_TOTAL}PrepaidAmount", "100"), "BR-CO-16"),
    Broken("tax off by half a euro, all sums kept", "credit-de",
           several(more(f"{_SUB}/cbc:TaxAmount", "0.50"), more("/*/cac:TaxTotal/cbc:TaxAmount", "0.50"),
                   more(f"{_TOTAL}TaxInclusiveAmount", "0.50"), more(f"{_TOTAL}PayableAmount", "0.50")), "PL-05"),
    Broken("tax off by ten", "domestic-se", more(f"{_SUB}/cbc:TaxAmount", "10"), "BR-CO-17"),
    Broken("taxable amount of a rate", "domestic-nl", more(f"{_SUB}/cbc:TaxableAmount", "5"), "BR-S-08"),
    Broken("a rate is not in the breakdown", "domestic-be", drop(f"{_SUB}[2]"), "BR-CO-14 BR-S-08 BR-S-01"),
    Broken("quantity times price", "domestic-at", more(f"{_LINE}/cbc:InvoicedQuantity", "1"), "PEPPOL-EN16931-R120"),
    Broken("reverse charge without the buyer's number", "reverse-de-at", drop(_BUYER + _VAT_ID), "BR-AE-02"),
    Broken("reverse charge at 19 %", "reverse-de-at", text(f"{_LINE}//cac:ClassifiedTaxCategory/cbc:Percent", "19"), "BR-AE-05"),
    Broken("reverse charge without a reason", "reverse-fr-be",
           several(drop("//cbc:TaxExemptionReason"), drop("//cbc:TaxExemptionReasonCode")), "BR-AE-10"),
    Broken("standard rate of 0 %", "domestic-de", text("//cbc:Percent", "0"), "BR-S-05"),
    Broken("a reason where tax is charged", "domestic-de",
           after(f"{_SUB}/cac:TaxCategory/cbc:Percent", "<cbc:TaxExemptionReason>None</cbc:TaxExemptionReason>"), "BR-S-10"),
    Broken("intra-Community supply without its day", "intra-de-fr", drop("//cbc:ActualDeliveryDate"), "BR-IC-11"),
    Broken("intra-Community supply without its country", "intra-de-fr", drop("//cac:DeliveryLocation"), "BR-IC-12"),
    Broken("export without the seller's number", "export-de-us-usd", drop(_SELLER + _VAT_ID), "BR-G-02"),
    Broken("out of scope, with a VAT number", "outside-cn-de-usd",
           after(f"{_BUYER}cac:PostalAddress", "<cac:PartyTaxScheme><cbc:CompanyID>DE123456788</cbc:CompanyID>"
                 "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"), "BR-O-02"),
    Broken("a reason of another category", "intra-it-de", text("//cbc:TaxExemptionReasonCode", "VATEX-EU-G"),
           "PEPPOL-EN16931-P0104"),
    Broken("exempt at 7 %", "exempt", text("//cac:ClassifiedTaxCategory[cbc:ID='E']/cbc:Percent", "7"), "BR-E-05"),
    Broken("a country that is none", "domestic-de", text(f"{_BUYER}/cbc:IdentificationCode", "XX"), "BR-CL-14"),
    Broken("a VAT number without its country", "domestic-de", text(f"{_SELLER}{_VAT_ID}/cbc:CompanyID", "123456788"), "BR-CO-09"),
    Broken("no address of the buyer", "domestic-de", drop(f"{_BUYER}cbc:EndpointID"), "PEPPOL-EN16931-R010"),
    Broken("no address of the seller", "domestic-de", drop(f"{_SELLER}cbc:EndpointID"), "PEPPOL-EN16931-R020"),
    Broken("an address without a scheme", "domestic-de", without(f"{_SELLER}cbc:EndpointID", "schemeID"), "BR-62"),
    Broken("an address of an unknown scheme", "domestic-de", give(f"{_SELLER}cbc:EndpointID", "schemeID", "9999"), "BR-CL-25"),
    Broken("two lines of one identifier", "domestic-de", text(f"{_LINE}/cbc:ID", "1"), "PL-01"),
    Broken("a negative price", "domestic-de", text(f"{_LINE}[1]//cbc:PriceAmount", "-5"), "BR-27"),
    Broken("an unknown unit", "domestic-de", give("//cbc:InvoicedQuantity | //cbc:BaseQuantity", "unitCode",
           "PIECE"), "BR-CL-23"),
    Broken("the price in another unit", "domestic-de", give("//cbc:BaseQuantity", "unitCode", "KMT"), "PEPPOL-EN16931-R130"),
    Broken("an unknown currency", "domestic-de", text("//cbc:DocumentCurrencyCode", "EUX"), "BR-CL-04"),
    Broken("an amount in another currency", "domestic-de", give(f"{_TOTAL}PayableAmount", "currencyID", "USD"),
           "PEPPOL-EN16931-R051"),
    Broken("an unknown kind", "domestic-de", text("//cbc:InvoiceTypeCode", "999"), "BR-CL-01"),
    Broken("an invoice's code on a credit note", "credit-fr", text("//cbc:CreditNoteTypeCode", "380"),
           "BR-CL-01 PEPPOL-EN16931-P0101"),
    Broken("a correction across a border", "intra-de-fr", text("//cbc:InvoiceTypeCode", "384"), "PEPPOL-EN16931-P0112"),
    Broken("three decimals", "domestic-ch", text(f"{_TOTAL}PayableAmount", "0.001"), "BR-DEC-18"),
    Broken("no number", "domestic-de", text("/*/cbc:ID", ""), "BR-02 PEPPOL-EN16931-R008"),
    Broken("an empty element", "domestic-de", text(f"{_BUYER}/cbc:CityName", " "), "PEPPOL-EN16931-R008"),
    Broken("two notes", "export-de-ch-chf", after("/*/cbc:Note", "<cbc:Note>More</cbc:Note>"), "PEPPOL-EN16931-R002"),
    Broken("neither reference nor order", "domestic-de", several(drop("/*/cbc:BuyerReference"), drop("/*/cac:OrderReference")),
           "PEPPOL-EN16931-R003"),
    Broken("no account", "domestic-de", drop("//cac:PayeeFinancialAccount"), "BR-61 BR-50"),
    Broken("a currency for the tax without the tax", "tax-currency-pl", drop("/*/cac:TaxTotal[not(cac:TaxSubtotal)]"),
           "BR-53 PEPPOL-EN16931-R054"),
    Broken("no reason for an allowance", "allowances-de",
           several(drop("/*/cac:AllowanceCharge[1]/cbc:AllowanceChargeReason"),
                   drop("/*/cac:AllowanceCharge[1]/cbc:AllowanceChargeReasonCode")), "BR-33"),
    Broken("not the percentage of the amount", "allowances-de",
           text("/*/cac:AllowanceCharge[1]/cbc:MultiplierFactorNumeric", "7"),
           "PEPPOL-EN16931-R040"),
    Broken("a percentage of nothing", "allowances-fr", drop("/*/cac:AllowanceCharge[1]/cbc:BaseAmount"), "PEPPOL-EN16931-R041"),
    Broken("parts in another order", "domestic-de",
           lambda root: root.append(_all(root, "/*/cbc:IssueDate")[0]), "XSD"),
    Broken("no lines", "domestic-de", drop(_LINE), "XSD BR-16"),
    Broken("another specification", "domestic-de",
           text("//cbc:CustomizationID", "urn:fdc:peppol.eu:2017:poacc:billing:9.9"), "PEPPOL-EN16931-R004"),
)  # fmt: skip

_SUM = "//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:"
_PART = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"
_ITEM = "//ram:IncludedSupplyChainTradeLineItem"

CII: tuple[Broken, ...] = (
    Broken("sum of the lines", "domestic-de", more(f"{_SUM}LineTotalAmount", "0.01"), "BR-CO-10"),
    Broken("sum of allowances", "allowances-jp", more(f"{_SUM}AllowanceTotalAmount", "1"), "BR-CO-11"),
    Broken("sum of charges", "allowances-jp", more(f"{_SUM}ChargeTotalAmount", "1"), "BR-CO-12"),
    Broken("total without tax", "domestic-fr", more(f"{_SUM}TaxBasisTotalAmount", "1"), "BR-CO-13"),
    Broken("total tax", "domestic-it", more(f"{_SUM}TaxTotalAmount", "0.01"), "BR-CO-14"),
    Broken("total with tax", "domestic-es", more(f"{_SUM}GrandTotalAmount", "0.01"), "BR-CO-15"),
    Broken("amount due", "domestic-pl", more(f"{_SUM}DuePayableAmount", "0.01"), "BR-CO-16"),
    Broken("rounding that is not in the amount due", "rounding-cash", more(f"{_SUM}RoundingAmount", "0.05"), "BR-CO-16"),
    Broken("tax off by half a euro, all sums kept", "domestic-de",
           several(more(f"{_PART}/ram:CalculatedAmount", "0.50"), more(f"{_SUM}TaxTotalAmount", "0.50"),
                   more(f"{_SUM}GrandTotalAmount", "0.50"), more(f"{_SUM}DuePayableAmount", "0.50")), "PL-05"),
    Broken("taxable amount of a rate", "domestic-nl", more(f"{_PART}/ram:BasisAmount", "5"), "BR-S-08"),
    Broken("quantity times price", "domestic-at", more(f"{_ITEM}//ram:BilledQuantity", "1"), "PEPPOL-EN16931-R120"),
    Broken("reverse charge without the buyer's number", "reverse-de-at",
           drop("//ram:BuyerTradeParty/ram:SpecifiedTaxRegistration"), "BR-AE-02"),
    Broken("reverse charge at 19 %", "reverse-de-at", text(f"{_ITEM}//ram:RateApplicablePercent", "19"), "BR-AE-05"),
    Broken("reverse charge without a reason", "reverse-fr-be",
           several(drop("//ram:ExemptionReason"), drop("//ram:ExemptionReasonCode")), "BR-AE-10"),
    Broken("intra-Community supply without its day", "intra-de-fr", drop("//ram:ActualDeliverySupplyChainEvent"), "BR-IC-11"),
    Broken("intra-Community supply without its country", "intra-de-fr", drop("//ram:ShipToTradeParty"), "BR-IC-12"),
    Broken("export without the seller's number", "export-de-us-usd",
           drop("//ram:SellerTradeParty/ram:SpecifiedTaxRegistration"), "BR-G-02"),
    Broken("standard rate of 0 %", "domestic-de", text("//ram:RateApplicablePercent", "0"), "BR-S-05"),
    Broken("a country that is none", "domestic-de", text("//ram:BuyerTradeParty//ram:CountryID", "XX"), "FX-SCH-A-000568"),
    Broken("a VAT number without its country", "domestic-de", text("//ram:SellerTradeParty//ram:ID[@schemeID='VA']",
           "1"), "BR-CO-09"),
    Broken("two lines of one identifier", "domestic-de", text("//ram:LineID", "1"), "PL-01"),
    Broken("a negative price", "domestic-de", text(f"{_ITEM}[1]//ram:ChargeAmount", "-5"), "BR-27"),
    Broken("an unknown unit", "domestic-de", give("//ram:BilledQuantity", "unitCode", "PIECE"), "FX-SCH-A-000613"),
    Broken("an unknown currency", "domestic-de", text("//ram:InvoiceCurrencyCode", "EUX"), "FX-SCH-A-000605 BR-CO-15"),
    Broken("an unknown kind", "domestic-de", text("//ram:TypeCode[.='380']", "999"), "FX-SCH-A-000555"),
    Broken("three decimals", "domestic-ch", text(f"{_SUM}DuePayableAmount", "0.001"), "BR-DEC-18"),
    Broken("no account", "domestic-de", drop("//ram:PayeePartyCreditorFinancialAccount"), "BR-61 BR-50 CII-SR-470"),
    Broken("no reason for an allowance", "allowances-de",
           several(drop("//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge[1]/ram:Reason"),
                   drop("//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge[1]/ram:ReasonCode")), "BR-33"),
    Broken("a currency for the tax without the tax", "tax-currency-pl",
           drop(f"{_SUM}TaxTotalAmount[@currencyID='PLN']"), "BR-53"),
    Broken("parts in another order", "domestic-de",
           lambda root: root.append(_all(root, "/*/rsm:ExchangedDocument")[0]), "XSD"),
    Broken("no seller", "domestic-de", drop("//ram:SellerTradeParty"), "XSD"),
)  # fmt: skip


def _line(**changed: Any) -> Callable[[Document], Document]:
    return lambda document: replace(document, lines=(replace(document.lines[0], **changed), *document.lines[1:]))


def _tax(**changed: Any) -> Callable[[Document], Document]:
    return lambda document: _line(tax=replace(document.lines[0].tax, **changed))(document)


def _whole(**changed: Any) -> Callable[[Document], Document]:
    return lambda document: replace(document, **changed)


def _seller(**changed: Any) -> Callable[[Document], Document]:
    return lambda document: replace(document, seller=replace(document.seller, **changed))


def _buyer(**changed: Any) -> Callable[[Document], Document]:
    return lambda document: replace(document, buyer=replace(document.buyer, **changed))


def _allowed(**changed: Any) -> Callable[[Document], Document]:
    one = replace(AllowanceOrCharge(100, "Discount", tax=standard("19")), **changed)
    return lambda document: replace(document, allowances=(one,))


DOCUMENTS: tuple[BrokenDocument, ...] = (
    BrokenDocument("no number", "domestic-de", _whole(number=" "), "BR-02", "/number"),
    BrokenDocument("a pro-forma", "domestic-de", _whole(kind=Kind.PRO_FORMA), "PL-08", "/kind"),
    BrokenDocument("an unknown currency", "domestic-de", _whole(currency="EUX"), "BR-CL-04", "/currency"),
    BrokenDocument("no name of the seller", "domestic-de", _seller(name=""), "BR-06", "/seller/name"),
    BrokenDocument("no name of the buyer", "domestic-de", _buyer(name=""), "BR-07", "/buyer/name"),
    BrokenDocument("no country", "domestic-de", lambda one: _seller(address=replace(one.seller.address, country=""))(one),
                   "BR-09", "/seller/address/country"),
    BrokenDocument("a country that is none", "domestic-de",
                   lambda one: _buyer(address=replace(one.buyer.address, country="XX"))(one), "BR-CL-14",
                   "/buyer/address/country"),
    BrokenDocument("no lines", "domestic-de", _whole(lines=()), "BR-16", "/lines"),
    BrokenDocument("a line without identifier", "domestic-de", _line(id=""), "BR-21", "/lines/0/id"),
    BrokenDocument("two lines of one identifier", "domestic-de", _line(id="2"), "PL-01", "/lines/0/id"),
    BrokenDocument("an unknown unit", "domestic-de", _line(unit="PIECE"), "BR-CL-23", "/lines/0/unit"),
    BrokenDocument("a line without name", "domestic-de", _line(name=""), "BR-25", "/lines/0/name"),
    BrokenDocument("a negative price", "domestic-de", _line(price_minor=-1), "BR-27", "/lines/0/price_minor"),
    BrokenDocument("a price for nothing", "domestic-de", _line(price_base=Decimal(0)), "PL-07",
                   "/lines/0/price_base"),
    BrokenDocument("an origin that is none", "domestic-de", _line(origin_country="XX"), "BR-CL-15", "/lines/0/origin_country"),
    BrokenDocument("an allowance without tax", "domestic-de", _allowed(tax=None), "BR-32", "/allowances/0/tax"),
    BrokenDocument("an allowance without reason", "domestic-de", _allowed(reason=""), "BR-33", "/allowances/0/reason"),
    BrokenDocument("a charge without tax", "domestic-de", _allowed(tax=None, is_charge=True), "BR-37", "/allowances/0/tax"),
    BrokenDocument("a negative allowance", "domestic-de", _allowed(amount_minor=-1), "PL-02", "/allowances/0/amount_minor"),
    BrokenDocument("not the percentage", "domestic-de", _allowed(base_minor=100, percent=Decimal(7)), "PEPPOL-EN16931-R040",
                   "/allowances/0/amount_minor"),
    BrokenDocument("a percentage of nothing", "domestic-de", _allowed(percent=Decimal(7)), "PEPPOL-EN16931-R041",
                   "/allowances/0/base_minor"),
    BrokenDocument("no account", "domestic-de", _whole(transfer=CreditTransfer(" ")), "BR-61", "/transfer/account"),
    BrokenDocument("no tax in its currency", "domestic-de", _whole(tax_currency="PLN"), "BR-53", "/tax_in_tax_currency_minor"),
    BrokenDocument("an earlier invoice without number", "credit-de", _whole(preceding=(Reference(""),)), "BR-55",
                   "/preceding/0/number"),
    BrokenDocument("an address without scheme", "domestic-de", _seller(endpoint=Identifier("x")), "BR-62",
                   "/seller/endpoint/scheme"),
    BrokenDocument("an address of an unknown scheme", "domestic-de", _buyer(endpoint=Identifier("x", "9999")), "BR-CL-25",
                   "/buyer/endpoint/scheme"),
    BrokenDocument("a VAT number without its country", "domestic-de", _seller(vat_id="123456788"), "BR-CO-09", "/seller/vat_id"),
    BrokenDocument("neither day nor terms", "domestic-de", _whole(due_on=None, payment_terms=None), "BR-CO-25", "/due_on"),
    BrokenDocument("no number of the seller", "domestic-de", _seller(vat_id=None, legal_id=None), "BR-CO-26", "/seller"),
    BrokenDocument("no tax number", "domestic-de", _seller(vat_id=None, tax_number=None), "BR-S-02", "/seller/vat_id"),
    BrokenDocument("reverse charge without the buyer's number", "reverse-de-at", _buyer(vat_id=None), "BR-AE-02",
                   "/buyer/vat_id"),
    BrokenDocument("intra-Community without the buyer's number", "intra-de-fr", _buyer(vat_id=None), "BR-IC-02", "/buyer/vat_id"),
    BrokenDocument("export without the seller's number", "export-de-us-usd", _seller(vat_id=None), "BR-G-02", "/seller/vat_id"),
    BrokenDocument("out of scope, the seller known by his VAT number alone", "outside-cn-de-usd",
                   _seller(vat_id="DE123456788", legal_id=None), "BR-CO-26", "/seller"),
    BrokenDocument("standard rate of 0 %", "domestic-de", _tax(rate_percent=Decimal(0)), "BR-S-05", "/lines/0/tax/rate_percent"),
    BrokenDocument("reverse charge at 19 %", "reverse-de-at", _tax(rate_percent=Decimal(19)), "BR-AE-05",
                   "/lines/0/tax/rate_percent"),
    BrokenDocument("out of scope at 5 %", "outside-cn-de-usd", _tax(rate_percent=Decimal(5)), "BR-O-05",
                   "/lines/0/tax/rate_percent"),
    BrokenDocument("untaxed without a reason", "exempt", _tax(exemption_code=None, exemption_reason=None), "BR-E-10",
                   "/lines/0/tax/exemption_reason"),
    BrokenDocument("a reason where tax is charged", "domestic-de", _tax(exemption_reason="None"), "BR-S-10",
                   "/lines/0/tax/exemption_reason"),
    BrokenDocument("a reason of another category", "reverse-de-at", _tax(exemption_code="VATEX-EU-IC"), "PEPPOL-EN16931-P0106",
                   "/lines/0/tax/exemption_code"),
    BrokenDocument("two reasons for one category", "intra-de-fr", _tax(exemption_reason="Another"), "PL-03",
                   "/lines/1/tax/exemption_reason"),
    BrokenDocument("out of scope beside taxed", "outside-cn-de-usd", _line(tax=standard("19")), "BR-O-12",
                   "/lines/0/tax/category"),
    BrokenDocument("an allowance beside out of scope", "outside-cn-de-usd", _allowed(tax=EXEMPT), "BR-O-13",
                   "/allowances/0/tax/category"),
    BrokenDocument("intra-Community supply without its day", "intra-de-fr", _whole(delivery=None), "BR-IC-11", "/delivery/on"),
    BrokenDocument("intra-Community supply without its country", "intra-de-fr", _whole(delivery=None), "BR-IC-12",
                   "/delivery/address/country"),
    BrokenDocument("thousandths", "rounding-fils", _whole(prepaid_minor=5), "BR-DEC-16", "/prepaid_minor"),
    BrokenDocument("neither reference nor order", "domestic-de", _whole(buyer_reference=None, order_reference=None),
                   "PEPPOL-EN16931-R003", "/buyer_reference"),
    BrokenDocument("no address of the buyer", "domestic-de", _buyer(endpoint=None), "PEPPOL-EN16931-R010", "/buyer/endpoint"),
    BrokenDocument("a correction across a border", "intra-de-fr", _whole(kind=Kind.CORRECTION), "PEPPOL-EN16931-P0112", "/kind"),
    BrokenDocument("a character that XML cannot hold", "domestic-de", _line(name="tool\x07"), "PL-04", "/lines/0/name"),
    BrokenDocument("out of scope for one line alone", "domestic-de", _line(tax=OUTSIDE), "BR-O-12", "/lines/1/tax/category"),
    BrokenDocument("an unknown reason of an allowance", "domestic-de", _allowed(reason_code="FC"), "BR-CL-19",
                   "/allowances/0/reason_code"),
    BrokenDocument("an unknown reason of a charge", "domestic-de", _allowed(reason_code="95", is_charge=True), "BR-CL-20",
                   "/allowances/0/reason_code"),
    BrokenDocument("an unknown VATEX code", "exempt", _tax(exemption_code="VATEX-EU-X"), "BR-CL-22",
                   "/lines/0/tax/exemption_code"),
    BrokenDocument("an unknown register", "domestic-de", _seller(legal_id=Identifier("HRB 1", "HRB")), "BR-CL-11",
                   "/seller/legal_id/scheme"),
    BrokenDocument("a mistyped IBAN", "domestic-de", _whole(transfer=CreditTransfer("DE75512108001245126198")), "PL-06",
                   "/transfer/account"),
    BrokenDocument("SEPA without an IBAN", "domestic-de", _whole(transfer=CreditTransfer("4711")), "PL-06", "/transfer/account"),
    BrokenDocument("blank numbers", "reverse-de-at", _buyer(vat_id=" "), "BR-AE-02", "/buyer/vat_id"),
    BrokenDocument("zero rate with a reason", "zero-rated", _tax(exemption_reason="None"), "BR-Z-10",
                   "/lines/0/tax/exemption_reason"),
    BrokenDocument("standard without a rate", "domestic-de", _tax(rate_percent=None, category=TaxCategory.STANDARD), "BR-S-05",
                   "/lines/0/tax/rate_percent"),
)  # fmt: skip
