"""Words of invoicing: kinds of invoices, their states, which side somebody is on, what is supplied."""

from enum import StrEnum

from app.finance.einvoicing.document import Kind, TaxCategory
from app.kit.locales import NP_


class InvoiceKind(StrEnum):
    """What an invoice is. A pro-forma invoice asks nobody to pay, and a prepayment invoice asks before the supply. A commercial
    invoice tells customs what crosses the border, and asks nobody to pay either."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PREPAYMENT = "prepayment"
    PRO_FORMA = "pro_forma"
    COMMERCIAL = "commercial"


class InvoiceState(StrEnum):
    """Where an invoice stands. It is issued when it comes to be, and cancelled when credit notes have taken all of it back."""

    ISSUED = "issued"
    CANCELLED = "cancelled"


class InvoiceRole(StrEnum):
    """Of which of the two sides of an invoice somebody is."""

    ISSUED = "issued"
    RECEIVED = "received"


class InvoiceForm(StrEnum):
    """The electronic forms of an invoice, by the names that they are asked for."""

    FACTURX = "facturx.pdf"
    UBL = "ubl.xml"
    CII = "cii.xml"


class FilesState(StrEnum):
    """Whether an invoice's electronic forms are there."""

    WAITING = "waiting"
    READY = "ready"


class ExportReason(StrEnum):
    """Why goods cross a border."""

    SALE = "sale"
    SAMPLE = "sample"
    REPAIR = "repair"
    REPLACEMENT = "replacement"
    RETURN = "return"
    TEMPORARY = "temporary"


class Supply(StrEnum):
    """What is supplied: their taxes go different ways over a border."""

    GOODS = "goods"
    SERVICES = "services"


UNTDID_1001 = {
    InvoiceKind.INVOICE: Kind.INVOICE,
    InvoiceKind.CREDIT_NOTE: Kind.CREDIT_NOTE,
    InvoiceKind.PREPAYMENT: Kind.PREPAYMENT,
    InvoiceKind.PRO_FORMA: Kind.PRO_FORMA,
    InvoiceKind.COMMERCIAL: Kind.CUSTOMS,
}

ASKS_FOR_PAYMENT = frozenset({InvoiceKind.INVOICE, InvoiceKind.PREPAYMENT})
"""Others charge for nothing, and have no account, day or discount."""

WITH_FORMS = frozenset({InvoiceKind.INVOICE, InvoiceKind.PREPAYMENT, InvoiceKind.CREDIT_NOTE})
"""What exists as XML: a core invoice of EN 16931."""

INVOICE_KIND_LABELS = {
    InvoiceKind.INVOICE: NP_("invoice kind", "Invoice"),
    InvoiceKind.CREDIT_NOTE: NP_("invoice kind", "Credit note"),
    InvoiceKind.PREPAYMENT: NP_("invoice kind", "Prepayment invoice"),
    InvoiceKind.PRO_FORMA: NP_("invoice kind", "Pro-forma invoice"),
    InvoiceKind.COMMERCIAL: NP_("invoice kind", "Commercial invoice"),
}

FILES_STATE_LABELS = {
    FilesState.WAITING: NP_("files of an invoice", "Being made"),
    FilesState.READY: NP_("files of an invoice", "Ready"),
}

EXPORT_REASON_LABELS = {
    ExportReason.SALE: NP_("reason for export", "Sale"),
    ExportReason.SAMPLE: NP_("reason for export", "Samples without value"),
    ExportReason.REPAIR: NP_("reason for export", "Repair"),
    ExportReason.REPLACEMENT: NP_("reason for export", "Replacement under warranty"),
    ExportReason.RETURN: NP_("reason for export", "Return of goods"),
    ExportReason.TEMPORARY: NP_("reason for export", "Temporary export"),
}

INVOICE_STATE_LABELS = {
    InvoiceState.ISSUED: NP_("invoice state", "Issued"),
    InvoiceState.CANCELLED: NP_("invoice state", "Cancelled by credit notes"),
}

INVOICE_ROLE_LABELS = {
    InvoiceRole.ISSUED: NP_("side of an invoice", "Issued by you"),
    InvoiceRole.RECEIVED: NP_("side of an invoice", "Received by you"),
}

TAX_CATEGORY_LABELS = {
    TaxCategory.STANDARD: NP_("tax category", "Standard rate"),
    TaxCategory.ZERO: NP_("tax category", "Zero rate"),
    TaxCategory.EXEMPT: NP_("tax category", "Exempt"),
    TaxCategory.REVERSE_CHARGE: NP_("tax category", "Reverse charge"),
    TaxCategory.INTRA_COMMUNITY: NP_("tax category", "Intra-Community supply"),
    TaxCategory.EXPORT: NP_("tax category", "Export"),
    TaxCategory.OUT_OF_SCOPE: NP_("tax category", "Not subject to VAT"),
}
