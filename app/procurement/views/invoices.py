"""Invoices of orders, as whoever issued them is told."""

from app.finance import facade as finance
from app.procurement.schemas.invoices import OrderInvoiceOut
from app.procurement.views.common import money


def order_invoice_out(issued: finance.IssuedInvoice) -> OrderInvoiceOut:
    """The amounts and days of an invoice."""
    return OrderInvoiceOut(
        id=issued.id,
        number=issued.number,
        kind=issued.kind,
        net=money(issued.net_minor, issued.currency),
        tax=money(issued.tax_minor, issued.currency),
        gross=money(issued.gross_minor, issued.currency),
        prepaid=money(issued.prepaid_minor, issued.currency),
        payable=money(issued.payable_minor, issued.currency),
        issued_on=issued.issued_on,
        due_on=issued.due_on,
    )
