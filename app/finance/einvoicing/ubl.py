"""An invoice as OASIS UBL 2.1, Invoice or CreditNote, as Peppol BIS Billing 3 wants it.

Elements stand in the order of the schemas, which differ between the two: a credit note has no due date, no project reference, and
its lines' parts stand otherwise. Its amounts stay positive.
"""

from app.finance.einvoicing.document import (
    Address,
    AllowanceOrCharge,
    Contact,
    Delivery,
    Document,
    Identifier,
    Kind,
    Line,
    Party,
    Tax,
)
from app.finance.einvoicing.notes import notes
from app.finance.einvoicing.parties import as_written
from app.finance.einvoicing.totals import Breakdown, Totals, rate_of, totals
from app.finance.einvoicing.wording import Element, Tags, amount, iso_date, number, price, written

PEPPOL_CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
CORE_CUSTOMIZATION = "urn:cen.eu:en16931:2017"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"

INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"

_cac, _cbc = (Tags(uri, {"cac": CAC, "cbc": CBC}) for uri in (CAC, CBC))

_NOT_DEFINED = "1"
"""Payment means of UNTDID 4461: a credit note's due date needs some, even where nothing is said of how it is paid."""
_PROJECT = "50"
"""Document type of UNTDID 1001: how a credit note names a project (BT-11)."""


def ubl(document: Document, *, peppol: bool = True) -> bytes:
    """The XML, UTF-8. Without `peppol` it claims to be a core invoice alone, for who cannot keep Peppol's own rules.

    What is wrong in the document is wrong in it too: look with `checking` first. Raises UnknownCode for an unknown currency,
    ValueError for a text with characters that XML cannot hold.
    """
    sums = totals(document)
    seller, buyer = as_written(document)
    credit = document.kind is Kind.CREDIT_NOTE
    uri = CREDIT_NOTE if credit else INVOICE
    root = Tags(uri, {None: uri, "cac": CAC, "cbc": CBC})(
        "CreditNote" if credit else "Invoice",
        _cbc("CustomizationID", PEPPOL_CUSTOMIZATION if peppol else CORE_CUSTOMIZATION),
        _cbc("ProfileID", PROFILE),
        *_head(document, credit=credit),
        *_references(document, credit=credit),
        _cac("AccountingSupplierParty", _party(seller)),
        _cac("AccountingCustomerParty", _party(buyer)),
        _delivery(document.delivery),
        _means(document, credit=credit),
        _cac("PaymentTerms", _cbc("Note", document.payment_terms)),
        [_allowance(one, document.currency, one.tax) for one in document.allowances],
        _tax_total(document, sums),
        _tax_in_tax_currency(document),
        _monetary_total(document, sums),
        [
            _line(document, line, net, credit=credit)
            for line, net in zip(document.lines, sums.line_net_minor, strict=True)
        ],
    )
    return written(root)


def _head(document: Document, *, credit: bool) -> tuple[Element | None, ...]:
    tax_point = _cbc("TaxPointDate", iso_date(document.tax_point_on))
    # Peppol allows one note (R002); several become its lines.
    note = _cbc("Note", "\n".join(notes(document)))
    kind = _cbc("CreditNoteTypeCode" if credit else "InvoiceTypeCode", str(document.kind))
    due = None if credit else _cbc("DueDate", iso_date(document.due_on))
    return (
        _cbc("ID", document.number),
        _cbc("IssueDate", iso_date(document.issued_on)),
        *((tax_point, kind, note) if credit else (due, kind, note, tax_point)),
        _cbc("DocumentCurrencyCode", document.currency),
        _cbc("TaxCurrencyCode", document.tax_currency),
        _cbc("BuyerReference", document.buyer_reference),
    )


def _references(document: Document, *, credit: bool) -> tuple[Element | None, ...]:
    order = _cac("OrderReference", _cbc("ID", document.order_reference))
    before = [
        _cac(
            "BillingReference",
            _cac("InvoiceDocumentReference", _cbc("ID", one.number), _cbc("IssueDate", iso_date(one.issued_on))),
        )
        for one in document.preceding
    ]
    despatch = _cac("DespatchDocumentReference", _cbc("ID", document.despatch_reference))
    contract = _cac("ContractDocumentReference", _cbc("ID", document.contract_reference))
    project = _cbc("ID", document.project_reference)
    if project is None:
        named = None
    elif credit:
        named = _cac("AdditionalDocumentReference", project, _cbc("DocumentTypeCode", _PROJECT))
    else:
        named = _cac("ProjectReference", project)
    return (order, *before, despatch, contract, named)


def _party(party: Party) -> Element | None:
    return _cac(
        "Party",
        _identifier("EndpointID", party.endpoint),
        _cac("PartyIdentification", _cbc("ID", party.id)),
        _cac("PartyName", _cbc("Name", party.trading_name)),
        _address("PostalAddress", party.address),
        _registration(party.vat_id, "VAT"),
        _registration(party.tax_number, "TAX"),
        _cac(
            "PartyLegalEntity",
            _cbc("RegistrationName", party.name),
            _identifier("CompanyID", party.legal_id),
            _cbc("CompanyLegalForm", party.legal_note),
        ),
        _contact(party.contact),
        always=True,
    )


def _identifier(name: str, identifier: Identifier | None) -> Element | None:
    return None if identifier is None else _cbc(name, identifier.value, schemeID=identifier.scheme)


def _registration(value: str | None, scheme: str) -> Element | None:
    if not value:
        return None
    return _cac("PartyTaxScheme", _cbc("CompanyID", value), _cac("TaxScheme", _cbc("ID", scheme)))


def _address(name: str, address: Address) -> Element | None:
    first, second, third = (*address.lines, None, None, None)[:3]
    return _cac(
        name,
        _cbc("StreetName", first),
        _cbc("AdditionalStreetName", second),
        _cbc("CityName", address.city),
        _cbc("PostalZone", address.postcode),
        _cbc("CountrySubentity", address.subdivision),
        _cac("AddressLine", _cbc("Line", third)),
        _cac("Country", _cbc("IdentificationCode", address.country)),
    )


def _contact(contact: Contact | None) -> Element | None:
    if contact is None:
        return None
    return _cac(
        "Contact",
        _cbc("Name", contact.name),
        _cbc("Telephone", contact.phone),
        _cbc("ElectronicMail", contact.email),
    )


def _delivery(delivery: Delivery | None) -> Element | None:
    if delivery is None:
        return None
    return _cac(
        "Delivery",
        _cbc("ActualDeliveryDate", iso_date(delivery.on)),
        _cac("DeliveryLocation", _address("Address", delivery.address) if delivery.address else None),
        _cac("DeliveryParty", _cac("PartyName", _cbc("Name", delivery.name))),
    )


def _means(document: Document, *, credit: bool) -> Element | None:
    transfer = document.transfer
    due = _cbc("PaymentDueDate", iso_date(document.due_on)) if credit else None
    if transfer is None:
        return None if due is None else _cac("PaymentMeans", _cbc("PaymentMeansCode", _NOT_DEFINED), due)
    return _cac(
        "PaymentMeans",
        _cbc("PaymentMeansCode", transfer.means_code),
        due,
        _cbc("PaymentID", transfer.reference),
        _cac(
            "PayeeFinancialAccount",
            _cbc("ID", transfer.iban or transfer.account),
            _cbc("Name", transfer.account_name),
            _cac("FinancialInstitutionBranch", _cbc("ID", transfer.bic)),
        ),
    )


def _allowance(one: AllowanceOrCharge, currency: str, tax: Tax | None) -> Element | None:
    return _cac(
        "AllowanceCharge",
        _cbc("ChargeIndicator", "true" if one.is_charge else "false"),
        _cbc("AllowanceChargeReasonCode", one.reason_code),
        _cbc("AllowanceChargeReason", one.reason),
        _cbc("MultiplierFactorNumeric", number(one.percent)),
        _money("Amount", one.amount_minor, currency),
        None if one.base_minor is None else _money("BaseAmount", one.base_minor, currency),
        _category("TaxCategory", tax) if tax else None,
    )


def _category(name: str, tax: Tax, *, reasons: bool = False) -> Element | None:
    return _cac(
        name,
        _cbc("ID", str(tax.category)),
        _cbc("Percent", number(rate_of(tax))),
        _cbc("TaxExemptionReasonCode", tax.exemption_code) if reasons else None,
        _cbc("TaxExemptionReason", tax.exemption_reason) if reasons else None,
        _cac("TaxScheme", _cbc("ID", "VAT")),
    )


def _tax_total(document: Document, sums: Totals) -> Element | None:
    return _cac(
        "TaxTotal",
        _money("TaxAmount", sums.tax_minor, document.currency),
        [_subtotal(part, document.currency) for part in sums.breakdown],
    )


def _subtotal(part: Breakdown, currency: str) -> Element | None:
    return _cac(
        "TaxSubtotal",
        _money("TaxableAmount", part.taxable_minor, currency),
        _money("TaxAmount", part.tax_minor, currency),
        _category("TaxCategory", part.tax, reasons=True),
    )


def _tax_in_tax_currency(document: Document) -> Element | None:
    if document.tax_currency is None or document.tax_in_tax_currency_minor is None:
        return None
    return _cac("TaxTotal", _money("TaxAmount", document.tax_in_tax_currency_minor, document.tax_currency))


def _monetary_total(document: Document, sums: Totals) -> Element | None:
    currency = document.currency
    charged = any(one.is_charge for one in document.allowances)
    allowed = any(not one.is_charge for one in document.allowances)
    return _cac(
        "LegalMonetaryTotal",
        _money("LineExtensionAmount", sums.lines_minor, currency),
        _money("TaxExclusiveAmount", sums.net_minor, currency),
        _money("TaxInclusiveAmount", sums.gross_minor, currency),
        _money("AllowanceTotalAmount", sums.allowances_minor, currency) if allowed else None,
        _money("ChargeTotalAmount", sums.charges_minor, currency) if charged else None,
        _money("PrepaidAmount", sums.prepaid_minor, currency) if sums.prepaid_minor else None,
        _money("PayableRoundingAmount", sums.rounding_minor, currency) if sums.rounding_minor else None,
        _money("PayableAmount", sums.payable_minor, currency),
    )


def _line(document: Document, line: Line, net_minor: int, *, credit: bool) -> Element | None:
    return _cac(
        "CreditNoteLine" if credit else "InvoiceLine",
        _cbc("ID", line.id),
        _cbc("Note", line.note),
        _cbc("CreditedQuantity" if credit else "InvoicedQuantity", number(line.quantity), unitCode=line.unit),
        _money("LineExtensionAmount", net_minor, document.currency),
        _cac("OrderLineReference", _cbc("LineID", line.order_line)),
        [_allowance(one, document.currency, None) for one in line.allowances],
        _item(line),
        _cac(
            "Price",
            _cbc("PriceAmount", price(line.price_minor, document.currency), currencyID=document.currency),
            _cbc("BaseQuantity", number(line.price_base), unitCode=line.unit),
        ),
    )


def _item(line: Line) -> Element | None:
    return _cac(
        "Item",
        _cbc("Description", line.description),
        _cbc("Name", line.name),
        _cac("BuyersItemIdentification", _cbc("ID", line.buyer_item_id)),
        _cac("SellersItemIdentification", _cbc("ID", line.seller_item_id)),
        _cac("OriginCountry", _cbc("IdentificationCode", line.origin_country)),
        _cac("CommodityClassification", _cbc("ItemClassificationCode", line.hs_code, listID="HS")),
        _category("ClassifiedTaxCategory", line.tax),
    )


def _money(name: str, minor: int, currency: str) -> Element | None:
    return _cbc(name, amount(minor, currency), currencyID=currency)
