"""An invoice as a UN/CEFACT Cross Industry Invoice: the XML of Factur-X 1.0 (ZUGFeRD 2), profile EN 16931.

Elements stand in the order of the profile's schema. A credit note is told by its type code alone: its amounts stay positive.
"""

from app.finance.einvoicing.document import (
    Address,
    AllowanceOrCharge,
    Contact,
    CreditTransfer,
    Delivery,
    Document,
    Identifier,
    Line,
    Party,
    Tax,
)
from app.finance.einvoicing.notes import notes
from app.finance.einvoicing.parties import as_written
from app.finance.einvoicing.totals import Breakdown, Totals, rate_of, totals
from app.finance.einvoicing.wording import Element, Tags, amount, compact_date, number, price, written

GUIDELINE = "urn:cen.eu:en16931:2017"
"""BT-24 of the profile EN 16931: the core invoice without an extension."""

RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"

_PREFIXES: dict[str | None, str] = {"rsm": RSM, "ram": RAM, "udt": UDT, "qdt": QDT}
_rsm, _ram, _udt, _qdt = (Tags(uri, _PREFIXES) for uri in (RSM, RAM, UDT, QDT))

_FORMAT_OF_DAYS = "102"


def cii(document: Document) -> bytes:
    """The XML, UTF-8. What is wrong in the document is wrong in it too: look with `checking` first.

    Raises UnknownCode for an unknown currency, ValueError for a text with characters that XML cannot hold.
    """
    sums = totals(document)
    root = _rsm(
        "CrossIndustryInvoice",
        _rsm(
            "ExchangedDocumentContext",
            _ram("GuidelineSpecifiedDocumentContextParameter", _ram("ID", GUIDELINE)),
        ),
        _exchanged(document),
        _rsm(
            "SupplyChainTradeTransaction",
            [_line(document, line, net) for line, net in zip(document.lines, sums.line_net_minor, strict=True)],
            _agreement(document),
            _delivery(document),
            _settlement(document, sums),
        ),
    )
    return written(root)


def _exchanged(document: Document) -> Element | None:
    return _rsm(
        "ExchangedDocument",
        _ram("ID", document.number),
        _ram("TypeCode", str(document.kind)),
        _ram("IssueDateTime", _day(compact_date(document.issued_on))),
        [_ram("IncludedNote", _ram("Content", note)) for note in notes(document)],
    )


def _line(document: Document, line: Line, net_minor: int) -> Element | None:
    return _ram(
        "IncludedSupplyChainTradeLineItem",
        _ram(
            "AssociatedDocumentLineDocument", _ram("LineID", line.id), _ram("IncludedNote", _ram("Content", line.note))
        ),
        _product(line),
        _ram(
            "SpecifiedLineTradeAgreement",
            _ram("BuyerOrderReferencedDocument", _ram("LineID", line.order_line)),
            _ram(
                "NetPriceProductTradePrice",
                _ram("ChargeAmount", price(line.price_minor, document.currency)),
                _ram("BasisQuantity", number(line.price_base), unitCode=line.unit),
            ),
        ),
        _ram("SpecifiedLineTradeDelivery", _ram("BilledQuantity", number(line.quantity), unitCode=line.unit)),
        _ram(
            "SpecifiedLineTradeSettlement",
            _tax("ApplicableTradeTax", line.tax),
            [_allowance(one, document.currency, None) for one in line.allowances],
            _ram(
                "SpecifiedTradeSettlementLineMonetarySummation",
                _ram("LineTotalAmount", amount(net_minor, document.currency)),
            ),
        ),
    )


def _product(line: Line) -> Element | None:
    return _ram(
        "SpecifiedTradeProduct",
        _ram("SellerAssignedID", line.seller_item_id),
        _ram("BuyerAssignedID", line.buyer_item_id),
        _ram("Name", line.name),
        _ram("Description", line.description),
        _ram("DesignatedProductClassification", _ram("ClassCode", line.hs_code, listID="HS")),
        _ram("OriginTradeCountry", _ram("ID", line.origin_country)),
    )


def _agreement(document: Document) -> Element | None:
    seller, buyer = as_written(document)
    return _ram(
        "ApplicableHeaderTradeAgreement",
        _ram("BuyerReference", document.buyer_reference),
        _party("SellerTradeParty", seller),
        _party("BuyerTradeParty", buyer),
        _ram("BuyerOrderReferencedDocument", _ram("IssuerAssignedID", document.order_reference)),
        _ram("ContractReferencedDocument", _ram("IssuerAssignedID", document.contract_reference)),
        _project(document.project_reference),
        always=True,
    )


def _project(reference: str | None) -> Element | None:
    # The schema wants a name beside the number; the standard knows none, and this is what is written in its stead.
    return (
        _ram("SpecifiedProcuringProject", _ram("ID", reference), _ram("Name", "Project reference"))
        if reference
        else None
    )


def _party(role: str, party: Party) -> Element | None:
    return _ram(
        role,
        _ram("ID", party.id),
        _ram("Name", party.name),
        _ram("Description", party.legal_note),
        _ram(
            "SpecifiedLegalOrganization",
            _identifier("ID", party.legal_id),
            _ram("TradingBusinessName", party.trading_name),
        ),
        _contact(party.contact),
        _address(party.address),
        _ram("URIUniversalCommunication", _identifier("URIID", party.endpoint)),
        _ram("SpecifiedTaxRegistration", _ram("ID", party.vat_id, schemeID="VA")),
        _ram("SpecifiedTaxRegistration", _ram("ID", party.tax_number, schemeID="FC")),
        always=True,
    )


def _identifier(name: str, identifier: Identifier | None) -> Element | None:
    return None if identifier is None else _ram(name, identifier.value, schemeID=identifier.scheme)


def _contact(contact: Contact | None) -> Element | None:
    if contact is None:
        return None
    return _ram(
        "DefinedTradeContact",
        _ram("PersonName", contact.name),
        _ram("TelephoneUniversalCommunication", _ram("CompleteNumber", contact.phone)),
        _ram("EmailURIUniversalCommunication", _ram("URIID", contact.email)),
    )


def _address(address: Address) -> Element | None:
    lines = dict(zip(("LineOne", "LineTwo", "LineThree"), address.lines, strict=False))
    return _ram(
        "PostalTradeAddress",
        _ram("PostcodeCode", address.postcode),
        [_ram(name, line) for name, line in lines.items()],
        _ram("CityName", address.city),
        _ram("CountryID", address.country),
        _ram("CountrySubDivisionName", address.subdivision),
    )


def _delivery(document: Document) -> Element | None:
    delivery = document.delivery or Delivery()
    address = None if delivery.address is None else _address(delivery.address)
    return _ram(
        "ApplicableHeaderTradeDelivery",
        _ram("ShipToTradeParty", _ram("Name", delivery.name), address),
        _ram(
            "ActualDeliverySupplyChainEvent",
            _ram("OccurrenceDateTime", _day(compact_date(delivery.on))),
        ),
        _ram("DespatchAdviceReferencedDocument", _ram("IssuerAssignedID", document.despatch_reference)),
        always=True,
    )


def _settlement(document: Document, sums: Totals) -> Element | None:
    transfer = document.transfer
    return _ram(
        "ApplicableHeaderTradeSettlement",
        _ram("PaymentReference", transfer.reference if transfer else None),
        _ram("TaxCurrencyCode", document.tax_currency),
        _ram("InvoiceCurrencyCode", document.currency),
        _means(transfer),
        [_breakdown(document, part) for part in sums.breakdown],
        [_allowance(one, document.currency, one.tax) for one in document.allowances],
        _ram(
            "SpecifiedTradePaymentTerms",
            _ram("Description", document.payment_terms),
            _ram("DueDateDateTime", _day(compact_date(document.due_on))),
        ),
        _summation(document, sums),
        [
            _ram(
                "InvoiceReferencedDocument",
                _ram("IssuerAssignedID", before.number),
                _ram(
                    "FormattedIssueDateTime",
                    _qdt("DateTimeString", compact_date(before.issued_on), format=_FORMAT_OF_DAYS),
                ),
            )
            for before in document.preceding
        ],
    )


def _means(transfer: CreditTransfer | None) -> Element | None:
    if transfer is None:
        return None
    iban, other = (transfer.iban, None) if transfer.iban else (None, transfer.account)
    return _ram(
        "SpecifiedTradeSettlementPaymentMeans",
        _ram("TypeCode", transfer.means_code),
        _ram(
            "PayeePartyCreditorFinancialAccount",
            _ram("IBANID", iban),
            _ram("AccountName", transfer.account_name),
            _ram("ProprietaryID", other),
        ),
        _ram("PayeeSpecifiedCreditorFinancialInstitution", _ram("BICID", transfer.bic)),
    )


def _breakdown(document: Document, part: Breakdown) -> Element | None:
    return _ram(
        "ApplicableTradeTax",
        _ram("CalculatedAmount", amount(part.tax_minor, document.currency)),
        _ram("TypeCode", "VAT"),
        _ram("ExemptionReason", part.tax.exemption_reason),
        _ram("BasisAmount", amount(part.taxable_minor, document.currency)),
        _ram("CategoryCode", str(part.tax.category)),
        _ram("ExemptionReasonCode", part.tax.exemption_code),
        _ram("TaxPointDate", _udt("DateString", compact_date(document.tax_point_on), format=_FORMAT_OF_DAYS)),
        _ram("RateApplicablePercent", number(part.tax.rate_percent)),
    )


def _tax(name: str, tax: Tax) -> Element | None:
    return _ram(
        name,
        _ram("TypeCode", "VAT"),
        _ram("CategoryCode", str(tax.category)),
        _ram("RateApplicablePercent", number(rate_of(tax))),
    )


def _allowance(one: AllowanceOrCharge, currency: str, tax: Tax | None) -> Element | None:
    return _ram(
        "SpecifiedTradeAllowanceCharge",
        _ram("ChargeIndicator", _udt("Indicator", "true" if one.is_charge else "false")),
        _ram("CalculationPercent", number(one.percent)),
        _ram("BasisAmount", None if one.base_minor is None else amount(one.base_minor, currency)),
        _ram("ActualAmount", amount(one.amount_minor, currency)),
        _ram("ReasonCode", one.reason_code),
        _ram("Reason", one.reason),
        _tax("CategoryTradeTax", tax) if tax else None,
    )


def _summation(document: Document, sums: Totals) -> Element | None:
    currency = document.currency
    charged = any(one.is_charge for one in document.allowances)
    allowed = any(not one.is_charge for one in document.allowances)
    return _ram(
        "SpecifiedTradeSettlementHeaderMonetarySummation",
        _ram("LineTotalAmount", amount(sums.lines_minor, currency)),
        _ram("ChargeTotalAmount", amount(sums.charges_minor, currency) if charged else None),
        _ram("AllowanceTotalAmount", amount(sums.allowances_minor, currency) if allowed else None),
        _ram("TaxBasisTotalAmount", amount(sums.net_minor, currency)),
        _ram("TaxTotalAmount", amount(sums.tax_minor, currency), currencyID=currency),
        _tax_in_tax_currency(document),
        _ram("RoundingAmount", amount(sums.rounding_minor, currency) if sums.rounding_minor else None),
        _ram("GrandTotalAmount", amount(sums.gross_minor, currency)),
        _ram("TotalPrepaidAmount", amount(sums.prepaid_minor, currency) if sums.prepaid_minor else None),
        _ram("DuePayableAmount", amount(sums.payable_minor, currency)),
    )


def _tax_in_tax_currency(document: Document) -> Element | None:
    if document.tax_currency is None or document.tax_in_tax_currency_minor is None:
        return None
    stated = amount(document.tax_in_tax_currency_minor, document.tax_currency)
    return _ram("TaxTotalAmount", stated, currencyID=document.tax_currency)


def _day(written_day: str | None) -> Element | None:
    return _udt("DateTimeString", written_day, format=_FORMAT_OF_DAYS)
